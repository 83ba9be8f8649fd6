// The numbers that a student saves from the Bench, in the browser, are the program's, bit by bit (A17; tests/golden has the other
// ways). Files hold the shortest decimals that read back the same double.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rows = (file) => readFileSync(file, "utf8").split("\n").filter((l) => /^[0-9]/.test(l)).map((l) => l.split(",").map(Number));

export default {
  async run({ page, is, figures }) {
    await page.goto(`${page.url().split("#")[0]}#/bench?on=5&amp=11.5&width=35&sweep=50&gap=0&gNa=111.25`);
    await page.reload();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV", exact: true }).click()]);
    const work = mkdtempSync(join(tmpdir(), "loligo-numbers-"));
    try {
      const at = (name) => join(work, name);
      await file.saveAs(at("bench.csv"));
      const bench = rows(at("bench.csv"));
      writeFileSync(at("m.json"), JSON.stringify({ model: "hh52", parameters: { gNa: 111.25, V0: bench[0][1] } }));
      writeFileSync(at("p.json"), JSON.stringify({ duration_ms: 50, sample_ms: 0.025, segments: [{ type: "const", t0_ms: 5, t1_ms: 40, amp_pA: 11.5 }] }));
      execFileSync(process.argv[2], ["neuron", "simulate", at("m.json"), "--protocol", at("p.json"), "--quiet", "-o", at("t.csv")]);
      const program = rows(at("t.csv"));
      is(bench.length === 2001 && program.length === 2001, `${bench.length} samples in the browser, ${program.length} of the program`);
      is(Math.max(...bench.map((r) => r[1])) > 20, "it does not fire: nothing is compared");
      const off = bench.findIndex((r, k) => r[1] !== program[k]?.[1]);
      is(off < 0, `sample ${off}: ${bench[off]?.[1]} in the browser, ${program[off]?.[1]} by the program`);
      figures({ figure: "A17 browser", samples: bench.length, equal: off < 0, last_mV: bench.at(-1)[1] });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};
