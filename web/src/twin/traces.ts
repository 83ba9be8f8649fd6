// traces.csv of a clone's report: the recording and what the twin answers to the same current, sweep by sweep.
export interface SweepTrace {
  sweep: number;
  n: number;
  dt: number; // ms
  i: Float64Array; // pA
  v: Float64Array; // mV, recorded
  twin: Float64Array; // mV
  low: Float64Array | null; // 95 % of the posterior
  high: Float64Array | null;
}

/** Rows are read until `most` bytes; a sweep that is cut off there is left out. */
export function parseTraces(bytes: Uint8Array): SweepTrace[] {
  let at = 0;
  const line = () => {
    const end = bytes.indexOf(10, at);
    const text = new TextDecoder().decode(bytes.subarray(at, end < 0 ? bytes.length : end));
    at = end < 0 ? bytes.length : end + 1;
    return text;
  };
  let head = line();
  while (head.startsWith("#")) head = line();
  const names = head.trim().split(",");
  const place = (n: string) => names.indexOf(n);
  const [t, i, v, s, w, lo, hi] = ["t_ms", "i_pA", "v_mV", "sweep", "twin_v_mV", "twin_lo95_mV", "twin_hi95_mV"].map(place) as [number, number, number, number, number, number, number];
  if (t < 0 || v < 0 || s < 0 || w < 0) throw new Error("The traces of this twin are not understood.");
  const columns: number[][] = names.map(() => []);
  const out: SweepTrace[] = [];
  const row = new Array<number>(names.length);
  let now = NaN;
  const close = () => {
    const n = columns[0]!.length;
    if (n > 1) {
      const take = (k: number) => (k < 0 ? null : Float64Array.from(columns[k]!));
      out.push({ sweep: now, n, dt: (columns[t]![n - 1]! - columns[t]![0]!) / (n - 1), i: take(i) ?? new Float64Array(n), v: take(v)!, twin: take(w)!, low: take(lo), high: take(hi) });
    }
    for (const c of columns) c.length = 0;
  };
  while (at < bytes.length) {
    at = numbers(bytes, at, row);
    if (row[s] !== now) close(), (now = row[s]!);
    for (let k = 0; k < row.length; k++) columns[k]!.push(row[k]!);
  }
  close();
  return out;
}

/** Numbers of one line into `row` (an empty cell is NaN); answers where the next line begins. */
function numbers(b: Uint8Array, at: number, row: number[]): number {
  for (let k = 0; k < row.length; k++) {
    let sign = 1;
    let whole = 0;
    let scale = 0;
    let power = 0;
    const from = at;
    let plain = true;
    for (; at < b.length && b[at] !== 44 && b[at] !== 10; at++) {
      const c = b[at]!;
      if (c === 45 && at === from) sign = -1;
      else if (c === 46) scale = 1;
      else if (c >= 48 && c <= 57) {
        whole = whole * 10 + (c - 48);
        if (scale) power++;
      } else plain = false;
    }
    row[k] = at === from ? NaN : plain ? (sign * whole) / 10 ** power : Number(new TextDecoder().decode(b.subarray(from, at)).trim() || NaN);
    if (b[at] === 10) {
      for (k++; k < row.length; k++) row[k] = NaN;
      break;
    }
    at++;
  }
  return at < b.length && b[at] === 10 ? at + 1 : Math.max(at, b.indexOf(10, at - 1) < 0 ? b.length : at);
}

export interface Step {
  t0: number;
  t1: number;
  amp: number;
}
/** A current as pieces that stay the same; null where it is no step (more than `most` pieces). */
export function pieces(i: ArrayLike<number>, dt: number, most = 40): Step[] | null {
  const out: Step[] = [];
  let from = 0;
  for (let k = 1; k <= i.length; k++)
    if (k === i.length || Math.abs(i[k]! - i[from]!) > 0.5) {
      if (i[from] !== 0) out.push({ t0: from * dt, t1: k * dt, amp: i[from]! });
      if (out.length > most) return null;
      from = k;
    }
  return out;
}

export const spikeCount = (v: ArrayLike<number>, at = -10): number => {
  let n = 0;
  for (let k = 1; k < v.length; k++) if (v[k - 1]! < at && v[k]! >= at) n++;
  return n;
};
