// A cell with shape: look at it, put an electrode somewhere, run it, see the potential travel.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api, user } from "../lib/api";
import { column, parseCsv } from "../lib/csv";
import { number, quantity } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { fileUrl, type Job, type JobFile, runNow, submit, upload, useAsk } from "../lib/jobs";
import { address, link, setQuery } from "../lib/router";
import { colour, dark } from "../lib/theme";
import { halved, madeUp, parseSwc, sections, type Shape } from "../neuron/swc";
import { LIVE_NAME, LiveCard, type LiveValues } from "../neuron/live-card";
import type { View } from "../neuron/view";
import { Chip, Empty, ErrorBox, Field, Loading } from "../ui/parts";
import { JobPanel } from "../ui/job";
import { Strips } from "../ui/strips";
import granuleUrl from "../../../examples/cells/granule.swc?url";

interface Cell {
  name: string;
  text: string;
  shape: Shape;
}
const cell = signal<Cell | null>(null);
const MOST_LINES = 60000;
const MOST_PROBES = 300;

const typeColours: Record<number, string> = { 1: "c2", 2: "c4", 3: "c1", 4: "c3" };
const hex = (c: string): [number, number, number] => [1, 3, 5].map((k) => (parseInt(c.slice(k, k + 2), 16) / 255) ** 2.2) as [number, number, number];

/** −80 mV dark blue, over red, to +40 mV yellow. */
export function heat(v: number): [number, number, number] {
  const stops: [number, number, number][] = [[0.03, 0.06, 0.35], [0.1, 0.3, 0.7], [0.75, 0.12, 0.3], [0.95, 0.5, 0.1], [1, 0.92, 0.4]];
  const x = Math.min(0.9999, Math.max(0, (v + 80) / 120)) * (stops.length - 1);
  const k = Math.floor(x);
  const f = x - k;
  return stops[k]!.map((c, j) => c + f * (stops[k + 1]![j]! - c)) as [number, number, number];
}
const css = (c: [number, number, number]) => `rgb(${c.map((x) => Math.round(255 * x ** (1 / 2.2))).join(" ")})`;

function open(name: string, text: string): void {
  cell.value = { name, text, shape: parseSwc(text) };
}

/** The squid's channels everywhere. */
const membrane = {
  model: "cable",
  celsius: 6.3,
  v_init_mV: -65,
  regions: [{ types: "all", Ra_ohm_cm: 100, cm_uF_cm2: 1, mechanisms: { hh: { gnabar: 0.12, gkbar: 0.036, gl: 0.0003, el: -54.3 } }, reversal: { ena: 50, ek: -77 } }],
};

interface Trace {
  t: Float64Array;
  v: Float64Array[]; // by section
}

export default function Neuron() {
  const q = address.value.query;
  const error = useSignal<Error | null>(null);
  const example = async () => {
    error.value = null;
    try {
      open("granule.swc", await (await fetch(granuleUrl)).text());
    } catch (e) {
      error.value = e as Error;
    }
  };
  const bring = async (f: File | undefined) => {
    if (!f) return;
    error.value = null;
    try {
      open(f.name, await f.text());
      setQuery({ at: "", job: "", live: "" });
    } catch (e) {
      error.value = e as Error;
    }
  };
  useEffect(() => {
    const n = Number(q.demo);
    if (n > 1) open(`made-up-${n}.swc`, madeUp(Math.min(200000, n)));
    else if (n === 1 || ((q.job || q.live) && !cell.value)) void example();
  }, []);
  return (
    <>
      <div class="row">
        <h1>Neuron 3-D</h1>
        {cell.value && <span class="hint">{cell.value.name}</span>}
        <span class="fill" />
        <button onClick={() => (setQuery({ live: "" }), void example())}>Example: a granule cell</button>
        <span class="button file-button">
          Open SWC
          <input type="file" accept=".swc" aria-label="Open an SWC file" onChange={(e) => void bring(e.currentTarget.files?.[0])} />
        </span>
      </div>
      {error.value && <ErrorBox error={error.value} />}
      {cell.value ? (
        <Body key={cell.value.name} c={cell.value} />
      ) : (
        <Empty title="No cell yet.">
          <p>Open a reconstruction (SWC), or take the example: a dentate granule cell of NeuroMorpho.Org. It stays in this browser until you run it.</p>
        </Empty>
      )}
    </>
  );
}

