// A pharmacologist: a drug for the twin that the electrophysiologist made, doses and verdict, the table.
import { slide } from "../figures.mjs";

export default {
  most: 8,
  needs: "electrophysiologist",
  async run({ page, act, nav, saved }) {
    await act(nav("Trial"));
    await act(page.getByLabel("Twin or model", { exact: true }).selectOption({ index: 1 }));
    await act(page.getByLabel("Drug", { exact: true }).fill("lamotrigine"));
    await act(page.getByLabel("Doses (free concentration)", { exact: true }).fill("1:300uM:5log"));
    await act(page.getByLabel("Quick: f–I curve alone", { exact: true }).check());
    await act(page.getByRole("button", { name: "Give the drug" }).click());
    await page.getByText("Rule:").waitFor({ timeout: 60000 });
    await act(page.getByText(/files \(/).click());
    return act(saved(page.getByRole("link", { name: /dose_response.csv/ }).click()));
  },
  async after({ page, look, figures, is }) {
    await page.locator(".live canvas").waitFor();
    await page.locator(".live").getByText("spikes recorded").waitFor(); // the recording stands beside the twin
    const got = await slide(page, "#dose-slider", ".live canvas", Array.from({ length: 20 }, (_, k) => 0.1 + 0.12 * k), true);
    figures({ figure: "A7 dose slider", ...got });
    is(got.p95_ms < 3000, `the dose slider takes ${got.p95_ms} ms`);
    await look("trial-result");
  },
};
