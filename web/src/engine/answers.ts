// Six lessons: what is asked, and the answer worked out by the core. `known` is what a book, a formula or another program says, `within` how
// far the core may be from it, `tolerance` (of the answer) how far a student may be.
import { runCell } from "./cell";
import type { Module } from "./module";
import { hillBlock, Point } from "./point";
import { runWave } from "./wave";

export interface Modules {
  point: Module;
  cell: Module;
  wave: Module;
}
export interface Answer {
  lesson: string;
  ask: string;
  unit: string;
  tolerance: number; // relative
  known: number;
  within: number; // absolute
  source: string;
  compute: (m: Modules) => number;
}

function withAxon<T>(m: Module, use: (p: Point) => T): T {
  const p = new Point(m, "hh52");
  try {
    p.set("V0", p.rest());
    return use(p);
  } finally {
    p.close();
  }
}

/** Smallest of an interval for which `fires` holds, by halving. */
function smallest(low: number, high: number, fires: (x: number) => boolean): number {
  for (let k = 0; k < 24; k++) {
    const middle = 0.5 * (low + high);
    if (fires(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const peakAbove0 = (p: Point): number => {
  let count = 0;
  const v = p.run().columns["v_mV"]!;
  for (let k = 1; k < v.length; k++) if (v[k - 1]! < 0 && v[k]! >= 0) count++;
  return count;
};

function rate(p: Point, amp: number): number {
  p.protocol(500, 0.1, [{ type: "const", t0: 5, t1: 500, amp }]);
  const late = p.run().spikes.filter((t) => t > 250);
  return late.length > 1 ? (1000 * (late.length - 1)) / (late[late.length - 1]! - late[0]!) : 0;
}

/** A sealed passive dendrite, steady current at its begin: Rm 20 kΩ cm², Ra 150 Ω cm, 2 µm wide, 1 mm long. */
const RM = 20000;
const RA = 150;
const D = 2;
const L = 1000;
export const lambda = (d = D): number => 1e4 * Math.sqrt(((d * 1e-4) / 4) * (RM / RA)); // µm
function attenuation(m: Module, x: number, diameter = D): number {
  const run = runCell(
    m,
    [{ parent: -1, length: L, diameter, ra: RA, mechanisms: { pas: { g: 1 / RM, e: -65 } } }],
    [{ section: 0, x: 0, delay: 0, duration: 400, amp: 0.01 }],
    [
      { section: 0, x: 0 },
      { section: 0, x },
    ],
    { stop: 400, maxDx: 10, dt: 0.1, sample: 1 },
  );
  const [near, far] = run.traces.map((t) => t[t.length - 1]! + 65) as [number, number];
  return far / near;
}
/** Length constant from the attenuation to the sealed end, 1/cosh(L/λ). */
const lambdaOf = (m: Module, diameter: number): number => L / Math.acosh(1 / attenuation(m, 1, diameter));

const shortWave = { L_um: 32, t_end_s: 0.04 };
const quick = { dt: 1e-5, maxDx: 0.2 };

export const answers: Answer[] = [
  { lesson: "rest", ask: "Resting potential of the standard axon", unit: "mV", tolerance: 0.01, known: -65, within: 0.05, source: "Hodgkin & Huxley 1952, potentials shifted", compute: (m) => withAxon(m.point, (p) => p.rest()) },
  {
    lesson: "rest",
    ask: "Slope of the rest with E K, −77 to −90 mV",
    unit: "mV/mV",
    tolerance: 0.1,
    known: 0.21976,
    within: 1e-4,
    source: "an independent integration, web/src/bench/hh52.ts",
    compute: (m) =>
      withAxon(m.point, (p) => {
        const standard = p.rest();
        p.set("EK", -90);
        return (standard - p.rest()) / 13;
      }),
  },
  {
    lesson: "threshold",
    ask: "Smallest pulse of 0.5 ms that fires",
    unit: "µA/cm²",
    tolerance: 0.05,
    known: 13.275,
    within: 0.01,
    source: "an independent integration, web/src/bench/hh52.ts",
    compute: (m) =>
      withAxon(m.point, (p) =>
        smallest(0, 100, (amp) => {
          p.protocol(30, 0.025, [{ type: "const", t0: 5, t1: 5.5, amp }]);
          return peakAbove0(p) > 0;
        }),
      ),
  },
  {
    lesson: "threshold",
    ask: "Smallest distance of two pulses of 60 µA/cm² and 0.5 ms at which both fire",
    unit: "ms",
    tolerance: 0.08,
    known: 8.425,
    within: 0.05,
    source: "an independent integration, web/src/bench/hh52.ts",
    compute: (m) =>
      withAxon(m.point, (p) =>
        smallest(1, 30, (gap) => {
          p.protocol(60, 0.025, [
            { type: "const", t0: 5, t1: 5.5, amp: 60 },
            { type: "const", t0: 5 + gap, t1: 5.5 + gap, amp: 60 },
          ]);
          return peakAbove0(p) > 1;
        }),
      ),
  },
  { lesson: "f-I", ask: "Steady rate at 10 µA/cm²", unit: "Hz", tolerance: 0.04, known: 68, within: 2, source: "period of 14.6 ms of the classic equations", compute: (m) => withAxon(m.point, (p) => rate(p, 10)) },
  { lesson: "f-I", ask: "Steady rate at 20 µA/cm²", unit: "Hz", tolerance: 0.04, known: 87, within: 4, source: "the same", compute: (m) => withAxon(m.point, (p) => rate(p, 20)) },
  {
    lesson: "f-I",
    ask: "Smallest lasting current that keeps firing",
    unit: "µA/cm²",
    tolerance: 0.06,
    known: 6.26,
    within: 0.3,
    source: "Rinzel & Miller 1980: periodic solutions from 6.26 µA/cm² on",
    compute: (m) => withAxon(m.point, (p) => smallest(2, 15, (amp) => rate(p, amp) > 0)),
  },
  { lesson: "block", ask: "Blocked part at three times the IC50, Hill coefficient 1", unit: "%", tolerance: 0.02, known: 75, within: 1e-9, source: "Hill's equation", compute: (m) => 100 * hillBlock(m.point, 3, 1, 1) },
  {
    lesson: "block",
    ask: "Block of gNa from which 10 µA/cm² for 30 ms makes no spike above 0 mV",
    unit: "%",
    tolerance: 0.06,
    known: 71.66,
    within: 0.2,
    source: "an independent integration, web/src/bench/hh52.ts",
    compute: (m) =>
      withAxon(m.point, (p) => {
        p.protocol(60, 0.025, [{ type: "const", t0: 5, t1: 35, amp: 10 }]);
        return (
          100 *
          smallest(0, 1, (part) => {
            p.block("gNa", 0);
            p.block("gNa", part);
            p.set("V0", p.rest()); // the drug was there before
            return peakAbove0(p) === 0;
          })
        );
      }),
  },
  { lesson: "cable", ask: "Part of a steady potential that arrives at the sealed end", unit: "%", tolerance: 0.03, known: 100 / Math.cosh(L / lambda()), within: 0.05, source: "1/cosh(L/λ)", compute: (m) => 100 * attenuation(m.cell, 1) },
  { lesson: "cable", ask: "Length constant of the dendrite", unit: "µm", tolerance: 0.02, known: lambda(), within: 1, source: "√(d/4 Rm/Ra)", compute: (m) => lambdaOf(m.cell, D) },
  { lesson: "cable", ask: "Length constant when it is 8 µm thick", unit: "µm", tolerance: 0.02, known: lambda(8), within: 4, source: "twice as long", compute: (m) => lambdaOf(m.cell, 8) },
  { lesson: "calcium", ask: "Speed of the wave", unit: "µm/s", tolerance: 0.05, known: 1355.8, within: 60, source: "loligo calcium simulate --max-dx-um 0.05 --dt 5us; the lesson's grid is coarser", compute: (m) => runWave(m.wave, shortWave, quick).speed },
  {
    lesson: "calcium",
    ask: "How much slower the wave is with 2 instead of 3 receptors per µm²",
    unit: "%",
    tolerance: 0.1,
    known: 19.84,
    within: 1,
    source: "the same; a front's speed goes about with the root of its release, 1 − √(2/3) = 18 %",
    compute: (m) => 100 * (1 - runWave(m.wave, { ...shortWave, rho_R: 2 }, quick).speed / runWave(m.wave, shortWave, quick).speed),
  },
];
