// Point neurons: Hodgkin–Huxley 1952, Traub–Miles, Izhikevich's family.
import type { Field, Module } from "./module";

export interface Model {
  model: string;
  variant: string;
  summary: string;
  reference: string;
  states: string[];
  fields: Field[];
}
export type Solver = "reference" | "rk4" | "euler";
const solvers: Solver[] = ["reference", "rk4", "euler"];
export type Receptor = "AMPA" | "NMDA" | "GABA_A";
const receptors: Receptor[] = ["AMPA", "NMDA", "GABA_A"];

/** Pieces add; outside of all the current is 0. Times in ms; amplitudes in pA, in µA/cm² of hh52, in mV under voltage clamp. */
export type Segment =
  | { type: "const"; t0: number; t1: number; amp: number }
  | { type: "ramp"; t0: number; t1: number; from: number; to: number }
  | { type: "chirp"; t0: number; t1: number; mean: number; amp: number; f0: number; f1: number }
  | { type: "train"; t0: number; t1: number; amp: number; rate: number; width: number }
  | { type: "noise"; t0: number; t1: number; mean: number; sd: number; tau?: number; hold?: number; seed: number };

export interface Trace {
  sample: number; // ms
  n: number;
  columns: Record<string, Float64Array>; // "v_mV" first
  spikes: Float64Array; // ms
}

export function models(module: Module): Model[] {
  return JSON.parse(module.text(module.call("point_models"))) as Model[];
}

/** Part of the sites that a dose takes. */
export const hillBlock = (module: Module, dose: number, ic50: number, hill: number): number => module.call("hill_block", dose, ic50, hill);

export class Point {
  private readonly at: number;
  private sample = 0;
  constructor(
    private readonly m: Module,
    model: string,
    variant = "",
  ) {
    this.at = m.withText(model, (name) => m.withText(variant, (kind) => m.made("point_create", name, kind)));
  }

  close(): void {
    this.m.call("point_destroy", this.at);
  }

  field(name: string): number {
    const k = this.m.withText(name, (at) => this.m.call("point_field", this.at, at));
    if (k < 0) throw new RangeError(`the model has no parameter ${name}`);
    return k;
  }
  set(name: string, value: number): void {
    this.m.must("point_set", this.at, this.field(name), value);
  }
  get(name: string): number {
    return this.m.call("point_get", this.at, this.field(name));
  }
  /** State k at the start; NaN: the model's own. */
  start(k: number, value: number): void {
    this.m.must("point_start", this.at, k, value);
  }
  /** Take a part (0 … 1) of a conductance; several multiply; 0 takes the drugs off this conductance again. */
  block(name: string, part: number): void {
    this.m.must("point_block", this.at, this.field(name), part);
  }
  /** mV; NaN without a resting potential. */
  rest(current = 0): number {
    return this.m.call("point_rest", this.at, current);
  }

  protocol(duration: number, sample: number, segments: Segment[]): void {
    const m = this.m;
    m.must("point_protocol", this.at, duration, sample);
    this.sample = sample;
    for (const s of segments) {
      if (s.type === "const") m.must("point_const", this.at, s.t0, s.t1, s.amp);
      else if (s.type === "ramp") m.must("point_ramp", this.at, s.t0, s.t1, s.from, s.to);
      else if (s.type === "chirp") m.must("point_chirp", this.at, s.t0, s.t1, s.mean, s.amp, s.f0, s.f1);
      else if (s.type === "train") m.must("point_train", this.at, s.t0, s.t1, s.amp, s.rate, s.width);
      else m.must("point_noise", this.at, s.t0, s.t1, s.mean, s.sd, s.tau ?? 0, s.hold ?? 0, s.seed);
    }
  }
  synaptic(receptor: Receptor, times: ArrayLike<number>, weight: number): void {
    this.m.withDoubles(times, (at) => this.m.must("point_synaptic", this.at, receptors.indexOf(receptor), at, times.length, weight));
  }
  /** The protocol at the samples, for drawing. */
  stimulus(n: number): Float64Array {
    return this.m.withDoubles(new Float64Array(n), (at) => {
      this.m.must("point_stimulus", this.at, at, n);
      return this.m.doubles(at, n);
    });
  }

  /** dt 0: the solver's own. */
  run(solver: Solver = "rk4", dt = 0): Trace {
    this.m.must("point_run", this.at, solvers.indexOf(solver), dt, 1);
    return this.result();
  }
  /** The protocol is a command potential; the last column is the ionic current "i_ion", outward positive. */
  clamp(dt = 0): Trace {
    this.m.must("point_clamp", this.at, dt);
    return this.result();
  }
  /** The next run starts where this one ended. */
  goOn(): void {
    this.m.must("point_go_on", this.at);
  }

  private result(): Trace {
    const m = this.m;
    const n = m.call("point_samples", this.at);
    const columns: Record<string, Float64Array> = {};
    for (let k = 0; k < m.call("point_columns", this.at); k++)
      columns[m.text(m.call("point_column_name", this.at, k))] = m.doubles(m.call("point_column", this.at, k), n);
    return { sample: this.sample, n, columns, spikes: m.doubles(m.call("point_spike_times", this.at), m.call("point_spikes", this.at)) };
  }
}
