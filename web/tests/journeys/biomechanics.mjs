// A biomechanics laboratory: strain profiles to the outcomes of an axon.
export default {
  most: 8,
  async run({ page, act, nav, saved }) {
    await act(nav("Axon"));
    await act(page.getByRole("button", { name: "Example: six profiles" }).click());
    await act(page.getByRole("button", { name: "Strain the axon" }).click());
    await page.getByText("Outcomes, one row").waitFor();
    await act(page.getByText(/files? \(/).click());
    return act(saved(page.getByRole("link", { name: "outcomes.csv" }).click()));
  },
  after: ({ look }) => look("axon-result"),
};
