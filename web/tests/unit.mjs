// usage: node unit.mjs [LOLIGO]
// Pure functions of the page (*.test.ts here), compiled by esbuild (which Vite brings) and tested by node's own runner.
import { build } from "esbuild";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "loligo-unit-"));
const drugs = { name: "tetrodotoxin", target: "Nav1.6", acts: "gNa", k: 0.0038, hill: 1, source: "test" };
await build({
  entryPoints: readdirSync(new URL(".", import.meta.url)).filter((f) => f.endsWith(".test.ts")).map((f) => fileURLToPath(new URL(f, import.meta.url))),
  bundle: true,
  platform: "node",
  format: "esm",
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  logLevel: "error",
  plugins: [
    {
      name: "virtual",
      setup(b) {
        b.onResolve({ filter: /^virtual:/ }, (a) => ({ path: a.path, namespace: "virtual" }));
        b.onLoad({ filter: /.*/, namespace: "virtual" }, () => ({ contents: `export default ${JSON.stringify([drugs])}` }));
      },
    },
  ],
});
const env = { ...process.env, LOLIGO: process.argv[2] ?? "", PAGES: fileURLToPath(new URL("../src/pages", import.meta.url)) };
const run = spawnSync(process.execPath, ["--test", ...readdirSync(folder).map((f) => join(folder, f))], { encoding: "utf8", env });
rmSync(folder, { recursive: true });
if (run.status !== 0) process.stdout.write(run.stdout + run.stderr);
else console.log(run.stdout.split("\n").filter((l) => /^# (tests|pass|fail)|^ℹ (tests|pass|fail)/.test(l)).join(" "));
process.exit(run.status ?? 1);
