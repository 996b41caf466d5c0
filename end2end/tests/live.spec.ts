// The inbox moves by itself, goes on without a network, and tells the truth.
import type { BrowserContext } from "@playwright/test";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, password, signIn, test } from "./cast";
import { button, composer, connection, count, list, live, log, open, parts, reply, row, rows, sent, view } from "./screen";
import { openChat, visit, write } from "./visitor";
import { site, start } from "./switchboard";

/** Another tab of the same browser. */
const tab = async (context: BrowserContext, path: string) => {
  const page = await context.newPage();
  await page.goto(path);
  await live(page);
  return page;
};

const RUN = "**/api/run";

test("a colleague's steps are seen without reloading", async ({ maya, elena }) => {
  await maya.goto("/inbox/unassigned");
  await elena.goto("/inbox/unassigned");
  await Promise.all([live(maya), live(elena)]);
  const name = (await rows(maya).getByRole("link", { name: /, Returns, / }).first().getAttribute("aria-label")) ?? "";
  const { number, who } = parts(name);
  const before = await count(elena, "Unassigned");
  await row(elena, number).click();
  await expect(log(elena)).toBeVisible();

  // Who looks, and who writes.
  await row(maya, number).click();
  await expect(elena.getByRole("status", { name: "Presence" })).toHaveText("Maya is viewing");
  await reply(maya).fill("We are looking into it");
  await expect(elena.getByRole("status", { name: "Presence" })).toHaveText("Maya is replying");
  await expect(composer(elena)).toContainText("Maya is replying…");

  // The message, whose it is now, the row and the count.
  await reply(maya).press("Enter");
  await expect(log(elena).getByRole("article", { name: /^Maya Brandt, reply/ }).filter({ hasText: "We are looking into it" })).toBeVisible();
  await expect(button(elena, "Assigned to Maya Brandt")).toBeVisible();
  await expect(composer(elena)).not.toContainText("replying");
  await expect.poll(() => count(elena, "Unassigned")).toBe(before - 1);
  await elena.mouse.move(900, 400);
  await expect(row(elena, number)).toHaveCount(0);

  // And back again.
  await button(maya, "To Unassigned").click();
  await expect.poll(() => count(elena, "Unassigned")).toBe(before);
  // Answered, it may stand below what is drawn of the list.
  await expect(async () => {
    await list(elena).evaluate(({ parentElement: box }) => box!.scrollTo(0, box!.scrollTop + box!.clientHeight < box!.scrollHeight - 1 ? box!.scrollTop + 400 : 0));
    await expect(row(elena, number)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(button(elena, "Start conversation")).toBeVisible();
  await maya.goto("/inbox/my-inbox");
  await expect(elena.getByRole("status", { name: "Presence" })).toBeEmpty();
  await expect(elena.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
});

test("what is taken stands in Mine and in Assigned at the same time", { tag: "@000-10" }, async ({ jonas }) => {
  const context = jonas.context();
  const [mine, assigned] = [await tab(context, "/inbox/mine"), await tab(context, "/inbox/assigned")];
  await jonas.goto("/inbox/unassigned");
  const { number } = await open(jonas);
  await button(jonas, "Start conversation").click();
  await expect(row(mine, number)).toBeVisible();
  await expect(row(assigned, number)).toBeVisible();
  await mine.close();
  await assigned.close();
});

test("a tab says unread while a customer's message waits there that nobody has read", { tag: "@003-11" }, async ({ lukas }) => {
  await lukas.goto("/inbox/my-inbox");
  await expect(view(lukas, "My inbox")).toHaveAccessibleName(/, unread$/);
  const unread = rows(lukas).getByRole("link", { name: /^\d+, [^,]+, unread, / });
  for (let n = await unread.count(); n > 0; n--) {
    await unread.first().click();
    await expect(unread).toHaveCount(n - 1);
  }
  await expect(view(lukas, "My inbox")).toHaveAccessibleName(/^My inbox, \d+$/);
});

test("rows keep their places under a hand, and what is new waits for a click", async ({ yuki, elena }) => {
  // Both see all, so that the first of one list is the first of the other.
  await yuki.goto("/inbox/unassigned");
  const { number } = await open(yuki, 0);
  await button(yuki, "Start conversation").click();
  await expect(button(yuki, "Assigned to Yuki Tanaka")).toBeVisible();
  await elena.goto("/inbox/unassigned");
  await live(elena);
  const first = await rows(elena).first().getByRole("link").getAttribute("aria-label");
  await rows(elena).first().hover();
  await button(yuki, "To Unassigned").click();
  const news = elena.getByRole("button", { name: "Show 1 new" });
  await expect(news).toBeVisible();
  expect(parts(await rows(elena).first().getByRole("link").getAttribute("aria-label"))).toEqual(parts(first));
  await news.click();
  await expect(row(elena, number)).toBeVisible();
  await expect(news).toHaveCount(0);
});

test("without a network one goes on, and everything is sent once and in order when it is back", async ({ maya, elena }) => {
  await maya.goto("/inbox/unassigned");
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  const first = await open(maya, 0);
  const second = await open(maya, 1);
  await maya.context().setOffline(true);
  await expect(connection(maya)).toHaveText("Offline. Messages will be sent when you are back.");

  // What she has not met yet comes when she is back.
  await rows(maya).nth(3).getByRole("link").click();
  await expect(maya.getByRole("alert").filter({ hasText: "Could not load this conversation" })).toBeVisible();
  // She reads what she had open, and writes in both.
  await row(maya, second.number).click();
  for (const text of ["offline one", "offline two", "offline three"]) {
    await reply(maya).fill(text);
    await reply(maya).press("Enter");
    await expect(log(maya).getByRole("article", { name: /waiting for the connection$/ }).filter({ hasText: text })).toBeVisible();
  }
  await row(maya, first.number).click();
  await expect(log(maya).getByRole("article").first()).toBeVisible();
  await button(maya, "To Unassigned").click();
  await expect(row(maya, first.number)).toHaveCount(0);

  // Meanwhile somebody else writes there too.
  await elena.goto(`/c/${second.number}`);
  await composer(elena).getByRole("tab", { name: "Whisper" }).click();
  await elena.getByRole("textbox", { name: "Whisper to teammates" }).fill("said meanwhile");
  await composer(elena).getByRole("button", { name: "Whisper", exact: true }).click();
  await expect(log(elena).getByRole("article", { name: /^Whisper by You/ }).filter({ hasText: "said meanwhile" })).toBeVisible();

  await maya.context().setOffline(false);
  await expect(connection(maya)).toBeEmpty();
  await row(maya, second.number).click();
  for (const text of ["offline one", "offline two", "offline three"]) await expect(sent(maya, text)).toHaveCount(1);
  await expect(log(maya).getByText("said meanwhile")).toBeVisible();
  await elena.reload();
  const said = log(elena).getByRole("article").filter({ hasText: /offline (one|two|three)/ });
  await expect(said).toHaveText([/offline one/, /offline two/, /offline three/]);
  await elena.goto(`/c/${first.number}`);
  await expect(button(elena, "Start conversation")).toBeVisible();
});

test("an order that did not reach the server survives a reload and is sent once", async ({ maya }) => {
  await maya.goto("/inbox/my-inbox");
  const { number } = await open(maya, 0);
  await maya.context().route(RUN, (route) => route.abort());
  await reply(maya).fill("written before the reload");
  await reply(maya).press("Enter");
  await expect(log(maya).getByRole("article", { name: /sending…$/ }).filter({ hasText: "written before the reload" })).toBeVisible();
  await maya.reload();
  await expect(log(maya).getByText("written before the reload")).toBeVisible();
  await maya.context().unroute(RUN);
  await expect(sent(maya, "written before the reload")).toHaveCount(1);
  await reply(maya).fill("and said aloud");
  await reply(maya).press("Enter");
  await expect(maya.getByRole("status", { name: "Announcements" })).toHaveText("Message sent.");
  await maya.goto(`/c/${number}`);
  await expect(log(maya).getByText("written before the reload")).toHaveCount(1);
});

test("tabs share what waits: one sends for all, whichever is closed", async ({ sam }) => {
  const context = sam.context();
  await sam.goto("/inbox/my-inbox");
  const { number } = await open(sam, 0);
  await live(sam);
  for (const closes of ["the one that wrote", "the one that sends"]) {
    const other = await tab(context, `/c/${number}`);
    await context.route(RUN, (route) => route.abort());
    const writer = closes === "the one that wrote" ? other : sam;
    await reply(writer).fill(closes);
    await reply(writer).press("Enter");
    // Both show what is on its way.
    await expect(log(sam).getByText(closes)).toBeVisible();
    await expect(log(other).getByText(closes)).toBeVisible();
    const stays = closes === "the one that wrote" ? sam : other;
    await (stays === sam ? other : sam).close();
    await context.unroute(RUN);
    await expect(sent(stays, closes)).toHaveCount(1);
    await stays.reload();
    await expect(log(stays).getByText(closes)).toHaveCount(1);
  }
});

test("a refused order gives its words back in every tab", async ({ browser, sam, noor, server }) => {
  // Of somebody whom Sam has never met: once it is Noor's it is out of his sight.
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Dorothy Vaughan");
  await write(visitor, "Anybody?");
  await noor.goto("/inbox/all");
  const { number } = parts(await rows(noor).getByRole("link", { name: /, Dorothy Vaughan, / }).getAttribute("aria-label"));
  await visitor.page.context().close();
  await sam.goto(`/inbox/unassigned/${number}`);
  await expect(log(sam)).toBeVisible();
  const other = await tab(sam.context(), `/c/${number}`);
  let arrive = () => {};
  const arrives = new Promise<void>((resolve) => (arrive = resolve));
  await sam.context().route(RUN, async (route) => {
    await arrives;
    await route.continue();
  });
  await reply(sam).fill("too late");
  await reply(sam).press("Enter");
  await expect(reply(sam)).toHaveValue("");
  await expect(log(other).getByText("too late")).toBeVisible();
  await noor.goto(`/c/${number}`);
  await button(noor, "Start conversation").click();
  await expect(button(noor, "Assigned to Noor Haddad")).toBeVisible();
  arrive();
  await expect(sam.getByRole("textbox", { name: "Your reply that was not sent" })).toHaveValue("too late");
  await expect(other.getByRole("textbox", { name: "Your reply that was not sent" })).toHaveValue("too late");
  await sam.context().unroute(RUN);
  await other.close();
});

test("what was ordered after a refused reply is not done either", async ({ maya, elena }) => {
  await maya.goto("/inbox/my-inbox");
  const { number } = await open(maya, 0);
  await live(maya);
  await maya.context().setOffline(true);
  await reply(maya).fill("a last word");
  await reply(maya).press("Enter");
  await button(maya, "Mark resolved").click();
  await elena.goto(`/c/${number}`);
  await reply(elena).fill("wait, there is more");
  await reply(elena).press("Enter");
  await expect(sent(elena, "wait, there is more")).toBeVisible();
  await maya.context().setOffline(false);
  await expect(maya.getByRole("alert").filter({ hasText: "A newer message came in while you were writing" })).toBeVisible();
  await maya.goto(`/inbox/my-inbox/${number}`);
  await expect(reply(maya)).toHaveValue("a last word");
  await expect(button(maya, "Mark resolved")).toHaveAttribute("aria-pressed", "false");
  await expect(button(elena, "Mark resolved")).toHaveAttribute("aria-pressed", "false");
});

test("what one agent ordered waits for that agent, whoever signs in meanwhile", async ({ browser, server, elena }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await signIn(page, "maya");
  const { number } = await open(page, 0);
  await live(page);
  await context.route(RUN, (route) => route.abort());
  await reply(page).fill("by Maya and nobody else");
  await reply(page).press("Enter");
  const other = await context.newPage();
  await other.goto("/inbox/my-inbox");
  await other.getByRole("button", { name: "Account: Maya Brandt" }).click();
  await other.getByRole("menuitem", { name: "Sign out" }).click();
  await signIn(other, "sam");
  await context.unroute(RUN);
  const dialog = page.getByRole("alertdialog", { name: "You are signed out" });
  await expect(dialog).toBeVisible();
  await page.bringToFront();
  await elena.goto(`/c/${number}`);
  await expect(log(elena).getByRole("article").first()).toBeVisible();
  await expect(log(elena).getByText("by Maya and nobody else")).toHaveCount(0);
  await dialog.getByRole("textbox", { name: "Password" }).fill(password);
  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(sent(page, "by Maya and nobody else")).toHaveCount(1);
  await expect(log(elena).getByRole("article", { name: /^Maya Brandt, reply/ }).filter({ hasText: "by Maya and nobody else" })).toBeVisible();
  await expect(reply(page)).toBeFocused();
  await context.close();
});

test("a server that restarts is waited for, and one with another build offers a reload", async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-test-"));
  await cp(process.env["SWITCHBOARD_TEST_DEMO"] ?? "", folder, { recursive: true });
  let server = await start(folder);
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  try {
    await signIn(page, "maya");
    await live(page);
    await open(page);
    await server.stop();
    await expect(connection(page)).toHaveText(/Reconnecting…|Offline\. Messages will be sent when you are back\./);
    await reply(page).fill("while it was away");
    await reply(page).press("Enter");
    await expect(log(page).getByText("while it was away")).toBeVisible();

    const newer = join(folder, "site");
    await cp(site, newer, { recursive: true });
    await writeFile(join(newer, "pkg/switchboard.css"), "/* another build */");
    server = await start(folder, { port: Number(new URL(server.url).port), site: newer });
    await expect(connection(page)).toBeEmpty({ timeout: 40_000 });
    await expect(sent(page, "while it was away")).toHaveCount(1);
    const banner = page.getByRole("status").filter({ hasText: "A new version is available" });
    await expect(banner).toBeVisible();
    await reply(page).fill("a draft that stays");
    await banner.getByRole("button", { name: "Reload" }).click();
    await live(page);
    await expect(reply(page)).toHaveValue("a draft that stays");
    await expect(banner).toHaveCount(0);
    await server.stop();
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test("a socket that died silently is noticed, and what happened meanwhile arrives", async ({ browser, server, elena }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.clock.install();
  let sockets = 0;
  let dead = false;
  // A laptop that slept: nothing comes, and nobody says that it is over.
  await page.routeWebSocket(/\/live$/, (socket) => {
    const mine = ++sockets;
    const behind = socket.connectToServer();
    socket.onMessage((message) => behind.send(message));
    behind.onMessage((message) => {
      if (!dead || mine > 1) socket.send(message);
    });
  });
  await signIn(page, "maya");
  await live(page);
  const { number } = await open(page);
  dead = true;
  await elena.goto(`/c/${number}`);
  await reply(elena).fill("said while the other slept");
  await reply(elena).press("Enter");
  await expect(sent(elena, "said while the other slept")).toBeVisible();
  await expect(log(page).getByText("said while the other slept")).toHaveCount(0);
  await page.clock.fastForward("01:00:00");
  await expect(log(page).getByText("said while the other slept")).toBeVisible();
  await live(page);
  await context.close();
});

test("a socket that says what this page does not know leaves nothing behind", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.routeWebSocket(/\/live$/, (socket) => {
    const behind = socket.connectToServer();
    socket.onMessage((message) => behind.send(message));
    behind.onMessage((message) => {
      const text = String(message);
      socket.send(text.startsWith('{"counts"') ? '{"teleported":{"to":"the moon"}}' : text);
    });
  });
  await signIn(page, "chidi");
  await expect(page.getByRole("status").filter({ hasText: "A new version is available" })).toBeVisible();
  await page.goto("/inbox/unassigned");
  await expect(rows(page).first()).toBeVisible();
  await context.close();
});

test("where no socket comes through, the page asks instead", async ({ browser, server, elena }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.clock.install();
  await page.routeWebSocket(/\/live$/, (socket) => socket.close());
  await signIn(page, "maya");
  const { number } = await open(page);
  await elena.goto(`/c/${number}`);
  await reply(elena).fill("said to somebody without a socket");
  await reply(elena).press("Enter");
  await expect(sent(elena, "said to somebody without a socket")).toBeVisible();
  for (let n = 0; n < 6; n++) await page.clock.runFor(40_000);
  await expect(log(page).getByText("said to somebody without a socket")).toBeVisible();
  await reply(page).fill("and answered");
  await reply(page).press("Enter");
  await expect(log(elena).getByText("and answered")).toBeVisible();
  await context.close();
});

test("a browser that keeps nothing says so, and sends all the same", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url });
  await context.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  const page = await context.newPage();
  await signIn(page, "lukas");
  await open(page, 0);
  await reply(page).pressSequentially("kept nowhere");
  await expect(page.getByRole("status").filter({ hasText: "This browser keeps nothing" })).toBeVisible();
  await reply(page).press("Enter");
  await expect(sent(page, "kept nowhere")).toHaveCount(1);
  await context.close();
});

test("a clock that is an hour off changes nothing", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url });
  await context.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
  });
  const page = await context.newPage();
  await signIn(page, "chidi");
  await live(page);
  const { number } = await open(page, 0);
  await reply(page).fill("sent an hour ago?");
  await reply(page).press("Enter");
  await expect(sent(page, "sent an hour ago?")).toHaveCount(1);
  await expect(row(page, number)).toHaveAccessibleName(/, just now$/);
  await context.close();
});

test("what somebody was writing is there when the conversation goes out of sight", async ({ sam, noor }) => {
  await sam.goto("/inbox/unassigned");
  const name = await rows(sam).getByRole("link", { name: /, Orders, / }).first().getAttribute("aria-label");
  const { number } = parts(name);
  await row(sam, number).click();
  await reply(sam).fill("half an answer");
  await noor.goto(`/c/${number}`);
  await button(noor, "Start conversation").click();
  await expect(sam.getByRole("alert")).toContainText(`Conversation ${number} is not yours to see any more`);
  await expect(sam.getByRole("textbox", { name: "Your reply that was not sent" })).toHaveValue("half an answer");
  await expect(row(sam, number)).toHaveCount(0);
});
