// A page that runs one command: choose files, set options, run, look at what came out. The job stands in the address.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { commands, type Job, type JobFile, ownName, safeName, type Source, submit, useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import { setLocalKeys } from "../lib/keys";
import { useEffect } from "preact/hooks";
import { Empty, ErrorBox, Loading } from "./parts";
import { type Example, PickFile } from "./pick";
import { Facts, Figures, JobPanel } from "./job";
import { OptionField, optionValues, type Values } from "./options";

export interface Input {
  label: string;
  match: RegExp;
  accept: string;
  from?: string[];
  examples?: Example[];
  option?: string; // otherwise an argument
  beside?: boolean; // a file that another names
  optional?: boolean;
}

export interface Workshop {
  title: string;
  lead: ComponentChildren;
  command: string;
  inputs: Input[];
  output: Record<string, string>; // options that name what is written
  shown: string[]; // options at once; the others behind "More"
  preset?: Values;
  run: string; // the button
  empty: string;
  result?: (job: Job, files: JobFile[]) => ComponentChildren;
  preview?: (chosen: (Source | null)[]) => ComponentChildren; // of files that are chosen, before anything has run
  example?: { label: string; hint: string; make: (say: (words: string) => void) => Promise<Record<string, string>> }; // answers what goes to the address
  before?: ComponentChildren;
  own?: string[]; // options that `before` has fields of its own for
  wide?: boolean; // results take the whole width, the form folds up above them
}

const packed = (s: Source) => `${s.sha256}:${s.bytes}:${s.name}`;
export function unpacked(text: string | undefined): Source | null {
  const m = /^([0-9a-f]{64}):(\d+):(.+)$/.exec(text ?? "");
  return m ? { sha256: m[1]!, bytes: Number(m[2]), name: m[3]!, from: "chosen" } : null;
}
export const sourceQuery = packed;

export function WorkshopPage({ w }: { w: Workshop }) {
  const table = useAsk(commands, []);
  const q = address.value.query;
  const error = useSignal<Error | null>(null);
  const busy = useSignal(false);
  const chosen = w.inputs.map((_, k) => unpacked(q[`f${k}`]));
  const c = table.value?.find((x) => x.name === w.command);
  const values: Values = { ...w.preset };
  for (const o of c?.options ?? []) if (q[o.name] !== undefined) values[o.name] = q[o.name]!;
  const job = Number(q.job) || null;
  const ready = c && w.inputs.every((i, k) => i.optional || chosen[k]);
  const go = async () => {
    if (!c || !ready) return;
    busy.value = true;
    error.value = null;
    try {
      const inputs: Record<string, string> = {};
      const args: string[] = [];
      const options: Record<string, string | boolean> = { ...optionValues(c, values), ...w.output };
      w.inputs.forEach((i, k) => {
        const s = chosen[k];
        if (!s) return;
        const name = ownName(safeName(s.name), s.sha256, inputs);
        inputs[name] = s.sha256;
        if (i.option) options[i.option] = name;
        else if (!i.beside) args.push(name);
      });
      const made = await submit({ command: w.command, arguments: args, options, inputs });
      setQuery({ job: String(made.id) });
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = false;
  };
  useEffect(() => setLocalKeys([{ keys: "r", does: w.run, run: () => void go() }]));
  const field = (name: string) => {
    const o = c?.options.find((x) => x.name === name);
    return o && <OptionField key={name} command={w.command} o={o} value={values[name] ?? ""} set={(v) => setQuery({ [name]: v })} />;
  };
  const hidden = [...Object.keys(w.output), ...(w.own ?? []), ...w.shown, ...w.inputs.flatMap((i) => (i.option ? [i.option] : [])), "output"];
  const more = (c?.options ?? []).filter((o) => !hidden.includes(o.name) && o.kind !== "input" && o.kind !== "output");
  const form = c && (
    <>
        {w.inputs.map((i, k) => (
          <PickFile key={i.label} {...i} chosen={chosen[k]!} choose={(s) => setQuery({ [`f${k}`]: s ? packed(s) : "" })} />
        ))}
        {w.before}
        {w.shown.map(field)}
        {more.length > 0 && (
          <details>
            <summary>More options ({more.length})</summary>
            {more.map((o) => field(o.name))}
          </details>
        )}
        <div class="row">
          <button class="main" disabled={!ready || busy.value || !c.allowed} onClick={() => void go()}>
            {busy.value ? "One moment …" : w.run}
          </button>
        </div>
        {!c.allowed && <p class="note">{c.why_not}</p>}
        {error.value && <ErrorBox error={error.value} />}
      </>
  );
  return (
    <>
      <h1>{w.title}</h1>
      <p class="lead">{w.lead}</p>
      {table.error && <ErrorBox error={table.error} again={table.again} />}
      {!c && !table.error && <Loading what={w.title} />}
      {c && (
        <div class={w.wide && job ? "stack" : "split"}>
          {w.wide && job ? (
            <details class="card" aria-label="What to run">
              <summary>
                {w.run} again, with other files or options
              </summary>
              <div class="columns">{form}</div>
            </details>
          ) : (
            <section class="card" aria-label="What to run">
              {form}
            </section>
          )}
          <section aria-label="Results">
            {job ? (
              <JobPanel id={job}>
                {(j, files) =>
                  w.result ? (
                    w.result(j, files)
                  ) : (
                    <>
                      <Figures job={j} files={files} />
                      <div class="card">
                        <Facts value={j.summary} />
                      </div>
                    </>
                  )
                }
              </JobPanel>
            ) : (
              (w.preview?.(chosen) ?? (
                <Empty title={w.empty}>{w.example && <TryIt example={w.example} />}</Empty>
              ))
            )}
          </section>
        </div>
      )}
    </>
  );
}

/** One click from an empty page to a result. */
function TryIt({ example }: { example: NonNullable<Workshop["example"]> }) {
  const words = useSignal("");
  const error = useSignal<Error | null>(null);
  const start = () => {
    error.value = null;
    words.value = "One moment …";
    example.make((w) => (words.value = w)).then(
      (q) => setQuery(q),
      (e: Error) => ((error.value = e), (words.value = "")),
    );
  };
  return (
    <>
      <p>{example.hint}</p>
      <p>
        <button class="main" disabled={words.value !== ""} onClick={start}>
          {example.label}
        </button>
      </p>
      {words.value && (
        <p role="status" class="hint">
          <span class="spin small" aria-hidden="true" /> {words.value}
        </p>
      )}
      {error.value && <ErrorBox error={error.value} />}
    </>
  );
}
