// Colours in order of lightness (cividis), pictures of a grid on a canvas, a bar that says what a colour means.
import { colour } from "../lib/theme";
import { ticks } from "../lib/strips";

const stops: [number, number, number][] = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];

/** Packed little-endian RGBA of 256 steps. */
export const ramp = Uint32Array.from({ length: 256 }, (_, k) => {
  const x = (k / 255) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(x));
  const [r, g, b] = [0, 1, 2].map((q) => Math.round(stops[i]![q]! + (x - i) * (stops[i + 1]![q]! - stops[i]![q]!)));
  return (0xff000000 | (b! << 16) | (g! << 8) | r!) >>> 0;
});
export const shade = (v: number, low: number, high: number): number => Math.round(255 * Math.min(1, Math.max(0, (v - low) / Math.max(1e-300, high - low))));
export const css = (k: number): string => {
  const c = ramp[k]!;
  return `rgb(${c & 255} ${(c >> 8) & 255} ${(c >> 16) & 255})`;
};

/** A canvas as wide as its box, in the screen's pixels. */
export function pen(el: HTMLCanvasElement | null): { c: CanvasRenderingContext2D; w: number; h: number } | null {
  const c = el?.getContext("2d");
  if (!el || !c || el.clientWidth < 20) return null;
  const scale = Math.min(3, devicePixelRatio || 1);
  const [w, h] = [el.clientWidth, el.clientHeight];
  if (el.width !== Math.round(w * scale) || el.height !== Math.round(h * scale)) {
    el.width = Math.round(w * scale);
    el.height = Math.round(h * scale);
  }
  c.setTransform(scale, 0, 0, scale, 0, 0);
  c.fillStyle = colour("plot");
  c.fillRect(0, 0, w, h);
  c.font = "12px system-ui, sans-serif";
  return { c, w, h };
}

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Ticks and names of both axes around a box; y upwards. */
export function axes(c: CanvasRenderingContext2D, b: Box, x: [number, number], y: [number, number], xName: string, yName: string): void {
  c.fillStyle = colour("ink-2");
  c.strokeStyle = colour("line-strong");
  c.lineWidth = 1;
  c.strokeRect(b.x - 0.5, b.y - 0.5, b.w + 1, b.h + 1);
  const say = (v: number) => String(v).replace("-", "−");
  c.textAlign = "center";
  c.textBaseline = "top";
  for (const t of ticks(x[0], x[1], Math.max(2, b.w / 90))) c.fillText(say(t), b.x + ((t - x[0]) / (x[1] - x[0])) * b.w, b.y + b.h + 4);
  c.fillText(xName, b.x + b.w / 2, b.y + b.h + 19);
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const t of ticks(y[0], y[1], Math.max(2, b.h / 50))) c.fillText(say(t), b.x - 5, b.y + b.h - ((t - y[0]) / (y[1] - y[0])) * b.h);
  c.save();
  c.translate(b.x - 46, b.y + b.h / 2);
  c.rotate(-Math.PI / 2);
  c.textAlign = "center";
  c.fillText(yName, 0, 0);
  c.restore();
}

/** The bar, upright, with its range. */
export function bar(c: CanvasRenderingContext2D, b: Box, low: number, high: number, name: string): void {
  for (let k = 0; k < b.h; k++) {
    c.fillStyle = css(Math.round(255 * (1 - k / (b.h - 1))));
    c.fillRect(b.x, b.y + k, b.w, 1.5);
  }
  c.fillStyle = colour("ink-2");
  c.textAlign = "left";
  c.textBaseline = "middle";
  for (const t of ticks(low, high, Math.max(2, b.h / 50))) c.fillText(String(t).replace("-", "−"), b.x + b.w + 4, b.y + b.h - ((t - low) / (high - low)) * b.h);
  c.save();
  c.translate(b.x + b.w + 44, b.y + b.h / 2);
  c.rotate(-Math.PI / 2);
  c.textAlign = "center";
  c.fillText(name, 0, 0);
  c.restore();
}
