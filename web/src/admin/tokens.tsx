// Tokens of programs: one's own, or everybody's. A token is shown once.
import { useSignal } from "@preact/signals";
import { api, user } from "../lib/api";
import { when } from "../lib/format";
import { useAsk } from "../lib/jobs";
import { Empty, ErrorBox, Field, Loading, Table } from "../ui/parts";
import type { Token } from "./data";
import { Once, useCall } from "./parts";

const scopes = [
  { name: "read", does: "look at everything of yours", roles: ["viewer", "scientist", "reviewer", "admin"] },
  { name: "run", does: "upload and run", roles: ["scientist", "reviewer", "admin"] },
  { name: "admin", does: "users, limits, audit, other tokens", roles: ["admin"] },
];

export function Tokens({ all }: { all: boolean }) {
  const list = useAsk(() => api.get<{ tokens: Token[] }>(`/api/v1/tokens${all ? "?all=1" : ""}`), [all]);
  const call = useCall();
  const tokens = list.value?.tokens;
  return (
    <>
      <Make again={list.again} />
      <h2>{all ? "Tokens of everybody" : "Your tokens"}</h2>
      {call.box()}
      {list.error ? (
        <ErrorBox error={list.error} again={list.again} />
      ) : !tokens ? (
        <Loading what="Tokens" />
      ) : tokens.length === 0 ? (
        <Empty title="No program has a token yet.">
          <p>
            With one, a notebook calls the API:
            <code class="block">curl -H "Authorization: Bearer $TOKEN" {location.origin}/api/v1/jobs</code>
          </p>
        </Empty>
      ) : (
        <Table
          caption="Tokens"
          hideCaption
          rows={tokens}
          id={(t) => t.id}
          columns={[
            ...(all ? [{ title: "Of", cell: (t: Token) => t.user_name }] : []),
            { title: "Name", cell: (t) => t.name },
            { title: "May", cell: (t) => t.scopes.join(", ") },
            { title: "Made", cell: (t) => when(t.created_ms) },
            { title: "Last used", cell: (t) => (t.used_ms ? when(t.used_ms) : "never") },
            { title: "Ends", cell: (t) => (t.expires_ms ? when(t.expires_ms) : "never") },
            {
              title: "Change",
              cell: (t) => (
                <button class="small" disabled={call.busy.value} onClick={() => void call.run(() => api.delete(`/api/v1/tokens/${t.id}`)).then(list.again)}>
                  Delete <span class="hidden">{t.name}</span>
                </button>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

function Make({ again }: { again: () => void }) {
  const name = useSignal("");
  const wanted = useSignal<string[]>(["read"]);
  const days = useSignal("90");
  const made = useSignal<string | null>(null);
  const call = useCall();
  const mine = scopes.filter((s) => s.roles.includes(user.value?.role ?? "viewer"));
  const toggle = (s: string, on: boolean) => (wanted.value = on ? [...wanted.value, s] : wanted.value.filter((x) => x !== s));
  const send = async (e: Event) => {
    e.preventDefault();
    const body = { name: name.value, scopes: wanted.value, expires_days: days.value === "" ? null : Number(days.value) };
    const answer = await call.run(() => api.post<{ token: string }>("/api/v1/tokens", body));
    if (!answer) return;
    made.value = answer.token;
    name.value = "";
    again();
  };
  return (
    <div class="card">
      <h2>Make a token for a program</h2>
      <form onSubmit={(e) => void send(e)}>
        <div class="row end">
          <Field label="Name of the token" hint="What it is for: a notebook, an instrument.">
            {(id) => <input id={id} required maxLength={64} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />}
          </Field>
          <Field label="Good for (days)" hint="Empty: for ever.">
            {(id) => <input id={id} type="number" min={1} max={3650} step={1} value={days.value} onInput={(e) => (days.value = e.currentTarget.value)} />}
          </Field>
        </div>
        <fieldset class="plain">
          <legend class="label">It may</legend>
          {mine.map((s) => (
            <label key={s.name} class="check block">
              <input type="checkbox" checked={wanted.value.includes(s.name)} onChange={(e) => toggle(s.name, e.currentTarget.checked)} /> {s.name}: {s.does}
            </label>
          ))}
        </fieldset>
        <button class="main" disabled={call.busy.value || wanted.value.length === 0}>
          Make the token
        </button>
      </form>
      {call.box()}
      {made.value && <Once title="The token" secret={made.value} hint="Shown once: the server keeps its hash only. Whoever has it is you, as far as it goes." done={() => (made.value = null)} />}
    </div>
  );
}
