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
