// Choose a file that the server has, or bring one.
import { useSignal } from "@preact/signals";
import { bytes } from "../lib/format";
import { type Source, sources, upload, useAsk } from "../lib/jobs";
import { ErrorBox, Progress } from "./parts";
import { useId } from "preact/hooks";

export interface Example {
  name: string;
  label: string;
  load: () => Promise<Blob>;
}

export function PickFile(props: {
  label: string;
  match: RegExp;
  accept: string;
  from?: string[];
  chosen: Source | null;
  choose: (s: Source | null) => void;
  examples?: Example[];
}) {
  const id = useId();
  const list = useAsk(() => sources(props.match, props.from), [props.match.source]);
  const busy = useSignal<number | null>(null);
  const error = useSignal<Error | null>(null);
  const over = useSignal(false);
  const bring = async (name: string, blob: Blob) => {
    error.value = null;
    busy.value = 0;
    try {
      const u = await upload(name, blob, (p) => (busy.value = p));
      props.choose({ name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" });
      list.again();
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = null;
  };
  const files = list.value ?? [];
  const all = props.chosen && !files.some((f) => f.sha256 === props.chosen!.sha256) ? [props.chosen, ...files] : files;
  return (
    <div
      class={`field pick ${over.value ? "over" : ""}`}
      onDragOver={(e) => (e.preventDefault(), (over.value = true))}
      onDragLeave={() => (over.value = false)}
      onDrop={(e) => {
        e.preventDefault();
        over.value = false;
        const f = e.dataTransfer?.files[0];
        if (f) void bring(f.name, f);
      }}
    >
      <label for={id}>{props.label}</label>
      <div class="row">
        <select id={id} value={props.chosen?.sha256 ?? ""} onChange={(e) => props.choose(all.find((f) => f.sha256 === e.currentTarget.value) ?? null)}>
          <option value="">{list.value === null && !list.error ? "looking …" : all.length ? "choose …" : "nothing here yet"}</option>
          {all.map((f) => (
            <option key={f.sha256} value={f.sha256}>
              {f.name} ({bytes(f.bytes)}, {f.from})
            </option>
          ))}
        </select>
        <span class="button file-button">
          Upload
          <input type="file" accept={props.accept} aria-label={`Upload: ${props.label}`} onChange={(e) => e.currentTarget.files?.[0] && void bring(e.currentTarget.files[0].name, e.currentTarget.files[0])} />
        </span>
        {props.examples?.map((x) => (
          <button key={x.name} type="button" onClick={() => void x.load().then((b) => bring(x.name, b))}>
            {x.label}
          </button>
        ))}
      </div>
      {busy.value !== null && <Progress part={busy.value} label="Upload" />}
      {error.value && <ErrorBox error={error.value} />}
      {list.error && <ErrorBox error={list.error} again={list.again} />}
    </div>
  );
}

/** An example that ships with the page: fetched only when it is asked for. */
export const shipped = (name: string, label: string, url: string): Example => ({
  name,
  label,
  load: async () => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`The example could not be loaded (${answer.status}).`);
    return answer.blob();
  },
});
