import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { button, count, log, open, openAny, row, rows } from "./screen";

const atStep = (page: Page, name: string) =>
  expect(page.getByRole("list", { name: "Lifecycle" }).getByRole("listitem").filter({ hasText: new RegExp(`^${name}`) }))
    .toHaveAttribute("aria-current", "step");

test("a preview claims nothing, and starting it makes it mine and is written in the log", { tag: ["@002-05", "@003-16"] }, async ({ sam }) => {
  await sam.goto("/inbox/unassigned");
  const [unassigned, mine] = [await count(sam, "Unassigned"), await count(sam, "My inbox")];
  const { number, who } = await open(sam);
  await expect(button(sam, "Start conversation")).toBeVisible();
  await sam.reload();
  await expect(button(sam, "Start conversation")).toBeVisible();
  expect(await count(sam, "Unassigned")).toBe(unassigned);

  await button(sam, "Start conversation").click();
  await expect(log(sam).getByRole("article", { name: /^Event: You took the conversation/ })).toBeVisible();
  await expect(button(sam, "Start conversation")).toHaveCount(0);
  await expect(button(sam, "Assigned to Sam Keller")).toBeVisible();
  await expect.poll(() => count(sam, "My inbox")).toBe(mine + 1);
  expect(await count(sam, "Unassigned")).toBe(unassigned - 1);

  await sam.reload();
  await sam.getByRole("link", { name: /^My inbox/ }).click();
  await expect(rows(sam).getByRole("link", { name: new RegExp(`^${number}, ${who}`) })).toBeVisible();
});

test("Enter sends, Shift and Enter begins a line, and the button sends too", { tag: "@001-13" }, async ({ maya }) => {
  await maya.goto("/inbox/my-inbox");
  const { who } = await open(maya);
  const text = maya.getByRole("textbox", { name: `Reply to ${who}` });
  await text.fill("Good afternoon,");
  await text.press("Shift+Enter");
  await text.pressSequentially("the courier comes at ten.");
  await text.press("Enter");
  const sent = log(maya).getByRole("article", { name: /^You, reply, .*(sent|queued)$/ }).filter({ hasText: "the courier comes at ten" });
  await expect(sent).toHaveText(/Good afternoon,\nthe courier comes at ten\./);
  await expect(text).toHaveValue("");
  await text.fill("And one more thing.");
  await maya.getByRole("button", { name: "Send reply" }).click();
  await expect(log(maya).getByRole("article", { name: /^You, reply/ }).filter({ hasText: "And one more thing." })).toBeVisible();
  await maya.reload();
  await expect(log(maya).getByText("And one more thing.")).toHaveCount(1);
  await atStep(maya, "In Progress");
});

test("an answer to one that nobody has takes it", { tag: "@001-12" }, async ({ sam }) => {
  await sam.goto("/inbox/unassigned");
  const { who } = await open(sam);
  await sam.getByRole("textbox", { name: `Reply to ${who}` }).fill("I am on it.");
  await sam.getByRole("textbox", { name: `Reply to ${who}` }).press("Control+Enter");
  await expect(log(sam).getByRole("article", { name: /^Event: You took the conversation/ })).toBeVisible();
  await expect(button(sam, "Assigned to Sam Keller")).toBeVisible();
});

test("a whisper looks like none of the other and reaches only who takes part", { tag: "@004-04" }, async ({ sam, maya, elena }) => {
  await sam.goto("/inbox/my-inbox");
  const links = rows(sam).getByRole("link", { name: /, Orders, / });
  const name = (await links.first().getAttribute("aria-label")) ?? "";
  const number = /^(\d+)/.exec(name)?.[1];
  await links.first().click();
  await sam.getByRole("tab", { name: "Whisper" }).click();
  const text = sam.getByRole("textbox", { name: "Whisper to teammates" });
  await expect(text).toHaveAttribute("placeholder", /Whisper/);
  await text.fill("Between us: marker-4711");
  await sam.getByRole("form", { name: "Composer" }).getByRole("button", { name: "Whisper", exact: true }).click();
  await expect(log(sam).getByRole("article", { name: /^Whisper by You/ }).filter({ hasText: "marker-4711" })).toBeVisible();

  // Maya sees the conversation, and takes no part in it.
  await maya.goto(`/c/${number}`);
  await expect(log(maya).getByRole("article").first()).toBeVisible();
  await expect(maya.getByText("marker-4711")).toHaveCount(0);
  expect(await maya.content()).not.toContain("marker-4711");
  // Elena monitors.
  await elena.goto(`/c/${number}`);
  await expect(log(elena).getByText("marker-4711")).toBeVisible();
});

