// People come to work here by a link, and stop: seen by whoever manages them, and by themselves.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "./cast";
import { count, live } from "./screen";

const team = "/settings/team";

test("somebody is invited, joins, and works here", async ({ yuki, browser, baseURL }) => {
  await yuki.goto(team);
  await live(yuki);
  await yuki.getByRole("button", { name: "Invite", exact: true }).click();
  const form = yuki.getByRole("dialog", { name: "Invite" });
  await form.getByLabel("Email").fill("maya@fernhill.example");
  await form.getByRole("button", { name: "Make link" }).click();
  await expect(form.getByRole("alert")).toHaveText("maya@fernhill.example belongs to somebody of the team already. Look for them in the list.");
  await expect(form.getByLabel("Email")).toBeFocused();
  await form.getByLabel("Email").fill("mia@fernhill.example");
  await form.getByRole("checkbox", { name: "Agent", exact: true }).check();
  await form.getByRole("button", { name: "Make link" }).click();
  const made = yuki.getByRole("dialog", { name: "Link" });
  await expect(made).toContainText("It is on its way to mia@fernhill.example by e-mail");
  const link = await made.getByLabel("Link").innerText();
  expect(link).toMatch(/\/invite\/[0-9a-f]{64}$/);
  await made.getByRole("button", { name: "Done" }).click();
  const invited = yuki.getByRole("list", { name: "Invited" }).getByRole("listitem");
  await expect(invited).toHaveCount(1);
  await expect(invited).toContainText("Has not joined yet");
  // Another link makes the first one void.
  await yuki.getByRole("button", { name: "New link for mia@fernhill.example" }).click();
  const second = await made.getByLabel("Link").innerText();
  expect(second).not.toBe(link);
  await made.getByRole("button", { name: "Done" }).click();

  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const mia = await context.newPage();
  await mia.goto(new URL(link).pathname);
  await expect(mia.getByRole("heading", { level: 1 })).toHaveText("This link does not open anything");
  await mia.goto(new URL(second).pathname);
  await mia.getByLabel("Your name").fill("Mia Lund");
  await mia.getByRole("textbox", { name: "Password" }).fill("short");
  await mia.getByRole("button", { name: "Join Fernhill Outdoors" }).click();
  await expect(mia.getByRole("alert")).toHaveText("This password is too short. Take at least 10 characters.");
  await expect(mia.getByLabel("Your name")).toHaveValue("Mia Lund");
  await mia.getByRole("textbox", { name: "Password" }).fill("long enough for all");
  await mia.getByRole("button", { name: "Join Fernhill Outdoors" }).click();
  await expect(mia).toHaveURL(/\/settings\/profile$/);
  await context.close();

  // Without a reload.
  await expect(yuki.getByRole("list", { name: "Team" }).getByRole("listitem").filter({ hasText: "Mia Lund" })).toContainText("Agent");
});

test("whoever is disabled is out at once, and what was theirs goes on", async ({ yuki, maya, sam }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  await sam.goto("/inbox/my-inbox");
  await live(sam);
  const before = { maya: await count(maya, "My inbox"), sam: await count(sam, "My inbox") };
  expect(before.maya).toBeGreaterThan(0);

  await yuki.goto(team);
  await live(yuki);
  const row = yuki.getByRole("list", { name: "Team" }).getByRole("listitem").filter({ hasText: "Maya Brandt" });
  await yuki.getByRole("button", { name: "Disable Maya Brandt" }).click();
  const dialog = yuki.getByRole("dialog", { name: "Disable" });
  expect((await new AxeBuilder({ page: yuki }).analyze()).violations).toEqual([]);
  await dialog.getByLabel("Their conversations go to").selectOption({ label: "Sam Keller" });
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row).toContainText("Disabled");
  await expect(maya.getByRole("alertdialog", { name: "You are signed out" })).toBeVisible();
  await expect.poll(() => count(sam, "My inbox")).toBeGreaterThan(before.sam);

  await yuki.getByRole("button", { name: "Enable Maya Brandt" }).click();
  await expect(row).not.toContainText("Disabled");
  // Nobody disables themselves.
  await expect(yuki.getByRole("button", { name: "Disable Yuki Tanaka" })).toHaveCount(0);
});

