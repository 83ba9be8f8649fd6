import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { test } from "node:test";
import { apply, at, cellsOf, crossed, draw, type Edit, edges, type Labels, merge, neighbours, remove, split, splitAcross } from "../src/culture/labels";
import { parseFrames } from "../src/culture/frames";
import { readLabels, writeLabels } from "../src/culture/tiff";

// two cells beside each other, a third apart
const image = (): Labels => {
  const l = { width: 12, height: 8, label: new Uint32Array(96) };
  for (let y = 1; y < 7; y++) for (let x = 1; x < 11; x++) l.label[12 * y + x] = x < 5 ? 1 : x < 9 && y < 5 ? 2 : y > 5 && x > 8 ? 3 : 0;
  return l;
};

test("edits of masks and their way back", () => {
  const l = image();
  const start = l.label.slice();
  assert.deepEqual(neighbours(l, 1), [[2, 4]]);
  assert.throws(() => merge(l, 1, 3), /do not touch/);
  const done: Edit[] = [];
  const run = (e: Edit | null) => (assert.ok(e), apply(l, e), done.push(e));
  run(splitAcross(l, 1)); // 4 wide, 6 high: cut into an upper and a lower half
  assert.deepEqual(cellsOf(l).map((c) => [c.id, c.area]), [[1, 12], [2, 16], [3, 2], [4, 12]]);
  assert.notEqual(at(l, 2, 1), at(l, 2, 6));
  run(merge(l, 1, 4));
  assert.deepEqual(l.label, start);
  run(remove(l, 2));
  assert.equal(at(l, 6, 2), 0);
  run(draw(l, [[5, 1], [9, 1], [9, 5], [5, 5]]));
  assert.equal(at(l, 6, 2), 4);
  assert.equal(at(l, 4, 2), 1); // not over another cell
  assert.equal(cellsOf(l).find((c) => c.id === 4)!.area, 16);
  run(split(l, crossed(l, 7, 0, 7, 6), 7, 0, 7, 6));
  assert.deepEqual(cellsOf(l).map((c) => c.area).sort((a, b) => a - b), [2, 8, 8, 24]);
  assert.equal(cellsOf(l).length, 4);
  assert.equal(split(l, 1, 0, 0, 11, 0), null); // a line that parts nothing
  assert.equal(draw(l, [[1, 1], [2, 2]]), null);
  while (done.length) apply(l, done.pop()!, true);
  assert.deepEqual(l.label, start);
  assert.equal(edges(l).reduce((a, b) => a + b, 0), 16 + 12 + 2);
});

test("label images there and back", async () => {
  const l = image();
  for (const most of [3, 70000]) {
    l.label[13] = most;
    assert.deepEqual(await readLabels(await writeLabels(l).arrayBuffer()), l);
  }
});

test("deflated strips of a label image, and what is refused", async () => {
  const l = image();
  const strips = [0, 1].map((k) => deflateSync(Buffer.from(Uint16Array.from(l.label.slice(48 * k, 48 * k + 48)).buffer)));
  const at0 = 200;
  const tags: [number, number, number[]][] = [[256, 3, [12]], [257, 3, [8]], [258, 3, [16]], [259, 3, [8]], [273, 4, [at0, at0 + strips[0]!.length]], [277, 3, [1]], [278, 3, [4]], [279, 4, strips.map((s) => s.length)]];
  const v = new DataView(new ArrayBuffer(at0 + strips[0]!.length + strips[1]!.length));
  v.setUint16(0, 0x4949);
  v.setUint16(2, 42, true);
  v.setUint32(4, 8, true);
  v.setUint16(8, tags.length, true);
  let beyond = 140;
  tags.forEach(([tag, type, values], k) => {
    const e = 10 + 12 * k;
    v.setUint16(e, tag, true);
    v.setUint16(e + 2, type, true);
    v.setUint32(e + 4, values.length, true);
    if (values.length === 1) type === 3 ? v.setUint16(e + 8, values[0]!, true) : v.setUint32(e + 8, values[0]!, true);
    else {
      v.setUint32(e + 8, beyond, true);
      for (const x of values) v.setUint32(beyond, x, true), (beyond += 4);
    }
  });
  new Uint8Array(v.buffer).set(Buffer.concat(strips), at0);
  assert.deepEqual(await readLabels(v.buffer), l);
  await assert.rejects(readLabels(v.buffer.slice(0, 4)), /not understood/);
  v.setUint16(10 + 12 * 3 + 8, 5, true); // LZW
  await assert.rejects(readLabels(v.buffer), /compression/);
});

test("frames", () => {
  const text = new TextEncoder().encode('{"schema":"loligo-frames/1","n":2,"height":1,"width":3}\n');
  const f = parseFrames(Uint8Array.from([...text, 1, 2, 3, 4, 5, 6]).buffer);
  assert.deepEqual([...f.value], [1, 2, 3, 4, 5, 6]);
  assert.throws(() => parseFrames(Uint8Array.from([...text, 1]).buffer), /not whole/);
  assert.throws(() => parseFrames(new Uint8Array(9).buffer), /no frames/);
});
