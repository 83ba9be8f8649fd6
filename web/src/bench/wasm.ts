// The program's own core in the browser (src/wasm): the same C, the same bits as loligo neuron simulate.
import type { Clamp, Engine, HH, Piece, Run } from "./engine";

interface Door {
  memory: WebAssembly.Memory;
  door_alloc(n: number): number;
  door_message(): number;
  point_create(model: number, variant: number): number;
  point_field(bench: number, name: number): number;
  point_set(bench: number, field: number, value: number): number;
  point_rest(bench: number, current: number): number;
  point_protocol(bench: number, duration: number, sample: number): number;
  point_const(bench: number, t0: number, t1: number, amp: number): number;
  point_run(bench: number, solver: number, dt: number, all: number): number;
  point_clamp(bench: number, dt: number): number;
  point_samples(bench: number): number;
  point_columns(bench: number): number;
  point_column_name(bench: number, k: number): number;
  point_column(bench: number, k: number): number;
}

const RK4 = 1;
const STEP_MS = 0.0125;
const names = ["C", "gNa", "gK", "gL", "ENa", "EK", "EL"] as const;

export async function openWasm(url: string): Promise<Engine> {
  const { instance } = await WebAssembly.instantiateStreaming(fetch(url));
  const d = instance.exports as unknown as Door;
  const put = (text: string) => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const at = d.door_alloc(bytes.length);
    new Uint8Array(d.memory.buffer, at).set(bytes);
    return at;
  };
  const text = (at: number) => {
    const bytes = new Uint8Array(d.memory.buffer, at);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  };
  const check = (status: number) => {
    if (status !== 0) throw new Error(text(d.door_message()));
  };
  const bench = d.point_create(put("hh52"), put(""));
  if (!bench) throw new Error(text(d.door_message()));
  const field = Object.fromEntries([...names, "V0"].map((n) => [n, d.point_field(bench, put(n))]));
  const set = (p: HH) => names.forEach((n) => check(d.point_set(bench, field[n]!, p[n])));
  const rest = (p: HH): number => {
    set(p);
    return d.point_rest(bench, 0);
  };
  const column = (name: string, n: number): Float64Array => {
    for (let k = 0; k < d.point_columns(bench); k++)
      if (text(d.point_column_name(bench, k)) === name) return new Float64Array(d.memory.buffer, d.point_column(bench, k), n).slice();
    throw new Error(`the module has no ${name}`);
  };
  const run = (p: HH, clamp: Clamp, pieces: Piece[], dt: number, n: number): Run => {
    const duration = (n - 1) * dt;
    const v0 = clamp === "voltage" ? (pieces[0]?.value ?? 0) : rest(p);
    set(p);
    check(d.point_set(bench, field.V0!, Number.isFinite(v0) ? v0 : -65));
    check(d.point_protocol(bench, duration, dt));
    let from = 0;
    for (const x of pieces) {
      const to = Math.min(x.until, duration);
      if (to > from && x.value !== 0) check(d.point_const(bench, from, to, x.value));
      from = Math.max(from, to);
    }
    check(clamp === "voltage" ? d.point_clamp(bench, STEP_MS) : d.point_run(bench, RK4, STEP_MS, 1));
    const got = d.point_samples(bench);
    if (got !== n) throw new Error(`${got} samples came, ${n} were asked for`);
    const out: Run = {
      dt,
      n,
      v: column("v_mV", n),
      m: column("m", n),
      h: column("h", n),
      k: column("n", n),
      command: new Float64Array(n),
      iNa: new Float64Array(n),
      iK: new Float64Array(n),
      iL: new Float64Array(n),
    };
    let piece = 0;
    for (let s = 0; s < n; s++) {
      while (piece + 1 < pieces.length && s * dt >= pieces[piece]!.until - 1e-9) piece++;
      const v = out.v[s]!;
      const m = out.m[s]!;
      const n2 = out.k[s]! * out.k[s]!;
      out.command[s] = pieces[piece]?.value ?? 0;
      out.iNa[s] = p.gNa * m * m * m * out.h[s]! * (v - p.ENa);
      out.iK[s] = p.gK * n2 * n2 * (v - p.EK);
      out.iL[s] = p.gL * (v - p.EL);
    }
    return out;
  };
  return { name: "WebAssembly", run, rest };
}
