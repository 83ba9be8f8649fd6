// The lessons; fetched after the bench itself.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { number, quantity } from "../lib/format";
import type { Engine } from "./engine";
import type { WaveRun } from "../engine/wave";
import { load } from "../engine";
import { attenuation, cable, check, lambda, lessons, type Question, simulated, wave } from "./lessons";
import type { BenchState } from "./state";

export function LessonCard(props: { state: BenchState; engine: Engine; change: (c: Partial<BenchState>) => void; set: (q: Record<string, string>) => void }) {
  const k = props.state.lesson;
  const lesson = lessons[k - 1];
  return (
    <section class="card lessons" aria-label="Lessons">
      <div class="row">
        <h2>Lessons</h2>
        <span class="segments" role="group" aria-label="Lessons">
          {lessons.map((l, j) => (
            <button key={l.title} class="small" aria-pressed={k === j + 1} title={l.title} onClick={() => (k === j + 1 ? props.change({ lesson: 0 }) : props.set({ ...l.set, lesson: String(j + 1) }))}>
              {j + 1} {l.title}
            </button>
          ))}
        </span>
      </div>
      {lesson ? (
        <>
          {lesson.text.map((t) => (
            <p key={t}>{t}</p>
          ))}
          {lesson.plot === "cable" && <CablePlot {...props} />}
          {lesson.plot === "wave" && <WavePlot {...props} />}
          {lesson.questions.map((q) => (
            <Ask key={q.ask} q={q} engine={props.engine} />
          ))}
        </>
      ) : (
        <p class="hint">Six short experiments with answers that are checked. Choosing one sets the bench up for it.</p>
      )}
    </section>
  );
}

function Ask({ q, engine }: { q: Question; engine: Engine }) {
  const given = useSignal("");
  const said = useSignal<{ right: boolean; text: string } | null>(null);
  const tries = useSignal(0);
  const submit = async (e: Event) => {
    e.preventDefault();
    const x = Number(given.value.replace(",", ".").replace("−", "-"));
    if (given.value.trim() === "" || !Number.isFinite(x)) {
      said.value = { right: false, text: "Write a number." };
      return;
    }
    said.value = { right: true, text: "is worked out …" };
    let result: { right: boolean; answer: number };
    try {
      result = await check(q, x, engine);
    } catch (e) {
      said.value = { right: false, text: `It could not be worked out: ${(e as Error).message}` };
      return;
    }
    const { right, answer } = result;
    tries.value++;
    said.value = right
      ? { right, text: `Right: ${quantity(answer, q.unit, 4)}.` }
      : { right, text: tries.value < 3 ? `Not yet. ${q.hint}` : `It is ${quantity(answer, q.unit, 4)}. ${q.hint}` };
  };
  const id = `q-${q.ask.replace(/\W+/g, "-")}`;
  return (
    <form class="ask" onSubmit={(e) => void submit(e)}>
      <label for={id}>{q.ask}</label>
      <span class="row">
        <input id={id} inputMode="decimal" size={8} value={given.value} onInput={(e) => (given.value = e.currentTarget.value)} /> {q.unit}
        <button class="small">Check</button>
        <span role="status" class={said.value?.right ? "says-right" : "says-wrong"}>
          {said.value && `${said.value.text.endsWith("…") ? "" : said.value.right ? "✓ " : "✗ "}${said.value.text}`}
        </span>
      </span>
    </form>
  );
}

const places = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

type PlotProps = { state: BenchState; change: (c: Partial<BenchState>) => void };

