// The wave plays: calcium over position at one time, beside the picture of place and time with that time marked.
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { number, quantity } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { draw, rangeOf } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { axes, bar, pen, ramp, shade } from "../map/raster";
import { type Film, frameOf, framesOfWave, placesOf } from "./film";

const layers = [
  { name: "c in the cytosol", short: "cytosol", unit: "µM", colour: "c1" },
  { name: "c in the ER", short: "ER", unit: "µM", colour: "c2" },
  { name: "open receptors P", short: "open P", unit: "1", colour: "c3" },
];
const ms = (f: Film, k: number) => 1000 * f.every_s * k;

/** Over position: cytosol above, ER and open probability below. */
function paintLine(el: HTMLCanvasElement | null, f: Film, k: number): void {
  const on = pen(el);
  if (!on) return;
  const x = placesOf(f);
  const strips = layers.map((l, q) => ({
    label: l.short,
    unit: l.unit === "1" ? "" : l.unit,
    range: rangeOf([{ name: "", colour: "", y: f.range[q]! }]),
    weight: q ? 1 : 1.3,
    curves: [{ name: l.name, x, y: frameOf(f, q, k), colour: colour(l.colour), width: 2 }],
  }));
  draw(on.c, on.w, on.h, { strips, dt: 1, t: [0, f.length_um], axis: "position (µm)" }, { ink: colour("ink"), soft: colour("ink-2"), grid: colour("grid"), plot: colour("plot") });
}

const PAD = { left: 62, right: 72, top: 10, bottom: 38 };

function paintTable(el: HTMLCanvasElement | null, f: Film, layer: number, shown: number, k: number, image: HTMLCanvasElement): void {
  const on = pen(el);
  if (!on) return;
  const { c, w, h } = on;
  const b = { x: PAD.left, y: PAD.top, w: w - PAD.left - PAD.right, h: h - PAD.top - PAD.bottom };
  c.imageSmoothingEnabled = false;
  c.drawImage(image, b.x, b.y, b.w, b.h);
  axes(c, b, [0, ms(f, shown - 1)], [0, f.length_um], "time, ms", "position, µm");
  bar(c, { x: b.x + b.w + 8, y: b.y, w: 10, h: b.h }, ...f.range[layer]!, `${layers[layer]!.short}${layers[layer]!.unit === "1" ? "" : `, ${layers[layer]!.unit}`}`);
  const at = b.x + (k / Math.max(1, shown - 1)) * b.w;
  c.lineWidth = 4;
  c.strokeStyle = "#000";
  c.beginPath();
  c.moveTo(at, b.y);
  c.lineTo(at, b.y + b.h);
  c.stroke();
  c.lineWidth = 2;
  c.strokeStyle = "#fff";
  c.stroke();
}

/** Time to the right, position upwards. */
function imageOf(f: Film, layer: number, shown: number): HTMLCanvasElement {
  const out = document.createElement("canvas");
  out.width = shown;
  out.height = f.n_places;
  const c = out.getContext("2d")!;
  const data = c.createImageData(shown, f.n_places);
  const px = new Uint32Array(data.data.buffer);
  const [low, high] = f.range[layer]!;
  for (let k = 0; k < shown; k++) {
    const v = frameOf(f, layer, k);
    for (let p = 0; p < f.n_places; p++) if (!Number.isNaN(v[p]!)) px[(f.n_places - 1 - p) * shown + k] = ramp[shade(v[p]!, low, high)]!;
  }
  c.putImageData(data, 0, 0);
  return out;
}

function usePlay(frame: Signal<number>, playing: Signal<boolean>, shown: number): void {
  useSignalEffect(() => {
    if (!playing.value) return;
    let ask = 0;
    let last = performance.now();
    let at = frame.peek();
    const step = (now: number) => {
      at += ((now - last) / 6000) * shown; // the whole in six seconds, however long it is
      last = now;
      if (at >= shown) at = 0;
      frame.value = Math.floor(at);
      ask = requestAnimationFrame(step);
    };
    ask = requestAnimationFrame(step);
    return () => cancelAnimationFrame(ask);
  });
}

