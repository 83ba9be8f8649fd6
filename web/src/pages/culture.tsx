// A calcium movie of a culture: cells, graph, traces, coupling and feeds; and made-up ones whose truth is known.
import { number } from "../lib/format";
import { api } from "../lib/api";
import { parseCsv } from "../lib/csv";
import { fileUrl, type Job, type JobFile, useAsk } from "../lib/jobs";
import { address, link } from "../lib/router";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Table } from "../ui/parts";
import { WorkshopPage, type Workshop } from "../ui/workshop";

function Cells({ job, files }: { job: Job; files: JobFile[] }) {
  const csv = files.find((f) => /(^|\/)(feeds|parameters|cells)\.csv$/.test(f.name));
  const got = useAsk(async () => (csv ? parseCsv(await api.text(fileUrl(job.id, csv.name))) : null), [csv?.sha256]);
  return (
    <>
      <div class="card">
        <Facts value={job.summary} />
      </div>
      <Figures job={job} files={files} />
      {got.error && <ErrorBox error={got.error} again={got.again} />}
      {got.value && (
        <Table
          caption={`Cell by cell: ${csv!.name.replace(/^.*\//, "")}`}
          rows={got.value.rows.slice(0, 300)}
          id={(r) => got.value!.rows.indexOf(r)}
          columns={got.value.names.map((n, k) => ({ title: n.replace(/_/g, " "), cell: (r: string[]) => (r[k] !== "" && Number.isFinite(Number(r[k])) ? number(Number(r[k]), 4) : r[k]), class: "num" }))}
        />
      )}
    </>
  );
}

const kinds: Record<string, Workshop> = {
  run: {
    title: "Culture",
    lead: "From a calcium movie to cells, their graph, traces, coupling and feeds, with how sure they are.",
    command: "culture run",
    inputs: [
      { label: "Movie", match: /\.tiff?$/i, accept: ".tif,.tiff", from: ["culture simulate"] },
      { label: "Masks instead of looking for cells (optional)", match: /\.tiff?$/i, accept: ".tif,.tiff", from: ["culture simulate", "culture segment"], option: "masks", optional: true },
    ],
    output: { output: "culture" },
    shown: ["method", "segment", "replicates"],
    preset: { figures: "true" },
    run: "Find cells and coupling",
    empty: "Choose a movie (TIFF); made-up ones come from the tab beside.",
    result: (job, files) => <Cells job={job} files={files} />,
  },
  simulate: {
    title: "Culture: made up",
    lead: "A monolayer whose truth is known: cells, calcium, events, and the movie of a microscope.",
    command: "culture simulate",
    inputs: [{ label: "Parameters", match: /\.json$/i, accept: ".json", examples: [{ name: "culture.json", label: "Example: 20 cells", load: () => Promise.resolve(new Blob(['{"ncell": 20}\n'])) }] }],
    output: { output: "madeup" },
    shown: ["seed"],
    run: "Make a culture",
    empty: "The movie that is made can be chosen under Culture.",
  },
};

export default function CulturePage() {
  const kind = address.value.parts[0] ?? "run";
  const w = kinds[kind] ?? kinds.run!;
  return (
    <>
      <nav class="row" aria-label="Culture">
        {Object.entries(kinds).map(([k, x]) => (
          <a key={k} class="button" href={link("culture", k === "run" ? [] : [k])} aria-current={k === kind ? "page" : undefined}>
            {x.title.replace(/^Culture: /, "")}
          </a>
        ))}
      </nav>
      <WorkshopPage key={kind} w={w} />
    </>
  );
}
