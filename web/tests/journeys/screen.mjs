// A screen that has ended: its heat map, and the panel of eleven targets with the shares and margins that the table of drugs gives.
import { readFileSync } from "node:fs";

const table = readFileSync(new URL("../../../data/drugs.csv", import.meta.url), "utf8");
const doses = [1, 100]; // µM
const targets = ["Cav2.1", "Cav3.2", "GlyR a1", "AMPA", "HCN1", "Kv1.1", "Kv7.2/7.3", "Nav1.1", "Nav1.2", "GABA-A", "NMDA"];
/** Of the compounds that are looked at: the targets of the panel at which each acts, and whether towards seizures. */
const known = {
  lamotrigine: { "Nav1.1": true, "Nav1.2": false },
  XE991: { "Kv7.2/7.3": true },
  bicuculline: { "GABA-A": true },
  ketamine: { NMDA: false, HCN1: true },
};

/** At the top of what is therapeutic, or else the highest dose: [µM, {half-effect concentration: share in percent}]. */
function expected(name) {
  const lines = table.split("\n").filter((l) => l.startsWith(`${name},`)).map((l) => l.split(","));
  const dose = Math.max(...lines.map((c) => Number(c[15]))) || doses[1];
  return { dose, of: lines.map((c) => ({ share: 100 / (1 + (c[5] / dose) ** Number(c[6])), margin: c[5] / dose })) };
}

export default {
  async run({ page, upload, job, is, look, visit }) {
    const twin = await upload("tm.json", JSON.stringify({ model: "tm" }));
    const library = await upload("drugs.csv", table);
    const order = { command: "screen", arguments: ["tm.json", "drugs.csv"], inputs: { "tm.json": twin, "drugs.csv": library }, options: { output: "screen", dose: doses.map((d) => `${d}uM`).join(), protocol: "step1s" } };
    const made = await job(order, "screen/results.csv");
    await visit(page, `screen?job=${made.id}`);
    const heat = page.getByRole("region", { name: "Heat map" }).getByRole("row");
    await heat.nth(1).waitFor();
    const compounds = new Set(table.split("\n").slice(4).filter(Boolean).map((l) => l.split(",")[0]));
    is((await heat.count()) - 1 >= 0.9 * compounds.size, `${await heat.count()} rows of ${compounds.size} compounds`);
    for (const [name, acts] of Object.entries(known)) {
      await page.getByRole("button", { name, exact: true }).click();
      const panel = page.getByRole("region", { name: `Seizure panel of ${name}` });
      await panel.getByRole("meter").first().waitFor();
      const words = await panel.locator(".panel-strip > div").allInnerTexts();
      is(words.map((w) => w.split("\n")[0]).join() === targets.join(), `${name}: the targets are ${words}`);
      const { dose, of } = expected(name);
      for (const [k, target] of targets.entries()) {
        const [, share, margin] = /([\d.]+) %, margin ([\d.]+)/.exec(words[k]) ?? [];
        if (target in acts) {
          is(of.some((x) => Math.abs(share - x.share) < 0.1 && Math.abs(margin - x.margin) < 0.05 * x.margin), `${name} at ${target}: ${words[k]}, but ${JSON.stringify(of)}`);
          is(words[k].includes(acts[target] ? "towards seizures" : "against seizures"), `${name} at ${target}: ${words[k]}`);
        } else is(/not known/.test(words[k]), `${name} at ${target}: ${words[k]}`);
      }
      const said = await panel.locator(".hint").last().innerText();
      is(new RegExp(`at ${dose}\\sµM free`).test(said), `${name}: ${dose} µM is not told: ${said}`);
    }
    await look("screen-panel");
  },
};
