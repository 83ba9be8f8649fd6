// usage: node bits.mjs LOLIGO FOLDER
// The same cases by the program and by the modules: SHA-256 of the bits of every state's trace and of the spike times must be
// equal. One JSON line per case.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "./door.mjs";

const [program, folder] = process.argv.slice(2);
const wasm = open(join(folder, "point.wasm"));
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
const run = (...args) => execFileSync(program, [...args, "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
function judge(module, name, scheme, a, b, more) {
  const same = sha(...a.traces) === sha(...b.traces) && sha(a.times) === sha(b.times);
  if (!same) bad++;
  console.log(JSON.stringify({ module, case: name, scheme, same, ...more, trace: sha(...b.traces), times: sha(b.times), native_trace: sha(...a.traces), native_times: sha(a.times) }));
}

// ---- cells: passive and excitable cylinders, a fork ---------------------------------------------------------------
const cells = [
  { name: "cable-passive", sections: [[-1, 1000, 2]], mechanism: "pas", values: { g: 5e-5, e: -70 }, amp: 0.05, at: [[0, 0], [0, 0.5], [0, 1]] },
  { name: "cable-hh", sections: [[-1, 1000, 2]], mechanism: "hh", values: { gnabar: 0.11 }, amp: 0.5, at: [[0, 0], [0, 0.5], [0, 1]] },
  { name: "cable-fork", sections: [[-1, 20, 20], [0, 400, 3], [1, 200, 2], [1, 300, 1.5]], mechanism: "hh", values: {}, amp: 1.5, at: [[0, 0.5], [2, 1], [3, 0.5]] },
];
const schemes = ["sdirk2", "nrn", "adaptive"];

function nativeCell(c, scheme) {
  const at = (name) => join(work, name);
  writeFileSync(
    at("c.json"),
    JSON.stringify({
      model: "cable",
      celsius: 6.3,
      v_init_mV: -65,
      tstop_ms: 30,
      sample_ms: 0.1,
      sections: c.sections.map(([parent, length, diameter], k) => ({ type: k + 1, parent, pts: [[0, 0, 0, diameter], [length, 0, 0, diameter]] })),
      regions: c.sections.map((_, k) => ({ types: [k + 1], Ra_ohm_cm: 150, cm_uF_cm2: 1, mechanisms: { [c.mechanism]: c.values } })),
      iclamps: [{ loc: ["sec", 0, 0.5], delay_ms: 5, dur_ms: 2, amp_nA: c.amp }],
      probes: c.at.map(([section, x], k) => ({ name: `p${k}`, loc: ["sec", section, x] })),
    }),
  );
  run("neuron", "simulate", at("c.json"), "--scheme", scheme, "--max-dx-um", "20", "-o", at("t.csv"), "--spikes", at("s.csv"));
  const spikes = columns(at("s.csv"));
  return { traces: columns(at("t.csv")).columns.slice(1), times: spikes.columns[1] };
}

function moduleCell(wasm, c, scheme) {
  const d = wasm.door;
  const cell = d.cell_create(6.3, -65);
  const fields = JSON.parse(wasm.text(d.cell_mechanisms())).find((m) => m.name === c.mechanism).fields;
  c.sections.forEach(([parent, length, diameter], k) => {
    if (d.cell_section(cell, parent, length, diameter, 150, 1) !== k) throw new Error(wasm.text(d.door_message()));
    wasm.check(d.cell_insert(cell, k, wasm.put(c.mechanism), -1, 0), c.mechanism);
    for (const [name, value] of Object.entries(c.values)) wasm.check(d.cell_insert(cell, k, wasm.put(c.mechanism), fields.findIndex((f) => f.name === name), value), name);
  });
  wasm.check(d.cell_clamp(cell, 0, 0.5, 5, 2, c.amp), "clamp");
  for (const [section, x] of c.at) if (d.cell_probe_at(cell, section, x) < 0) throw new Error(wasm.text(d.door_message()));
  wasm.check(d.cell_run(cell, schemes.indexOf(scheme), 0, 30, 0.1, 20), scheme);
  const n = d.cell_samples(cell);
  const out = {
    traces: c.at.map((_, k) => wasm.doubles(d.cell_trace(cell, k), n)),
    times: Float64Array.from({ length: d.cell_spikes(cell) }, (_, k) => d.cell_spike_time(cell, k)),
  };
  d.cell_destroy(cell);
  return out;
}

// ---- a wave of calcium ------------------------------------------------------------------------------------------
const waves = [
  { name: "wave", set: { L_um: 24, t_end_s: 0.03, probe_every_um: 6 } },
  { name: "wave-less-ryr", set: { L_um: 24, t_end_s: 0.03, probe_every_um: 6, rho_R: 2, bT: 30 } },
];

function nativeWave(c) {
  const parameters = Object.fromEntries(Object.entries(c.set).filter(([name]) => /^(rho|b|c|D)/.test(name)));
  const places = [];
  const frames = [0, 1, 2, 3].map((k) => k * 0.01);
  for (let x = c.set.probe_every_um; x < c.set.L_um; x += c.set.probe_every_um) places.push(x);
  writeFileSync(
    join(work, "w.json"),
    JSON.stringify({
      geometry: { L_um: c.set.L_um, R_um: 0.4, r_ER_um: 0.15 },
      parameters,
      stimulus: { j0_uM_um_s: 2500, x0_um: 0, sigma_um: 0.5, t_on_s: 0, t_off_s: 0.001 },
      t_end_s: c.set.t_end_s,
      probes_um: places,
      snapshots_s: frames,
    }),
  );
  run("calcium", "simulate", join(work, "w.json"), "--max-dx-um", "0.2", "--dt", "10us", "--no-report", "-o", join(work, "wave"));
  const flat = (name, first) => {
    const { names, columns: read } = columns(join(work, "wave", name));
    const values = read.slice(first);
    return Float64Array.from({ length: values.length * values[0].length }, (_, k) => values[k % (names.length - first)][Math.floor(k / (names.length - first))]);
  };
  return { traces: [flat("timeseries.csv", 2), flat("snapshots.csv", 2)], times: columns(join(work, "wave", "arrivals.csv")).columns[1] };
}

function moduleWave(wasm, c) {
  const d = wasm.door;
  const wave = d.wave_create();
  const fields = JSON.parse(wasm.text(d.wave_fields())).map((f) => f.name);
  for (const [name, value] of Object.entries(c.set)) wasm.check(d.wave_set(wave, fields.indexOf(name), value), name);
  wasm.check(d.wave_run(wave, 10e-6, 0.2, 0, 0.01), c.name);
  const columnsOf = d.wave_columns(wave);
  const out = {
    traces: [
      // of the places that a sample has, those that were asked for
      wasm.doubles(d.wave_sample_values(wave), d.wave_samples(wave) * d.wave_watched(wave) * columnsOf).filter((_, k) => k % (d.wave_watched(wave) * columnsOf) < d.wave_probes(wave) * columnsOf),
      wasm.doubles(d.wave_frame_values(wave), d.wave_frames(wave) * d.wave_nodes(wave) * columnsOf),
    ],
    times: Float64Array.from({ length: d.wave_probes(wave) }, (_, k) => d.wave_arrival(wave, k)),
  };
  d.wave_destroy(wave);
  return out;
}

try {
  for (const c of cases) {
    // parameters that must be given: std of Izhikevich's family
    const row = models.find((m) => m.model === c.model && (!c.variant || m.variant === c.variant));
    const need = { C: 100, k: 0.7, vr: -60, vt: -40, a: 0.03, b: -2, c: -50, d: 100, vpeak: 35 };
    c.defaults = Object.fromEntries(row.fields.filter((f) => f.default === null && f.name in need).map((f) => [f.name, need[f.name]]));
    for (const solver of solvers) {
      const a = native(c, solver);
      const b = module(c, solver);
      if (String(a.names) !== String(b.names)) throw new Error(`${c.name}: ${a.names} by the program, ${b.names} by the module`);
      if (a.states[0].length !== duration / sample + 1) throw new Error(`the trace of ${c.name} is too short`);
      if (a.spikes.length > 0) spiking++;
      judge("point", c.name, solver, { traces: a.states, times: a.spikes }, { traces: b.states, times: b.spikes }, { states: a.names.length, spikes: a.spikes.length });
    }
  }
  const cellModule = open(join(folder, "cell.wasm"));
  for (const c of cells)
    for (const scheme of schemes) {
      const a = nativeCell(c, scheme);
      if (a.traces[0].length !== 301) throw new Error(`the trace of ${c.name} is too short`);
      if ((c.mechanism === "hh") !== a.times.length > 0) throw new Error(`${c.name} has ${a.times.length} spikes`);
      judge("cell", c.name, scheme, a, moduleCell(cellModule, c, scheme), { spikes: a.times.length });
    }
  const waveModule = open(join(folder, "wave.wasm"));
  for (const c of waves) {
    const a = nativeWave(c);
    if (!(a.times[2] > 0.002)) throw new Error(`no wave came by in ${c.name}`);
    judge("wave", c.name, "imex2", a, moduleWave(waveModule, c), { arrivals: a.times.length });
  }
} finally {
  rmSync(work, { recursive: true });
}
if (spiking < cases.length) throw new Error(`only ${spiking} runs fired: the cases do not test enough`);
console.error(bad === 0 ? "wasm bits: all the same" : `wasm bits: ${bad} DIFFERENT`);
process.exit(bad === 0 ? 0 : 1);
