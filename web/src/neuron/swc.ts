// Shapes of cells: SWC read for looking at; what runs is read, checked and repaired by the program.
export interface Shape {
  n: number;
  id: Int32Array;
  type: Int32Array;
  xyz: Float32Array; // (n, 3) µm
  r: Float32Array; // µm
  parent: Int32Array; // index, −1: root
  warnings: string[];
}

export function parseSwc(text: string): Shape {
  const rows: number[][] = [];
  const warnings: string[] = [];
  let bad = 0;
  for (const line of text.split(/\r?\n/)) {
    const t = line.replace(/#.*/, "").trim();
    if (!t) continue;
    const v = t.split(/[\s,]+/).map(Number);
    if (v.length < 7 || v.slice(0, 7).some((x) => !Number.isFinite(x))) bad++;
    else rows.push(v);
  }
  if (rows.length < 2) throw new Error("This is no SWC file: lines of id, type, x, y, z, radius, parent are wanted.");
  if (bad) warnings.push(`${bad} lines were not understood`);
  const index = new Map(rows.map((v, k) => [v[0]!, k]));
  const n = rows.length;
  const s: Shape = { n, id: new Int32Array(n), type: new Int32Array(n), xyz: new Float32Array(3 * n), r: new Float32Array(n), parent: new Int32Array(n), warnings };
  let lost = 0;
  rows.forEach((v, k) => {
    s.id[k] = v[0]!;
    s.type[k] = v[1]!;
    s.xyz.set([v[2]!, v[3]!, v[4]!], 3 * k);
    s.r[k] = Math.max(0.05, v[5]!);
    const p = v[6]!;
    const at = p < 0 ? -1 : (index.get(p) ?? -2);
    if (at === -2) lost++;
    s.parent[k] = at < 0 ? -1 : at;
  });
  if (lost) warnings.push(`${lost} points name a parent that is not there`);
  return s;
}

/** Every k-th point of unbranched stretches: half the points, the same tree. */
export function halved(s: Shape): Shape {
  const children = new Int32Array(s.n);
  for (let k = 0; k < s.n; k++) if (s.parent[k]! >= 0) children[s.parent[k]!]!++;
  const depth = new Int32Array(s.n);
  const keep = new Uint8Array(s.n);
  for (let k = 0; k < s.n; k++) {
    const p = s.parent[k]!;
    depth[k] = p >= 0 && children[p] === 1 ? depth[p]! + 1 : 0;
    keep[k] = p < 0 || children[k] !== 1 || depth[k]! % 2 === 0 ? 1 : 0;
  }
  const map = new Int32Array(s.n).fill(-1);
  let n = 0;
  for (let k = 0; k < s.n; k++) if (keep[k]) map[k] = n++;
  const out: Shape = { n, id: new Int32Array(n), type: new Int32Array(n), xyz: new Float32Array(3 * n), r: new Float32Array(n), parent: new Int32Array(n), warnings: s.warnings };
  for (let k = 0; k < s.n; k++) {
    const j = map[k]!;
    if (j < 0) continue;
    let p = s.parent[k]!;
    while (p >= 0 && map[p]! < 0) p = s.parent[p]!;
    out.id[j] = s.id[k]!;
    out.type[j] = s.type[k]!;
    out.xyz.set(s.xyz.subarray(3 * k, 3 * k + 3), 3 * j);
    out.r[j] = s.r[k]!;
    out.parent[j] = p < 0 ? -1 : map[p]!;
  }
  return out;
}

/** Unbranched stretches as the program cuts them: named by their last point. */
export interface Section {
  distal: number; // index
  points: number[]; // from the side of the soma to the distal one
  parent: number; // section, −1
  length: number; // µm
}

export function sections(s: Shape): { list: Section[]; of: Int32Array; along: Float32Array } {
  const children: number[][] = Array.from({ length: s.n }, () => []);
  for (let k = 0; k < s.n; k++) if (s.parent[k]! >= 0) children[s.parent[k]!]!.push(k);
  const of = new Int32Array(s.n).fill(-1);
  const along = new Float32Array(s.n);
  const list: Section[] = [];
  const stack: [number, number][] = [];
  for (let k = 0; k < s.n; k++) if (s.parent[k] === -1) stack.push([k, -1]);
  while (stack.length) {
    const [first, parent] = stack.pop()!;
    const points: number[] = [];
    let length = 0;
    let at = first;
    for (;;) {
      points.push(at);
      of[at] = list.length;
      const p = s.parent[at]!;
      if (p >= 0) length += Math.hypot(s.xyz[3 * at]! - s.xyz[3 * p]!, s.xyz[3 * at + 1]! - s.xyz[3 * p + 1]!, s.xyz[3 * at + 2]! - s.xyz[3 * p + 2]!);
      along[at] = length;
      const next = children[at]!;
      if (next.length !== 1 || (s.type[at] === 1) !== (s.type[next[0]!] === 1)) break;
      at = next[0]!;
    }
    for (const p of points) along[p] = length > 0 ? along[p]! / length : 0.5;
    const k = list.length;
    list.push({ distal: at, points, parent, length });
    for (const c of children[at]!.slice().reverse()) stack.push([c, k]);
  }
  return { list, of, along };
}

/** A made-up tree of n points, to try what this machine can draw. */
export function madeUp(n: number): string {
  const out = ["1 1 0 0 0 8 -1"];
  let seed = 12345;
  const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff);
  let tips: { id: number; x: number; y: number; z: number; a: number; b: number; left: number }[] = [];
  for (let k = 0; k < 6; k++) tips.push({ id: 1, x: 0, y: 0, z: 0, a: (k * Math.PI) / 3, b: random() - 0.5, left: 20 });
  let id = 1;
  while (id < n) {
    const next: typeof tips = [];
    for (const t of tips) {
      if (id >= n) break;
      const a = t.a + (random() - 0.5) * 0.4;
      const b = t.b + (random() - 0.5) * 0.3;
      const p = { x: t.x + 4 * Math.cos(a) * Math.cos(b), y: t.y + 4 * Math.sin(a) * Math.cos(b), z: t.z + 4 * Math.sin(b) };
      id++;
      out.push(`${id} 3 ${p.x.toFixed(2)} ${p.y.toFixed(2)} ${p.z.toFixed(2)} ${(0.5 + random()).toFixed(2)} ${t.id}`);
      next.push({ id, ...p, a, b, left: t.left - 1 });
      if (t.left <= 0 && next.length < 400) {
        next[next.length - 1]!.left = 20;
        next.push({ id, ...p, a: a + 0.7, b: b - 0.3, left: 25 });
      }
    }
    tips = next;
  }
  return out.join("\n");
}
