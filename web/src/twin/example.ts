// What the pages of twins begin with: a recording made in this browser, and the twin that ships.
import { exampleRecording } from "../bench/recording";
import { type Source, upload } from "../lib/jobs";
import { sendShipped } from "../ui/example";

export async function exampleSource(): Promise<Source> {
  const u = await upload("example.csv", exampleRecording(), () => undefined);
  return { name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" };
}

export const shippedTwin = (url: string): Promise<Source> => sendShipped("171116sh_0018.json", url);
