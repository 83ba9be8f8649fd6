// Lock, review, sign, withdraw: each in a dialog that says what it does, and keeps what was typed when it is refused.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { user } from "../lib/api";
import { ErrorBox, Field } from "../ui/parts";
import type { Study } from "./data";

function Dialog(props: { title: string; act: string; close: () => void; send: () => Promise<unknown>; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const error = useSignal<Error | null>(null);
  const id = useId();
  useEffect(() => box.current?.showModal(), []);
  const send = async (e: Event) => {
    e.preventDefault();
    busy.value = true;
    error.value = null;
    try {
      await props.send();
      props.close();
    } catch (x) {
      error.value = x as Error;
    }
    busy.value = false;
  };
  return (
    <dialog ref={box} class="study-dialog" aria-labelledby={id} onClose={props.close}>
      <h2 id={id}>{props.title}</h2>
      <form onSubmit={(e) => void send(e)}>
        {props.children}
        {error.value && <ErrorBox error={error.value} />}
        <div class="row">
          <button class="main" disabled={busy.value}>
            {busy.value ? "One moment …" : props.act}
          </button>
          <button type="button" onClick={() => box.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface Props {
  study: Study;
  close: () => void;
  act: (path: string, body: unknown) => Promise<unknown>;
}

export function LockDialog({ study, close, act }: Props) {
  return (
    <Dialog title="Lock the study" act="Lock it" close={close} send={() => act("/lock", {})}>
      <p>
        A manifest is written: the words above, {study.n_items} item{study.n_items === 1 ? "" : "s"}, and the SHA-256 of every file. From then on nobody can change the study, nor delete its jobs, uploads and files.
      </p>
      <p class="hint">A reviewer who did not edit it accepts or returns it. A return makes a draft of it again, as revision {study.revision + 1}.</p>
    </Dialog>
  );
}

export function ReviewDialog({ study, close, act }: Props) {
  const verdict = useSignal("accept");
  const comment = useSignal("");
  return (
    <Dialog title="Review the study" act={verdict.value === "accept" ? "Accept it" : "Return it"} close={close} send={() => act("/review", { verdict: verdict.value, comment: comment.value })}>
      <fieldset class="plain">
        <legend class="label">Verdict</legend>
        {[
          ["accept", "accept: the items support the conclusion for this context of use"],
          ["return", `return to the authors, as revision ${study.revision + 1}`],
        ].map(([value, words]) => (
          <label key={value} class="check block">
            <input type="radio" name="verdict" value={value} checked={verdict.value === value} onChange={() => (verdict.value = value!)} /> {words}
          </label>
        ))}
      </fieldset>
      <Field label="Comment" hint={verdict.value === "return" ? "Needed: what is to be changed." : "Stays with the study."}>
        {(id) => <textarea id={id} rows={4} value={comment.value} onInput={(e) => (comment.value = e.currentTarget.value)} />}
      </Field>
    </Dialog>
  );
}

const meanings = ["I approve this result for its context of use.", "I reviewed this study and agree with its conclusion.", "I am responsible for this study."];

export function SignDialog({ study, close, act }: Props) {
  const meaning = useSignal(meanings[0]!);
  const password = useSignal("");
  return (
    <Dialog title="Sign the study" act="Sign it" close={close} send={() => act("/sign", { meaning: meaning.value, password: password.value })}>
      <p>
        Your name ({user.value?.name}), the time, and the meaning are recorded for this manifest, and stay:
        <code class="block">{study.manifest_sha256}</code>
      </p>
      <Field label="Meaning of the signature">
        {(id) => (
          <>
            <input id={id} list={`${id}-list`} required value={meaning.value} onInput={(e) => (meaning.value = e.currentTarget.value)} />
            <datalist id={`${id}-list`}>
              {meanings.map((m) => (
                <option key={m} value={m} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Your password, again">
        {(id) => <input id={id} type="password" required autoComplete="current-password" value={password.value} onInput={(e) => (password.value = e.currentTarget.value)} />}
      </Field>
      <p class="hint">This record supports Part 11 use. Whether your procedure as a whole meets a regulation is for those who answer for it.</p>
    </Dialog>
  );
}

export function WithdrawDialog({ close, act }: Props) {
  const reason = useSignal("");
  return (
    <Dialog title="Withdraw the study" act="Withdraw it" close={close} send={() => act("/withdraw", { reason: reason.value })}>
      <p>It stays readable, with the reason; it cannot be changed or signed any more.</p>
      <Field label="Reason">{(id) => <textarea id={id} rows={3} required value={reason.value} onInput={(e) => (reason.value = e.currentTarget.value)} />}</Field>
    </Dialog>
  );
}
