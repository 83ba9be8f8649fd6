// The Bench: an axon to play with. No sign-in, nothing leaves the browser.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { block, drugged, drugs } from "../bench/drugs";
import { type Engine, type HH, type Run, fields, spikes } from "../bench/engine";
import { hh52 } from "../bench/hh52";
import { load } from "../engine";
import { benchEngine } from "../engine/bench";
import { amplitudes, type BenchState, defaults, pieces, readState, SAMPLE, samples, writeState } from "../bench/state";
import { number, quantity } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { address, setQuery } from "../lib/router";
import type { Picture } from "../lib/strips";
import { colour, dark } from "../lib/theme";
import { HillCurve } from "../bench/hill";
import { Lazy } from "../ui/lazy";
import { saveText, Strips, type StripsHandle } from "../ui/strips";

/** JavaScript until the module is there (some milliseconds), and for good where the program was built without it. */
const chosen = signal<Engine>(hh52);
void load("point").then(
  (m) => (chosen.value = benchEngine(m)),
  (e: Error) => console.warn(`The WebAssembly core did not start (${e.message}); the Bench uses JavaScript.`),
);

const isPaused = (s: BenchState) => (s.paused < 0 ? matchMedia("(prefers-reduced-motion: reduce)").matches : s.paused === 1);
const units = (s: BenchState) => (s.clamp === "voltage" ? "mV" : "µA/cm²");

function simulate(s: BenchState, engine: Engine): Run[] {
  const p = drugged(s.p, s.drug, s.dose);
  return amplitudes(s).map((a) => engine.run(p, s.clamp, pieces(s, a), SAMPLE, samples(s), s.away));
}

function picture(s: BenchState, runs: Run[]): Picture {
  const c = [1, 2, 3, 4].map((k) => colour(`c${k}`));
  const main = runs[runs.length - 1]!;
  const many = runs.length > 1;
  const each = (f: (r: Run) => Float64Array, name: string, at: string, dash?: number[]) =>
    runs.map((r) => ({ name, y: f(r), colour: at, width: many ? 1.2 : 1.8, dash }));
  const gates = {
    label: "gates",
    unit: "",
    range: [-0.03, 1.03] as [number, number],
    weight: 0.8,
    curves: [
      { name: "m (Na opens)", y: main.m, colour: c[0]! },
      { name: "h (Na available)", y: main.h, colour: c[1]!, dash: [7, 4] },
      { name: "n (K opens)", y: main.k, colour: c[2]!, dash: [2, 3] },
    ],
  };
  const voltage = { label: "V", unit: "mV", weight: 1.6, curves: each((r) => r.v, "V", colour("ink")), range: [-95, 60] as [number, number] };
  if (s.clamp === "current") {
    const top = Math.max(...amplitudes(s), s.hold, s.gap > 0 ? s.amp2 : s.hold, 1);
    const low = Math.min(...amplitudes(s), s.hold, s.gap > 0 ? s.amp2 : s.hold, 0);
    for (const r of runs) for (let k = 0; k < r.n; k += 8) if (r.v[k]! < voltage.range[0] + 4) voltage.range[0] = r.v[k]! - 8;
    for (const r of runs) for (let k = 0; k < r.n; k += 4) if (r.v[k]! > voltage.range[1] - 4) voltage.range[1] = r.v[k]! + 8;
    return {
      dt: SAMPLE,
      t: [0, s.sweep],
      strips: [voltage, { label: "I", unit: "µA/cm²", weight: 0.5, curves: each((r) => r.command, "stimulus", c[3]!), range: [low - 0.1 * (top - low), top + 0.1 * (top - low)] }, gates],
    };
  }
  const currents = runs.flatMap((r) => [
    { name: "Na current", y: r.iNa, colour: c[0]!, width: many ? 1.2 : 1.8 },
    { name: "K current", y: r.iK, colour: c[2]!, width: many ? 1.2 : 1.8, dash: [7, 4] },
    ...(many ? [] : [{ name: "all", y: r.iNa.map((x, k) => x + r.iK[k]! + r.iL[k]!), colour: colour("ink"), width: 1.2 }]),
  ]);
  return {
    dt: SAMPLE,
    t: [0, s.sweep],
    strips: [{ label: "current", unit: "µA/cm²", weight: 1.6, curves: currents }, { ...voltage, label: "command", weight: 0.5, range: [-125, 85] }, gates],
  };
}

