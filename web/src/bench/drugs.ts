// The shelf: rows of data/drugs.csv that act on what the squid's axon has (vite.config.ts takes them out when the page is built).
import rows from "virtual:bench-drugs";
import type { HH } from "./engine";

export interface BenchDrug {
  name: string;
  target: string;
  acts: "gNa" | "gK";
  k: number; // µM, half block
  hill: number;
  source: string;
}
export const drugs: BenchDrug[] = rows;

export const block = (d: BenchDrug, dose: number): number => (dose <= 0 ? 0 : 1 / (1 + (d.k / dose) ** d.hill));

export function drugged(p: HH, name: string, dose: number): HH {
  const d = drugs.find((x) => x.name === name);
  return d ? { ...p, [d.acts]: p[d.acts] * (1 - block(d, dose)) } : p;
}
