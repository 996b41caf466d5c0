// Narrowing a list: menus, the address, the sentence.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { bar, live, narrow, rows } from "./screen";

const links = (page: Page) => rows(page).getByRole("link");
/** How many the list holds: they are counted after the first are shown. */
const total = async (page: Page) => {
  await expect(rows(page).first()).not.toHaveAttribute("aria-setsize", "-1");
  return Number(await rows(page).first().getAttribute("aria-setsize"));
};

test("filters narrow any view, stand in the address and say themselves in a sentence", { tag: ["@003-41", "@001-03"] }, async ({ yuki }) => {
  await yuki.goto("/inbox/all");
  await live(yuki);
  const all = await total(yuki);
  await yuki.getByRole("button", { name: "Filters", exact: true }).click();
  await narrow(yuki, "Group", "Billing");
  await expect(bar(yuki).getByRole("status")).toHaveText("All, in Billing");
  await expect(yuki).toHaveURL(/group=/);
  await expect.poll(() => total(yuki)).toBeLessThan(all);
  for (const name of await links(yuki).evaluateAll((all) => all.map((link) => link.getAttribute("aria-label")))) {
    expect(name).toMatch(/, Billing, /);
  }
  await narrow(yuki, "Status", "Closed");
  await expect(bar(yuki).getByRole("status")).toHaveText("All, in Billing, closed");
  await expect(links(yuki).first()).toHaveAccessibleName(/, Billing, Closed/);
  const found = await total(yuki);

  // It survives a reload, and the way back undoes the last step.
  await yuki.reload();
  await expect(bar(yuki).getByRole("status")).toHaveText("All, in Billing, closed");
  await expect.poll(() => total(yuki)).toBe(found);
  await yuki.goBack();
  await expect(bar(yuki).getByRole("status")).toHaveText("All, in Billing");

  // A conversation that is opened leaves the filter as it is.
  await links(yuki).first().click();
  await expect(yuki.getByRole("list", { name: "Lifecycle" })).toBeVisible();
  await expect(bar(yuki).getByRole("button", { name: "Group: Billing" })).toBeVisible();
  await bar(yuki).getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => total(yuki)).toBe(all);
});

test("several values of one field mean any of them, and a filter that finds nothing says so", async ({ yuki }) => {
  await yuki.goto("/inbox/all");
  await live(yuki);
  await yuki.getByRole("button", { name: "Filters", exact: true }).click();
  await narrow(yuki, "Priority", "Urgent");
  await expect(bar(yuki).getByRole("status")).toHaveText("All, urgent");
  const urgent = await total(yuki);
  await narrow(yuki, "Priority", "High");
  await expect(bar(yuki).getByRole("button", { name: "Priority: Urgent +1" })).toBeVisible();
  await expect.poll(() => total(yuki)).toBeGreaterThan(urgent);
  await bar(yuki).getByRole("button", { name: /^Dates: / }).click();
  await yuki.getByRole("dialog", { name: "Dates of the last message" }).getByLabel("To", { exact: true }).fill("2020-01-01");
  await expect(yuki.getByRole("heading", { name: "No conversations match" })).toBeVisible();
  await yuki.getByRole("region", { name: "Conversations" }).getByRole("button", { name: "Clear filters" }).last().click();
  await expect(links(yuki).first()).toBeVisible();
});

test("operators are asked for in All and Blacklist only, status in All only", { tag: ["@003-41", "@003-12", "@003-13"] }, async ({ yuki, maya }) => {
  const fields = async (page: Page, view: string) => {
    await page.goto(`/inbox/${view}?lead=yes`);
    await live(page);
    const names = await bar(page).getByRole("button", { name: /: / }).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    return names.map((name) => name?.split(":")[0]);
  };
  expect(await fields(yuki, "all")).toEqual(["Group", "Operator", "Status", "Channel", "Scope", "Priority", "Tag", "Lead", "Dates"]);
  expect(await fields(yuki, "blacklist")).toEqual(["Group", "Operator", "Channel", "Scope", "Priority", "Tag", "Lead", "Dates"]);
  expect(await fields(maya, "unassigned")).toEqual(["Group", "Channel", "Scope", "Priority", "Tag", "Lead", "Dates"]);
});

