// A wave as the program writes it for a page (loligo calcium simulate --film): a line of JSON, then floats.
export interface Film {
  n_times: number;
  n_places: number;
  every_s: number;
  length_um: number;
  layers: string[];
  value: Float32Array; // (layers, times, places)
  range: [number, number][]; // of each layer
}

export function parseFilm(buffer: ArrayBuffer): Film {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const head = (end > 0 && end < 4096 ? JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) : {}) as Film & { schema?: string };
  if (head.schema !== "loligo-calcium-film/1") throw new Error("This is no film of a calcium wave.");
  const size = head.n_times * head.n_places;
  if (buffer.byteLength - end - 1 !== 4 * head.layers.length * size) throw new Error("The wave's film is not whole: load the page anew.");
  const value = new Float32Array(buffer.slice(end + 1));
  const range = head.layers.map((_, q): [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const v of value.subarray(q * size, (q + 1) * size)) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
    return high >= low ? [low, high] : [0, 1];
  });
  return { ...head, value, range };
}

export const frameOf = (f: Film, layer: number, k: number): Float32Array => {
  const at = (layer * f.n_times + k) * f.n_places;
  return f.value.subarray(at, at + f.n_places);
};

/** Places of cells' middles, µm. */
export const placesOf = (f: Film): Float64Array => Float64Array.from({ length: f.n_places }, (_, p) => (f.length_um * (p + 0.5)) / f.n_places);

/** The last frame in which calcium is above `level` anywhere on its way up, and a quarter more: where a look begins and ends. */
export function framesOfWave(f: Film): number {
  const [low, high] = f.range[0]!;
  const level = low + 0.3 * (high - low);
  let last = 0;
  const seen = new Uint8Array(f.n_places);
  for (let k = 0; k < f.n_times; k++) {
    const c = frameOf(f, 0, k);
    for (let p = 0; p < f.n_places; p++)
      if (!seen[p] && c[p]! > level) (seen[p] = 1), (last = k);
  }
  return Math.min(f.n_times, Math.max(20, Math.ceil(1.4 * last)));
}
