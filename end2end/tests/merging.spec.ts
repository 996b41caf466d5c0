// Two conversations that are one, and one that is two.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { button, live, log, rows } from "./screen";
import { field, messages, openChat, visit, type Visitor, write } from "./visitor";

const more = async (page: Page, name: string) => {
  await button(page, "More actions").click();
  await page.getByRole("menu", { name: "More actions" }).getByRole("menuitem", { name }).click();
};
const said = (page: Page, text: string) => log(page).getByRole("article", { name: /, customer, / }).filter({ hasText: text });
const event = (page: Page, text: RegExp) => log(page).getByRole("article", { name: text });

/** Opens the conversation with that newest message, and says its number. */
const openBegun = async (page: Page, text: string) => {
  const found = rows(page).filter({ hasText: text }).getByRole("link").first();
  const number = /^(\d+), /.exec((await found.getAttribute("aria-label")) ?? "")?.[1] ?? "";
  await found.click();
  await expect(said(page, text)).toBeVisible();
  return number;
};

const writesAnother = async (visitor: Visitor, text: string) => {
  await visitor.chat.getByRole("button", { name: "All conversations" }).click();
  await visitor.chat.getByRole("button", { name: "Start a new conversation" }).click();
  await expect(field(visitor)).toBeFocused();
  await write(visitor, text);
};

test("a duplicate is merged into the other with a look at what goes where, and taken out again", { tag: "@002-25" }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "Pegs are missing 7731");
  await writesAnother(visitor, "Hello? Pegs 7732");
  await maya.goto("/inbox/all");
  await live(maya);
  const target = await openBegun(maya, "Pegs are missing 7731");
  const source = await openBegun(maya, "Hello? Pegs 7732");

  await more(maya, "Merge into another conversation");
  const picker = maya.getByRole("dialog", { name: "Merge into another conversation" });
  await picker.getByRole("combobox", { name: "Search this client's conversations" }).fill("pegs");
  await picker.getByRole("option", { name: new RegExp(`^${target} Pegs are missing`) }).click();
  await expect(picker.getByRole("status")).toContainText(`The message of this conversation goes to conversation ${target}`);
  await picker.getByRole("button", { name: "Merge", exact: true }).click();

  await expect(maya).toHaveURL(new RegExp(`/c/${target}$|/${target}(\\?.*)?$`));
  await expect(said(maya, "Pegs are missing 7731")).toBeVisible();
  await expect(said(maya, "Hello? Pegs 7732")).toBeVisible();
  await expect(rows(maya).filter({ hasText: "Pegs" })).toHaveCount(1);
  const merged = event(maya, new RegExp(`^Event: You merged conversation ${source} into this one`));
  await expect(merged).toBeVisible();

  // The way back is beside what is said, as after any order.
  await maya.getByRole("button", { name: "Undo" }).click();
  await expect(maya).toHaveURL(new RegExp(`/${source}(\\?.*)?$`));
  await expect(said(maya, "Hello? Pegs 7732")).toBeVisible();
  await expect(rows(maya).filter({ hasText: "Pegs" })).toHaveCount(2);
  await more(maya, "Merge into another conversation");
  await picker.getByRole("option").first().click();
  await picker.getByRole("button", { name: "Merge", exact: true }).click();
  await expect(said(maya, "Pegs are missing 7731")).toBeVisible();

  // The customer reads both in one, and goes on there.
  await expect(messages(visitor).getByText("Pegs are missing 7731")).toBeVisible();
  await expect(messages(visitor).getByText("Hello? Pegs 7732")).toBeVisible();
  await write(visitor, "Still here 7733");
  await expect(said(maya, "Still here 7733")).toBeVisible();

  await merged.last().getByRole("link", { name: `Open conversation ${source}` }).click();
  const strip = maya.getByRole("status", { name: "Merged" });
  await expect(strip).toContainText(`what was said is in conversation ${target}`);
  await strip.getByRole("button", { name: "Separate again" }).click();
  await expect(strip).toHaveCount(0);
  await expect(said(maya, "Hello? Pegs 7732")).toBeVisible();
  await maya.reload();
  await expect(said(maya, "Hello? Pegs 7732")).toBeVisible();
  await expect(said(maya, "Pegs are missing 7731")).toHaveCount(0);
  await maya.goto(`/c/${target}`);
  await expect(said(maya, "Pegs are missing 7731")).toBeVisible();
  await expect(said(maya, "Hello? Pegs 7732")).toHaveCount(0);
});

