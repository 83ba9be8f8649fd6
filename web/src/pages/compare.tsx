// Two results beside each other, by value.
import { Facts } from "../ui/job";
import { WorkshopPage } from "../ui/workshop";

const any = { match: /\.(json|csv)$/i, accept: ".json,.csv", from: ["clone", "trial", "screen", "calcium simulate", "axon simulate", "axon predict", "culture run", "neuron simulate"] };

export default function ComparePage() {
  return (
    <WorkshopPage
      w={{
        title: "Compare",
        lead: "Two results by value; provenance and times do not count. Where they differ the place and the size of the difference are named.",
        command: "compare",
        inputs: [
          { label: "First", ...any },
          { label: "Second", ...any },
        ],
        output: {},
        shown: ["rtol", "atol"],
        run: "Compare",
        empty: "Choose two results of the same kind.",
        result: (job) => (
          <div class="card">
            <p class={job.exit_code === 0 ? "says-right" : "says-wrong"}>{job.exit_code === 0 ? "They are the same." : "They differ."}</p>
            <Facts value={job.summary} />
            <pre class="json">{JSON.stringify(job.summary, null, 1)?.slice(0, 20000)}</pre>
          </div>
        ),
      }}
    />
  );
}
