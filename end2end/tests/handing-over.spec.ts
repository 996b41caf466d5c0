// Giving conversations away, taking them, and letting them rest.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { button, count, live, log, openAny, row, rows } from "./screen";
import { openChat, visit, write } from "./visitor";

const more = async (page: Page, name: string) => {
  await button(page, "More actions").click();
  await page.getByRole("menu", { name: "More actions" }).getByRole("menuitem", { name }).click();
};

const event = (page: Page, text: RegExp) => log(page).getByRole("article", { name: text });
const note = (page: Page, text: string) => log(page).getByRole("article", { name: /^Note by/ }).filter({ hasText: text });

/** Opens one of hers that nobody is asked to take. */
const mine = async (page: Page, n = 0) => {
  await page.goto("/inbox/my-inbox");
  await live(page);
  return openAny(page, n);
};

/** Opens one of hers of that group, whose people she can give it to. */
const mineOf = async (page: Page, group: string) => {
  await page.goto("/inbox/my-inbox");
  await live(page);
  return openAny(page, 0, group);
};

const transfer = async (page: Page, name: string, words: string) => {
  await more(page, "Transfer conversation");
  const picker = page.getByRole("dialog", { name: "Transfer conversation" });
  await picker.getByRole("combobox", { name: "Search people and groups" }).fill(name);
  await picker.getByRole("option", { name: new RegExp(name) }).click();
  await picker.getByRole("textbox", { name: "Note (optional)" }).fill(words);
  await picker.getByRole("button", { name: "Transfer", exact: true }).click();
  await expect(picker).toHaveCount(0);
};

