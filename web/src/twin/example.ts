// What the pages of twins begin with: a recording made in this browser, and the twin that ships.
import { exampleRecording } from "../bench/recording";
import { type Source, upload } from "../lib/jobs";

export async function exampleSource(): Promise<Source> {
  const u = await upload("example.csv", exampleRecording(), () => undefined);
  return { name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" };
}

export async function shippedTwin(url: string): Promise<Source> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The example could not be loaded (${answer.status}).`);
  const u = await upload("171116sh_0018.json", await answer.blob(), () => undefined);
  return { name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" };
}