test("each kind of message keeps its own draft, through another conversation and a reload", async ({ lukas }) => {
  await lukas.goto("/inbox/my-inbox");
  const first = await open(lukas, 0);
  await lukas.getByRole("textbox", { name: `Reply to ${first.who}` }).fill("half a reply");
  await lukas.getByRole("tab", { name: "Whisper" }).click();
  await lukas.getByRole("textbox", { name: "Whisper to teammates" }).fill("half a whisper");
  await open(lukas, 1);
  await expect(lukas.getByRole("textbox", { name: "Whisper to teammates" })).toHaveValue("");
  await lukas.goto(`/c/${first.number}`);
  await expect(lukas.getByRole("textbox", { name: `Reply to ${first.who}` })).toHaveValue("half a reply");
  await lukas.getByRole("tab", { name: "Whisper" }).click();
  await expect(lukas.getByRole("textbox", { name: "Whisper to teammates" })).toHaveValue("half a whisper");
});

test("a conversation is handed to a colleague with a note, and leaves the list at once", async ({ maya, lukas }) => {
  await maya.goto("/inbox/my-inbox");
  const link = rows(maya).getByRole("link", { name: /, Returns, / }).first();
  const name = (await link.getAttribute("aria-label")) ?? "";
  const number = /^(\d+)/.exec(name)?.[1];
  await link.click();
  await button(maya, "Assigned to Maya Brandt").click();
  const picker = maya.getByRole("dialog", { name: "Assign" });
  await expect(picker.getByRole("option").nth(0)).toContainText("Assign to Me");
  await expect(picker.getByRole("option").nth(1)).toContainText("Unassigned");
  await expect(picker.getByRole("option", { name: /Jonas Weber/ })).toHaveCount(0);
  await picker.getByRole("textbox", { name: "Assignment note (optional)" }).fill("He knows these boots.");
  await picker.getByRole("combobox", { name: "Search people" }).fill("luk");
  await picker.getByRole("combobox", { name: "Search people" }).press("Enter");
  await picker.getByRole("combobox", { name: "Search people" }).press("Enter");
  await expect(rows(maya).getByRole("link", { name: new RegExp(`^${number},`) })).toHaveCount(0);

  await lukas.goto("/inbox/my-inbox");
  await lukas.getByRole("link", { name: new RegExp(`^${number},`) }).click();
  await expect(log(lukas).getByRole("article", { name: /^Event: Maya Brandt assigned it to you/ })).toBeVisible();
  await expect(log(lukas).getByRole("article", { name: /^Note by Maya Brandt/ }).filter({ hasText: "He knows these boots." })).toBeVisible();
});

test("To Unassigned, Mark resolved and back, To closed", { tag: ["@003-18", "@001-16", "@000-09"] }, async ({ elena }) => {
  await elena.goto("/inbox/my-inbox");
  const { number } = await open(elena);
  await elena.goto(`/inbox/all/${number}`);
  await button(elena, "To Unassigned").click();
  await expect(button(elena, "Start conversation")).toBeVisible();
  await atStep(elena, "Open");
  await button(elena, "Start conversation").click();

  const resolve = button(elena, "Mark resolved");
  await expect(resolve).toHaveAttribute("aria-pressed", "false");
  await resolve.click();
  await expect(resolve).toHaveAttribute("aria-pressed", "true");
  await atStep(elena, "Resolved");
  await resolve.click();
  await expect(resolve).toHaveAttribute("aria-pressed", "false");
  await expect(button(elena, "Assigned to Elena Rossi")).toBeVisible();

  await button(elena, "To closed").click();
  await atStep(elena, "Closed");
  await elena.getByRole("link", { name: "Closed", exact: true }).click();
  await expect(rows(elena).getByRole("link", { name: new RegExp(`^${number},`) })).toBeVisible();
});

