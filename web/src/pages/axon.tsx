// What fibre strain does to an axon: the profiles drawn, the outcomes as a table; the map of a whole white matter.
import { useMemo } from "preact/hooks";
import { api } from "../lib/api";
import { column, keyWords, parseCsv } from "../lib/csv";
import { number } from "../lib/format";
import { fileUrl, type Job, type JobFile, useAsk } from "../lib/jobs";
import { address, link } from "../lib/router";
import { colour, dark } from "../lib/theme";
import { runShipped } from "../ui/example";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Loading, Table } from "../ui/parts";
import { shipped } from "../ui/pick";
import { Strips } from "../ui/strips";
import { WorkshopPage, type Workshop } from "../ui/workshop";
import profilesUrl from "../../../examples/axon/profiles.csv?url";
import impactUrl from "../../../examples/axon/impact.csv?url";

/** The columns of a table that the program wrote; numbers in three digits. */
const columnsOf = (names: string[]) =>
  names.map((n, k) => ({ title: keyWords(n), cell: (r: string[]) => (r[k] !== "" && Number.isFinite(Number(r[k])) ? number(Number(r[k]), 3) : r[k]), class: k ? "num" : "" }));

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
          columns={columnsOf(got.value.names)}
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

interface Agreement {
  n: number;
  r2: number;
  nrmse_pct: number;
  p95_abs_error: number;
  worst_abs_error: number;
}
interface MapSummary {
  title?: string;
  n_voxels?: number;
  n_out_of_range?: number;
  injury_threshold?: number;
  agreement?: Record<string, Agreement>;
}

const outcomes: Record<string, [string, string]> = {
  mt: ["peak strain of microtubules", ""],
  axl: ["peak strain of the axolemma", ""],
  tau_pct: ["tau bonds broken", "%"],
  nf_pct: ["neurofilament bonds broken", "%"],
};

const drawn: [RegExp, string][] = [
  [/fig-mt\./, "Peak strain of microtubules, three planes"],
  [/fig-axl\./, "Peak strain of the axolemma"],
  [/fig-tau\./, "Tau bonds broken, %"],
  [/fig-nf\./, "Neurofilament bonds broken, %"],
  [/fig-injured\./, "Where microtubules are strained past the threshold"],
  [/fig-strain\./, "Peak strain of the fibres"],
  [/fig-rate\./, "Peak strain rate, 1/s"],
  [/fig-scatter\./, "The network's answers over those of direct simulation"],
  [/fig-range\./, "Where the network knows what it says"],
];

/** Network and simulation at the same voxels: what errors the map would have had without looking. */
function Checked({ of }: { of: Record<string, Agreement> }) {
  return (
    <Table
      caption="The network beside direct simulation, at every voxel"
      rows={Object.keys(of)}
      id={(k) => k}
      columns={[
        { title: "outcome", cell: (k) => outcomes[k]?.[0] ?? k },
        { title: "voxels", cell: (k) => number(of[k]!.n), class: "num" },
        { title: "R²", cell: (k) => number(of[k]!.r2, 4), class: "num" },
        { title: "NRMSE, %", cell: (k) => number(of[k]!.nrmse_pct, 3), class: "num" },
        { title: "95 % of errors below", cell: (k) => `${number(of[k]!.p95_abs_error, 2)} ${outcomes[k]?.[1] ?? ""}`, class: "num" },
        { title: "worst error", cell: (k) => `${number(of[k]!.worst_abs_error, 2)} ${outcomes[k]?.[1] ?? ""}`, class: "num" },
      ]}
    />
  );
}

function InjuryMap({ job, files }: { job: Job; files: JobFile[] }) {
  const s = (job.summary ?? {}) as MapSummary;
  const regions = files.find((f) => f.name === "regions.csv");
  const got = useAsk(async () => (regions ? parseCsv(await api.text(fileUrl(job.id, regions.name))) : null), [regions?.sha256]);
  return (
    <>
      <p>
        {s.title}: {number(s.n_voxels)} voxels of white matter, {number(s.n_out_of_range)} out of the network's range; injured from a strain of {number(s.injury_threshold)} on. Without <i>both</i> the network answers where it was trained and the others are
        simulated.
      </p>
      {s.agreement && <Checked of={s.agreement} />}
      <Figures job={job} files={files.filter((f) => drawn.some(([re]) => re.test(f.name)))} names={drawn} />
      {got.error && <ErrorBox error={got.error} again={got.again} />}
      {got.value && (
        <Table
          caption="Regions"
          rows={got.value.rows.slice(0, 100)}
          id={(r) => got.value!.rows.indexOf(r)}
          columns={columnsOf(got.value.names)}
        />
      )}
      <details class="card">
        <summary>All numbers</summary>
        <Facts value={job.summary} />
      </details>
    </>
  );
}

const mapped = { output: "map.h5", report: "map", summary: "regions.csv" };

async function exampleMap(say: (words: string) => void): Promise<Record<string, string>> {
  say("The example's impact goes to the server …");
  return runShipped("axon map", "impact.csv", impactUrl, { every: "8", both: true, ...mapped });
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
    inputs: [{ label: "Kinematics of the head, or fibres", match: /\.(csv|h5)$/i, accept: ".csv,.h5", from: ["axon strain"], examples: [shipped("impact.csv", "Example: an impact", impactUrl)] }],
    output: mapped,
    shown: ["every", "both"],
    preset: { every: "8", both: "true" },
    run: "Map the injury",
    empty: "Choose angular velocities of a head, or fibres that axon strain made; or look at a map first.",
    example: { label: "Map an example impact", hint: "180 voxels of a whole white matter, by network and directly: some seconds.", make: exampleMap },
    wide: true,
    result: (job, files) => <InjuryMap job={job} files={files} />,
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
