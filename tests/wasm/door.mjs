// The module's functions with strings and arrays, for tests: no more than that.
import { readFileSync } from "node:fs";

export function open(path) {
  const module = new WebAssembly.Module(readFileSync(path));
  const imports = WebAssembly.Module.imports(module);
  if (imports.length > 0) throw new Error(`the module needs ${imports.map((i) => `${i.module}.${i.name}`)}`);
  const door = new WebAssembly.Instance(module).exports;
  const text = (at) => {
    const bytes = new Uint8Array(door.memory.buffer, at);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  };
  const put = (string) => {
    const bytes = new TextEncoder().encode(`${string}\0`);
    const at = door.door_alloc(bytes.length);
    new Uint8Array(door.memory.buffer, at).set(bytes);
    return at;
  };
  const doubles = (at, n) => new Float64Array(door.memory.buffer, at, n).slice();
  const putDoubles = (values) => {
    const at = door.door_alloc(8 * values.length);
    new Float64Array(door.memory.buffer, at).set(values);
    return at;
  };
  const check = (status, what) => {
    if (status !== 0) throw new Error(`${what}: ${text(door.door_status(status))}: ${text(door.door_message())}`);
  };
  return { door, text, put, doubles, putDoubles, check };
}
