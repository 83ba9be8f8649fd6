// usage: node module.mjs point.wasm < case.json: one neuron by the module that the page runs. Bits of every sample of the
// potential and of every spike time, as hex, on stdout.
import { readFileSync } from "node:fs";
import { open } from "../wasm/door.mjs";

const wasm = open(process.argv[2]);
const d = wasm.door;
const c = JSON.parse(readFileSync(0, "utf8"));
const bench = d.point_create(wasm.put(c.model), wasm.put(c.variant ?? ""));
if (!bench) throw new Error(wasm.text(d.door_message()));
for (const [name, value] of Object.entries(c.parameters)) wasm.check(d.point_set(bench, d.point_field(bench, wasm.put(name)), value), name);
wasm.check(d.point_protocol(bench, c.duration_ms, c.sample_ms), "protocol");
for (const s of c.segments) wasm.check(d.point_const(bench, s.t0_ms, s.t1_ms, s.amp_pA), "const");
wasm.check(d.point_run(bench, ["reference", "rk4", "euler"].indexOf(c.solver), c.dt_ms, 1), c.model);
const v = wasm.doubles(d.point_column(bench, 0), d.point_samples(bench));
const spikes = wasm.doubles(d.point_spike_times(bench), d.point_spikes(bench));
const hex = (x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("hex");
process.stdout.write(JSON.stringify({ v_mV: hex(v), spikes_ms: hex(spikes) }));
