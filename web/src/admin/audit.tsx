// Who did what: filtered, page by page, verified, and saved as CSV.
import { useSignal } from "@preact/signals";
import { api } from "../lib/api";
import { useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import { Chip, Empty, ErrorBox, Field, Loading, Table } from "../ui/parts";
import type { Check, Row } from "./data";
import { useCall } from "./parts";

const PAGE = 50;
const kinds = ["session", "user", "token", "invitation", "password", "upload", "job", "study", "limit"];
const stamp = (ms: number) => new Date(ms).toISOString().replace("T", " ").slice(0, 19);

export function Audit() {
  const q = address.value.query;
  const filter = new URLSearchParams(Object.entries({ user: q.user, action: q.action, object: q.object }).filter((x): x is [string, string] => !!x[1]));
  const before = q.before ?? "";
  const list = useAsk(() => api.get<{ rows: Row[] }>(`/api/v1/audit?limit=${PAGE}&${filter}${before ? `&before=${before}` : ""}`), [filter.toString(), before]);
  const rows = list.value?.rows;
  const last = rows?.at(-1)?.id;
  return (
    <>
      <Verify />
      <h2>Who did what</h2>
      <div class="row end form-row">
        <Field label="User">{(id) => <input id={id} value={q.user ?? ""} onChange={(e) => setQuery({ user: e.currentTarget.value, before: "" })} />}</Field>
        <Field label="About">
          {(id) => (
            <select id={id} value={q.action ?? ""} onChange={(e) => setQuery({ action: e.currentTarget.value, before: "" })}>
              <option value="">everything</option>
              {kinds.map((k) => (
                <option key={k} value={k}>
                  {k}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Object">{(id) => <input id={id} placeholder="job 7" value={q.object ?? ""} onChange={(e) => setQuery({ object: e.currentTarget.value, before: "" })} />}</Field>
        <a class="button" href={`/api/v1/audit/export?${filter}`} download="audit.csv">
          Save as CSV
        </a>
      </div>
      {list.error ? (
        <ErrorBox error={list.error} again={list.again} />
      ) : !rows ? (
        <Loading what="Audit" />
      ) : rows.length === 0 ? (
        <Empty title="Nothing of that kind has happened.">
          <button onClick={() => setQuery({ user: "", action: "", object: "", before: "" })}>Show everything</button>
        </Empty>
      ) : (
        <>
          <Table
            caption="Rows of the audit, the newest first"
            hideCaption
            rows={rows}
            id={(r) => r.id}
            columns={[
              { title: "Row", cell: (r) => r.id, class: "num" },
              { title: "Time (UTC)", cell: (r) => stamp(r.at_ms) },
              { title: "Who", cell: (r) => r.user_name ?? "–" },
              { title: "From", cell: (r) => r.peer ?? "–" },
              { title: "Did", cell: (r) => r.action },
              { title: "To", cell: (r) => r.object ?? "" },
              { title: "More", cell: (r) => <span class="audit-more">{r.detail}</span> },
              { title: "Hash", cell: (r) => <code title={r.hash}>{r.hash.slice(0, 8)}</code> },
            ]}
          />
          <div class="row">
            {before && <button onClick={() => setQuery({ before: "" })}>Newest</button>}
            {rows.length === PAGE && last && last > 1 && <button onClick={() => setQuery({ before: String(last) })}>Older</button>}
          </div>
        </>
      )}
    </>
  );
}

function Verify() {
  const check = useSignal<Check | null>(null);
  const kept = useSignal("");
  const call = useCall();
  const send = async (e: Event) => {
    e.preventDefault();
    const [id, hash] = kept.value.trim().split(":");
    const query = kept.value.trim() ? `?id=${encodeURIComponent(id ?? "")}&hash=${encodeURIComponent(hash ?? "")}` : "";
    check.value = (await call.run(() => api.get<Check>(`/api/v1/audit/verify${query}`))) ?? null;
  };
  const c = check.value;
  return (
    <div class="card">
      <h2>Is it as it was written?</h2>
      <form class="row end form-row" onSubmit={(e) => void send(e)}>
        <Field label="A head kept elsewhere (may be empty)">
          {(id) => <input id={id} class="mono" value={kept.value} onInput={(e) => (kept.value = e.currentTarget.value)} />}
        </Field>
        <button class="main" disabled={call.busy.value}>
          {call.busy.value ? "One moment …" : "Verify"}
        </button>
      </form>
      <p class="hint">A head is NUMBER:HASH, as it stood here or at loligo audit verify.</p>
      {call.box()}
      {c && (
        <p role="status">
          {c.intact ? (
            <>
              <Chip kind="good">intact</Chip> {c.rows} rows. Keep this head elsewhere: <code>{`${c.head.id}:${c.head.hash}`}</code>
            </>
          ) : (
            <>
              <Chip kind="bad">not intact</Chip> {c.why}. Stop using this server, keep its folder as it is, and restore a backup into another one.
            </>
          )}
        </p>
      )}
    </div>
  );
}
