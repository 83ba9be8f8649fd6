// How much of what: changed values are sent together, and can be put back.
import { useSignal } from "@preact/signals";
import { api } from "../lib/api";
import { bytes, quantity } from "../lib/format";
import { useAsk } from "../lib/jobs";
import { ErrorBox, Loading } from "../ui/parts";
import type { Limit } from "./data";
import { useCall } from "./parts";

interface Answer {
  limits: Limit[];
  most_upload_bytes: number;
  quota_bytes: number;
  most_body_bytes: number;
}

export function Limits() {
  const list = useAsk(() => api.get<Answer>("/api/v1/limits"), []);
  const typed = useSignal<Record<string, string>>({});
  const before = useSignal<Record<string, number> | null>(null);
  const call = useCall();
  if (list.error) return <ErrorBox error={list.error} again={list.again} />;
  if (!list.value) return <Loading what="Limits" />;
  const { limits, most_upload_bytes, quota_bytes, most_body_bytes } = list.value;
  const changed = limits.filter((l) => typed.value[l.name] !== undefined && typed.value[l.name] !== String(l.value));
  const send = async (values: Record<string, number>, undo: Record<string, number> | null) => {
    if ((await call.run(() => api.patch("/api/v1/limits", values))) === undefined) return;
    before.value = undo;
    typed.value = {};
    list.again();
  };
  const save = (e: Event) => {
    e.preventDefault();
    void send(Object.fromEntries(changed.map((l) => [l.name, Number(typed.value[l.name])])), Object.fromEntries(changed.map((l) => [l.name, l.value])));
  };
  return (
    <form onSubmit={save}>
      <h2>Limits</h2>
      <p class="lead">
        What is above a rate is answered by 429 and the time to wait. They hold at once and are kept. Not changed here: {bytes(most_upload_bytes)} for a file, {bytes(quota_bytes)} for all uploads of a user, {bytes(most_body_bytes)} for any other request.
      </p>
      <div class="table-box" role="region" aria-label="Limits" tabIndex={0}>
        <table>
          <caption class="hidden">Limits</caption>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Value</th>
              <th scope="col">Range</th>
              <th scope="col">Usual</th>
            </tr>
          </thead>
          <tbody>
            {limits.map((l) => (
              <tr key={l.name}>
                <th scope="row">
                  <label for={`limit-${l.name}`}>{l.summary}</label> <code>{l.name}</code>
                </th>
                <td>
                  <span class="row tight">
                    <input id={`limit-${l.name}`} class="limit" type="number" required min={l.low} max={l.high} step={1} value={typed.value[l.name] ?? String(l.value)} onInput={(e) => (typed.value = { ...typed.value, [l.name]: e.currentTarget.value })} /> {l.unit}
                  </span>
                </td>
                <td>
                  {l.low} to {l.high}
                </td>
                <td>{quantity(l.default, l.unit, 7)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {call.box()}
      <div class="row">
        <button class="main" disabled={call.busy.value || changed.length === 0}>
          Save {changed.length > 0 ? `${changed.length} change${changed.length === 1 ? "" : "s"}` : ""}
        </button>
        {changed.length > 0 && (
          <button type="button" onClick={() => (typed.value = {})}>
            Forget the changes
          </button>
        )}
        {before.value && changed.length === 0 && (
          <>
            <span role="status">Saved.</span>
            <button type="button" onClick={() => void send(before.value!, null)}>
              Undo
            </button>
          </>
        )}
      </div>
    </form>
  );
}
