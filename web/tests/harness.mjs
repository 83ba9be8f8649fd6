// What every test of the page shares: the browser, a look at a page (axe, 360 px, screenshots), journeys, what failed.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const failures = [];
export const figures = (o) => console.log(JSON.stringify(o));
export const is = (good, words) => good || failures.push(words);
export const browserPath = () => [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((p) => p && existsSync(p));

export async function startBrowser() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"] });
}

export function tools({ server, browser, shots }) {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  if (shots) mkdirSync(shots, { recursive: true });
  const shot = async (page, name) => {
    if (!shots) return;
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(shots, `${name.replace(/\W+/g, "-")}.png`), fullPage: true, animations: "disabled" });
  };

  /** Errors on the console, and requests to elsewhere, are failures. `allow`: words of errors that the test brings about. */
  function watch(page, where, allow = /^$/) {
    page.setDefaultTimeout(40000);
    page.on("console", (m) => (m.type() === "error" || /Content Security Policy/.test(m.text())) && !allow.test(m.text()) && failures.push(`${where()}: console: ${m.text().slice(0, 300)}`));
    page.on("pageerror", (e) => failures.push(`${where()}: ${String(e.stack ?? e).slice(0, 400)}`));
    page.on("request", (r) => {
      const u = r.url();
      if (!u.startsWith(`${server.url}/`) && !u.startsWith("data:") && !u.startsWith("blob:")) failures.push(`${where()}: a request to ${u}`);
    });
  }

  async function context(options = {}) {
    return browser.newContext({ acceptDownloads: true, reducedMotion: "reduce", viewport: { width: 1280, height: 800 }, ...options });
  }

  async function settle(page) {
    await page.locator("main h1").first().waitFor();
    await page.waitForFunction(() => !document.querySelector("main .loading"), null, { timeout: 30000 }).catch(() => failures.push(`${page.url()}: still loading after 30 s`));
  }

  async function accessible(page, name) {
    if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const r = await window.axe.run(document, { resultTypes: ["violations"] });
      return r.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} — ${n.failureSummary?.split("\n")[1] ?? ""}`).join(" | ")}`);
    });
    for (const v of found) failures.push(`${name}: axe: ${v}`);
    return found.length;
  }

  /** The page as it stands: axe in light and dark, no wider than 360 px, three screenshots. Answers how much axe found. */
  async function look(page, name) {
    let n = 0;
    for (const [theme, width, height] of [
      ["light", 1280, 800],
      ["dark", 1280, 800],
      ["360", 360, 740],
      ...(process.env.WIDE ? [["1920", 1920, 1080]] : []),
    ]) {
      await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light", reducedMotion: "reduce" });
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
      if (width === 1280) n += await accessible(page, `${name} ${theme}`);
      else {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        is(wide <= 1, `${name}: ${wide} px wider than a screen of ${width} px`);
      }
      await shot(page, `${name}-${theme}`);
    }
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1280, height: 800 });
    return n;
  }

  /** Go to a page of the site; answers after how many ms it or its loading state stood there. */
  async function visit(page, name) {
    const ms = await page.evaluate(
      (n) =>
        new Promise((resolve) => {
          const from = performance.now();
          location.hash = `#/${n}`;
          const ask = () => {
            const main = document.querySelector(`main.page-${n.split(/[/?]/)[0]}`);
            if (main?.querySelector("h1, .loading") || performance.now() - from > 20000) resolve(performance.now() - from);
            else requestAnimationFrame(ask);
          };
          requestAnimationFrame(ask);
        }),
      name,
    );
    await settle(page);
    return ms;
  }

  /** One file of journeys/: a person's way from the landing page to a saved file (`most` actions), or a check (no `most`). */
  async function journey(j, state) {
    const c = await context({ storageState: state, ...j.context });
    const page = await c.newPage();
    watch(page, () => `journey ${j.name}`, j.allow);
    let actions = 0;
    const at = Date.now();
    const t = {
      page, server, browser, context, watch, settle, visit, is: (good, words) => is(good, `${j.name}: ${words}`), figures,
      act: async (what) => (actions++, await what),
      nav: (title) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: title, exact: true }).click(),
      saved: async (click) => (await Promise.all([page.waitForEvent("download"), click]))[0].suggestedFilename(),
      look: (name, other = page) => look(other, name),
      shot: (name, other = page) => shot(other, name),
      /** As the page asks: signed in, the session's cookie is the browser's. */
      api: (method, path, body) =>
        page.evaluate(
          async ([method, path, body]) => {
            const sent = body === undefined ? {} : typeof body === "string" ? { body } : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
            const answer = await fetch(path, { method, ...sent });
            return /json/.test(answer.headers.get("Content-Type")) ? answer.json() : answer.text();
          },
          [method, path, body],
        ),
      /** Answers the SHA-256 that jobs name the file by. */
      upload: async (name, text) => (await t.api("POST", `/api/v1/uploads?name=${encodeURIComponent(name)}`, text)).sha256,
      /** Runs to its end; answers what it wrote into the file `name`. */
      job: async (order, name) => {
        let j = await t.api("POST", "/api/v1/jobs", order);
        while (j.state === "waiting" || j.state === "running") {
          await new Promise((r) => setTimeout(r, 100));
          j = await t.api("GET", `/api/v1/jobs/${j.id}`);
        }
        if (j.state !== "done") throw new Error(`${order.command}: ${JSON.stringify(j)}`);
        const { files } = await t.api("GET", `/api/v1/jobs/${j.id}/files`);
        const file = files.find((f) => f.role === "output" && f.name === name);
        const text = await t.api("GET", `/api/v1/jobs/${j.id}/file?name=${encodeURIComponent(name)}`);
        return { id: j.id, sha256: file.sha256, text: typeof text === "string" ? text : JSON.stringify(text) };
      },
    };
    try {
      await page.goto(server.url);
      await settle(page);
      const file = await j.run(t);
      if (j.most) {
        is(file && file.length > 0, `journey ${j.name}: it ended without a file`);
        is(actions <= j.most, `journey ${j.name}: ${actions} actions, at most ${j.most}`);
        figures({ figure: "A20 journey", name: j.name, actions, result: file, seconds: (Date.now() - at) / 1000 });
      } else figures({ figure: "web_page check", name: j.name, seconds: (Date.now() - at) / 1000 });
      if (j.after) await j.after(t);
    } catch (e) {
      failures.push(`journey ${j.name}, action ${actions}: ${String(e?.stack ?? e).slice(0, 700)}`);
      await shot(page, `journey-${j.name}-failed`).catch(() => undefined);
    }
    await c.close();
  }

  return { watch, context, settle, visit, look, shot, journey };
}

/** At most `n` of the tasks at a time. */
export async function together(n, tasks) {
  const waiting = [...tasks];
  await Promise.all(
    Array.from({ length: n }, async () => {
      for (let f = waiting.shift(); f; f = waiting.shift()) await f().catch((e) => failures.push(String(e?.stack ?? e).slice(0, 1500)));
    }),
  );
}
