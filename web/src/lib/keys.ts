// One keyboard map for the whole page; "?" shows it.
import { signal } from "@preact/signals";

export interface Key {
  keys: string; // "?", "g b" (one after the other), "space"
  does: string;
  run: () => void;
}
export const showKeys = signal(false);
const global: Key[] = [];
const local = signal<Key[]>([]);

export const globalKeys = (): Key[] => global;
export const localKeys = (): Key[] => local.value;
export function addGlobalKeys(keys: Key[]): void {
  global.push(...keys);
}
/** Keys of the page that is open; give the result to an effect's clean-up. */
export function setLocalKeys(keys: Key[]): () => void {
  local.value = keys;
  return () => {
    if (local.peek() === keys) local.value = [];
  };
}

let prefix = "";
let forget = 0;
const typing = (e: Event): boolean => {
  const t = e.target as HTMLElement | null;
  return !!t && (/^(TEXTAREA|SELECT)$/.test(t.tagName) || (t.tagName === "INPUT" && !/^(range|checkbox|radio|button)$/.test((t as HTMLInputElement).type)) || t.isContentEditable);
};

export function startKeys(): void {
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape" && showKeys.value) {
      showKeys.value = false;
      return;
    }
    if (typing(e) || showKeys.value) return;
    const name = e.key === " " ? "space" : e.key;
    const control = e.target instanceof HTMLElement && /^(BUTTON|A|INPUT|SUMMARY)$/.test(e.target.tagName);
    if (control && (name === "space" || name === "Enter" || name.startsWith("Arrow"))) return;
    const pressed = prefix ? `${prefix} ${name}` : name;
    const all = [...local.value, ...global];
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
