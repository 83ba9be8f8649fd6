// Numbers as people read them, always with their unit.
export const NARROW = "\u202f";

/** Shortest text with at most `digits` significant digits; 1e-5 and below, 1e6 and above with a power of ten. */
export function number(x: number | null | undefined, digits = 4): string {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  let text: string;
  if (size < 1e-4 || size >= 1e6) {
    const [m, e] = x.toExponential(Math.max(0, digits - 1)).split("e") as [string, string];
    text = `${m.includes(".") ? m.replace(/\.?0+$/, "") : m}·10${superscript(Number(e))}`;
  } else text = String(Number(x.toPrecision(digits)));
  return text.replace(/^-/, "−");
}

function superscript(n: number): string {
  return String(n).replace(/[-0-9]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]!));
}

export const quantity = (x: number | null | undefined, unit: string, digits = 4): string =>
  unit && unit !== "1" ? `${number(x, digits)}${NARROW}${unit}` : number(x, digits);

export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let k = 0;
  while (n >= 1000 && k < 3) (n /= 1000), k++;
  return `${number(n, 3)}${NARROW}${units[k]}`;
}

/** Times of the server are milliseconds since 1970. */
export function when(ms: number | null | undefined): string {
  if (!ms) return "–";
  const d = new Date(ms);
  const today = new Date().toDateString() === d.toDateString();
  const time = d.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${d.toISOString().slice(0, 10)} ${time}`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}${NARROW}ms`;
  if (ms < 60e3) return `${number(ms / 1000, 3)}${NARROW}s`;
  if (ms < 3600e3) return `${Math.floor(ms / 60e3)}${NARROW}min ${Math.round((ms % 60e3) / 1000)}${NARROW}s`;
  return `${Math.floor(ms / 3600e3)}${NARROW}h ${Math.round((ms % 3600e3) / 60e3)}${NARROW}min`;
}

/** Unit as the program writes it in names ("mS_cm2", "um") as people write it ("mS/cm²", "µm"). */
export function unitOf(name: string): string {
  const known: Record<string, string> = {
    mV: "mV", ms: "ms", nA: "nA", pA: "pA", uA_cm2: "µA/cm²", mS_cm2: "mS/cm²", uF_cm2: "µF/cm²", um: "µm", uM: "µM",
    nM: "nM", mM: "mM", MOhm: "MΩ", GOhm: "GΩ", pF: "pF", nF: "nF", nS: "nS", uS: "µS", degC: "°C", Hz: "Hz", s: "s",
    um2: "µm²", um2_ms: "µm²/ms", kPa: "kPa", nN: "nN", percent: "%", per_ms: "1/ms",
  };
  return known[name] ?? name.replace(/_/g, "/").replace(/^u(?=[A-Z])/, "µ");
}