function words(s: BenchState, runs: Run[]): string {
  const r = runs[runs.length - 1]!;
  if (s.clamp === "voltage") {
    let low = 0;
    let high = 0;
    for (let k = 0; k < r.n; k++) {
      if (r.iNa[k]! < low) low = r.iNa[k]!;
      if (r.iK[k]! > high) high = r.iK[k]!;
    }
    return `Held at ${quantity(s.hold, "mV")}, ${runs.length > 1 ? `steps to ${amplitudes(s).map((a) => number(a)).join(", ")} mV; at the last` : `stepped to ${quantity(s.amp, "mV")}`}: sodium current down to ${quantity(low, "µA/cm²", 3)}, potassium current up to ${quantity(high, "µA/cm²", 3)}.`;
  }
  const at = spikes(r);
  const last = at.length > 2 ? at[at.length - 1]! - at[at.length - 2]! : NaN;
  const start = r.v[Math.max(0, Math.round(s.on / SAMPLE) - 1)]!;
  return `V before the pulse ${quantity(start, "mV")}; ${at.length === 0 ? "no spike" : at.length === 1 ? `one spike at ${quantity(at[0], "ms", 3)}` : `${at.length} spikes, the first at ${quantity(at[0], "ms", 3)}`}${Number.isNaN(last) ? "" : `, last interval ${quantity(last, "ms", 4)} (${quantity(1000 / last, "Hz", 3)})`}.`;
}

function Slider(props: { label: string; unit: string; value: number; low: number; high: number; step: number; standard?: number; title?: string; set: (x: number) => void }) {
  const { value, standard } = props;
  const differs = standard !== undefined && Math.abs(value - standard) > 1e-9;
  const id = `s-${props.label.replace(/\W+/g, "-")}`;
  return (
    <div class="slider">
      <label for={id} title={props.title}>
        {differs && <span class="dot" aria-hidden="true" />}
        {props.label}
        {differs && <span class="hidden"> (changed)</span>}
      </label>
      <output for={id}>{quantity(value, props.unit)}</output>
      <input id={id} type="range" min={props.low} max={props.high} step={props.step} value={value} aria-valuetext={quantity(value, props.unit)} onInput={(e) => props.set(Number(e.currentTarget.value))} onDblClick={() => standard !== undefined && props.set(standard)} />
    </div>
  );
}

