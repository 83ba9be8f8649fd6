// Everything by keyboard: skip link, map of keys, every control in the order of Tab, keys that lead to pages.
import { failures, figures, is } from "./harness.mjs";

export async function keyboard({ settle }, server, page) {
  await page.goto(`${server.url}/#/bench`);
  await page.reload();
  await settle(page);
  await page.keyboard.press("Tab");
  is((await page.evaluate(() => document.activeElement?.className)) === "skip", "keyboard: the first stop is not the skip link");
  await page.keyboard.press("Enter");
  is((await page.evaluate(() => document.activeElement?.id)) === "main", "keyboard: the skip link does not lead to the page");
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor({ timeout: 5000 }).catch(() => failures.push("keyboard: ? shows no map"));
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached", timeout: 5000 }).catch(() => failures.push("keyboard: Escape does not close the map"));
  const controls = await page.evaluate(() => [...document.querySelectorAll("a[href], button:not(:disabled), input:not([tabindex='-1']), select, summary")].filter((e) => e.checkVisibility()).length);
  await page.evaluate(() => document.querySelector(".skip").focus());
  let reached = 1;
  for (let k = 0; k < controls + 5; k++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || e.dataset.seen) return false;
      e.dataset.seen = "1";
      return true;
    });
    if (seen) reached++;
  }
  is(reached >= controls, `keyboard: ${reached} of ${controls} controls are reached`);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await page.waitForFunction(() => location.hash.startsWith("#/jobs"));
  figures({ figure: "A13 keyboard", reached, controls });
}
