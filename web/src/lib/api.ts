// The server's API from the page: JSON in and out, errors with a code and what to do about them.
import { signal } from "@preact/signals";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string,
    readonly retryAfterSeconds?: number,
    readonly answer?: unknown, // all that the server said
  ) {
    super(message);
  }
}

export interface User {
  id: number;
  name: string;
  role: "viewer" | "scientist" | "reviewer" | "admin";
  demo?: boolean;
}

/** undefined: not asked yet; null: nobody. */
export const user = signal<User | null | undefined>(undefined);
/** The server was filled with examples (loligo serve --demo). */
export const demo = signal(false);

const unreachable = (why: string) =>
  new ApiError(0, "unreachable", `The server does not answer (${why}).`, "See whether loligo serve still runs, then try again.");

interface ErrorBody {
  error?: { code?: string; message?: string; remedy?: string };
}

export function errorOf(status: number, body: string, retryAfter?: string | null): ApiError {
  let words: ErrorBody = {};
  try {
    words = JSON.parse(body) as ErrorBody;
  } catch {
    /* not the API's own answer: a proxy's page, or nothing */
  }
  const e = words.error ?? {};
  const seconds = retryAfter ? Number(retryAfter) : undefined;
  return new ApiError(
    status,
    e.code ?? `http-${status}`,
    e.message ?? `The server answered ${status}.`,
    e.remedy ?? "Try again; if it stays so, tell the administrator.",
    Number.isFinite(seconds) ? seconds : undefined,
    words,
  );
}

async function call(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? more : { "Content-Type": "application/json", ...more },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw unreachable((e as Error).message);
  }
  if (!answer.ok) {
    if (answer.status === 401 && path !== "/api/v1/session") user.value = null;
    throw errorOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  }
  return answer;
}

async function json<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: async <T>(path: string, abort?: AbortSignal) => json<T>(await call("GET", path, undefined, abort)),
  text: async (path: string, abort?: AbortSignal) => (await call("GET", path, undefined, abort)).text(),
  bytes: async (path: string, abort?: AbortSignal) => (await call("GET", path, undefined, abort)).arrayBuffer(),
  post: async <T>(path: string, body: unknown = {}, abort?: AbortSignal) => json<T>(await call("POST", path, body, abort)),
  put: async <T>(path: string, body: unknown = {}) => json<T>(await call("PUT", path, body)),
  patch: async <T>(path: string, body: unknown = {}) => json<T>(await call("PATCH", path, body)),
  delete: async <T>(path: string) => json<T>(await call("DELETE", path)),
  /** A change of something with versions: refused (412) where somebody was faster. */
  change: async <T>(method: string, path: string, body: unknown, version: number) => json<T>(await call(method, path, body, undefined, { "If-Match": `"${version}"` })),
};

/** Send a file's bytes; XMLHttpRequest, since fetch does not tell how far it is. */
export function sendFile<T>(path: string, file: Blob, progress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    x.open("POST", path);
    x.setRequestHeader("Content-Type", "application/octet-stream");
    x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    x.onerror = () => reject(unreachable("the connection was lost in the middle of the upload; nothing was kept"));
    x.onload = () => {
      if (x.status >= 200 && x.status < 300) resolve(JSON.parse(x.responseText) as T);
      else reject(errorOf(x.status, x.responseText, x.getResponseHeader("Retry-After")));
    };
    x.send(file);
  });
}

export async function askWho(): Promise<void> {
  try {
    const who = await api.get<User>("/api/v1/session"); // not /me, which refuses strangers: nobody is no error here
    user.value = who.id ? who : null;
    demo.value = who.demo ?? false;
  } catch {
    user.value ??= null; // pages without sign-in work; the others say what is wrong when they ask
  }
}

export async function signOut(): Promise<void> {
  await api.delete("/api/v1/session");
  user.value = null;
}
