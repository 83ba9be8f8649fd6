// One study: words, items, what may be done, who did what. Two people may have it open: whoever saves second sees what the
// first one changed, and neither loses a word.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, user } from "../lib/api";
import { when } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { useAsk } from "../lib/jobs";
import { link } from "../lib/router";
import { Chip, ErrorBox, Field, Loading } from "../ui/parts";
import {
  changedFields,
  changeStudy,
  exportAt,
  type Field as Name,
  fieldNames,
  getStudy,
  historyOf,
  keepUnsaved,
  type May,
  merge,
  patchOf,
  states,
  type Study,
  type StudyEvent,
  type StudyItem,
  unsaved,
  type Words,
  wordsOf,
} from "./data";
import { LockDialog, ReviewDialog, SignDialog, WithdrawDialog } from "./dialogs";
import { AddItem, ItemCard, NoItems } from "./items";

const stateKind: Record<string, string> = { draft: "plain", locked: "run", reviewed: "warn", signed: "good", withdrawn: "bad" };
export const StateChip = ({ state }: { state: string }) => <Chip kind={stateKind[state] ?? "plain"}>{state}</Chip>;

/** Somebody saved while mine were unsaved. */
interface Clash {
  base: Words; // what I began with
  version: number;
  theirs: Study;
  both: Name[];
  taken: Name[];
}
interface Undo {
  words: string;
  run: (now: Study) => Promise<Study>;
}

