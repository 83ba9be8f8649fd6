// An example recording: the axon of the Bench, of a cell's size, under nine steps of current, as CSV.
import { standard } from "./engine";
import { hh52 } from "./hh52";

/** A membrane of 100 pF: 1 µA/cm² is 100 pA. */
const PF = 100;

export function exampleRecording(): Blob {
  const lines = ["# Loligo: Hodgkin-Huxley axon of 100 pF under steps of current, simulated in the browser", "sweep,t_ms,i_pA,v_mV"];
  const dt = 0.1;
  const n = 4000;
  for (let s = 0; s < 9; s++) {
    const amp = -4 + 2 * s;
    const r = hh52.run(standard, "current", [{ until: 50, value: 0 }, { until: 350, value: amp }, { until: Infinity, value: 0 }], dt, n);
    for (let k = 0; k < n; k++) lines.push(`${s},${(k * dt).toFixed(1)},${r.command[k]! * PF},${r.v[k]!.toFixed(4)}`);
  }
  return new Blob([`${lines.join("\n")}\n`], { type: "text/csv" });
}
