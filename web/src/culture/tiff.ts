// Label images: TIFF of one channel, whole numbers of 8, 16 or 32 bits, in strips, plain or deflated; written plain.
import type { Labels } from "./labels";

const refuse = (why: string): never => {
  throw new Error(`These masks are not understood: ${why}. loligo culture segment writes them as 16 bits, deflated.`);
};

export async function readLabels(buffer: ArrayBuffer): Promise<Labels> {
  const v = new DataView(buffer);
  const order = buffer.byteLength > 8 ? v.getUint16(0) : 0;
  if (order !== 0x4949 && order !== 0x4d4d) refuse("this is no TIFF");
  const little = order === 0x4949;
  if (v.getUint16(2, little) !== 42) refuse("this is no plain TIFF");
  const size = { 1: 1, 2: 1, 3: 2, 4: 4 } as Record<number, number>;
  const tags = new Map<number, number[]>();
  const first = v.getUint32(4, little);
  for (let k = 0, n = v.getUint16(first, little); k < n; k++) {
    const e = first + 2 + 12 * k;
    const type = v.getUint16(e + 2, little);
    const count = v.getUint32(e + 4, little);
    const bytes = (size[type] ?? 0) * count;
    if (!bytes || count > 1e6) continue;
    const from = bytes <= 4 ? e + 8 : v.getUint32(e + 8, little);
    tags.set(v.getUint16(e, little), Array.from({ length: count }, (_, j) => (type === 3 ? v.getUint16(from + 2 * j, little) : type === 4 ? v.getUint32(from + 4 * j, little) : v.getUint8(from + j))));
  }
  const one = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise;
  const width = one(256, 0);
  const height = one(257, 0);
  const bits = one(258, 1);
  const packed = one(259, 1);
  if (!width || !height || width * height > 64e6) refuse("its size");
  if (![8, 16, 32].includes(bits) || one(277, 1) !== 1) refuse(`${bits} bits of ${one(277, 1)} channels`);
  if (packed !== 1 && packed !== 8 && packed !== 32946) refuse("its compression");
  if (one(317, 1) !== 1 && one(317, 1) !== 2) refuse("its predictor");
  if (one(339, 1) > 2) refuse("numbers with a point");
  const rows = Math.min(height, one(278, height));
  const lengths = tags.get(279) ?? refuse("it has no strips");
  const label = new Uint32Array(width * height);
  const step = bits / 8;
  for (const [k, from] of (tags.get(273) ?? refuse("it has no strips")).entries()) {
    const piece = new Uint8Array(buffer, from, lengths[k]!);
    const raw = packed === 1 ? piece : new Uint8Array(await new Response(new Blob([piece]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
    const d = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let y = k * rows; y < Math.min(height, (k + 1) * rows); y++) {
      let last = 0;
      for (let x = 0; x < width; x++) {
        const p = ((y - k * rows) * width + x) * step;
        if (p + step > raw.byteLength) refuse("it ends too early");
        let value = bits === 8 ? d.getUint8(p) : bits === 16 ? d.getUint16(p, little) : d.getUint32(p, little);
        if (one(317, 1) === 2) value = last = (value + last) % 2 ** bits;
        label[y * width + x] = value;
      }
    }
  }
  return { width, height, label };
}

/** Labels as one plain image of 16 bits, or 32 where one needs them. */
export function writeLabels(l: Labels): Blob {
  const bits = l.label.some((x) => x > 65535) ? 32 : 16;
  const tags: [number, number, number][] = [
    [256, 4, l.width],
    [257, 4, l.height],
    [258, 3, bits],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 0],
    [277, 3, 1],
    [278, 4, l.height],
    [279, 4, (l.label.length * bits) / 8],
    [339, 3, 1],
  ];
  const start = 8 + 2 + 12 * tags.length + 4;
  const buffer = new ArrayBuffer(start + (l.label.length * bits) / 8);
  const v = new DataView(buffer);
  v.setUint16(0, 0x4949);
  v.setUint16(2, 42, true);
  v.setUint32(4, 8, true);
  v.setUint16(8, tags.length, true);
  tags.forEach(([tag, type, value], k) => {
    const e = 10 + 12 * k;
    v.setUint16(e, tag, true);
    v.setUint16(e + 2, type, true);
    v.setUint32(e + 4, 1, true);
    if (type === 3) v.setUint16(e + 8, value, true);
    else v.setUint32(e + 8, tag === 273 ? start : value, true);
  });
  for (let p = 0; p < l.label.length; p++)
    if (bits === 16) v.setUint16(start + 2 * p, l.label[p]!, true);
    else v.setUint32(start + 4 * p, l.label[p]!, true);
  return new Blob([buffer], { type: "image/tiff" });
}