test("what is resolved stays in All and leaves Unresolved and Your inbox", { tag: "@001-17" }, async ({ chidi }) => {
  await chidi.goto("/inbox/my-inbox");
  const { number } = await open(chidi);
  const row = rows(chidi).getByRole("link", { name: new RegExp(`^${number},`) });
  await button(chidi, "Mark resolved").click();
  await expect(row).toHaveCount(0);
  await expect(chidi.getByRole("region", { name: "Notifications" })).toContainText(/Resolved\. \d+ left in My inbox\./);
  await chidi.goto(`/c/${number}`);
  await expect(chidi.getByRole("heading", { level: 1, name: "All" })).toBeVisible();
  await chidi.goto(`/inbox/resolved`);
  await expect(row).toBeVisible();
  await chidi.getByRole("radiogroup", { name: "Show" }).getByText("Unresolved").click();
  await expect(chidi.getByRole("heading", { level: 1, name: "Unresolved" })).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("a button that cannot be pressed says why", async ({ sam }) => {
  await sam.goto("/inbox/unassigned");
  await open(sam, 1);
  const back = button(sam, "To Unassigned");
  await expect(back).toHaveAttribute("aria-disabled", "true");
  await expect(back).toHaveAccessibleDescription("Nobody has this conversation: it is in Unassigned already.");
  await back.hover();
  const tip = sam.getByRole("tooltip").filter({ hasText: "Nobody has this conversation" });
  await expect(tip).toBeVisible();
  await sam.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  await expect(back).toBeVisible();
});

test("a finished conversation says how to go on instead of taking a reply", async ({ jonas }) => {
  await jonas.goto("/inbox/closed");
  await open(jonas);
  await expect(jonas.getByRole("form", { name: "Composer" })).toContainText(/is (resolved|closed)\. Reopen it first\./);
  const text = jonas.getByRole("textbox", { name: /^Reply to/ });
  await expect(text).toHaveAttribute("readonly", "");
  await expect(text).toHaveAccessibleDescription(/Reopen it first/);
  await jonas.getByRole("form", { name: "Composer" }).getByRole("button", { name: "Reopen" }).click();
  await expect(text).not.toHaveAttribute("readonly", "");
  await expect(jonas.getByRole("button", { name: "Send reply" })).toBeVisible();
});

test("what she may not see is nowhere", async ({ maya, jonas }) => {
  await maya.goto("/inbox/my-inbox");
  const { number, who } = await open(maya);
  await jonas.goto(`/c/${number}`);
  await expect(jonas.getByRole("alert")).toContainText(`There is no conversation ${number} for you`);
  await expect(jonas.getByRole("alert")).toContainText("does not exist, or it is not yours to see");
  expect(await jonas.content()).not.toContain(who);
  // Whom to ask is said, whether there is one or not.
  await expect(jonas.getByRole("alert")).toContainText("Ask whoever sent you here, or one who sees all conversations: ");
  await jonas.goto("/c/999999");
  await expect(jonas.getByRole("alert")).toContainText("Ask whoever sent you here, or one who sees all conversations: ");
  await expect(jonas.getByRole("alert")).toContainText("There is no conversation 999999 for you");
  // Without the right to them, the tabs are not there either.
  await expect(jonas.getByRole("link", { name: "All", exact: true })).toHaveCount(0);
  await expect(jonas.getByRole("link", { name: "Blacklist", exact: true })).toHaveCount(0);
});

test("the link of a conversation is copied and leads there", { tag: "@004-08" }, async ({ maya }) => {
  await maya.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await maya.goto("/inbox/my-inbox");
  const { number, who } = await open(maya);
  await button(maya, "More actions").click();
  await maya.getByRole("menuitem", { name: "Copy conversation link" }).click();
  await expect(maya.getByText("Link copied.")).toBeVisible();
  const link = await maya.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(new RegExp(`/c/${number}$`));
  await maya.goto(link);
  await expect(maya.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
});

test("the log is looked through by what its entries are about", { tag: "@003-50" }, async ({ elena }) => {
  await elena.goto("/inbox/unassigned");
  await openAny(elena, 5);
  await button(elena, /^Start conversation/).click();
  await button(elena, "More actions").click();
  await elena.getByRole("menuitem", { name: "Pin client" }).click();
  await elena.getByRole("tab", { name: "Log" }).click();
  const log = elena.getByRole("list", { name: "Conversation log" });
  await expect(log).toContainText("You took the conversation");
  await expect(log).toContainText("You pinned the client");
  await elena.getByRole("combobox", { name: "Show in the log" }).selectOption("Client");
  await expect(log).toContainText("You pinned the client");
  await expect(log).not.toContainText("You took the conversation");
  await elena.getByRole("combobox", { name: "Show in the log" }).selectOption("People");
  await expect(log).toContainText("You took the conversation");
  await expect(log).not.toContainText("You pinned the client");
});

test("the loser of a race is told who took it and keeps the text", async ({ sam, noor }) => {
  await sam.goto("/inbox/unassigned");
  const link = rows(sam).getByRole("link", { name: /, Orders, / }).last();
  // More rows follow a list's first paint: the last one is another then.
  const number = /^(\d+)/.exec((await link.getAttribute("aria-label")) ?? "")![1]!;
  await row(sam, number).click();
  await sam.getByRole("textbox", { name: /^Reply to/ }).fill("My answer in the making");
  // Sam's order is on its way when Noor's arrives.
  let arrive = () => {};
  const arrives = new Promise<void>((resolve) => (arrive = resolve));
  await sam.route("**/api/run", async (route) => {
    await arrives;
    await route.continue();
  });
  await button(sam, "Start conversation").click();
  await expect(button(sam, "Assigned to Sam Keller")).toBeVisible();
  await noor.goto(`/c/${number}`);
  await button(noor, "Start conversation").click();
  await expect(button(noor, "Assigned to Noor Haddad")).toBeVisible();
  arrive();
  await expect(sam.getByRole("alert").filter({ hasText: /Noor Haddad has taken this conversation|not yours to see/ }).first()).toBeVisible();
  await expect(sam.getByRole("textbox", { name: /^Reply to|Your reply that was not sent/ })).toHaveValue("My answer in the making");
  await expect(button(noor, "Assigned to Noor Haddad")).toBeVisible();
});

test("a newer message is shown before the reply goes out, and the text is kept", async ({ maya, elena }) => {
  await maya.goto("/inbox/my-inbox");
  const link = rows(maya).getByRole("link", { name: /, Orders, / }).last();
  const number = /^(\d+)/.exec((await link.getAttribute("aria-label")) ?? "")![1]!;
  await row(maya, number).click();
  const text = maya.getByRole("textbox", { name: /^Reply to/ });
  await expect(text).toBeVisible();
  await maya.context().setOffline(true);
  await text.fill("Written without knowing");
  await elena.goto(`/c/${number}`);
  await elena.getByRole("textbox", { name: /^Reply to/ }).fill("Elena was faster");
  await elena.getByRole("button", { name: "Send reply" }).click();
  await expect(log(elena).getByRole("article", { name: /^You, reply, .*(sent|queued)$/ }).filter({ hasText: "Elena was faster" })).toBeVisible();

  await maya.getByRole("button", { name: "Send reply" }).click();
  await expect(log(maya).getByRole("article", { name: /^You, reply, .*waiting for the connection$/ })).toBeVisible();
  await maya.context().setOffline(false);
  const dialog = maya.getByRole("dialog", { name: "Somebody wrote meanwhile" });
  await expect(dialog.getByText("Elena was faster")).toBeVisible();
  await dialog.getByRole("button", { name: "Review" }).click();
  await expect(log(maya).getByText("Elena was faster")).toBeVisible();
  await expect(text).toHaveValue("Written without knowing");
  await maya.getByRole("button", { name: "Send reply" }).click();
  await expect(log(maya).getByRole("article", { name: /^You, reply, .*(sent|queued)$/ }).filter({ hasText: "Written without knowing" })).toBeVisible();
});

test("a text that is too long is refused beside it, and kept", async ({ maya }) => {
  await maya.goto("/inbox/my-inbox");
  await open(maya, 2);
  const text = maya.getByRole("textbox", { name: /^Reply to/ });
  await text.fill("x".repeat(20_001));
  await expect(maya.getByRole("form", { name: "Composer" })).toContainText("This text has 20001 characters; at most 20000 can be sent.");
  await expect(maya.getByRole("button", { name: "Send reply" })).toHaveAttribute("aria-disabled", "true");
  await text.press("Enter");
  await expect(maya.getByRole("alert")).toContainText("Shorten it or send it in parts.");
  await expect(text).toHaveValue(/^x{20001}$/);
  await text.fill("");
});

test("a super-admin works in the inbox like any operator", { tag: "@003-01" }, async ({ yuki }) => {
  await yuki.goto("/inbox/unassigned");
  const { who } = await open(yuki);
  await button(yuki, "Start conversation").click();
  await yuki.getByRole("textbox", { name: `Reply to ${who}` }).fill("Yuki here.");
  await yuki.getByRole("textbox", { name: `Reply to ${who}` }).press("Enter");
  await expect(log(yuki).getByRole("article", { name: /^You, reply, .*(sent|queued)$/ }).filter({ hasText: "Yuki here." })).toBeVisible();
  await button(yuki, "To Unassigned").click();
});
