// Masks over the movie, mended by hand: merge, split, delete, draw, with undo and redo; by mouse and by keyboard.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { setLocalKeys } from "../lib/keys";
import type { Frames } from "./frames";
import { Film, type Graph, type Tool, type View } from "./film";
import { apply, type Cell, cellsOf, crossed, draw, type Edit, type Labels, merge, neighbours, remove, split, splitAcross } from "./labels";

/** The label image with what was done to it. */
export class Masks {
  done: Edit[] = [];
  undone: Edit[] = [];
  constructor(readonly labels: Labels) {}
  run(e: Edit | null): boolean {
    if (!e) return false;
    apply(this.labels, e);
    this.done.push(e);
    this.undone = [];
    return true;
  }
  undo(): Edit | undefined {
    const e = this.done.pop();
    if (e) apply(this.labels, e, true), this.undone.push(e);
    return e;
  }
  redo(): Edit | undefined {
    const e = this.undone.pop();
    if (e) apply(this.labels, e), this.done.push(e);
    return e;
  }
}

const tools: [Tool, string, string][] = [
  ["look", "Choose", "click a cell to see its trace"],
  ["merge", "Merge", "with a cell chosen, click the neighbour that belongs to it"],
  ["split", "Split", "draw a line across a cell"],
  ["draw", "Draw", "draw round a cell that is missing"],
];

