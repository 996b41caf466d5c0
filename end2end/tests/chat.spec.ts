// A customer writes on a real page, and everything that both sides see of it.
import { expect, test } from "./cast";
import { button, count, live, log, openOf, reply, rowOf, rows, sent, view } from "./screen";
import { field, launcher, messages, openChat, shop, visit, write } from "./visitor";

test("a visitor writes and it stands in Unassigned at once, with a count, a title badge and a sound", { tag: ["@002-02", "@003-06", "@001-09"] }, async ({ browser, maya, server }) => {
  await maya.goto("/inbox/unassigned");
  await live(maya);
  // Browsers make no sound before somebody has touched the page.
  await maya.keyboard.press("Shift");
  const before = await count(maya, "Unassigned");
  const badge = async () => Number(/^\((\d+)\)/.exec(await maya.title())?.[1] ?? 0);
  const waiting = await badge();
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await expect(messages(visitor)).toContainText("Hello! Ask us about gear, orders and returns.");
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Ada Lovelace");
  await visitor.chat.getByRole("textbox", { name: "Email (optional)" }).fill("ada@example.org");
  await write(visitor, "Is the Ridge 2 in stock?");
  await expect.poll(() => count(maya, "Unassigned")).toBe(before + 1);
  await expect(view(maya, "Unassigned")).toHaveAccessibleName(/, unread$/);
  await expect.poll(badge).toBe(waiting + 1);
  await expect(maya.locator("html")).toHaveAttribute("data-rang", /^\d+$/);
  await expect(maya.getByRole("status", { name: "Announcements" })).toContainText("Ada Lovelace waits in Unassigned.");
  // The row has the mark of what no operator has read, and the contact is a lead.
  await maya.goto("/inbox/has-lead");
  await expect(rowOf(maya, "Ada Lovelace")).toHaveAccessibleName(/^\d+, Ada Lovelace, unread, Is the Ridge 2 in stock\?, Orders, Unassigned/);
  // Whose form was filled in once is not asked again.
  await expect(visitor.chat.getByRole("textbox", { name: /^Name/ })).toHaveCount(0);
  await visitor.page.context().close();
});

test("the answer comes live with name and photo, each sees the other type, and a reload finds the thread again", { tag: ["@001-14", "@003-04"] }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Grace Hopper");
  await write(visitor, "Do you mend tents?");
  await openOf(maya, "Grace Hopper");
  await live(maya);
  await button(maya, "Start conversation").click();

  await reply(maya).pressSequentially("We do. ");
  await expect(visitor.chat.getByText("Maya Brandt is typing")).toBeVisible();
  await field(visitor).pressSequentially("And");
  await expect(maya.getByRole("status", { name: "Customer" })).toHaveText("Grace Hopper is typing…");
  await field(visitor).fill("");
  await expect(maya.getByRole("status", { name: "Customer" })).toBeEmpty();

  // Her own message was seen by somebody of the team.
  await expect(messages(visitor).getByText("Seen", { exact: true })).toBeVisible();
  await reply(maya).fill("We do. Send it in.");
  await reply(maya).press("Enter");
  const answer = messages(visitor).getByRole("article", { name: /^Maya Brandt, / });
  await expect(answer).toContainText("We do. Send it in.");
  await expect(answer.locator("img")).toHaveJSProperty("complete", true);
  expect(await answer.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(256);
  await expect(visitor.chat.getByText("Maya Brandt is typing")).toHaveCount(0);
  // And she has seen it.
  await expect(log(maya).getByRole("article", { name: /^You, reply, .*read$/ }).filter({ hasText: "Send it in." })).toBeVisible();
  // The row says that we answered last.
  await expect(rowOf(maya, "Grace Hopper").getByTitle("Answered")).toBeVisible();

  await visitor.page.reload();
  await openChat(visitor);
  await expect(messages(visitor).getByRole("article")).toHaveCount(2);
  await expect(answer).toContainText("We do. Send it in.");
  await visitor.page.context().close();
});