export function Editor({ id }: { id: number }) {
  const study = useSignal<Study | null>(null);
  const mine = useSignal<Words | null>(null);
  const error = useSignal<Error | null>(null);
  const failed = useSignal<Error | null>(null); // of a change: the page stays
  const clash = useSignal<Clash | null>(null);
  const news = useSignal("");
  const undo = useSignal<Undo | null>(null);
  const dialog = useSignal<May | null>(null);
  const busy = useSignal(false);
  const began = useRef(false);

  /** What the server has now; words of mine that are not saved stay. */
  const take = (next: Study, why = "") => {
    const old = study.value;
    const base = old ? wordsOf(old) : null;
    if (old && base && mine.value && changedFields(base, mine.value).length > 0 && next.version !== old.version) {
      const m = merge(base, mine.value, wordsOf(next));
      mine.value = m.words;
      clash.value = m.both.length > 0 || next.changed_by !== user.value?.name ? { base: clash.value?.base ?? base, version: clash.value?.version ?? old.version, theirs: next, both: m.both, taken: m.taken } : null;
    } else {
      mine.value = wordsOf(next);
      clash.value = null;
    }
    study.value = next;
    if (why) news.value = why;
  };
  const load = async () => {
    error.value = null;
    try {
      const s = await getStudy(id);
      const kept = began.current ? null : unsaved(id);
      began.current = true;
      if (kept && s.state === "draft" && changedFields(kept.base, kept.mine).length > 0) {
        const m = merge(kept.base, kept.mine, wordsOf(s));
        study.value = s;
        mine.value = m.words;
        if (kept.version !== s.version) clash.value = { base: kept.base, version: kept.version, theirs: s, both: m.both, taken: m.taken };
        news.value = "What you had not saved is here again.";
      } else take(s);
    } catch (e) {
      error.value = e as Error;
    }
  };
  useEffect(() => void load(), [id]);

  /* another browser may change it: looked at every few seconds, and when the window comes back */
  useEffect(() => {
    let gone = false;
    const look = async () => {
      if (document.hidden || !study.value || dialog.value || busy.value) return;
      try {
        const s = await getStudy(id);
        if (gone || busy.value || !study.value || s.version <= study.value.version) return;
        take(s, `${s.changed_by} changed the study.`);
      } catch {
        /* the next change tells what is wrong */
      }
    };
    const t = setInterval(() => void look(), 4000);
    addEventListener("focus", look);
    return () => {
      gone = true;
      clearInterval(t);
      removeEventListener("focus", look);
    };
  }, [id]);

  const dirty = study.value && mine.value ? changedFields(wordsOf(study.value), mine.value) : [];
  useEffect(() => {
    if (!study.value || !mine.value) return;
    const { base, version } = clash.value ?? { base: wordsOf(study.value), version: study.value.version };
    keepUnsaved(id, dirty.length > 0 ? { base, version, mine: mine.value } : null);
  }, [mine.value, study.value, clash.value]);

  /** A change; where somebody was faster the page shows both, and nothing was changed. */
  const change = async (run: (s: Study) => Promise<Study>): Promise<boolean> => {
    if (!study.value) return false;
    busy.value = true;
    failed.value = null;
    news.value = "";
    let good = false;
    try {
      take(await run(study.value));
      good = true;
    } catch (e) {
      const current = e instanceof ApiError && e.status === 412 ? (e.answer as { current?: Study } | undefined)?.current : undefined;
      if (current) take(current, `${current.changed_by} was faster: nothing of yours was changed or lost.`);
      failed.value = current ? null : (e as Error);
    }
    busy.value = false;
    return good;
  };
  const save = async () => {
    const s = study.value;
    if (!s || !mine.value || dirty.length === 0) return;
    const before = wordsOf(s), words = mine.value;
    if (await change((x) => changeStudy(x, "PATCH", "", patchOf(before, words)).then((next) => ((mine.value = wordsOf(next)), next)))) {
      news.value = "Saved.";
      undo.value = { words: "the last save", run: (x) => changeStudy(x, "PATCH", "", patchOf(words, before)) };
    }
  };
  const back = async () => {
    const u = undo.value;
    if (u && (await change(u.run))) {
      undo.value = null;
      news.value = `Undone: ${u.words}.`;
    }
  };
  const takeOff = async (i: StudyItem) => {
    if (await change((s) => changeStudy(s, "DELETE", `/items/${i.item}`))) {
      news.value = `Item ${i.number} was taken off.`;
      undo.value = { words: `taking off ${i.kind} ${i.id}`, run: (s) => changeStudy(s, "POST", "/items", { kind: i.kind, id: i.id, label: i.label }) };
    }
  };
  const add = async (kind: "job" | "upload", n: number, label: string) => {
    if (await change((s) => changeStudy(s, "POST", "/items", { kind, id: n, label }))) {
      news.value = `${kind} ${n} was added.`;
      undo.value = {
        words: `adding ${kind} ${n}`,
        run: (s) => changeStudy(s, "DELETE", `/items/${s.items.find((i) => i.kind === kind && i.id === n)?.item ?? 0}`),
      };
    }
  };
  /* a dialog shows its own refusals; only somebody else's change closes it */
  const act = async (path: string, body: unknown) => {
    try {
      take(await changeStudy(study.value!, "POST", path, body));
      undo.value = null;
    } catch (e) {
      const current = e instanceof ApiError && e.status === 412 ? (e.answer as { current?: Study } | undefined)?.current : undefined;
      if (!current) throw e;
      take(current, `${current.changed_by} was faster: look at the study as it is now, then decide again.`);
    }
  };
  useEffect(
    () =>
      setLocalKeys([
        { keys: "s", does: "save", run: () => void save() },
        { keys: "u", does: "undo", run: () => void back() },
        { keys: "r", does: "look again", run: () => void load() },
      ]),
    [mine.value, study.value, undo.value],
  );

  if (error.value && !study.value) return <ErrorBox error={error.value} again={() => void load()} />;
  const s = study.value, w = mine.value;
  if (!s || !w) return <Loading what="Study" />;
  const may = (what: May) => s.may.includes(what);
  const edits = may("edit");
  const close = () => (dialog.value = null);
  return (
    <>
      <p>
        <a href={link("studies")}>← all studies</a>
      </p>
      <div class="row">
        <h1>{s.name}</h1>
        <StateChip state={s.state} />
        <span class="hint">
          of {s.owner} · revision {s.revision} · version {s.version}, {s.changed_by}, {when(s.changed_ms)}
        </span>
      </div>
      <Steps state={s.state} />
      {clash.value && <ClashBox clash={clash.value} mine={w} set={(next) => (mine.value = next)} done={() => (clash.value = null)} drop={() => ((mine.value = wordsOf(s)), (clash.value = null), (news.value = "Yours were dropped."))} />}
      <p role="status" class="hint">
        {news.value}
      </p>
      {failed.value && <ErrorBox error={failed.value} />}
      <div class="row">
        {may("lock") && (
          <button class="main" disabled={dirty.length > 0} title={dirty.length > 0 ? "Save first" : undefined} onClick={() => (dialog.value = "lock")}>
            Lock …
          </button>
        )}
        {may("review") && (
          <button class="main" onClick={() => (dialog.value = "review")}>
            Review …
          </button>
        )}
        {may("sign") && (
          <button class="main" onClick={() => (dialog.value = "sign")}>
            Sign …
          </button>
        )}
        {may("export") && (
          <a class="button" href={exportAt(s.id)} download>
            Export
          </a>
        )}
        {may("withdraw") && <button onClick={() => (dialog.value = "withdraw")}>Withdraw …</button>}
        {undo.value && (
          <button onClick={() => void back()} disabled={busy.value}>
            Undo {undo.value.words}
          </button>
        )}
      </div>
      {s.state === "locked" && !may("review") && <p class="note">It waits for a reviewer{s.author ? " other than its authors" : ""}.</p>}
      <div class="split right">
        <section aria-label="Items">
          <h2>Items</h2>
          {s.items.length === 0 ? (
            <NoItems may={edits} />
          ) : (
            <ol class="study-items">
              {s.items.map((i) => (
                <ItemCard key={i.item} study={s} item={i} takeOff={edits ? () => void takeOff(i) : null} />
              ))}
            </ol>
          )}
          {edits && <AddItem study={s} add={add} />}
        </section>
        <section aria-label="What it says" class="card">
          <WordsForm words={w} edits={edits} set={(next) => (mine.value = next)} />
          {edits && (
            <div class="row">
              <button class="main" disabled={dirty.length === 0 || busy.value} onClick={() => void save()}>
                {busy.value ? "One moment …" : "Save"}
              </button>
              <span class="hint">{dirty.length > 0 ? `not saved: ${dirty.map((f) => fieldNames[f].toLowerCase()).join(", ")}` : "everything is saved"}</span>
            </div>
          )}
        </section>
      </div>
      <Acts study={s} />
      <History study={s} />
      {dialog.value === "lock" && <LockDialog study={s} close={close} act={act} />}
      {dialog.value === "review" && <ReviewDialog study={s} close={close} act={act} />}
      {dialog.value === "sign" && <SignDialog study={s} close={close} act={act} />}
      {dialog.value === "withdraw" && <WithdrawDialog study={s} close={close} act={act} />}
    </>
  );
}

