// Studies as the API has them, and two people's changes of one brought together.
import { api } from "../lib/api";

export type StudyState = "draft" | "locked" | "reviewed" | "signed" | "withdrawn";
export type May = "edit" | "lock" | "review" | "sign" | "withdraw" | "export";
export const states: StudyState[] = ["draft", "locked", "reviewed", "signed", "withdrawn"];

export interface StudyFile {
  role: string;
  name: string;
  bytes: number;
  sha256: string;
}
export interface StudyItem {
  item: number;
  number: number;
  kind: "job" | "upload";
  id: number;
  label: string;
  added_by: string;
  added_ms: number;
  record: Record<string, unknown> & { command?: string; state?: string; user?: string; name?: string; ended_ms?: number; request?: { arguments?: string[]; options?: Record<string, unknown> }; summary?: unknown };
  files: StudyFile[];
}
export interface Act {
  act: "lock" | "accept" | "return" | "sign" | "withdraw";
  revision: number;
  by: string;
  role: string;
  at_ms: number;
  words: string;
  manifest_sha256: string | null;
  sha256: string;
}
export interface StudyRow {
  id: number;
  name: string;
  state: StudyState;
  owner: string;
  revision: number;
  version: number;
  created_ms: number;
  changed_ms: number;
  changed_by: string;
  n_items: number;
  manifest_sha256: string | null;
  author: boolean;
  may: May[];
}
export interface Study extends StudyRow {
  context_of_use: string;
  conclusion: string;
  subjects: string[];
  items: StudyItem[];
  acts: Act[];
}
export interface StudyEvent {
  id: number;
  at_ms: number;
  by: string | null;
  action: string;
  detail: Record<string, unknown> | null;
  hash: string;
}

/** What people write, as a form holds it: subjects with a code on each line. */
export interface Words {
  name: string;
  context_of_use: string;
  conclusion: string;
  subjects: string;
}
export type Field = keyof Words;
export const fields: Field[] = ["name", "context_of_use", "conclusion", "subjects"];
export const fieldNames: Record<Field, string> = { name: "Name", context_of_use: "Context of use", conclusion: "Conclusion", subjects: "Subject codes" };

export const wordsOf = (s: Study): Words => ({ name: s.name, context_of_use: s.context_of_use, conclusion: s.conclusion, subjects: s.subjects.join("\n") });
export const codes = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
const same = (f: Field, a: string, b: string) => (f === "subjects" ? codes(a).join() === codes(b).join() : a === b);
export const changedFields = (from: Words, to: Words): Field[] => fields.filter((f) => !same(f, from[f], to[f]));

/** Only what changed, as the API takes it. */
export function patchOf(from: Words, to: Words): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const f of changedFields(from, to)) out[f] = f === "subjects" ? codes(to.subjects) : to[f];
  return out;
}

/** Mine and theirs, both made from `base`: each side's own changes, and the fields that both changed differently (mine stands there). */
export function merge(base: Words, mine: Words, theirs: Words): { words: Words; both: Field[]; taken: Field[] } {
  const mineChanged = changedFields(base, mine);
  const taken = changedFields(base, theirs).filter((f) => !mineChanged.includes(f));
  const both = mineChanged.filter((f) => !same(f, base[f], theirs[f]) && !same(f, mine[f], theirs[f]));
  const words = { ...mine };
  for (const f of taken) words[f] = theirs[f];
  return { words, both, taken };
}

const at = (id: number) => `/api/v1/studies/${id}`;
export const getStudy = (id: number) => api.get<Study>(at(id));
export const listStudies = (state: string) => api.get<{ studies: StudyRow[] }>(`/api/v1/studies?limit=100${state ? `&state=${state}` : ""}`).then((x) => x.studies);
export const makeStudy = (words: Record<string, unknown>) => api.post<Study>("/api/v1/studies", words);
export const historyOf = (id: number) => api.get<{ events: StudyEvent[] }>(`${at(id)}/history`).then((x) => x.events);
/** Every change says which version was seen; an ApiError of status 412 has the study as it is now in `answer`. */
export const changeStudy = (s: { id: number; version: number }, method: "PATCH" | "POST" | "DELETE", path: string, body?: unknown) => api.change<Study>(method, `${at(s.id)}${path}`, body, s.version);
export const fileAt = (s: Study, i: StudyItem, f: StudyFile) => `${at(s.id)}/file?item=${i.item}&role=${f.role}&name=${encodeURIComponent(f.name)}`;
export const exportAt = (id: number) => `${at(id)}/export`;

/** Unsaved words survive a reload and a session that is over: they stay in this browser tab until they are saved. */
interface Kept {
  base: Words;
  version: number;
  mine: Words;
}
const keyOf = (id: number) => `loligo-study-${id}`;
export function keepUnsaved(id: number, kept: Kept | null): void {
  try {
    if (kept) sessionStorage.setItem(keyOf(id), JSON.stringify(kept));
    else sessionStorage.removeItem(keyOf(id));
  } catch {
    /* no storage here: the form itself still holds them */
  }
}
export function unsaved(id: number): Kept | null {
  try {
    const text = sessionStorage.getItem(keyOf(id));
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}
