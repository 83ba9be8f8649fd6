// Layout: skip link, top bar, navigation, the page itself; and which page that is.
import { signal, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { askWho, demo, signOut, user } from "./lib/api";
import { addGlobalKeys, showKeys } from "./lib/keys";
import { address, go, link, place } from "./lib/router";
import { dark, theme } from "./lib/theme";
import { type Page, pageOf, pages } from "./pages";
import { ErrorBox, Loading } from "./ui/parts";
import { KeyMap } from "./ui/keymap";

const menuOpen = signal(false);
const first = () => pages.find((p) => !p.hidden)!.path;

addGlobalKeys([
  { keys: "?", does: "show this map", run: () => (showKeys.value = true) },
  { keys: "t", does: "light or dark", run: () => (theme.value = dark.value ? "light" : "dark") },
  ...pages
    .filter((p) => p.key)
    .map((p) => ({ keys: `g ${p.key}`, does: `go to ${p.title}`, run: () => go(link(p.path)) })),
]);

function Navigation({ now }: { now: string }) {
  const groups = [...new Set(pages.filter((p) => !p.hidden).map((p) => p.group))];
  return (
    <nav id="navigation" class={menuOpen.value ? "nav open" : "nav"} aria-label="Pages">
      {groups.map((g) => (
        <div key={g} class="nav-group" role="group" aria-label={g}>
          <p class="nav-title" aria-hidden="true">
            {g}
          </p>
          <ul>
            {pages
              .filter((p) => p.group === g && !p.hidden && (!p.admin || user.value?.role === "admin"))
              .map((p) => (
                <li key={p.path}>
                  <a href={link(p.path)} aria-current={p.path === now ? "page" : undefined} onClick={() => (menuOpen.value = false)}>
                    {p.title}
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Top() {
  const who = user.value;
  return (
    <header class="top">
      <button class="menu quiet" aria-expanded={menuOpen.value} aria-controls="navigation" onClick={() => (menuOpen.value = !menuOpen.value)}>
        <span aria-hidden="true">☰</span>
        <span class="hidden">Pages</span>
      </button>
      <a class="brand" href={link(first())}>
        <img src="/icon.svg" width="26" height="26" alt="" /> Loligo
      </a>
      <span class="research">research use only</span>
      <span class="fill" />
      <button class="quiet" onClick={() => (showKeys.value = true)} aria-label="Keyboard map" title="Keyboard map (?)">
        <span aria-hidden="true">?</span>
      </button>
      <button class="quiet" onClick={() => (theme.value = dark.value ? "light" : "dark")} aria-label={dark.value ? "Light colours" : "Dark colours"} title="Light or dark (t)">
        <span aria-hidden="true">{dark.value ? "☀" : "☾"}</span>
      </button>
      {who ? (
        <span class="who">
          <span title={`role: ${who.role}`}>{who.name}</span>
          <button class="quiet" onClick={() => void signOut().then(() => go(link("sign-in")))}>
            Sign out
          </button>
        </span>
      ) : (
        <a class="button quiet" href={link("sign-in", [], pageOf(address.value.page)?.open ? {} : { back: location.hash })}>
          Sign in
        </a>
      )}
    </header>
  );
}

function Body({ page }: { page: Page }) {
  const Loaded = useSignal<ComponentType | null>(null);
  const error = useSignal<Error | null>(null);
  const main = useRef<HTMLElement>(null);
  const again = useSignal(0);
  const needs = !page.open && user.value === null;
  const unknown = !page.open && user.value === undefined;
  useEffect(() => {
    let gone = false;
    Loaded.value = null;
    error.value = null;
    document.title = `${page.title} – Loligo`;
    page.load().then(
      (m) => gone || (Loaded.value = m.default),
      (e: Error) => gone || (error.value = e),
    );
    return () => void (gone = true);
  }, [page, again.value]);
  useEffect(() => {
    if (started) main.current?.focus();
    started = true;
  }, [page]);
  const Page = Loaded.value;
  return (
    <main id="main" ref={main} tabIndex={-1} class={`page page-${page.path}`}>
      {error.value ? (
        <ErrorBox error={error.value} again={() => again.value++} />
      ) : needs ? (
        <NeedsAccount page={page} />
      ) : Page && !unknown ? (
        <Page />
      ) : (
        <Loading what={page.title} />
      )}
    </main>
  );
}
let started = false;

function NeedsAccount({ page }: { page: Page }) {
  return (
    <>
      <h1>{page.title}</h1>
      <div class="empty">
        <p>This page works with the server's files and jobs: sign in to see them.</p>
        <p>
          <a class="button main" href={link("sign-in", [], { back: location.hash })}>
            Sign in
          </a>
        </p>
      </div>
    </>
  );
}

function NotFound() {
  return (
    <main id="main" tabIndex={-1} class="page">
      <h1>No such page</h1>
      <p>
        There is nothing at <code>{location.hash}</code>. All pages are in the navigation; <a href={link(first())}>start here</a>.
      </p>
    </main>
  );
}

export function App() {
  useEffect(() => {
    void askWho();
  }, []);
  const name = place.value.split("/")[0] || first();
  const page = pageOf(name);
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), document.getElementById("main")?.focus())}>
        Skip to the page
      </a>
      <Top />
      {demo.value && (
        <aside class="demo" aria-label="Demonstration">
          Demonstration with the examples that ship: keep nothing here that matters. Whoever has the printed link may change everything.
        </aside>
      )}
      <div class="frame">
        <Navigation now={name} />
        {page ? <Body key={page.path} page={page} /> : <NotFound />}
      </div>
      <KeyMap />
    </>
  );
}