function Steps({ state }: { state: string }) {
  const shown = state === "withdrawn" ? ["draft", "withdrawn"] : states.slice(0, 4);
  return (
    <ol class="study-steps" aria-label="Steps of a study">
      {shown.map((x) => (
        <li key={x} aria-current={x === state ? "step" : undefined}>
          {x}
        </li>
      ))}
    </ol>
  );
}

function WordsForm({ words, edits, set }: { words: Words; edits: boolean; set: (w: Words) => void }) {
  const put = (f: Name) => (e: { currentTarget: { value: string } }) => set({ ...words, [f]: e.currentTarget.value });
  const given = (text: string) => text || "–";
  if (!edits)
    return (
      <dl class="study-words">
        {(["context_of_use", "conclusion", "subjects"] as Name[]).map((f) => (
          <div key={f}>
            <dt>{fieldNames[f]}</dt>
            <dd>{given(words[f])}</dd>
          </div>
        ))}
      </dl>
    );
  return (
    <>
      <Field label="Name">{(id) => <input id={id} required maxLength={200} value={words.name} onInput={put("name")} />}</Field>
      <Field label="Context of use" hint="For what, and for what not, is the result meant? Needed for the lock.">
        {(id) => <textarea id={id} rows={4} value={words.context_of_use} onInput={put("context_of_use")} />}
      </Field>
      <Field label="Conclusion">{(id) => <textarea id={id} rows={4} value={words.conclusion} onInput={put("conclusion")} />}</Field>
      <Field label="Subject codes" hint="Codes that only your lab can trace to a person, such as S-014; one on each line. Never a person's name, here or in any other field.">
        {(id) => <textarea id={id} rows={2} value={words.subjects} onInput={put("subjects")} />}
      </Field>
      <p class="hint">Everybody with an account on this server can read a study and its files.</p>
    </>
  );
}

