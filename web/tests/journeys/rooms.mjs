// What the pages of single rooms make of a result: an injury map beside direct simulation, a wave that plays.
export default {
  async run({ page, nav, is, look }) {
    await nav("Axon");
    await page.getByRole("link", { name: "injury map" }).click();
    await page.getByRole("button", { name: "Map an example impact" }).click();
    const checked = page.getByRole("table", { name: "The network beside direct simulation" });
    await checked.waitFor({ timeout: 60000 });
    const r2 = (await checked.getByRole("row").nth(1).getByRole("cell").allInnerTexts()).map(Number)[2];
    is(r2 > 0.99 && r2 <= 1, `R² of microtubules is ${r2}`);
    const map = page.getByRole("img", { name: "Peak strain of microtubules, three planes" });
    await map.scrollIntoViewIfNeeded();
    await page.waitForFunction((el) => el.naturalWidth > 100, await map.elementHandle());
    await look("axon-map");

    await nav("Calcium");
    await page.getByRole("button", { name: "Send an example wave" }).click();
    await page.getByText("A wave crosses the dendrite at").waitFor({ timeout: 60000 });
    const time = page.getByRole("slider", { name: "Time", exact: true });
    await time.waitFor();
    const words = () => page.locator(".wave figcaption").first().innerText();
    await time.fill("80");
    const early = await words();
    await page.getByRole("button", { name: "One frame on" }).click();
    is((await time.inputValue()) === "81", "a step is not one frame");
    await time.fill("160");
    is((await words()) !== early && /µM, at .*µm of 64/.test(early), `the wave does not move: ${early}`);
    const drawn = await page.locator(".wave-table").evaluate((el) => {
      const { data } = el.getContext("2d").getImageData(0, 0, el.width, el.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    is(drawn > 100, `the picture of place and time has ${drawn} colours`);
    await page.locator("body").click({ position: { x: 2, y: 2 } });
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.waitForFunction((was) => document.querySelector(".wave figcaption").innerText !== was, await words());
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("speed since the last").waitFor();
  },
  after: ({ look }) => look("calcium-result"),
};
