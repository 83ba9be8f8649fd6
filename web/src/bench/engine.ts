// What the Bench asks of a simulator. hh52.ts is one; the WebAssembly build of the core is another.
export interface HH {
  C: number; // µF/cm²
  gNa: number; // mS/cm²
  gK: number;
  gL: number;
  ENa: number; // mV
  EK: number;
  EL: number;
}

export interface Field {
  name: keyof HH;
  label: string;
  unit: string;
  standard: number;
  low: number;
  high: number;
  step: number;
  says: string;
}

/** The ranges of the sliders lie inside those of `loligo describe neuron/hh52`, where a lesson makes sense. */
export const fields: Field[] = [
  { name: "gNa", label: "g Na", unit: "mS/cm²", standard: 120, low: 0, high: 300, step: 1, says: "Peak sodium conductance" },
  { name: "gK", label: "g K", unit: "mS/cm²", standard: 36, low: 0, high: 100, step: 0.5, says: "Peak potassium conductance" },
  { name: "gL", label: "g leak", unit: "mS/cm²", standard: 0.3, low: 0, high: 2, step: 0.01, says: "Leak conductance" },
  { name: "ENa", label: "E Na", unit: "mV", standard: 50, low: -20, high: 100, step: 1, says: "Sodium reversal potential" },
  { name: "EK", label: "E K", unit: "mV", standard: -77, low: -120, high: -20, step: 1, says: "Potassium reversal potential" },
  { name: "EL", label: "E leak", unit: "mV", standard: -54.387, low: -100, high: 0, step: 0.1, says: "Leak reversal potential" },
  { name: "C", label: "C", unit: "µF/cm²", standard: 1, low: 0.2, high: 5, step: 0.05, says: "Membrane capacitance" },
];
export const standard = Object.fromEntries(fields.map((f) => [f.name, f.standard])) as unknown as HH;

/** The command from one time to the next: µA/cm² in current clamp, mV in voltage clamp. */
export interface Piece {
  until: number; // ms
  value: number;
}

export interface Run {
  dt: number; // ms between samples
  n: number;
  v: Float64Array; // mV
  command: Float64Array; // µA/cm² or mV
  m: Float64Array;
  h: Float64Array;
  k: Float64Array; // the gate n
  iNa: Float64Array; // µA/cm², outward positive
  iK: Float64Array;
  iL: Float64Array;
}

export type Clamp = "current" | "voltage";

export interface Engine {
  name: string;
  /** From the steady state of the first piece's command (voltage clamp), or of rest + `away` mV (current clamp: the model's V0). */
  run(p: HH, clamp: Clamp, pieces: Piece[], dt: number, n: number, away?: number): Run;
  /** mV; NaN where the membrane has no rest between −120 and 60 mV. */
  rest(p: HH): number;
}

/** Times (ms) at which v crosses 0 mV upwards. */
export function spikes(r: Run): number[] {
  const out: number[] = [];
  for (let k = 1; k < r.n; k++) {
    const a = r.v[k - 1]!;
    const b = r.v[k]!;
    if (a < 0 && b >= 0) out.push((k - 1 + -a / (b - a)) * r.dt);
  }
  return out;
}
