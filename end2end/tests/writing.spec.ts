// What an agent writes with: quick replies, mentions, emoji, tags.
import type { Page } from "@playwright/test";
import { expect, signIn, test } from "./cast";
import { composer, list, live, log, narrow, open, openAny, reply, rows, sent } from "./screen";
import { openChat, visit, write } from "./visitor";

const suggestions = (page: Page, name: string) => page.getByRole("listbox", { name });
const whisper = (page: Page) => page.getByRole("textbox", { name: "Whisper to teammates" });
const given = (page: Page) => page.getByRole("main").getByRole("heading", { level: 2 }).first();

/** One that is worked on: what other tests finished stands on top of All. */
const opensOne = async (page: Page) => {
  await page.goto("/inbox/unassigned");
  await live(page);
  await openAny(page);
};

test("a stroke opens the quick replies, they are filtered as one types, and Tab inserts one filled in", { tag: ["@002-18", "@003-23"] }, async ({ maya }) => {
  await opensOne(maya);
  const first = ((await given(maya).textContent()) ?? "").split(" ")[0]!;
  await reply(maya).click();
  await maya.keyboard.type("/hello");
  const options = suggestions(maya, "Quick replies").getByRole("option");
  await expect(options).toHaveCount(1);
  await expect(options).toHaveAttribute("aria-selected", "true");
  await maya.keyboard.press("Tab");
  await expect(reply(maya)).toHaveValue(`Hello ${first}, this is Maya from Fernhill Outdoors. Let me look into it.`);
  await expect(reply(maya)).toBeFocused();
  await expect(suggestions(maya, "Quick replies")).toHaveCount(0);

  // A place that is not filled in is selected and said; Escape leaves what was typed.
  await reply(maya).fill("");
  await maya.keyboard.type("Look: \\par");
  await maya.keyboard.press("Enter");
  await expect(reply(maya)).toHaveValue("Look: Your parcel left us today. Follow it here: {{tracking link}}");
  await maya.keyboard.type("https://x.example/1");
  await expect(reply(maya)).toHaveValue("Look: Your parcel left us today. Follow it here: https://x.example/1");
  await reply(maya).fill("/");
  await expect(suggestions(maya, "Quick replies").getByRole("option").first()).toBeVisible();
  await maya.keyboard.press("ArrowDown");
  await expect(suggestions(maya, "Quick replies").getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
  await maya.keyboard.press("Escape");
  await expect(suggestions(maya, "Quick replies")).toHaveCount(0);
  await expect(reply(maya)).toHaveValue("/");
  await reply(maya).fill("Well");
  await composer(maya).getByRole("toolbar", { name: "Composer tools" }).getByRole("button", { name: "Quick replies" }).click();
  await expect(suggestions(maya, "Quick replies").getByRole("option").first()).toBeVisible();
  await expect(reply(maya)).toBeFocused();
  await expect(reply(maya)).toHaveValue("Well /");
  await reply(maya).fill("Hello {{contact.phone}}");
  await expect(composer(maya).getByRole("status")).toHaveText("Not filled in: {{contact.phone}}.");
  await reply(maya).fill("");
});

/** Replies of that page can be taken back for so many seconds from now on. */
const holds = async (page: Page, seconds: number) => {
  await page.getByRole("button", { name: "More send options" }).click();
  await page.getByRole("menuitemradio", { name: `Undo send: ${seconds} seconds` }).click();
};

test("a reply can be taken back for a moment, by its button and by a key, and then goes out whatever becomes of the page", async ({ maya }) => {
  await opensOne(maya);
  await holds(maya, 10);
  await reply(maya).fill("Too early.");
  await maya.keyboard.press("Enter");
  await expect(log(maya).getByText("Too early.")).toBeVisible();
  await expect(reply(maya)).toHaveValue("");
  await maya.keyboard.type("And more");
  await composer(maya).getByRole("button", { name: "Undo send" }).click();
  await expect(reply(maya)).toHaveValue("Too early.\n\nAnd more");
  await expect(reply(maya)).toBeFocused();
  await expect(log(maya).getByText("Too early.")).toHaveCount(0);

  await reply(maya).fill("Still too early.");
  await maya.keyboard.press("Enter");
  await log(maya).focus();
  await maya.keyboard.press("z");
  await expect(reply(maya)).toHaveValue("Still too early.");
  await expect(composer(maya).getByRole("button", { name: "Undo send" })).toHaveCount(0);

  // It is kept over a reload, and what is ordered after it wants it to be sent.
  await reply(maya).fill("Now it goes.");
  await maya.keyboard.press("Enter");
  await maya.reload();
  await live(maya);
  await expect(composer(maya).getByRole("button", { name: "Undo send" })).toBeVisible();
  await reply(maya).fill("At once.");
  await maya.keyboard.press("Control+Shift+Enter");
  await sent(maya, "Now it goes.");
  await sent(maya, "At once.");
});

test("a whisper is changed and deleted by its author, its changes are read, and others cannot", async ({ maya, yuki }) => {
  await opensOne(maya);
  const number = maya.url().split("/").pop()!.split("?")[0]!;
  await maya.getByRole("tab", { name: "Whisper" }).click();
  await whisper(maya).fill("The pole is broken");
  await maya.keyboard.press("Control+Enter");
  const written = log(maya).getByRole("article", { name: /^Whisper by You/ }).filter({ hasText: "The pole" });
  await expect(written).toBeVisible();
  await yuki.goto(`/c/${number}`);
  const read = log(yuki).getByRole("article", { name: /^Whisper by Maya/ }).filter({ hasText: "The pole" });
  await expect(read).toHaveText(/The pole is broken/);
  await expect(read.getByRole("button", { name: /Edit or delete/ })).toHaveCount(0);

  await written.getByRole("button", { name: /Edit or delete your whisper/ }).click();
  const form = maya.getByRole("dialog", { name: "Edit or delete" });
  await expect(form.getByRole("textbox", { name: "Text" })).toBeFocused();
  await form.getByRole("textbox", { name: "Text" }).fill(" ");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toBeVisible();
  await form.getByRole("textbox", { name: "Text" }).fill("The pole is bent");
  // What is begun outlives the page.
  await maya.reload();
  await live(maya);
  await written.getByRole("button", { name: /Edit or delete your whisper/ }).click();
  await expect(form.getByRole("textbox", { name: "Text" })).toHaveValue("The pole is bent");
  await maya.keyboard.press("Control+Enter");
  await expect(form).toHaveCount(0);
  await expect(written).toHaveText(/The pole is bent/);
  // On the other screen, where it stands.
  await expect(read).toHaveText(/The pole is bent/);
  await read.getByRole("button", { name: "edited" }).click();
  const versions = yuki.getByRole("dialog", { name: "Earlier versions" });
  await expect(versions).toContainText("The pole is broken");
  await yuki.keyboard.press("Escape");
  await maya.reload();
  await live(maya);
  await expect(written).toHaveText(/The pole is bent/);

  await written.getByRole("button", { name: /Edit or delete your whisper/ }).click();
  await form.getByRole("button", { name: "Delete" }).click();
  await expect(form).toHaveCount(0);
  await expect(log(maya).getByText("Deleted by its author.")).toBeVisible();
  await expect(log(yuki).getByText("Deleted by its author.")).toBeVisible();
  await expect(log(yuki).getByText("The pole is bent")).toHaveCount(0);
  // Whoever monitors reads what it said.
  await log(yuki).getByRole("button", { name: "What it said" }).click();
  await expect(versions).toContainText("The pole is bent");
});

test("a reply to what is not the newest any more is not sent until its author has looked", async ({ maya, browser, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await write(visitor, "Is the Gale Shell in stock?");
  await maya.goto("/inbox/all");
  await live(maya);
  await rows(maya).filter({ hasText: "Is the Gale Shell in stock?" }).getByRole("link").first().click();
  await holds(maya, 5);
  await reply(maya).fill("Yes, two are left.");
  await maya.keyboard.press("Enter");
  await write(visitor, "Oh, I meant the green one");
  const dialog = maya.getByRole("dialog", { name: "Somebody wrote meanwhile" });
  await expect(dialog.getByText("Oh, I meant the green one")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Review" })).toBeFocused();
  await maya.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(reply(maya)).toHaveValue("Yes, two are left.");
  await expect(reply(maya)).toBeFocused();

  await maya.keyboard.press("Enter");
  await write(visitor, "Or the blue one");
  await expect(dialog.getByText("Or the blue one")).toBeVisible();
  await dialog.getByRole("button", { name: "Send anyway" }).click();
  await sent(maya, "Yes, two are left.");
  await expect(reply(maya)).toHaveValue("");
  await visitor.page.context().close();
});

test("a template is added in the settings, found in the composer of its owner alone, changed, deleted and brought back", { tag: ["@002-17", "@003-24", "@003-25", "@003-26"] }, async ({ maya, sam }) => {
  await maya.goto("/settings/quick-replies");
  await live(maya);
  await expect(maya.getByRole("main", { name: "Quick Replies" }).getByText("Greeting", { exact: true })).toBeVisible();
  await maya.getByRole("button", { name: "New Template" }).click();
  const form = maya.getByRole("dialog", { name: "Template" });
  await form.getByLabel("Name", { exact: true }).fill("Pegs are out");
  await form.getByLabel("Shortcut").fill("/hello");
  await form.getByLabel("Category").fill("Stock");
  await form.getByLabel("Message").fill("Hi {{contact.first_name|there}}, no pegs today.");
  await expect(form.getByRole("region", { name: "Preview" })).toContainText("Hi Ada, no pegs today.");
  await form.getByRole("button", { name: "Add answer" }).click();
  await expect(form.getByRole("alert")).toHaveText("“Greeting” has this shortcut already. Choose another.");
  await form.getByLabel("Shortcut").fill("/pegs");
  await form.getByRole("button", { name: "Add answer" }).click();
  await expect(form).toHaveCount(0);
  const listed = maya.getByRole("list", { name: "Quick Replies" }).getByRole("listitem").filter({ hasText: "Pegs are out" });
  await expect(listed).toContainText("/pegs");
  await expect(listed).toContainText("Stock");
  await expect(listed).toContainText("Only me");

  await listed.getByRole("button", { name: "Edit Pegs are out" }).click();
  await form.getByLabel("Message").fill("No pegs before Friday.");
  await form.getByRole("button", { name: "Save changes" }).click();
  await expect(listed).toContainText("No pegs before Friday.");

  await opensOne(maya);
  await reply(maya).click();
  await maya.keyboard.type("/stock");
  await expect(suggestions(maya, "Quick replies").getByRole("option")).toContainText(["Pegs are out"]);
  await maya.keyboard.press("Enter");
  await expect(reply(maya)).toHaveValue("No pegs before Friday.");
  await reply(maya).fill("");

  await sam.goto("/inbox/unassigned");
  await live(sam);
  await open(sam);
  await reply(sam).click();
  await sam.keyboard.type("/");
  await expect(suggestions(sam, "Quick replies").getByRole("option").first()).toBeVisible();
  await expect(suggestions(sam, "Quick replies")).not.toContainText("Pegs are out");
  await reply(sam).fill("");

  await maya.goto("/settings/quick-replies");
  await maya.getByRole("searchbox", { name: "Search quick replies" }).fill("pegs");
  await expect(listed).toContainText("used once");
  await listed.getByRole("button", { name: "Delete Pegs are out" }).click();
  await expect(listed).toHaveCount(0);
  await maya.getByRole("button", { name: "Undo" }).click();
  await expect(listed).toBeVisible();
  await listed.getByRole("button", { name: "Delete Pegs are out" }).click();
  await expect(maya.getByRole("status").filter({ hasText: "is deleted" })).toBeVisible();
  await maya.reload();
  await expect(maya.getByText("Greeting", { exact: true })).toBeVisible();
  await expect(listed).toHaveCount(0);
});

test("what is written becomes a quick reply from the composer", { tag: "@002-17" }, async ({ maya }) => {
  await opensOne(maya);
  await reply(maya).fill("The shop opens at nine 3381.");
  await composer(maya).getByRole("button", { name: "More send options" }).click();
  await maya.getByRole("menuitem", { name: "Save as quick reply" }).click();
  const form = maya.getByRole("dialog", { name: "Template" });
  await expect(form.getByLabel("Message")).toHaveValue("The shop opens at nine 3381.");
  await form.getByLabel("Name", { exact: true }).fill("Opening hours 3381");
  await form.getByLabel("Shortcut").fill("hours3381");
  await form.getByRole("button", { name: "Add answer" }).click();
  await expect(form).toHaveCount(0);
  await reply(maya).fill("");
  await reply(maya).pressSequentially("/hours3381");
  await maya.keyboard.press("Tab");
  await expect(reply(maya)).toHaveValue("The shop opens at nine 3381.");
  await reply(maya).fill("");
});

const SCRIPTS = [
  "<script>globalThis.__ran=1</script>",
  "<img src=x onerror=globalThis.__ran=1>",
  "<svg onload=globalThis.__ran=1>",
  '"><img src=x onerror=globalThis.__ran=1>',
  "'-globalThis.__ran=1-'",
  "<details open ontoggle=globalThis.__ran=1>",
  "<xmp><p title='</xmp><img src=x onerror=globalThis.__ran=1>'>",
  "javascript:globalThis.__ran=1",
  "<a href='javascript:globalThis.__ran=1'>x</a>",
  "{{constructor.constructor('globalThis.__ran=1')()}}",
  "<math><mtext></p><img src=x onerror=globalThis.__ran=1>",
  "<iframe srcdoc='<script>parent.__ran=1</script>'></iframe>",
];

test("nothing that is written as a tag, a template or a whisper ever runs", async ({ maya, yuki }) => {
  const reported: string[] = [];
  for (const page of [maya, yuki]) {
    page.on("console", (message) => /Content Security Policy/.test(message.text()) && reported.push(message.text()));
    page.on("dialog", (dialog) => reported.push(dialog.message()));
  }
  await maya.goto("/settings/quick-replies");
  await live(maya);
  const form = maya.getByRole("dialog", { name: "Template" });
  for (const [n, script] of SCRIPTS.entries()) {
    await maya.getByRole("button", { name: "New Template" }).click();
    await form.getByLabel("Name", { exact: true }).fill(`${script} ${n}`);
    await form.getByLabel("Shortcut").fill(`hostile${n}`);
    await form.getByLabel("Category").fill(script);
    await form.getByLabel("Message").fill(script);
    await form.getByRole("button", { name: "Add answer" }).click();
    await expect(form).toHaveCount(0);
  }
  await opensOne(maya);
  const number = new URL(maya.url()).pathname.split("/").at(-1)!;
  await maya.keyboard.press("l");
  const picker = maya.getByRole("dialog", { name: "Add Tag" });
  for (const script of SCRIPTS) {
    const tag = script.slice(0, 40);
    await picker.getByRole("combobox", { name: "Search tags" }).fill(tag);
    await maya.keyboard.press("Enter");
    await expect(picker.getByRole("combobox", { name: "Search tags" })).toHaveValue("");
    await expect(picker.getByRole("option", { name: tag, exact: true })).toHaveAttribute("aria-selected", "true");
  }
  await maya.keyboard.press("Escape");
  await composer(maya).getByRole("tab", { name: "Whisper" }).click();
  await whisper(maya).fill(SCRIPTS.join("\n"));
  await maya.keyboard.press("Enter");
  await expect(log(maya).getByRole("article", { name: /^Whisper by You/ }).filter({ hasText: "<details open" })).toBeVisible();
  await composer(maya).getByRole("tab", { name: "Reply" }).click();
  await reply(maya).fill("/hostile");
  await expect(suggestions(maya, "Quick replies").getByRole("option")).toHaveCount(SCRIPTS.length);
  await reply(maya).fill("");

  await yuki.goto(`/c/${number}`);
  await live(yuki);
  await expect(yuki.getByRole("button", { name: `Take off ${SCRIPTS[0]!.slice(0, 40)}` })).toBeVisible();
  await yuki.goto("/settings/tags");
  await expect(yuki.getByRole("listitem").filter({ hasText: "<svg onload" })).toBeVisible();
  for (const page of [maya, yuki]) expect(await page.evaluate(() => (globalThis as { __ran?: number }).__ran)).toBeUndefined();
  expect(reported).toEqual([]);
});

test("teammates who may read it are called by name, and note templates are for them alone", { tag: "@002-20" }, async ({ maya }) => {
  await opensOne(maya);
  await composer(maya).getByRole("tab", { name: "Whisper" }).click();
  await whisper(maya).fill("");
  await maya.keyboard.type("ask @yu");
  const called = suggestions(maya, "Mention a teammate");
  await expect(called.getByRole("option").first()).toBeVisible();
  await expect(called.getByRole("option", { name: /Maya/ })).toHaveCount(0);
  await whisper(maya).fill("@Yuki T");
  await expect(called.getByRole("option")).toHaveCount(1);
  await maya.keyboard.press("Enter");
  await expect(whisper(maya)).toHaveValue("@Yuki Tanaka ");
  await maya.keyboard.type("/hand");
  await expect(suggestions(maya, "Quick replies").getByRole("option")).toHaveCount(1);
  await maya.keyboard.press("Tab");
  await expect(whisper(maya)).toHaveValue("@Yuki Tanaka What happened: {{what}}\nWhat was promised: {{promise}}\nNext step: {{step}}");
  await whisper(maya).fill("/hello");
  await expect(suggestions(maya, "Quick replies")).toHaveCount(0);
  await whisper(maya).fill("");
});

test("an emoji is found by its name, by mouse and by keyboard, in the tone that one chose", { tag: "@003-29" }, async ({ maya }) => {
  await opensOne(maya);
  await reply(maya).fill("Nice :thumb");
  await expect(suggestions(maya, "Emoji").getByRole("option").first()).toContainText("👍");
  await maya.keyboard.press("Enter");
  await expect(reply(maya)).toHaveValue("Nice 👍 ");
  const tools = composer(maya).getByRole("toolbar", { name: "Composer tools" });
  await tools.getByRole("button", { name: "Insert emoji" }).click();
  const picker = maya.getByRole("dialog", { name: "Emoji" });
  await expect(picker.getByRole("searchbox", { name: "Search emoji" })).toBeFocused();
  await picker.getByRole("radio", { name: "Dark", exact: true }).check({ force: true });
  await picker.getByRole("searchbox", { name: "Search emoji" }).fill("waving hand");
  await maya.keyboard.press("Enter");
  await expect(reply(maya)).toHaveValue("Nice 👍 👋🏿");
  await expect(reply(maya)).toBeFocused();
  // What was used last stands first, after a reload, too.
  await maya.reload();
  await live(maya);
  await tools.getByRole("button", { name: "Insert emoji" }).click();
  await picker.getByRole("group", { name: "Recent" }).getByRole("button").first().click();
  await expect(reply(maya)).toHaveValue("Nice 👍 👋🏿👋🏿");
  await tools.getByRole("button", { name: "Insert emoji" }).focus();
  await maya.keyboard.press("Enter");
  await maya.keyboard.press("ArrowDown");
  await maya.keyboard.press("ArrowRight");
  await expect(picker.getByRole("button", { name: "😀" }).or(picker.locator(".emoji__sign:focus"))).toHaveCount(1);
  await maya.keyboard.press("Escape");
  await expect(picker).toHaveCount(0);
  await reply(maya).fill("");
});

const PHOTO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("who has no photo is asked for it in place, and then the reply goes on its way", { tag: "@001-15" }, async ({ jonas }) => {
  await jonas.goto("/settings/profile");
  await live(jonas);
  // Another test may have taken it away already.
  await expect(jonas.getByText(/^(Add|Change) photo$/)).toBeVisible();
  if (await jonas.getByText("Change photo").count()) await jonas.getByRole("button", { name: "Remove photo" }).click();
  await expect(jonas.getByRole("button", { name: "Remove photo" })).toHaveCount(0);
  await jonas.goto("/inbox/unassigned");
  await live(jonas);
  await openAny(jonas);
  await reply(jonas).fill("Hello 5519");
  await jonas.keyboard.press("Enter");
  const asked = jonas.getByRole("dialog", { name: "Complete your profile" });
  await expect(asked.getByRole("textbox", { name: "Display name" })).toHaveValue("Jonas Weber");
  await asked.getByRole("button", { name: "Not now" }).click();
  await expect(reply(jonas)).toHaveValue("Hello 5519");
  await composer(jonas).getByRole("button", { name: "Send reply" }).click();
  await asked.getByLabel("Add photo").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from(PHOTO, "base64") });
  await expect(asked).toHaveCount(0);
  await expect(sent(jonas, "Hello 5519")).toBeVisible();
  await expect(reply(jonas)).toHaveValue("");
  // The name and the picture stand beside it.
  await expect(sent(jonas, "Hello 5519").locator("img")).toHaveCount(1);
});

test("what is begun on one device goes on on another, and what was sent there does not come back here", async ({ browser, maya }) => {
  await opensOne(maya);
  const path = new URL(maya.url()).pathname;
  await reply(maya).fill("Begun here 6621");
  const other = await browser.newContext();
  const phone = await other.newPage();
  await signIn(phone, "maya");
  await expect(async () => {
    await phone.goto(path);
    await live(phone);
    await expect(reply(phone)).toHaveValue("Begun here 6621", { timeout: 3_000 });
  }).toPass();
  await expect(phone.getByText("Restored newer draft from another device.")).toBeVisible();
  await reply(phone).fill("Begun here 6621, sent there");
  await phone.keyboard.press("Enter");
  await expect(sent(phone, "Begun here 6621, sent there")).toBeVisible();
  await expect(async () => {
    await maya.reload();
    await live(maya);
    await expect(reply(maya)).toHaveValue("", { timeout: 3_000 });
  }).toPass();
  await other.close();
});

test("Enter sends with no list open, and a list takes it first; the reply resolves where one says so", { tag: "@003-17" }, async ({ maya }) => {
  await opensOne(maya);
  const number = new URL(maya.url()).pathname.split("/").at(-1)!;
  await reply(maya).fill("All done here 4417");
  await maya.keyboard.press("Control+Shift+Enter");
  await maya.goto(`/c/${number}`);
  await expect(sent(maya, "All done here 4417")).toBeVisible();
  await expect(maya.getByRole("list", { name: "Lifecycle" }).locator('[aria-current="step"]')).toHaveText("Resolved");
});

test("a tag is made, put on a conversation, found by a filter, and taken off", { tag: ["@003-35", "@003-36"] }, async ({ maya, yuki }) => {
  await opensOne(maya);
  await maya.keyboard.press("l");
  const picker = maya.getByRole("dialog", { name: "Add Tag" });
  await picker.getByRole("combobox", { name: "Search tags" }).fill("Wobbly pole 31");
  await picker.getByRole("option", { name: "Create “Wobbly pole 31”" }).click();
  await expect(picker.getByRole("option", { name: "Wobbly pole 31" })).toHaveAttribute("aria-selected", "true");
  await picker.getByRole("button", { name: "Done" }).click();
  await expect(picker).toHaveCount(0);
  const details = maya.getByRole("complementary", { name: "Contact details" });
  await expect(details.getByRole("button", { name: "Take off Wobbly pole 31" })).toBeVisible();
  await expect(log(maya).getByRole("article", { name: /^Event: You added the tag Wobbly pole 31/ })).toBeVisible();

  // Everybody is offered it, without reloading.
  await yuki.goto("/inbox/all");
  await live(yuki);
  await yuki.getByRole("button", { name: "Filters", exact: true }).click();
  await narrow(yuki, "Tag", "Wobbly pole 31");
  await expect(rows(yuki)).toHaveCount(1);

  await details.getByRole("button", { name: "Take off Wobbly pole 31" }).click();
  await expect(list(yuki).getByRole("listitem")).toHaveCount(0);
  await maya.getByRole("button", { name: "Undo" }).click();
  await expect(rows(yuki)).toHaveCount(1);

  await yuki.goto("/settings/tags");
  await yuki.getByRole("button", { name: "Retire Wobbly pole 31" }).click();
  await expect(yuki.getByRole("button", { name: "Bring back Wobbly pole 31" })).toBeVisible();
  await expect(yuki.getByRole("button", { name: /delete|rename|edit/i })).toHaveCount(0);
  await maya.keyboard.press("l");
  await picker.getByRole("combobox", { name: "Search tags" }).fill("wobbly POLE 31");
  await expect(picker.getByRole("option", { name: "Wobbly pole 31" })).toHaveAttribute("aria-selected", "true");
  await expect(picker.getByRole("option", { name: /^Create/ })).toHaveCount(0);
});

test("messages are chosen by the box in their corner, a range with Shift, and tagged", { tag: "@003-34" }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  for (const text of ["My pole broke 9051", "The second one, too 9052", "Both this year 9053"]) await write(visitor, text);
  await maya.goto("/inbox/all");
  await live(maya);
  await rows(maya).filter({ hasText: "Both this year 9053" }).getByRole("link").first().click();
  await expect(log(maya).getByText("My pole broke 9051")).toBeVisible();
  const boxes = log(maya).getByRole("checkbox", { name: /^Select message from / });
  await expect(boxes).toHaveCount(3);
  await boxes.first().click();
  const bar = maya.getByRole("toolbar", { name: "Selected messages" });
  await expect(bar.getByRole("status")).toContainText("1 selected.");
  await boxes.last().click({ modifiers: ["Shift"] });
  await expect(bar.getByRole("status")).toContainText("3 selected.");
  await boxes.nth(1).click();
  await expect(bar.getByRole("status")).toContainText("2 selected.");
  await bar.getByRole("button", { name: "Add Tag" }).click();
  const picker = maya.getByRole("dialog", { name: "Add Tag" });
  await picker.getByRole("combobox", { name: "Search tags" }).fill("prai");
  await maya.keyboard.press("Enter");
  await expect(picker.getByRole("option", { name: "praise" })).toHaveAttribute("aria-selected", "true");
  await maya.keyboard.press("Escape");
  await expect(log(maya).getByRole("list", { name: "Tags" })).toHaveText(["praise", "praise"]);
  // Escape takes the choice back before it goes to the list.
  await boxes.nth(1).focus();
  await maya.keyboard.press("Escape");
  await expect(bar).toHaveCount(0);
  await expect(log(maya)).toBeFocused();
  await maya.reload();
  await expect(log(maya).getByRole("list", { name: "Tags" })).toHaveText(["praise", "praise"]);
});

