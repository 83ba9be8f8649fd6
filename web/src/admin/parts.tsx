// Parts of the pages Admin and Account: a secret that is shown once, and a call that says how it went.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ErrorBox, Field } from "../ui/parts";

/** Shown until it is dismissed; the server keeps its hash only. */
export function Once({ title, secret, hint, done }: { title: string; secret: string; hint: string; done: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const copied = useSignal(false);
  useEffect(() => (field.current?.focus(), field.current?.select()), [secret]);
  const copy = () =>
    void navigator.clipboard.writeText(secret).then(
      () => (copied.value = true),
      () => field.current?.select(),
    );
  return (
    <div class="note" role="status">
      <Field label={title} hint={hint}>
        {(id) => <input id={id} ref={field} class="mono" readOnly value={secret} onFocus={(e) => e.currentTarget.select()} />}
      </Field>
      <div class="row">
        <button type="button" onClick={copy}>
          {copied.value ? "Copied" : "Copy"}
        </button>
        <button type="button" onClick={done}>
          I have it
        </button>
      </div>
    </div>
  );
}

/** run(call): while it goes `busy`; what went wrong stays in `error`, in words with a remedy. */
export function useCall() {
  const busy = useSignal(false);
  const error = useSignal<Error | null>(null);
  const run = async <T,>(call: () => Promise<T>): Promise<T | undefined> => {
    busy.value = true;
    error.value = null;
    try {
      return await call();
    } catch (x) {
      error.value = x as Error;
      return undefined;
    } finally {
      busy.value = false;
    }
  };
  return { busy, error, run, box: () => error.value && <ErrorBox error={error.value} /> };
}
