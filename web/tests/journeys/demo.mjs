// loligo serve --demo: the printed link signs in, the page says what it is, examples are there; a study is locked, reviewed and
// signed by somebody else; a student goes to the Bench, and all of that journey is possible there, too.
import { startServer } from "../server.mjs";
import student from "./student.mjs";

export default {
  async run({ context, settle, is, look }) {
    const server = await startServer(process.argv[2], ["--demo", "--workers", "1"]);
    const c = await context();
    try {
      const page = await c.newPage();
      page.on("pageerror", (e) => is(false, String(e)));
      await page.goto(`${server.url}/${server.demo}`);
      await page.waitForURL("**/#/jobs");
      await page.getByText("Demonstration with the examples that ship").waitFor();
      is(!/password/.test(page.url()), `the password stays in the address: ${page.url()}`);
      await page.getByRole("cell", { name: "clone" }).waitFor();
      const nav = (title) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: title, exact: true }).click();
      await nav("Studies");
      await page.getByRole("link", { name: "Example: the twin of a recording" }).click();
      await page.getByText("the recording").first().waitFor();
      await page.getByRole("button", { name: "Lock …" }).click();
      await page.getByRole("button", { name: "Lock it" }).click();
      await page.getByText("It waits for a reviewer").waitFor();

      const password = /password=(\S+)/.exec(server.demo)[1];
      const other = await context();
      const reviewer = await other.newPage();
      reviewer.on("pageerror", (e) => is(false, String(e)));
      await reviewer.goto(`${server.url}/#/sign-in?back=${encodeURIComponent(new URL(page.url()).hash)}`);
      await reviewer.getByLabel("Name").fill("reviewer");
      await reviewer.getByLabel("Password").fill(password);
      await reviewer.getByRole("main").getByRole("button", { name: "Sign in" }).click();
      await reviewer.getByRole("button", { name: "Review …" }).click();
      await reviewer.getByLabel("Comment").fill("The recording is the one that ships.");
      await reviewer.getByRole("button", { name: "Accept it" }).click();
      await reviewer.getByRole("button", { name: "Sign …" }).click();
      await reviewer.getByLabel("Your password, again").fill("not the password");
      await reviewer.getByRole("button", { name: "Sign it" }).click();
      await reviewer.getByText("the password is not yours; nothing was signed").waitFor();
      await look("study-sign-dialog", reviewer);
      await reviewer.getByLabel("Your password, again").fill(password);
      await reviewer.getByRole("button", { name: "Sign it" }).click();
      await reviewer.getByText("I approve this result for its context of use.").waitFor();
      is((await reviewer.getByRole("main").innerText()).includes("reviewed and accepted"), "the review is not shown");
      await look("study-signed", reviewer);
      await other.close();
      await nav("Bench");
      await settle(page);
      const saved = async (click) => (await Promise.all([page.waitForEvent("download"), click]))[0].suggestedFilename();
      is(/\.csv$/.test(await student.run({ page, act: (what) => what, saved })), "the student's journey ends without a table");
    } finally {
      await c.close();
      is((await server.stop()) === 0, `the demonstration's server did not end well: ${server.words()}`);
    }
  },
};
