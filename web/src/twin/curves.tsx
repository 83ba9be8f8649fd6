// Two tables over one axis of time, drawn over each other, and how far apart they are.
import { useMemo } from "preact/hooks";
import { column, type Csv, nameAndUnit } from "../lib/csv";
import { quantity } from "../lib/format";
import type { Strip } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { Strips } from "../ui/strips";

const MOST = 4; // quantities in one figure
const timeOf = (t: Csv) => t.names.find((n) => /^t(ime)?_(ms|s)$/.test(n));
const rises = (t: Float64Array) => t.length > 1 && t.every((x, k) => Number.isFinite(x) && (k === 0 || x > t[k - 1]!));

export interface Both {
  time: string; // the unit of time
  t: [Float64Array, Float64Array];
  columns: { name: string; y: [Float64Array, Float64Array] }[];
}

/** The quantities that both tables have over rising times; null where there are none. */
export function curvesOf(a: Csv, b: Csv): Both | null {
  const time = timeOf(a);
  if (!time || time !== timeOf(b)) return null;
  const t: [Float64Array, Float64Array] = [column(a, time), column(b, time)];
  if (!rises(t[0]) || !rises(t[1])) return null;
  const columns = a.names
    .filter((n) => n !== time && b.names.includes(n))
    .map((name) => ({ name, y: [column(a, name), column(b, name)] as [Float64Array, Float64Array] }))
    .filter((c) => c.y.every((y) => y.some(Number.isFinite)))
    .slice(0, MOST);
  return columns.length ? { time: nameAndUnit(time)[1], t, columns } : null;
}

/** The largest difference and the place in the tables; null where their times are not the same. */
export function farthest(t: Both["t"], y: Both["t"]): { apart: number; at: number } | null {
  if (t[0].length !== t[1].length || t[0].some((x, k) => x !== t[1][k])) return null;
  const found = { apart: 0, at: 0 };
  y[0].forEach((v, k) => {
    const d = Math.abs(v - y[1][k]!);
    if (d > found.apart) [found.apart, found.at] = [d, k];
  });
  return found;
}

export function Curves({ both }: { both: Both }) {
  const { time, t, columns } = both;
  const picture = useMemo(() => {
    const strips = columns.map(({ name, y }): Strip => {
      const [label, unit] = nameAndUnit(name);
      const curve = { x: t[0], y: y[0], name: "first", colour: colour("ink") };
      return { label, unit, curves: [curve, { x: t[1], y: y[1], name: "second", colour: colour("c1"), dash: [7, 3] }] };
    });
    return { strips, dt: 1, timeUnit: time, t: [Math.min(t[0][0]!, t[1][0]!), Math.max(t[0].at(-1)!, t[1].at(-1)!)] as [number, number] };
  }, [both, dark.value]);
  const words = columns.map(({ name, y }) => {
    const [label, unit] = nameAndUnit(name);
    const far = farthest(t, y);
    if (!far) return `${label}: the times are not the same`;
    return far.apart === 0 ? `${label}: the same everywhere` : `${label}: at most ${quantity(far.apart, unit)} apart, at ${quantity(t[0][far.at], time)}`;
  });
  return (
    <section class="card tall" aria-label="Over each other">
      <h2>Over each other</h2>
      <Strips picture={picture} height={400} name="compare" summary={`${words.join("; ")}.`} />
    </section>
  );
}
