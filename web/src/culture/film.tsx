// The player: frames, contrast, speed, scrubbing; cells as outlines over them, their graph, one of them chosen.
import { type ReadonlySignal, type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { number } from "../lib/format";
import { at, type Cell, edges, type Labels } from "./labels";
import type { Frames } from "./frames";

export interface Graph {
  edges: [number, number, number][]; // cells and the length of their border, px
}
export type Tool = "look" | "merge" | "split" | "draw";
export interface View {
  outlines: boolean;
  graph: boolean;
  zoom: number;
}

export const hue = (id: number): [number, number, number] =>
  ([[86, 180, 233], [240, 138, 60], [47, 201, 154], [224, 138, 184], [240, 228, 66], [255, 120, 100]] as [number, number, number][])[id % 6]!;

export const timeOf = (f: Frames, k: number): string => (f.frame_s ? `${number(k * f.step * f.frame_s, 5)} s` : `frame ${k * f.step}`);

function paintFrame(canvas: HTMLCanvasElement, f: Frames, k: number, low: number, high: number): void {
  const c = canvas.getContext("2d");
  if (!c) return;
  const image = c.createImageData(f.width, f.height);
  const out = new Uint32Array(image.data.buffer);
  const grey = Uint32Array.from({ length: 256 }, (_, b) => {
    const v = Math.round(255 * Math.min(1, Math.max(0, (f.low + ((f.high - f.low) * b) / 255 - low) / Math.max(1e-9, high - low))));
    return 0xff000000 | (v << 16) | (v << 8) | v;
  });
  const from = k * f.width * f.height;
  for (let p = 0; p < out.length; p++) out[p] = grey[f.value[from + p]!]!;
  c.putImageData(image, 0, 0);
}

function paintCells(canvas: HTMLCanvasElement, l: Labels, chosen: number, outlines: boolean): void {
  const c = canvas.getContext("2d");
  if (!c) return;
  if (canvas.width !== l.width || canvas.height !== l.height) (canvas.width = l.width), (canvas.height = l.height);
  const image = c.createImageData(l.width, l.height);
  const d = image.data;
  const rim = edges(l);
  for (let p = 0; p < rim.length; p++) {
    const id = l.label[p]!;
    if (!id || (!(rim[p] && outlines) && id !== chosen)) continue;
    const [r, g, b] = id === chosen && rim[p] ? [255, 255, 255] : hue(id);
    d.set([r!, g!, b!, rim[p] ? 255 : 90], 4 * p);
  }
  c.putImageData(image, 0, 0);
}

/** Frames run on while `playing`; `speed` frames a second. */
function usePlay(f: Frames, frame: Signal<number>, playing: Signal<boolean>, speed: Signal<number>): void {
  useSignalEffect(() => {
    if (!playing.value) return;
    let last = performance.now();
    let part = 0;
    let ask = 0;
    const step = (now: number) => {
      part += ((now - last) / 1000) * speed.peek();
      last = now;
      const whole = Math.floor(part);
      part -= whole;
      if (whole) frame.value = (frame.peek() + whole) % f.n;
      ask = requestAnimationFrame(step);
    };
    ask = requestAnimationFrame(step);
    return () => cancelAnimationFrame(ask);
  });
}

export function Film(p: {
  name: string;
  frames: Frames;
  frame: Signal<number>;
  playing: Signal<boolean>;
  view: Signal<View>;
  labels?: Labels | null;
  cells?: Cell[];
  version?: number;
  graph?: Graph | null;
  chosen?: number;
  tool?: Tool;
  pick?: (id: number) => void;
  cut?: (x1: number, y1: number, x2: number, y2: number) => void;
  lasso?: (curve: [number, number][]) => void;
}) {
  const f = p.frames;
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const speed = useSignal(15);
  const low = useSignal(f.low);
  const high = useSignal(f.high);
  const curve = useSignal<[number, number][]>([]);
  const view = p.view;
  const seconds = useComputed(() => timeOf(f, p.frame.value));
  usePlay(f, p.frame, p.playing, speed);
  useSignalEffect(() => {
    if (base.current) paintFrame(base.current, f, p.frame.value, low.value, high.value);
  });
  useEffect(() => {
    if (over.current && p.labels) paintCells(over.current, p.labels, p.chosen ?? 0, view.value.outlines);
  }, [p.labels, p.version, p.chosen, view.value.outlines]);
  const where = (e: PointerEvent): [number, number] => {
    const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
    return [((e.clientX - box.left) / box.width) * f.full_width, ((e.clientY - box.top) / box.height) * f.full_height];
  };
  const drags = p.tool === "split" || p.tool === "draw";
  const down = (e: PointerEvent) => {
    if (!p.labels || e.button !== 0) return;
    if (drags) {
      (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId);
      curve.value = [where(e)];
    } else p.pick?.(at(p.labels, ...where(e)));
  };
  const move = (e: PointerEvent) => {
    if (!curve.value.length) return;
    const now = where(e);
    curve.value = p.tool === "split" ? [curve.value[0]!, now] : [...curve.value, now];
  };
  const up = () => {
    const c = curve.value;
    curve.value = [];
    if (p.tool === "split" && c.length === 2) p.cut?.(...c[0]!, ...c[1]!);
    if (p.tool === "draw" && c.length > 2) p.lasso?.(c);
  };
  const thick = Math.max(f.full_width, f.full_height) / 400;
  const place = new Map((p.cells ?? []).map((c) => [c.id, c]));
  const mark = p.chosen ? place.get(p.chosen) : undefined;
  return (
    <figure class="figure film">
      <div class="film-box" role="region" aria-label={`Movie ${p.name}, scrolls when it is enlarged`} tabIndex={0}>
        <div class={`film-stage ${drags ? "drags" : ""}`} ref={(e) => void (e && (e.style.width = `${100 * view.value.zoom}%`))} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={() => (curve.value = [])}>
          <canvas ref={base} width={f.width} height={f.height} role="img" aria-label={`Frames of ${p.name}${p.cells ? `, ${p.cells.length} cells outlined${p.chosen ? `, cell ${p.chosen} chosen` : ""}` : ""}`} />
          {p.labels && <canvas ref={over} class="film-over" aria-hidden="true" />}
          <svg class="film-over" viewBox={`0 0 ${f.full_width} ${f.full_height}`} aria-hidden="true">
            {view.value.graph &&
              p.graph?.edges.map(([a, b, w]) => {
                const u = place.get(a);
                const v = place.get(b);
                return u && v ? <line key={`${a}-${b}`} x1={u.cx} y1={u.cy} x2={v.cx} y2={v.cy} stroke-width={thick * Math.min(4, 0.6 + w / 40)} class={a === p.chosen || b === p.chosen ? "edge now" : "edge"} /> : null;
              })}
            {view.value.graph && p.cells?.map((c) => <circle key={c.id} cx={c.cx} cy={c.cy} r={thick * 3} class={c.id === p.chosen ? "node now" : "node"} />)}
            {mark && (
              <text x={mark.cx} y={mark.cy - thick * 5} font-size={thick * 14} class="film-id">
                {mark.id}
              </text>
            )}
            {curve.value.length > 1 && <polyline points={curve.value.map((q) => q.join(",")).join(" ")} stroke-width={thick * 2} class="film-line" />}
          </svg>
        </div>
      </div>
      <Scrub f={f} frame={p.frame} playing={p.playing} seconds={seconds} />
      <details>
        <summary>Speed and contrast</summary>
        <div class="grid film-sliders">
          <Range label="Speed" unit="frames/s" value={speed} low={1} high={60} step={1} />
          <Range label="Black at" unit="counts" value={low} low={f.low} high={f.high} step={Math.max((f.high - f.low) / 200, 1e-6)} />
          <Range label="White at" unit="counts" value={high} low={f.low} high={f.high} step={Math.max((f.high - f.low) / 200, 1e-6)} />
        </div>
      </details>
      <figcaption>
        {p.name}: {f.n * f.step} frames of {f.full_width} × {f.full_height} pixels
        {f.frame_s ? `, one every ${number(f.frame_s)} s` : ", time between frames not known"}
        {f.pixel_um ? `, pixels of ${number(f.pixel_um)} µm` : ""}
        {f.shrink > 1 ? `; shown: one pixel for ${f.shrink} × ${f.shrink}` : ""}
        {f.step > 1 ? `, every ${f.step}. frame` : ""}.
      </figcaption>
    </figure>
  );
}

function Scrub({ f, frame, playing, seconds }: { f: Frames; frame: Signal<number>; playing: Signal<boolean>; seconds: ReadonlySignal<string> }) {
  return (
    <div class="row film-scrub">
      <button class="main" aria-pressed={playing.value} onClick={() => (playing.value = !playing.value)}>
        {playing.value ? "❚❚ Pause" : "▶ Play"}
      </button>
      <input
        type="range"
        class="grow"
        aria-label="Frame"
        min={0}
        max={f.n - 1}
        step={1}
        value={frame.value}
        aria-valuetext={`${frame.value + 1} of ${f.n}, ${seconds.value}`}
        onInput={(e) => {
          playing.value = false;
          frame.value = Number(e.currentTarget.value);
        }}
      />
      <output class="film-time">
        {seconds.value} · {frame.value + 1}/{f.n}
      </output>
    </div>
  );
}

export function Range(p: { label: string; unit: string; value: Signal<number>; low: number; high: number; step: number }) {
  return (
    <label class="slider">
      <span>{p.label}</span>
      <output>
        {number(p.value.value, 4)} {p.unit}
      </output>
      <input type="range" min={p.low} max={p.high} step={p.step} value={p.value.value} aria-valuetext={`${number(p.value.value, 4)} ${p.unit}`} onInput={(e) => (p.value.value = Number(e.currentTarget.value))} />
    </label>
  );
}
