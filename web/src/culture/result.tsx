// What culture run found: the movie with its cells, the chosen cell's trace and fit, every cell in a table, all figures.
import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../lib/api";
import { column, type Csv, parseCsv } from "../lib/csv";
import { number, quantity } from "../lib/format";
import { fileUrl, type Job, type JobFile, safeName, type Source, submit, upload, useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import type { Picture } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { FactList } from "../ui/facts";
import { Figures } from "../ui/job";
import { Chip, Empty, ErrorBox, Loading, Table } from "../ui/parts";
import { Strips } from "../ui/strips";
import { sourceQuery } from "../ui/workshop";
import { Editor, Masks } from "./editor";
import { type Frames, framesOf } from "./frames";
import type { Graph } from "./film";
import { readLabels, writeLabels } from "./tiff";

interface Summary {
  method: string;
  k_per_frame: number | null;
  k_ci95: [number | null, number | null];
  law: string;
  identifiable: boolean;
  warnings: string[];
  n_cells: number;
  n_inner: number;
  n_edges: number;
  n_events: number;
  noise_sd: number;
}
interface Found {
  tables: Record<string, Csv | null>;
  graph: Graph;
}

const tablesOf = ["cells", "edges", "events", "fit", "params", "traces", "runs"];

async function load(job: Job, files: JobFile[]): Promise<Found> {
  const one = async (name: string) => {
    const f = files.find((x) => x.name.endsWith(`${name}.csv`) && x.name.split("/").pop() === `${name}.csv`);
    return f ? parseCsv(await api.text(fileUrl(job.id, f.name))) : null;
  };
  const all = await Promise.all(tablesOf.map(one));
  const tables = Object.fromEntries(tablesOf.map((n, k) => [n, all[k]!]));
  const e = tables.edges;
  const [i, j, w] = e ? ["i", "j", "l_crack_px"].map((n) => column(e, n)) : [[], [], []];
  return { tables, graph: { edges: Array.from(i!, (a, k) => [a, j![k]!, w![k]!]) } };
}

/** The row of a table whose first column is the cell. */
function rowOf(t: Csv | null | undefined, cell: number): (name: string) => number | null {
  const row = t?.rows.find((r) => Number(r[0]) === cell);
  return (name) => {
    const x = row?.[t!.names.indexOf(name)];
    return x === undefined || x === "" || x === "nan" ? null : Number(x);
  };
}

export function CultureResult({ job, files }: { job: Job; files: JobFile[] }) {
  const s = job.summary as Summary | undefined;
  const movie = movieOf(job);
  const known = Number(address.value.query.frames) || 0;
  const masksFile = files.find((f) => f.name.endsWith("masks.tif"));
  const found = useAsk(() => load(job, files), [job.id]);
  const film = useAsk(async () => (movie ? framesOf(movie, known) : null), [movie?.sha256]);
  const masks = useAsk(async () => (masksFile ? new Masks(await readLabels(await api.bytes(fileUrl(job.id, masksFile.name)))) : null), [job.id, masksFile?.sha256]);
  useEffect(() => {
    if (film.value && film.value.job !== known) setQuery({ frames: String(film.value.job) });
  }, [film.value]);
  if (!s || !movie || !masksFile) return <Empty title="No cells were found in this movie." />;
  const error = found.error ?? film.error ?? masks.error;
  return (
    <>
      <Verdict s={s} />
      {error ? (
        <ErrorBox error={error} again={() => (found.again(), film.again(), masks.again())} />
      ) : found.value && film.value && masks.value ? (
        <Together key={job.id} job={job} s={s} movie={movie} found={found.value} frames={film.value.frames} masks={masks.value} />
      ) : (
        <Loading what="Movie, masks and traces" />
      )}
      <details class="card">
        <summary>Every figure of the report</summary>
        <Figures job={job} files={files} />
      </details>
    </>
  );
}

function movieOf(job: Job): Source | null {
  const name = job.request?.arguments?.[0];
  const sha256 = name ? job.request?.inputs?.[name] : undefined;
  return name && sha256 ? { name, sha256, bytes: 0, from: "" } : null;
}

function Verdict({ s }: { s: Summary }) {
  return (
    <section class="card" aria-label="Coupling">
      <div class="row">
        <Chip kind={s.identifiable ? "good" : "warn"}>{s.identifiable ? "coupling is identifiable" : "coupling is not identifiable"}</Chip>
        <strong>
          k {number(s.k_per_frame, 4)}/frame
        </strong>
        <span class="hint">
          95 %: {number(s.k_ci95?.[0], 4)} to {number(s.k_ci95?.[1], 4)}/frame; law {s.law}; method {s.method}; {s.n_cells} cells, {s.n_inner} of them inside, {s.n_edges} borders, {s.n_events} events
        </span>
      </div>
      {s.warnings.map((w) => (
        <p key={w} class="note">
          {w}
        </p>
      ))}
    </section>
  );
}

function Together(p: { job: Job; s: Summary; movie: Source; found: Found; frames: Frames; masks: Masks }) {
  const { job, masks, found, frames } = p;
  const frame = useSignal(0);
  const version = useSignal(0);
  const busy = useSignal(false);
  const error = useSignal<Error | null>(null);
  const chosen = Number(address.value.query.cell) || 0;
  const choose = (id: number) => setQuery({ cell: id ? String(id) : "" });
  const edits = masks.done.length;
  const goOn = async () => {
    busy.value = true;
    error.value = null;
    try {
      const name = "masks-by-hand.tif";
      const u = await upload(name, writeLabels(masks.labels), () => undefined);
      const r = job.request!;
      const film = r.arguments![0]!;
      const made = await submit({ command: "culture run", arguments: [film], options: { ...r.options, masks: safeName(u.name) }, inputs: { [film]: r.inputs![film]!, [safeName(u.name)]: u.sha256 } });
      setQuery({ job: String(made.id), f1: sourceQuery({ name: u.name, sha256: u.sha256, bytes: u.bytes, from: "" }) });
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = false;
  };
  return (
    <div class="culture">
      <div>
        <Editor name={p.movie.name} frames={frames} frame={frame} masks={masks} graph={found.graph} chosen={chosen} choose={choose} changed={() => version.value++} version={version.value} />
        {edits > 0 && (
          <div class="note">
            <p>
              {edits} {edits === 1 ? "edit" : "edits"} by hand: the traces and fits beside are those of the masks before.
            </p>
            <div class="row">
              <button class="main" disabled={busy.value} onClick={() => void goOn()}>
                {busy.value ? "One moment …" : "Go on with these masks"}
              </button>
              <span class="hint">The masks are kept as a new file; traces, graph and coupling are worked out anew.</span>
            </div>
            {error.value && <ErrorBox error={error.value} />}
          </div>
        )}
      </div>
      <div>
        {chosen ? <OneCell s={p.s} found={found} frames={frames} frame={frame} cell={chosen} /> : <Empty title="Click a cell to see its trace, its fit and what is left." />}
        <CellTable found={found} chosen={chosen} choose={choose} />
      </div>
    </div>
  );
}

const none = signal(0);

function OneCell({ s, found, frames, frame, cell }: { s: Summary; found: Found; frames: Frames; frame: { value: number } | null; cell: number }) {
  const t = found.tables;
  const per = frames.frame_s ?? 1;
  const measured = useMemo(() => (t.traces ? column(t.traces, `c${cell}`) : new Float64Array(0)), [t, cell]);
  const run = useMemo(() => (t.runs?.names.includes(`c${cell}`) ? column(t.runs, `c${cell}`) : null), [t, cell]);
  const bare = useMemo(() => (t.runs?.names.includes(`b${cell}`) ? column(t.runs, `b${cell}`) : null), [t, cell]);
  const base = useMemo((): Picture => {
    const noise = 1.96 * s.noise_sd;
    const curves = [
      ...(bare ? [{ name: "free run without events", y: bare, colour: colour("c2"), dash: [7, 4], width: 1.2 }] : []),
      { name: "measured", y: measured, colour: colour("ink"), width: 1.2 },
      ...(run ? [{ name: "free run with events", y: run, colour: colour("c1"), width: 1.8 }] : []),
    ];
    return {
      dt: per,
      t: [0, Math.max(1, measured.length - 1) * per],
      timeUnit: frames.frame_s ? "s" : "frames",
      strips: [
        { label: "ln F, normalised", unit: "", weight: 2, curves, ...(run ? { band: { low: run.map((x) => x - noise), high: run.map((x) => x + noise), colour: colour("c1") } } : {}) },
        ...(run
          ? [{ label: "residual", unit: "", weight: 1, curves: [{ name: "measured − free run", y: measured.map((x, k) => x - run[k]!), colour: colour("c4"), width: 1.2 }], band: { low: run.map(() => -noise), high: run.map(() => noise), colour: colour("c1") } }]
          : []),
      ],
    };
  }, [measured, run, bare, dark.value]);
  const at = useComputed(() => (frame ?? none).value * frames.step * per);
  const fit = rowOf(t.fit, cell);
  const feed = rowOf(t.params, cell);
  const geo = rowOf(t.cells, cell);
  const events = t.events?.rows.filter((r) => Number(r[0]) === cell) ?? [];
  const group = t.fit?.rows.find((r) => Number(r[0]) === cell)?.[t.fit.names.indexOf("group")];
  if (!measured.length || measured.every((x) => Number.isNaN(x))) return <Empty title={`Cell ${cell} is new: go on with these masks to read its trace.`} />;
  const rms = run ? Math.sqrt(measured.reduce((a, x, k) => a + (x - run[k]!) ** 2, 0) / measured.length) : null;
  return (
    <section class="card" aria-label={`Cell ${cell}`}>
      <h2>Cell {cell}</h2>
      <WithBeam
        picture={base}
        at={at}
        height={320}
        name={`cell-${cell}`}
        summary={
          run
            ? `Cell ${cell}: the free run leaves ${number(rms, 3)} rms of the normalised trace (noise ${number(s.noise_sd, 3)}); ${events.length} events of its own. Band: 95 % of the measuring noise around the run.`
            : `Cell ${cell} touches the image's edge, where not all of its neighbours are seen: it drives the others, and has no equation of its own.`
        }
      />
      <FactList
        facts={[
          ["effective feed", feed("gamma_per_frame") !== null ? `${number(feed("gamma_per_frame"), 3)}/frame (95 %: ${number(feed("ci_lo"), 3)} to ${number(feed("ci_hi"), 3)})` : null],
          ["fit", fit("nmse") !== null ? `NMSE ${number(fit("nmse"), 3)}, group ${group}` : null],
          ["peaks found again", fit("peaks_f1") !== null ? `F1 ${number(fit("peaks_f1"), 3)}` : null],
          ["events", events.length ? events.map((r) => `${frames.frame_s ? quantity(Number(r[1]) * per, "s", 4) : `frame ${r[1]}`} (${number(Number(r[2]), 2)})`).join(", ") : "none"],
          ["area", geo("area_px") !== null ? (frames.pixel_um ? quantity(geo("area_px")! * frames.pixel_um ** 2, "µm²") : quantity(geo("area_px"), "px")) : null],
          ["neighbours", geo("degree") !== null ? String(geo("degree")) : null],
        ]}
      />
    </section>
  );
}

/** A chart whose cursor follows the movie without being worked out anew. */
function WithBeam({ picture, at, ...rest }: { picture: Picture; at: { value: number }; height: number; name: string; summary: string }) {
  const t = at.value;
  const now = useMemo(() => ({ ...picture, cursor: t }), [picture, t]);
  return <Strips picture={now} {...rest} />;
}

function CellTable({ found, chosen, choose }: { found: Found; chosen: number; choose: (id: number) => void }) {
  const t = found.tables;
  const ids = useMemo(() => (t.cells ? Array.from(column(t.cells, "id")) : []), [t]);
  return (
    <details class="card cells" open={ids.length <= 40}>
      <summary>Every cell ({ids.length})</summary>
      <Table
        caption="Cells"
        hideCaption
        rows={ids.slice(0, 500)}
        id={(c) => c}
        columns={[
          {
            title: "Cell",
            cell: (c) => (
              <button class="small" aria-pressed={c === chosen} onClick={() => choose(c)}>
                {c}
              </button>
            ),
          },
          { title: "Area (px)", cell: (c) => number(rowOf(t.cells, c)("area_px")), class: "num" },
          { title: "Neighbours", cell: (c) => number(rowOf(t.cells, c)("degree")), class: "num" },
          { title: "Feed (1/frame)", cell: (c) => number(rowOf(t.params, c)("gamma_per_frame"), 3), class: "num" },
          {
            title: "95 %",
            cell: (c) => {
              const r = rowOf(t.params, c);
              return r("ci_lo") === null ? "at the edge" : `${number(r("ci_lo"), 2)} … ${number(r("ci_hi"), 2)}`;
            },
            class: "num",
          },
          { title: "NMSE", cell: (c) => number(rowOf(t.fit, c)("nmse"), 3), class: "num" },
        ]}
      />
    </details>
  );
}
