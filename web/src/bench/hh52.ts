// Hodgkin & Huxley 1952 (J Physiol 117:500), rest near −65 mV, by Runge–Kutta of fourth order in steps of at most 0.0125 ms:
// the equations of src/neuron/hh52_rates.h.
import type { Clamp, Engine, HH, Piece, Run } from "./engine";

const xOverExpm1 = (x: number) => (Math.abs(x) < 1e-6 ? 1 - x / 2 : x / Math.expm1(x));
const r = { am: 0, bm: 0, ah: 0, bh: 0, an: 0, bn: 0 };
function rates(v: number): void {
  r.am = xOverExpm1(-(v + 40) / 10);
  r.bm = 4 * Math.exp(-(v + 65) / 18);
  r.ah = 0.07 * Math.exp(-(v + 65) / 20);
  r.bh = 1 / (1 + Math.exp(-(v + 35) / 10));
  r.an = 0.1 * xOverExpm1(-(v + 55) / 10);
  r.bn = 0.125 * Math.exp(-(v + 65) / 80);
}

export function steady(v: number, y: Float64Array): void {
  rates(v);
  y[0] = v;
  y[1] = r.am / (r.am + r.bm);
  y[2] = r.ah / (r.ah + r.bh);
  y[3] = r.an / (r.an + r.bn);
}

function slope(p: HH, current: number, held: boolean, y: Float64Array, f: Float64Array): void {
  const v = y[0]!;
  const m = y[1]!;
  const h = y[2]!;
  const n = y[3]!;
  const n2 = n * n;
  rates(v);
  f[0] = held ? 0 : (current - p.gNa * m * m * m * h * (v - p.ENa) - p.gK * n2 * n2 * (v - p.EK) - p.gL * (v - p.EL)) / p.C;
  f[1] = r.am * (1 - m) - r.bm * m;
  f[2] = r.ah * (1 - h) - r.bh * h;
  f[3] = r.an * (1 - n) - r.bn * n;
}

const y = new Float64Array(4);
const z = new Float64Array(4);
const k1 = new Float64Array(4);
const k2 = new Float64Array(4);
const k3 = new Float64Array(4);
const k4 = new Float64Array(4);

function step(p: HH, current: number, held: boolean, dt: number): void {
  slope(p, current, held, y, k1);
  for (let i = 0; i < 4; i++) z[i] = y[i]! + 0.5 * dt * k1[i]!;
  slope(p, current, held, z, k2);
  for (let i = 0; i < 4; i++) z[i] = y[i]! + 0.5 * dt * k2[i]!;
  slope(p, current, held, z, k3);
  for (let i = 0; i < 4; i++) z[i] = y[i]! + dt * k3[i]!;
  slope(p, current, held, z, k4);
  for (let i = 0; i < 4; i++) y[i] = y[i]! + (dt / 6) * (k1[i]! + 2 * (k2[i]! + k3[i]!) + k4[i]!);
}

/** The lowest zero of the steady current. */
function rest(p: HH): number {
  const s = new Float64Array(4);
  const f = new Float64Array(4);
  const at = (v: number) => (steady(v, s), slope(p, 0, false, s, f), f[0]!);
  let before = at(-120);
  for (let v = -119.5; v <= 60; v += 0.5) {
    const now = at(v);
    if (before > 0 && now <= 0) {
      let low = v - 0.5;
      let high = v;
      for (let k = 0; k < 50; k++) {
        const middle = 0.5 * (low + high);
        if (at(middle) > 0) low = middle;
        else high = middle;
      }
      return 0.5 * (low + high);
    }
    before = now;
  }
  return NaN;
}

function run(p: HH, clamp: Clamp, pieces: Piece[], dt: number, n: number, away = 0): Run {
  const room = () => new Float64Array(n);
  const out: Run = { dt, n, v: room(), command: room(), m: room(), h: room(), k: room(), iNa: room(), iK: room(), iL: room() };
  const held = clamp === "voltage";
  const first = pieces[0]?.value ?? 0;
  const v0 = held ? first : rest(p) + away;
  steady(Number.isNaN(v0) ? -65 + away : v0, y);
  const inner = Math.max(1, Math.ceil(dt / 0.0125 - 1e-9));
  let piece = 0;
  for (let s = 0; s < n; s++) {
    const t = s * dt;
    while (piece + 1 < pieces.length && t >= pieces[piece]!.until - 1e-9) piece++;
    const command = pieces[piece]?.value ?? 0;
    if (held) y[0] = command;
    const v = y[0]!;
    const n2 = y[3]! * y[3]!;
    out.v[s] = v;
    out.command[s] = command;
    out.m[s] = y[1]!;
    out.h[s] = y[2]!;
    out.k[s] = y[3]!;
    out.iNa[s] = p.gNa * y[1]! * y[1]! * y[1]! * y[2]! * (v - p.ENa);
    out.iK[s] = p.gK * n2 * n2 * (v - p.EK);
    out.iL[s] = p.gL * (v - p.EL);
    for (let k = 0; k < inner; k++) step(p, held ? 0 : command, held, dt / inner);
  }
  return out;
}

export const hh52: Engine = { name: "JavaScript", run, rest };
