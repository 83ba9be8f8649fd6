// A student: a lesson at the Bench, an answer that is checked, the traces as a table.
export default {
  most: 8,
  async run({ page, act, saved }) {
    await act(page.getByRole("button", { name: "2 Threshold and refractoriness" }).click());
    await act(page.getByRole("slider", { name: "Pulse", exact: true }).fill("14"));
    await act(page.getByLabel("Smallest amplitude of a 0.5 ms pulse that fires a spike?").fill("13"));
    await act(page.getByRole("button", { name: "Check" }).first().click());
    await page.locator("[role=status]").filter({ hasText: /Right|Not yet/ }).first().waitFor();
    return act(saved(page.getByRole("button", { name: "CSV" }).click()));
  },
};
