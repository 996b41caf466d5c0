// What attackers type and send, brought to every screen: nothing of it runs, and the browser is never asked to.
import type { BrowserContext, Page } from "@playwright/test";
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FILE_NAMES, FILES, PAYLOADS } from "./attacks";
import { expect, signIn, test } from "./cast";
import { composer, live, log, reply, rows } from "./screen";
import { start, type Switchboard } from "./switchboard";
import { openChat, visit, write } from "./visitor";

/** A house of its own: what is brought in here would stand in the way of other tests. */
const test_ = test.extend<{ house: Switchboard }>({
  house: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-hostile-"));
    await cp(process.env["SWITCHBOARD_TEST_DEMO"]!, folder, { recursive: true });
    const house = await start(folder);
    await use(house);
    await house.stop();
    await rm(folder, { recursive: true, force: true });
  },
});

/** What ran in that context, and what its Content-Security-Policy had to stop. */
async function watched(context: BrowserContext): Promise<string[]> {
  const seen: string[] = [];
  await context.exposeFunction("ran", (where: string) => void seen.push(`ran ${where ?? ""}`));
  await context.exposeFunction("stopped", (what: string) => void seen.push(what));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      (window as unknown as { stopped(what: string): void }).stopped(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on("page", (page) => page.on("dialog", (dialog) => { seen.push(dialog.message()); void dialog.dismiss(); }));
  return seen;
}

/** The server functions, as the page calls them. */
function api(page: Page) {
  const headers = { origin: new URL(page.url()).origin };
  const ask = async (name: string, data: unknown) => {
    const answer = await page.request.post(`/api/${name}`, { data, headers });
    return { ok: answer.ok(), body: await answer.json() };
  };
  const run = (by: string, conversation: string, command: unknown) => ask("run", { request: { id: randomUUID(), by, conversation, command } });
  return { ask, run, headers };
}

/** Shows all of the thread that is open. */
async function whole(page: Page) {
  const earlier = page.getByRole("button", { name: "Show earlier messages" });
  // What is seen is drawn first, and the rest after it.
  await expect.poll(() => log(page).getByRole("article").count(), { timeout: 60_000 }).toBeGreaterThan(20);
  while (await earlier.isVisible()) {
    const n = await log(page).getByRole("article").count();
    await earlier.click();
    await expect.poll(() => log(page).getByRole("article").count(), { timeout: 60_000 }).toBeGreaterThan(n);
  }
}

const ALL = { view: "all", groups: [], operators: [], statuses: [], channels: [], scopes: [], priorities: [], tags: [], lead: null, since: null, until: null };

// attack T01
test_("three hundred scripts run on no screen, whatever they come by", async ({ browser, house }) => {
  test_.setTimeout(240_000);
  expect(PAYLOADS.length).toBe(300);
  const visitor = await visit(browser, house.url);
  const atVisitors = await watched(visitor.page.context());
  await visitor.page.reload();
  await openChat(visitor);
  await write(visitor, "Where is my Gale Shell 7781?");
  for (const payload of PAYLOADS.slice(0, 5)) await write(visitor, payload);

  const context = await browser.newContext({ baseURL: house.url });
  const seen = await watched(context);
  const page = await context.newPage();
  await signIn(page, "elena");
  // Were one of them markup, it would be seen.
  await page.evaluate((markup) => document.body.insertAdjacentHTML("beforeend", markup), PAYLOADS[18]!);
  await expect.poll(() => seen.length).toBe(1);
  seen.length = 0;
  const { ask, run } = api(page);
  const snapshot = (await ask("snapshot", { filter: ALL, open: null })).body;
  const by: string = snapshot.viewer.agent;
  const conversations: { id: string; number: number; subject: string }[] = snapshot.page.rows.map((row: any) => row.scene.conversation);
  const chat = conversations.find(({ subject }) => subject.startsWith("Where is my Gale Shell"))!;

  // No screen draws what comes in meanwhile, each by itself.
  await page.goto("about:blank");

  // Every way in that an agent has.
  let last = snapshot.page.rows.find((row: any) => row.scene.conversation.id === chat.id).scene.conversation.last_public.message;
  for (const text of PAYLOADS) {
    const id = randomUUID();
    const answer = await run(by, chat.id, { reply: { words: { id, text }, seen: last } });
    expect(answer.ok, JSON.stringify(answer.body)).toBe(true);
    last = id;
  }
  const all = async (work: (payload: string, n: number) => Promise<unknown>, payloads = PAYLOADS) => {
    for (let from = 0; from < payloads.length; from += 10) {
      await Promise.all(payloads.slice(from, from + 10).map((payload, n) => work(payload, from + n)));
    }
  };
  const quiet = conversations.find(({ id }) => id !== chat.id)!;
  await all((text) => run(by, quiet.id, { note: { words: { id: randomUUID(), text }, mentions: [] } }));
  await all((text) => run(by, quiet.id, { whisper: { words: { id: randomUUID(), text }, mentions: [] } }));
  await all((name, n) => run(by, conversations[n]!.id, { rename_client: { name } }), PAYLOADS.slice(0, conversations.length));
  await all((text, n) => run(by, conversations[n]!.id, { note_on_client: { words: { id: randomUUID(), text } } }), PAYLOADS.slice(0, conversations.length));
  const kept = { replies: 0, tags: 0 };
  await all(async (text, n) => {
    const reply = { id: randomUUID(), purpose: n % 2 ? "reply" : "note", name: text.slice(0, 60), shortcut: `x${n}`, category: text.slice(0, 40), text, by, shared: "mine", uses: 0 };
    const { ok } = await ask("save_quick_reply", { reply });
    kept.replies += Number(ok);
  });
  await all(async (name, n) => {
    const { ok } = await ask("create_tag", { id: randomUUID(), name: `${name.slice(0, 36)}${n}` });
    kept.tags += Number(ok);
  });
  expect(kept.replies).toBeGreaterThan(250);
  expect(kept.tags).toBeGreaterThan(250);
  await ask("save_profile", { profile: { display_name: `<img src=x onerror=ran()>` } });

  // Every screen on which it stands.
  await page.goto(`/c/${chat.number}`);
  await live(page);
  await whole(page);
  await expect(log(page).getByText("<script>ran()</script>", { exact: true }).first()).toBeVisible();
  // Links of the text go only where they say.
  const targets = await log(page).getByRole("link").evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([]);
  await reply(page).click();
  await page.keyboard.type("/x1");
  await expect(page.getByRole("listbox", { name: "Quick replies" })).toBeVisible();
  await page.keyboard.press("Escape");
  await reply(page).fill("");
  await composer(page).getByRole("tab", { name: "Whisper" }).click();
  await page.goto(`/c/${quiet.number}`);
  await live(page);
  await expect(log(page)).toHaveAttribute("aria-busy", "false");
  await whole(page);
  await page.getByRole("tab", { name: "Notes" }).click();
  await expect(page.getByRole("list", { name: "About this conversation" }).getByRole("listitem").first()).toBeVisible();
  const noted = await page.getByRole("main").or(page.getByRole("complementary")).getByRole("link").evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(noted.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([]);
  await page.goto("/inbox/all");
  await live(page);
  await expect(rows(page).first()).toBeVisible();
  await page.goto("/search?q=ran");
  await live(page);
  await expect(rows(page).first()).toBeVisible();
  for (const [settings, text] of [["quick-replies", "ran"], ["profile", "Display name"]] as const) {
    await page.goto(`/settings/${settings}`);
    await live(page);
    await expect(page.getByRole("main")).toContainText(text);
  }
  expect(seen).toEqual([]);
  // And those that only an admin opens.
  const admins = await browser.newContext({ baseURL: house.url });
  const atAdmins = await watched(admins);
  const admin = await admins.newPage();
  await signIn(admin, "yuki");
  for (const [settings, text] of [["tags", "ran"], ["team", "<img src=x"]] as const) {
    await admin.goto(`/settings/${settings}`);
    await live(admin);
    await expect(admin.getByRole("main")).toContainText(text);
  }
  expect(atAdmins).toEqual([]);
  await admins.close();

  await expect(visitor.chat.getByText("<script>ran()</script>", { exact: true }).first()).toBeVisible();
  expect(atVisitors).toEqual([]);
  await context.close();
  await visitor.page.context().close();
});

// attack T03
test_("sixty hostile files are named as they are, and run nowhere", async ({ browser, house }) => {
  test_.setTimeout(180_000);
  expect(FILE_NAMES.length).toBe(60);
  const context = await browser.newContext({ baseURL: house.url, acceptDownloads: true });
  const seen = await watched(context);
  const page = await context.newPage();
  await signIn(page, "elena");
  const { ask, run, headers } = api(page);
  const snapshot = (await ask("snapshot", { filter: ALL, open: null })).body;
  const by: string = snapshot.viewer.agent;
  const { id: conversation, number } = snapshot.page.rows[0].scene.conversation;
  const hrefs: string[] = [];
  for (const [n, name] of FILE_NAMES.entries()) {
    const data = Buffer.from(FILES[n % FILES.length]!, "latin1");
    const answer = await page.request.post(`/files?id=${randomUUID()}&name=${encodeURIComponent(name)}`, { data, headers });
    expect(answer.status(), name).toBe(200);
    const file = await answer.json();
    // Nothing that turns the reading direction, ends a line or leaves the folder.
    expect(file.name).not.toMatch(/[\u0000-\u001f\u202a-\u202e\u2066-\u2069\u200b/\\]/);
    expect([...file.name].length).toBeLessThanOrEqual(120);
    expect((await run(by, conversation, { note: { words: { id: randomUUID(), text: file.name, file }, mentions: [] } })).ok, name).toBe(true);
    hrefs.push(`/files/${file.id}/${encodeURIComponent(file.name)}`);
  }
  await page.goto(`/c/${number}`);
  await live(page);
  await expect(log(page).getByRole("link", { name: /^Download / }).first()).toBeVisible();

  for (const [n, href] of hrefs.entries()) {
    const answer = await page.request.get(href);
    expect(answer.status(), FILE_NAMES[n]).toBe(200);
    const headers = answer.headers();
    expect(headers["content-disposition"], FILE_NAMES[n]).toMatch(/^attachment;/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toBe("sandbox; default-src 'none'");
    expect(headers["set-cookie"]).toBeUndefined();
    expect(headers["content-type"]).toMatch(/^(application\/octet-stream|application\/pdf|image\/(png|gif))$/);
  }
  // Opened in a tab of its own it is a download, and no page.
  for (const href of hrefs.slice(0, FILES.length)) {
    const tab = await context.newPage();
    const download = tab.waitForEvent("download");
    await tab.goto(href).catch(() => {});
    await (await download).cancel();
    expect(await tab.title()).not.toBe("ran");
    await tab.close();
  }
  // Nor in a frame of one of our pages, which have none.
  await page.evaluate((hrefs) => {
    document.body.append(...hrefs.map((src) => Object.assign(document.createElement("iframe"), { src })));
  }, hrefs.slice(0, FILES.length));
  await expect.poll(() => seen.filter((what) => what.startsWith("frame-src ")).length, { timeout: 60_000 }).toBe(FILES.length);
  const titles = await page.evaluate(() => [document.title, ...[...document.querySelectorAll("iframe")].map((frame) => frame.contentDocument?.title ?? "")]);
  expect(titles).not.toContain("ran");
  expect(seen.filter((what) => what.startsWith("ran"))).toEqual([]);
  await context.close();
});
