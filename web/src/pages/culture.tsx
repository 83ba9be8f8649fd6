// A calcium movie of a culture: cells, graph, traces, coupling and feeds; masks mended by hand; and made-up ones whose truth is known.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import "../culture/culture.css";
import { Film, type View } from "../culture/film";
import { framesOf } from "../culture/frames";
import { CultureResult } from "../culture/result";
import { filesOf, type Job, type JobFile, runJob, type Source, submit, upload, useAsk } from "../lib/jobs";
import { address, link, setQuery } from "../lib/router";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Loading } from "../ui/parts";
import { sourceQuery, WorkshopPage, type Workshop } from "../ui/workshop";

const small = '{"seed": 5, "size": 160, "ncell": 32, "frames": 160, "k": 0.05}\n';

/** The movie before its cells are looked for. */
function Look({ movie }: { movie: Source }) {
  const known = Number(address.value.query.frames) || 0;
  const film = useAsk(() => framesOf(movie, known), [movie.sha256]);
  const frame = useSignal(0);
  const playing = useSignal(false);
  const view = useSignal<View>({ outlines: false, graph: false, zoom: 1 });
  useEffect(() => {
    if (film.value && film.value.job !== known) setQuery({ frames: String(film.value.job) });
    frame.value = 0;
  }, [film.value]);
  if (film.error) return <ErrorBox error={film.error} again={film.again} />;
  if (!film.value) return <Loading what="The movie" />;
  return (
    <section class="card" aria-label="Movie">
      <Film key={movie.sha256} name={movie.name} frames={film.value.frames} frame={frame} playing={playing} view={view} />
    </section>
  );
}

async function example(say: (words: string) => void): Promise<Record<string, string>> {
  say("A culture of 32 cells is made up …");
  const u = await upload("culture.json", new Blob([small]), () => undefined);
  const made = await runJob({ command: "culture simulate", arguments: [u.name], options: { output: "madeup" }, inputs: { [u.name]: u.sha256 } });
  const movie = (await filesOf(made.id)).find((f) => f.name.endsWith("movie.tif"));
  if (!movie) throw new Error("No movie was made.");
  say("Its cells are looked for …");
  const job = await submit({ command: "culture run", arguments: ["movie.tif"], options: { output: "culture", replicates: "200", figures: true }, inputs: { "movie.tif": movie.sha256 } });
  return { f0: sourceQuery({ name: "movie.tif", sha256: movie.sha256, bytes: movie.bytes, from: "" }), job: String(job.id) };
}

const madeUp = (job: Job, files: JobFile[]) => {
  const movie = files.find((f) => f.name.endsWith("movie.tif"));
  const source = movie && { name: "movie.tif", sha256: movie.sha256, bytes: movie.bytes, from: "" };
  return (
    <>
      {source && (
        <div class="row">
          <a class="button main" href={link("culture", [], { f0: sourceQuery(source) })}>
            Find its cells
          </a>
        </div>
      )}
      {source && <Look movie={source} />}
      <Figures job={job} files={files} />
      <div class="card">
        <Facts value={job.summary} />
      </div>
    </>
  );
};

const kinds: Record<string, Workshop> = {
  run: {
    title: "Culture",
    lead: "From a calcium movie to cells, their graph, traces, coupling and feeds, with how sure they are. Masks can be mended by hand, and the run goes on from them.",
    command: "culture run",
    inputs: [
      { label: "Movie", match: /\.tiff?$/i, accept: ".tif,.tiff", from: ["culture simulate"] },
      { label: "Masks instead of looking for cells (optional)", match: /\.tiff?$/i, accept: ".tif,.tiff", from: ["culture simulate", "culture segment", "culture run"], option: "masks", optional: true },
    ],
    output: { output: "culture" },
    shown: ["method", "segment", "replicates"],
    preset: { figures: "true" },
    run: "Find cells and coupling",
    empty: "Choose a movie (TIFF), or begin with one whose truth is known.",
    example: { label: "Take the example", hint: "160 frames of a made-up monolayer of 32 cells; some seconds.", make: example },
    wide: true,
    preview: (chosen) => chosen[0] && <Look movie={chosen[0]} />,
    result: (job, files) => <CultureResult job={job} files={files} />,
  },
  simulate: {
    title: "Culture: made up",
    lead: "A monolayer whose truth is known: cells, calcium, events, and the movie of a microscope.",
    command: "culture simulate",
    inputs: [{ label: "Parameters", match: /\.json$/i, accept: ".json", examples: [{ name: "culture.json", label: "Example: 32 cells", load: () => Promise.resolve(new Blob([small])) }] }],
    output: { output: "madeup" },
    shown: ["seed"],
    run: "Make a culture",
    empty: "The movie that is made can be chosen under Culture.",
    result: madeUp,
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
