// A job from its first second to its files.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { api } from "../lib/api";
import { bytes, duration } from "../lib/format";
import { failureOf, fileUrl, filesOf, type Job, type JobFile, over, type State, useAsk, useJob } from "../lib/jobs";
import { link } from "../lib/router";
import { type Fact, FactList } from "./facts";
import { keyWords } from "../lib/csv";
import { Chip, ErrorBox, Loading, Progress } from "./parts";

export const stateKind = (s: State): string => ({ waiting: "plain", running: "run", done: "good", failed: "bad", cancelled: "warn", paused: "warn" })[s];

export function JobActions({ job, changed }: { job: Job; changed: () => void }) {
  const error = useSignal<Error | null>(null);
  const act = (what: string) => () => {
    error.value = null;
    api.post(`/api/v1/jobs/${job.id}/${what}`).then(changed, (e: Error) => (error.value = e));
  };
  return (
    <>
      {(job.state === "running" || job.state === "waiting") && <button onClick={act("pause")}>Pause</button>}
      {job.state === "paused" && (
        <button class="main" onClick={act("resume")}>
          Resume
        </button>
      )}
      {!over(job.state) && <button onClick={act("cancel")}>Cancel</button>}
      {error.value && <ErrorBox error={error.value} />}
    </>
  );
}

/** What the job read, by name: its files say so, its request does not. */
const withInputs = (job: Job, files: JobFile[]): Job => ({
  ...job,
  request: { ...job.request, inputs: Object.fromEntries(files.filter((f) => f.role === "input").map((f) => [f.name, f.sha256])) },
});

/** State and progress of a job, then what `children` makes of it when it is done. */
export function JobPanel(props: { id: number; children?: (job: Job, files: JobFile[]) => ComponentChildren; quiet?: boolean }) {
  const { job, error, again } = useJob(props.id);
  const done = job?.state === "done";
  const asked = useAsk(async () => ({ of: props.id, files: done ? await filesOf(props.id) : null }), [props.id, done]);
  const files = asked.value?.of === props.id ? asked.value.files : null;
  const now = useSignal(Date.now());
  const running = job && !over(job.state);
  useEffect(() => {
    if (!running) return;
    const t = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(t);
  }, [running]);
  if (error) return <ErrorBox error={error} again={again} />;
  if (!job) return <Loading what={`Job ${props.id}`} />;
  const p = job.progress;
  return (
    <section aria-label={`Job ${job.id}`}>
      <div class="row" role="status">
        <Chip kind={stateKind(job.state)}>{job.state}</Chip>
        <span>
          <a href={link("jobs", [String(job.id)])}>job {job.id}</a> · {job.command}
          {job.started_ms ? ` · ${duration((job.ended_ms ?? now.value) - job.started_ms)}` : ""}
          {job.exit_code === 1 && job.state === "done" ? " · the answer is negative" : ""}
          {job.exit_code === 6 ? " · a part of it failed" : ""}
        </span>
        <span class="fill" />
        <JobActions job={job} changed={again} />
      </div>
      {running && (
        <div class="row">
          <Progress part={p.total > 0 ? p.done / p.total : null} label="Progress" />
          <span class="hint">
            {p.what ?? (job.state === "waiting" ? "waits for a worker" : "")}
            {p.total > 0 ? ` ${p.done} of ${p.total}` : ""}
          </span>
        </div>
      )}
      {(job.state === "failed" || job.state === "cancelled") && <ErrorBox error={failureOf(job)} />}
      {asked.error && <ErrorBox error={asked.error} again={asked.again} />}
      {done && (files ? props.children?.(withInputs(job, files), files.filter((f) => f.role === "output")) : !asked.error && <Loading what="Results" />)}
      {done && files && !props.quiet && <FileList job={job} files={files} />}
    </section>
  );
}

export function FileList({ job, files }: { job: Job; files: JobFile[] }) {
  const out = files.filter((f) => f.role === "output");
  if (!out.length) return null;
  return (
    <details class="card">
      <summary>
        {out.length} {out.length === 1 ? "file" : "files"} ({bytes(out.reduce((s, f) => s + f.bytes, 0))})
      </summary>
      <ul class="files">
        {out.map((f) => (
          <li key={f.name}>
            <a href={fileUrl(job.id, f.name)} download>
              {f.name}
            </a>{" "}
            <span class="hint">{bytes(f.bytes)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The SVG figures that a command drew, as images: they are files like any other and run nothing. */
export function Figures({ job, files, names }: { job: Job; files: JobFile[]; names?: [RegExp, string][] }) {
  const svg = files.filter((f) => f.name.endsWith(".svg"));
  const wanted = names ? names.flatMap(([re, words]) => svg.filter((f) => re.test(f.name)).map((f) => ({ f, words }))) : svg.map((f) => ({ f, words: words(f.name) }));
  const rest = names ? svg.filter((f) => !wanted.some((w) => w.f === f)).map((f) => ({ f, words: words(f.name) })) : [];
  return (
    <div class="figures">
      {[...wanted, ...rest].map(({ f, words }) => (
        <figure key={f.name} class="figure card">
          <img src={fileUrl(job.id, f.name)} alt={words} loading="lazy" />
          <figcaption>
            {words} ·{" "}
            <a href={fileUrl(job.id, f.name)} download>
              SVG
            </a>
          </figcaption>
        </figure>
      ))}
    </div>
  );
}
const words = (name: string) => name.replace(/^.*\//, "").replace(/^fig-/, "").replace(/\.svg$/, "").replace(/[-_]/g, " ");

/** What a command printed, as facts: scalars first, tables of numbers left to the files. */
export function Facts({ value, skip = [] }: { value: unknown; skip?: string[] }) {
  if (typeof value !== "object" || value === null) return null;
  const rows: Fact[] = [];
  const walk = (o: Record<string, unknown>, prefix: string, depth: number) => {
    for (const [k, v] of Object.entries(o)) {
      if (k === "provenance" || k === "schema" || skip.includes(k) || rows.length > 60) continue;
      const name = `${prefix}${keyWords(k)}`;
      if (v === null) continue;
      if (typeof v === "number") rows.push([name, String(Number(v.toPrecision(6))).replace("-", "−")]);
      else if (typeof v === "string") rows.push([name, v]);
      else if (typeof v === "boolean") rows.push([name, v ? "yes" : "no"]);
      else if (Array.isArray(v)) {
        if (v.length && v.length <= 8 && v.every((x) => typeof x !== "object")) rows.push([name, v.join(", ")]);
      } else if (depth < 2) walk(v as Record<string, unknown>, `${name} `, depth + 1);
    }
  };
  walk(value as Record<string, unknown>, "", 0);
  return <FactList facts={rows} />;
}
