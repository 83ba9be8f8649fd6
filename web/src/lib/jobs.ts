// Jobs and files of the server, as the page uses them.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ApiError, sendFile } from "./api";

export type State = "waiting" | "running" | "done" | "failed" | "cancelled" | "paused";

export interface Request {
  arguments?: string[];
  options?: Record<string, string | number | boolean>;
  inputs?: Record<string, string>;
}
export interface Job {
  id: number;
  user: string;
  command: string;
  state: State;
  priority: number;
  created_ms: number;
  started_ms: number | null;
  ended_ms: number | null;
  exit_code: number | null;
  message: string | null;
  progress: { what: string | null; done: number; total: number };
  version: number;
  request?: Request & { argv?: string[] };
  summary?: unknown;
}
export interface JobFile {
  role: "input" | "output" | "log";
  name: string;
  bytes: number;
  sha256: string;
}
export interface Upload {
  id: number;
  name: string;
  bytes: number;
  sha256: string;
  created_ms: number;
  info: Record<string, unknown> | null;
}
export interface Option {
  name: string;
  kind: string;
  unit: string | null;
  value: string | null;
  choices?: string[];
  default: string | null;
  help: string;
}
export interface Command {
  name: string;
  summary: string;
  arguments: string;
  example: string;
  allowed: boolean;
  why_not: string | null;
  batch: boolean;
  argument_kinds: string[];
  min_arguments: number;
  max_arguments: number | null;
  options: Option[];
}

export const over = (s: State): boolean => s === "done" || s === "failed" || s === "cancelled";

/** A file that a job may read: an upload, or what an earlier job wrote. */
export interface Source {
  name: string;
  sha256: string;
  bytes: number;
  from: string;
}

export interface Order extends Request {
  command: string;
  priority?: number;
}

export const submit = (o: Order) => api.post<Job>("/api/v1/jobs", o);
/** Run and wait; throws what went wrong, also where the command itself failed. */
export async function runNow<T>(o: Order, abort?: AbortSignal): Promise<{ job: Job; summary: T }> {
  let job = await api.post<Job>("/api/v1/run", { ...o, wait_ms: 30000 }, abort);
  while (!over(job.state)) {
    await new Promise((r) => setTimeout(r, 500));
    job = await api.get<Job>(`/api/v1/jobs/${job.id}`, abort);
  }
  if (job.state !== "done") throw failureOf(job);
  return { job, summary: job.summary as T };
}

/** A job of the list, waited for. */
export async function runJob(o: Order): Promise<Job> {
  let job = await submit(o);
  while (!over(job.state)) {
    await new Promise((r) => setTimeout(r, 400));
    job = await api.get<Job>(`/api/v1/jobs/${job.id}`);
  }
  if (job.state !== "done") throw failureOf(job);
  return job;
}

export const failureOf = (j: Job): ApiError =>
  new ApiError(
    200,
    j.state === "cancelled" ? "cancelled" : `exit-${j.exit_code ?? "none"}`,
    j.message ?? `The command ended with ${j.exit_code ?? "no exit code"}.`,
    j.exit_code === 3 ? "Check the file: its page under Recordings says what was understood of it." : "Change what the message names, then run again.",
  );

export const fileUrl = (id: number, name: string): string => `/api/v1/jobs/${id}/file?name=${encodeURIComponent(name)}`;
export const filesOf = async (id: number): Promise<JobFile[]> => (await api.get<{ files: JobFile[] }>(`/api/v1/jobs/${id}/files`)).files;
export const upload = (name: string, bytes: Blob, progress: (part: number) => void): Promise<Upload> =>
  sendFile<Upload>(`/api/v1/uploads?name=${encodeURIComponent(name)}`, bytes, progress);

