// Recording and twin over each other, what is left below; the sweep is chosen by the person.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../lib/api";
import { number, quantity } from "../lib/format";
import { fileUrl, filesOf, type Job, type JobFile, useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import { type Picture, rangeOf } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { ErrorBox, Loading } from "../ui/parts";
import { Strips } from "../ui/strips";
import { parseTraces, pieces, spikeCount, type SweepTrace } from "./traces";

const MOST = 120e6; // bytes of traces that a page loads

export async function tracesOf(job: number, files: JobFile[]): Promise<SweepTrace[] | null> {
  const f = files.find((x) => x.name.endsWith("traces.csv"));
  if (!f) return null;
  if (f.bytes > MOST) throw new Error(`The traces are ${Math.round(f.bytes / 1e6)} MB, too many for a page: the figures of the report show them, the file has them all.`);
  return parseTraces(new Uint8Array(await api.bytes(fileUrl(job, f.name))));
}

/** The clone among the newest jobs that made this twin, with its files. */
export async function cloneOf(sha256: string): Promise<{ job: number; files: JobFile[] } | null> {
  const { jobs } = await api.get<{ jobs: Job[] }>("/api/v1/jobs?limit=100");
  for (const j of jobs.filter((x) => x.command === "clone" && x.state === "done").slice(0, 20)) {
    const files = await filesOf(j.id);
    if (files.some((f) => f.role === "output" && f.sha256 === sha256)) return { job: j.id, files };
  }
  return null;
}

export function sweepPicture(s: SweepTrace, more: { name: string; y: ArrayLike<number>; colour: string; dash?: number[] }[] = []): Picture {
  const left = s.v.map((x, k) => x - s.twin[k]!);
  return {
    dt: s.dt,
    t: [0, (s.n - 1) * s.dt],
    strips: [
      {
        label: "V",
        unit: "mV",
        weight: 2.2,
        curves: [{ name: "recording", y: s.v, colour: colour("ink"), width: 1.3 }, { name: "twin", y: s.twin, colour: colour("c1"), width: 1.5, dash: [7, 3] }, ...more],
        ...(s.low && s.high ? { band: { low: s.low, high: s.high, colour: colour("c1") } } : {}),
      },
      { label: "residual", unit: "mV", weight: 0.9, curves: [{ name: "recording − twin", y: left, colour: colour("c4"), width: 1.2 }], range: rangeOf([{ name: "", colour: "", y: left }]) },
      { label: "I", unit: "pA", weight: 0.5, curves: [{ name: "stimulus", y: s.i, colour: colour("c3"), width: 1.4 }] },
    ],
  };
}

export const stepOf = (s: SweepTrace): number => {
  let best = 0;
  let long = 0;
  for (const p of pieces(s.i, s.dt) ?? []) if (p.t1 - p.t0 > long) (long = p.t1 - p.t0), (best = p.amp);
  return best;
};

export function SweepChoice({ all, at, choose }: { all: SweepTrace[]; at: number; choose: (k: number) => void }) {
  return (
    <div class="row">
      <label class="check">
        Sweep{" "}
        <select value={String(at)} onChange={(e) => choose(Number(e.currentTarget.value))}>
          {all.map((s, k) => (
            <option key={s.sweep} value={String(k)}>
              {s.sweep}: {number(stepOf(s), 4)} pA
            </option>
          ))}
        </select>
      </label>
      <button class="small" disabled={at <= 0} onClick={() => choose(at - 1)} aria-label="Sweep before">
        ←
      </button>
      <button class="small" disabled={at >= all.length - 1} onClick={() => choose(at + 1)} aria-label="Next sweep">
        →
      </button>
    </div>
  );
}

/** The sweep with spikes of the smallest current: it says most. */
export const firstFiring = (all: SweepTrace[]): number => {
  const order = all.map((s, k) => [stepOf(s), k] as const).sort((a, b) => a[0] - b[0]);
  return order.find(([, k]) => spikeCount(all[k]!.v) >= 3)?.[1] ?? order[order.length - 1]?.[1] ?? 0;
};

export function Overlay({ job, files }: { job: Job; files: JobFile[] }) {
  const got = useAsk(() => tracesOf(job.id, files), [job.id]);
  const cursor = useSignal<number | undefined>(undefined);
  const all = got.value;
  const asked = address.value.query.sweep;
  const at = all ? Math.min(all.length - 1, Math.max(0, asked ? all.findIndex((s) => String(s.sweep) === asked) : firstFiring(all))) : 0;
  const s = all?.[at];
  const base = useMemo(() => (s ? sweepPicture(s) : null), [s, dark.value]);
  const picture = useMemo(() => base && { ...base, cursor: cursor.value }, [base, cursor.value]);
  if (got.error) return <ErrorBox error={got.error} again={got.again} />;
  if (!got.value && files.some((f) => f.name.endsWith("traces.csv"))) return <Loading what="Recording and twin" />;
  if (!s || !picture) return null;
  const rms = Math.sqrt(s.v.reduce((a, x, k) => a + (x - s.twin[k]!) ** 2, 0) / s.n);
  const k = cursor.value === undefined ? -1 : Math.min(s.n - 1, Math.round(cursor.value / s.dt));
  return (
    <section class="card" aria-label="Recording and twin">
      <h2>Recording and twin over each other</h2>
      <SweepChoice all={all!} at={at} choose={(j) => setQuery({ sweep: String(all![j]!.sweep) })} />
      <div class="tall">
        <Strips
          picture={picture}
          height={400}
          name={`sweep-${s.sweep}`}
          onCursor={(t) => (cursor.value = t)}
          summary={`Sweep ${s.sweep}, ${number(stepOf(s), 4)} pA: ${spikeCount(s.v)} spikes recorded, ${spikeCount(s.twin)} of the twin; ${quantity(rms, "mV", 3)} rms apart, spikes and all.${s.low ? " Band: 95 % of the posterior." : ""}`}
        />
      </div>
      <p class="readout mono" aria-hidden="true">
        {k < 0 ? "move over the traces to read them" : `t ${number(k * s.dt, 5)} ms   recording ${number(s.v[k], 4)} mV   twin ${number(s.twin[k], 4)} mV   apart ${number(s.v[k]! - s.twin[k]!, 3)} mV   I ${number(s.i[k], 4)} pA`}
      </p>
    </section>
  );
}
