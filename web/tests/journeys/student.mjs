// A student: a lesson at the Bench, an answer that is checked, the traces as a table.
export default {
  most: 8,
  async run({ page, act, saved }) {
    await act(page.getByRole("button", { name: "2 Threshold and refractoriness" }).click());
    await act(page.getByRole("slider", { name: "Pulse", exact: true }).fill("14"));
    await act(page.getByLabel("Smallest amplitude of a 0.5 ms pulse that fires a spike?").fill("13"));
    await act(page.getByRole("button", { name: "Check" }).first().click());
    await page.locator("[role=status]").filter({ hasText: /Right|Not yet/ }).first().waitFor();
    const file = await act(saved(page.getByRole("button", { name: "CSV" }).click()));
    // beyond the journey: the lessons that have modules of their own run, and stand in the address with what they show
    await page.getByRole("button", { name: "5 Cable and attenuation" }).click();
    await page.getByText("Dots: simulated by the core").waitFor();
    await page.getByLabel("Which part of the potential arrives at the far end?").fill("54.1");
    await page.getByRole("button", { name: "Check" }).nth(1).click();
    await page.getByText("Right: 54.1").waitFor();
    await page.getByRole("slider", { name: "Diameter" }).fill("8");
    await page.waitForURL("**diameter=8**");
    await page.getByRole("button", { name: "6 Calcium waves" }).click();
    await page.getByText("Peak ").waitFor();
    await page.getByRole("toolbar", { name: "Run" }).getByRole("button").first().click();
    await page.waitForURL("**paused=**");
    return file;
  },
};
