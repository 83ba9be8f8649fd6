// Addresses are #/page/part/part?name=value. What a page shows stands in its address, so that a link shows it again.
import { computed, signal } from "@preact/signals";

export interface Address {
  page: string;
  parts: string[];
  query: Record<string, string>;
}

export function parseAddress(hash: string): Address {
  const text = hash.replace(/^#\/?/, "");
  const cut = text.indexOf("?");
  const path = cut < 0 ? text : text.slice(0, cut);
  const [page = "", ...parts] = path.split("/").filter(Boolean).map(decode);
  const query: Record<string, string> = {};
  if (cut >= 0) for (const [k, v] of new URLSearchParams(text.slice(cut + 1))) query[k] = v;
  return { page, parts, query };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function formatAddress(a: Address): string {
  const path = [a.page, ...a.parts].map(encodeURIComponent).join("/");
  const query = new URLSearchParams(Object.entries(a.query).filter(([, v]) => v !== "")).toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}

export const address = signal<Address>(parseAddress(typeof location === "undefined" ? "" : location.hash));
/** The page and its parts without the query: what decides which page stands there. */
export const place = computed(() => [address.value.page, ...address.value.parts].join("/"));

export function startRouter(): void {
  addEventListener("hashchange", () => (address.value = parseAddress(location.hash)));
}

export function go(hash: string): void {
  location.hash = hash.replace(/^#/, "");
}

let waiting = 0;
/** Change values of the query: "" or undefined takes one away. Written to the address bar at most 5 times a second. */
export function setQuery(changes: Record<string, string | undefined>): void {
  const query = { ...address.peek().query };
  for (const [k, v] of Object.entries(changes))
    if (v === undefined || v === "") delete query[k];
    else query[k] = v;
  const next = { ...address.peek(), query };
  address.value = next;
  clearTimeout(waiting);
  const from = location.hash;
  // a link that was followed meanwhile has changed the hash already, while the address waits for the event that tells of it
  waiting = setTimeout(() => location.hash === from && history.replaceState(null, "", formatAddress(address.peek())), 200);
}

export function link(page: string, parts: string[] = [], query: Record<string, string> = {}): string {
  return formatAddress({ page, parts, query });
}
