// A drug for one twin: dose–response with bands, the verdict and its rule at the dose of the slider, and the treated twin beside
// the recording, run in this browser while the slider moves.
import { number, quantity } from "../lib/format";
import { type Job, type JobFile, submit, useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import { ticks } from "../lib/strips";
import twinUrl from "../../../examples/twins/171116sh_0018.json?url";
import { shippedTwin } from "../twin/example";
import { Live } from "../twin/live";
import { Figures } from "../ui/job";
import { Chip, Field, Table } from "../ui/parts";
import { sourceQuery, WorkshopPage } from "../ui/workshop";
import "../twin/twin.css";
import { drugTable } from "./drugs";
import { domainKind } from "./twin";

interface Point {
  I_pA: number;
  n_spikes: number;
  n_spikes_lo95: number;
  n_spikes_hi95: number;
}
interface Dose {
  dose_uM: number;
  verdict: string;
  probability: Record<string, number>;
  rule: string;
  extrapolated: boolean;
  area_ratio: number;
  area_ratio_lo95: number;
  area_ratio_hi95: number;
  rheobase_ratio: number;
  domain: string;
  f_I: Point[];
  neuron?: Record<string, number>;
}
interface Trial {
  model: string;
  variant: string | null;
  example_I_pA: number;
  example_on_ms: number;
  example_off_ms: number;
  title: string;
  domain: string;
  EC50_uM: number | null;
  EC50_lo95_uM: number | null;
  EC50_hi95_uM: number | null;
  EC50_words: string;
  window_words: string;
  reasons: string[];
  untreated: { f_I: Point[]; rheobase_pA: number; neuron?: Record<string, number> };
  doses: Dose[];
  flags: { name: string; raised: boolean; words: string }[];
  seizure_panel: { target: string; hazard: string; share: number | null; margin: number | null; direction: string }[];
  notes: string[];
}

export const directionKind: Record<string, string> = { "towards seizures": "bad", "against seizures": "good" };
export const verdictKind: Record<string, string> = { silenced: "bad", inhibited: "run", unchanged: "plain", excited: "warn", depolarisation_block: "bad", mixed: "warn" };
const say = (w: string) => w.replace(/_/g, " ");

function DoseResponse({ t, at, c, choose }: { t: Trial; at: number; c: number; choose: (k: number) => void }) {
  const W = 560;
  const H = 240;
  const d = t.doses;
  const low = Math.log10(Math.min(...d.map((x) => x.dose_uM)));
  const high = Math.log10(Math.max(...d.map((x) => x.dose_uM)));
  const top = Math.max(1.2, ...d.map((x) => x.area_ratio_hi95 ?? x.area_ratio)) * 1.05;
  const X = (c: number) => 46 + ((Math.log10(c) - low) / Math.max(1e-9, high - low)) * (W - 62);
  const Y = (r: number) => H - 34 - (Math.max(0, r) / top) * (H - 50);
  const path = (f: (x: Dose) => number) => d.map((x, k) => `${k ? "L" : "M"}${X(x.dose_uM).toFixed(1)} ${Y(f(x)).toFixed(1)}`).join("");
  const band = `${path((x) => x.area_ratio_hi95 ?? x.area_ratio)}L${[...d].reverse().map((x) => `${X(x.dose_uM).toFixed(1)} ${Y(x.area_ratio_lo95 ?? x.area_ratio).toFixed(1)}`).join("L")}Z`;
  const now = d[at]!;
  return (
    <svg class="hill wide" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Dose and response: area under the f–I curve is ${number(now.area_ratio, 3)} of the untreated at ${number(now.dose_uM, 3)} µM`}>
      {[0, 0.5, 1, 1.5, 2].filter((r) => r <= top).map((r) => (
        <g key={r}>
          <line x1="46" x2={W - 16} y1={Y(r)} y2={Y(r)} class="grid-line" />
          <text x="40" y={Y(r) + 4} text-anchor="end">
            {r}
          </text>
        </g>
      ))}
      <line x1={X(c)} x2={X(c)} y1={Y(top / 1.05)} y2={Y(0)} class="axis" />
      <path d={band} class="band" />
      <path d={path((x) => x.area_ratio)} class="curve" />
      {d.map((x, k) => (
        <circle key={x.dose_uM} cx={X(x.dose_uM)} cy={Y(x.area_ratio)} r={k === at ? 7 : 4} class={k === at ? "now" : "point"} onClick={() => choose(k)} />
      ))}
      {d.filter((_, k) => d.length < 9 || k % 2 === 0).map((x) => (
        <text key={x.dose_uM} x={X(x.dose_uM)} y={H - 18} text-anchor="middle">
          {number(x.dose_uM, 2)}
        </text>
      ))}
      <text x={W - 16} y={H - 3} text-anchor="end">
        free concentration (µM)
      </text>
      <text x="50" y="12">
        area under the f–I curve, untreated = 1; band: 95 %
      </text>
    </svg>
  );
}

function FI({ t, dose }: { t: Trial; dose: Dose }) {
  const W = 560;
  const H = 220;
  const all = [...t.untreated.f_I, ...dose.f_I];
  const right = Math.max(...all.map((p) => p.I_pA), 1);
  const top = Math.max(...all.map((p) => p.n_spikes_hi95 ?? p.n_spikes), 1) * 1.08;
  const X = (i: number) => 46 + (i / right) * (W - 62);
  const Y = (n: number) => H - 34 - (n / top) * (H - 50);
  const path = (p: Point[]) => p.map((x, k) => `${k ? "L" : "M"}${X(x.I_pA).toFixed(1)} ${Y(x.n_spikes).toFixed(1)}`).join("");
  return (
    <svg class="hill wide" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Spikes against current, untreated and at ${number(dose.dose_uM, 3)} µM`}>
      {ticks(0, top / 1.08, 4).map((n) => (
        <g key={`n${n}`}>
          <line x1="46" x2={W - 16} y1={Y(n)} y2={Y(n)} class="grid-line" />
          <text x="40" y={Y(n) + 4} text-anchor="end">
            {n}
          </text>
        </g>
      ))}
      {ticks(0, right, 5).map((i) => (
        <text key={`i${i}`} x={X(i)} y={H - 18} text-anchor="middle">
          {i}
        </text>
      ))}
      <path d={path(t.untreated.f_I)} class="curve" />
      <path d={path(dose.f_I)} class="curve two" />
      <text x={W - 16} y={H - 3} text-anchor="end">
        current (pA)
      </text>
      <text x="50" y="12">
        spikes; solid: untreated, dashed: {number(dose.dose_uM, 3)} µM
      </text>
    </svg>
  );
}

