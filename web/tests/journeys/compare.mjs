// Two results beside each other: the curves of two simulations, the doses of two trials, the parameters of two twins, and what
// the program itself finds to differ. Both files have one name, as results of one command have.
import { readFileSync } from "node:fs";

const number = (words) => Number(words.replace("−", "-"));
const rows = (text) => text.split("\n").filter((l) => /^[0-9]/.test(l)).map((l) => l.split(",").map(Number));

/** The largest difference of the second column, and its time. */
function farthest(a, b) {
  let at = 0;
  a.forEach((r, k) => Math.abs(r[1] - b[k][1]) > Math.abs(a[at][1] - b[at][1]) && (at = k));
  return [Math.abs(a[at][1] - b[at][1]), a[at][0]];
}

export default {
  needs: "electrophysiologist", // one of the twins is made there
  async run({ page, upload, job, nav, is, look, api }) {
    const step = await upload("step.json", JSON.stringify({ duration_ms: 40, sample_ms: 0.05, segments: [{ type: "const", t0_ms: 5, t1_ms: 35, amp_pA: 12 }] }));
    const simulate = async (gNa) => {
      const model = await upload("axon.json", JSON.stringify({ model: "hh52", parameters: { gNa } }));
      return job({ command: "neuron simulate", arguments: ["axon.json"], inputs: { "axon.json": model, "step.json": step }, options: { protocol: "step.json", output: "trace.csv" } }, "trace.csv");
    };
    const tm = await upload("tm.json", JSON.stringify({ model: "tm" }));
    const trial = (dose) => job({ command: "trial", arguments: ["tm.json"], inputs: { "tm.json": tm }, options: { drug: "XE991", dose, quick: true, output: "trial" } }, "trial/trial.json");
    const example = readFileSync(new URL("../../../examples/twins/171116sh_0018.json", import.meta.url), "utf8");
    const shipped = await upload("twin.json", example);
    const traces = [await simulate(120), await simulate(90)];
    const trials = [await trial("0.1uM,10uM"), await trial("10uM,100uM")];

    const choose = async (first, second) => {
      await nav("Bench");
      await nav("Compare");
      await page.getByLabel("First", { exact: true }).selectOption(first);
      await page.getByLabel("Second", { exact: true }).selectOption(second);
    };
    await choose(traces[0].sha256, traces[1].sha256);
    const said = await page.getByRole("region", { name: "Over each other" }).locator("figcaption").innerText();
    const [apart, at] = farthest(rows(traces[0].text), rows(traces[1].text));
    const found = /at most (\S+)\smV apart, at (\S+)\sms/.exec(said)?.slice(1).map(number) ?? [];
    is(apart > 1 && Math.abs(found[0] - apart) < 1e-3 * apart && Math.abs(found[1] - at) < 1e-3 * at, `${apart} mV apart at ${at} ms, the page says: ${said}`);
    await page.getByRole("main").getByRole("button", { name: "Compare", exact: true }).click();
    await page.getByText("They differ.").waitFor();
    const differ = page.getByRole("table", { name: /Where they differ/ }).getByRole("row");
    const [place, first, second] = await differ.nth(1).getByRole("cell").allInnerTexts();
    is(place && Number(first) !== Number(second), `the first difference is ${place}: ${first} and ${second}`);
    await look("compare-traces");

    await choose(trials[0].sha256, trials[1].sha256);
    const dosed = page.getByRole("table", { name: "The two trials, dose by dose" }).getByRole("row");
    await dosed.first().waitFor();
    const doses = await Promise.all([1, 2, 3].map((k) => dosed.nth(k).getByRole("cell").allInnerTexts()));
    is(doses[0][2] === "–" && doses[2][1] === "–" && doses[1][1] === doses[1][2] && /area ×/.test(doses[1][1]) && doses[1][3] === "the same", `doses: ${JSON.stringify(doses)}`);

    const { jobs } = await api("GET", "/api/v1/jobs?limit=200");
    const { files } = await api("GET", `/api/v1/jobs/${jobs.find((j) => j.command === "clone" && j.state === "done").id}/files`);
    await choose(files.find((f) => f.name === "twin.json").sha256, shipped);
    const told = page.getByRole("table", { name: "Parameters of the two twins" });
    await told.waitFor();
    const C = JSON.parse(example).parameters.C.value;
    const cells = await told.getByRole("row").filter({ has: page.getByRole("cell", { name: "C", exact: true }) }).getByRole("cell").allInnerTexts();
    is(Math.abs(number(cells[2].split(/\s/)[0]) - C) < 1e-3 * C && /pF/.test(cells[1]) && /apart|overlap/.test(cells[3]), `capacitance: ${cells}`);
    await page.getByRole("main").getByRole("button", { name: "Compare", exact: true }).click();
    await page.getByText("They differ.").waitFor();
  },
};
