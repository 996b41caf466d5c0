import { expect, test } from "./cast";
import { list, rows, view as viewLink } from "./screen";

test("every view says how many it holds, and holds as many", { tag: "@003-10" }, async ({ elena }) => {
  await elena.goto("/inbox/unassigned");
  for (const view of ["Unassigned", "My inbox", "Mine", "Assigned", "AI handling", "Mentions"]) {
    const link = viewLink(elena, view);
    const n = /, (\d+)/.exec((await link.getAttribute("aria-label")) ?? "")?.[1];
    await link.click();
    await expect(elena.getByRole("heading", { level: 1, name: view, exact: true })).toBeVisible();
    await expect(link).toHaveAttribute("aria-current", "page");
    await expect(rows(elena).first()).toHaveAttribute("aria-setsize", n ?? "");
    await expect(rows(elena).first()).toHaveAttribute("aria-posinset", "1");
  }
});

test("a row names the customer as the channel does, the channel and where it stands", { tag: "@003-02" }, async ({ maya }) => {
  await maya.goto("/inbox/my-inbox");
  const row = rows(maya).filter({ hasText: "Ines Okafor" }).first();
  await expect(row.getByRole("link")).toHaveAccessibleName(/^\d+, Ines Okafor, (unread, )?Broken poles on order 88213, Orders, My inbox, .+ ago$|just now$/);
  await expect(row.getByTitle("Web chat")).toBeVisible();
  await expect(row).toContainText("My inbox");
});

test("a row says by which channel, of which group, who works or worked with it, and when", { tag: ["@003-03", "@003-05", "@003-07", "@003-08", "@003-09"] }, async ({ yuki }) => {
  await yuki.goto("/inbox/all?status=closed");
  const closed = rows(yuki).filter({ hasText: "Orders" }).first();
  // Done, it still says who had it.
  const name = (await closed.getByRole("link").getAttribute("aria-label")) ?? "";
  const who = /, Orders, Closed, ([^,]+), /.exec(name)?.[1] ?? "";
  await expect(closed.getByTitle(who, { exact: true })).toBeVisible();
  await expect(closed.getByTitle(/^(Web chat|E-mail|WhatsApp|Telegram|API)$/)).toBeVisible();
  await expect(closed.locator("time")).toHaveAttribute("datetime", /^\d{4}-/);
  // In Unassigned it is the time since which nobody has it: with the priority it is the order of the list.
  await yuki.goto("/inbox/unassigned?priority=normal");
  await expect(rows(yuki).nth(1)).toContainText("Unassigned");
  const times = await rows(yuki).locator("time").evaluateAll((all) => all.map((time) => time.getAttribute("datetime") ?? ""));
  expect(times.slice(0, 10)).toEqual(times.slice(0, 10).toSorted());
});

test("three hundred conversations scroll as a window, to the last one", async ({ yuki }) => {
  await yuki.goto("/inbox/all");
  await expect(rows(yuki).first()).toBeVisible();
  const total = Number(await rows(yuki).first().getAttribute("aria-setsize"));
  expect(total).toBeGreaterThan(300);
  await expect(async () => {
    await list(yuki).evaluate((rows) => rows.parentElement?.scrollTo(0, rows.scrollHeight));
    await expect(rows(yuki).last()).toHaveAttribute("aria-posinset", String(total), { timeout: 300 });
  }).toPass();
  expect(await rows(yuki).count()).toBeLessThan(60);
});

test("the whole round by keyboard: next, open, take, answer, resolve", async ({ lukas }) => {
  await lukas.goto("/inbox/unassigned");
  await expect(rows(lukas).first()).toBeVisible();
  await lukas.keyboard.press("j");
  await expect(rows(lukas).first().getByRole("link")).toBeFocused();
  await expect(rows(lukas).first().getByRole("link")).toHaveAttribute("aria-current", "true");
  await lukas.keyboard.press("i");
  await expect(lukas.getByRole("button", { name: "Assigned to Lukas Meier" })).toBeVisible();
  await lukas.keyboard.press("r");
  const text = lukas.getByRole("textbox", { name: /^Reply to/ });
  await expect(text).toBeFocused();
  await lukas.keyboard.type("jeqr are letters here.");
  await lukas.keyboard.press("Enter");
  await expect(lukas.getByRole("log").getByText("jeqr are letters here.")).toBeVisible();
  await lukas.keyboard.press("Escape");
  await expect(text).not.toBeFocused();
  await lukas.keyboard.press("e");
  await expect(lukas.getByRole("button", { name: "Mark resolved" }).first()).toHaveAttribute("aria-pressed", "true");
  await lukas.keyboard.press("g");
  await lukas.keyboard.press("m");
  await expect(lukas.getByRole("heading", { level: 1, name: "My inbox" })).toBeVisible();
});

test("my status is chosen in a menu and stays", async ({ noor }) => {
  await noor.goto("/inbox/my-inbox");
  await noor.getByRole("button", { name: "Status: Away" }).click();
  await noor.getByRole("menuitemradio", { name: "Online" }).click();
  await expect(noor.getByRole("button", { name: "Status: Online" })).toBeVisible();
  await expect(noor.getByRole("button", { name: "Status: Online" })).toBeFocused();
  await noor.reload();
  await expect(noor.getByRole("button", { name: "Status: Online" })).toBeVisible();
});

test("a server that does not answer is told beside the list, and Retry brings it", async ({ tom }) => {
  await tom.goto("/inbox/unassigned");
  await tom.route("**/api/page**", (route) => route.abort());
  await tom.getByRole("link", { name: /^Assigned/ }).click();
  const card = tom.getByRole("alert");
  await expect(card).toContainText("Could not load conversations");
  await tom.unroute("**/api/page**");
  await card.getByRole("button", { name: "Retry" }).click();
  await expect(rows(tom).first()).toBeVisible();
});

test("an empty view says what would stand there", async ({ tom }) => {
  await tom.goto("/inbox/my-inbox");
  await expect(tom.getByRole("heading", { name: "You're all caught up" })).toBeVisible();
  await tom.getByRole("button", { name: "View Unassigned" }).click();
  await expect(tom.getByRole("heading", { level: 1, name: "Unassigned" })).toBeVisible();
});

test("an address that leads nowhere leads home", async ({ maya }) => {
  const answer = await maya.goto("/inbox/nonsense");
  expect(answer?.status()).toBe(404);
  await maya.getByRole("link", { name: "Go to the inbox" }).click();
  await expect(maya.getByRole("heading", { level: 1, name: "My inbox" })).toBeVisible();
});
