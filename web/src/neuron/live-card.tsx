// The cell runs on the server, on and on; here it is started, slowed, paused and stimulated.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, ApiError } from "../lib/api";
import { number, quantity } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { upload } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import { colour } from "../lib/theme";
import { Chip, ErrorBox, Field } from "../ui/parts";
import { save, Strips, type StripsHandle } from "../ui/strips";
import { type Layout, type Live, type Record as Frame, swcOf, watchLive } from "./live";
import type { Shape, sections } from "./swc";

/** What the views draw: of which value each point is, and the values. */
export interface LiveValues {
  valueOf: Int32Array;
  v: Float32Array | null;
  t: number;
}

export const LIVE_NAME = "live-cell.swc";
const PACES = [0.025, 0.05, 0.1, 0.2, 0.5, 1];
const SHOWN_MS = 60;
const TICK_MS = 125;

export interface LiveProps {
  name: string;
  text: string;
  shape: Shape;
  cut: ReturnType<typeof sections>;
  electrode: number | null; // point
  amp: string;
  width: string;
  membrane: object; // what the cell is made of: the case without shape and stimuli
  live: (values: LiveValues | null) => void;
  frame: () => void; // there are new values
  tick: () => void; // a few times a second
  stimulator: (fn: ((point: number) => void) | null) => void;
  other: (swc: string) => void; // the stream is of another cell than this
  keysBack: () => void; // the page's own keys
}

/** Section of the server's cell in which a point lies, −1: none. */
function sectionOf(layout: Layout, p: { shape: Shape; cut: LiveProps["cut"] }, point: number): number {
  const byId = new Map(layout.sections.map((s, k) => [s.distal_id, k]));
  for (let k = p.cut.of[point]!; k >= 0; k = p.cut.list[k]!.parent) {
    const found = byId.get(p.shape.id[p.cut.list[k]!.distal]!);
    if (found !== undefined) return found;
  }
  return -1;
}

function valuesOf(layout: Layout, p: LiveProps): Int32Array {
  const out = new Int32Array(p.shape.n).fill(-1);
  const known = p.cut.list.map((s) => sectionOf(layout, p, s.distal));
  for (let k = 0; k < p.shape.n; k++) {
    const s = layout.sections[known[p.cut.of[k]!]!];
    if (s) out[k] = s.first + Math.min(s.n - 1, Math.floor(p.cut.along[k]! * s.n));
  }
  return out;
}