export default function Bench() {
  const s = readState(address.value.query);
  const engine = chosen.value;
  const paused = isPaused(s);
  const pause = () => setQuery({ paused: isPaused(now.current.s) ? "0" : "1" });
  const undo = useRef<BenchState[]>([]);
  const cursor = useSignal<number | undefined>(undefined);
  const handle = useRef<StripsHandle | null>(null);
  const change = (c: Partial<BenchState>) => {
    undo.current = [...undo.current.slice(-99), s];
    setQuery(writeState({ ...s, ...c }));
  };
  const key = JSON.stringify({ ...s, lesson: 0, speed: 0, paused: 0, diameter: 0, receptors: 0 });
  const runs = useMemo(() => simulate(s, engine), [key, engine]);
  const base = useMemo(() => picture(s, runs), [runs, dark.value]);
  const now = useRef({ s, runs, base });
  now.current = { s, runs, base };
  const beam = useRef(Infinity);
  const still = useMemo(() => ({ ...base, cursor: cursor.value, beam: paused || beam.current === Infinity ? undefined : Math.min(beam.current, s.sweep) }), [base, cursor.value, paused]);

  useEffect(() => {
    if (paused) return;
    let frame = 0;
    let before = performance.now();
    const tick = (at: number) => {
      const { s, base } = now.current;
      const dt = Math.min(100, at - before);
      before = at;
      beam.current = beam.current > s.sweep * 1.04 ? 0 : beam.current + (dt / 1000) * s.speed;
      handle.current?.paint({ ...base, beam: Math.min(beam.current, s.sweep), cursor: cursor.peek() });
      frame = requestAnimationFrame(tick);
    };
    beam.current = beam.current === Infinity ? 0 : beam.current;
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [paused]);

  const back = () => {
    const last = undo.current.pop();
    if (last) setQuery(writeState(last));
  };
  useEffect(
    () =>
      setLocalKeys([
        { keys: "space", does: "run or pause", run: pause },
        { keys: "s", does: "slow motion, and back", run: () => setQuery({ speed: now.current.s.speed > 5 ? "2.5" : "" }) },
        { keys: "c", does: "current or voltage clamp", run: () => setQuery(writeState({ ...defaults(now.current.s.clamp === "voltage" ? "current" : "voltage"), p: now.current.s.p })) },
        { keys: "u", does: "undo", run: back },
        { keys: "0", does: "everything as it was at the start", run: () => setQuery(writeState(defaults("current"))) },
        { keys: "d", does: "save the numbers (CSV)", run: () => saveText(csv(now.current.s, now.current.runs, chosen.peek()), "bench.csv") },
      ]),
    [],
  );
  const differing = fields.filter((f) => s.p[f.name] !== f.standard).length + (s.away !== 0 ? 1 : 0);
  const drug = drugs.find((d) => d.name === s.drug);
  const voltage = s.clamp === "voltage";
  const setP = (name: keyof HH) => (x: number) => change({ p: { ...s.p, [name]: x } });
  const amp = voltage ? { low: -120, high: 80, step: 1 } : { low: -20, high: 150, step: 0.5 };
  const text = words(s, runs);
  const value = cursor.value === undefined ? null : Math.min(samples(s) - 1, Math.round(cursor.value / SAMPLE));
  const r = runs[runs.length - 1]!;
  return (
    <>
      <div class="row">
        <h1>Bench</h1>
        <span class="hint">the squid's giant axon, Hodgkin and Huxley 1952, 6.3 °C; simulated in this browser by {engine.name}</span>
      </div>
      <div class="split right bench">
        <div class="bench-chart">
          <div class="row" role="toolbar" aria-label="Run">
            <button class="main" onClick={pause} aria-pressed={paused}>
              {paused ? "▶ Run" : "❚❚ Pause"}
            </button>
            <span class="segments" role="group" aria-label="Speed">
              {[
                [2.5, "slow motion"],
                [25, "normal"],
                [100, "fast"],
              ].map(([v, name]) => (
                <button key={v} aria-pressed={s.speed === v} onClick={() => change({ speed: v as number })}>
                  {name}
                </button>
              ))}
            </span>
            <span class="segments" role="group" aria-label="Clamp">
              {(["current", "voltage"] as const).map((c) => (
                <button key={c} aria-pressed={s.clamp === c} onClick={() => s.clamp !== c && change({ ...defaults(c), p: s.p, drug: s.drug, dose: s.dose, lesson: s.lesson })}>
                  {c} clamp
                </button>
              ))}
            </span>
            <button onClick={back} disabled={undo.current.length === 0}>
              Undo
            </button>
            <button onClick={() => handle.current?.png()}>PNG</button>
            <button onClick={() => saveText(csv(s, runs, engine), "bench.csv")}>CSV</button>
          </div>
          <Strips picture={still} height={460} name="bench" summary={text} onCursor={(t) => (cursor.value = t)} handle={(h) => (handle.current = h)} />
          <p class="readout mono" aria-hidden="true">
            {value === null
              ? "move over the traces to read them"
              : `t ${number(value * SAMPLE, 5)} ms   V ${number(r.v[value], 4)} mV   ${voltage ? "I" : "stimulus"} ${number(voltage ? r.iNa[value]! + r.iK[value]! + r.iL[value]! : r.command[value], 4)} µA/cm²   m ${number(r.m[value], 3)}   h ${number(r.h[value], 3)}   n ${number(r.k[value], 3)}`}
          </p>
        </div>
        <div class="bench-side">
          <section class="card" aria-label="Stimulus">
            <h2>Stimulus</h2>
            <Slider label={voltage ? "Step to" : "Pulse"} unit={units(s)} value={s.amp} {...amp} set={(x) => change({ amp: x })} />
            <Slider label={voltage ? "Holding potential" : "Holding current"} unit={units(s)} value={s.hold} low={voltage ? -120 : -20} high={voltage ? 20 : 40} step={0.5} standard={defaults(s.clamp).hold} set={(x) => change({ hold: x })} />
            <Slider label="Duration" unit="ms" value={s.width} low={0.1} high={s.sweep} step={0.1} set={(x) => change({ width: x })} />
            <Slider label="Second pulse after" unit={s.gap > 0 ? "ms" : "ms (none)"} value={s.gap} low={0} high={Math.min(60, s.sweep)} step={0.1} set={(x) => change({ gap: x, ...(s.gap === 0 ? { amp2: s.amp, width2: s.width } : {}) })} />
            {s.gap > 0 && (
              <>
                <Slider label="Second pulse" unit={units(s)} value={s.amp2} {...amp} set={(x) => change({ amp2: x })} />
                <Slider label="Its duration" unit="ms" value={s.width2} low={0.1} high={s.sweep} step={0.1} set={(x) => change({ width2: x })} />
              </>
            )}
            <div class="row">
              <label class="check">
                <input type="checkbox" checked={s.family} onChange={(e) => change({ family: e.currentTarget.checked })} /> a family of steps
              </label>
              <label class="check">
                Sweep
                <select value={String(s.sweep)} onChange={(e) => change({ sweep: Number(e.currentTarget.value) })}>
                  {[...new Set([20, 40, 50, 100, 200, 400, s.sweep])].sort((a, b) => a - b).map((t) => (
                    <option key={t} value={String(t)}>
                      {t} ms
                    </option>
                  ))}
                </select>
              </label>
            </div>
          </section>
          <section class="card" aria-label="Membrane">
            <div class="row">
              <h2>Membrane</h2>
              <span class="fill" />
              {differing > 0 && (
                <button class="small" onClick={() => change({ p: defaults("current").p, away: 0 })}>
                  reset {differing}
                </button>
              )}
            </div>
            {fields.map((f) => (
              <Slider key={f.name} label={f.label} unit={f.unit} value={s.p[f.name]} low={f.low} high={f.high} step={f.step} standard={f.standard} title={f.says} set={setP(f.name)} />
            ))}
            {!voltage && <Slider label="V at the start" unit="mV from rest" value={s.away} low={-60} high={60} step={1} standard={0} title="Where V begins, with the gates steady there (V0)" set={(x) => change({ away: x })} />}
          </section>
          <section class="card" aria-label="Drugs">
            <h2>Drug shelf</h2>
            <div class="row">
              {drugs.map((d) => (
                <button key={d.name} class="small" aria-pressed={s.drug === d.name} onClick={() => change(s.drug === d.name ? { drug: "", dose: 0 } : { drug: d.name, dose: d.k })}>
                  {d.name}
                </button>
              ))}
            </div>
            {drug ? (
              <>
                <Slider label={`${drug.name}, free concentration`} unit="× IC50" value={s.dose > 0 ? Number((s.dose / drug.k).toPrecision(3)) : 0} low={0} high={10} step={0.05} set={(x) => change({ dose: Number((x * drug.k).toPrecision(4)) })} />
                <HillCurve drug={drug} dose={s.dose} />
                <p class="hint">
                  {quantity(s.dose, "µM")} blocks {quantity(100 * block(drug, s.dose), "%", 3)} of {drug.acts === "gNa" ? "g Na" : "g K"} (IC50 {quantity(drug.k, "µM")}, {drug.target}; {drug.source}).
                </p>
              </>
            ) : (
              <p class="hint">Take one, then move its dose.</p>
            )}
          </section>
        </div>
        <Lazy load={() => import("../bench/cards").then((m) => m.LessonCard)} waiting={<section class="card lessons" aria-label="Lessons" />} state={s} engine={engine} change={change} set={(q) => setQuery({ ...writeState(defaults("current")), ...q })} />
      </div>
    </>
  );
}

function csv(s: BenchState, runs: Run[], engine: Engine): string {
  const many = runs.length > 1;
  const p = drugged(s.p, s.drug, s.dose);
  const lines = [
    `# Loligo bench, ${engine.name}; ${location.href}`,
    `# ${Object.entries(p).map(([k, v]) => `${k} = ${v}`).join(", ")}${s.drug ? `; ${s.drug} ${s.dose} uM` : ""}`,
    `${many ? "sweep," : ""}t_ms,v_mV,${s.clamp === "voltage" ? "command_mV" : "i_uA_cm2"},m,h,n,iNa_uA_cm2,iK_uA_cm2,iL_uA_cm2`,
  ];
  runs.forEach((r, j) => {
    for (let k = 0; k < r.n; k++)
      lines.push(`${many ? `${j},` : ""}${Number((k * SAMPLE).toFixed(6))},${r.v[k]},${r.command[k]},${r.m[k]},${r.h[k]},${r.k[k]},${r.iNa[k]},${r.iK[k]},${r.iL[k]}`);
  });
  return `${lines.join("\n")}\n`;
}

