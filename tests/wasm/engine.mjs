// usage: node engine.mjs LOLIGO FOLDER
// The page's engine (web/src/engine): the answers of the six lessons against what the program prints and what books and formulas
// say, the Bench's simulator against the program and against the JavaScript one, and what it refuses. Needs the page's packages
// (esbuild).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program, folder] = process.argv.slice(2);
const web = new URL("../../web/", import.meta.url);
let esbuild;
try {
  esbuild = createRequire(new URL("package.json", web))("esbuild");
} catch {
  console.error("wasm engine: SKIPPED, the page's packages are not installed (tools/build_web.sh)");
  process.exit(77);
}
const work = mkdtempSync(join(tmpdir(), "loligo-engine-"));
const shelf = {
  name: "shelf", // of vite.config.ts, with the drug of the lessons
  setup(b) {
    const { K_uM: k, hill, source } = JSON.parse(execFileSync(program, ["drug", "show", "tetrodotoxin", "--json"], { encoding: "utf8" })).targets.find((t) => t.target === "Nav1.6");
    const drug = { name: "tetrodotoxin", target: "Nav1.6", acts: "gNa", k, hill, source };
    b.onResolve({ filter: /^virtual:/ }, (a) => ({ path: a.path, namespace: "virtual" }));
    b.onLoad({ filter: /.*/, namespace: "virtual" }, () => ({ contents: `export default ${JSON.stringify([drug])}` }));
  },
};
const bundle = async (entry) => {
  const outfile = join(work, `${entry.replace(/\W/g, "-")}.mjs`);
  await esbuild.build({ entryPoints: [new URL(`src/${entry}`, web).pathname], bundle: true, format: "esm", outfile, logLevel: "error", plugins: [shelf] });
  return import(outfile);
};
let bad = 0;
const say = (fine, what) => {
  if (!fine) bad++;
  console.log(`${fine ? "ok  " : "BAD "} ${what}`);
};

