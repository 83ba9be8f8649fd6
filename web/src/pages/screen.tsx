// A library of compounds at many doses for one or more twins: heat map, table, the run itself.
import { api } from "../lib/api";
import { column, parseCsv } from "../lib/csv";
import { number, quantity } from "../lib/format";
import { fileUrl, type Job, type JobFile, runNow, submit, useAsk } from "../lib/jobs";
import { address, setQuery } from "../lib/router";
import "../twin/twin.css";
import { sendShipped } from "../ui/example";
import { Facts, Figures } from "../ui/job";
import { Chip, Empty, ErrorBox, Loading, Table } from "../ui/parts";
import { shipped } from "../ui/pick";
import { sourceQuery, WorkshopPage } from "../ui/workshop";
import { directionKind, verdictKind } from "./trial";
import twinUrl from "../../../examples/twins/171116sh_0018.json?url";
import { shippedTwin } from "../twin/example";
import libraryUrl from "../../../data/drugs.csv?url";

interface Row {
  name: string;
  dose: number;
  verdict: string;
  ratio: number;
  error: string;
}

const fill = (v: string) => `heat-${v || "none"}`;

function Heat({ rows }: { rows: Row[] }) {
  const find = address.value.query.find ?? "";
  const only = address.value.query.verdict ?? "";
  const names = [...new Set(rows.map((r) => r.name))];
  const byName = new Map(names.map((n) => [n, rows.filter((r) => r.name === n).sort((a, b) => a.dose - b.dose)]));
  const shown = names.filter((n) => n.toLowerCase().includes(find.toLowerCase()) && (!only || byName.get(n)!.some((r) => r.verdict === only)));
  const verdicts = [...new Set(rows.map((r) => r.verdict).filter(Boolean))];
  const width = Math.max(...[...byName.values()].map((x) => x.length));
  return (
    <section class="card" aria-label="Compounds and doses">
      <div class="row">
        <input type="search" aria-label="Find a compound" placeholder="compound" value={find} onInput={(e) => setQuery({ find: e.currentTarget.value })} />
        <span class="segments" role="group" aria-label="Verdict">
          {verdicts.map((v) => (
            <button key={v} class="small" aria-pressed={only === v} onClick={() => setQuery({ verdict: only === v ? "" : v })}>
              {v.replace(/_/g, " ")} {rows.filter((r) => r.verdict === v).length}
            </button>
          ))}
        </span>
      </div>
      <div class="table-box heat-box" role="region" aria-label="Heat map" tabIndex={0}>
        <table class="heat">
          <caption class="hidden">Verdict of each compound, doses rising to the right</caption>
          <thead>
            <tr>
              <th scope="col">free concentration (µM)</th>
              {(byName.get(names[0]!) ?? []).map((r) => (
                <th key={r.dose} scope="col" class="num">
                  {number(r.dose, 3)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, 400).map((n) => (
              <tr key={n}>
                <th scope="row">
                  <button class="small quiet" aria-pressed={address.value.query.compound === n} title="its effect on the eleven targets of the seizure panel" onClick={() => setQuery({ compound: n })}>
                    {n}
                  </button>
                </th>
                {Array.from({ length: width }, (_, k) => byName.get(n)![k]).map((r, k) =>
                  r ? (
                    <td key={k} class={fill(r.verdict)} title={r.error || `${number(r.dose, 3)} µM: ${r.verdict.replace(/_/g, " ")}, area × ${number(r.ratio, 3)}`}>
                      {r.error ? "!" : number(r.ratio, 2)}
                    </td>
                  ) : (
                    <td key={k} />
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        {shown.length} of {names.length} compounds; each cell is the area under the f–I curve beside the untreated, doses rising to the right; the colour is the verdict.
      </p>
    </section>
  );
}

interface Liability {
  target: string;
  hazard: string;
  K_uM: number | null;
  share: number | null;
  margin: number | null;
  direction: string;
}

/** What one compound does to the eleven targets linked to seizures, at the top of its therapeutic range or of the doses. */
function Panel({ job, compound, dose }: { job: Job; compound: string; dose: number }) {
  const [twin, library] = (job.request?.arguments ?? []) as [string?, string?];
  const got = useAsk(
    () =>
      runNow<{ seizure_panel: Liability[] }>({
        command: "trial",
        arguments: [twin!],
        options: { drug: compound, dose: `${dose}uM`, quick: true, samples: "0", library: library! },
        inputs: job.request!.inputs!,
      }),
    [job.id, compound],
  );
  const of = got.value?.summary.seizure_panel.find((t) => t.margin);
  return (
    <section class="card" aria-label={`Seizure panel of ${compound}`}>
      <h2>{compound}: the eleven targets of the seizure panel</h2>
      {got.error ? (
        <ErrorBox error={got.error} again={got.again} />
      ) : !got.value ? (
        <Loading what="The panel" />
      ) : (
        <div class="panel-strip">
          {got.value.summary.seizure_panel.map((t) => (
            <div key={t.target} title={t.hazard}>
              <strong>{t.target}</strong>
              <meter min={0} max={1} value={t.share ?? 0} aria-label={`${t.target}: ${t.share === null ? "not known" : `${number(100 * t.share, 3)} % of the full effect`}`} />
              <div class="hint">
                {t.share === null ? "not known" : `${number(100 * t.share, 3)} %`}
                {t.margin !== null ? `, margin ${number(t.margin, 2)}` : ""}
              </div>
              {directionKind[t.direction] && <Chip kind={directionKind[t.direction]!}>{t.direction}</Chip>}
            </div>
          ))}
        </div>
      )}
      <p class="hint">Share of the full effect{of?.K_uM && of.margin ? ` at ${quantity(of.K_uM / of.margin, "µM", 3)} free` : ""}, and how far the half-effect concentration lies above the dose (margin); pointing at a target tells its hazard.</p>
    </section>
  );
}

function Result({ job, files }: { job: Job; files: JobFile[] }) {
  const csv = files.find((f) => f.name.endsWith("results.csv"));
  const got = useAsk(async () => {
    if (!csv) return null;
    const t = parseCsv(await api.text(fileUrl(job.id, csv.name)));
    const at = (n: string) => t.names.indexOf(n);
    const dose = column(t, "dose_uM");
    const ratio = column(t, "area_ratio");
    return t.rows.map((r, k): Row => ({ name: r[at("name")] ?? "", dose: dose[k]!, verdict: r[at("verdict")] ?? "", ratio: ratio[k]!, error: r[at("error")] ?? "" }));
  }, [job.id, csv?.sha256]);
  const failed = got.value?.filter((r) => r.error) ?? [];
  return (
    <>
      {got.error && <ErrorBox error={got.error} again={got.again} />}
      {csv ? got.value ? <Heat rows={got.value} /> : <Loading what="The results" /> : <Empty title="There is no table of results." />}
      {got.value && address.value.query.compound && (
        <Panel key={address.value.query.compound} job={job} compound={address.value.query.compound} dose={Math.max(...got.value.filter((r) => r.name === address.value.query.compound && Number.isFinite(r.dose)).map((r) => r.dose))} />
      )}
      {failed.length > 0 && (
        <details class="card">
          <summary>{failed.length} points without an answer</summary>
          <Table
            caption="Points without an answer"
            rows={failed.slice(0, 100)}
            id={(r) => `${r.name}${r.dose}${failed.indexOf(r)}`}
            columns={[
              { title: "Compound", cell: (r) => r.name },
              { title: "Why", cell: (r) => r.error },
            ]}
          />
        </details>
      )}
      <Figures job={job} files={files} />
      <div class="card">
        <Facts value={job.summary} skip={["folder"]} />
      </div>
    </>
  );
}

export default function ScreenPage() {
  return (
    <WorkshopPage
      w={{
        title: "Screen",
        lead: (
          <>
            Every compound of a library at every dose for every twin: {Object.entries(verdictKind).map(([v, k], n) => [n > 0 && " ", <Chip key={v} kind={k}>{v.replace(/_/g, " ")}</Chip>])}. It may be paused and goes on where it was.
          </>
        ),
        command: "screen",
        inputs: [
          { label: "Twin", match: /\.json$/i, accept: ".json", from: ["clone", "drug apply"] },
          { label: "Library", match: /\.csv$/i, accept: ".csv", from: ["drug import"], examples: [shipped("drugs.csv", "The shipped drugs", libraryUrl)] },
        ],
        output: { output: "screen" },
        shown: ["dose", "protocol"],
        preset: { dose: "0.1:100uM:6log", protocol: "step1s" },
        run: "Start the screen",
        empty: "Choose a twin and a library; the shipped table of drugs is an example.",
        wide: true,
        example: {
          label: "Take the example",
          hint: "The twin that ships, and every drug of the table at six doses; it may take a minute.",
          make: async (say) => {
            say("Twin and library are brought …");
            const twin = await shippedTwin(twinUrl);
            const u = await sendShipped("drugs.csv", libraryUrl);
            const job = await submit({ command: "screen", arguments: ["twin.json", "drugs.csv"], options: { output: "screen", dose: "0.1:100uM:6log", protocol: "step1s" }, inputs: { "twin.json": twin.sha256, "drugs.csv": u.sha256 } });
            return { f0: sourceQuery(twin), f1: sourceQuery({ ...u, from: "" }), job: String(job.id) };
          },
        },
        result: (job, files) => <Result job={job} files={files} />,
      }}
    />
  );
}