test("All shows its six lists, and what is resolved stands in All and Resolved only", { tag: ["@001-04", "@001-05", "@001-06", "@001-07", "@001-08", "@001-09"] }, async ({ yuki }) => {
  await yuki.goto("/inbox/all");
  await live(yuki);
  const show = yuki.getByRole("radiogroup", { name: "Show" });
  const pick = async (name: string) => {
    await show.getByText(name, { exact: true }).click();
    await expect(show.getByRole("radio", { name, exact: true })).toBeChecked();
    await expect(yuki.getByRole("list", { name: "Conversations" })).toHaveAttribute("aria-busy", "false");
    return (await rows(yuki).count()) === 0 ? 0 : total(yuki);
  };
  const all = await pick("All");
  const [unresolved, resolved] = [await pick("Unresolved"), await pick("Resolved")];
  expect(unresolved + resolved).toBe(all);
  await expect(links(yuki).first()).toHaveAccessibleName(/, Closed/);
  expect(await pick("Pending human reply")).toBeLessThanOrEqual(unresolved);
  expect(await pick("Your inbox")).toBeLessThanOrEqual(unresolved);
  expect(await pick("Has lead")).toBeLessThanOrEqual(all);

  // Within the chosen scope: the AI agent's conversations, or those of people alone.
  await pick("All");
  await yuki.getByRole("button", { name: "Filters", exact: true }).click();
  await expect(bar(yuki).getByRole("button", { name: "Scope: All agents" })).toBeVisible();
  await narrow(yuki, "Scope", "People only");
  await expect(bar(yuki).getByRole("status")).toHaveText("All, people only");
  await expect.poll(() => total(yuki)).toBeLessThan(all);
  const people = await total(yuki);
  await narrow(yuki, "Scope", "Fern");
  await expect.poll(() => total(yuki)).toBe(all);
  await bar(yuki).getByRole("button", { name: "Scope: Fern +1" }).click();
  await yuki.getByRole("menuitemcheckbox", { name: "People only", exact: true }).click();
  await yuki.keyboard.press("Escape");
  await expect.poll(() => total(yuki)).toBe(all - people);
});

test("a narrowed list is saved under a name, counted, shared with a group and deleted", async ({ yuki, maya }) => {
  await maya.goto("/inbox/unassigned");
  await live(maya);
  await yuki.goto("/inbox/unassigned");
  await live(yuki);
  await yuki.getByRole("button", { name: "Filters", exact: true }).click();
  await narrow(yuki, "Group", "Orders");
  const found = await total(yuki);
  await bar(yuki).getByRole("button", { name: "Save view" }).click();
  const form = yuki.getByRole("dialog", { name: "Save view" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toBeVisible();
  await form.getByRole("textbox", { name: "Name" }).fill("Orders that wait");
  await form.getByRole("radio", { name: "Orders" }).check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  const saved = (page: Page) => page.getByRole("navigation", { name: "Saved views" }).getByRole("link", { name: /^Orders that wait, / });
  await expect(saved(yuki)).toHaveAccessibleName(`Orders that wait, ${found}`);
  await expect(saved(yuki)).toHaveAttribute("aria-current", "page");

  // A colleague of the group has it at once, with what they see.
  await expect(saved(maya)).toHaveAccessibleName(/, \d+$/);
  await saved(maya).click();
  await expect(bar(maya).getByRole("status")).toHaveText("Unassigned, in Orders");
  await expect(bar(maya).getByRole("button", { name: "Delete saved view" })).toHaveCount(0);
  await expect.poll(async () => (await saved(maya).getAttribute("aria-label"))?.split(", ")[1]).toBe(String(await total(maya)));

  await yuki.reload();
  await saved(yuki).click();
  await bar(yuki).getByRole("button", { name: "Delete saved view" }).click();
  await expect(saved(yuki)).toHaveCount(0);
  await expect(saved(maya)).toHaveCount(0);
});
