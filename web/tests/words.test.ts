// The forms of the page call every option of the program by words, not by its name on the command line.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Command, Option } from "../src/lib/jobs";
import { labelOf } from "../src/ui/words";

const { LOLIGO = "", PAGES = "" } = process.env;
const servers = ["threads", "quiet", "progress", "help", "shard", "slurm", "json"]; // set by the server, in no form

test("options in forms have words", { skip: LOLIGO ? false : "no program was named" }, () => {
  const help = JSON.parse(execFileSync(LOLIGO, ["help", "--json"], { encoding: "utf8", maxBuffer: 64e6 })) as { commands: Command[]; common_options: Option[] };
  const forms = readdirSync(PAGES).flatMap((f) => [...readFileSync(join(PAGES, f), "utf8").matchAll(/command: "([a-z ]+)",\s+inputs:/g)].map((m) => m[1]!));
  assert.ok(forms.length >= 10, `the forms run ${forms}`);
  for (const name of forms) {
    const c = help.commands.find((x) => x.name === name)!;
    const labels = [...c.options, ...help.common_options].filter((o) => o.kind !== "input" && o.kind !== "output" && !servers.includes(o.name)).map((o) => [o.name, labelOf(name, o)] as const);
    for (const [option, label] of labels) assert.ok(/^[A-Z]/.test(label), `${name} --${option} is called "${label}"`);
    assert.equal(new Set(labels.map((l) => l[1])).size, labels.length, `${name}: two options are called the same: ${labels}`);
  }
});