test("a closed chat holds no connection, and shows how many answers wait in it", async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  const sockets: string[] = [];
  let open = 0;
  visitor.page.on("websocket", (socket) => {
    sockets.push(socket.url());
    open += 1;
    socket.on("close", () => (open -= 1));
  });
  const asked: string[] = [];
  visitor.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await visitor.page.clock.install();
  await visitor.page.reload();
  await expect(launcher(visitor.page)).toBeVisible();
  expect(asked.filter((path) => path.startsWith("/chat"))).toEqual([]);
  await openChat(visitor);
  expect(sockets, "nobody has written yet").toEqual([]);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Hedy Lamarr");
  await write(visitor, "Anybody there?");
  await expect.poll(() => open).toBe(1);
  expect(sockets.every((url) => !/[0-9a-f]{64}/.test(url)), "no token in an address").toBe(true);
  await visitor.chat.getByRole("button", { name: "Close chat" }).click();
  await expect.poll(() => open).toBe(0);
  await expect(launcher(visitor.page)).toBeFocused();

  await openOf(maya, "Hedy Lamarr");
  await reply(maya).fill("I am. How can I help?");
  await reply(maya).press("Enter");
  await expect(sent(maya, "I am. How can I help?")).toBeVisible();
  // It looks now and then.
  await visitor.page.clock.fastForward(31_000);
  await expect(visitor.page.getByRole("button", { name: "Open chat, 1 unread message" })).toBeVisible();
  // Also on the next page.
  await visitor.page.goto(shop(server.url));
  await expect(visitor.page.getByRole("button", { name: "Open chat, 1 unread message" })).toBeVisible();
  await openChat(visitor);
  await expect(messages(visitor)).toContainText("I am. How can I help?");
  await visitor.chat.getByRole("button", { name: "Close chat" }).click();
  await expect(visitor.page.getByRole("button", { name: "Open chat", exact: true })).toBeVisible();
  await visitor.page.context().close();
});

test("without a network a visitor goes on writing, and each message is sent once when it is back", async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Katherine Johnson");
  await write(visitor, "Before the tunnel");
  await expect(messages(visitor).getByText("Sent", { exact: true })).toBeVisible();
  await visitor.page.context().setOffline(true);
  await expect(visitor.chat.getByText("Offline. Messages will be sent when you are back.")).toBeVisible();
  await write(visitor, "In the tunnel");
  await write(visitor, "Still in it");
  await expect(messages(visitor).getByText("Waits for the connection").first()).toBeVisible();
  await visitor.page.context().setOffline(false);
  await expect(visitor.chat.getByText("Waits for the connection")).toHaveCount(0);
  await openOf(maya, "Katherine Johnson");
  await expect(log(maya).getByRole("article", { name: /, customer, / })).toHaveText([/Before the tunnel/, /In the tunnel/, /Still in it/]);

  // An answer that was lost on its way: the same message again is one message, also after a reload.
  let lost = 0;
  await visitor.page.context().route("**/write", async (route) => {
    await route.fetch();
    lost += 1;
    await route.abort();
  });
  await field(visitor).fill("Only once");
  await field(visitor).press("Enter");
  await expect.poll(() => lost).toBeGreaterThan(0);
  await visitor.page.context().unroute("**/write");
  await visitor.page.reload();
  await openChat(visitor);
  await expect(messages(visitor).getByText("Only once")).toHaveCount(1);
  await expect(visitor.chat.getByText("Sending…")).toHaveCount(0);
  await expect(log(maya).getByText("Only once")).toHaveCount(1);
  await visitor.page.context().close();
});

test("a visitor has several conversations, and goes on in one that has ended", async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Mary Jackson");
  await write(visitor, "About my boots");
  await expect(messages(visitor).getByText("Sent", { exact: true })).toBeVisible();
  await visitor.chat.getByRole("button", { name: "All conversations" }).click();
  await expect(visitor.chat.getByRole("list", { name: "Conversations" }).getByRole("listitem")).toHaveCount(1);
  await visitor.chat.getByRole("button", { name: "Start a new conversation" }).click();
  // Whoever begins another one is not led back into the first by what comes there meanwhile.
  await field(visitor).fill("About my");
  await openOf(maya, "Mary Jackson");
  await reply(maya).fill("Which boots?");
  await reply(maya).press("Enter");
  await expect(sent(maya, "Which boots?")).toBeVisible();
  await expect(visitor.page.frameLocator("iframe").getByRole("button", { name: "All conversations" })).toBeVisible();
  await expect(field(visitor)).toHaveValue("About my");
  await write(visitor, "About my stove");
  await expect(messages(visitor).getByText("Sent", { exact: true })).toBeVisible();
  await expect(messages(visitor).getByText("About my boots")).toHaveCount(0);

  await maya.goto("/inbox/all");
  await rows(maya).getByRole("link", { name: /Mary Jackson, (unread, )?About my boots/ }).click();
  await button(maya, "Mark resolved").click();
  await visitor.chat.getByRole("button", { name: "All conversations" }).click();
  const ended = visitor.chat.getByRole("listitem").filter({ hasText: "Which boots?" });
  await expect(ended).toContainText("Ended");
  await ended.getByRole("button").click();
  await expect(visitor.chat.getByText("This conversation has ended. You can go on writing.")).toBeVisible();
  await write(visitor, "They still leak");
  await expect(visitor.chat.getByText("This conversation has ended")).toHaveCount(0);
  await maya.goto("/inbox/all");
  await expect(rows(maya).getByRole("link", { name: /Mary Jackson, unread, About my boots, Orders, Unassigned/ })).toBeVisible();
  await visitor.page.context().close();
});

