// A calcium wave along a dendrite with endoplasmic reticulum: it plays, beside its picture of place and time, with speed and arrivals.
import { parseFilm } from "../calcium/film";
import { Wave } from "../calcium/wave";
import { api } from "../lib/api";
import { column, parseCsv } from "../lib/csv";
import { number, quantity } from "../lib/format";
import { fileUrl, type Job, type JobFile, useAsk } from "../lib/jobs";
import "../map/map.css";
import { runShipped } from "../ui/example";
import { type Fact, FactList } from "../ui/facts";
import { Facts, Figures } from "../ui/job";
import { ErrorBox, Loading, Table } from "../ui/parts";
import { shipped } from "../ui/pick";
import { WorkshopPage } from "../ui/workshop";
import waveUrl from "../../../examples/calcium/wave.json?url";

interface Summary {
  speed_um_s?: number | null;
  c_peak_uM?: number | null;
  c_fwhm_ms?: number | null;
  c_above_threshold_ms?: number | null;
  ce_min_uM?: number | null;
}

function Says({ s }: { s: Summary }) {
  const facts: Fact[] = [
    ["speed of the wave", quantity(s.speed_um_s, "µm/s")],
    ["highest calcium", quantity(s.c_peak_uM, "µM")],
    ["width at half height", quantity(s.c_fwhm_ms, "ms")],
    ["above the threshold", quantity(s.c_above_threshold_ms, "ms")],
    ["lowest calcium in the ER", quantity(s.ce_min_uM, "µM")],
  ];
  return (
    <div class="card">
      <p class={s.speed_um_s ? "says-right" : "says-wrong"}>{s.speed_um_s ? `A wave crosses the dendrite at ${quantity(s.speed_um_s, "µm/s")}.` : "No wave reached three quarters of the first section: a stronger stimulus, more receptors or a fuller store may send one."}</p>
      <FactList facts={facts} />
    </div>
  );
}

function Arrivals({ job, name }: { job: Job; name: string }) {
  const got = useAsk(async () => parseCsv(await api.text(fileUrl(job.id, name))), [job.id, name]);
  if (got.error) return <ErrorBox error={got.error} again={got.again} />;
  if (!got.value) return <Loading what="Arrivals" />;
  const t = got.value;
  const [x, up, down, peak] = ["x_um", "t_up_s", "t_down_s", "c_peak_uM"].map((n) => column(t, n)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const section = t.names.includes("section") ? column(t, "section") : null;
  const rows = [...x.keys()].slice(0, 300);
  const before = (k: number) => (k > 0 && (!section || section[k] === section[k - 1]) ? (x[k]! - x[k - 1]!) / (up[k]! - up[k - 1]!) : NaN);
  return (
    <Table
      caption="Arrivals at the probes"
      rows={rows}
      id={(k) => k}
      columns={[
        ...(section ? [{ title: "section", cell: (k: number) => number(section[k]), class: "num" }] : []),
        { title: "position, µm", cell: (k) => number(x[k], 4), class: "num" },
        { title: "arrives, ms", cell: (k) => number(1000 * up[k]!, 4), class: "num" },
        { title: "leaves, ms", cell: (k) => number(1000 * down[k]!, 4), class: "num" },
        { title: "peak, µM", cell: (k) => number(peak[k], 4), class: "num" },
        { title: "speed since the last, µm/s", cell: (k) => number(before(k), 4), class: "num" },
      ]}
    />
  );
}

function Result({ job, files }: { job: Job; files: JobFile[] }) {
  const film = files.find((f) => f.name === "film.bin");
  const arrivals = files.find((f) => f.name.endsWith("arrivals.csv"));
  const got = useAsk(async () => (film ? parseFilm(await api.bytes(fileUrl(job.id, film.name))) : null), [film?.sha256]);
  return (
    <>
      <Says s={(job.summary ?? {}) as Summary} />
      {got.error && <ErrorBox error={got.error} again={got.again} />}
      {film && !got.value && !got.error && <Loading what="The wave" />}
      {got.value && <Wave film={got.value} />}
      {!film && <p class="note">This run wrote no film: run the case again from this page to play its wave.</p>}
      {arrivals && <Arrivals job={job} name={arrivals.name} />}
      <details class="card">
        <summary>Figures of the report and all numbers</summary>
        <Figures job={job} files={files} />
        <Facts value={job.summary} />
      </details>
    </>
  );
}

const output = { output: "wave", film: "film.bin" };

async function example(say: (words: string) => void): Promise<Record<string, string>> {
  say("The example's case goes to the server …");
  return runShipped("calcium simulate", "wave.json", waveUrl, { "max-dx-um": "0.1", ...output });
}

export default function CalciumPage() {
  return (
    <WorkshopPage
      w={{
        title: "Calcium",
        lead: "Ryanodine receptors make a wave of calcium that runs along a dendrite as long as stores and receptors last: reaction and diffusion in cytosol and endoplasmic reticulum.",
        command: "calcium simulate",
        inputs: [{ label: "Case", match: /\.json$/i, accept: ".json", examples: [shipped("wave.json", "Example: a wave", waveUrl)] }],
        output,
        shown: ["gate", "scheme", "max-dx-um"],
        preset: { "max-dx-um": "0.1" },
        run: "Send the wave",
        empty: "Choose a case, or look at one first.",
        example: { label: "Send an example wave", hint: "64 µm of dendrite, crossed in 47 ms: a second of work.", make: example },
        wide: true,
        result: (job, files) => <Result job={job} files={files} />,
      }}
    />
  );
}
