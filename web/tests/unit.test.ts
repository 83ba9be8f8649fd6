import assert from "node:assert/strict";
import { test } from "node:test";
import { spikes, standard } from "../src/bench/engine";
import { hh52 } from "../src/bench/hh52";
import { attenuation, check, lambda, lessons, rate, refractory, threshold } from "../src/bench/lessons";
import { amplitudes, defaults, pieces, readState, writeState } from "../src/bench/state";
import { column, keyWords, nameAndUnit, parseCsv } from "../src/lib/csv";
import { bytes, duration, number, quantity } from "../src/lib/format";
import { formatAddress, parseAddress, setQuery } from "../src/lib/router";
import { rangeOf, ticks } from "../src/lib/strips";
import { ownName, safeName } from "../src/lib/jobs";
import { Records, swcOf } from "../src/neuron/live";
import { parseSwc, sections } from "../src/neuron/swc";
import { changedFields, codes, merge, patchOf, type Words } from "../src/studies/data";

test("addresses there and back", () => {
  for (const a of [
    { page: "bench", parts: [], query: { gNa: "100", drug: "a&b=c" } },
    { page: "jobs", parts: ["12", "x y"], query: {} },
  ])
    assert.deepEqual(parseAddress(formatAddress(a)), a);
  assert.equal(parseAddress("#/%E0%A4%A").page, "%E0%A4%A"); // not decodable: as it stands
});

test("the address bar follows the query, and a link that is followed meanwhile stays", async () => {
  const written: string[] = [];
  const fake = { location: { hash: "#/twin" }, history: { replaceState: (_: unknown, __: string, hash: string) => written.push(hash) } };
  Object.assign(globalThis, fake);
  setQuery({ sweep: "3" });
  await new Promise((r) => setTimeout(r, 260));
  assert.deepEqual(written, ["#/?sweep=3"]);
  setQuery({ sweep: "4" });
  fake.location.hash = "#/jobs";
  await new Promise((r) => setTimeout(r, 260));
  assert.equal(written.length, 1);
});

test("files of one name in one job", () => {
  const inputs = { "twin.json": "aa" };
  assert.equal(ownName("twin.json", "bb", {}), "twin.json");
  assert.equal(ownName("twin.json", "aa", inputs), "twin.json"); // the same file
  assert.equal(ownName("twin.json", "bb", inputs), "2-twin.json");
  assert.equal(ownName("twin.json", "cc", { ...inputs, "2-twin.json": "bb" }), "3-twin.json");
});

test("numbers and units", () => {
  assert.equal(number(-0.00012345), "−0.0001234");
  assert.equal(number(1.5e-7), "1.5·10⁻⁷");
  assert.equal(number(NaN), "–");
  assert.equal(number(123456.7, 4), "123500");
  assert.equal(quantity(3, "mV"), "3\u202fmV");
  assert.equal(bytes(1530), "1.53\u202fkB");
  assert.equal(duration(65000), "1\u202fmin 5\u202fs");
});

test("tables", () => {
  const t = parseCsv('# made by\na,t_ms,v_mV_soma\n"x, ""y""",1,2.5\nz,2,\n');
  assert.deepEqual(t.names, ["a", "t_ms", "v_mV_soma"]);
  assert.equal(t.rows[0]![0], 'x, "y"');
  assert.deepEqual([...column(t, "v_mV_soma")], [2.5, NaN]);
  assert.deepEqual(nameAndUnit("v_mV_soma"), ["v soma", "mV"]);
  assert.deepEqual(["n_points", "tau_pct", "peak_uM", "complete", "n"].map(keyWords), ["number of points", "tau (%)", "peak (µM)", "complete", "n"]);
});

test("ticks are round and inside", () => {
  for (const [a, b, n] of [[-95, 60, 6], [0, 0.003, 4], [1e5, 9e5, 3]] as const) {
    const t = ticks(a, b, n);
    assert.ok(t.length >= 2 && t[0]! >= a - 1e-12 && t[t.length - 1]! <= b + 1e-9);
  }
  assert.deepEqual(rangeOf([{ name: "", colour: "", y: [] }]), [0, 1]);
});

test("names of files are safe", () => {
  assert.equal(safeName("../../etc/pass wd"), "pass_wd");
  assert.equal(safeName(".hidden"), "f.hidden");
});

test("the bench's state there and back", () => {
  const s = { ...defaults("voltage"), family: true, paused: 1, receptors: 2, diameter: 4, away: -20, drug: "tetrodotoxin", dose: 0.01, gap: 7, p: { ...standard, gK: 20 } };
  const q = Object.fromEntries(Object.entries(writeState(s)).filter(([, v]) => v !== ""));
  assert.deepEqual(readState(q), s);
  assert.deepEqual(readState({}), defaults("current"));
  assert.equal(readState({ gNa: "1e9" }).p.gNa, 300); // back into the slider's range
  assert.equal(amplitudes(s).length, 9);
  assert.deepEqual(pieces({ ...defaults("current"), on: 5, width: 30, gap: 10, width2: 2, amp2: 7 }, 3), [
    { until: 5, value: 0 },
    { until: 15, value: 3 },
    { until: 17, value: 7 },
    { until: Infinity, value: 0 },
  ]);
});