test("the whole of a visitor's way goes by keyboard and on a phone", async ({ browser, server }) => {
  const visitor = await visit(browser, server.url, { viewport: { width: 390, height: 844 }, hasTouch: false });
  await visitor.page.keyboard.press("Tab");
  while (!(await launcher(visitor.page).evaluate((button) => button.matches(":focus")))) await visitor.page.keyboard.press("Tab");
  await visitor.page.keyboard.press("Enter");
  await expect(field(visitor)).toBeFocused();
  const box = await visitor.page.locator("iframe").boundingBox();
  expect(box).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  await visitor.page.keyboard.type("By keyboard alone");
  await visitor.page.keyboard.press("Shift+Enter");
  await visitor.page.keyboard.type("on two lines");
  await visitor.page.keyboard.press("Enter");
  await expect(messages(visitor).getByRole("article", { name: /^You, / })).toHaveText(/By keyboard alone\non two lines/);
  await expect(field(visitor)).toBeFocused();
  await visitor.page.keyboard.press("Escape");
  await expect(visitor.page.getByRole("button", { name: "Open chat" })).toBeFocused();
  await visitor.page.context().close();
});

test("the chat speaks the language of its page, and stands on the right side of it", async ({ browser, server }) => {
  const visitor = await visit(browser, server.url, { locale: "ar" });
  // As a page would be that is written in Arabic.
  await visitor.page.addInitScript(() => {
    if (window !== top) return;
    new MutationObserver((_, observer) => {
      if (!document.documentElement) return;
      Object.assign(document.documentElement, { dir: "rtl", lang: "ar" });
      observer.disconnect();
    }).observe(document, { childList: true });
  });
  await visitor.page.reload();
  await visitor.page.getByRole("button", { name: "Open chat" }).click();
  await expect(visitor.chat.getByRole("textbox", { name: "رسالتك" })).toBeVisible();
  await expect(visitor.chat.locator("html")).toHaveAttribute("dir", "rtl");
  const launcher = await visitor.page.getByRole("button", { name: "إغلاق المحادثة" }).first().boundingBox();
  expect(launcher?.x).toBeLessThan(100);
  await visitor.page.context().close();
});

test("a website that is not on the list is told so, and shows no chat", async ({ browser, server }) => {
  const visitor = await visit(browser, server.url);
  // As the server answers a channel with a list; see the rules for what it answers whom.
  await visitor.page.route("**/site", (route) =>
    route.fulfill({ status: 403, contentType: "application/json", headers: { "access-control-allow-origin": "*" }, body: JSON.stringify({ why: "not_here", sentence: "The chat cannot be shown here." }) }));
  await visitor.page.getByRole("button", { name: "Open chat" }).click();
  await expect(visitor.page.getByRole("alert")).toHaveText("The chat cannot be shown here.");
  await expect(visitor.page.locator("iframe")).toHaveCount(0);
  await visitor.page.context().close();
});

test("whoever is not known any more begins anew with what they wrote", async ({ browser, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "First life");
  await expect(messages(visitor).getByText("Sent", { exact: true })).toBeVisible();
  await visitor.page.evaluate(() => {
    const key = Object.keys(localStorage).find((name) => name.endsWith(":token"));
    localStorage.setItem(key!, "f".repeat(128));
  });
  await visitor.page.reload();
  await visitor.page.getByRole("button", { name: "Open chat" }).click();
  await expect(visitor.chat.getByRole("alert").filter({ hasText: "This chat does not know this browser any more." })).toBeVisible();
  await expect(visitor.chat.getByText("First life")).toHaveCount(0);
  await field(visitor).fill("Second life");
  await visitor.chat.getByRole("button", { name: "Start a new conversation" }).click();
  await expect(visitor.chat.getByText(/^We are here now|^Nobody is here/)).toBeVisible();
  await expect(field(visitor)).toHaveValue("Second life");
  await write(visitor, "Second life");
  await expect(messages(visitor).getByText("Sent", { exact: true })).toBeVisible();
  await visitor.page.context().close();
});

test("script in every field runs nowhere", async ({ browser, maya, server }) => {
  const evil = `<img src=x onerror="window.__xss=1"><script>window.__xss=2</script>`;
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill(`Eve ${evil}`);
  await write(visitor, `${evil} javascript:alert(1) https://ok.example/"onmouseover="x`);
  await maya.goto("/inbox/all");
  await rows(maya).getByRole("link", { name: /, Eve </ }).first().click();
  await expect(log(maya)).toContainText("<img src=x");
  for (const page of [maya, visitor.page]) expect(await page.evaluate(() => (window as { __xss?: number }).__xss)).toBeUndefined();
  await expect(messages(visitor).getByRole("link")).toHaveAttribute("href", "https://ok.example/");
  const inside = visitor.page.frames().find((frame) => frame.url().includes("/chat/"))!;
  expect(await inside.evaluate(() => (window as { __xss?: number }).__xss)).toBeUndefined();
  await visitor.page.context().close();
});
