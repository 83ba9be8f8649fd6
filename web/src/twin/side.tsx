// Two results beside each other, each by its own kind: twins, trials, screens, or anything that is JSON or a table.
import { api } from "../lib/api";
import { parseCsv, keyWords } from "../lib/csv";
import { bytes, number, quantity } from "../lib/format";
import { fileUrl, type Source, type Upload, useAsk } from "../lib/jobs";
import { Facts } from "../ui/job";
import { Chip, ErrorBox, Loading, Table } from "../ui/parts";
import { domainKind } from "./card";
import { Curves, curvesOf } from "./curves";

type Json = Record<string, unknown>;
type Doc = { kind: "json"; value: Json } | { kind: "table"; names: string[]; rows: string[][] };

const MOST = 60e6; // bytes of a result that a page loads

async function read(s: Source, known: Source[]): Promise<Doc> {
  if (s.bytes > MOST) throw new Error(`${s.name} is ${bytes(s.bytes)}, too much for a page: run the comparison, which reads all of it.`);
  const job = /^job (\d+),/.exec(known.find((x) => x.sha256 === s.sha256)?.from ?? "");
  const name = known.find((x) => x.sha256 === s.sha256)?.name ?? s.name;
  let url = job ? fileUrl(Number(job[1]), name) : "";
  if (!job) {
    const { uploads } = await api.get<{ uploads: Upload[] }>("/api/v1/uploads?limit=200");
    const u = uploads.find((x) => x.sha256 === s.sha256);
    if (!u) throw new Error(`${s.name} is no longer among your files: choose it again.`);
    url = `/api/v1/uploads/${u.id}/file`;
  }
  const text = await api.text(url);
  return /\.csv$/i.test(name) ? { kind: "table", ...parseCsv(text) } : { kind: "json", value: JSON.parse(text) as Json };
}

interface P {
  value: number;
  unit: string;
  ci95?: [number, number];
}
interface D {
  dose_uM: number;
  verdict: string;
  area_ratio: number;
}

function Two({ a, b }: { a: Doc; b: Doc }) {
  if (a.kind === "json" && b.kind === "json") {
    const [p, q] = [a.value.parameters, b.value.parameters] as [Record<string, P> | undefined, Record<string, P> | undefined];
    if (p && q && Object.values(p)[0]?.value !== undefined) {
      const names = [...new Set([...Object.keys(p), ...Object.keys(q)])];
      const apart = (n: string) => (p[n] && q[n] ? (p[n].ci95 && q[n].ci95 ? p[n].ci95[1] < q[n].ci95[0] || q[n].ci95[1] < p[n].ci95[0] : p[n].value !== q[n].value) : true);
      const cell = (x: P | undefined) => (x ? `${quantity(x.value, x.unit)}${x.ci95 ? ` (${number(x.ci95[0], 3)} … ${number(x.ci95[1], 3)})` : ""}` : "–");
      return (
        <>
          <p>
            {[a, b].map((d, k) => (
              <span key={k}>
                {k ? "Second: " : "First: "}
                {String((d.value as Json).model)} <Chip kind={domainKind(String((d.value as Json).domain))}>in domain: {String((d.value as Json).domain)}</Chip>{" "}
              </span>
            ))}
          </p>
          <Table
            caption="Parameters of the two twins"
            rows={names}
            id={(n) => n}
            columns={[
              { title: "Parameter", cell: (n) => n },
              { title: "First", cell: (n) => cell(p[n]), class: "num" },
              { title: "Second", cell: (n) => cell(q[n]), class: "num" },
              { title: "Intervals", cell: (n) => (p[n] && q[n] ? <Chip kind={apart(n) ? "warn" : "good"}>{apart(n) ? "apart" : "overlap"}</Chip> : "only one has it") },
            ]}
          />
        </>
      );
    }
    const [d, e] = [a.value.doses, b.value.doses] as [D[] | undefined, D[] | undefined];
    if (d?.[0]?.verdict && e?.[0]?.verdict) {
      const doses = [...new Set([...d, ...e].map((x) => Number(x.dose_uM.toPrecision(6))))].sort((x, y) => x - y);
      const at = (list: D[], c: number) => list.find((x) => Math.abs(x.dose_uM - c) <= 1e-5 * c);
      const cell = (x: D | undefined) => (x ? `${x.verdict.replace(/_/g, " ")}, area × ${number(x.area_ratio, 3)}` : "–");
      return (
        <Table
          caption="The two trials, dose by dose"
          rows={doses}
          id={(c) => c}
          columns={[
            { title: "Dose, free", cell: (c) => quantity(c, "µM", 3), class: "num" },
            { title: "First", cell: (c) => cell(at(d, c)) },
            { title: "Second", cell: (c) => cell(at(e, c)) },
            { title: "Verdict", cell: (c) => (at(d, c) && at(e, c) ? <Chip kind={at(d, c)!.verdict === at(e, c)!.verdict ? "good" : "warn"}>{at(d, c)!.verdict === at(e, c)!.verdict ? "the same" : "differs"}</Chip> : "–") },
          ]}
        />
      );
    }
  }
  if (a.kind === "table" && b.kind === "table") {
    const n = a.names.indexOf("name");
    const c = a.names.indexOf("dose_uM");
    const v = a.names.indexOf("verdict");
    if (n >= 0 && c >= 0 && v >= 0 && b.names.indexOf("verdict") >= 0) {
      const key = (r: string[], t: string[]) => `${r[t.indexOf("name")]}\u0000${r[t.indexOf("dose_uM")]}`;
      const other = new Map(b.rows.map((r) => [key(r, b.names), r]));
      const differ = a.rows.filter((r) => other.get(key(r, a.names))?.[b.names.indexOf("verdict")] !== r[v]);
      return (
        <>
          <p>
            {a.rows.length - differ.length} of {a.rows.length} points of the first screen have the same verdict in the second.
          </p>
          <Table
            caption="Points whose verdicts differ"
            rows={differ.slice(0, 300)}
            id={(r) => a.rows.indexOf(r)}
            columns={[
              { title: "Compound", cell: (r) => r[n] },
              { title: "Dose (µM)", cell: (r) => number(Number(r[c]), 3), class: "num" },
              { title: "First", cell: (r) => r[v]!.replace(/_/g, " ") || "no answer" },
              { title: "Second", cell: (r) => other.get(key(r, a.names))?.[b.names.indexOf("verdict")]?.replace(/_/g, " ") || "not there" },
            ]}
          />
        </>
      );
    }
    const both = curvesOf(a, b);
    if (both) return <Curves both={both} />;
  }
  return (
    <div class="compare-two">
      {[a, b].map((d, k) => (
        <section key={k} class="card" aria-label={k ? "Second" : "First"}>
          <h2>{k ? "Second" : "First"}</h2>
          {d.kind === "json" ? (
            <Facts value={d.value} />
          ) : (
            <Table caption={`${d.rows.length} rows`} rows={d.rows.slice(0, 100)} id={(r) => d.rows.indexOf(r)} columns={d.names.slice(0, 8).map((name, j) => ({ title: keyWords(name), cell: (r: string[]) => r[j] }))} />
          )}
        </section>
      ))}
    </div>
  );
}

export function Side({ first, second, known }: { first: Source; second: Source; known: () => Promise<Source[]> }) {
  const got = useAsk(async () => {
    const list = await known();
    return Promise.all([read(first, list), read(second, list)]);
  }, [first.sha256, second.sha256]);
  if (got.error) return <ErrorBox error={got.error} again={got.again} />;
  if (!got.value) return <Loading what="Both results" />;
  return <Two a={got.value[0]} b={got.value[1]} />;
}
