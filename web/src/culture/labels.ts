// A label image and what a person does to it: merge, split, delete, draw; every edit can be taken back. No drawing here.
export interface Labels {
  width: number;
  height: number;
  label: Uint32Array; // 0: background
}
/** Pixels that an edit changes, with what they were and what they become. */
export interface Edit {
  what: string;
  at: Uint32Array;
  from: Uint32Array;
  to: Uint32Array;
  chosen: number; // the cell to look at afterwards, 0: none
  before?: number; // the one that was looked at
}
export interface Cell {
  id: number;
  area: number; // px
  cx: number;
  cy: number;
}

export function cellsOf(l: Labels): Cell[] {
  const sums = new Map<number, Cell>();
  for (let y = 0, p = 0; y < l.height; y++)
    for (let x = 0; x < l.width; x++, p++) {
      const id = l.label[p]!;
      if (!id) continue;
      let c = sums.get(id);
      if (!c) sums.set(id, (c = { id, area: 0, cx: 0, cy: 0 }));
      c.area++;
      c.cx += x;
      c.cy += y;
    }
  const out = [...sums.values()].sort((a, b) => a.id - b.id);
  for (const c of out) (c.cx /= c.area), (c.cy /= c.area);
  return out;
}

/** Cells that share sides of pixels with this one: how many sides, the longest border first. */
export function neighbours(l: Labels, id: number): [number, number][] {
  const sides = new Map<number, number>();
  const meet = (a: number, b: number) => {
    const other = a === id ? b : b === id ? a : 0;
    if (other && other !== id) sides.set(other, (sides.get(other) ?? 0) + 1);
  };
  for (let y = 0, p = 0; y < l.height; y++)
    for (let x = 0; x < l.width; x++, p++) {
      const a = l.label[p]!;
      if (x + 1 < l.width) meet(a, l.label[p + 1]!);
      if (y + 1 < l.height) meet(a, l.label[p + l.width]!);
    }
  return [...sides].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

function edit(l: Labels, what: string, chosen: number, pick: (p: number) => number): Edit | null {
  const at: number[] = [];
  const to: number[] = [];
  for (let p = 0; p < l.label.length; p++) {
    const next = pick(p);
    if (next !== l.label[p]) at.push(p), to.push(next);
  }
  return at.length ? { what, chosen, at: Uint32Array.from(at), from: Uint32Array.from(at, (p) => l.label[p]!), to: Uint32Array.from(to) } : null;
}

export const largest = (l: Labels): number => l.label.reduce((a, b) => (b > a ? b : a), 0);

export function remove(l: Labels, id: number): Edit | null {
  return id ? edit(l, `deleted cell ${id}`, 0, (p) => (l.label[p] === id ? 0 : l.label[p]!)) : null;
}

/** The other cell becomes part of the first; throws where they do not touch. */
export function merge(l: Labels, id: number, other: number): Edit | null {
  if (!id || !other || id === other) return null;
  if (!neighbours(l, id).some(([n]) => n === other)) throw new RangeError(`Cells ${id} and ${other} do not touch: only neighbours can be merged.`);
  return edit(l, `merged cell ${other} into ${id}`, id, (p) => (l.label[p] === other ? id : l.label[p]!));
}

/** In two along the line through two points. The side of the larger part keeps the number. */
export function split(l: Labels, id: number, x1: number, y1: number, x2: number, y2: number): Edit | null {
  if (!id || (x1 === x2 && y1 === y2)) return null;
  const side = (p: number) => (x2 - x1) * (Math.floor(p / l.width) - y1) - (y2 - y1) * ((p % l.width) - x1) > 0;
  let left = 0;
  let right = 0;
  for (let p = 0; p < l.label.length; p++) if (l.label[p] === id) side(p) ? left++ : right++;
  if (!left || !right) return null;
  const next = largest(l) + 1;
  const moves = left < right;
  return edit(l, `split cell ${id} into ${id} and ${next}`, id, (p) => (l.label[p] === id && side(p) === moves ? next : l.label[p]!));
}

/** In two halves, across the longer axis. */
export function splitAcross(l: Labels, id: number): Edit | null {
  const c = cellsOf(l).find((x) => x.id === id);
  if (!c || c.area < 2) return null;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let p = 0; p < l.label.length; p++)
    if (l.label[p] === id) {
      const x = (p % l.width) - c.cx;
      const y = Math.floor(p / l.width) - c.cy;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
  const along = 0.5 * Math.atan2(2 * xy, xx - yy); // of the longer axis
  return split(l, id, c.cx, c.cy, c.cx - Math.sin(along), c.cy + Math.cos(along));
}

/** The cell that most of a line's pixels lie in. */
export function crossed(l: Labels, x1: number, y1: number, x2: number, y2: number): number {
  const n = Math.max(1, Math.ceil(Math.hypot(x2 - x1, y2 - y1)));
  const count = new Map<number, number>();
  for (let k = 0; k <= n; k++) {
    const id = at(l, x1 + ((x2 - x1) * k) / n, y1 + ((y2 - y1) * k) / n);
    if (id) count.set(id, (count.get(id) ?? 0) + 1);
  }
  return [...count].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

export function at(l: Labels, x: number, y: number): number {
  const u = Math.floor(x);
  const v = Math.floor(y);
  return u < 0 || v < 0 || u >= l.width || v >= l.height ? 0 : l.label[v * l.width + u]!;
}

/** A new cell: the background pixels inside a closed curve (even and odd crossings). */
export function draw(l: Labels, curve: [number, number][]): Edit | null {
  if (curve.length < 3) return null;
  const next = largest(l) + 1;
  const inside = new Uint8Array(l.label.length);
  for (let y = 0; y < l.height; y++) {
    const cuts: number[] = [];
    for (let k = 0; k < curve.length; k++) {
      const [ax, ay] = curve[k]!;
      const [bx, by] = curve[(k + 1) % curve.length]!;
      if (ay <= y + 0.5 !== by <= y + 0.5) cuts.push(ax + ((y + 0.5 - ay) / (by - ay)) * (bx - ax));
    }
    cuts.sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k += 2)
      for (let x = Math.max(0, Math.ceil(cuts[k]! - 0.5)); x + 0.5 < cuts[k + 1]! && x < l.width; x++) inside[y * l.width + x] = 1;
  }
  return edit(l, `drew cell ${next}`, next, (p) => (inside[p] && !l.label[p] ? next : l.label[p]!));
}

export function apply(l: Labels, e: Edit, back = false): void {
  const to = back ? e.from : e.to;
  for (let k = 0; k < e.at.length; k++) l.label[e.at[k]!] = to[k]!;
}

/** Pixels at the edge of a cell: a side of theirs belongs to another label. */
export function edges(l: Labels): Uint8Array {
  const out = new Uint8Array(l.label.length);
  for (let y = 0, p = 0; y < l.height; y++)
    for (let x = 0; x < l.width; x++, p++) {
      const id = l.label[p]!;
      if (id && (x === 0 || y === 0 || x === l.width - 1 || y === l.height - 1 || l.label[p - 1] !== id || l.label[p + 1] !== id || l.label[p - l.width] !== id || l.label[p + l.width] !== id)) out[p] = 1;
    }
  return out;
}
