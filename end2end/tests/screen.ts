// Where things stand on the screen, by role and name.
import { expect, type Locator, type Page } from "@playwright/test";

export const list = (page: Page) => page.getByRole("list", { name: "Conversations" });
export const rows = (page: Page) => list(page).getByRole("listitem");
export const row = (page: Page, number: string) => rows(page).getByRole("link", { name: new RegExp(`^${number}, `) });
export const bar = (page: Page) => page.getByRole("group", { name: "Filters" });
export const log = (page: Page) => page.getByRole("log", { name: "Messages" });
export const composer = (page: Page) => page.getByRole("form", { name: "Composer" });
export const reply = (page: Page) => page.getByRole("textbox", { name: /^Reply to/ });
export const connection = (page: Page) => page.getByRole("status", { name: "Connection" });

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole("toolbar", { name: "Conversation actions" }).getByRole("button", { name, exact: true });

export const view = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: new RegExp(`^${name}, \\d+(, unread)?$`) });

export const count = async (page: Page, name: string) =>
  Number(/, (\d+)/.exec((await view(page, name).getAttribute("aria-label")) ?? "")?.[1]);

/** The article of a reply of one's own that the server has. */
export const sent = (page: Page, text: string) =>
  log(page).getByRole("article", { name: /^You, reply, .*(sent|queued)$/ }).filter({ hasText: text });

/** Who and what a row is about, by its name. */
export const parts = (name: string | null) => ({
  number: /^(\d+), /.exec(name ?? "")?.[1] ?? "",
  who: /^\d+, ([^,]+)/.exec(name ?? "")?.[1] ?? "",
});

/** Who stands in other tests by name: nobody gives these away. */
const kept = /Ines Okafor/;

/** Opens the nth conversation of the list that may be given away, and waits for its thread. */
export const openAny = (page: Page, n = 0, group?: string) =>
  opened(page, rows(page).filter({ hasNotText: kept }).filter({ hasText: group ?? "" }).nth(n).getByRole("link"));

/** Opens the nth conversation of the list and waits for its thread. */
export const open = (page: Page, n = 0) => opened(page, rows(page).nth(n).getByRole("link"));

const opened = async (page: Page, link: Locator) => {
  const { number, who } = parts(await link.getAttribute("aria-label"));
  await link.click();
  await expect(page.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
  await expect(page.getByRole("list", { name: "Lifecycle" })).toBeVisible();
  await expect(log(page)).toHaveAttribute("aria-busy", "false");
  return { number, who };
};

/** Narrows the list by a value of a field of the open filter bar. */
export const narrow = async (page: Page, field: string, value: string) => {
  await bar(page).getByRole("button", { name: new RegExp(`^${field}: `) }).click();
  const item = page.getByRole("menuitemcheckbox", { name: value, exact: true });
  await item.click();
  await expect(item).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Escape");
};

/** Waits until the page hears what happens: until then a step of somebody else comes with the page. */
export const live = async (page: Page) => {
  await expect(page.getByRole("main").or(page.getByRole("region", { name: "Conversations" })).first()).toBeVisible();
  // A page of a debug build starts slowly beside others.
  await expect(page.locator("html")).toHaveAttribute("data-line", "live", { timeout: 30_000 });
};

/** The row of somebody who has written just now. */
export const rowOf = (page: Page, who: string) => rows(page).getByRole("link", { name: new RegExp(`^\\d+, ${who}, `) });

/** Opens the conversation of somebody who has written just now. */
export async function openOf(page: Page, who: string) {
  await page.goto("/inbox/all");
  await rowOf(page, who).click();
  await expect(log(page)).toBeVisible();
}
