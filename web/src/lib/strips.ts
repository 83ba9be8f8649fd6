// Strips of curves over one axis of time, drawn on a canvas: the Bench, recordings, twins.
export interface Curve {
  name: string;
  y: ArrayLike<number>;
  x?: ArrayLike<number>; // otherwise k * dt
  colour: string;
  dash?: number[];
  width?: number;
  faint?: boolean;
}
export interface Strip {
  label: string;
  unit: string;
  curves: Curve[];
  band?: { low: ArrayLike<number>; high: ArrayLike<number>; x?: ArrayLike<number>; colour: string };
  range?: [number, number];
  weight?: number; // of the height
}
export interface Picture {
  strips: Strip[];
  dt: number;
  t: [number, number]; // ms
  beam?: number | undefined; // ms: nothing later is drawn but faintly
  cursor?: number | undefined; // ms
  timeUnit?: string;
  axis?: string; // otherwise time
}
export interface Colours {
  ink: string;
  soft: string;
  grid: string;
  plot: string;
}

/** Round numbers that divide a range into about n. */
export function ticks(low: number, high: number, n: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, n);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((s) => s >= raw * 0.75)!;
  const out: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

export function rangeOf(curves: Curve[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const c of curves)
    for (let k = 0; k < c.y.length; k++) {
      const v = c.y[k]!;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  if (!(high >= low)) return [0, 1];
  const pad = high > low ? 0.06 * (high - low) : Math.max(1, Math.abs(low) * 0.1);
  return [low - pad, high + pad];
}

const text = (v: number) => String(v).replace("-", "−");

export const LEFT = 64;
const RIGHT = 10;
const BOTTOM = 34;

export function draw(c: CanvasRenderingContext2D, width: number, height: number, p: Picture, col: Colours): void {
  c.fillStyle = col.plot;
  c.fillRect(0, 0, width, height);
  c.font = "12px system-ui, sans-serif";
  const w = width - LEFT - RIGHT;
  const total = p.strips.reduce((s, x) => s + (x.weight ?? 1), 0);
  const gap = 12;
  const free = height - BOTTOM - 8 - gap * (p.strips.length - 1);
  const X = (t: number) => LEFT + ((t - p.t[0]) / (p.t[1] - p.t[0])) * w;
  let top = 8;
  for (const strip of p.strips) {
    const h = (free * (strip.weight ?? 1)) / total;
    const [low, high] = strip.range ?? rangeOf(strip.curves);
    const Y = (v: number) => top + h - ((v - low) / (high - low)) * h;
    c.lineWidth = 1;
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const v of ticks(low, high, Math.max(2, Math.floor(h / 34)))) {
      const y = Math.round(Y(v)) + 0.5;
      c.strokeStyle = col.grid;
      line(c, LEFT, y, LEFT + w, y);
      c.fillStyle = col.soft;
      c.fillText(text(v), LEFT - 6, y);
    }
    c.save();
    c.translate(13, top + h / 2);
    c.rotate(-Math.PI / 2);
    c.textAlign = "center";
    c.fillStyle = col.ink;
    c.fillText(strip.unit ? `${strip.label} (${strip.unit})` : strip.label, 0, 0);
    c.restore();
    c.save();
    c.beginPath();
    c.rect(LEFT, top - 2, w, h + 4);
    c.clip();
    if (strip.band) {
      const { low: lo, high: hi, x, colour } = strip.band;
      const time = (k: number) => X(x ? x[k]! : k * p.dt);
      c.beginPath();
      for (let k = 0; k < lo.length; k++) c.lineTo(time(k), Y(hi[k]!));
      for (let k = lo.length - 1; k >= 0; k--) c.lineTo(time(k), Y(lo[k]!));
      c.globalAlpha = 0.18;
      c.fillStyle = colour;
      c.fill();
      c.globalAlpha = 1;
    }
    for (const curve of strip.curves) {
      if (p.beam !== undefined && !curve.faint) {
        stroke(c, curve, p, X, Y, w, p.t[0], p.beam, 1);
        stroke(c, curve, p, X, Y, w, p.beam, p.t[1], 0.45);
      } else stroke(c, curve, p, X, Y, w, p.t[0], p.t[1], curve.faint ? 0.35 : 1);
    }
    c.restore();
    c.strokeStyle = col.soft;
    line(c, LEFT + 0.5, top, LEFT + 0.5, top + h);
    top += h + gap;
  }
  const bottom = top - gap;
  c.fillStyle = col.soft;
  c.textAlign = "center";
  c.textBaseline = "top";
  for (const t of ticks(p.t[0], p.t[1], Math.max(2, Math.floor(w / 90)))) {
    c.strokeStyle = col.soft;
    line(c, X(t), bottom, X(t), bottom + 4);
    c.fillText(text(t), X(t), bottom + 6);
  }
  c.fillStyle = col.ink;
  c.textAlign = "right";
  c.fillText(p.axis ?? `time (${p.timeUnit ?? "ms"})`, LEFT + w, bottom + 19);
  for (const [t, colour] of [
    [p.beam, col.soft],
    [p.cursor, col.ink],
  ] as const)
    if (t !== undefined && t >= p.t[0] && t <= p.t[1]) {
      c.strokeStyle = colour;
      c.lineWidth = 1;
      line(c, X(t), 8, X(t), bottom);
    }
}

function line(c: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x2, y2);
  c.stroke();
}

/** At most a lowest and a highest point for each column of pixels: a million samples draw as fast as a thousand. */
function stroke(c: CanvasRenderingContext2D, u: Curve, p: Picture, X: (t: number) => number, Y: (v: number) => number, w: number, from: number, to: number, alpha: number): void {
  if (to <= from) return;
  const n = u.y.length;
  const time = u.x ? (k: number) => u.x![k]! : (k: number) => k * p.dt;
  let first = u.x ? lower(u.x, from) : Math.max(0, Math.floor(from / p.dt));
  let last = u.x ? lower(u.x, to) : Math.min(n - 1, Math.ceil(to / p.dt));
  first = Math.max(0, Math.min(first, n - 1));
  last = Math.max(0, Math.min(last, n - 1));
  c.globalAlpha = alpha;
  c.strokeStyle = u.colour;
  c.lineWidth = u.width ?? 1.6;
  c.setLineDash(u.dash ?? []);
  c.lineJoin = "round";
  c.beginPath();
  let open = false;
  if (last - first <= 3 * w) {
    for (let k = first; k <= last; k++) {
      const v = u.y[k]!;
      if (!(v === v)) {
        open = false;
        continue;
      }
      if (open) c.lineTo(X(time(k)), Y(v));
      else c.moveTo(X(time(k)), Y(v));
      open = true;
    }
  } else {
    let column = -1;
    let low = 0;
    let high = 0;
    const flush = () => {
      if (column < 0) return;
      if (open) c.lineTo(column, Y(low));
      else c.moveTo(column, Y(low));
      c.lineTo(column, Y(high));
      open = true;
    };
    for (let k = first; k <= last; k++) {
      const v = u.y[k]!;
      if (!(v === v)) continue;
      const x = Math.floor(X(time(k)));
      if (x !== column) {
        flush();
        column = x;
        low = high = v;
      } else if (v < low) low = v;
      else if (v > high) high = v;
    }
    flush();
  }
  c.stroke();
  c.setLineDash([]);
  c.globalAlpha = 1;
}

function lower(x: ArrayLike<number>, t: number): number {
  let a = 0;
  let b = x.length;
  while (a < b) {
    const m = (a + b) >> 1;
    if (x[m]! < t) a = m + 1;
    else b = m;
  }
  return a;
}
