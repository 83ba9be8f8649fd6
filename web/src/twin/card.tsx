// The credibility card: what a twin may be used for, what it was trained and judged on, how far it is off, what it cannot say.
import { number, quantity } from "../lib/format";
import { type Fact, FactList } from "../ui/facts";
import { Chip, Table } from "../ui/parts";

export interface RunParameter {
  name: string;
  unit: string;
  meaning: string;
  value: number;
  lo95: number | null;
  hi95: number | null;
  prior_low: number | null;
  prior_high: number | null;
  held_out_r2: number | null;
  held_out_error_percent: number | null;
}
/** report/run.json of a clone. */
export interface Run {
  model: string;
  variant: string;
  stage: string;
  domain: string;
  accepted: boolean;
  noise_mV: number | null;
  parameters: RunParameter[];
  checks: { name: string; unit: string; value: number | null; low: number; high: number; passed: boolean }[];
  limits: string[];
  training: { name: string; text: string }[];
  reasons: string[];
  warnings: string[];
}

export const domainKind = (d: string): string => ({ green: "good", amber: "warn", red: "bad" })[d] ?? "plain";
export const domainWords: Record<string, string> = { green: "inside the range it was trained and judged for", amber: "usable with the reserves below", red: "outside: do not use for predictions" };

/** How well a parameter is known: the half width of its interval beside its size. */
export function quality(value: number, low: number | null | undefined, high: number | null | undefined): [string, string] {
  if (low == null || high == null) return ["no interval", "plain"];
  const half = (high - low) / 2 / Math.max(Math.abs(value), 1e-12);
  return half < 0.1 ? ["well known", "good"] : half < 0.35 ? ["known", "run"] : ["loosely known", "warn"];
}

export function Card({ run, posterior, range }: { run: Run; posterior?: { method: string; draws: number; effective: number }; range?: { I_low_pA: number; I_high_pA: number } }) {
  return (
    <section class="card" aria-label="Credibility card">
      <div class="row">
        <h2>Credibility card</h2>
        <Chip kind={domainKind(run.domain)}>in domain: {run.domain}</Chip>
        <span>{domainWords[run.domain]}</span>
      </div>
      <FactList
        facts={[
          ["context of use", `answers of this cell's soma to injected current${range ? `, ${quantity(range.I_low_pA, "pA")} to ${quantity(range.I_high_pA, "pA")}` : ""}; research use only`],
          ...run.training.map((t): Fact => [t.name.toLowerCase(), t.text]),
          ["posterior", posterior ? `${posterior.draws} draws (${posterior.method}), worth ${number(posterior.effective, 3)} independent ones; the spread of each parameter stands in the table` : "not sampled"],
          ["noise of the recording", run.noise_mV !== null ? quantity(run.noise_mV, "mV", 3) : null],
        ]}
      />
      {run.reasons.map((r) => (
        <p key={r} class="note">
          {r}
        </p>
      ))}
      <Table
        caption="Simulated again and compared with your own trace"
        rows={run.checks}
        id={(c) => c.name}
        columns={[
          { title: "Error", cell: (c) => c.name },
          { title: "Found", cell: (c) => quantity(c.value, c.unit, 3), class: "num" },
          { title: "Wanted", cell: (c) => `${number(c.low, 3)} … ${quantity(c.high, c.unit, 3)}`, class: "num" },
          { title: "Passed", cell: (c) => <Chip kind={c.passed ? "good" : "bad"}>{c.passed ? "yes" : "no"}</Chip> },
        ]}
      />
      <h3>Limits</h3>
      <ul class="files">
        {run.limits.map((l) => (
          <li key={l}>{l}</li>
        ))}
      </ul>
    </section>
  );
}

export function Parameters({ run }: { run: Run }) {
  const trained = run.parameters.some((p) => p.prior_low !== null);
  const held = run.parameters.some((p) => p.held_out_r2 !== null || p.held_out_error_percent !== null);
  return (
    <Table
      caption="Parameters"
      rows={run.parameters}
      id={(p) => p.name}
      columns={[
        { title: "Parameter", cell: (p) => <span title={p.meaning}>{p.name}</span> },
        { title: "Value", cell: (p) => quantity(p.value, p.unit), class: "num" },
        { title: "95 % interval", cell: (p) => (p.lo95 !== null ? `${number(p.lo95, 3)} … ${quantity(p.hi95, p.unit, 3)}` : "–"), class: "num" },
        { title: "Quality", cell: (p) => <Chip kind={quality(p.value, p.lo95, p.hi95)[1]}>{quality(p.value, p.lo95, p.hi95)[0]}</Chip> },
        ...(trained ? [{ title: "Training range", cell: (p: RunParameter) => (p.prior_low !== null ? `${number(p.prior_low, 3)} … ${quantity(p.prior_high, p.unit, 3)}` : "–"), class: "num" }] : []),
        ...(held
          ? [
              { title: "Held-out R²", cell: (p: RunParameter) => number(p.held_out_r2, 3), class: "num" },
              { title: "Held-out error", cell: (p: RunParameter) => (p.held_out_error_percent !== null ? quantity(p.held_out_error_percent, "%", 3) : "–"), class: "num" },
            ]
          : []),
        { title: "What it is", cell: (p) => p.meaning },
      ]}
    />
  );
}

export const parametersCsv = (run: Run): string =>
  `parameter,unit,value,lo95,hi95,training_low,training_high,held_out_r2,held_out_error_percent\n${run.parameters
    .map((p) => [p.name, p.unit, p.value, p.lo95, p.hi95, p.prior_low, p.prior_high, p.held_out_r2, p.held_out_error_percent].map((x) => x ?? "").join(","))
    .join("\n")}\n`;
