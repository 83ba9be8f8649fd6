// A twin: the recording's neuron as a mechanistic model, with what is known of how good it is.
import { number, quantity } from "../lib/format";
import type { Job, JobFile } from "../lib/jobs";
import { fileUrl } from "../lib/jobs";
import { link } from "../lib/router";
import { Figures } from "../ui/job";
import { Chip, Table } from "../ui/parts";
import { sourceQuery, WorkshopPage } from "../ui/workshop";

interface Parameter {
  value: number;
  unit: string;
  sd?: number;
  ci95?: [number, number];
}
export interface Twin {
  model: string;
  parameters: Record<string, Parameter>;
  domain: "green" | "amber" | "red";
  reasons?: string[];
  fit?: { accepted?: boolean; chi2_per_sample?: number; subthreshold_rmse_mV?: number; count_rmse_predicted?: number; count_r2_predicted?: number; noise_mV?: number; method?: string };
  range?: { I_low_pA: number; I_high_pA: number };
  posterior?: { method: string; draws: number; effective: number };
  recording?: { format: string; protocol: string; n_sweeps: number; pairing: string };
  sweeps?: { sweep: number; fitted: boolean; I_step_pA: number; n_spikes: number; n_spikes_twin: number; subthreshold_rmse_mV: number | null }[];
}

export const domainKind = (d: string): string => ({ green: "good", amber: "warn", red: "bad" })[d] ?? "plain";
const domainWords: Record<string, string> = { green: "inside the range it was trained and judged for", amber: "usable with the reserves below", red: "outside: do not use for predictions" };

/** How well a parameter is known: the half width of its interval beside its size. */
function quality(p: Parameter): [string, string] {
  if (!p.ci95) return ["–", "plain"];
  const half = (p.ci95[1] - p.ci95[0]) / 2 / Math.max(Math.abs(p.value), 1e-12);
  return half < 0.1 ? ["well known", "good"] : half < 0.35 ? ["known", "run"] : ["loosely known", "warn"];
}

export function TwinCard({ t }: { t: Twin }) {
  return (
    <section class="card" aria-label="Credibility card">
      <div class="row">
        <h2>Credibility card</h2>
        <Chip kind={domainKind(t.domain)} title={domainWords[t.domain]}>
          {t.domain}: {domainWords[t.domain]}
        </Chip>
      </div>
      <dl class="facts">
        {(
          [
            ["context of use", "answers of this cell to somatic current; research use only"],
            ["model", t.model === "tm" ? "one compartment with Na, K, M and other currents (neuron/tm)" : t.model],
            ["judged on steps of", t.range && `${quantity(t.range.I_low_pA, "pA")} to ${quantity(t.range.I_high_pA, "pA")}`],
            ["fit accepted", t.fit?.accepted === undefined ? undefined : t.fit.accepted ? "yes" : "no: see the reasons"],
            ["below threshold, on your own trace", t.fit?.subthreshold_rmse_mV !== undefined ? `${quantity(t.fit.subthreshold_rmse_mV, "mV", 3)} rms` : undefined],
            ["spike counts of sweeps that were left out", t.fit?.count_rmse_predicted !== undefined ? `${number(t.fit.count_rmse_predicted, 3)} spikes rms, R² ${number(t.fit.count_r2_predicted, 3)}` : undefined],
            ["posterior", t.posterior && `${t.posterior.draws} draws (${t.posterior.method}), worth ${number(t.posterior.effective, 3)} independent ones`],
          ] as [string, string | undefined][]
        )
          .filter(([, v]) => v)
          .map(([k, v]) => (
            <div key={k} class="fact">
              <dt>{k}</dt>
              <dd>{v}</dd>
            </div>
          ))}
      </dl>
      {(t.reasons ?? []).map((r) => (
        <p key={r} class="note">
          {r}
        </p>
      ))}
    </section>
  );
}

function Result({ job, files }: { job: Job; files: JobFile[] }) {
  const t = job.summary as Twin;
  const twin = files.find((f) => f.name === "twin.json" || f.name.endsWith("/twin.json"));
  const source = twin && sourceQuery({ name: "twin.json", sha256: twin.sha256, bytes: twin.bytes, from: "" });
  return (
    <>
      {source && (
        <div class="row">
          <a class="button main" href={link("trial", [], { f0: source })}>
            Give it a drug
          </a>
          <a class="button" href={link("screen", [], { f0: source })}>
            Screen a library
          </a>
          <a class="button" href={fileUrl(job.id, twin.name)} download>
            Save twin.json
          </a>
        </div>
      )}
      {t && <TwinCard t={t} />}
      <Figures
        job={job}
        files={files}
        names={[
          [/fig-overlay/, "Recording and twin over each other, what is left below"],
          [/fig-family/, "All sweeps of recording and twin"],
          [/fig-fi/, "Spikes against current, of recording and twin"],
          [/fig-parameters/, "Parameters with their intervals"],
        ]}
      />
      {t && (
        <Table
          caption="Parameters"
          rows={Object.entries(t.parameters)}
          id={([k]) => k}
          columns={[
            { title: "Parameter", cell: ([k]) => k },
            { title: "Value", cell: ([, p]) => quantity(p.value, p.unit), class: "num" },
            { title: "95 % interval", cell: ([, p]) => (p.ci95 ? `${number(p.ci95[0], 3)} … ${quantity(p.ci95[1], p.unit, 3)}` : "–"), class: "num" },
            { title: "Quality", cell: ([, p]) => <Chip kind={quality(p)[1]}>{quality(p)[0]}</Chip> },
          ]}
        />
      )}
      {t?.sweeps && (
        <Table
          caption="Sweeps: the recording beside the twin"
          rows={t.sweeps}
          id={(s) => s.sweep}
          columns={[
            { title: "Sweep", cell: (s) => s.sweep, class: "num" },
            { title: "Step (pA)", cell: (s) => number(s.I_step_pA), class: "num" },
            { title: "Spikes", cell: (s) => s.n_spikes, class: "num" },
            { title: "of the twin", cell: (s) => s.n_spikes_twin, class: "num" },
            { title: "Below threshold (mV rms)", cell: (s) => number(s.subthreshold_rmse_mV, 3), class: "num" },
            { title: "Used", cell: (s) => (s.fitted ? "to fit" : "to judge") },
          ]}
        />
      )}
    </>
  );
}

export default function TwinPage() {
  return (
    <WorkshopPage
      w={{
        title: "Twin",
        lead: "A recording becomes a mechanistic model of that very cell: a network's guess, refinement, uncertainty, and a card that says what it may be used for.",
        command: "clone",
        inputs: [{ label: "Recording", match: /\.(abf|nwb|csv|ibw)$/i, accept: ".abf,.nwb,.csv,.ibw" }],
        output: { output: "twin.json", report: "report" },
        shown: ["model", "posterior"],
        run: "Make the twin",
        empty: "Choose a recording; a twin takes about half a minute. Recordings has an example to begin with.",
        result: (job, files) => <Result job={job} files={files} />,
      }}
    />
  );
}
