import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";

const themes = ["light", "dark"] as const;

// Each screen is read as a whole several times.
test.describe.configure({ timeout: 90_000 });

async function accessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`)).toEqual([]);
}

async function themed(page: Page, theme: string, url: string) {
  await page.context().addCookies([{ name: "theme", value: theme, url }]);
}

for (const theme of themes) {
  test(`the sign-in page is accessible (${theme})`, async ({ page, server }) => {
    await themed(page, theme, server.url);
    await page.goto("/login");
    await accessible(page);
    await page.getByRole("textbox", { name: "Email" }).fill("a@b.example");
    await page.getByRole("textbox", { name: "Password" }).fill("x");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await accessible(page);
  });

  test(`list, conversation, picker, menus and log are accessible (${theme})`, async ({ elena, server }) => {
    await elena.setViewportSize({ width: 1440, height: 900 });
    await themed(elena, theme, server.url);
    await elena.goto("/inbox/all");
    await expect(elena.getByRole("list", { name: "Conversations" }).getByRole("link").first()).toBeVisible();
    await accessible(elena);
    await elena.getByRole("list", { name: "Conversations" }).getByRole("link", { name: /Ines Okafor.*Broken poles/ }).click();
    await expect(elena.getByRole("log").getByRole("article").first()).toBeVisible();
    await accessible(elena);
    await elena.getByRole("tab", { name: "Whisper" }).click();
    await accessible(elena);
    await elena.getByRole("tab", { name: "Log" }).click();
    await expect(elena.getByRole("list", { name: "Conversation log" })).toBeVisible();
    await accessible(elena);
    await elena.getByRole("tab", { name: "Profile" }).click();
    await elena.getByRole("button", { name: /^Assigned to / }).click();
    await expect(elena.getByRole("dialog", { name: "Assign" })).toBeVisible();
    await accessible(elena);
    await elena.keyboard.press("Escape");
    await expect(elena.getByRole("button", { name: /^Assigned to / })).toBeFocused();
    await elena.getByRole("button", { name: "More actions" }).click();
    await expect(elena.getByRole("menu", { name: "More actions" })).toBeVisible();
    await accessible(elena);
  });

  test(`settings, an error, an empty view and a missing conversation are accessible (${theme})`, async ({ tom, server }) => {
    await themed(tom, theme, server.url);
    await tom.goto("/settings/security");
    await expect(tom.getByText("This browser").first()).toBeVisible();
    await accessible(tom);
    await tom.goto("/inbox/mentions");
    await expect(tom.getByRole("heading", { name: "No mentions" })).toBeVisible();
    await accessible(tom);
    await tom.goto("/c/999999");
    await expect(tom.getByRole("alert")).toBeVisible();
    await accessible(tom);
    await tom.goto("/nowhere");
    await accessible(tom);
  });
}

test("on a phone there is one screen at a time and a way back", async ({ maya }) => {
  await maya.setViewportSize({ width: 390, height: 844 });
  await maya.goto("/inbox/my-inbox");
  await maya.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
  await expect(maya.getByRole("log", { name: "Messages" })).toBeVisible();
  await expect(maya.getByRole("list", { name: "Conversations" })).toBeHidden();
  const overflow = await maya.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(overflow).toBe(false);
  await accessible(maya);
  await maya.getByRole("button", { name: "Details" }).first().click();
  await expect(maya.getByRole("complementary", { name: "Contact details" })).toBeVisible();
  await maya.getByRole("button", { name: "Close details" }).click();
  await maya.getByRole("button", { name: "Back to the list" }).click();
  await expect(maya.getByRole("list", { name: "Conversations" })).toBeVisible();
  await accessible(maya);
});

test("nothing breaks the page's own content policy", async ({ maya }) => {
  const reports: string[] = [];
  maya.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) reports.push(message.text());
  });
  await maya.goto("/inbox/my-inbox");
  await maya.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
  await expect(maya.getByRole("log", { name: "Messages" })).toBeVisible();
  await maya.goto("/settings/security");
  await expect(maya.getByText("This browser").first()).toBeVisible();
  expect(reports).toEqual([]);
});
