// A movie as the program shrinks it for a page (loligo culture frames): a line of JSON, then a byte for each pixel.
import { api } from "../lib/api";
import { fileUrl, filesOf, type Job, runNow, safeName, type Source } from "../lib/jobs";

export interface Frames {
  n: number;
  height: number;
  width: number;
  shrink: number;
  step: number;
  full_height: number;
  full_width: number;
  low: number; // counts of byte 0
  high: number; // of 255
  frame_s: number | null;
  pixel_um: number | null;
  value: Uint8Array;
}

export function parseFrames(buffer: ArrayBuffer): Frames {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const head = (end > 0 && end < 4096 ? JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) : {}) as Frames & { schema?: string };
  if (head.schema !== "loligo-frames/1") throw new Error("These are no frames of a movie.");
  const value = bytes.subarray(end + 1);
  if (value.length !== head.n * head.width * head.height) throw new Error("The movie's frames are not whole: load the page anew.");
  return { ...head, value };
}

const kept = new Map<string, Promise<{ frames: Frames; job: number }>>();

/** Frames of a movie that the server has; `known` is a job that has made them before. */
export function framesOf(movie: Source, known: number): Promise<{ frames: Frames; job: number }> {
  const name = safeName(movie.name);
  const make = async () => {
    const before = known ? await api.get<Job>(`/api/v1/jobs/${known}`).catch(() => null) : null;
    const good = before?.state === "done" && before.command === "culture frames" && (await filesOf(before.id)).some((f) => f.role === "input" && f.sha256 === movie.sha256);
    const job = good ? before : (await runNow<unknown>({ command: "culture frames", arguments: [name], inputs: { [name]: movie.sha256 }, options: { output: "frames.bin" } })).job;
    return { frames: parseFrames(await api.bytes(fileUrl(job.id, "frames.bin"))), job: job.id };
  };
  let found = kept.get(movie.sha256);
  if (!found) {
    kept.clear(); // one movie at a time: they are large
    kept.set(movie.sha256, (found = make()));
    found.catch(() => kept.delete(movie.sha256));
  }
  return found;
}
