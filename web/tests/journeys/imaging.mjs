// An imaging laboratory: a movie to cells, one of them mended by hand, the run goes on from the new masks, the traces saved.
export default {
  most: 8,
  async run({ page, act, nav, saved, is }) {
    await act(nav("Culture"));
    await act(page.getByRole("button", { name: "Take the example" }).click());
    await page.getByRole("region", { name: "Movie and masks" }).waitFor({ timeout: 90000 });
    const cells = await page.locator("table button").count();
    await act(page.locator("table button").nth(4).click());
    await page.getByText("effective feed").or(page.getByText("touches the image")).first().waitFor();
    await act(page.getByRole("button", { name: "Split across" }).click());
    await act(page.getByRole("button", { name: "Go on with these masks" }).click());
    await page.getByText("by hand:").waitFor({ state: "detached" });
    await page.getByRole("region", { name: "Movie and masks" }).waitFor({ timeout: 90000 });
    await page.locator("table button").first().waitFor();
    const after = await page.locator("table button").count();
    is(after === cells + 1, `${cells} cells, and ${after} after one was split`);
    await act(page.getByText(/files \(/).click());
    return act(saved(page.getByRole("link", { name: /runs.csv/ }).click()));
  },
  /** Every edit and its way back, by keyboard; the movie plays. */
  async after({ page, is, look }) {
    const title = page.locator("main [role=status]").filter({ hasText: /cells|Now|Taken|Again|Nothing/ });
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("n");
    const state = () => page.locator(".film-over").first().evaluate((c) => c.toDataURL());
    const start = await state();
    for (const key of ["s", "m", "x"]) {
      const before = await state();
      await page.keyboard.press(key);
      await title.filter({ hasText: "Now:" }).waitFor();
      is((await state()) !== before, `the key ${key} changed nothing`);
      await page.keyboard.press("Control+z");
      await title.filter({ hasText: "Taken back" }).waitFor();
      is((await state()) === before, `${key} was not taken back`);
    }
    is((await state()) === start, "three edits and three steps back are not nothing");
    await page.keyboard.press("y");
    await title.filter({ hasText: "Again" }).waitFor();
    const frame = page.getByRole("slider", { name: "Frame" });
    await page.keyboard.press("ArrowRight");
    is((await frame.inputValue()) === "1", "the arrow key does not step a frame on");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => Number(document.querySelector(".film-scrub input").value) > 4);
    await page.keyboard.press("Space");
    await page.keyboard.press("e");
    await look("culture-result");
  },
};
