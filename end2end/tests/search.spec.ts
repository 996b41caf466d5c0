// Finding by words: names and messages, at once and from the whole history.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { live, list, rows } from "./screen";

const box = (page: Page) => page.getByRole("search", { name: "Search conversations" }).getByRole("searchbox");
const links = (page: Page) => rows(page).getByRole("link");
const marks = (page: Page) => list(page).locator("mark");

test("clients and messages are found by the beginning of a word, and marked", { tag: "@003-40" }, async ({ yuki }) => {
  await yuki.goto("/inbox/unassigned");
  await live(yuki);
  await yuki.keyboard.press("/");
  await expect(box(yuki)).toBeFocused();
  await yuki.keyboard.type("ok");
  await expect(yuki.getByText("Type at least 3 characters.")).toBeVisible();
  await expect(yuki.getByRole("heading", { level: 1 })).toHaveText("Unassigned");
  await yuki.keyboard.type("afor");
  await expect(yuki.getByRole("heading", { level: 1 })).toHaveText("Search");
  await expect(links(yuki).first()).toHaveAccessibleName(/Okafor/);
  await expect(marks(yuki).first()).toHaveText("Okafor");
  // Not from its end.
  await box(yuki).fill("kafor");
  await expect(yuki.getByRole("heading", { name: "No conversations match" })).toBeVisible();
  // Typed as people do: the space between two words stays while the first is found.
  await box(yuki).fill("");
  await box(yuki).pressSequentially("refund ", { delay: 60 });
  await expect(marks(yuki).first()).toHaveText(/^refund/i);
  await expect(box(yuki)).toHaveValue("refund ");
  await box(yuki).pressSequentially("ord");
  await expect(box(yuki)).toHaveValue("refund ord");
  await box(yuki).fill("refund");
  await expect(marks(yuki).first()).toHaveText(/^refund/i);
  const found = Number(await rows(yuki).first().getAttribute("aria-setsize"));
  expect(found).toBeGreaterThan(3);
});

test("a search stands in the address, survives a reload, and is left by Escape", async ({ yuki }) => {
  await yuki.goto("/search?q=okafor");
  await live(yuki);
  await expect(box(yuki)).toHaveValue("okafor");
  await expect(links(yuki).first()).toHaveAccessibleName(/Okafor/);
  // From the box to what was found, by the keyboard alone.
  await box(yuki).press("Enter");
  await expect(links(yuki).first()).toBeFocused();
  await yuki.keyboard.press("Enter");
  await expect(yuki.getByRole("main", { name: /Okafor/ })).toBeVisible();
  await expect(yuki).toHaveURL(/q=okafor/);
  await yuki.reload();
  await expect(box(yuki)).toHaveValue("okafor");
  await expect(yuki.getByRole("main", { name: /Okafor/ })).toBeVisible();
  await box(yuki).press("Escape");
  await expect(box(yuki)).toHaveValue("");
  await expect(yuki).not.toHaveURL(/q=/);
  await expect(yuki.getByRole("heading", { level: 1 })).toHaveText("All");
});

test("operators narrow a search, and say what they take", async ({ yuki }) => {
  await yuki.goto("/inbox/all");
  await live(yuki);
  await box(yuki).fill("refund status:closed");
  await expect(links(yuki).first()).toHaveAccessibleName(/, Closed/);
  for (const name of await links(yuki).evaluateAll((all) => all.map((link) => link.getAttribute("aria-label")))) {
    expect(name).toMatch(/, Closed/);
  }
  await box(yuki).fill("refund status:lost");
  await expect(yuki.getByText(/^status: takes open, unassigned/)).toBeVisible();
});
