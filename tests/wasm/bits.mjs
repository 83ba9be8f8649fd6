// usage: node bits.mjs LOLIGO LOLIGO.wasm
// The same cases by the program and by the module: SHA-256 of the bits of every state's trace and of the spike times must be
// equal. One JSON line per case.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "./door.mjs";

const [program, path] = process.argv.slice(2);
const wasm = open(path);
const work = mkdtempSync(join(tmpdir(), "loligo-wasm-"));
const sha = (...arrays) => {
  const hash = createHash("sha256");
  for (const a of arrays) hash.update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength));
  return hash.digest("hex");
};

// numbers in the program's files are the shortest that read back the same bits
function columns(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter((l) => l && !l.startsWith("#"));
  const names = lines[0].split(",");
  const rows = lines.slice(1).map((l) => l.split(",").map(Number));
  return { names, columns: names.map((_, c) => Float64Array.from(rows, (r) => r[c])) };
}

const area = [
  { type: "const", t0_ms: 10, t1_ms: 90, amp_pA: 10 },
  { type: "ramp", t0_ms: 100, t1_ms: 150, from_pA: 0, to_pA: 20 },
  { type: "chirp", t0_ms: 150, t1_ms: 220, mean_pA: 5, amp_pA: 8, f0_Hz: 1, f1_Hz: 90 },
  { type: "ou", t0_ms: 220, t1_ms: 390, mean_pA: 8, sd_pA: 5, tau_ms: 3, seed: 7 },
];
const whole = [
  { type: "const", t0_ms: 20, t1_ms: 150, amp_pA: 250 },
  { type: "ramp", t0_ms: 160, t1_ms: 240, from_pA: 0, to_pA: 400 },
  { type: "train", t0_ms: 240, t1_ms: 300, amp_pA: 600, rate_Hz: 100, width_ms: 2 },
  { type: "ou", t0_ms: 300, t1_ms: 390, mean_pA: 120, sd_pA: 80, tau_ms: 3, seed: 7 },
];
const synaptic = [
  { receptor: "AMPA", rate_Hz: 80, t0_ms: 0, t1_ms: 380, seed: 1 },
  { receptor: "NMDA", times_ms: [100, 250] },
  { receptor: "GABA_A", times_ms: [200, 300] },
];
const cases = [
  { name: "hh52", model: "hh52", segments: area, quiet: ["hh52"] },
  { name: "hh52-blocked", model: "hh52", parameters: { gNa: 90, gK: 30, EL: -54.4 }, segments: area },
  ...["std", "LTS", "FS", "TC", "RTN", "klowkhigh"].map((variant) => ({ name: `izhikevich-${variant}`, model: "izhikevich", variant, segments: whole })),
  { name: "tm", model: "tm", segments: whole },
  {
    name: "tm-all", // every optional current, synapses
    model: "tm",
    parameters: { gNaP: 0.6, gA: 120, gH: 1.2, gCaT: 25, gCaL: 1.5, gSK: 25, slow_inactivation: 0.6, gGABAA: 1.5, gNMDA: 0.8, gAMPA: 1.2 },
    segments: whole,
    synaptic,
  },
];
const solvers = ["reference", "rk4", "euler"];
const duration = 400;
const sample = 0.1;

function native(c, solver) {
  const at = (name) => join(work, name);
  const model = { model: c.model };
  if (c.variant) model.variant = c.variant;
  if (c.parameters || c.defaults) model.parameters = { ...c.defaults, ...c.parameters };
  writeFileSync(at("m.json"), JSON.stringify(model));
  writeFileSync(at("p.json"), JSON.stringify({ duration_ms: duration, sample_ms: sample, segments: c.segments, synaptic: c.synaptic ?? [] }));
  execFileSync(program, ["neuron", "simulate", at("m.json"), "--protocol", at("p.json"), "--solver", solver, "--dt", "20us", "--states", "--quiet", "-o", at("t.csv"), "--spikes", at("s.csv")], { stdio: ["ignore", "ignore", "inherit"] });
  const trace = columns(at("t.csv"));
  return { names: trace.names.slice(1), states: trace.columns.slice(1), spikes: columns(at("s.csv")).columns[0] };
}

