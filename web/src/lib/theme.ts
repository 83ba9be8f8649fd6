// Light or dark: as the system has it, or as the switch says; kept in this browser.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const kept = (): Theme => {
  try {
    const t = localStorage.getItem("theme");
    return t === "light" || t === "dark" ? t : "system";
  } catch {
    return "system";
  }
};
export const theme = signal<Theme>(kept());
const system = matchMedia("(prefers-color-scheme: dark)");
export const dark = signal(false);

export function startTheme(): void {
  const look = () => (dark.value = theme.value === "dark" || (theme.value === "system" && system.matches));
  system.addEventListener("change", look);
  effect(() => {
    look();
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
    try {
      if (theme.value === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme.value);
    } catch {
      /* a browser that keeps nothing: the switch holds until the page is closed */
    }
  });
}

/** A colour of the style sheet, for canvases. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