function CablePlot({ state, change }: PlotProps) {
  const d = state.diameter;
  const c = { ...cable, d };
  const dots = useSignal<number[]>([]);
  const error = useSignal("");
  useEffect(() => {
    let gone = false;
    simulated(load, places, d).then(
      (v) => gone || (dots.value = v),
      (e: Error) => gone || (error.value = `The core did not start: ${e.message}`),
    );
    return () => void (gone = true);
  }, [d]);
  const W = 520;
  const H = 170;
  const X = (x: number) => 46 + (x / cable.length) * (W - 60);
  const Y = (v: number) => H - 34 - v * (H - 50);
  let path = "";
  for (let k = 0; k <= 80; k++) {
    const x = (cable.length * k) / 80;
    path += `${k ? "L" : "M"}${X(x).toFixed(1)} ${Y(attenuation(x, c)).toFixed(1)}`;
  }
  const end = dots.value[dots.value.length - 1];
  return (
    <figure class="figure">
      <label class="check">
        Diameter
        <input type="range" min={0.5} max={10} step={0.5} value={d} aria-valuetext={quantity(d, "µm")} onInput={(e) => change({ diameter: Number(e.currentTarget.value) })} />
        {quantity(d, "µm")}
      </label>
      <svg class="hill wide" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Potential along the dendrite: falls from 100 % to ${number(100 * attenuation(cable.length, c), 3)} % at ${cable.length} µm`}>
        {[0, 0.5, 1].map((v) => (
          <g key={v}>
            <line x1="46" x2={W - 14} y1={Y(v)} y2={Y(v)} class="grid-line" />
            <text x="40" y={Y(v) + 4} text-anchor="end">
              {v * 100} %
            </text>
          </g>
        ))}
        {[0, 250, 500, 750, 1000].map((x) => (
          <text key={x} x={X(x)} y={H - 18} text-anchor="middle">
            {x}
          </text>
        ))}
        <text x={W - 14} y={H - 4} text-anchor="end">
          distance (µm)
        </text>
        <path d={path} class="curve" />
        {lambda(c) < cable.length && <line x1={X(lambda(c))} x2={X(lambda(c))} y1={Y(0)} y2={Y(1)} class="grid-line" />}
        {dots.value.map((v, k) => (
          <circle key={k} cx={X(cable.length * places[k]!)} cy={Y(v)} r="3.5" class="now" />
        ))}
      </svg>
      <figcaption>{error.value || (end === undefined ? "The dendrite is worked out …" : `Dots: simulated by the core; ${quantity(100 * end, "%", 3)} at the far end. Line: the formula.`)}</figcaption>
    </figure>
  );
}

/** Calcium along the dendrite, upwards, against time: a picture of the frames. */
function WavePlot({ state, change }: PlotProps) {
  const receptors = state.receptors;
  const run = useSignal<WaveRun | null>(null);
  const error = useSignal("");
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    wave(receptors, 5e-4).then(
      (r) => gone || (run.value = r),
      (e: Error) => gone || (error.value = e.message),
    );
    return () => void (gone = true);
  }, [receptors]);
  useEffect(() => {
    const r = run.value;
    const c = canvas.current?.getContext("2d");
    if (!r || !c) return;
    const { frames, nodes, columns, values } = r;
    c.canvas.width = frames;
    c.canvas.height = nodes;
    const image = c.createImageData(frames, nodes);
    for (let f = 0; f < frames; f++)
      for (let n = 0; n < nodes; n++) {
        const x = Math.min(1, values[(f * nodes + n) * columns]! / 12);
        image.data.set([Math.round(255 * Math.min(1, 2 * x)), Math.round(255 * x * x), Math.round(120 * (1 - x) + 30), 255], 4 * ((nodes - 1 - n) * frames + f));
      }
    c.putImageData(image, 0, 0);
  }, [run.value]);
  const words = error.value || "The wave is worked out …";
  return (
    <figure class="figure">
      <label class="check">
        Receptors per µm²
        <input type="range" min={1.5} max={5} step={0.5} value={receptors} aria-valuetext={`${receptors} per µm²`} onChange={(e) => change({ receptors: Number(e.currentTarget.value) })} />
        {receptors}
      </label>
      <canvas ref={canvas} class="wave" role="img" aria-label={`Calcium along 32 µm of dendrite, upwards, over 40 ms. ${run.value ? "" : words}`} />
      <figcaption>
        Calcium from 0 (dark) to 12 µM (light); upwards: 0 to 32 µm; to the right: 0 to 40 ms. {run.value ? `Peak ${number(run.value.peak, 3)} µM.` : words}
      </figcaption>
    </figure>
  );
}
