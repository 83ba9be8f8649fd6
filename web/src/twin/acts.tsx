// What is done with a twin: refine, lock, give on. A twin that stands in a locked study stays as it is; a copy of it can be refined.
import { useSignal } from "@preact/signals";
import { user } from "../lib/api";
import { fileUrl, type Job, type JobFile, submit, useAsk } from "../lib/jobs";
import { link, setQuery } from "../lib/router";
import { changeStudy, getStudy, listStudies, makeStudy, type StudyRow } from "../studies/data";
import { Chip, ErrorBox } from "../ui/parts";
import { saveText } from "../ui/strips";
import { sourceQuery } from "../ui/workshop";
import { parametersCsv, type Run } from "./card";

/** The study that froze this job, if one did. */
async function lockedIn(job: number): Promise<StudyRow | null> {
  const rows = (await listStudies("")).filter((s) => s.state === "locked" || s.state === "reviewed" || s.state === "signed");
  for (const s of rows.slice(0, 20)) if ((await getStudy(s.id)).items.some((i) => i.kind === "job" && i.id === job)) return s;
  return null;
}

export function Acts({ job, files, run }: { job: Job; files: JobFile[]; run: Run | null }) {
  const locked = useAsk(() => lockedIn(job.id), [job.id]);
  const busy = useSignal("");
  const error = useSignal<Error | null>(null);
  const twin = files.find((f) => f.name === "twin.json");
  const source = twin && sourceQuery({ name: "twin.json", sha256: twin.sha256, bytes: twin.bytes, from: "" });
  const options = job.request?.options ?? {};
  const whole = options["network-only"] !== true && options["network-only"] !== "true";
  const every = options["all-sweeps"] === true || options["all-sweeps"] === "true";
  const may = user.value?.role !== "viewer";
  const act = (name: string, what: () => Promise<void>) => () => {
    busy.value = name;
    error.value = null;
    what()
      .catch((e: Error) => (error.value = e))
      .finally(() => (busy.value = ""));
  };
  const refine = act("refine", async () => {
    const next: Record<string, string | number | boolean> = { ...options };
    delete next["network-only"];
    if (whole) next["all-sweeps"] = true;
    const made = await submit({ command: "clone", arguments: job.request!.arguments!, options: next, inputs: job.request!.inputs! });
    setQuery({ job: String(made.id), sweep: "" });
  });
  const lock = act("lock", async () => {
    const recording = job.request?.arguments?.[0] ?? "a recording";
    const s = await makeStudy({ name: `Twin of ${recording}, job ${job.id}`, context_of_use: "Answers of this cell's soma to injected current. Research use only." });
    const filled = await changeStudy(s, "POST", "/items", { kind: "job", id: job.id, label: "twin" });
    await changeStudy(filled, "POST", "/lock", {});
    locked.again();
  });
  const done = whole && every;
  return (
    <>
      <div class="row">
        {source && (
          <>
            <a class="button main" href={link("trial", [], { f0: source })}>
              Give it a drug
            </a>
            <a class="button" href={link("screen", [], { f0: source })}>
              Screen a library
            </a>
          </>
        )}
        {may && !locked.value && (
          <button disabled={done || !!busy.value} title={done ? "every sweep was fitted already" : undefined} onClick={refine}>
            {whole ? "Refine with every sweep" : "Refine"}
          </button>
        )}
        {may && locked.value && (
          <button disabled={done || !!busy.value} onClick={refine}>
            Refine a copy
          </button>
        )}
        {locked.value ? (
          <a href={link("studies", [String(locked.value.id)])}>
            <Chip kind="good">{locked.value.state} in study {locked.value.id}</Chip>
          </a>
        ) : (
          may && (
            <button disabled={!!busy.value || locked.value === undefined} onClick={lock}>
              Lock
            </button>
          )
        )}
        <span class="hint" role="status">
          {busy.value === "lock" ? "A study is made of it and locked …" : busy.value ? "One moment …" : locked.value ? "A locked twin stays as it is; refining makes a copy." : ""}
        </span>
      </div>
      {error.value && <ErrorBox error={error.value} />}
      {locked.error && <ErrorBox error={locked.error} again={locked.again} />}
      <div class="row" role="group" aria-label="Export">
        <span class="hint">Export:</span>
        {twin && (
          <a class="button small" href={fileUrl(job.id, twin.name)} download>
            Save twin.json
          </a>
        )}
        {["report.html", "report.pdf", "traces.csv"].map((name) => {
          const f = files.find((x) => x.name.endsWith(name));
          return (
            f && (
              <a key={name} class="button small" href={fileUrl(job.id, f.name)} download>
                {name}
              </a>
            )
          );
        })}
        {run && (
          <button class="small" onClick={() => saveText(parametersCsv(run), "parameters.csv")}>
            parameters.csv
          </button>
        )}
      </div>
    </>
  );
}
