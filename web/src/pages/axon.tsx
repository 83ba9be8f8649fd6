// What fibre strain does to an axon: the profiles drawn, the outcomes as a table; the map of a whole white matter.
import { useMemo } from "preact/hooks";
import { api } from "../lib/api";
import { column, parseCsv } from "../lib/csv";
import { number } from "../lib/format";
import { fileUrl, type Job, type JobFile, useAsk } from "../lib/jobs";
import { address, link } from "../lib/router";
import { colour, dark } from "../lib/theme";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Loading, Table } from "../ui/parts";
import { shipped } from "../ui/pick";
import { Strips } from "../ui/strips";
import { WorkshopPage, type Workshop } from "../ui/workshop";
import profilesUrl from "../../../examples/axon/profiles.csv?url";
import impactUrl from "../../../examples/axon/impact.csv?url";

function Outcomes({ job, files }: { job: Job; files: JobFile[] }) {
  const csv = files.find((f) => f.name.endsWith(".csv"));
  const got = useAsk(async () => (csv ? parseCsv(await api.text(fileUrl(job.id, csv.name))) : null), [csv?.sha256]);
  return (
    <>
      {got.error && <ErrorBox error={got.error} again={got.again} />}
      {csv && !got.value && <Loading what="The outcomes" />}
      {got.value && (
        <Table
          caption="Outcomes, one row for each profile"
          rows={got.value.rows.slice(0, 500)}
          id={(r) => got.value!.rows.indexOf(r)}
          columns={got.value.names.map((n, k) => ({ title: n.replace(/_/g, " "), cell: (r: string[]) => (r[k] !== "" && Number.isFinite(Number(r[k])) ? number(Number(r[k]), 3) : r[k]), class: k ? "num" : "" }))}
        />
      )}
      <Figures job={job} files={files} />
      <div class="card">
        <Facts value={job.summary} />
      </div>
    </>
  );
}

function Example() {
  const got = useAsk(async () => parseCsv(await (await fetch(profilesUrl)).text()), []);
  const t = got.value;
  const picture = useMemo(() => {
    if (!t) return null;
    const x = column(t, "t_s").map((s) => 1000 * s);
    return {
      dt: 1,
      t: [0, x[x.length - 1] ?? 1] as [number, number],
      strips: [
        {
          label: "strain",
          unit: "%",
          curves: t.names.slice(1).map((n, k) => ({ name: n, x, y: column(t, n).map((v) => 100 * v), colour: colour(`c${(k % 6) + 1}`), dash: k % 2 ? [6, 3] : [] })),
        },
      ],
    };
  }, [t, dark.value]);
  if (!picture) return null;
  return (
    <details class="card">
      <summary>The example: six strain profiles</summary>
      <Strips picture={picture} height={260} name="profiles" summary="Six made-up courses of fibre strain over 100 ms: slow and fast reach the same 12 %, one is hit twice, one is compressed." />
    </details>
  );
}

const kinds: Record<string, Workshop> = {
  simulate: {
    title: "Axon",
    lead: "Microtubules, tau, neurofilaments and axolemma of an axon whose fibre is strained: direct simulation of each profile.",
    command: "axon simulate",
    inputs: [{ label: "Strain profiles", match: /\.(csv|h5|npy|npz)$/i, accept: ".csv,.h5,.npy,.npz", examples: [shipped("profiles.csv", "Example: six profiles", profilesUrl)] }],
    output: { output: "outcomes.csv" },
    shown: ["preset", "further"],
    preset: { further: "true" },
    run: "Strain the axon",
    empty: "Choose profiles of strain; the example has six.",
    result: (job, files) => <Outcomes job={job} files={files} />,
  },
  predict: {
    title: "Axon: by the network",
    lead: "The network answers where it was trained; profiles outside its range are simulated directly, and the table says which.",
    command: "axon predict",
    inputs: [{ label: "Strain profiles", match: /\.(csv|h5|npy|npz)$/i, accept: ".csv,.h5,.npy,.npz", examples: [shipped("profiles.csv", "Example: six profiles", profilesUrl)] }],
    output: { output: "predicted.csv" },
    shown: [],
    run: "Predict",
    empty: "Choose the same profiles as for the direct simulation and compare.",
    result: (job, files) => <Outcomes job={job} files={files} />,
  },
  strain: {
    title: "Axon: strain of a head's turn",
    lead: "From angular velocities of a head to the strain of its white-matter fibres.",
    command: "axon strain",
    inputs: [{ label: "Kinematics", match: /\.(csv|h5)$/i, accept: ".csv,.h5", examples: [shipped("impact.csv", "Example: an impact", impactUrl)] }],
    output: { output: "fibres.h5" },
    shown: ["voxels"],
    preset: { voxels: "200" },
    run: "Work out the strain",
    empty: "Choose measured or made-up kinematics; the fibres go to the injury map.",
  },
  map: {
    title: "Axon: injury map",
    lead: "What an impact does to the axons of a whole white matter: by the network, and directly where it is out of range.",
    command: "axon map",
    inputs: [{ label: "Fibres", match: /\.h5$/i, accept: ".h5", from: ["axon strain"] }],
    output: { output: "map.h5" },
    shown: [],
    run: "Map the injury",
    empty: "Choose fibres that axon strain made.",
  },
};

export default function AxonPage() {
  const kind = address.value.parts[0] ?? "simulate";
  const w = kinds[kind] ?? kinds.simulate!;
  return (
    <>
      <nav class="row" aria-label="Axon">
        {Object.entries(kinds).map(([k, x]) => (
          <a key={k} class="button" href={link("axon", k === "simulate" ? [] : [k])} aria-current={k === kind ? "page" : undefined}>
            {x.title.replace(/^Axon: /, "")}
          </a>
        ))}
      </nav>
      <WorkshopPage key={kind} w={w} />
      {(kind === "simulate" || kind === "predict") && <Example />}
    </>
  );
}
