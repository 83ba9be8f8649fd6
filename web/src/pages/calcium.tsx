// A calcium wave along a dendrite with endoplasmic reticulum.
import { Facts, Figures } from "../ui/job";
import { shipped } from "../ui/pick";
import { WorkshopPage } from "../ui/workshop";
import waveUrl from "../../../examples/calcium/wave.json?url";

export default function CalciumPage() {
  return (
    <WorkshopPage
      w={{
        title: "Calcium",
        lead: "Ryanodine receptors make a wave of calcium that runs along a dendrite as long as stores and receptors last: reaction and diffusion in cytosol and endoplasmic reticulum.",
        command: "calcium simulate",
        inputs: [{ label: "Case", match: /\.json$/i, accept: ".json", examples: [shipped("wave.json", "Example: a wave", waveUrl)] }],
        output: { output: "wave" },
        shown: ["gate", "scheme", "max-dx-um"],
        preset: { "max-dx-um": "0.1" },
        run: "Send the wave",
        empty: "Choose a case; the example crosses 64 µm of dendrite.",
        result: (job, files) => (
          <>
            <Figures job={job} files={files} />
            <div class="card">
              <Facts value={job.summary} />
            </div>
          </>
        ),
      }}
    />
  );
}
