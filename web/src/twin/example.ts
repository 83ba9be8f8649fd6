// A twin from nothing: the example recording, cloned by the network alone.
import { exampleRecording } from "../bench/recording";
import { filesOf, runJob, type Source, upload } from "../lib/jobs";

export async function exampleSource(): Promise<Source> {
  const u = await upload("example.csv", exampleRecording(), () => undefined);
  return { name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" };
}

export async function exampleTwin(say: (words: string) => void): Promise<Source> {
  say("The example recording is made …");
  const recording = await exampleSource();
  say("Its twin is found …");
  const job = await runJob({ command: "clone", arguments: ["example.csv"], options: { output: "twin.json", report: "report", "network-only": true }, inputs: { "example.csv": recording.sha256 } });
  const twin = (await filesOf(job.id)).find((f) => f.role === "output" && f.name.endsWith("twin.json"));
  if (!twin) throw new Error("No twin was made of the example.");
  return { name: "twin.json", sha256: twin.sha256, bytes: twin.bytes, from: "" };
}
