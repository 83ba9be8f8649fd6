// Examples that ship: sent to the server like a file of the user's.
import { safeName, type Source, submit, upload } from "../lib/jobs";
import { sourceQuery } from "./workshop";

export async function sendShipped(name: string, url: string): Promise<Source> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The example could not be loaded (${answer.status}).`);
  const u = await upload(name, await answer.blob(), () => undefined);
  return { name: u.name, sha256: u.sha256, bytes: u.bytes, from: "uploaded" };
}

/** A job on such a file; answers what the address says of both. */
export async function runShipped(command: string, name: string, url: string, options: Record<string, string | boolean>): Promise<Record<string, string>> {
  const source = await sendShipped(name, url);
  const own = safeName(source.name);
  const job = await submit({ command, arguments: [own], inputs: { [own]: source.sha256 }, options });
  return { f0: sourceQuery(source), job: String(job.id) };
}
