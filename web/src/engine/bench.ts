// The core as the Bench's simulator: the same numbers as `loligo neuron simulate`.
import type { Clamp, Engine, HH, Piece, Run } from "../bench/engine";
import type { Module } from "./module";
import { Point, type Segment } from "./point";

function segments(pieces: Piece[], end: number): Segment[] {
  let t = 0;
  const out: Segment[] = [];
  for (const p of pieces) {
    const until = Math.min(p.until, end);
    if (until > t && p.value !== 0) out.push({ type: "const", t0: t, t1: until, amp: p.value });
    t = Math.max(t, until);
  }
  // the last piece holds to the end
  const last = pieces[pieces.length - 1];
  if (last && t < end && last.value !== 0) out.push({ type: "const", t0: t, t1: end, amp: last.value });
  return out;
}

export function benchEngine(module: Module): Engine {
  const point = new Point(module, "hh52");
  const set = (p: HH) => {
    for (const name of ["C", "gNa", "gK", "gL", "ENa", "EK", "EL"] as const) point.set(name, p[name]);
  };
  const rest = (p: HH) => {
    set(p);
    return point.rest();
  };
  const run = (p: HH, clamp: Clamp, pieces: Piece[], dt: number, n: number, away = 0): Run => {
    const v0 = rest(p);
    point.set("V0", (Number.isNaN(v0) ? -65 : v0) + away);
    const end = Math.max(n - 1, 1) * dt;
    point.protocol(end, dt, segments(pieces, 2 * end)); // a piece that ended at the last sample would not hold there
    const trace = clamp === "voltage" ? point.clamp(Math.min(dt, 0.0125)) : point.run("rk4", Math.min(dt, 0.025));
    const [v, m, h, k] = ["v_mV", "m", "h", "n"].map((c) => trace.columns[c]!.subarray(0, n)) as [Float64Array, Float64Array, Float64Array, Float64Array];
    return {
      dt,
      n,
      v,
      command: point.stimulus(n),
      m,
      h,
      k,
      iNa: v.map((x, s) => p.gNa * m[s]! ** 3 * h[s]! * (x - p.ENa)),
      iK: v.map((x, s) => p.gK * k[s]! ** 4 * (x - p.EK)),
      iL: v.map((x) => p.gL * (x - p.EL)),
    };
  };
  return { name: "Loligo's core (WebAssembly)", run, rest };
}
