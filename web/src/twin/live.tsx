// Recording, twin and drugged twin in one overlay, at the dose of the slider: run in this browser by the core itself, with the
// parameters that the trial gave the neuron at that dose.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { load, type Module, Point } from "../engine";
import { number, quantity } from "../lib/format";
import { useAsk } from "../lib/jobs";
import { type Picture } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { ErrorBox, Loading } from "../ui/parts";
import { Strips } from "../ui/strips";
import { cloneOf, firstFiring, SweepChoice, stepOf, tracesOf } from "./overlay";
import { pieces, spikeCount, type Step, type SweepTrace } from "./traces";

export interface Dosed {
  dose_uM: number;
  neuron?: Record<string, number>;
}
const SAMPLE = 0.1; // ms

/** What a neuron of these parameters answers to steps of current. */
export function runNeuron(m: Module, model: string, variant: string, set: Record<string, number>, steps: Step[], end: number): Float64Array {
  const p = new Point(m, model, variant);
  try {
    for (const [name, value] of Object.entries(set)) p.set(name, value);
    p.protocol(end, SAMPLE, steps.map((s) => ({ type: "const", t0: s.t0, t1: Math.min(s.t1, end), amp: s.amp })));
    return p.run("rk4").columns["v_mV"]!;
  } finally {
    p.close();
  }
}

/** Doses between two that were worked out: parameters on the straight line between them, over the logarithm of the dose. */
export function between(doses: Dosed[], untreated: Record<string, number>, c: number): Record<string, number> {
  const known = doses.filter((d) => d.neuron && d.dose_uM > 0);
  const above = known.findIndex((d) => d.dose_uM >= c * (1 - 1e-9));
  if (!known.length) return untreated;
  if (above === 0) return known[0]!.neuron!;
  if (above < 0) return known[known.length - 1]!.neuron!;
  const a = known[above - 1]!;
  const b = known[above]!;
  const part = Math.log(c / a.dose_uM) / Math.log(b.dose_uM / a.dose_uM);
  const out: Record<string, number> = {};
  for (const [name, y] of Object.entries(b.neuron!)) {
    const x = a.neuron![name] ?? y;
    out[name] = part > 1 - 1e-6 ? y : x + part * (y - x);
  }
  return out;
}

export function Live(p: { sha256: string | undefined; model: string; variant: string; untreated: Record<string, number> | undefined; doses: Dosed[]; dose: number; example: { pA: number; on: number; off: number } }) {
  const core = useAsk(() => load("point"), []);
  const found = useAsk(async () => {
    const c = p.sha256 ? await cloneOf(p.sha256) : null;
    return c ? await tracesOf(c.job, c.files) : [];
  }, [p.sha256]);
  const at = useSignal<number | null>(null);
  const all = (found.value ?? []).filter((s) => pieces(s.i, s.dt) !== null);
  const k = at.value ?? (all.length ? firstFiring(all) : 0);
  const sweep: SweepTrace | undefined = all[Math.min(k, all.length - 1)];
  const m = core.value;
  const steps = useMemo(() => (sweep ? pieces(sweep.i, sweep.dt)! : [{ t0: p.example.on, t1: p.example.off, amp: p.example.pA }]), [sweep, p.example.pA]);
  const end = sweep ? (sweep.n - 1) * sweep.dt : p.example.off + 50;
  const run = (set: Record<string, number> | undefined): Float64Array | Error | null => {
    if (!m || !set) return null;
    try {
      return runNeuron(m, p.model, p.variant, set, steps, end);
    } catch (e) {
      return e as Error;
    }
  };
  const plain = useMemo(() => run(p.untreated), [m, p.untreated, steps, end]);
  const treated = useMemo(() => run(p.untreated && between(p.doses, p.untreated, p.dose)), [m, p.untreated, p.doses, p.dose, steps, end]);
  const picture = useMemo((): Picture | null => {
    if (!(plain instanceof Float64Array) || !(treated instanceof Float64Array)) return null;
    const i = new Float64Array(plain.length);
    for (const s of steps) i.fill(s.amp, Math.round(s.t0 / SAMPLE), Math.round(s.t1 / SAMPLE));
    return {
      dt: SAMPLE,
      t: [0, end],
      strips: [
        {
          label: "V",
          unit: "mV",
          weight: 3,
          curves: [
            ...(sweep ? [{ name: "recording", y: sweep.v, x: Float64Array.from(sweep.v, (_, j) => j * sweep.dt), colour: colour("ink"), width: 1 }] : []),
            { name: "twin", y: plain, colour: colour("c1"), width: 1.3, dash: [6, 3] },
            { name: "treated twin", y: treated, colour: colour("c2"), width: 1.7 },
          ],
        },
        { label: "I", unit: "pA", weight: 0.5, curves: [{ name: "stimulus", y: i, colour: colour("c3"), width: 1.4 }] },
      ],
    };
  }, [plain, treated, sweep, dark.value]);
  if (core.error) return <p class="note">This build of the page has no core for the browser ({core.error.message}): the figure below shows doses that were worked out.</p>;
  if (!p.untreated) return null;
  if (found.error) return <ErrorBox error={found.error} again={found.again} />;
  for (const e of [plain, treated]) if (e instanceof Error) return <p class="note">Not run in this browser: {e.message}.</p>;
  if (!picture || !found.value) return <Loading what="Recording and twin" />;
  const count = (x: unknown) => spikeCount(x as Float64Array);
  return (
    <div class="live" aria-label="Recording, twin and treated twin">
      {sweep && <SweepChoice all={all} at={Math.min(k, all.length - 1)} choose={(j) => (at.value = j)} />}
      <Strips
        picture={picture}
        height={300}
        name="treated"
        summary={`${sweep ? `Sweep ${sweep.sweep}, ${number(stepOf(sweep), 4)} pA: ${count(sweep.v)} spikes recorded, ` : `${quantity(p.example.pA, "pA")}; no recording beside it, since the twin was not made here: `}${count(plain)} of the twin, ${count(treated)} with ${quantity(p.dose, "µM", 3)}. Run in this browser by the same core.`}
      />
    </div>
  );
}
