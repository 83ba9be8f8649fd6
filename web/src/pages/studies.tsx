// Studies: what is claimed, for which context of use, from which jobs and files; locked, reviewed, signed.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { user } from "../lib/api";
import { when } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { runNow, useAsk } from "../lib/jobs";
import { address, go, link, setQuery } from "../lib/router";
import { changeStudy, codes, listStudies, makeStudy, states } from "../studies/data";
import { Editor, StateChip } from "../studies/editor";
import { Empty, ErrorBox, Field, Loading, Table } from "../ui/parts";

export default function Studies() {
  const id = Number(address.value.parts[0]);
  return id > 0 ? <Editor key={id} id={id} /> : <List />;
}

/** A job of a second, and a study that rests on it. */
async function makeExample(): Promise<number> {
  const { job } = await runNow({ command: "drug pk", arguments: ["carbamazepine"], options: { "dose-mg": 200, output: "course.csv" } });
  const s = await makeStudy({ name: "Example: carbamazepine by mouth", context_of_use: "Teaching. Free concentration after one dose of 200 mg in an adult, from the drug table that ships; not for dosing anybody.", subjects: ["S-001"] });
  await changeStudy(s, "POST", "/items", { kind: "job", id: job.id, label: "free concentration over time" });
  return s.id;
}

function List() {
  const state = address.value.query.state ?? "";
  const list = useAsk(() => listStudies(state), [state]);
  const error = useSignal<Error | null>(null);
  const busy = useSignal(false);
  const name = useSignal("");
  const context = useSignal("");
  const subjects = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const writes = user.value && user.value.role !== "viewer";
  useEffect(
    () =>
      setLocalKeys([
        { keys: "r", does: "look again", run: list.again },
        { keys: "n", does: "new study", run: () => field.current?.focus() },
      ]),
    [],
  );
  const make = async (run: () => Promise<number>) => {
    busy.value = true;
    error.value = null;
    try {
      go(link("studies", [String(await run())]));
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = false;
  };
  const send = (e: Event) => {
    e.preventDefault();
    void make(async () => (await makeStudy({ name: name.value, context_of_use: context.value, subjects: codes(subjects.value) })).id);
  };
  return (
    <>
      <h1>Studies</h1>
      <p class="lead">A study freezes jobs and files with their hashes. Its author locks it, somebody else reviews it, and it is signed; what was locked can be checked years later, without this server.</p>
      <div class="split right">
        <section aria-label="All studies">
          <div class="row">
            <div class="segments" role="group" aria-label="State">
              {["", ...states].map((x) => (
                <button key={x} aria-pressed={state === x} onClick={() => setQuery({ state: x })}>
                  {x || "all"}
                </button>
              ))}
            </div>
            <button onClick={list.again}>Look again</button>
            {writes && !!list.value?.length && (
              <button disabled={busy.value} onClick={() => void make(makeExample)}>
                Make an example study
              </button>
            )}
          </div>
          {list.error ? (
            <ErrorBox error={list.error} again={list.again} />
          ) : !list.value ? (
            <Loading what="Studies" />
          ) : list.value.length === 0 ? (
            <Empty title={state ? `No study is ${state}.` : "No studies yet."}>
              {!state && writes && (
                <p>
                  <button disabled={busy.value} onClick={() => void make(makeExample)}>
                    Make an example study
                  </button>
                </p>
              )}
            </Empty>
          ) : (
            <Table
              caption="Studies, the newest first"
              hideCaption
              rows={list.value}
              id={(s) => s.id}
              columns={[
                { title: "Study", cell: (s) => <a href={link("studies", [String(s.id)])}>{s.name}</a> },
                { title: "State", cell: (s) => <StateChip state={s.state} /> },
                { title: "Owner", cell: (s) => s.owner },
                { title: "Items", cell: (s) => s.n_items, class: "num" },
                { title: "Revision", cell: (s) => s.revision, class: "num" },
                { title: "Changed", cell: (s) => `${when(s.changed_ms)}, ${s.changed_by}` },
              ]}
            />
          )}
        </section>
        {writes && (
          <form class="card" onSubmit={send} aria-label="New study">
            <h2>New study</h2>
            <Field label="Name">{(id) => <input id={id} ref={field} required maxLength={200} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />}</Field>
            <Field label="Context of use" hint="For what, and for what not, is the result meant?">
              {(id) => <textarea id={id} rows={3} value={context.value} onInput={(e) => (context.value = e.currentTarget.value)} />}
            </Field>
            <Field label="Subject codes" hint="Codes such as S-014, never a person's name.">
              {(id) => <input id={id} value={subjects.value} onInput={(e) => (subjects.value = e.currentTarget.value)} />}
            </Field>
            <button class="main" disabled={busy.value}>
              {busy.value ? "One moment …" : "Make the study"}
            </button>
            {error.value && <ErrorBox error={error.value} />}
          </form>
        )}
      </div>
      {!writes && error.value && <ErrorBox error={error.value} />}
    </>
  );
}