test("a note is written in the Notes tab with a name, a template and formatting, and the team reads it", { tag: ["@002-19", "@002-20"] }, async ({ maya, yuki }) => {
  await opensOne(maya);
  const number = new URL(maya.url()).pathname.split("/").at(-1);
  const form = maya.getByRole("form", { name: "New note" });
  const field = form.getByRole("textbox", { name: "Note" });
  await log(maya).focus();
  await maya.keyboard.press("n");
  await expect(field).toBeFocused();
  await field.pressSequentially("@yu");
  await expect(suggestions(maya, "Mention a teammate").getByRole("option")).toHaveCount(1);
  await maya.keyboard.press("Tab");
  await expect(field).toHaveValue("@Yuki Tanaka ");
  await maya.keyboard.type("/hand");
  await maya.keyboard.press("Tab");
  await expect(field).toHaveValue(/What happened: \{\{what\}\}/);
  await field.fill("@Yuki Tanaka look:\n- **the zip** of the tent\n- `A-17`\n<img src=x onerror=alert(1)> [shop](https://x.example/a)");
  // It stays over a reload, as every draft does.
  await maya.reload();
  await expect(field).toHaveValue(/the zip/);
  await form.getByRole("button", { name: "Save Note" }).click();
  await expect(field).toHaveValue("");
  const notes = maya.getByRole("list", { name: "About this conversation" });
  await expect(notes.getByRole("strong")).toHaveText("the zip");
  await expect(notes.getByRole("code")).toHaveText("A-17");
  await expect(notes).toContainText("<img src=x onerror=alert(1)>");
  await expect(notes.getByRole("link", { name: "shop" })).toHaveAttribute("href", "https://x.example/a");
  await yuki.goto("/inbox/mentions");
  await live(yuki);
  await yuki.goto(`/c/${number}`);
  await expect(log(yuki).getByRole("article", { name: /^Note by Maya Brandt/ }).filter({ hasText: "the zip" })).toBeVisible();
});