const models = JSON.parse(wasm.text(wasm.door.point_models()));
const receptors = ["AMPA", "NMDA", "GABA_A"];
function add(bench, c) {
  const d = wasm.door;
  for (const s of c.segments) {
    if (s.type === "const") wasm.check(d.point_const(bench, s.t0_ms, s.t1_ms, s.amp_pA), s.type);
    else if (s.type === "ramp") wasm.check(d.point_ramp(bench, s.t0_ms, s.t1_ms, s.from_pA, s.to_pA), s.type);
    else if (s.type === "chirp") wasm.check(d.point_chirp(bench, s.t0_ms, s.t1_ms, s.mean_pA, s.amp_pA, s.f0_Hz, s.f1_Hz), s.type);
    else if (s.type === "train") wasm.check(d.point_train(bench, s.t0_ms, s.t1_ms, s.amp_pA, s.rate_Hz, s.width_ms), s.type);
    else wasm.check(d.point_noise(bench, s.t0_ms, s.t1_ms, s.mean_pA, s.sd_pA, s.tau_ms, 0, s.seed), s.type);
  }
  for (const s of c.synaptic ?? []) {
    const receptor = receptors.indexOf(s.receptor);
    if (s.rate_Hz) wasm.check(d.point_poisson(bench, receptor, s.t0_ms, s.t1_ms, s.rate_Hz, 1, s.seed), "poisson");
    else wasm.check(d.point_synaptic(bench, receptor, wasm.putDoubles(s.times_ms), s.times_ms.length, 1), "synaptic");
  }
}

function module(c, solver) {
  const d = wasm.door;
  const bench = d.point_create(wasm.put(c.model), wasm.put(c.variant ?? ""));
  if (!bench) throw new Error(wasm.text(d.door_message()));
  for (const [name, value] of Object.entries({ ...c.defaults, ...c.parameters })) {
    const field = d.point_field(bench, wasm.put(name));
    if (field < 0) throw new Error(`${c.model} has no ${name}`);
    wasm.check(d.point_set(bench, field, value), name);
  }
  wasm.check(d.point_protocol(bench, duration, sample), "protocol");
  add(bench, c);
  wasm.check(d.point_run(bench, solvers.indexOf(solver), 0.02, 1), `${c.name} ${solver}`);
  const n = d.point_samples(bench);
  const all = [...Array(d.point_columns(bench)).keys()];
  const out = {
    names: all.map((k) => wasm.text(d.point_column_name(bench, k))),
    states: all.map((k) => wasm.doubles(d.point_column(bench, k), n)),
    spikes: wasm.doubles(d.point_spike_times(bench), d.point_spikes(bench)),
  };
  d.point_destroy(bench);
  return out;
}

let bad = 0;
let spiking = 0;
try {
  for (const c of cases) {
    // parameters that must be given: std of Izhikevich's family
    const row = models.find((m) => m.model === c.model && (!c.variant || m.variant === c.variant));
    const need = { C: 100, k: 0.7, vr: -60, vt: -40, a: 0.03, b: -2, c: -50, d: 100, vpeak: 35 };
    c.defaults = Object.fromEntries(row.fields.filter((f) => f.default === null && f.name in need).map((f) => [f.name, need[f.name]]));
    for (const solver of solvers) {
      const a = native(c, solver);
      const b = module(c, solver);
      const same = sha(...a.states) === sha(...b.states) && sha(a.spikes) === sha(b.spikes) && String(a.names) === String(b.names);
      if (!same) bad++;
      if (a.states[0].length !== duration / sample + 1) throw new Error(`the trace of ${c.name} is too short`);
      if (a.spikes.length > 0) spiking++;
      console.log(JSON.stringify({ case: c.name, solver, same, states: a.names.length, spikes: a.spikes.length, trace: sha(...b.states).slice(0, 12), spike_times: sha(b.spikes).slice(0, 12) }));
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
if (spiking < cases.length) throw new Error(`only ${spiking} runs fired: the cases do not test enough`);
console.error(bad === 0 ? "wasm bits: all the same" : `wasm bits: ${bad} DIFFERENT`);
process.exit(bad === 0 ? 0 : 1);
