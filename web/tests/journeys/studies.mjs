// Two browsers on one study: who saves second sees what the first one changed, and loses nothing. Then lock and export.
export default {
  allow: / 4(00|12) /, // the browser notes the refusals that this test is about
  async run({ page, server, context, watch, settle, nav, saved, is, look }) {
    await nav("Studies");
    await page.getByRole("button", { name: "Make an example study" }).click();
    await page.getByRole("heading", { name: "Example: carbamazepine by mouth" }).waitFor();
    await page.getByText("drug pk").first().waitFor();
    await look("studies-editor");

    const c = await context({ storageState: await page.context().storageState() });
    const second = await c.newPage();
    watch(second, () => "studies, second browser", / 4(00|12) /);
    // the server's refusal is meant here: on a slow machine the look every 4 s would tell of the change before
    await second.addInitScript(() => {
      const real = window.setInterval;
      window.setInterval = (f, ms) => (ms === 4000 ? 0 : real(f, ms));
    });
    await second.goto(page.url());
    await settle(second);
    await second.getByRole("textbox", { name: "Conclusion" }).fill("Second: the peak is at 6 h.");
    await second.getByLabel("Subject codes").fill("Maria");
    await second.getByRole("button", { name: "Save", exact: true }).click();
    await second.getByText("names of persons are not kept here").waitFor();
    await second.getByLabel("Subject codes").fill("S-001 S-002");
    await page.getByRole("textbox", { name: "Conclusion" }).fill("First: the peak is late.");
    await page.getByLabel("Context of use").fill("Teaching, nothing else.");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.").waitFor();

    const box = second.getByRole("alert").filter({ hasText: "changed this study while you were writing" });
    await second.getByRole("button", { name: "Save", exact: true }).click();
    await box.waitFor();
    is(/First: the peak is late\./.test(await box.innerText()), "the other's text is not shown");
    is((await second.getByRole("textbox", { name: "Conclusion" }).inputValue()) === "Second: the peak is at 6 h.", "the second browser lost its text");
    is((await second.getByLabel("Context of use").inputValue()) === "Teaching, nothing else.", "what only the other changed was not taken over");
    await look("studies-clash", second);
    await second.reload(); // nothing is lost by that either
    await second.getByText("What you had not saved is here again.").waitFor();
    is((await second.getByRole("textbox", { name: "Conclusion" }).inputValue()) === "Second: the peak is at 6 h.", "a reload lost the text");
    await box.getByRole("button", { name: "Put both: Conclusion" }).click();
    await box.getByRole("button", { name: "Keep mine" }).click();
    await second.getByRole("button", { name: "Save", exact: true }).click();
    await second.getByText("Saved.").waitFor();
    await second.getByRole("button", { name: "Undo the last save" }).click();
    await second.getByText("Undone").waitFor();
    is((await second.getByRole("textbox", { name: "Conclusion" }).inputValue()) === "First: the peak is late.", "undo did not bring back what was saved before");
    await c.close();

    await page.reload();
    await settle(page);
    await page.getByRole("button", { name: "Lock …" }).click();
    await page.getByRole("button", { name: "Lock it" }).click();
    await page.getByText("It waits for a reviewer other than its authors.").waitFor();
    const file = await saved(page.getByRole("link", { name: "Export" }).click());
    is(/^study-\d+-r1\.tar$/.test(file), `the export is called ${file}`);
  },
  after: ({ look }) => look("studies-locked"),
};