function Body({ c }: { c: Cell }) {
  const q = address.value.query;
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<View | null>(null);
  const detail = useSignal("");
  const failed = useSignal("");
  const fps = useSignal(NaN);
  const trace = useSignal<Trace | null>(null);
  const frame = useSignal(0);
  const playing = useSignal(false);
  const live = useRef<LiveValues | null>(null);
  const isLive = useSignal(false);
  const ticks = useSignal(0); // what is drawn without WebGL follows a few times a second
  const due = useRef(0);
  const stimulator = useRef<((point: number) => void) | null>(null);
  const shape = useMemo(() => (c.shape.n > MOST_LINES ? halved(c.shape) : c.shape), [c]);
  const cut = useMemo(() => sections(shape), [shape]);
  const flat = q.as === "dendrogram" || failed.value !== "";
  const at = Number(q.at) || null;
  const electrode = useMemo(() => (at === null ? null : shape.id.indexOf(at)), [at, shape]);

  useEffect(() => {
    if (flat) return;
    let gone = false;
    import("../neuron/view").then(
      ({ openView }) => {
        if (gone || !box.current) return;
        try {
          view.current = openView(box.current, shape);
        } catch {
          failed.value = "This browser has no WebGL; the dendrogram is shown instead.";
          return;
        }
        detail.value = `${view.current.detail}${shape !== c.shape ? `; every other point of ${c.shape.n} is left out` : ""}`;
        view.current.onPick((k) => pick(k));
        paint();
      },
      () => (failed.value = "The code for 3-D could not be fetched; the dendrogram is shown instead."),
    );
    const t = setInterval(() => (fps.value = view.current?.framesPerSecond() ?? NaN), 1000);
    return () => {
      gone = true;
      clearInterval(t);
      view.current?.close();
      view.current = null;
    };
  }, [shape, flat]);

  const pick = (point: number) => (stimulator.current ? stimulator.current(point) : setQuery({ at: String(shape.id[point]) }));
  const paint = () => {
    due.current = 0;
    const w = view.current;
    if (!w) return;
    w.background(colour("plot"));
    w.mark(electrode !== null && electrode >= 0 ? electrode : null);
    const tr = trace.peek();
    const f = frame.peek();
    const types = Object.fromEntries(Object.entries(typeColours).map(([k, name]) => [k, hex(colour(name))]));
    const grey = hex(colour("line-strong"));
    const l = live.current;
    w.colours((k) => {
      if (l?.v) {
        const v = l.v[l.valueOf[k]!];
        return v === undefined || Number.isNaN(v) ? grey : heat(v);
      }
      if (!tr) return types[shape.type[k]!] ?? grey;
      const v = tr.v[cut.of[k]!]?.[f];
      return v === undefined || Number.isNaN(v) ? grey : heat(v);
    });
  };
  useEffect(paint, [trace.value, frame.value, dark.value, electrode]);
  useEffect(() => {
    if (!playing.value || !trace.value) return;
    const n = trace.value.t.length;
    const t = setInterval(() => (frame.value = (frame.peek() + Math.max(1, Math.round(n / 300))) % n), 33);
    return () => clearInterval(t);
  }, [playing.value, trace.value]);
  const keys = () =>
      setLocalKeys([
        { keys: "space", does: "play or pause", run: () => (playing.value = !playing.value) },
        { keys: "v", does: "3-D or dendrogram", run: () => setQuery({ as: address.value.query.as ? "" : "dendrogram" }) },
      ]);
  useEffect(keys, []);
  const level = (k: number): number | undefined => {
    const l = live.current;
    if (!l?.v) return trace.value?.v[k]?.[frame.value];
    const points = cut.list[k]!.points;
    return l.v[l.valueOf[points[Math.floor(points.length / 2)]!]!];
  };
  const length = cut.list.reduce((s, x) => s + x.length, 0);
  const words = `${c.shape.n} points, ${cut.list.length} sections, ${quantity(length, "µm")} of neurite${isLive.value ? "; coloured by its potential now" : trace.value ? `; at ${number(trace.value.t[frame.value], 4)} ms` : "; coloured by type"}`;
  return (
    <div class="split right">
      <div>
        <div class="row">
          <span class="segments" role="group" aria-label="View">
            <button aria-pressed={!flat} onClick={() => setQuery({ as: "" })} disabled={failed.value !== ""}>
              3-D
            </button>
            <button aria-pressed={flat} onClick={() => setQuery({ as: "dendrogram" })}>
              dendrogram
            </button>
          </span>
          {!flat && <Chip kind={detail.value.includes("instead") || detail.value.includes("left out") ? "warn" : "plain"}>{detail.value || "opening …"}</Chip>}
          {!flat && fps.value > 0.5 && <span class="hint fps">{Math.round(fps.value)} frames/s</span>}
          <button
            class="small"
            onClick={() => {
              view.current?.turn(true);
              setTimeout(() => view.current?.turn(false), 6000);
            }}
          >
            Turn it
          </button>
        </div>
        {failed.value && <p class="note">{failed.value}</p>}
        {flat ? <Dendrogram shape={shape} cut={cut} level={level} changes={isLive.value ? ticks.value : frame.value} electrode={electrode} pick={pick} /> : <div ref={box} class="view3d" />}
        {trace.value && !isLive.value && (
          <div class="row">
            <button onClick={() => (playing.value = !playing.value)}>{playing.value ? "❚❚ Pause" : "▶ Play"}</button>
            <input type="range" aria-label="Time" class="grow" min={0} max={trace.value.t.length - 1} value={frame.value} aria-valuetext={`${number(trace.value.t[frame.value], 4)} ms`} onInput={(e) => (frame.value = Number(e.currentTarget.value))} />
            <span class="hint">{number(trace.value.t[frame.value], 4)} ms</span>
          </div>
        )}
        <p class="hint" role="status">
          {words}. {[...c.shape.warnings].join("; ")}
        </p>
        {(trace.value || isLive.value) && <Scale />}
      </div>
      <div>
        <Run c={c} at={at} got={(t) => ((trace.value = t), (frame.value = 0), (playing.value = !matchMedia("(prefers-reduced-motion: reduce)").matches))} cut={cut} shape={shape} />
        {user.value && (
          <LiveCard
            name={c.name}
            text={c.text}
            shape={shape}
            cut={cut}
            electrode={electrode !== null && electrode >= 0 ? electrode : null}
            amp={q.amp ?? "2"}
            width={q.width ?? "2"}
            membrane={membrane}
            live={(l) => ((live.current = l), (isLive.value = l !== null), paint())}
            frame={() => (due.current ||= requestAnimationFrame(paint))}
            tick={() => flat && ticks.value++}
            stimulator={(fn) => (stimulator.current = fn)}
            other={(swc) => open(LIVE_NAME, swc)}
            keysBack={keys}
          />
        )}
      </div>
    </div>
  );
}