// ---- the lessons, by the program ----------------------------------------------------------------------------------
const write = (name, what) => writeFileSync(join(work, name), JSON.stringify(what));
const table = (name) => readFileSync(join(work, name), "utf8").split("\n").filter((l) => /^[-0-9]/.test(l)).map((l) => l.split(",").map(Number));
const loligo = (...args) => execFileSync(program, [...args, "--quiet"], { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
/** t, V of the squid's axon under steps of current [from, to, amplitude], begun at rest. */
function axon(parameters, steps, duration) {
  write("axon.json", { model: "hh52", parameters });
  write("steps.json", { duration_ms: duration, sample_ms: 0.025, segments: steps.map(([t0_ms, t1_ms, amp_pA]) => ({ type: "const", t0_ms, t1_ms, amp_pA })) });
  loligo("neuron", "simulate", "axon.json", "--protocol", "steps.json", "-o", "axon.csv");
  return table("axon.csv");
}
const rest = (parameters) => axon({ V0: -65, ...parameters }, [], 300).at(-1)[1];
const crossings = (rows) => rows.slice(1).flatMap(([t, v], k) => (rows[k][1] < 0 && v >= 0 ? [t - (0.025 * v) / (v - rows[k][1])] : []));
const fires = (parameters, steps, duration) => crossings(axon({ V0: rest(parameters), ...parameters }, steps, duration)).length;
const rate = (amp) => {
  const late = crossings(axon({ V0: rest({}) }, [[5, 405, amp]], 404.975)).filter((t) => t > 205);
  return (1000 * (late.length - 1)) / (late.at(-1) - late[0]);
};
const arrives = (diameter) => {
  write("cable.json", {
    model: "cable", celsius: 6.3, v_init_mV: -65, tstop_ms: 400, sample_ms: 1,
    sections: [{ type: 1, parent: -1, pts: [[0, 0, 0, diameter], [1000, 0, 0, diameter]] }],
    regions: [{ types: "all", Ra_ohm_cm: 150, cm_uF_cm2: 1, mechanisms: { pas: { g: 1 / 20000, e: -65 } } }],
    iclamps: [{ loc: ["sec", 0, 0], delay_ms: 0, dur_ms: 400, amp_nA: 0.01 }],
    probes: [{ name: "near", loc: ["sec", 0, 0] }, { name: "far", loc: ["sec", 0, 1] }],
  });
  loligo("neuron", "simulate", "cable.json", "--dt", "100us", "--max-dx-um", "10", "-o", "cable.csv");
  const [, near, far] = table("cable.csv").at(-1);
  return (far + 65) / (near + 65);
};
const speed = (rho_R) => {
  write("wave.json", {
    geometry: { L_um: 32, R_um: 0.4, r_ER_um: 0.15 },
    parameters: { rho_R },
    stimulus: { j0_uM_um_s: 2500, x0_um: 0, sigma_um: 0.5, t_on_s: 0, t_off_s: 0.001 },
    t_end_s: 0.04,
    probes_um: [4, 8, 12, 16, 20, 24, 28],
  });
  loligo("calcium", "simulate", "wave.json", "--max-dx-um", "0.2", "--dt", "10us", "--no-report", "-o", "wave");
  return JSON.parse(readFileSync(join(work, "wave", "summary.json"), "utf8"));
};
const blocked = () => {
  write("drugged.json", { model: "cable", sections: [{ type: 1, parent: -1, pts: [[0, 0, 0, 20], [20, 0, 0, 20]] }], regions: [{ types: "all", mechanisms: { hh: { gnabar: 0.1 } } }] });
  loligo("drug", "apply", "drugged.json", "--drug", "tetrodotoxin", "--dose", "11.4nM", "-o", "less.json");
  return 100 * (1 - Number(/"gnabar": ([0-9.e-]+)/.exec(readFileSync(join(work, "less.json"), "utf8"))[1]) / 0.1);
};
/** `program`: what the program prints for the same, and how near to it the answer must be; `edge`: what it does on either side of the
 * answer; `known`: what a book or formula says, and how near. */
const lessonsBy = [
  { program: () => rest({}), near: 1e-4, known: [-65, 0.05, "Hodgkin & Huxley 1952, potentials shifted"] },
  { program: () => rest({ EK: -90 }), near: 1e-4 },
  { edge: (x) => [0.999 * x, 1.001 * x].map((a) => fires({}, [[5, 5.5, a]], 30)), want: "0,1", known: [13.275, 0.01, "web/src/bench/hh52.ts"] },
  { edge: (x) => [x - 0.11, x + 0.01].map((gap) => fires({}, [[5, 5.5, 60], [5 + gap, 5.5 + gap, 60]], 60)), want: "1,2" },
  { program: () => rate(10), near: 1e-3, known: [68, 2, "period of 14.6 ms of the classic equations"] },
  { program: () => rate(20), near: 1e-3, known: [87, 4, "the same"] },
  { program: blocked, near: 1e-9, known: [75, 1e-9, "Hill's equation"] },
  { edge: (x) => [x - 0.1, x + 0.1].map((b) => fires({ gNa: 120 * (1 - b / 100) }, [[5, 35, 10]], 55) > 0), want: "true,false", known: [71.66, 0.2, "web/src/bench/hh52.ts"] },
  { program: () => 1000 / Math.acosh(1 / arrives(2)), near: 1e-6, known: [816.5, 1, "√(d/4 Rm/Ra)"] },
  { program: () => 100 * arrives(2), near: 1e-9, known: [100 / Math.cosh(1000 / 816.4966), 0.05, "1/cosh(L/λ)"] },
  { program: () => 1000 / Math.acosh(1 / arrives(8)), near: 1e-6, known: [1633, 4, "twice as long"] },
  { program: () => speed(3).speed_um_s, near: 1e-9, known: [1355.8, 60, "loligo calcium simulate --max-dx-um 0.05 --dt 5us; the lesson's grid is coarser"] },
  { program: () => 100 * (1 - speed(2).speed_um_s / speed(3).speed_um_s), near: 1e-9, known: [100 * (1 - Math.sqrt(2 / 3)), 3, "a front's speed goes about with the root of its release"] },
];
async function lessons(engine, modules) {
  const { lessons, check } = await bundle("bench/lessons.ts");
  const bench = engine.benchEngine(modules.point);
  const need = async (name) => modules[name];
  say(lessons.length === 6 && lessons.flatMap((l) => l.questions).length === lessonsBy.length, "six lessons, each question has what it is compared with");
  let k = 0;
  for (const lesson of lessons)
    for (const q of lesson.questions) {
      const by = lessonsBy[k++];
      const x = await q.answer(bench, need);
      const name = `${lesson.title}: ${q.ask} ${x.toPrecision(7)} ${q.unit}`;
      if (by.edge) {
        const sides = String(by.edge(x));
        say(sides === by.want, `${name}; on either side the program says ${sides}`);
      } else {
        const p = by.program();
        say(Math.abs(x - p) <= by.near, `${name}; the program ${p.toPrecision(7)}, apart ${Math.abs(x - p).toExponential(1)}`);
      }
      if (by.known) say(Math.abs(x - by.known[0]) <= by.known[1], `  known ${by.known[0].toPrecision(5)} ± ${by.known[1]} (${by.known[2]})`);
      say((await check(q, x, bench, need)).right, "  accepted as a student's answer");
      say(!(await check(q, x + 3 * Math.max(q.least, q.tolerance * Math.abs(x)), bench, need)).right, "  and a wrong one is not");
    }
}

try {
  const engine = await bundle("engine/index.ts");
  const modules = {};
  for (const name of ["point", "cell", "wave"]) modules[name] = await engine.Module.from(readFileSync(join(folder, `${name}.wasm`)));

  await lessons(engine, modules);

  // the table of parameters is that of the program
  const described = JSON.parse(execFileSync(program, ["describe", "neuron/hh52", "--json"], { encoding: "utf8" }));
  const row = engine.models(modules.point).find((m) => m.model === "hh52");
  const flat = JSON.stringify(described);
  say(row.fields.every((f) => flat.includes(`"${f.name}"`) && flat.includes(f.doc)), "hh52 has the program's fields");

  // the Bench's run is the program's
  const bench = engine.benchEngine(modules.point);
  const standard = { C: 1, gNa: 120, gK: 36, gL: 0.3, ENa: 50, EK: -77, EL: -54.387 };
  const pieces = [{ until: 5, value: 0 }, { until: 40, value: 10 }, { until: Infinity, value: 0 }];
  const run = bench.run(standard, "current", pieces, 0.025, 2001);
  writeFileSync(join(work, "m.json"), JSON.stringify({ model: "hh52", parameters: { V0: bench.rest(standard) } }));
  writeFileSync(join(work, "p.json"), JSON.stringify({ duration_ms: 50, sample_ms: 0.025, segments: [{ type: "const", t0_ms: 5, t1_ms: 40, amp_pA: 10 }] }));
  execFileSync(program, ["neuron", "simulate", join(work, "m.json"), "--protocol", join(work, "p.json"), "--quiet", "-o", join(work, "t.csv")]);
  const trace = readFileSync(join(work, "t.csv"), "utf8").split("\n").filter((l) => /^[0-9]/.test(l)).map((l) => Number(l.split(",")[1]));
  say(trace.length === 2001 && run.n === 2001, "the Bench has the program's samples");
  say(trace.every((v, k) => v === run.v[k]), "and its bits");
  say(Math.max(...run.v) > 30, "and it fires");

  const { hh52 } = await bundle("bench/hh52.ts");
  const clamp = [{ until: 5, value: -65 }, { until: 20, value: 0 }, { until: Infinity, value: -65 }];
  for (const [kind, what] of [["current", pieces], ["voltage", clamp]]) {
    const a = bench.run(standard, kind, what, 0.025, 1200);
    const b = hh52.run(standard, kind, what, 0.025, 1200);
    const far = (x) => Math.max(...a[x].map((v, k) => Math.abs(v - b[x][k])));
    say(far("v") < 0.05 && far("m") < 1e-3 && far("h") < 1e-3 && far("k") < 1e-3 && far("command") === 0, `${kind} clamp as in JavaScript: v within ${far("v").toExponential(1)} mV, m within ${far("m").toExponential(1)}`);
  }

  // what is wrong is said
  const point = new engine.Point(modules.point, "hh52");
  const refused = (f, code) => {
    try {
      f();
      return false;
    } catch (e) {
      return code ? e.code === code : e instanceof RangeError;
    }
  };
  say(refused(() => point.set("gNa", -1), "LG_ERR_RANGE"), "a conductance below 0 is refused");
  say(refused(() => point.set("gna", 1)), "an unknown parameter is refused");
  say(refused(() => point.block("EK", 0.5), "LG_ERR_ARGUMENT"), "a potential cannot be blocked");
  say(refused(() => new engine.Point(modules.point, "squid"), "LG_ERR_ARGUMENT"), "an unknown model is refused");
  say(refused(() => point.run(), "LG_ERR_ARGUMENT"), "a run needs a protocol");

  // piece by piece it goes on where it was
  point.protocol(40, 0.1, [{ type: "const", t0: 0, t1: 40, amp: 10 }]);
  const whole = point.run().columns.v_mV;
  point.protocol(20, 0.1, [{ type: "const", t0: 0, t1: 20, amp: 10 }]);
  point.run();
  point.goOn();
  const half = point.run().columns.v_mV;
  say(Math.abs(half[200] - whole[400]) < 1e-6 && half[0] === point.run().columns.v_mV[0], `two halves are the whole within ${Math.abs(half[200] - whole[400]).toExponential(1)} mV`);
  point.close();
} finally {
  rmSync(work, { recursive: true });
}
process.exit(bad === 0 ? 0 : 1);
