// An electrophysiologist: a recording becomes a twin with its credibility card.
export default {
  most: 8,
  async run({ page, act, nav, saved }) {
    await act(nav("Recordings"));
    await act(page.getByRole("button", { name: "Take the example" }).click());
    await page.locator("figure img").waitFor();
    await act(page.getByRole("link", { name: "Make a twin of it" }).click());
    await act(page.getByText("More options").click());
    await act(page.getByLabel("Network only, no refinement").check());
    await act(page.getByRole("button", { name: "Make the twin" }).click());
    await page.getByText("Credibility card").waitFor({ timeout: 60000 });
    return act(saved(page.getByRole("link", { name: "Save twin.json" }).click()));
  },
  async after({ page, look }) {
    await page.getByText("spikes recorded").waitFor();
    await page.getByRole("button", { name: "Lock", exact: true }).click();
    await page.getByText(/locked in study/).waitFor();
    await page.getByRole("button", { name: "Refine a copy" }).waitFor();
    await look("twin-result");
  },
};
