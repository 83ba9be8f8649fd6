// Small parts that every page uses.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { ApiError } from "../lib/api";

export function Loading({ what }: { what: string }) {
  return (
    <div class="loading" role="status">
      <span class="spin" aria-hidden="true" /> {what} …
    </div>
  );
}

export function ErrorBox({ error, again }: { error: Error; again?: (() => void) | undefined }) {
  const e = error instanceof ApiError ? error : null;
  return (
    <div class="error" role="alert">
      <p>
        <strong>{error.message}</strong> {e && <code>{e.code}</code>}
      </p>
      <p>
        {e ? e.remedy : "Load the page anew; if it stays so, tell the administrator."}
        {e?.retryAfterSeconds !== undefined && ` Try again in ${e.retryAfterSeconds} s.`}
      </p>
      {again && (
        <button onClick={again}>Try again</button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Field(props: { label: string; hint?: string | undefined; children: (id: string) => ComponentChildren; class?: string }) {
  const id = useId();
  return (
    <div class={`field ${props.class ?? ""}`}>
      <label for={id}>{props.label}</label>
      {props.children(id)}
      {props.hint && <p class="hint">{props.hint}</p>}
    </div>
  );
}

export function Chip({ kind, children, title }: { kind: string; children: ComponentChildren; title?: string | undefined }) {
  return (
    <span class={`chip chip-${kind}`} title={title}>
      {children}
    </span>
  );
}

export function Progress({ part, label }: { part: number | null; label: string }) {
  return <progress class="progress" aria-label={label} max={1} {...(part === null ? {} : { value: part })} />;
}

export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  class?: string;
}
export function Table<T>(props: { caption: string; columns: Column<T>[]; rows: T[]; id: (row: T) => string | number; hideCaption?: boolean }) {
  return (
    <div class="table-box" role="region" aria-label={props.caption} tabIndex={0}>
      <table>
        <caption class={props.hideCaption ? "hidden" : ""}>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((c) => (
              <th key={c.title} scope="col" class={c.class}>
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((r) => (
            <tr key={props.id(r)}>
              {props.columns.map((c) => (
                <td key={c.title} class={c.class}>
                  {c.cell(r)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
