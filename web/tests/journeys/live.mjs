// A cell that runs on the server: started, stimulated by a click, slowed, paused, lost and found again, ended.
export default {
  async run({ page, is, look }) {
    // requests of frames can be broken off: Chromium's own "offline" leaves those that stand alone
    await page.addInitScript(() => {
      const real = window.fetch;
      let stop = new AbortController();
      let broken = false;
      window.breakOff = (yes) => ((broken = yes), yes && (stop.abort(), (stop = new AbortController())));
      window.fetch = (what, how) => (!/frames$/.test(String(what)) ? real(what, how) : broken ? Promise.reject(new TypeError("broken")) : real(what, { ...how, signal: AbortSignal.any([how.signal, stop.signal]) }));
    });
    await page.goto(`${page.url().split("#")[0]}#/neuron?demo=1&amp=1&width=2`);
    await page.reload();
    const card = page.getByRole("region", { name: "Live" });
    await card.getByRole("button", { name: "Start live" }).click();
    const numbers = card.locator(".live-numbers");
    const t = async () => Number((await numbers.textContent()).split("ms")[0].replace(",", "."));
    await page.waitForFunction(() => /mV/.test(document.querySelector(".live-numbers")?.textContent ?? "") && parseFloat(document.querySelector(".live-numbers").textContent) > 0);
    await card.getByText("live", { exact: true }).waitFor();
    await card.getByLabel("Slow motion").selectOption("0.2");
    // a spike, by the button; then where one clicks
    await card.getByRole("button", { name: "Stimulate" }).click();
    const highest = (v) => page.waitForFunction((least) => Number(/highest\s(−?[\d.]+)/.exec(document.querySelector('section[aria-label="Live"] figcaption')?.textContent ?? "")?.[1]?.replace("−", "-")) > least, v);
    await highest(20);
    await page.locator(".view3d canvas").click({ position: { x: 300, y: 200 } });
    await look("neuron-live");
    // the connection breaks, and is made again
    await page.evaluate(() => window.breakOff(true));
    await card.getByText("the connection was lost").waitFor({ timeout: 8000 }).catch(() => is(false, "a lost connection is not told"));
    const before = await t();
    await page.evaluate(() => window.breakOff(false));
    await card.getByText("live", { exact: true }).waitFor({ timeout: 10000 });
    await page.waitForFunction((b) => parseFloat(document.querySelector(".live-numbers").textContent) > b, before);
    is(await card.getByText("frames were lost on the way").isVisible(), "frames that were lost are not told");
    // who comes later sees the same
    await page.reload();
    await card.getByText("live", { exact: true }).waitFor();
    is(await page.getByText("granule.swc").isVisible(), "the example is not known again");
    await card.getByRole("button", { name: "Pause" }).click();
    await card.getByText("paused", { exact: true }).waitFor();
    await page.getByRole("button", { name: "dendrogram" }).click();
    await page.locator("svg.dendrogram").waitFor();
    await card.getByRole("button", { name: "End" }).click();
    await card.getByRole("button", { name: "Start live" }).waitFor();
    await page.waitForFunction(() => !location.hash.includes("live="));
    // whoever has only the address of a stream sees its own cell, not the example
    await page.evaluate(() => (location.hash = "#/neuron?demo=40"));
    await page.reload();
    await card.getByRole("button", { name: "Start live" }).click();
    await page.waitForFunction(() => location.hash.includes("live="));
    await page.evaluate(() => (location.hash = `#/neuron?live=${/live=(\d+)/.exec(location.hash)[1]}`));
    await page.reload();
    await page.getByText("live-cell.swc").waitFor();
    await card.getByText("live", { exact: true }).waitFor();
    await card.getByRole("button", { name: "End" }).click();
    await card.getByRole("button", { name: "Start live" }).waitFor();
  },
};
