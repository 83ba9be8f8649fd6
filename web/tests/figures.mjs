// The figures of the Bench and of cells in 3-D: sizes (A2), first spike (A1), slider (A3), frames in 3-D (A4).
// Their goals hold on a machine that does nothing else; the tests of a loaded one refuse only what is far off.
import { figures, is } from "./harness.mjs";

/** Bytes of the files of a page, as the network carries them (gzipped), without the headers. */
async function weigh({ context, watch, settle }, server, path) {
  const c = await context();
  const page = await c.newPage();
  const sizes = [];
  page.on("requestfinished", (r) => sizes.push(r.sizes().then((s) => s.responseBodySize)));
  watch(page, () => `weighing ${path}`);
  await page.goto(`${server.url}/#/${path}`, { waitUntil: "networkidle" });
  await settle(page);
  await page.waitForLoadState("networkidle");
  const bytes = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
  await c.close();
  return bytes;
}

async function firstSpike({ context }, server) {
  const c = await context();
  const page = await c.newPage();
  const once = async () => {
    await page.goto("about:blank");
    await page.goto(`${server.url}/#/bench`);
    return page.evaluate(
      () =>
        new Promise((resolve) => {
          const look = () => {
            const m = performance.getEntriesByName("bench-drawn")[0];
            if (m) resolve(m.startTime);
            else setTimeout(look, 5);
          };
          look();
        }),
    );
  };
  const cold = await once();
  const warm = [await once(), await once(), await once()].sort((a, b) => a - b)[1];
  await c.close();
  return { cold, warm };
}

/** From a slider's move to changed pixels of a canvas (`byPaint`: to a canvas that was drawn anew), and frames a second while nothing else happens. */
export async function slide(page, sliderSelector, canvasSelector, values, byPaint = false) {
  return page.evaluate(
    async ([s, v, values, byPaint]) => {
      const input = document.querySelector(s);
      const canvas = document.querySelector(v);
      const c = canvas.getContext("2d");
      const times = [];
      const frame = () => new Promise((r) => requestAnimationFrame(r));
      const sum = () => {
        const d = c.getImageData(0, 0, canvas.width, canvas.height).data;
        let h = 0;
        for (let k = 0; k < d.length; k += 64) h = (h * 31 + d[k]) | 0;
        return h;
      };
      let paints = 0;
      const fill = c.fillRect; // the first thing that a chart does when it is drawn
      c.fillRect = (...a) => (paints++, fill.apply(c, a));
      for (const x of values) {
        const before = byPaint ? paints : sum();
        const t = performance.now();
        input.value = String(x);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        for (let j = 0; j < 60; j++) {
          await frame();
          if ((byPaint ? paints : sum()) !== before) break;
        }
        times.push(performance.now() - t);
      }
      times.sort((a, b) => a - b);
      let frames = 0;
      const from = performance.now();
      while (performance.now() - from < 1000) {
        await frame();
        frames++;
      }
      return { p95_ms: Math.round(times[Math.floor(0.95 * times.length)]), frames_per_s: frames };
    },
    [sliderSelector, canvasSelector, values, byPaint],
  );
}

async function benchSlider({ context, watch, settle }, server) {
  const c = await context();
  const page = await c.newPage();
  watch(page, () => "slider");
  await page.goto(`${server.url}/#/bench`, { waitUntil: "networkidle" });
  await settle(page);
  const got = await slide(page, '.slider input[type="range"]', "canvas.strips", Array.from({ length: 12 }, (_, k) => 5 + 2 * k));
  await c.close();
  return got;
}

async function threeD({ context, watch }, server) {
  const c = await context({ reducedMotion: "no-preference" });
  const page = await c.newPage();
  watch(page, () => "3-D");
  await page.goto(`${server.url}/#/neuron?demo=5000`);
  await page.locator(".view3d canvas").waitFor();
  await page.getByRole("button", { name: "Turn it" }).click();
  await page.waitForFunction(() => /\d/.test(document.querySelector(".fps")?.textContent ?? ""));
  await page.waitForTimeout(1500); // frames to count
  const fps = Number(/\d+/.exec(await page.locator(".fps").textContent())?.[0] ?? 0);
  is(fps >= 3, `A4: ${fps} frames/s of 5000 points by software GL`);
  await page.goto("about:blank");
  await page.goto(`${server.url}/#/neuron?demo=50000`);
  await page.getByText("lines instead of cylinders").waitFor();
  const message = await page.locator("main .chip").first().textContent();
  await c.close();
  return { points: 5000, frames_per_s: fps, message_at_50000: message };
}

export async function benchFigures(t, server) {
  const bench = await weigh(t, server, "bench");
  const neuron = await weigh(t, server, "neuron?demo=1");
  figures({ figure: "A2 sizes", bench_bytes: bench, neuron_bytes: neuron });
  is(bench <= 80e3, `A2: the bench is ${bench} bytes, at most 80000`);
  is(neuron <= 240e3, `A2: the 3-D page is ${neuron} bytes, at most 240000`);
  const spike = await firstSpike(t, server);
  figures({ figure: "A1 first spike drawn", cold_ms: Math.round(spike.cold), warm_ms: Math.round(spike.warm) });
  is(spike.cold < 15000, `A1: the first spike is drawn after ${spike.cold} ms`);
  figures({ figure: "A3 slider", ...(await benchSlider(t, server)) });
  figures({ figure: "A4 3-D", ...(await threeD(t, server)) });
}