function ClashBox({ clash, mine, set, done, drop }: { clash: Clash; mine: Words; set: (w: Words) => void; done: () => void; drop: () => void }) {
  const theirs = wordsOf(clash.theirs);
  return (
    <section class="note clash" aria-label="Two changes" role="alert">
      <p>
        <strong>{clash.theirs.changed_by} changed this study while you were writing</strong> (version {clash.theirs.version}, {when(clash.theirs.changed_ms)}). Nothing of yours is lost: it stands in the form, not yet saved.
      </p>
      {clash.taken.length > 0 && <p>Theirs alone, taken over: {clash.taken.map((f) => fieldNames[f].toLowerCase()).join(", ")}.</p>}
      {clash.both.map((f) => (
        <div key={f} class="clash-field">
          <h2>{fieldNames[f]}: both of you changed it</h2>
          <div class="grid">
            <div>
              <p class="label">{clash.theirs.changed_by}'s, saved</p>
              <blockquote>{theirs[f] || "–"}</blockquote>
              <button onClick={() => set({ ...mine, [f]: theirs[f] })} aria-label={`Take theirs: ${fieldNames[f]}`}>
                Take theirs
              </button>{" "}
              <button onClick={() => set({ ...mine, [f]: `${theirs[f]}\n${mine[f]}` })} disabled={f === "name"} aria-label={`Put both: ${fieldNames[f]}`}>
                Put both
              </button>
            </div>
            <div>
              <p class="label">Yours, in the form</p>
              <blockquote>{mine[f] || "–"}</blockquote>
            </div>
          </div>
        </div>
      ))}
      <div class="row">
        <button onClick={done}>Keep mine: I save below</button>
        <button onClick={drop}>Drop mine, show theirs</button>
      </div>
    </section>
  );
}

const actWords = { lock: "locked", accept: "reviewed and accepted", return: "returned", sign: "signed", withdraw: "withdrew" };

function Acts({ study }: { study: Study }) {
  if (study.acts.length === 0) return null;
  return (
    <section class="card" aria-label="Reviews and signatures">
      <h2>Reviews and signatures</h2>
      <ol class="acts">
        {study.acts.map((a) => (
          <li key={a.sha256}>
            <strong>{a.by}</strong> ({a.role}) {actWords[a.act]} revision {a.revision}, <time dateTime={new Date(a.at_ms).toISOString()}>{new Date(a.at_ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>
            {a.words && <blockquote>{a.words}</blockquote>}
            <span class="hint">
              {a.manifest_sha256 && (
                <>
                  manifest <code title={a.manifest_sha256}>{a.manifest_sha256.slice(0, 16)}…</code>{" "}
                </>
              )}
              act <code title={a.sha256}>{a.sha256.slice(0, 16)}…</code>
            </span>
          </li>
        ))}
      </ol>
      <p class="hint">This record supports Part 11 use. Research use only.</p>
    </section>
  );
}

function what(e: StudyEvent): string {
  const d = e.detail ?? {};
  const changed = Object.keys(d).filter((k) => k in fieldNames) as Name[];
  if (changed.length) return changed.map((f) => fieldNames[f].toLowerCase()).join(", ");
  return d.kind ? `${String(d.kind)} ${String(d.id)}` : "";
}

function History({ study }: { study: Study }) {
  const list = useAsk(() => historyOf(study.id), [study.version]);
  return (
    <details class="card">
      <summary>History ({list.value?.length ?? "…"})</summary>
      {list.error && <ErrorBox error={list.error} again={list.again} />}
      <ol class="acts">
        {list.value?.map((e) => (
          <li key={e.id}>
            {when(e.at_ms)}: <strong>{e.by}</strong>, {e.action.replace("study.", "").replace("-", " ")}
            {what(e) && ` (${what(e)})`} <span class="hint">audit row {e.id}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
