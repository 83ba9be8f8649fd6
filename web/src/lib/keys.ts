// One keyboard map for the whole page; "?" shows it.
import { signal } from "@preact/signals";

export interface Key {
  keys: string; // "?", "g b" (one after the other), "space"
  does: string;
  run: () => void;
}
export const showKeys = signal(false);
const global: Key[] = [];
const local = signal<Key[][]>([]);

export const globalKeys = (): Key[] => global;
export const localKeys = (): Key[] => local.value.flat();
export function addGlobalKeys(keys: Key[]): void {
  global.push(...keys);
}
/** Keys of the page that is open, or of a part of it; give the result to an effect's clean-up. */
export function setLocalKeys(keys: Key[]): () => void {
  local.value = [...local.peek(), keys];
  return () => void (local.value = local.peek().filter((k) => k !== keys));
}

let prefix = "";
let forget = 0;
const typing = (e: Event): boolean => {
  const t = e.target as HTMLElement | null;
  return !!t && (/^(TEXTAREA|SELECT)$/.test(t.tagName) || (t.tagName === "INPUT" && !/^(range|checkbox|radio|button)$/.test((t as HTMLInputElement).type)) || t.isContentEditable);
};

export function startKeys(): void {
  addEventListener("keydown", (e) => {
    if (e.altKey) return;
    const held = e.ctrlKey || e.metaKey;
    if (e.key === "Escape" && showKeys.value) {
      showKeys.value = false;
      return;
    }
    if (typing(e) || showKeys.value) return;
    const name = `${held ? "Ctrl+" : ""}${e.key === " " ? "space" : e.key}`;
    const control = e.target instanceof HTMLElement && /^(BUTTON|A|INPUT|SUMMARY)$/.test(e.target.tagName);
    if (control && (name === "space" || name === "Enter" || name.startsWith("Arrow"))) return;
    const pressed = prefix && !held ? `${prefix} ${name}` : name;
    const all = [...local.peek().flat(), ...global];
    const hit = all.find((k) => k.keys === pressed);
    clearTimeout(forget);
    prefix = "";
    if (hit) {
      e.preventDefault();
      hit.run();
    } else if (all.some((k) => k.keys.startsWith(`${pressed} `))) {
      prefix = pressed;
      forget = window.setTimeout(() => (prefix = ""), 1200);
    }
  });
}