test("a reply is scheduled, seen by colleagues, edited and taken back, and nothing of it is lost", { tag: "@002-27" }, async ({ maya, yuki }) => {
  await opensOne(maya);
  const number = new URL(maya.url()).pathname.split("/").at(-1);
  await reply(maya).fill("The tent is back on Monday.");
  const schedule = () => composer(maya).getByRole("toolbar", { name: "Composer tools" }).getByRole("button", { name: "Schedule message" }).click();
  const form = maya.getByRole("dialog", { name: "Schedule message" });
  const at = form.getByLabel("Send at", { exact: true });
  await schedule();
  await expect(form.getByRole("textbox", { name: "Message" })).toHaveValue("The tent is back on Monday.");
  await expect(form).toContainText(/Your time zone: \w+/);
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form.getByRole("alert")).toHaveText("Choose a day and a time.");
  await at.fill("2020-01-01T09:00");
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form.getByRole("alert")).toHaveText("This time is over. Choose one that is still to come.");
  await form.getByRole("button", { name: "Tomorrow 9:00" }).click();
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form).toBeHidden();
  await expect(reply(maya)).toHaveValue("");
  const waiting = (page: Page) => composer(page).getByRole("list", { name: "Scheduled messages" });
  await expect(waiting(maya)).toContainText(/You, .*: The tent is back on Monday\./);
  await expect(log(maya).getByRole("article").filter({ hasText: "back on Monday" })).toHaveCount(0);
  await yuki.goto(`/c/${number}`);
  await live(yuki);
  await expect(waiting(yuki)).toContainText(/Maya Brandt, .*: The tent is back on Monday\./);
  await expect(waiting(yuki).getByRole("button")).toHaveCount(0);

  await waiting(maya).getByRole("button", { name: "Edit" }).click();
  await form.getByRole("textbox", { name: "Message" }).fill("The tent is back on Tuesday.");
  await form.getByRole("button", { name: "In 3 days, 9:00" }).click();
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(waiting(maya)).toContainText("Tuesday");
  await expect(waiting(yuki)).toContainText("Tuesday");
  await maya.reload();
  await waiting(maya).getByRole("button", { name: "Cancel" }).click();
  await expect(waiting(maya)).toBeHidden();
  await expect(reply(maya)).toHaveValue("The tent is back on Tuesday.");
  await expect(waiting(yuki)).toBeHidden();
  await reply(maya).fill("");
});

test("a time that the clocks leave out is asked for again", { tag: "@002-27" }, async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, timezoneId: "America/New_York" });
  const page = await context.newPage();
  await signIn(page, "maya");
  await opensOne(page);
  await reply(page).fill("Good night");
  await composer(page).getByRole("button", { name: "Schedule message" }).click();
  const form = page.getByRole("dialog", { name: "Schedule message" });
  // The second Sunday in March, the next one.
  const march = (year: number) => new Date(Date.UTC(year, 2, 14 - ((new Date(Date.UTC(year, 2, 1)).getUTCDay() + 6) % 7)));
  const now = new Date();
  const day = [now.getUTCFullYear(), now.getUTCFullYear() + 1].map(march).find((day) => day > now)!.toISOString().slice(0, 10);
  await form.getByLabel("Send at", { exact: true }).fill(`${day}T02:30`);
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form.getByRole("alert")).toHaveText("The clocks are set forward then, and this time is left out. Choose another.");
  await page.keyboard.press("Escape");
  await reply(page).fill("");
  await context.close();
});