test("messages about something else are chosen with the keyboard and become a conversation of their own", { tag: "@002-26" }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "My stove leaks 8841");
  await write(visitor, "Where is my invoice 8842");
  await maya.goto("/inbox/all");
  await live(maya);
  const before = await openBegun(maya, "Where is my invoice 8842");
  await expect(said(maya, "My stove leaks 8841")).toBeVisible();
  await more(maya, "Split");
  const bar = maya.getByRole("toolbar", { name: "Selected messages" });
  await expect(bar).toBeFocused();
  await expect(bar.getByRole("button", { name: "Split" })).toHaveAttribute("aria-disabled", "true");
  const boxes = log(maya).getByRole("checkbox", { name: /^Select message from / });
  await boxes.last().focus();
  await maya.keyboard.press("Space");
  await expect(bar.getByRole("status")).toHaveText("1 selected. Split: 1 message goes into a new conversation of the same client, 1 stays here.");
  // All of it cannot go, and what was chosen stays chosen.
  await boxes.first().check();
  await bar.getByRole("button", { name: "Split" }).click();
  await expect(maya.getByRole("alert").filter({ hasText: "has to stay here" })).toBeVisible();
  await boxes.first().uncheck();
  await bar.getByRole("button", { name: "Split" }).click();
  await expect(bar).toHaveCount(0);
  await expect(said(maya, "Where is my invoice 8842")).toHaveCount(0);
  await expect(event(maya, /^Event: You split messages off into a conversation of their own/)).toBeVisible();

  const number = await openBegun(maya, "Where is my invoice 8842");
  expect(number).not.toBe(before);
  await expect(maya.getByRole("heading", { level: 2 }).first()).toBeVisible();
  await expect(event(maya, new RegExp(`^Event: You split this off from conversation ${before}`))).toBeVisible();
  await more(maya, "Split");
  await maya.keyboard.press("Escape");
  await expect(bar).toHaveCount(0);
});

test("two who are one person become one client with one history, and are separated again", async ({ browser, maya, yuki, server }) => {
  const [one, other] = [await visit(browser, server.url), await visit(browser, server.url)];
  for (const [visitor, text] of [[one, "From the shop 5521"], [other, "From the phone 5522"]] as const) {
    await openChat(visitor);
    await write(visitor, text);
  }
  await maya.goto("/inbox/all");
  await live(maya);
  const name = async () => (await maya.getByRole("main").getAttribute("aria-label"))?.replace("Conversation with ", "") ?? "";
  const there = await openBegun(maya, "From the phone 5522");
  const theirs = await name();
  const here = await openBegun(maya, "From the shop 5521");
  const mine = await name();
  await yuki.goto(`/c/${there}`);
  await live(yuki);
  const also = (page: Page) => page.getByRole("list", { name: "Merged contacts" });
  await expect(yuki.getByText("None that you can see.")).toBeVisible();

  await more(maya, "Merge contact");
  const picker = maya.getByRole("dialog", { name: "Merge contact" });
  const search = picker.getByRole("combobox", { name: "Search clients" });
  // Oneself is not offered.
  await search.fill(mine);
  await expect(picker.getByText("No other client is found.")).toBeVisible();
  await search.fill(theirs);
  await picker.getByRole("option", { name: theirs }).click();
  await expect(picker.getByRole("status")).toContainText(`${mine} and ${theirs} are one client from now on`);
  await picker.getByRole("button", { name: "Merge contact" }).click();

  await expect(also(maya).getByRole("listitem")).toContainText(theirs);
  await expect(maya.getByRole("main", { name: `Conversation with ${theirs}` })).toBeVisible();
  await expect(log(maya).getByRole("article", { name: new RegExp(`^${theirs}, customer, `) })).toBeVisible();
  await expect(event(maya, /^Event: You merged the client with another contact/)).toBeVisible();
  // Whoever has the other conversation open sees it come.
  await expect(also(yuki).getByRole("listitem")).toContainText(mine);
  await expect(yuki.getByRole("complementary", { name: "Contact details" }).getByRole("link", { name: /From the shop 5521/ })).toBeVisible();
  // Each of them still reads their own words only.
  await other.chat.getByRole("button", { name: "All conversations" }).click();
  await expect(other.chat.getByText("From the shop 5521")).toHaveCount(0);

  // Taken back at once, or later beside the client.
  await maya.getByRole("button", { name: "Undo" }).click();
  await expect(maya.getByRole("main", { name: `Conversation with ${mine}` })).toBeVisible();
  await expect(also(yuki)).toHaveCount(0);
  await more(maya, "Merge contact");
  await search.fill(theirs);
  await picker.getByRole("option", { name: theirs }).dblclick();
  await expect(also(maya).getByRole("listitem")).toContainText(theirs);
  await maya.reload();
  await also(maya).getByRole("button", { name: `Separate again: ${theirs}` }).click();
  await expect(also(maya)).toHaveCount(0);
  await expect(maya.getByRole("main", { name: `Conversation with ${mine}` })).toBeVisible();
  await expect(event(maya, /^Event: You separated the client's contacts again/).last()).toBeVisible();
  await expect(maya).toHaveURL(new RegExp(`/${here}(\\?.*)?$`));
});
