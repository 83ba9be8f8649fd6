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
  { path: "recordings", title: "Recordings", group: "Cell", key: "r", load: () => import("./pages/recordings") },
  { path: "twin", title: "Twin", group: "Cell", key: "t", load: () => import("./pages/twin") },
  { path: "neuron", title: "Neuron 3-D", group: "Cell", key: "n", open: true, load: () => import("./pages/neuron") },
  { path: "calcium", title: "Calcium", group: "Cell", key: "c", load: () => import("./pages/calcium") },
  { path: "drugs", title: "Drugs", group: "Pharmacology", key: "d", load: () => import("./pages/drugs") },
  { path: "trial", title: "Trial", group: "Pharmacology", key: "l", load: () => import("./pages/trial") },
  { path: "screen", title: "Screen", group: "Pharmacology", key: "s", load: () => import("./pages/screen") },
  { path: "culture", title: "Culture", group: "Tissue", key: "u", load: () => import("./pages/culture") },
  { path: "axon", title: "Axon", group: "Tissue", key: "x", load: () => import("./pages/axon") },
  { path: "compare", title: "Compare", group: "Work", key: "m", load: () => import("./pages/compare") },
  { path: "sign-in", title: "Sign in", group: "", open: true, hidden: true, load: () => import("./pages/account") },
  { path: "join", title: "Make an account", group: "", open: true, hidden: true, load: () => import("./pages/account") },
  { path: "studies", title: "Studies", group: "Work", key: "y", load: () => import("./pages/studies") },
  { path: "jobs", title: "Jobs", group: "Work", key: "j", load: () => import("./pages/jobs") },
  { path: "account", title: "Account", group: "Work", key: "k", load: () => import("./pages/me") },
  { path: "admin", title: "Admin", group: "Work", key: "a", admin: true, load: () => import("./pages/admin") },
];

export const pageOf = (path: string): Page | undefined => pages.find((p) => p.path === path);