export function Wave({ film: f }: { film: Film }) {
  const wave = useMemo(() => framesOfWave(f), [f]);
  const whole = useSignal(false);
  const shown = whole.value ? f.n_times : wave;
  const layer = useSignal(0);
  const frame = useSignal(Math.floor(wave / 3));
  const playing = useSignal(false);
  const line = useRef<HTMLCanvasElement>(null);
  const table = useRef<HTMLCanvasElement>(null);
  const image = useMemo(() => imageOf(f, layer.value, shown), [f, layer.value, shown]);
  usePlay(frame, playing, shown);
  const k = Math.min(frame.value, shown - 1);
  const go = (d: number) => {
    playing.value = false;
    frame.value = Math.min(shown - 1, Math.max(0, frame.peek() + d));
  };
  useEffect(
    () =>
      setLocalKeys([
        { keys: "space", does: "Play or pause the wave", run: () => (playing.value = !playing.peek()) },
        { keys: "ArrowRight", does: "One frame on", run: () => go(1) },
        { keys: "ArrowLeft", does: "One frame back", run: () => go(-1) },
      ]),
    [shown],
  );
  const paint = () => {
    paintLine(line.current, f, k);
    paintTable(table.current, f, layer.value, shown, k, image);
  };
  const now = useRef(paint);
  now.current = paint;
  useEffect(paint, [f, k, image, dark.value]);
  useEffect(() => {
    const look = new ResizeObserver(() => now.current());
    for (const el of [line.current, table.current]) if (el) look.observe(el);
    return () => look.disconnect();
  }, []);
  const c = frameOf(f, 0, k);
  const top = c.reduce((best, v, p) => (v > c[best]! ? p : best), 0);
  const where = (f.length_um * (top + 0.5)) / f.n_places;
  const words = `At ${quantity(ms(f, k), "ms", 4)} calcium in the cytosol is highest, ${quantity(c[top], "µM", 3)}, at ${quantity(where, "µm", 3)} of ${quantity(f.length_um, "µm", 3)}.`;
  return (
    <section class="card wave" aria-label="The wave along the dendrite">
      <h2>The wave along the dendrite</h2>
      <div class="wave-two">
        <figure class="figure">
          <canvas ref={line} class="wave-line" role="img" aria-label={`Calcium over position. ${words}`} />
          <figcaption>{words}</figcaption>
        </figure>
        <figure class="figure">
          <canvas
            ref={table}
            class="wave-table"
            role="img"
            aria-label={`${layers[layer.value]!.name} over time and position, from ${number(f.range[layer.value]![0], 3)} to ${number(f.range[layer.value]![1], 3)}`}
            onPointerDown={(e) => {
              const width = e.currentTarget.clientWidth - PAD.left - PAD.right;
              playing.value = false;
              frame.value = Math.round(Math.min(1, Math.max(0, (e.offsetX - PAD.left) / width)) * (shown - 1));
            }}
          />
          <figcaption>
            Position over time: the white line is the time on the left; a click moves it. A front's slope is its speed.
          </figcaption>
        </figure>
      </div>
      <div class="row wave-scrub">
        <button class="main" aria-pressed={playing.value} onClick={() => (playing.value = !playing.value)}>
          {playing.value ? "❚❚ Pause" : "▶ Play"}
        </button>
        <button aria-label="One frame back" onClick={() => go(-1)}>
          ◀
        </button>
        <button aria-label="One frame on" onClick={() => go(1)}>
          ▶
        </button>
        <input type="range" class="grow" aria-label="Time" min={0} max={shown - 1} step={1} value={k} aria-valuetext={`${number(ms(f, k), 4)} ms`} onInput={(e) => ((playing.value = false), (frame.value = Number(e.currentTarget.value)))} />
        <output class="wave-time">{quantity(ms(f, k), "ms", 4)}</output>
      </div>
      <div class="row">
        <span class="segments" role="group" aria-label="What the picture of place and time shows">
          {layers.map((l, q) => (
            <button key={l.name} aria-pressed={layer.value === q} onClick={() => (layer.value = q)}>
              {l.name}
            </button>
          ))}
        </span>
        {wave < f.n_times && (
          <label class="check">
            <input type="checkbox" checked={whole.value} onChange={(e) => (whole.value = e.currentTarget.checked)} /> the whole {quantity(ms(f, f.n_times - 1), "ms", 4)}
          </label>
        )}
      </div>
    </section>
  );
}