/** Names in a job's folder: letters, digits and ._-, a letter or digit first. */
export function safeName(name: string): string {
  const safe = name.replace(/^.*\//, "").replace(/[^A-Za-z0-9._-]/g, "_");
  return (/^[A-Za-z0-9]/.test(safe) ? safe : `f${safe}`).slice(-100);
}

/** `name`, or with a number before it where another file of the job has it: twin.json, 2-twin.json. */
export function ownName(name: string, sha256: string, inputs: Record<string, string>): string {
  let own = name;
  for (let k = 2; own in inputs && inputs[own] !== sha256; k++) own = `${k}-${name.slice(-90)}`;
  return own;
}

let commandTable: Promise<Command[]> | undefined;
export function commands(): Promise<Command[]> {
  commandTable ??= api.get<{ commands: Command[] }>("/api/v1/commands").then((x) => x.commands);
  commandTable.catch(() => (commandTable = undefined));
  return commandTable;
}

/** Uploads and results of earlier jobs whose names match, the newest first. */
export async function sources(match: RegExp, fromCommands: string[] = []): Promise<Source[]> {
  const { uploads } = await api.get<{ uploads: Upload[] }>("/api/v1/uploads?limit=200");
  const out: Source[] = uploads.filter((u) => match.test(u.name)).map((u) => ({ name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" }));
  if (fromCommands.length) {
    const { jobs } = await api.get<{ jobs: Job[] }>("/api/v1/jobs?limit=100");
    const useful = jobs.filter((j) => j.state === "done" && fromCommands.includes(j.command)).slice(0, 12);
    const lists = await Promise.all(useful.map((j) => filesOf(j.id)));
    const results = useful.flatMap((j, k) =>
      lists[k]!.filter((f) => f.role === "output" && match.test(f.name) && !/(ro-crate-metadata|run)\.json$/.test(f.name)).map((f) => ({ name: f.name, sha256: f.sha256, bytes: f.bytes, from: `job ${j.id}, ${j.command}` })),
    );
    out.unshift(...results);
  }
  const seen = new Set<string>();
  return out.filter((s) => !seen.has(s.sha256) && seen.add(s.sha256));
}

/** A job followed by Server-Sent Events; where the stream breaks, asked for again. */
export function useJob(id: number | null): { job: Job | null; error: Error | null; again: () => void } {
  const job = useSignal<Job | null>(null);
  const error = useSignal<Error | null>(null);
  const turn = useSignal(0);
  useEffect(() => {
    job.value = null;
    error.value = null;
    if (!id) return;
    let gone = false;
    let events: EventSource | null = null;
    let timer = 0;
    const look = async () => {
      try {
        const j = await api.get<Job>(`/api/v1/jobs/${id}`);
        if (gone) return;
        job.value = j;
        if (over(j.state)) return;
        events = new EventSource(`/api/v1/jobs/${id}/events`);
        events.addEventListener("job", (e) => {
          const next = JSON.parse((e as MessageEvent<string>).data) as Job;
          if (over(next.state)) {
            events?.close();
            void look(); // once more, with what the command printed
          } else job.value = { ...job.value, ...next };
        });
        events.onerror = () => {
          events?.close();
          if (!gone) timer = window.setTimeout(() => void look(), 1500);
        };
      } catch (e) {
        if (!gone) error.value = e as Error;
      }
    };
    void look();
    return () => {
      gone = true;
      events?.close();
      clearTimeout(timer);
    };
  }, [id, turn.value]);
  return { job: job.value, error: error.value, again: () => turn.value++ };
}

/** Something asked of the server; again() asks anew. */
export function useAsk<T>(ask: () => Promise<T>, deps: unknown[]): { value: T | null; error: Error | null; again: () => void } {
  const value = useSignal<T | null>(null);
  const error = useSignal<Error | null>(null);
  const turn = useSignal(0);
  useEffect(() => {
    let gone = false;
    error.value = null;
    ask().then(
      (v) => gone || (value.value = v),
      (e: Error) => gone || (error.value = e),
    );
    return () => void (gone = true);
  }, [...deps, turn.value]);
  return { value: value.value, error: error.value, again: () => turn.value++ };
}
