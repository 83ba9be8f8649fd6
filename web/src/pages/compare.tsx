// Two results beside each other: what each says, and by how much they differ.
import { number } from "../lib/format";
import { sources } from "../lib/jobs";
import { address } from "../lib/router";
import { Side } from "../twin/side";
import "../twin/twin.css";
import { FactList } from "../ui/facts";
import { Table } from "../ui/parts";
import { unpacked, WorkshopPage } from "../ui/workshop";

const any = { match: /\.(json|csv)$/i, accept: ".json,.csv", from: ["clone", "trial", "screen", "calcium simulate", "axon simulate", "axon predict", "culture run", "neuron simulate"] };
const known = () => sources(any.match, any.from);

function Beside() {
  const q = address.value.query;
  const [first, second] = [unpacked(q.f0), unpacked(q.f1)];
  return first && second ? <Side first={first} second={second} known={known} /> : null;
}

interface Summary {
  differences: { where: string; a: string; b: string }[];
  n_values: number;
  n_different: number;
  largest_difference: number | null;
}

const MOST = 20; // places that the program names

function Differences({ s }: { s: Summary }) {
  return (
    <>
      <FactList
        facts={[
          ["values compared", String(s.n_values)],
          ["that differ", String(s.n_different)],
          ["largest difference of numbers", number(s.largest_difference)],
        ]}
      />
      {s.differences.length > 0 && (
        <Table
          caption={s.differences.length < MOST ? "Where they differ" : `Where they differ, the first ${MOST} places`}
          rows={s.differences}
          id={(d) => s.differences.indexOf(d)}
          columns={[
            { title: "Place", cell: (d) => d.where },
            { title: "First", cell: (d) => d.a },
            { title: "Second", cell: (d) => d.b },
          ]}
        />
      )}
    </>
  );
}

export default function ComparePage() {
  return (
    <WorkshopPage
      w={{
        title: "Compare",
        lead: "Two twins, trials, screens or other results side by side; and by value: provenance and times do not count, the place and the size of the difference are named.",
        command: "compare",
        inputs: [
          { label: "First", ...any },
          { label: "Second", ...any },
        ],
        output: {},
        shown: ["rtol", "atol"],
        run: "Compare",
        empty: "Choose two results of the same kind.",
        wide: true,
        preview: (chosen) => chosen[0] && chosen[1] && <Beside />,
        result: (job) => (
          <>
            <Beside />
            <div class="card">
              <p class={job.exit_code === 0 ? "says-right" : "says-wrong"}>{job.exit_code === 0 ? "They are the same." : "They differ."}</p>
              <Differences s={job.summary as Summary} />
              <details>
                <summary>As JSON</summary>
                <pre class="json">{JSON.stringify(job.summary, null, 1)?.slice(0, 20000)}</pre>
              </details>
            </div>
          </>
        ),
      }}
    />
  );
}
