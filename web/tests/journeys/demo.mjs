// loligo serve --demo: the printed link signs in, the page says what it is, examples are there; a student goes on to the Bench.
import { startServer } from "../server.mjs";

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
      await look("demo-study", page);
      await nav("Bench");
      await settle(page);
      await page.getByRole("button", { name: "2 Threshold and refractoriness" }).click();
    } finally {
      await c.close();
      is((await server.stop()) === 0, `the demonstration's server did not end well: ${server.words()}`);
    }
  },
};
