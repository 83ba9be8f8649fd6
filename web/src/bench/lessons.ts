// Six lessons. Every answer is worked out by the simulator at the moment it is checked: it is right for the cell on the bench.
import { type Engine, type HH, spikes, standard } from "./engine";
import { load } from "../engine";
import { runCell } from "../engine/cell";
import type { Module } from "../engine/module";
import { runWave, type WaveRun } from "../engine/wave";
import { block, drugs } from "./drugs";

/** Where modules come from: the network, or a test's files. */
export type Need = (name: "cell" | "wave") => Promise<Module>;

export interface Question {
  ask: string;
  unit: string;
  tolerance: number; // relative
  least: number; // absolute
  answer: (e: Engine, need: Need) => number | Promise<number>;
  hint: string;
}
export interface Lesson {
  title: string;
  text: string[];
  set: Record<string, string>; // the bench as the lesson needs it
  questions: Question[];
  plot?: "cable" | "wave";
}

const DT = 0.025;
const count = (e: Engine, p: HH, amp: number, ms: number) =>
  spikes(e.run(p, "current", [{ until: 5, value: 0 }, { until: 5 + ms, value: amp }, { until: Infinity, value: 0 }], DT, Math.round((ms + 25) / DT)))
    .length;

/** Smallest amplitude of a pulse that fires. */
export function threshold(e: Engine, p: HH, ms: number): number {
  let low = 0;
  let high = 400;
  for (let k = 0; k < 22; k++) {
    const middle = 0.5 * (low + high);
    if (count(e, p, middle, ms) > 0) high = middle;
    else low = middle;
  }
  return high;
}

/** Smallest distance of two equal pulses at which both fire, ms. */
export function refractory(e: Engine, p: HH, amp: number, width: number): number {
  const fires = (gap: number) =>
    spikes(e.run(p, "current", [{ until: 5, value: 0 }, { until: 5 + width, value: amp }, { until: 5 + gap, value: 0 }, { until: 5 + gap + width, value: amp }, { until: Infinity, value: 0 }], DT, 2400)).length > 1;
  for (let gap = width + 0.5; gap < 40; gap += 0.1) if (fires(gap)) return gap;
  return NaN;
}

/** Spikes per second in the second half of 400 ms. */
export function rate(e: Engine, p: HH, amp: number): number {
  const s = spikes(e.run(p, "current", [{ until: 5, value: 0 }, { until: Infinity, value: amp }], DT, 16200)).filter((t) => t > 205);
  return s.length > 1 ? (1000 * (s.length - 1)) / (s[s.length - 1]! - s[0]!) : 0;
}

/** A dendrite as a passive cable: µm, Ω cm², Ω cm. */
export const cable = { d: 2, rm: 20000, ra: 150, length: 1000 };
export const lambda = (c = cable) => 1e4 * Math.sqrt(((c.d * 1e-4) / 4) * (c.rm / c.ra)); // µm
/** Part of the potential that arrives at x of a cable with a sealed end, clamped at 0. */
export const attenuation = (x: number, c = cable) => Math.cosh((c.length - x) / lambda(c)) / Math.cosh(c.length / lambda(c));

/** The same simulated: a steady current into the beginning, electrodes at `at` (0 … 1), V as parts of that at the beginning. */
export async function simulated(need: Need, at: number[], d = cable.d): Promise<number[]> {
  const run = runCell(
    await need("cell"),
    [{ parent: -1, length: cable.length, diameter: d, ra: cable.ra, mechanisms: { pas: { g: 1 / cable.rm, e: -65 } } }],
    [{ section: 0, x: 0, delay: 0, duration: 400, amp: 0.01 }],
    [0, ...at].map((x) => ({ section: 0, x })),
    { stop: 400, maxDx: 10, dt: 0.1, sample: 1 },
  );
  const [first, ...rest] = run.traces.map((t) => t[t.length - 1]! + 65) as [number, ...number[]];
  return rest.map((v) => v / first);
}
/** λ from what arrives at the sealed end, 1/cosh(L/λ). */
const lengthConstant = async (need: Need, d = cable.d) => cable.length / Math.acosh(1 / (await simulated(need, [1], d))[0]!);

/** 32 µm of dendrite for 40 ms, by the core's own calcium room; receptors per µm² as given. */
export const wave = async (receptors: number, frame = 0, need: Need = load): Promise<WaveRun> =>
  runWave(await need("wave"), { L_um: 32, t_end_s: 0.04, rho_R: receptors }, { dt: 1e-5, maxDx: 0.2, frame });

