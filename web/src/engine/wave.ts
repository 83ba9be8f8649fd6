// A wave of calcium along one dendrite.
import type { Field, Module } from "./module";

export const waveFields = (m: Module): Field[] => JSON.parse(m.text(m.call("wave_fields"))) as Field[];

export interface WaveOptions {
  dt?: number; // s, 2.5e-6; 1e-5 is fine for a lesson
  maxDx?: number; // µm, 0.05
  sample?: number; // s, 5e-4
  frame?: number; // s between pictures of the whole dendrite; 0: none
}
export interface WaveRun {
  nodes: number;
  frames: number;
  columns: number; // c, b, e (µM), open probability
  values: Float64Array; // (frames, nodes, columns)
  times: Float64Array; // s, of samples
  watched: number; // places of a sample: those of `probes`, then two more
  samples: Float64Array; // (samples, watched, columns)
  probes: number[]; // µm
  arrivals: number[]; // s, NaN where no wave came
  speed: number; // µm/s
  peak: number; // µM
  halfWidth: number; // ms
  openMax: number;
  erMin: number; // µM
}

export function runWave(m: Module, set: Record<string, number>, o: WaveOptions = {}): WaveRun {
  const wave = m.made("wave_create");
  const fields = waveFields(m);
  try {
    for (const [name, value] of Object.entries(set)) {
      const k = fields.findIndex((f) => f.name === name);
      if (k < 0) throw new RangeError(`a wave has no parameter ${name}`);
      m.must("wave_set", wave, k, value);
    }
    m.must("wave_run", wave, o.dt ?? 0, o.maxDx ?? 0, o.sample ?? 0, o.frame ?? 0);
    const [nodes, frames, columns, watched, n, probes] = ["wave_nodes", "wave_frames", "wave_columns", "wave_watched", "wave_samples", "wave_probes"].map((f) => m.call(f, wave)) as [number, number, number, number, number, number];
    const places = Array.from({ length: probes }, (_, k) => k);
    const summary = (k: number) => m.call("wave_summary", wave, k);
    return {
      nodes,
      frames,
      columns,
      values: m.doubles(m.call("wave_frame_values", wave), frames * nodes * columns),
      times: m.doubles(m.call("wave_sample_times", wave), n),
      watched,
      samples: m.doubles(m.call("wave_sample_values", wave), n * watched * columns),
      probes: places.map((k) => m.call("wave_probe_at", wave, k)),
      arrivals: places.map((k) => m.call("wave_arrival", wave, k)),
      speed: summary(0),
      peak: summary(1),
      halfWidth: summary(2),
      openMax: summary(3),
      erMin: summary(4),
    };
  } finally {
    m.call("wave_destroy", wave);
  }
}
