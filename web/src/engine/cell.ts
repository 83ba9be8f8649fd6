// Cells of straight sections with passive ("pas") or Hodgkin–Huxley ("hh") membrane.
import type { Field, Module } from "./module";

export interface Mechanism {
  name: string;
  summary: string;
  source: string;
  fields: Field[];
}
export interface Section {
  parent: number; // −1: the first
  length: number; // µm
  diameter: number; // µm
  ra?: number; // Ω cm, 150
  cm?: number; // µF/cm², 1
  mechanisms: Record<string, Record<string, number>>; // { hh: { gnabar: 0.12 } }; S/cm², mV
  ena?: number; // mV, 50
  ek?: number; // mV, −77
}
export interface Clamp {
  section: number;
  x: number; // 0 … 1
  delay: number; // ms
  duration: number; // ms
  amp: number; // nA
}
export interface Place {
  section: number;
  x: number;
}
export interface CellRun {
  sample: number; // ms
  traces: Float64Array[]; // mV, one per electrode
  spikes: { probe: number; time: number }[];
  compartments: number;
}
export interface CellOptions {
  celsius?: number; // 6.3
  vInit?: number; // mV, −65
  stop: number; // ms
  sample?: number; // ms, 0.1
  dt?: number; // ms, 0.025
  scheme?: "sdirk2" | "nrn" | "adaptive";
  maxDx?: number; // µm; 0: a tenth of the length constant at 100 Hz
}
const schemes = ["sdirk2", "nrn", "adaptive"];

export const mechanisms = (m: Module): Mechanism[] => JSON.parse(m.text(m.call("cell_mechanisms"))) as Mechanism[];

export function runCell(m: Module, sections: Section[], clamps: Clamp[], probes: Place[], o: CellOptions): CellRun {
  const table = mechanisms(m);
  const cell = m.made("cell_create", o.celsius ?? 6.3, o.vInit ?? -65);
  const sample = o.sample ?? 0.1;
  const must = (k: number) => {
    if (k < 0) throw new RangeError(m.text(m.call("door_message")));
  };
  try {
    sections.forEach((s, k) => {
      must(m.call("cell_section", cell, s.parent, s.length, s.diameter, s.ra ?? 150, s.cm ?? 1));
      m.must("cell_reversal", cell, k, s.ena ?? 50, s.ek ?? -77);
      for (const [name, values] of Object.entries(s.mechanisms))
        m.withText(name, (at) => {
          m.must("cell_insert", cell, k, at, -1, 0);
          const fields = table.find((t) => t.name === name)?.fields ?? [];
          for (const [field, value] of Object.entries(values)) {
            const index = fields.findIndex((f) => f.name === field);
            if (index < 0) throw new RangeError(`${name} has no parameter ${field}`);
            m.must("cell_insert", cell, k, at, index, value);
          }
        });
    });
    for (const c of clamps) m.must("cell_clamp", cell, c.section, c.x, c.delay, c.duration, c.amp);
    for (const p of probes) must(m.call("cell_probe_at", cell, p.section, p.x));
    m.must("cell_run", cell, schemes.indexOf(o.scheme ?? "sdirk2"), o.dt ?? 0, o.stop, sample, o.maxDx ?? 0);
    const n = m.call("cell_samples", cell);
    return {
      sample,
      traces: probes.map((_, k) => m.doubles(m.call("cell_trace", cell, k), n)),
      spikes: Array.from({ length: m.call("cell_spikes", cell) }, (_, k) => ({ probe: m.call("cell_spike_probe", cell, k), time: m.call("cell_spike_time", cell, k) })),
      compartments: m.call("cell_compartments", cell),
    };
  } finally {
    m.call("cell_destroy", cell);
  }
}
