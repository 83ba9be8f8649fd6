// What a study rests on: jobs and files, frozen with their hashes when they were added.
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { api } from "../lib/api";
import { bytes, when } from "../lib/format";
import { type Job, over, type Upload, useAsk } from "../lib/jobs";
import { Facts } from "../ui/job";
import { Chip, Empty, ErrorBox } from "../ui/parts";
import { fileAt, type Study, type StudyItem } from "./data";

const titleOf = (i: StudyItem) => (i.kind === "job" ? `job ${i.id}: ${i.record.command}` : `file ${i.record.name}`);

export function ItemCard({ study, item, takeOff }: { study: Study; item: StudyItem; takeOff: (() => void) | null }) {
  const r = item.record;
  const figures = item.files.filter((f) => f.name.endsWith(".svg") && f.role === "output");
  return (
    <li class="card study-item">
      <div class="row">
        <strong>
          {item.number}. {item.label || titleOf(item)}
        </strong>
        {item.label && <span class="hint">{titleOf(item)}</span>}
        {r.state && <Chip kind={r.state === "done" ? "good" : "warn"}>{r.state}</Chip>}
        <span class="fill" />
        {takeOff && (
          <button class="small" onClick={takeOff} aria-label={`Take off item ${item.number}`}>
            Take off
          </button>
        )}
      </div>
      <p class="hint">
        of {r.user ?? "?"}
        {r.ended_ms ? `, ended ${when(r.ended_ms)}` : ""}; added by {item.added_by}, {when(item.added_ms)}
      </p>
      {figures.length > 0 && (
        <div class="figures">
          {figures.slice(0, 4).map((f) => (
            <figure key={f.name} class="figure">
              <img src={fileAt(study, item, f)} alt={f.name.replace(/^.*\//, "").replace(/\.svg$/, "").replace(/[-_]/g, " ")} loading="lazy" />
            </figure>
          ))}
        </div>
      )}
      <details>
        <summary>
          {item.files.length} file{item.files.length === 1 ? "" : "s"}
          {item.kind === "job" ? ", what was asked for, what it printed" : ""}
        </summary>
        <ul class="files">
          {item.files.map((f) => (
            <li key={f.role + f.name}>
              <a href={fileAt(study, item, f)} download>
                {f.name}
              </a>{" "}
              <span class="hint">
                {f.role}, {bytes(f.bytes)}, SHA-256 <code title={f.sha256}>{f.sha256.slice(0, 12)}…</code>
              </span>
            </li>
          ))}
        </ul>
        {r.request?.options && <Facts value={r.request.options} />}
        {r.summary !== undefined && r.summary !== null && <Facts value={r.summary} />}
      </details>
    </li>
  );
}

export function AddItem({ study, add }: { study: Study; add: (kind: "job" | "upload", id: number, label: string) => Promise<void> }) {
  const id = useId();
  const list = useAsk(
    () => Promise.all([api.get<{ jobs: Job[] }>("/api/v1/jobs?limit=100"), api.get<{ uploads: Upload[] }>("/api/v1/uploads?limit=100")]),
    [study.version],
  );
  const chosen = useSignal("");
  const label = useSignal("");
  const busy = useSignal(false);
  const has = (kind: string, n: number) => study.items.some((i) => i.kind === kind && i.id === n);
  const jobs = (list.value?.[0].jobs ?? []).filter((j) => over(j.state) && !has("job", j.id));
  const uploads = (list.value?.[1].uploads ?? []).filter((u) => !has("upload", u.id));
  const go = async (e: Event) => {
    e.preventDefault();
    const [kind, n] = chosen.value.split(" ");
    if (!n) return;
    busy.value = true;
    await add(kind as "job" | "upload", Number(n), label.value);
    chosen.value = label.value = "";
    busy.value = false;
  };
  if (list.error) return <ErrorBox error={list.error} again={list.again} />;
  return (
    <form class="row end" onSubmit={(e) => void go(e)} aria-label="Add an item">
      <div class="field grow">
        <label for={id}>Job or file</label>
        <select id={id} required value={chosen.value} onChange={(e) => (chosen.value = e.currentTarget.value)}>
          <option value="">{list.value === null ? "looking …" : jobs.length + uploads.length ? "choose …" : "you have no ended job and no upload that is not in it"}</option>
          {jobs.length > 0 && (
            <optgroup label="Jobs that have ended">
              {jobs.map((j) => (
                <option key={j.id} value={`job ${j.id}`}>
                  {`job ${j.id}: ${j.command}, ${j.state}, ${when(j.ended_ms)}`}
                </option>
              ))}
            </optgroup>
          )}
          {uploads.length > 0 && (
            <optgroup label="Uploads">
              {uploads.map((u) => (
                <option key={u.id} value={`upload ${u.id}`}>
                  {`${u.name} (${bytes(u.bytes)})`}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </div>
      <div class="field grow">
        <label for={`${id}-label`}>Label (optional)</label>
        <input id={`${id}-label`} maxLength={100} value={label.value} onInput={(e) => (label.value = e.currentTarget.value)} />
      </div>
      <button disabled={busy.value || !chosen.value}>
        {busy.value ? "One moment …" : "Add"}
      </button>
    </form>
  );
}

export function NoItems({ may }: { may: boolean }) {
  return (
    <Empty title="No items yet.">
      <p>{may ? "Add a job that has ended, or a file: it is frozen with the SHA-256 of everything in it." : "Its authors add jobs and files."}</p>
    </Empty>
  );
}
