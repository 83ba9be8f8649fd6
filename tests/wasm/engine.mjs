// usage: node engine.mjs LOLIGO FOLDER
// The page's engine (web/src/engine): its answers to the six lessons against what books, formulas and other programs say, the Bench's
// simulator against the program and against the JavaScript one, and what it refuses. Needs the page's packages (esbuild).
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
const bundle = async (entry) => {
  const outfile = join(work, `${entry.replace(/\W/g, "-")}.mjs`);
  esbuild.buildSync({ entryPoints: [new URL(`src/${entry}`, web).pathname], bundle: true, format: "esm", outfile, logLevel: "error" });
  return import(outfile);
};
let bad = 0;
const say = (fine, what) => {
  if (!fine) bad++;
  console.log(`${fine ? "ok  " : "BAD "} ${what}`);
};

try {
  const engine = await bundle("engine/index.ts");
  const modules = {};
  for (const name of ["point", "cell", "wave"]) modules[name] = await engine.Module.from(readFileSync(join(folder, `${name}.wasm`)));

  for (const a of engine.answers) {
    const x = a.compute(modules);
    say(Math.abs(x - a.known) <= a.within, `${a.lesson}: ${a.ask}: ${x.toPrecision(7)} ${a.unit} (known ${a.known.toPrecision(5)} ± ${a.within}, students ± ${100 * a.tolerance} %)`);
  }
  say(new Set(engine.answers.map((a) => a.lesson)).size === 6, "six lessons have answers");

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
