// usage: node page.mjs LOLIGO [FOLDER OF SCREENSHOTS] [PART ...]
// A real server and Debian's Chromium. Parts: figures (A1 to A4), pages, keyboard, and the files of journeys/ by name; without
// one, all. Prints a JSON line for each figure; exit 1 with the list of what failed, 77 where there is no Chromium.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { benchFigures } from "./figures.mjs";
import { browserPath, failures, figures, is, startBrowser, together, tools } from "./harness.mjs";
import { keyboard } from "./keyboard.mjs";
import { startServer } from "./server.mjs";

const [program, shots, ...parts] = process.argv.slice(2);
if (!browserPath()) {
  console.error("page.mjs: SKIPPED: there is no chromium (apt-get install chromium)");
  process.exit(77);
}
const wanted = (part) => parts.length === 0 || parts.includes(part);
const open = ["bench", "sign-in", "join/none"];
const closed = JSON.parse(readFileSync(new URL("./pages.json", import.meta.url)));
const folder = new URL("./journeys/", import.meta.url);
const journeys = readdirSync(folder).filter((f) => f.endsWith(".mjs") && wanted(basename(f, ".mjs"))).sort();
const began = Date.now();
const server = await startServer(program);
const browser = await startBrowser();
const t = tools({ server, browser, shots });

async function signIn() {
  const c = await t.context();
  const page = await c.newPage();
  t.watch(page, () => "join");
  await page.goto(`${server.url}/#/join/${server.invitation}`);
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill("a long sentence");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL("**/#/jobs");
  await page.locator("#navigation").getByText("Jobs").waitFor();
  const links = await page.evaluate(() => [...document.querySelectorAll("#navigation a")].map((a) => a.getAttribute("href").slice(2)));
  for (const l of links) is(open.includes(l) || closed.includes(l), `${l} is in the navigation, but no test opens it`);
  const state = await c.storageState();
  await c.close();
  return state;
}

function later() {
  let resolve;
  const promise = new Promise((r) => (resolve = r));
  return { promise, resolve };
}

/** Several pages one after the other in one window, as a person walks through them. */
async function walk(names, state, tally) {
  const c = await t.context(state ? { storageState: state } : {});
  const page = await c.newPage();
  let where = names[0];
  t.watch(page, () => where);
  await page.goto(`${server.url}/#/${where}`);
  await t.settle(page);
  for (where of names) {
    tally.ms.push(await t.visit(page, where));
    tally.violations += await t.look(page, where);
  }
  await c.close();
}

try {
  if (wanted("figures")) await benchFigures(t, server);
  const state = await signIn();
  if (wanted("pages")) {
    const tally = { violations: 0, ms: [] };
    const share = (k) => closed.filter((_, j) => j % 3 === k);
    await together(3, [() => walk(open, null, tally), ...[0, 1, 2].map((k) => () => walk(share(k), state, tally))]);
    tally.ms.sort((a, b) => a - b);
    figures({ figure: "A13 axe", pages: open.length + closed.length, themes: 2, violations: tally.violations });
    figures({ figure: "loading state", p50_ms: Math.round(tally.ms[tally.ms.length >> 1]), most_ms: Math.round(tally.ms.at(-1)) });
  }
  const all = await Promise.all(journeys.map(async (f) => ({ ...(await import(new URL(f, folder))).default, name: basename(f, ".mjs") })));
  all.sort((a, b) => Number(!!a.needs) - Number(!!b.needs)); // so that what is needed has begun when others wait for it
  const ends = {};
  const tasks = all.map((j) => {
    const end = later();
    ends[j.name] = end.promise;
    return async () => {
      await ends[j.needs];
      await t.journey(j, state).finally(end.resolve);
    };
  });
  if (wanted("keyboard"))
    tasks.push(async () => {
      const c = await t.context({ storageState: state });
      const page = await c.newPage();
      t.watch(page, () => "keyboard");
      await keyboard(t, server, page);
      await c.close();
    });
  await together(4, tasks);
} catch (e) {
  failures.push(String(e?.stack ?? e).slice(0, 1500));
}
await browser.close();
const code = await server.stop();
is(code === 0, `the server ended with ${code}: ${server.words()}`);
figures({ figure: "web_page", seconds: (Date.now() - began) / 1000, failures: failures.length });
for (const f of failures) console.error(`FAIL ${f}`);
process.exit(failures.length ? 1 : 0);
