// The lessons; fetched after the bench itself.
import { useSignal } from "@preact/signals";
import { number, quantity } from "../lib/format";
import type { Engine } from "./engine";
import { attenuation, cable, check, lambda, lessons, type Question } from "./lessons";
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
          {lesson.plot === "cable" && <CablePlot />}
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
  const submit = (e: Event) => {
    e.preventDefault();
    const x = Number(given.value.replace(",", ".").replace("−", "-"));
    if (given.value.trim() === "" || !Number.isFinite(x)) {
      said.value = { right: false, text: "Write a number." };
      return;
    }
    const { right, answer } = check(q, x, engine);
    tries.value++;
    said.value = right
      ? { right, text: `Right: ${quantity(answer, q.unit, 4)}.` }
      : { right, text: tries.value < 3 ? `Not yet. ${q.hint}` : `It is ${quantity(answer, q.unit, 4)}. ${q.hint}` };
  };
  const id = `q-${q.ask.replace(/\W+/g, "-")}`;
  return (
    <form class="ask" onSubmit={submit}>
      <label for={id}>{q.ask}</label>
      <span class="row">
        <input id={id} inputMode="decimal" size={8} value={given.value} onInput={(e) => (given.value = e.currentTarget.value)} /> {q.unit}
        <button class="small">Check</button>
        <span role="status" class={said.value?.right ? "says-right" : "says-wrong"}>
          {said.value && `${said.value.right ? "✓" : "✗"} ${said.value.text}`}
        </span>
      </span>
    </form>
  );
}

function CablePlot() {
  const W = 520;
  const H = 170;
  const X = (x: number) => 46 + (x / cable.length) * (W - 60);
  const Y = (v: number) => H - 34 - v * (H - 50);
  let path = "";
  for (let k = 0; k <= 80; k++) {
    const x = (cable.length * k) / 80;
    path += `${k ? "L" : "M"}${X(x).toFixed(1)} ${Y(attenuation(x)).toFixed(1)}`;
  }
  return (
    <svg class="hill wide" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Potential along the dendrite: falls from 100 % to ${number(100 * attenuation(cable.length), 3)} % at ${cable.length} µm`}>
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
      {lambda() < cable.length && <line x1={X(lambda())} x2={X(lambda())} y1={Y(0)} y2={Y(1)} class="grid-line" />}
    </svg>
  );
}