export function Editor(p: {
  name: string;
  frames: Frames;
  frame: Signal<number>;
  masks: Masks;
  graph: Graph | null;
  chosen: number;
  choose: (id: number) => void;
  changed: () => void;
  version: number;
}) {
  const playing = useSignal(false);
  const view = useSignal<View>({ outlines: true, graph: false, zoom: 1 });
  const tool = useSignal<Tool>("look");
  const said = useSignal("");
  const { masks, chosen } = p;
  const cells = useMemo(() => cellsOf(masks.labels), [masks, p.version]);
  const around = useMemo(() => (chosen ? neighbours(masks.labels, chosen) : []), [masks, p.version, chosen]);
  const after = (e: Edit | undefined | null, words: string, none: string) => {
    said.value = e ? words : none;
    if (!e) return;
    p.changed();
    p.choose(e.chosen);
  };
  const run = (make: () => Edit | null, none: string) => {
    try {
      const e = make();
      if (e) e.before = chosen;
      masks.run(e);
      after(e, `Now: ${e?.what}.`, none);
    } catch (x) {
      said.value = (x as Error).message;
    }
  };
  const undo = () => {
    const e = masks.undo();
    after(e && { ...e, chosen: e.before ?? 0 }, `Taken back: ${e?.what}.`, "Nothing to take back.");
  };
  const redo = () => {
    const e = masks.redo();
    after(e, `Again: ${e?.what}.`, "Nothing to do again.");
  };
  const pick = (id: number) => {
    if (tool.value === "merge" && chosen && id && id !== chosen) run(() => merge(masks.labels, chosen, id), "");
    else p.choose(id);
  };
  const walk = (by: number) => {
    if (!cells.length) return;
    const k = cells.findIndex((c) => c.id === chosen);
    p.choose(cells[(k + by + cells.length) % cells.length]!.id);
  };
  const change = (v: Partial<View>) => (view.value = { ...view.value, ...v });
  const step = (by: number) => {
    playing.value = false;
    p.frame.value = Math.min(p.frames.n - 1, Math.max(0, p.frame.value + by));
  };
  useEffect(() =>
    setLocalKeys([
      { keys: "space", does: "play or pause", run: () => (playing.value = !playing.value) },
      { keys: "ArrowRight", does: "a frame on", run: () => step(1) },
      { keys: "ArrowLeft", does: "a frame back", run: () => step(-1) },
      { keys: "PageDown", does: "ten frames on", run: () => step(10) },
      { keys: "PageUp", does: "ten frames back", run: () => step(-10) },
      { keys: "n", does: "next cell", run: () => walk(1) },
      { keys: "p", does: "cell before", run: () => walk(-1) },
      { keys: "m", does: "merge the cell with the neighbour of its longest border", run: () => around[0] && run(() => merge(masks.labels, chosen, around[0]![0]), "") },
      { keys: "s", does: "split the cell across its longer axis", run: () => run(() => splitAcross(masks.labels, chosen), "Choose a cell first.") },
      { keys: "x", does: "delete the cell", run: () => run(() => remove(masks.labels, chosen), "Choose a cell first.") },
      { keys: "Ctrl+z", does: "undo", run: undo },
      { keys: "u", does: "undo", run: undo },
      { keys: "Ctrl+y", does: "redo", run: redo },
      { keys: "y", does: "redo", run: redo },
      { keys: "o", does: "outlines or not", run: () => change({ outlines: !view.value.outlines }) },
      { keys: "e", does: "graph of borders or not", run: () => change({ graph: !view.value.graph }) },
      { keys: "+", does: "larger", run: () => change({ zoom: Math.min(6, view.value.zoom * 1.5) }) },
      { keys: "-", does: "smaller", run: () => change({ zoom: Math.max(1, view.value.zoom / 1.5) }) },
    ]),
  );
  const last = masks.done[masks.done.length - 1];
  return (
    <section class="card" aria-label="Movie and masks">
      <div class="row" role="toolbar" aria-label="What to show">
        <button class="small" aria-pressed={view.value.outlines} onClick={() => change({ outlines: !view.value.outlines })}>
          Outlines
        </button>
        <button class="small" aria-pressed={view.value.graph} onClick={() => change({ graph: !view.value.graph })}>
          Graph
        </button>
        <span class="segments" role="group" aria-label="Size">
          {[1, 2, 4].map((z) => (
            <button key={z} class="small" aria-pressed={view.value.zoom === z} onClick={() => change({ zoom: z })}>
              × {z}
            </button>
          ))}
        </span>
      </div>
      <div class="row" role="toolbar" aria-label="Mend the masks">
        <span class="segments" role="group" aria-label="Tool">
          {tools.map(([t, words, hint]) => (
            <button key={t} class="small" title={hint} aria-pressed={tool.value === t} onClick={() => ((tool.value = t), (said.value = `${words}: ${hint}.`))}>
              {words}
            </button>
          ))}
        </span>
        <button class="small" disabled={!chosen} onClick={() => run(() => remove(masks.labels, chosen), "")}>
          Delete
        </button>
        <button class="small" disabled={!last} onClick={undo}>
          Undo
        </button>
        <button class="small" disabled={!masks.undone.length} onClick={redo}>
          Redo
        </button>
      </div>
      <p class="hint" role="status">
        {said.value || `${cells.length} cells${masks.done.length ? `, ${masks.done.length} edits` : ""}. Click one, or press n.`}
      </p>
      <Film
        name={p.name}
        frames={p.frames}
        frame={p.frame}
        playing={playing}
        view={view}
        labels={masks.labels}
        cells={cells}
        version={p.version}
        graph={p.graph}
        chosen={chosen}
        tool={tool.value}
        pick={pick}
        cut={(x1, y1, x2, y2) => run(() => split(masks.labels, crossed(masks.labels, x1, y1, x2, y2), x1, y1, x2, y2), "The line parts no cell.")}
        lasso={(c) => run(() => draw(masks.labels, c), "There is no free ground inside the curve.")}
      />
      {chosen > 0 && (
        <div class="row" role="group" aria-label={`Cell ${chosen}`}>
          <span class="hint">Cell {chosen}:</span>
          <button class="small" onClick={() => run(() => splitAcross(masks.labels, chosen), "The cell is too small.")}>
            Split across
          </button>
          {around.slice(0, 8).map(([id, sides]) => (
            <button key={id} class="small" title={`border of ${sides} px`} onClick={() => run(() => merge(masks.labels, chosen, id), "")}>
              Merge with {id}
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

export type { Cell };
