// A live stream of the server (docs/server.md): records out of bytes as they come, and a watcher that comes back.
import { api, ApiError, errorOf } from "../lib/api";

export interface LiveSection {
  type: number;
  name?: string;
  parent: number; // −1: root
  distal_id?: number;
  pts?: [number, number, number, number][]; // x, y, z, diameter, µm
  first: number;
  n: number;
}
export interface Layout {
  schema: string;
  n_values: number;
  unit: string;
  dt_ms: number;
  every_ms: number;
  rate_Hz: number;
  paused: boolean;
  sections: LiveSection[];
}
export interface Clamp {
  loc: (string | number)[];
  delay_ms: number;
  dur_ms: number;
  amp_nA: number;
}
export interface Live {
  id: number;
  state: "starting" | "running" | "ended";
  owner: string;
  shared: boolean;
  viewers: number;
  t_ms: number;
  paused: boolean;
  every_ms: number;
  rate_Hz: number;
  message: string | null;
  layout: Layout | null;
  stimuli: Clamp[];
}

export type Words = Partial<Layout> & { number?: number; stimulus?: Clamp; refused?: string; state?: { t_ms: number; paused: boolean; every_ms: number; rate_Hz: number } };
export interface Record {
  number: number;
  t: number; // ms
  paused: boolean;
  words?: Words;
  v?: Float32Array; // mV
}

/** The stream's cell as SWC, its sections' last points by their own ids; null where it has no shape. */
export function swcOf(layout: Layout): string | null {
  const out: string[] = [];
  const last: number[] = [];
  const taken = new Set(layout.sections.map((s) => s.distal_id));
  let free = 1;
  const other = () => {
    while (taken.has(free)) free++;
    return free++;
  };
  for (const s of layout.sections) {
    if (!s.pts?.length || s.distal_id === undefined) return null;
    const up = layout.sections[s.parent]?.pts?.at(-1);
    const joined = up && s.pts.length > 1 && up.slice(0, 3).every((x, k) => x === s.pts![0]![k]); // the first point is the parent's last
    const own = joined ? s.pts.slice(1) : s.pts;
    let before = s.parent < 0 ? -1 : last[s.parent]!;
    own.forEach(([x, y, z, d], k) => {
      const id = k === own.length - 1 && s.distal_id! >= 0 ? s.distal_id! : other();
      out.push(`${id} ${s.type} ${x} ${y} ${z} ${d / 2} ${before}`);
      before = id;
    });
    last.push(before);
  }
  return out.join("\n");
}

const HEADER = 64;

/** Cuts a stream of bytes into records, wherever the pieces end. */
export class Records {
  private rest = new Uint8Array(0);

  push(piece: Uint8Array): Record[] {
    let bytes = piece;
    if (this.rest.length) {
      bytes = new Uint8Array(this.rest.length + piece.length);
      bytes.set(this.rest);
      bytes.set(piece, this.rest.length);
    }
    const out: Record[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const head = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER);
      if (head.getUint32(0, false) !== 0x4c474c56 || head.getUint16(4, true) !== 1) throw new Error("These are no records of a live stream.");
      const payload = head.getUint32(56, true);
      if (bytes.length - at < HEADER + payload) break;
      out.push(record(head, bytes.subarray(at + HEADER, at + HEADER + payload)));
      at += HEADER + payload;
    }
    this.rest = bytes.slice(at);
    return out;
  }
}

function record(head: DataView, body: Uint8Array): Record {
  const n = head.getUint32(32, true);
  const r: Record = { number: Number(head.getBigUint64(8, true)), t: head.getFloat64(16, true), paused: (head.getUint16(38, true) & 1) !== 0 };
  if (head.getUint8(36) === 0) return { ...r, words: JSON.parse(new TextDecoder().decode(body.subarray(0, n))) as Words };
  const scale = head.getFloat64(40, true);
  const offset = head.getFloat64(48, true);
  const stored = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const wide = head.getUint8(37) === 2;
  const v = new Float32Array(n);
  for (let k = 0; k < n; k++) v[k] = offset + scale * (wide ? stored.getFloat32(4 * k, true) : stored.getInt16(2 * k, true));
  return { ...r, v };
}

export interface Watcher {
  record: (r: Record) => void;
  /** true: records come; false: the connection was lost, it is tried again. */
  connected: (yes: boolean) => void;
  ended: (why: string) => void;
}

const sleep = (ms: number, abort: AbortSignal) =>
  new Promise<void>((r) => {
    const t = setTimeout(r, ms);
    abort.addEventListener("abort", () => (clearTimeout(t), r()), { once: true });
  });

/** Follow a stream until it ends or `abort`; a dropped connection is made again, at longer and longer intervals. */
export async function watchLive(id: number, on: Watcher, abort: AbortSignal): Promise<void> {
  let wait = 250;
  while (!abort.aborted) {
    try {
      const answer = await fetch(`/api/v1/live/${id}/frames`, { credentials: "same-origin", signal: abort });
      if (!answer.ok || !answer.body) throw errorOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
      const reader = answer.body.getReader();
      const records = new Records();
      on.connected(true);
      for (let r = await reader.read(); !r.done; r = await reader.read()) {
        wait = 250;
        for (const one of records.push(r.value)) on.record(one);
      }
    } catch (e) {
      if (abort.aborted) return;
      if (e instanceof ApiError && [401, 403, 404].includes(e.status)) return on.ended(e.message);
    }
    if (abort.aborted) return;
    try {
      const now = await api.get<Live>(`/api/v1/live/${id}`, abort);
      if (now.state === "ended") return on.ended(now.message ?? "it has ended");
    } catch (e) {
      if (abort.aborted) return;
      if (e instanceof ApiError && [401, 403, 404].includes(e.status)) return on.ended(e.message);
    }
    on.connected(false);
    await sleep(wait, abort);
    wait = Math.min(4000, 2 * wait);
  }
}
