// Every page of the site: its place in the navigation, its key, and its code, which is fetched when it is first opened.
import type { ComponentType } from "preact";

export interface Page {
  path: string;
  title: string;
  group: string;
  key?: string; // after "g"
  open?: boolean; // no sign-in
  hidden?: boolean; // not in the navigation
  admin?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

export const pages: Page[] = [
  { path: "bench", title: "Bench", group: "Learn", key: "b", open: true, load: () => import("./pages/bench") },
  { path: "sign-in", title: "Sign in", group: "", open: true, hidden: true, load: () => import("./pages/account") },
  { path: "join", title: "Make an account", group: "", open: true, hidden: true, load: () => import("./pages/account") },
  { path: "jobs", title: "Jobs", group: "Work", key: "j", load: () => import("./pages/jobs") },
];

export const pageOf = (path: string): Page | undefined => pages.find((p) => p.path === path);
