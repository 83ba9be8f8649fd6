// Everything that the Bench shows, read from and written to the address: only what differs from the start stands there.
import { type Clamp, fields, type HH, type Piece, standard } from "./engine";

export interface BenchState {
  p: HH;
  clamp: Clamp;
  hold: number; // µA/cm² or mV
  on: number; // ms
  amp: number; // of the first pulse, µA/cm² or mV
  width: number; // ms
  gap: number; // ms between the onsets of the pulses; 0: one pulse
  amp2: number;
  width2: number;
  family: boolean;
  sweep: number; // ms
  speed: number; // ms of the cell in one second here
  drug: string;
  dose: number; // µM; 0: none
  lesson: number; // 0: none
  away: number; // mV from rest where the run begins (V0)
  paused: number; // 1: held, 0: runs; -1: as the reader's system wants motion
  diameter: number; // µm, of the dendrite of lesson 5
  receptors: number; // per µm², of the wave of lesson 6
}

export const start: BenchState = {
  p: standard,
  clamp: "current",
  hold: 0,
  on: 5,
  amp: 10,
  width: 30,
  gap: 0,
  amp2: 10,
  width2: 1,
  family: false,
  sweep: 50,
  speed: 25,
  drug: "",
  dose: 0,
  lesson: 0,
  away: 0,
  paused: -1,
  diameter: 2,
  receptors: 3,
};
const startVoltage = { hold: -65, amp: 0, width: 20, amp2: 0 };

export function defaults(clamp: Clamp): BenchState {
  return clamp === "voltage" ? { ...start, clamp, ...startVoltage } : start;
}

const numbers = ["hold", "on", "amp", "width", "gap", "amp2", "width2", "sweep", "speed", "dose", "lesson", "away", "paused", "diameter", "receptors"] as const;

const within = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
const limits: Record<(typeof numbers)[number], [number, number]> = {
  hold: [-150, 150], on: [0, 400], amp: [-200, 300], width: [0.1, 500], gap: [0, 400], amp2: [-200, 300],
  width2: [0.1, 500], sweep: [5, 500], speed: [0, 1000], dose: [0, 1e6], lesson: [0, 6], away: [-60, 60], paused: [-1, 1], diameter: [0.5, 10], receptors: [1.5, 5],
};

export function readState(q: Record<string, string>): BenchState {
  const clamp: Clamp = q.clamp === "voltage" ? "voltage" : "current";
  const s: BenchState = { ...defaults(clamp), p: { ...standard } };
  for (const f of fields) {
    const x = Number(q[f.name]);
    if (q[f.name] !== undefined && Number.isFinite(x)) s.p[f.name] = within(x, f.low, f.high);
  }
  for (const k of numbers) {
    const x = Number(q[k]);
    if (q[k] !== undefined && Number.isFinite(x)) s[k] = within(x, ...limits[k]);
  }
  s.family = q.family === "1";
  s.drug = q.drug ?? "";
  return s;
}

export function writeState(s: BenchState): Record<string, string> {
  const d = defaults(s.clamp);
  const q: Record<string, string> = {};
  if (s.clamp !== "current") q.clamp = s.clamp;
  for (const f of fields) q[f.name] = s.p[f.name] === f.standard ? "" : String(s.p[f.name]);
  for (const k of numbers) q[k] = s[k] === d[k] ? "" : String(s[k]);
  q.family = s.family ? "1" : "";
  q.drug = s.drug;
  if (!q.clamp) q.clamp = "";
  return q;
}

export function pieces(s: BenchState, amp: number): Piece[] {
  const out: Piece[] = [{ until: s.on, value: s.hold }];
  const end1 = s.on + s.width;
  if (s.gap <= 0) out.push({ until: end1, value: amp }, { until: Infinity, value: s.hold });
  else {
    const on2 = s.on + s.gap;
    out.push({ until: Math.min(end1, on2), value: amp });
    if (on2 > end1) out.push({ until: on2, value: s.hold });
    out.push({ until: on2 + s.width2, value: s.amp2 }, { until: Infinity, value: s.hold });
  }
  return out;
}

/** Amplitudes of a family of steps: eleven around nothing in current clamp, −100 to +60 mV in voltage clamp. */
export function amplitudes(s: BenchState): number[] {
  if (!s.family) return [s.amp];
  if (s.clamp === "voltage") return [-100, -80, -60, -40, -20, 0, 20, 40, 60];
  const top = Math.abs(s.amp) || 10;
  return [-0.25, 0, 0.25, 0.5, 0.75, 1].map((k) => k * top);
}

export const SAMPLE = 0.025; // ms
export const samples = (s: BenchState): number => Math.round(s.sweep / SAMPLE) + 1;
