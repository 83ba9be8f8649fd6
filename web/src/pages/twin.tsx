// A twin: the recording's neuron as a mechanistic model, with what is known of how good it is.
import { api } from "../lib/api";
import { number } from "../lib/format";
import { fileUrl, type Job, type JobFile, submit, useAsk } from "../lib/jobs";
import { Acts } from "../twin/acts";
import { Card, domainKind, Parameters, type Run } from "../twin/card";
import { exampleSource } from "../twin/example";
import { Overlay } from "../twin/overlay";
import "../twin/twin.css";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Loading, Table } from "../ui/parts";
import { sourceQuery, WorkshopPage } from "../ui/workshop";

export { domainKind };

interface Twin {
  range?: { I_low_pA: number; I_high_pA: number };
  posterior?: { method: string; draws: number; effective: number };
  sweeps?: { sweep: number; fitted: boolean; I_step_pA: number; n_spikes: number; n_spikes_twin: number; subthreshold_rmse_mV: number | null }[];
}

function Result({ job, files }: { job: Job; files: JobFile[] }) {
  const t = job.summary as Twin | null;
  const file = files.find((f) => f.name.endsWith("run.json"));
  const run = useAsk(async () => (file ? api.get<Run>(fileUrl(job.id, file.name)) : null), [job.id]);
  return (
    <>
      <Acts job={job} files={files} run={run.value} />
      {run.error ? <ErrorBox error={run.error} again={run.again} /> : file && !run.value && <Loading what="The card" />}
      <Overlay job={job} files={files} />
      {run.value && <Card run={run.value} posterior={t?.posterior} range={t?.range} />}
      {run.value && <Parameters run={run.value} />}
      {!file && t && (
        <div class="card">
          <Facts value={t} />
        </div>
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
      <Figures
        job={job}
        files={files}
        names={[
          [/fig-family/, "All sweeps of recording and twin"],
          [/fig-fi/, "Spikes against current, of recording and twin"],
          [/fig-parameters/, "Parameters with their intervals"],
          [/fig-posterior/, "What the recording leaves open: draws of the posterior"],
          [/fig-phase/, "Phase plane of recording and twin"],
          [/fig-overlay/, "Recording and twin over each other, as the report draws them"],
        ]}
      />
    </>
  );
}

async function example(say: (words: string) => void): Promise<Record<string, string>> {
  say("The example recording is made …");
  const s = await exampleSource();
  const job = await submit({ command: "clone", arguments: ["example.csv"], options: { output: "twin.json", report: "report", "network-only": true }, inputs: { "example.csv": s.sha256 } });
  return { f0: sourceQuery(s), "network-only": "true", job: String(job.id) };
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
        empty: "Choose a recording; a twin takes about half a minute.",
        wide: true,
        example: { label: "Take the example", hint: "An axon of 100 pF under nine steps of current, and its twin by the network alone; some seconds.", make: example },
        result: (job, files) => <Result job={job} files={files} />,
      }}
    />
  );
}