test("a transfer asks a colleague, who reads why and accepts", { tag: ["@004-06", "@004-05"] }, async ({ maya, sam }) => {
  await sam.goto("/inbox/transfers-to-me");
  await live(sam);
  const { number, who } = await mineOf(maya, "Orders");
  await transfer(maya, "Sam", "You know this courier.");
  await expect(maya.getByRole("status", { name: "Transfer" })).toContainText("Sam Keller is asked");
  await expect(button(maya, "Assigned to Maya Brandt")).toBeVisible();

  await expect(sam.getByRole("region", { name: "Notifications" })).toContainText("Maya Brandt asks you to take");
  await expect.poll(() => count(sam, "Transfers to me")).toBe(1);
  await row(sam, number).click();
  const request = sam.getByRole("dialog", { name: "Transfer request" });
  await expect(request).toContainText("Maya Brandt asks you to take this conversation: You know this courier.");
  await request.getByRole("button", { name: "Accept" }).click();
  await expect(button(sam, "Assigned to Sam Keller")).toBeVisible();
  await expect(request).toHaveCount(0);

  await expect(event(maya, /^Event: Sam Keller accepted the transfer from you/)).toBeVisible();
  await maya.goto("/inbox/my-inbox");
  await expect(rows(maya).first()).toBeVisible();
  await expect(row(maya, number)).toHaveCount(0);
  await sam.reload();
  await expect(sam.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
  await expect(event(sam, /^Event: You accepted the transfer from Maya Brandt/)).toBeVisible();
});

test("a declined transfer stays where it is, and why is read", { tag: "@004-06" }, async ({ maya, sam }) => {
  await sam.goto("/inbox/transfers-to-me");
  await live(sam);
  const { number } = await mineOf(maya, "Orders");
  await transfer(maya, "Sam", "Could you?");
  await row(sam, number).click();
  await sam.getByRole("dialog", { name: "Transfer request" }).getByRole("button", { name: "Decline" }).click();
  const form = sam.getByRole("dialog", { name: "Decline transfer" });
  await form.getByRole("textbox", { name: "Reason (optional)" }).fill("I am at lunch.");
  await form.getByRole("button", { name: "Decline" }).click();
  await expect(form).toHaveCount(0);
  await expect(event(maya, /^Event: Sam Keller declined the transfer/)).toBeVisible();
  await expect(note(maya, "I am at lunch.")).toBeVisible();
  await expect(button(maya, "Assigned to Maya Brandt")).toBeVisible();
  await expect(maya.getByRole("status", { name: "Transfer" })).toHaveCount(0);
});

test("who asked takes the request back", async ({ maya }) => {
  await mineOf(maya, "Orders");
  await transfer(maya, "Sam", "Could you?");
  const waits = maya.getByRole("status", { name: "Transfer" });
  await waits.getByRole("button", { name: "Cancel transfer" }).click();
  await expect(waits).toHaveCount(0);
  await expect(event(maya, /^Event: You no longer ask/).or(event(maya, /no longer asks Sam Keller/))).toBeVisible();
});

test("assigning shows skills and load, and a reason fills the note", { tag: ["@000-06", "@000-07", "@002-03", "@002-04", "@001-10", "@001-11"] }, async ({ maya, sam }) => {
  const { number } = await mineOf(maya, "Orders");
  await button(maya, "Assigned to Maya Brandt").click();
  const picker = maya.getByRole("dialog", { name: "Assign" });
  const option = picker.getByRole("option", { name: /Sam Keller/ });
  await expect(option).toContainText(/Online · \d+ open · .*Couriers/);
  await option.click();
  await expect(option).toHaveAttribute("aria-selected", "true");
  await picker.getByRole("button", { name: "Better suited" }).click();
  await expect(picker.getByRole("textbox", { name: "Assignment note (optional)" })).toHaveValue("Better suited");
  await picker.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(row(maya, number)).toHaveCount(0);
  await sam.goto("/inbox/my-inbox");
  await row(sam, number).click();
  await expect(note(sam, "Better suited")).toBeVisible();
});

test("what is assigned to a group waits in that group's Unassigned", { tag: ["@003-31", "@002-28"] }, async ({ maya, yuki }) => {
  const { number } = await mine(maya);
  await more(maya, "Assign to group");
  const picker = maya.getByRole("dialog", { name: "Assign to group" });
  await picker.getByRole("combobox", { name: "Search groups" }).fill("bill");
  await picker.getByRole("combobox").press("Enter");
  await picker.getByRole("combobox").press("Enter");
  await expect(picker).toHaveCount(0);
  await expect(row(maya, number)).toHaveCount(0);
  await yuki.goto(`/c/${number}`);
  await expect(button(yuki, "Start conversation")).toBeVisible();
  await expect(event(yuki, /^Event: Maya Brandt moved it to Billing/)).toBeVisible();
  await expect(yuki.getByRole("tabpanel")).toContainText("GroupBilling");
});

test("pending asks what it waits for, keeps what was written, and goes back to open", { tag: ["@002-22", "@002-01"] }, async ({ maya }) => {
  const { number } = await mine(maya);
  await maya.getByRole("log", { name: "Messages" }).focus();
  await maya.keyboard.press("s");
  const form = maya.getByRole("dialog", { name: "Set pending" });
  const reason = form.getByRole("textbox", { name: "Pending reason" });
  await expect(reason).toBeFocused();
  await form.getByRole("button", { name: "Set pending" }).click();
  await expect(form.getByRole("alert")).toHaveText("Write something first.");
  await reason.fill("The courier's answer.");
  await maya.keyboard.press("Escape");
  await expect(form).toHaveCount(0);
  await maya.keyboard.press("Alt+m");
  await expect(reason).toHaveValue("The courier's answer.");
  await form.getByRole("button", { name: "Tomorrow 9:00" }).click();
  await expect(form.getByLabel("Wake at", { exact: true })).toHaveValue(/T09:00$/);
  await form.getByRole("button", { name: "Set pending" }).click();
  await expect(form).toHaveCount(0);
  await expect(maya.getByRole("list", { name: "Lifecycle" })).toContainText("waiting");
  await expect(note(maya, "The courier's answer.")).toBeVisible();
  await expect(row(maya, number)).toBeVisible();
  await more(maya, "Back to open");
  await expect(maya.getByRole("list", { name: "Lifecycle" })).not.toContainText("waiting");

  // For the next one it begins empty, is there before its messages are, and stays when they come.
  let letGo = () => {};
  const comes = new Promise<void>((resolve) => (letGo = resolve));
  await maya.route("**/api/open", async (route) => {
    await comes;
    await route.continue();
  });
  await maya.keyboard.press("Alt+ArrowDown");
  await expect(log(maya)).toHaveAttribute("aria-busy", "true");
  await maya.keyboard.press("Alt+m");
  await expect(reason).toHaveValue("");
  await reason.fill("Nobody knows yet.");
  await expect(form.getByLabel("Wake at", { exact: true })).toHaveValue("");
  letGo();
  await expect(log(maya)).toHaveAttribute("aria-busy", "false");
  await expect(reason).toHaveValue("Nobody knows yet.");
  await expect(reason).toBeFocused();
});

test("resolving takes a summary for the team and a closing message for the customer", { tag: "@002-23" }, async ({ maya }) => {
  const { number } = await mine(maya, 2);
  await more(maya, "Resolve with summary");
  const form = maya.getByRole("dialog", { name: "Resolve" });
  await form.getByRole("textbox", { name: "Resolution summary" }).fill("New poles were sent.");
  await form.getByRole("textbox", { name: "Closing message" }).fill("Enjoy the tent!");
  await form.getByRole("button", { name: "Mark resolved" }).click();
  await expect(form).toHaveCount(0);
  await maya.goto(`/c/${number}`);
  await expect(note(maya, "New poles were sent.")).toBeVisible();
  await expect(log(maya).getByRole("article", { name: /^You, reply/ }).filter({ hasText: "Enjoy the tent!" })).toBeVisible();
});

test("the priority is set by its badge, with a reason", { tag: "@002-11" }, async ({ maya }) => {
  await mine(maya);
  await maya.getByRole("button", { name: /^Priority: / }).click();
  const picker = maya.getByRole("dialog", { name: "Set priority" });
  await picker.getByRole("option", { name: "Urgent" }).click();
  await picker.getByRole("textbox", { name: "Priority reason (optional)" }).fill("The trip is tomorrow.");
  await picker.getByRole("button", { name: "Set priority" }).click();
  await expect(maya.getByRole("button", { name: "Priority: Urgent" })).toBeVisible();
  await expect(note(maya, "The trip is tomorrow.")).toBeVisible();
});

test("whose it is cannot leave and hears what to do; who takes part leaves", { tag: "@004-09" }, async ({ maya, sam }) => {
  const { number } = await mineOf(maya, "Orders");
  await button(maya, "More actions").click();
  const leave = maya.getByRole("menuitem", { name: "Leave conversation" });
  await expect(leave).toHaveAttribute("aria-disabled", "true");
  await leave.click({ force: true });
  await expect(maya.getByRole("region", { name: "Notifications" })).toContainText("Transfer it, or put it back");
  await button(maya, "Assigned to Maya Brandt").click();
  const picker = maya.getByRole("dialog", { name: "Assign" });
  await picker.getByRole("option", { name: /Sam Keller/ }).click();
  await picker.getByRole("button", { name: "Assign", exact: true }).click();
  await maya.goto("/inbox/participating");
  await row(maya, number).click();
  await more(maya, "Leave conversation");
  await expect(row(maya, number)).toHaveCount(0);
  await sam.goto(`/c/${number}`);
  await expect(button(sam, "Assigned to Sam Keller")).toBeVisible();
});

test("a form that was left open is asked of no other conversation", async ({ maya }) => {
  await mine(maya, 1);
  await more(maya, "Resolve with summary");
  const form = maya.getByRole("dialog", { name: "Resolve" });
  await form.getByRole("textbox", { name: "Resolution summary" }).fill("Half a summary");
  await maya.goBack();
  await expect(maya.getByRole("heading", { name: "Pick a conversation" })).toBeVisible();
  await expect(form).toHaveCount(0);
  await openAny(maya, 2);
  await expect(form).toHaveCount(0);
  await openAny(maya, 1);
  await more(maya, "Resolve with summary");
  await expect(form.getByRole("textbox", { name: "Resolution summary" })).toHaveValue("Half a summary");
});

test("a picker that goes away with the keyboard in it leaves the page alive", async ({ maya }) => {
  await mine(maya, 1);
  await log(maya).focus();
  await maya.keyboard.press("a");
  await expect(maya.getByRole("combobox", { name: "Search people" })).toBeFocused();
  await maya.goBack();
  await expect(maya.getByRole("heading", { name: "Pick a conversation" })).toBeVisible();
  await openAny(maya, 2);
  await button(maya, "Assigned to Maya Brandt").click();
  await expect(maya.getByRole("dialog", { name: "Assign" })).toBeVisible();
});

test("a closing message does not overtake what the customer wrote meanwhile", { tag: "@002-23" }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "My pump is broken.");
  await maya.goto("/inbox/all");
  await live(maya);
  await rows(maya).getByRole("link", { name: /My pump is broken/ }).click();
  await button(maya, "Start conversation").click();
  await more(maya, "Resolve with summary");
  const form = maya.getByRole("dialog", { name: "Resolve" });
  await form.getByRole("textbox", { name: "Closing message" }).fill("Enjoy!");
  await write(visitor, "And the hose, too.");
  await expect(log(maya).getByRole("article").filter({ hasText: "And the hose, too." })).toHaveCount(1);
  await form.getByRole("button", { name: "Mark resolved" }).click();
  await expect(form.getByRole("alert")).toContainText("A newer message came in while you were writing");
  await maya.keyboard.press("Escape");
  await more(maya, "Resolve with summary");
  await expect(form.getByRole("textbox", { name: "Closing message" })).toHaveValue("Enjoy!");
  await form.getByRole("button", { name: "Mark resolved" }).click();
  await expect(form).toHaveCount(0);
  await visitor.page.context().close();
});