function Result({ job, files }: { job: Job; files: JobFile[] }) {
  const t = job.summary as Trial;
  if (!t?.doses?.length) return <Figures job={job} files={files} />;
  const low = t.doses[0]!.dose_uM || 1e-3;
  const high = t.doses[t.doses.length - 1]!.dose_uM;
  const c = Math.min(high, Math.max(low, Number(address.value.query.at) || high));
  const apart = (x: Dose) => Math.abs(Math.log(Math.max(x.dose_uM, 1e-9) / c));
  const k = t.doses.reduce((best, x, j) => (apart(x) < apart(t.doses[best]!) ? j : best), 0);
  const d = t.doses[k]!;
  const exact = apart(d) < 1e-3;
  const choose = (j: number) => setQuery({ at: String(t.doses[j]!.dose_uM) });
  const slide = (e: { currentTarget: HTMLInputElement }) => {
    const x = 10 ** Number(e.currentTarget.value);
    const near = t.doses.find((y) => Math.abs(Math.log(y.dose_uM / x)) < 0.012);
    setQuery({ at: String(near ? near.dose_uM : Number(x.toPrecision(4))) });
  };
  const likely = Object.entries(d.probability).filter(([, p]) => p > 0.005);
  return (
    <>
      <section class="card" aria-label="Verdict">
        <div class="row">
          <Chip kind={verdictKind[d.verdict] ?? "plain"}>{say(d.verdict)}</Chip>
          <strong>{quantity(d.dose_uM, "µM", 3)}</strong>
          <Chip kind={domainKind(d.domain)}>in domain: {d.domain}</Chip>
          <span class="hint">
            {likely.map(([v, p]) => `${say(v)} ${Math.round(100 * p)} %`).join(", ")}
            {exact ? "" : `; of the nearest dose that was worked out`}
          </span>
        </div>
        <p>
          Rule: {d.rule}
          {d.extrapolated ? " Beyond what was measured of the drug." : ""}
        </p>
        <div class="slider dose">
          <label for="dose-slider">Dose, free</label>
          <output for="dose-slider">{quantity(c, "µM", 3)}</output>
          <input id="dose-slider" type="range" min={Math.log10(low)} max={Math.log10(high)} step={0.005} value={Math.log10(c)} aria-valuetext={`${number(c, 3)} µM: ${say(d.verdict)}`} onInput={slide} />
        </div>
        <Live
          sha256={job.request?.inputs?.[job.request.arguments?.[0] ?? ""]}
          model={t.model}
          variant={t.variant ?? ""}
          untreated={t.untreated.neuron}
          doses={t.doses}
          dose={c}
          example={{ pA: t.example_I_pA, on: t.example_on_ms, off: t.example_off_ms }}
        />
        {!exact && t.untreated.neuron && <p class="hint">Between doses that were worked out the treated neuron's parameters lie on the straight line over the logarithm of the dose.</p>}
        <div class="grid">
          <DoseResponse t={t} at={k} c={c} choose={choose} />
          <FI t={t} dose={d} />
        </div>
        <p class="hint">
          {t.EC50_uM !== null ? `EC50 ${quantity(t.EC50_uM, "µM", 3)}${t.EC50_lo95_uM !== null ? ` (from ${number(t.EC50_lo95_uM, 3)}${t.EC50_hi95_uM !== null ? ` to ${number(t.EC50_hi95_uM, 3)}` : " upwards"})` : ""}; ` : ""}
          {t.EC50_words}. {t.window_words}.
        </p>
      </section>
      {t.reasons.map((r) => (
        <p key={r} class="note">
          {r}
        </p>
      ))}
      <Figures job={job} files={files} names={[[/fig-traces/, "Recording, twin and treated twin over each other"]]} />
      <Table
        caption="Flags"
        rows={t.flags}
        id={(f) => f.name}
        columns={[
          { title: "Flag", cell: (f) => say(f.name) },
          { title: "Raised", cell: (f) => <Chip kind={f.raised ? "bad" : "good"}>{f.raised ? "raised" : "no"}</Chip> },
          { title: "Why", cell: (f) => f.words },
        ]}
      />
      <Table
        caption="Seizure panel: eleven targets"
        rows={t.seizure_panel}
        id={(s) => s.target}
        columns={[
          { title: "Target", cell: (s) => s.target },
          { title: "Hazard", cell: (s) => s.hazard },
          { title: "Share of the full effect", cell: (s) => (s.share === null ? "not known" : `${number(100 * s.share, 3)} %`), class: "num" },
          { title: "Margin", cell: (s) => number(s.margin, 3), class: "num" },
          { title: "Direction", cell: (s) => (directionKind[s.direction] ? <Chip kind={directionKind[s.direction]!}>{s.direction}</Chip> : "–") },
        ]}
      />
    </>
  );
}

function DrugChoice() {
  const list = useAsk(drugTable, []);
  const drug = address.value.query.drug ?? "";
  return (
    <Field label="Drug" hint={list.error ? list.error.message : "Several that are given together: comma between."}>
      {(id) => (
        <>
          <input id={id} list={`${id}-list`} value={drug} placeholder="lamotrigine" onInput={(e) => setQuery({ drug: e.currentTarget.value })} />
          <datalist id={`${id}-list`}>
            {list.value?.map((d) => (
              <option key={d.name} value={d.name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

export default function TrialPage() {
  return (
    <WorkshopPage
      w={{
        title: "Trial",
        lead: "What each dose does to this one cell. The answer is always a run of its mechanistic model; the card of the twin goes with it.",
        command: "trial",
        inputs: [{ label: "Twin or model", match: /\.json$/i, accept: ".json", from: ["clone", "drug apply"] }],
        output: { output: "trial" },
        wide: true,
        before: <DrugChoice />,
        own: ["drug"],
        shown: ["dose", "samples", "quick"],
        preset: { dose: "0.1:300uM:16log" },
        run: "Give the drug",
        empty: "Choose a twin and a drug. A twin comes from a recording: see Twin.",
        example: {
          label: "Take the example",
          hint: "The twin that ships, of a recorded neuron, and lamotrigine at 16 doses; some seconds.",
          make: async (say) => {
            say("The drug is given …");
            const twin = await shippedTwin(twinUrl);
            const job = await submit({ command: "trial", arguments: ["twin.json"], options: { drug: "lamotrigine", dose: "0.1:300uM:16log", quick: true, output: "trial" }, inputs: { "twin.json": twin.sha256 } });
            return { f0: sourceQuery(twin), drug: "lamotrigine", quick: "true", job: String(job.id) };
          },
        },
        result: (job, files) => <Result job={job} files={files} />,
      }}
    />
  );
}
