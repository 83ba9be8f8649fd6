// An administrator: somebody is invited, the audit is verified, and saved. Then limits, tokens and one's own password.
import { readFileSync } from "node:fs";

export default {
  most: 8,
  allow: / 4(00|03|09) /, // refusals that the rest of this test is about
  async run({ page, act, nav, is }) {
    await act(nav("Admin"));
    await act(page.getByRole("button", { name: "Make a link" }).click());
    const link = await page.getByLabel("Link for one account").inputValue();
    is(/\/#\/join\/[\w-]{40,}$/.test(link), `the link is ${link}`);
    await act(page.getByRole("link", { name: "Audit", exact: true }).click());
    await page.getByText("invitation.add").first().waitFor();
    await act(page.getByRole("button", { name: "Verify" }).click());
    await page.getByText("intact", { exact: true }).waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), act(page.getByRole("link", { name: "Save as CSV" }).click())]);
    const lines = readFileSync(await file.path(), "utf8").trim().split("\n");
    is(lines[0].startsWith("id,time,") && lines.some((l) => l.includes("invitation.add")), `the export: ${lines.slice(0, 3)}`);
    is(!lines.some((l) => l.includes(link.split("/").pop())), "the audit holds the secret of an invitation");
    return file.suggestedFilename();
  },
  async after({ page, is, look, visit }) {
    await look("admin-audit");
    await page.getByLabel("About").selectOption("limit");
    await page.getByText("Nothing of that kind has happened.").waitFor();
    await page.getByRole("link", { name: "Limits", exact: true }).click();
    await page.getByLabel("Jobs of one user that wait or run.").fill("900");
    await page.getByRole("button", { name: "Save 1 change" }).click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction(() => document.querySelector("#limit-jobs_per_user")?.value === "1000");
    await look("admin-limits");
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByLabel("Role of ada").selectOption("viewer");
    await page.getByText("is the last administrator").waitFor();
    is(await page.getByRole("button", { name: "New password for ada" }).isDisabled(), "one's own password is changed on the page Account");
    await visit(page, "account");
    await page.getByLabel("Name of the token").fill("notebook");
    await page.getByRole("button", { name: "Make the token" }).click();
    is((await page.getByLabel("The token", { exact: true }).inputValue()).length === 43, "a token is shown once");
    await page.getByRole("button", { name: "I have it" }).click();
    await look("account");
    await page.getByRole("button", { name: "Delete notebook" }).click();
    await page.getByText("No program has a token yet.").waitFor();
  },
};