export const lessons: Lesson[] = [
  {
    title: "Resting potential",
    text: [
      "At rest nothing flows on balance: sodium leaks in, potassium leaks out. The potential at which the three currents cancel lies near the reversal potential of the ion whose conductance is largest.",
      "Take the pulse away (amplitude 0) and read the potential. Then move E K and E Na and see which of them the rest follows.",
    ],
    set: { amp: "0" },
    questions: [
      { ask: "What is the resting potential of the standard axon?", unit: "mV", tolerance: 0, least: 0.6, answer: (e) => e.rest(standard), hint: "Read V of the strip with the pulse at 0." },
      { ask: "What is it when E K is −90 mV, all else standard?", unit: "mV", tolerance: 0, least: 0.8, answer: (e) => e.rest({ ...standard, EK: -90 }), hint: "Move the slider of E K to −90 and read V before the pulse." },
    ],
  },
  {
    title: "Threshold and refractoriness",
    text: [
      "A short pulse either does nothing lasting or makes a whole spike. Just after a spike sodium channels are inactivated (h is low) and potassium channels open (n is high): a second spike needs a larger pulse, or does not come at all.",
      "Find the smallest pulse of 0.5 ms that fires. Then give two such pulses of 60 µA/cm² and bring them closer until the second fails.",
    ],
    set: { amp: "10", width: "0.5", sweep: "40" },
    questions: [
      { ask: "Smallest amplitude of a 0.5 ms pulse that fires a spike?", unit: "µA/cm²", tolerance: 0.05, least: 0.5, answer: (e) => threshold(e, standard, 0.5), hint: "Halve the distance between an amplitude that fires and one that does not." },
      { ask: "Smallest distance of two pulses of 60 µA/cm² and 0.5 ms at which both fire?", unit: "ms", tolerance: 0.08, least: 0.5, answer: (e) => refractory(e, standard, 60, 0.5), hint: "Set both amplitudes to 60 and widths to 0.5, then reduce the gap." },
    ],
  },
  {
    title: "f–I curves",
    text: [
      "With a lasting current the axon fires at a steady rate. The squid's axon is of Hodgkin's second class: below a certain current it fires once or a few times, above it at once with some 50 spikes per second.",
      "Make the sweep 400 ms long and the pulse as long, and measure the rate between the last spikes.",
    ],
    set: { amp: "10", width: "390", sweep: "400", speed: "100" },
    questions: [
      { ask: "Steady rate at 10 µA/cm²?", unit: "Hz", tolerance: 0.04, least: 1, answer: (e) => rate(e, standard, 10), hint: "1000 divided by the interval between two late spikes, in ms." },
      { ask: "Steady rate at 20 µA/cm²?", unit: "Hz", tolerance: 0.04, least: 1, answer: (e) => rate(e, standard, 20), hint: "The same with the amplitude at 20." },
    ],
  },
  {
    title: "Channel block",
    text: [
      "A pore blocker takes away a part of a conductance that depends on its concentration by Hill's equation: half at the IC50. Tetrodotoxin takes sodium, tetraethylammonium potassium.",
      "Take one from the shelf and move its dose. The dot moves along the Hill curve and the spike changes with it.",
    ],
    set: { amp: "10", drug: "tetrodotoxin", dose: "0.0038" },
    questions: [
      { ask: "Which part of the sodium conductance is blocked by 11.4 nM tetrodotoxin (3 × IC50)?", unit: "%", tolerance: 0.02, least: 1, answer: () => 100 * block(drugs[0]!, 0.0114), hint: "dose / (dose + IC50) for a Hill coefficient of 1." },
      {
        ask: "From which block of gNa on does a current of 10 µA/cm² for 30 ms make no spike that passes 0 mV?",
        unit: "%",
        tolerance: 0.06,
        least: 2,
        answer: (e) => {
          let low = 0;
          let high = 1;
          for (let k = 0; k < 14; k++) {
            const b = 0.5 * (low + high);
            if (count(e, { ...standard, gNa: standard.gNa * (1 - b) }, 10, 30) > 0) low = b;
            else high = b;
          }
          return 100 * high;
        },
        hint: "Raise the dose until the last spike stays below 0 mV, then read the block beside the Hill curve.",
      },
    ],
  },
  {
    title: "Cable and attenuation",
    plot: "cable",
    text: [
      `A dendrite of ${cable.d} µm, ${cable.rm.toLocaleString("en")} Ω cm² and ${cable.ra} Ω cm, ${cable.length} µm long with a sealed end, takes a steady current at its beginning. What arrives further out falls as cosh((L − x)/λ)/cosh(L/λ); the dots are simulated by the core.`,
      "The length constant is λ = √(d/4 · Rm/Ra). A thicker dendrite carries further, but only with the root of its diameter.",
    ],
    set: {},
    questions: [
      { ask: "What is the length constant of this dendrite?", unit: "µm", tolerance: 0.02, least: 5, answer: (_, need) => lengthConstant(need), hint: "All in cm: √(2e-4/4 · 20000/150) cm." },
      { ask: "Which part of the potential arrives at the far end?", unit: "%", tolerance: 0.03, least: 1, answer: async (_, need) => 100 * (await simulated(need, [1]))[0]!, hint: "1/cosh(L/λ)." },
      { ask: "And the length constant when the dendrite is 8 µm thick?", unit: "µm", tolerance: 0.02, least: 10, answer: (_, need) => lengthConstant(need, 8), hint: "Four times the diameter." },
    ],
  },
  {
    title: "Calcium waves",
    plot: "wave",
    text: [
      "Calcium opens ryanodine receptors of the endoplasmic reticulum, and what they let out opens the next ones: a wave runs along the dendrite. It is the core's own simulation of cytosol and reticulum.",
      "Read the speed off the front: distance over time. With fewer receptors the front is slower, about with the root of what is released.",
    ],
    set: {},
    questions: [
      { ask: "How fast is the wave with 3 receptors per µm²?", unit: "µm/s", tolerance: 0.05, least: 20, answer: async (_, need) => (await wave(3, 0, need)).speed, hint: "Where is the front after 10 and after 20 ms? 1 µm/ms is 1000 µm/s." },
      { ask: "How much slower is it with 2 receptors per µm²?", unit: "%", tolerance: 0.1, least: 2, answer: async (_, need) => 100 * (1 - (await wave(2, 0, need)).speed / (await wave(3, 0, need)).speed), hint: "100 · (1 − slow speed / fast speed)." },
    ],
  },
];

export async function check(q: Question, given: number, e: Engine, need: Need = load): Promise<{ right: boolean; answer: number }> {
  const answer = await q.answer(e, need);
  return { right: Math.abs(given - answer) <= Math.max(q.least, q.tolerance * Math.abs(answer)), answer };
}