export function LiveCard(p: LiveProps) {
  const q = address.value.query;
  const id = Number(q.live) || null;
  const error = useSignal<Error | null>(null);
  const busy = useSignal("");
  const state = useSignal<"" | "connecting" | "live" | "lost" | "ended">("");
  const why = useSignal("");
  const paused = useSignal(false);
  const every = useSignal(0.1);
  const shared = useSignal(false);
  const dropped = useSignal(0);
  const seen = useSignal({ t: 0, v: NaN, perSecond: NaN, peak: NaN });
  const clicks = useSignal<"electrode" | "stimulus">("stimulus");
  const layout = useRef<Layout | null>(null);
  const values = useRef<LiveValues | null>(null);
  const trace = useRef<{ t: number[]; v: number[] }>({ t: [], v: [] });
  const strips = useRef<StripsHandle | null>(null);
  const props = useRef(p);
  props.current = p;

  const here = () => {
    const w = values.current;
    const point = props.current.electrode ?? 0;
    return w?.v ? w.v[w.valueOf[point]!] ?? NaN : NaN;
  };
  const picture = () => {
    const { t, v } = trace.current;
    const end = Math.max(t[t.length - 1] ?? 0, 1);
    return { dt: 1, t: [Math.max(0, end - SHOWN_MS), Math.max(end, SHOWN_MS)] as [number, number], strips: [{ label: "V", unit: "mV", range: [-90, 60] as [number, number], curves: [{ name: "electrode", x: t, y: v, colour: colour("c1") }] }] };
  };

  useEffect(() => {
    trace.current = { t: [], v: [] };
  }, [p.electrode, id]);

  useEffect(() => {
    if (!id) {
      state.value = "";
      return;
    }
    const abort = new AbortController();
    let last = -1;
    let frames = 0;
    let counted = performance.now();
    state.value = "connecting";
    dropped.value = 0;
    why.value = "";
    const take = (r: Frame) => {
      if (r.words?.schema) {
        const its = r.words as Layout;
        const ids = new Set(props.current.cut.list.map((s) => props.current.shape.id[s.distal]!));
        const swc = (its.sections ?? []).every((s) => ids.has(s.distal_id ?? -1)) ? null : swcOf(its);
        if (swc && props.current.name !== LIVE_NAME) return props.current.other(swc);
        layout.current = its;
        every.value = layout.current.every_ms;
        values.current = { valueOf: valuesOf(layout.current, props.current), v: null, t: 0 };
        props.current.live(values.current);
      }
      if (r.words?.state) every.value = r.words.state.every_ms;
      paused.value = r.words?.state?.paused ?? r.paused;
      const w = values.current;
      if (!r.v || !w) return;
      if (last >= 0 && r.number > last + 1) dropped.value += r.number - last - 1;
      last = r.number;
      frames++;
      w.v = r.v;
      w.t = r.t;
      const { t, v } = trace.current;
      t.push(r.t);
      v.push(here());
      if (t[0]! < r.t - 2 * SHOWN_MS) (t.splice(0, t.findIndex((x) => x >= r.t - SHOWN_MS)), v.splice(0, v.length - t.length));
      props.current.frame();
    };
    void watchLive(
      id,
      {
        record: take,
        connected: (yes) => (state.value = yes ? "live" : "lost"),
        ended: (words) => {
          state.value = "ended";
          why.value = words;
          props.current.live(null);
        },
      },
      abort.signal,
    );
    const tick = setInterval(() => {
      const now = performance.now();
      if (now - counted > 1000) {
        seen.value = { ...seen.value, perSecond: (1000 * frames) / (now - counted) };
        frames = 0;
        counted = now;
      }
      if (!values.current?.v) return;
      const v = trace.current.v;
      seen.value = { ...seen.value, t: values.current.t, v: here(), peak: v.length ? v.reduce((m, x) => Math.max(m, x), -Infinity) : NaN };
      props.current.tick();
    }, TICK_MS);
    return () => {
      abort.abort();
      clearInterval(tick);
      layout.current = null;
      values.current = null;
      props.current.live(null);
    };
  }, [id]);

  const attempt = async (what: string, fn: () => Promise<unknown>) => {
    error.value = null;
    busy.value = what;
    try {
      await fn();
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = "";
  };
  const start = () =>
    attempt("starting", async () => {
      const swc = await upload("cell.swc", new Blob([p.text]), () => undefined);
      const file = await upload("cell.json", new Blob([JSON.stringify({ ...p.membrane, swc: "cell.swc" })]), () => undefined);
      const made = await api.post<Live>("/api/v1/live", {
        arguments: ["cell.json"],
        inputs: { "cell.json": file.sha256, "cell.swc": swc.sha256 },
        options: { every: every.value, rate: 60 },
        shared: shared.value,
      });
      setQuery({ live: String(made.id), job: "" });
    });
  const steer = (change: object) => attempt("", () => api.patch(`/api/v1/live/${id}`, change));
  const stop = () =>
    attempt("ending", async () => {
      await api.delete(`/api/v1/live/${id}`);
      setQuery({ live: "" });
    });
  const stimulate = async (point: number | null) => {
    const l = layout.current;
    if (!id || !l) return;
    error.value = null;
    const section = point === null ? -1 : sectionOf(l, p, point);
    const loc = point === null || section < 0 ? ["soma"] : ["sec", section, Math.min(1, Math.max(0, p.cut.along[point]!))];
    try {
      await api.post(`/api/v1/live/${id}/stimulus`, { loc, dur_ms: Number(p.width), amp_nA: Number(p.amp) });
    } catch (e) {
      error.value = e as Error;
    }
  };
  const stimulateNow = useRef(stimulate);
  stimulateNow.current = stimulate;
  const running = id !== null && state.value !== "ended";
  useEffect(() => {
    p.stimulator(running && clicks.value === "stimulus" ? (k) => void stimulateNow.current(k) : null);
    return () => p.stimulator(null);
  }, [running, clicks.value]);
  useEffect(() => {
    if (!running) return;
    setLocalKeys([
            { keys: "space", does: "pause or go on", run: () => void steer({ paused: !paused.peek() }) },
            { keys: "s", does: "stimulate at the electrode", run: () => void stimulateNow.current(props.current.electrode) },
            { keys: "v", does: "3-D or dendrogram", run: () => setQuery({ as: address.value.query.as ? "" : "dendrogram" }) },
    ]);
    return () => props.current.keysBack();
  }, [running, id]);
  const keep = () =>
    attempt("saving", async () => {
      const now = await api.get<Live>(`/api/v1/live/${id}`);
      const made = { ...p.membrane, swc: p.name, tstop_ms: Math.max(1, now.t_ms), sample_ms: 0.1, iclamps: now.stimuli, probes: [{ name: "soma", loc: ["soma"] }] };
      save(new Blob([JSON.stringify(made, null, 2)], { type: "application/json" }), "live-case.json");
    });

  const pace = (
    <Field label="Slow motion" hint={`A second shows ${quantity(60 * every.value, "ms", 3)} of the cell.`}>
      {(f) => (
        <select
          id={f}
          value={String(every.value)}
          onChange={(e) => {
            const ms = Number(e.currentTarget.value);
            every.value = ms;
            if (running) void steer({ every_ms: ms });
          }}
        >
          {[...new Set([...PACES, every.value])].sort((a, b) => a - b).map((ms) => (
            <option key={ms} value={String(ms)}>
              {quantity(ms, "ms", 3)} a frame, 1/{Math.round(1000 / (60 * ms))} of real time
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <section class="card" aria-label="Live">
      <h2>Live from the server</h2>
      {!running && (
        <>
          <p>The cell runs on and on, and everybody with this address sees the same. Click on it to stimulate it.</p>
          {pace}
          <label class="check">
            <input type="checkbox" checked={shared.value} onChange={(e) => (shared.value = e.currentTarget.checked)} /> other accounts may look
          </label>
          <div class="row">
            <button class="main" disabled={busy.value !== ""} onClick={() => void start()}>
              {busy.value ? `${busy.value} …` : "Start live"}
            </button>
          </div>
          {state.value === "ended" && (
            <p class="note" role="status">
              The stream has ended: {why.value}.
            </p>
          )}
        </>
      )}
      {running && (
        <>
          <div class="row">
            <button onClick={() => void steer({ paused: !paused.value })}>{paused.value ? "▶ Go on" : "❚❚ Pause"}</button>
            <button class="main" onClick={() => void stimulate(p.electrode)}>
              Stimulate
            </button>
            <button onClick={() => void stop()}>End</button>
          </div>
          <p class="hint">
            {quantity(Number(p.amp), "nA")} for {quantity(Number(p.width), "ms")} at the electrode; current and duration stand above.
          </p>
          <fieldset class="plain">
            <legend>A click on the cell</legend>
            {(["stimulus", "electrode"] as const).map((c) => (
              <label class="check" key={c}>
                <input type="radio" name="clicks" checked={clicks.value === c} onChange={() => (clicks.value = c)} /> {c === "stimulus" ? "stimulates there" : "moves the electrode there"}
              </label>
            ))}
          </fieldset>
          {pace}
          <p role="status">
            {state.value === "connecting" && <Chip kind="plain">connecting …</Chip>}
            {state.value === "lost" && <Chip kind="warn">the connection was lost; it is tried again</Chip>}
            {state.value === "live" && <Chip kind={paused.value ? "plain" : "good"}>{paused.value ? "paused" : "live"}</Chip>}
            {dropped.value > 0 && <Chip kind="warn">{dropped.value} frames were lost on the way</Chip>}
          </p>
          <p class="hint live-numbers">
            {quantity(seen.value.t, "ms", 5)}, electrode {quantity(seen.value.v, "mV", 3)}
            {seen.value.perSecond > 0 ? `, ${number(seen.value.perSecond, 3)} frames/s` : ""}
          </p>
          <Strips picture={picture()} height={150} name="live" legend={false} handle={(h) => (strips.current = h)} summary={`Potential at the electrode over the last ${SHOWN_MS} ms${Number.isFinite(seen.value.peak) ? `; highest ${quantity(seen.value.peak, "mV", 3)}` : ""}.`} />
          <div class="row">
            <button class="small" onClick={() => void keep()} title="The cell with every stimulus so far; loligo neuron simulate makes the same bits of it">
              Save as a case
            </button>
            <button class="small" onClick={() => strips.current?.png()}>
              PNG
            </button>
          </div>
        </>
      )}
      {error.value && <ErrorBox error={error.value} again={error.value instanceof ApiError && !running ? () => void start() : undefined} />}
    </section>
  );
}