test("what was read in passing is marked unread and stands so in the list", async ({ maya }) => {
  const { number } = await mine(maya, 1);
  await expect(row(maya, number)).not.toHaveAccessibleName(/, unread, /);
  await log(maya).focus();
  await maya.keyboard.press("u");
  await expect(row(maya, number)).toHaveAccessibleName(/, unread, /);
  await expect(maya.getByRole("heading", { name: "Pick a conversation" })).toBeVisible();
});

test("what was ordered last is undone by its message, by a key, and in the browser of a colleague", async ({ maya, yuki }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  const { number, who } = await openAny(maya, 3);
  await yuki.goto(`/c/${number}`);
  await live(yuki);
  const before = await count(maya, "My inbox");
  await button(maya, "To closed").click();
  await expect(row(maya, number)).toHaveCount(0);
  const toast = maya.getByRole("region", { name: "Notifications" }).getByRole("status").filter({ hasText: "Closed." });
  await toast.getByRole("button", { name: "Undo" }).click();
  await expect(row(maya, number)).toBeVisible();
  await expect(event(yuki, /^Event: .* undid that/)).toBeVisible();
  await expect(yuki.getByRole("textbox", { name: /^Reply to/ })).toBeEditable();
  await expect.poll(() => count(maya, "My inbox")).toBe(before);

  await row(maya, number).click();
  await expect(maya.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
  await button(maya, "To Unassigned").click();
  await expect(row(maya, number)).toHaveCount(0);
  await maya.keyboard.press("z");
  await expect(row(maya, number)).toBeVisible();
  await maya.keyboard.press("z");
  await expect(maya.getByText("There is nothing to undo.")).toBeVisible();
});

test("an open one that nobody has asks to be assigned and given a priority", { tag: "@002-21" }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "Anybody there 5521?");
  await maya.goto("/inbox/all");
  await live(maya);
  await rows(maya).filter({ hasText: "Anybody there 5521?" }).getByRole("link").click();
  const asked = maya.getByRole("note").filter({ hasText: "Assign it and set its priority" });
  await expect(asked).toBeVisible();
  await button(maya, "Start conversation").click();
  await expect(asked).toHaveCount(0);
});

test("from Mine one reads, replies, resolves and closes in two steps of their own, and gives it away", { tag: "@000-05" }, async ({ maya }) => {
  const { number } = await mineOf(maya, "Orders");
  await expect(log(maya).getByRole("article").first()).toBeVisible();
  await expect(button(maya, "Assigned to Maya Brandt")).toBeVisible();
  const field = maya.getByRole("textbox", { name: /^Reply to/ });
  await field.fill("On its way today.");
  await field.press("Enter");
  await expect(log(maya).getByRole("article", { name: /^You, reply, / }).filter({ hasText: "On its way today." })).toBeVisible();
  await button(maya, "Mark resolved").click();
  await expect(row(maya, number)).toHaveCount(0);
  await maya.goto(`/c/${number}`);
  await expect(maya.getByRole("list", { name: "Lifecycle" }).locator("[aria-current]")).toHaveText("Resolved");
  await button(maya, "Mark resolved").click();
  await expect(event(maya, /^Event: You reopened it/)).toBeVisible();
  await button(maya, "To closed").click();
  await expect(maya.getByRole("list", { name: "Lifecycle" }).locator("[aria-current]")).toHaveText("Closed");
});
