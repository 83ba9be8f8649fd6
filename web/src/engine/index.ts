// The core in the browser. point.wasm is small; cell.wasm and wave.wasm are fetched by the pages that show them.
import { Module } from "./module";

export * from "./module";
export * from "./point";
export * from "./cell";
export * from "./wave";
export * from "./bench";

const urls = {
  point: new URL("./wasm/point.wasm", import.meta.url),
  cell: new URL("./wasm/cell.wasm", import.meta.url),
  wave: new URL("./wasm/wave.wasm", import.meta.url),
};
const loaded: Partial<Record<keyof typeof urls, Promise<Module>>> = {};

/** A module, fetched once. Rejects where this build of the page has none. */
export function load(name: keyof typeof urls): Promise<Module> {
  return (loaded[name] ??= fetch(urls[name]).then(async (answer) => {
    if (!answer.ok) throw new Error(`${name}.wasm: ${answer.status}`);
    return Module.from(await answer.arrayBuffer());
  }));
}
