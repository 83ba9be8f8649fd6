// A real loligo serve on a free port of this machine, with a folder of its own, and an account made the way people do.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function startServer(program, more = []) {
  const folder = mkdtempSync(join(tmpdir(), "loligo-page-"));
  const child = spawn(program, ["serve", "--data", join(folder, "data"), "--port", "0", ...more], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CONFIG_HOME: "/nonexistent" },
  });
  let words = "";
  child.stderr.on("data", (d) => (words += d));
  const found = await new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => reject(new Error(`the server printed no address in 30 s: ${text}${words}`)), 30000);
    child.stdout.on("data", (d) => {
      text += d;
      const url = /Loligo is at (\S+)/.exec(text)?.[1];
      const invitation = /#\/join\/(\S+)/.exec(text)?.[1];
      const demo = /#\/sign-in\?\S+/.exec(text)?.[0]; // of --demo
      if (url && (invitation || demo)) {
        clearTimeout(late);
        resolve({ url, invitation, demo });
      }
    });
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}${words}`)));
  });
  return {
    ...found,
    folder,
    words: () => words,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        const kill = setTimeout(() => child.kill("SIGKILL"), 8000);
        child.on("exit", (code, signal) => {
          clearTimeout(kill);
          rmSync(folder, { recursive: true, force: true });
          resolve(code ?? signal);
        });
        child.kill("SIGTERM");
      }),
  };
}