test("the axon rests, fires and is refractory as it should", () => {
  assert.ok(Math.abs(hh52.rest(standard) + 65) < 0.05);
  const r = hh52.run(standard, "current", [{ until: 5, value: 0 }, { until: Infinity, value: 10 }], 0.025, 4001);
  assert.ok(spikes(r).length >= 6);
  assert.ok(Math.max(...r.v) < 50 && Math.min(...r.v) > -80);
  const half = hh52.run(standard, "current", [{ until: 5, value: 0 }, { until: Infinity, value: 10 }], 0.0125, 8001); // half the step
  assert.ok(Math.abs(spikes(half)[5]! - spikes(r)[5]!) < 1e-3);
  const f = rate(hh52, standard, 10);
  assert.ok(f > 60 && f < 75, `${f} Hz at 10 uA/cm2`);
  assert.ok(refractory(hh52, standard, 60, 0.5) > 2);
  const held = hh52.run(standard, "voltage", [{ until: 5, value: -65 }, { until: Infinity, value: 0 }], 0.025, 801);
  assert.equal(held.v[400], 0);
  assert.ok(Math.min(...held.iNa) < -500 && held.iK[800]! > 500);
});

test("lessons accept their own answers and refuse others", async () => {
  for (const l of lessons)
    for (const q of l.plot ? [] : l.questions) {
      // cable and wave run in their modules: tests/wasm/engine.mjs
      const a = await q.answer(hh52);
      assert.ok(Number.isFinite(a), q.ask);
      assert.ok((await check(q, a, hh52)).right, q.ask);
      assert.ok(!(await check(q, a + 3 * Math.max(q.least, q.tolerance * Math.abs(a)), hh52)).right, q.ask);
    }
  assert.ok(Math.abs(lambda() - 816.5) < 0.1);
  assert.ok(Math.abs(attenuation(0) - 1) < 1e-12);
  assert.ok(threshold(hh52, standard, 0.5) > threshold(hh52, standard, 1));
});

test("two people's changes of a study", () => {
  const base: Words = { name: "a", context_of_use: "c", conclusion: "", subjects: "S-1\nS-2" };
  assert.deepEqual(codes(" S-1, S-2;\nS-3 "), ["S-1", "S-2", "S-3"]);
  assert.deepEqual(changedFields(base, { ...base, subjects: "S-1 S-2" }), []); // written otherwise, the same codes
  assert.deepEqual(patchOf(base, { ...base, name: "b", subjects: "S-9" }), { name: "b", subjects: ["S-9"] });
  const apart = merge(base, { ...base, name: "mine" }, { ...base, conclusion: "theirs" });
  assert.deepEqual(apart, { words: { ...base, name: "mine", conclusion: "theirs" }, both: [], taken: ["conclusion"] });
  const clash = merge(base, { ...base, name: "mine", conclusion: "x" }, { ...base, name: "theirs", conclusion: "x" });
  assert.deepEqual(clash.both, ["name"]); // both came to the same conclusion: no clash
  assert.equal(clash.words.name, "mine"); // nothing is lost
});

test("a live stream's cell as SWC", () => {
  const layout = { schema: "loligo-live/1", n_values: 3, unit: "mV", dt_ms: 0.025, every_ms: 0.1, rate_Hz: 60, paused: false, sections: [
    { type: 1, parent: -1, distal_id: 2, first: 0, n: 1, pts: [[0, 0, 0, 10], [0, 5, 0, 10]] as [number, number, number, number][] },
    { type: 3, parent: 0, distal_id: 1, first: 1, n: 1, pts: [[0, 5, 0, 2], [0, 50, 0, 2]] as [number, number, number, number][] },
    { type: 3, parent: 0, distal_id: 9, first: 2, n: 1, pts: [[1, 5, 0, 2], [30, 9, 0, 1]] as [number, number, number, number][] },
  ] };
  const s = parseSwc(swcOf(layout)!);
  const cut = sections(s);
  assert.deepEqual(cut.list.map((x) => s.id[x.distal]).sort(), [1, 2, 9]);
  assert.deepEqual([...s.type], [1, 1, 3, 3, 3]);
  assert.equal(new Set(s.id).size, 5);
  assert.equal(swcOf({ ...layout, sections: [{ type: 1, parent: -1, first: 0, n: 1 }] }), null);
});

test("records of a live stream, cut anywhere", () => {
  const record = (n: number, values: number[], words?: string) => {
    const text = new TextEncoder().encode(words ?? "");
    const payload = Math.ceil((words ? text.length : 2 * values.length) / 8) * 8;
    const b = new DataView(new ArrayBuffer(64 + payload));
    b.setUint32(0, 0x4c474c56);
    b.setUint16(4, 1, true);
    b.setUint16(6, 64, true);
    b.setBigUint64(8, BigInt(n), true);
    b.setFloat64(16, 0.1 * n, true);
    b.setUint32(32, words ? text.length : values.length, true);
    b.setUint8(36, words ? 0 : 1);
    b.setUint8(37, words ? 0 : 1);
    b.setUint16(38, n === 2 ? 1 : 0, true);
    b.setFloat64(40, 0.01, true);
    b.setUint32(56, payload, true);
    new Uint8Array(b.buffer).set(text, 64);
    if (!words) values.forEach((v, k) => b.setInt16(64 + 2 * k, v, true));
    return [...new Uint8Array(b.buffer)];
  };
  const all = new Uint8Array([...record(0, [], '{"schema": "loligo-live/1"}'), ...record(0, [-6500, 4001, 7]), ...record(2, [1])]);
  for (const step of [1, 7, 64, 1000]) {
    const r = new Records();
    const got = [];
    for (let k = 0; k < all.length; k += step) got.push(...r.push(all.subarray(k, k + step)));
    assert.deepEqual(got.map((x) => x.number), [0, 0, 2]);
    assert.equal(got[0]!.words!.schema, "loligo-live/1");
    assert.deepEqual([...got[1]!.v!].map((x) => Math.round(100 * x)), [-6500, 4001, 7]);
    assert.deepEqual(got.map((x) => x.paused), [false, false, true]);
  }
  assert.throws(() => new Records().push(new Uint8Array(64)));
});