function Scale() {
  return (
    <svg class="scale" viewBox="0 0 300 30" role="img" aria-label="Colours from −80 mV, dark blue, over red to +40 mV, yellow">
      {Array.from({ length: 60 }, (_, k) => (
        <rect key={k} x={k * 5} width="5.2" height="12" y="0" fill={css(heat(-80 + 2 * k))} />
      ))}
      {[-80, -40, 0, 40].map((v) => (
        <text key={v} x={Math.min(282, Math.max(0, ((v + 80) / 120) * 300 - 8))} y="26">
          {String(v).replace("-", "−")}
          {v === 40 ? " mV" : ""}
        </text>
      ))}
    </svg>
  );
}

function Dendrogram(props: { shape: Shape; cut: ReturnType<typeof sections>; level: (section: number) => number | undefined; changes: number; electrode: number | null; pick: (point: number) => void }) {
  const { cut, level, electrode } = props;
  const lay = useMemo(() => {
    const from = new Float64Array(cut.list.length);
    const y = new Float64Array(cut.list.length);
    const kids: number[][] = cut.list.map(() => []);
    cut.list.forEach((s, k) => s.parent >= 0 && kids[s.parent]!.push(k));
    cut.list.forEach((s, k) => (from[k] = s.parent >= 0 ? from[s.parent]! + cut.list[s.parent]!.length : 0));
    let row = 0;
    for (let k = 0; k < cut.list.length; k++) if (!kids[k]!.length) y[k] = row++;
    for (let k = cut.list.length - 1; k >= 0; k--) if (kids[k]!.length) y[k] = kids[k]!.reduce((s, j) => s + y[j]!, 0) / kids[k]!.length;
    const far = cut.list.reduce((m, s, k) => Math.max(m, from[k]! + s.length), 1);
    return { from, y, rows: Math.max(1, row), far };
  }, [cut]);
  if (cut.list.length > 4000) return <p class="note">{cut.list.length} sections are more than a dendrogram can show.</p>;
  const W = 800;
  const H = Math.min(900, Math.max(240, lay.rows * 9));
  const X = (d: number) => 10 + (d / lay.far) * (W - 20);
  const Y = (r: number) => 10 + ((r + 0.5) / lay.rows) * (H - 34);
  const here = electrode !== null && electrode >= 0 ? cut.of[electrode]! : -1;
  return (
    <svg class="dendrogram" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Dendrogram: ${cut.list.length} sections, the farthest tip at ${number(lay.far, 4)} µm`}>
      {cut.list.map((s, k) => {
        const v = level(k);
        const stroke = v === undefined || Number.isNaN(v) ? "currentColor" : css(heat(v));
        return (
          <g key={k} stroke={stroke} stroke-width={k === here ? 5 : 2.5} onClick={() => props.pick(s.points[Math.floor(s.points.length / 2)]!)}>
            {s.parent >= 0 && <line x1={X(lay.from[k]!)} x2={X(lay.from[k]!)} y1={Y(lay.y[s.parent]!)} y2={Y(lay.y[k]!)} />}
            <line x1={X(lay.from[k]!)} x2={X(lay.from[k]! + s.length)} y1={Y(lay.y[k]!)} y2={Y(lay.y[k]!)} />
          </g>
        );
      })}
      <text x={W - 10} y={H - 4} text-anchor="end">
        path from the soma, to {number(lay.far, 4)} µm
      </text>
    </svg>
  );
}

interface Morphology {
  sections: { distal_id: number; length_um: number; type: number }[];
}

function Run(props: { c: Cell; at: number | null; shape: Shape; cut: ReturnType<typeof sections>; got: (t: Trace) => void }) {
  const { c, at, shape, cut } = props;
  const q = address.value.query;
  const amp = q.amp ?? "2";
  const width = q.width ?? "2";
  const stop = q.stop ?? "30";
  const busy = useSignal("");
  const error = useSignal<Error | null>(null);
  const job = Number(q.job) || null;
  if (!user.value)
    return (
      <section class="card" aria-label="Run">
        <h2>Run it</h2>
        <p>Running needs the server's workers.</p>
        <a class="button main" href={link("sign-in", [], { back: location.hash })}>
          Sign in
        </a>
      </section>
    );
  const run = async () => {
    error.value = null;
    try {
      busy.value = "sending the cell";
      const swc = await upload("cell.swc", new Blob([c.text]), () => undefined);
      busy.value = "cutting it into sections";
      const m = (await runNow<Morphology>({ command: "neuron morphology", arguments: ["cell.swc"], inputs: { "cell.swc": swc.sha256 } })).summary;
      const every = Math.max(1, Math.ceil(m.sections.length / MOST_PROBES));
      const probes = m.sections.flatMap((s, k) => (k % every === 0 || s.type === 1 ? [{ name: `s${s.distal_id}`, loc: k === 0 ? ["soma"] : ["sec", k, 0.5] }] : []));
      let place: (string | number)[] = ["soma"];
      if (at !== null) {
        const k = shape.id.indexOf(at);
        const mine = k >= 0 ? cut.list[cut.of[k]!] : undefined;
        const section = mine ? m.sections.findIndex((s) => s.distal_id === shape.id[mine.distal]) : -1;
        if (section > 0) place = ["sec", section, Math.min(1, Math.max(0, cut.along[k]!))];
      }
      const text = {
        ...membrane,
        swc: "cell.swc",
        tstop_ms: Number(stop),
        sample_ms: Number(stop) / 300,
        iclamps: [{ loc: place, delay_ms: 2, dur_ms: Number(width), amp_nA: Number(amp) }],
        probes,
      };
      busy.value = "starting";
      const file = await upload("cell.json", new Blob([JSON.stringify(text)]), () => undefined);
      const made = await submit({ command: "neuron simulate", arguments: ["cell.json"], inputs: { "cell.json": file.sha256, "cell.swc": swc.sha256 }, options: { output: "trace.csv", spikes: "spikes.csv" } });
      setQuery({ job: String(made.id) });
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = "";
  };
  const field = (label: string, name: string, value: string) => (
    <Field label={label}>{(id) => <input id={id} inputMode="decimal" value={value} onInput={(e) => setQuery({ [name]: e.currentTarget.value })} />}</Field>
  );
  return (
    <section class="card" aria-label="Run">
      <h2>Electrode</h2>
      <p>
        {at === null ? "At the soma. Click on the cell to put it elsewhere." : `At point ${at}. `}
        {at !== null && (
          <button class="small" onClick={() => setQuery({ at: "" })}>
            back to the soma
          </button>
        )}
      </p>
      {field("Current (nA)", "amp", amp)}
      {field("Duration (ms)", "width", width)}
      {field("Run for (ms)", "stop", stop)}
      <p class="hint">The squid's channels everywhere, 6.3 °C, Ra 100 Ω cm: a spike runs all over the cell.</p>
      <div class="row">
        <button class="main" disabled={busy.value !== ""} onClick={() => void run()}>
          {busy.value ? `${busy.value} …` : "Run"}
        </button>
      </div>
      {error.value && <ErrorBox error={error.value} />}
      {job && (
        <JobPanel id={job}>
          {(j, files) => <Got job={j} files={files} shape={shape} cut={cut} got={props.got} />}
        </JobPanel>
      )}
    </section>
  );
}

function Got(props: { job: Job; files: JobFile[]; shape: Shape; cut: ReturnType<typeof sections>; got: (t: Trace) => void }) {
  const { job, files, shape, cut } = props;
  const file = files.find((f) => f.name.endsWith("trace.csv"));
  const table = useAsk(async () => (file ? parseCsv(await api.text(fileUrl(job.id, file.name))) : null), [file?.sha256]);
  const t = table.value;
  useEffect(() => {
    if (!t) return;
    const time = column(t, t.names[0]!);
    const v = cut.list.map((s): Float64Array | null => {
      const name = t.names.find((n) => n.endsWith(`_s${shape.id[s.distal]}`));
      return name ? column(t, name) : null;
    });
    const missing = new Float64Array(time.length).fill(NaN);
    const own = (k: number): Float64Array => {
      for (let j = k; j >= 0; j = cut.list[j]!.parent) if (v[j]) return v[j]!;
      return v.find((x) => x) ?? missing;
    };
    props.got({ t: time, v: cut.list.map((_, k) => own(k)) });
  }, [t]);
  const picture = useMemo(() => {
    if (!t) return null;
    const x = column(t, t.names[0]!);
    const names = t.names.slice(1).filter((_, k, all) => k === 0 || k === Math.floor(all.length / 2) || k === all.length - 1);
    return {
      dt: 1,
      t: [0, x[x.length - 1]!] as [number, number],
      strips: [{ label: "V", unit: "mV", curves: names.map((n, k) => ({ name: k === 0 ? "soma" : n.replace(/^.*_s/, "section to point "), x, y: column(t, n), colour: colour(`c${k + 1}`), dash: k ? [6, 3] : [] })) }],
    };
  }, [t, dark.value]);
  if (table.error) return <ErrorBox error={table.error} again={table.again} />;
  return picture ? <Strips picture={picture} height={220} name="neuron" summary="Potential at the soma and at two other places." /> : <Loading what="The traces" />;
}
