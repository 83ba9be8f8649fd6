// Who has an account, and invitations to those who shall have one.
import { useSignal } from "@preact/signals";
import { api, user } from "../lib/api";
import { when } from "../lib/format";
import { useAsk } from "../lib/jobs";
import { Chip, ErrorBox, Field, Loading, Table } from "../ui/parts";
import { type Account, type Invitation, type Role, roles } from "./data";
import { Once, useCall } from "./parts";

export function Users() {
  const users = useAsk(() => api.get<{ users: Account[] }>("/api/v1/users"), []);
  const call = useCall();
  const link = useSignal<{ url: string; for: string; expires_ms: number } | null>(null);
  const reset = async (u: Account) => (link.value = (await call.run(() => api.post<{ url: string; for: string; expires_ms: number }>(`/api/v1/users/${u.id}/reset`))) ?? link.value);
  const change = (u: Account, body: unknown) => void call.run(() => api.patch(`/api/v1/users/${u.id}`, body)).then(users.again);
  if (users.error) return <ErrorBox error={users.error} again={users.again} />;
  if (!users.value) return <Loading what="Users" />;
  return (
    <>
      <Invite />
      <h2>Accounts</h2>
      {call.box()}
      {link.value && <Once title={`Link for a new password of ${link.value.for}`} secret={link.value.url} hint={`Shown once. It works once, until ${when(link.value.expires_ms)}; the old password works until then.`} done={() => (link.value = null)} />}
      <Table
        caption="Accounts"
        hideCaption
        rows={users.value.users}
        id={(u) => u.id}
        columns={[
          { title: "Name", cell: (u) => u.name },
          {
            title: "Role",
            cell: (u) => (
              <select aria-label={`Role of ${u.name}`} value={u.role} disabled={call.busy.value} onChange={(e) => change(u, { role: e.currentTarget.value })}>
                {roles.map((r) => (
                  <option key={r.role} value={r.role}>
                    {r.role}
                  </option>
                ))}
              </select>
            ),
          },
          { title: "State", cell: (u) => (u.disabled ? <Chip kind="bad">disabled</Chip> : <Chip kind="good">may come in</Chip>) },
          { title: "Last seen", cell: (u) => when(u.seen_ms) },
          { title: "Sessions", cell: (u) => u.sessions, class: "num" },
          { title: "Tokens", cell: (u) => u.tokens, class: "num" },
          {
            title: "Change",
            cell: (u) => (
              <span class="row tight">
                <button class="small" disabled={call.busy.value} onClick={() => change(u, { disabled: !u.disabled })}>
                  {u.disabled ? "Enable" : "Disable"} <span class="hidden">{u.name}</span>
                </button>
                <button class="small" disabled={call.busy.value || u.disabled || u.id === user.value?.id} onClick={() => void reset(u)}>
                  New password <span class="hidden">for {u.name}</span>
                </button>
                <button
                  class="small"
                  disabled={call.busy.value || u.sessions === 0 || u.id === user.value?.id}
                  onClick={() => void call.run(() => api.delete(`/api/v1/users/${u.id}/sessions`)).then(users.again)}
                >
                  Sign out <span class="hidden">{u.name} everywhere</span>
                </button>
              </span>
            ),
          },
        ]}
      />
      <p class="hint">Disabling ends sessions and tokens at once; jobs, files and studies stay, and enabling undoes it but for the tokens. The last administrator stays one.</p>
    </>
  );
}

function Invite() {
  const role = useSignal<Role>("scientist");
  const days = useSignal("7");
  const made = useSignal<{ url: string; expires_ms: number } | null>(null);
  const open = useAsk(() => api.get<{ invitations: Invitation[] }>("/api/v1/invitations"), []);
  const call = useCall();
  const send = async (e: Event) => {
    e.preventDefault();
    const answer = await call.run(() => api.post<{ url: string; expires_ms: number }>("/api/v1/invitations", { role: role.value, expires_days: Number(days.value) }));
    if (!answer) return;
    made.value = answer;
    open.again();
  };
  const waiting = open.value?.invitations ?? [];
  return (
    <div class="card">
      <h2>Invite somebody</h2>
      <form class="row end form-row" onSubmit={(e) => void send(e)}>
        <Field label="As">
          {(id) => (
            <select id={id} value={role.value} onChange={(e) => (role.value = e.currentTarget.value as Role)}>
              {roles.map((r) => (
                <option key={r.role} value={r.role}>
                  {r.role}: {r.may}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Good for (days)">
          {(id) => <input id={id} type="number" required min={1} max={3650} step={1} value={days.value} onInput={(e) => (days.value = e.currentTarget.value)} />}
        </Field>
        <button class="main" disabled={call.busy.value}>
          Make a link
        </button>
      </form>
      {call.box()}
      {made.value && (
        <Once title="Link for one account" secret={made.value.url} hint={`Shown once. It works once, until ${when(made.value.expires_ms)}: send it to whom it is for, and to nobody else.`} done={() => (made.value = null)} />
      )}
      {open.error && <ErrorBox error={open.error} again={open.again} />}
      {waiting.length > 0 && (
        <details>
          <summary>
            {waiting.length} link{waiting.length === 1 ? "" : "s"} not used yet
          </summary>
          <ul class="acts">
            {waiting.map((i) => (
              <li key={i.id} class="row">
                <span>
                  {i.for ? `a new password for ${i.for}` : i.role}, until {when(i.expires_ms)} <code>{i.id.slice(0, 8)}</code>
                </span>
                <button class="small" onClick={() => void call.run(() => api.delete(`/api/v1/invitations/${i.id}`)).then(open.again)}>
                  Take back <span class="hidden">{i.id.slice(0, 8)}</span>
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