test("a forgotten password is replaced by a link that is good once", async ({ yuki, browser, baseURL }) => {
  await yuki.goto(team);
  await live(yuki);
  await yuki.getByRole("button", { name: "New password for Tom" }).click();
  const made = yuki.getByRole("dialog", { name: "Link" });
  const path = new URL(await made.getByLabel("Link").innerText()).pathname;
  const context = await browser.newContext({ baseURL });
  const tom = await context.newPage();
  await tom.goto(path);
  expect((await new AxeBuilder({ page: tom }).analyze()).violations).toEqual([]);
  await tom.getByRole("textbox", { name: "Password" }).fill("another long password");
  await tom.getByRole("button", { name: "Set password" }).click();
  await expect(tom).toHaveURL(/\/inbox\/my-inbox$/);
  await tom.goto(path);
  await expect(tom.getByRole("heading", { level: 1 })).toHaveText("This link does not open anything");
  await context.close();
});

test("people of a file are looked at before they are invited", async ({ yuki }) => {
  await yuki.goto(team);
  await live(yuki);
  await yuki.getByRole("button", { name: "Import", exact: true }).click();
  const dialog = yuki.getByRole("dialog", { name: "Import" });
  const choose = (name: string, text: string | Buffer) =>
    dialog.getByLabel("Choose file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await choose("latin.csv", Buffer.from([0x65, 0x6d, 0x61, 0x69, 0x6c, 0x0a, 0xe4]));
  await expect(dialog.getByRole("alert")).toHaveText("This file cannot be read as text. Save it as CSV in UTF-8 and choose it again.");
  await choose("people.csv", "email;admin\nzoe@fernhill.example;yes\n");
  await expect(dialog.getByRole("alert")).toHaveText("“admin” is no column that is read. There are email, roles and groups.");
  await choose("many.csv", "email\n" + "somebody@fernhill.example\n".repeat(100_000));
  await expect(dialog.getByRole("alert")).toHaveText("This file is too large for a list of people. Take them in several files.");
  await choose("people.csv", 'email,roles,groups\nzora@fernhill.example,Agent,Billing\nmaya@fernhill.example,,\n"=cmd()",Agent,\n');
  const plan = dialog.getByRole("list", { name: "What would come of it" }).getByRole("listitem");
  await expect(plan).toHaveText(["Line 2 zora@fernhill.example Will be invited: Agent · Billing", "Line 3 maya@fernhill.example Here already, or invited", /^Line 4 =cmd\(\) This is no e-mail address\./]);
  expect((await new AxeBuilder({ page: yuki }).analyze()).violations).toEqual([]);
  await expect(dialog.getByRole("status")).toHaveText("To invite: 1. Here already: 1. Refused: 1.");
  await dialog.getByRole("button", { name: "Invite 1 person" }).click();
  await expect(dialog.getByLabel("Links")).toContainText(/^zora@fernhill\.example http.*\/invite\/[0-9a-f]{64}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(yuki.getByRole("list", { name: "Invited" }).getByRole("listitem").filter({ hasText: "zora@fernhill.example" })).toContainText("Agent");
});

test("one changes one's own password, and other browsers sign in again", async ({ jonas }) => {
  await jonas.goto("/settings/security");
  await live(jonas);
  await jonas.getByLabel("Current password").fill("not mine at all");
  await jonas.getByLabel("New password").fill("short");
  await jonas.getByRole("button", { name: "Change password" }).click();
  await expect(jonas.getByRole("alert")).toHaveText("This password is too short. Take at least 10 characters.");
  await expect(jonas.getByLabel("New password")).toBeFocused();
  await jonas.getByLabel("New password").fill("a much longer one");
  await jonas.getByRole("button", { name: "Change password" }).click();
  await expect(jonas.getByRole("alert")).toHaveText("This is not your password. Write the one that you have now.");
  await expect(jonas.getByLabel("Current password")).toBeFocused();
  await jonas.getByLabel("Current password").fill("fernhill-demo");
  await jonas.getByRole("button", { name: "Change password" }).click();
  await expect(jonas.getByText("Your password is changed. Other browsers have to sign in again.")).toBeVisible();
  await expect(jonas.getByLabel("Current password")).toHaveValue("");
  await jonas.reload();
  await expect(jonas.getByRole("heading", { name: "Security" })).toBeVisible();
});
