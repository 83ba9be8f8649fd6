// The table of drugs: what they act on, how strongly, how well that is known.
import { number, quantity } from "../lib/format";
import { runNow, useAsk } from "../lib/jobs";
import { address, link, setQuery } from "../lib/router";
import { FactList } from "../ui/facts";
import { Chip, Empty, ErrorBox, Loading, Table } from "../ui/parts";

export interface Target {
  target: string;
  mode: string;
  K_uM: number | null;
  hill: number | null;
  max_effect: number | null;
  confidence: string;
  source: string;
  notes?: string;
  default?: boolean;
}
export interface Drug {
  name: string;
  id: string;
  class: string;
  expected_verdict: string;
  therapeutic: { free_low_uM: number | null; free_high_uM: number | null; free_uM?: number | null; source: string } | null;
  targets: Target[];
}
let table: Promise<Drug[]> | undefined;
export function drugTable(): Promise<Drug[]> {
  table ??= runNow<{ drugs: Drug[] }>({ command: "drug list" }).then((x) => x.summary.drugs);
  table.catch(() => (table = undefined));
  return table;
}
const confidence: Record<string, [string, string]> = { V: ["seen in the source", "good"], M: ["well known, recalled", "run"], A: ["within a factor of 3", "warn"] };

export default function Drugs() {
  const list = useAsk(drugTable, []);
  const words = address.value.query.find ?? "";
  const name = address.value.parts[0];
  if (list.error) return <ErrorBox error={list.error} again={list.again} />;
  if (!list.value) return <Loading what="The table of drugs" />;
  const one = list.value.find((d) => d.name === name);
  if (name) return one ? <One d={one} /> : <Empty title={`There is no ${name} in the table.`} />;
  const found = list.value.filter((d) => `${d.name} ${d.id} ${d.class} ${d.targets.map((t) => t.target).join(" ")}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <>
      <h1>Drugs</h1>
      <p class="lead">Concentrations are free ones. Each row of the table says where its number comes from and how far it can be trusted.</p>
      <div class="row">
        <input type="search" aria-label="Find a drug, class or target" placeholder="name, class or target" value={words} onInput={(e) => setQuery({ find: e.currentTarget.value })} />
        <span class="hint" role="status">
          {found.length} of {list.value.length}
        </span>
      </div>
      {found.length === 0 ? (
        <Empty title="None has these words." />
      ) : (
        <Table
          caption="Drugs"
          hideCaption
          rows={found}
          id={(d) => d.name}
          columns={[
            { title: "Drug", cell: (d) => <a href={link("drugs", [d.name.replace(/\//g, "%2F")])}>{d.name}</a> },
            { title: "Class", cell: (d) => d.class },
            { title: "Main target", cell: (d) => (d.targets.find((t) => t.default) ?? d.targets[0])?.target ?? "–" },
            { title: "Half effect at", cell: (d) => quantity((d.targets.find((t) => t.default) ?? d.targets[0])?.K_uM, "µM", 3), class: "num" },
            { title: "Therapeutic, free", cell: (d) => (d.therapeutic?.free_low_uM != null ? `${number(d.therapeutic.free_low_uM, 3)} … ${quantity(d.therapeutic.free_high_uM, "µM", 3)}` : "–"), class: "num" },
            { title: "Expected", cell: (d) => d.expected_verdict },
          ]}
        />
      )}
    </>
  );
}

function One({ d }: { d: Drug }) {
  return (
    <>
      <p>
        <a href={link("drugs")}>← all drugs</a>
      </p>
      <div class="row">
        <h1>{d.name}</h1>
        <Chip kind="plain">{d.class}</Chip>
        <span class="fill" />
        <a class="button main" href={link("trial", [], { drug: d.name })}>
          Give it to a twin
        </a>
      </div>
      <FactList
        facts={[
          ["therapeutic, free", d.therapeutic?.free_low_uM != null ? `${number(d.therapeutic.free_low_uM, 3)} … ${quantity(d.therapeutic.free_high_uM, "µM", 3)} (${d.therapeutic.source})` : "not known"],
          ["expected", d.expected_verdict || "–"],
        ]}
      />
      <div class="grid">
        {d.targets.map((t, k) => (
          <section key={k} class="card" aria-label={t.target}>
            <div class="row">
              <h2>{t.target}</h2>
              {t.default && <Chip kind="run">used</Chip>}
              {confidence[t.confidence] && <Chip kind={confidence[t.confidence]![1]}>{confidence[t.confidence]![0]}</Chip>}
            </div>
            <Hill t={t} low={d.therapeutic?.free_low_uM ?? null} high={d.therapeutic?.free_high_uM ?? null} name={d.name} />
            <p class="hint">
              {t.mode.replace(/_/g, " ")}; half at {quantity(t.K_uM, "µM", 3)}, Hill coefficient {number(t.hill ?? 1, 3)}. {t.source}
              {t.notes ? `; ${t.notes}` : ""}
            </p>
          </section>
        ))}
      </div>
    </>
  );
}

function Hill({ t, low, high, name }: { t: Target; low: number | null; high: number | null; name: string }) {
  if (!t.K_uM) return null;
  const W = 300;
  const H = 130;
  const k = t.K_uM;
  const X = (c: number) => 34 + ((Math.log10(c / k) + 3) / 6) * (W - 44);
  const Y = (e: number) => H - 24 - e * (H - 36);
  let path = "";
  for (let j = 0; j <= 80; j++) {
    const c = k * 10 ** (-3 + (6 * j) / 80);
    path += `${j ? "L" : "M"}${X(c).toFixed(1)} ${Y(1 / (1 + (k / c) ** (t.hill ?? 1))).toFixed(1)}`;
  }
  const at = (c: number) => Math.min(W - 10, Math.max(34, X(c)));
  return (
    <svg class="hill" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Effect of ${name} on ${t.target} against concentration: half at ${number(k, 3)} µM`}>
      {low !== null && high !== null && <rect x={at(low)} width={Math.max(2, at(high) - at(low))} y={Y(1)} height={Y(0) - Y(1)} class="band" />}
      {[0, 0.5, 1].map((e) => (
        <g key={e}>
          <line x1="34" x2={W - 10} y1={Y(e)} y2={Y(e)} class="grid-line" />
          <text x="30" y={Y(e) + 4} text-anchor="end">
            {e * 100}
          </text>
        </g>
      ))}
      {[-3, -1, 1, 3].map((p) => (
        <text key={p} x={X(k * 10 ** p)} y={H - 8} text-anchor={p === 3 ? "end" : p === -3 ? "start" : "middle"}>
          {number(k * 10 ** p, 2)}
        </text>
      ))}
      <text x="38" y="10">
        % of the effect, against µM; shaded: therapeutic
      </text>
      <path d={path} class="curve" />
    </svg>
  );
}
