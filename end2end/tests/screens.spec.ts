import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { narrow, open } from "./screen";
import { openChat, visit, write } from "./visitor";

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
    await elena.getByRole("button", { name: "Filters", exact: true }).click();
    // One of Maya's, wherever what other tests have begun has pushed it.
    await narrow(elena, "Operator", "Maya Brandt");
    await open(elena);
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

  test(`filters, priority, forms and a transfer are accessible (${theme})`, async ({ maya, server }) => {
    await themed(maya, theme, server.url);
    await maya.goto("/inbox/my-inbox?lead=yes");
    await maya.getByRole("button", { name: /^Tag: / }).click();
    await expect(maya.getByRole("menuitemcheckbox").first()).toBeVisible();
    await accessible(maya);
    await maya.goto("/inbox/my-inbox");
    await maya.getByRole("list", { name: "Conversations" }).getByRole("link", { name: /^(?!.*Ines Okafor).*, Orders, / }).last().click();
    await maya.getByRole("button", { name: /^Priority: / }).click();
    await expect(maya.getByRole("dialog", { name: "Set priority" })).toBeVisible();
    await accessible(maya);
    await maya.keyboard.press("Escape");
    await maya.keyboard.press("Alt+m");
    await expect(maya.getByRole("dialog", { name: "Set pending" })).toBeVisible();
    await accessible(maya);
    await maya.keyboard.press("Escape");
    await maya.getByRole("log", { name: "Messages" }).focus();
    await maya.keyboard.press("t");
    const picker = maya.getByRole("dialog", { name: "Transfer conversation" });
    await picker.getByRole("option", { name: /Sam Keller/ }).click();
    await accessible(maya);
    await picker.getByRole("button", { name: "Transfer", exact: true }).click();
    await expect(maya.getByRole("status", { name: "Transfer" })).toBeVisible();
    await accessible(maya);
    await maya.getByRole("button", { name: "Cancel transfer" }).click();
    await expect(maya.getByRole("status", { name: "Transfer" })).toHaveCount(0);
  });

  test(`the profile, the palette and the sheet of shortcuts are accessible (${theme})`, async ({ maya, server }) => {
    await themed(maya, theme, server.url);
    await maya.goto("/settings/profile");
    await expect(maya.getByRole("textbox", { name: "Display name" })).toBeVisible();
    await accessible(maya);
    await maya.goto("/inbox/unassigned");
    await maya.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
    await expect(maya.getByRole("log")).toBeVisible();
    await maya.keyboard.press("Control+k");
    await expect(maya.getByRole("dialog", { name: "Command palette" })).toBeVisible();
    await accessible(maya);
    await maya.keyboard.press("Escape");
    await maya.keyboard.press("?");
    await expect(maya.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await accessible(maya);
  });

  test(`the settings of the chat are accessible, and list where it may appear (${theme})`, async ({ yuki, server }) => {
    await themed(yuki, theme, server.url);
    await yuki.goto("/settings/chat-widget");
    const chat = yuki.getByRole("region", { name: "Shop chat" });
    await expect(chat.getByText(`<script src="${server.url}/widget.js" data-inbox="`)).toBeVisible();
    const sites = chat.getByRole("textbox", { name: "Websites where it may appear" });
    await sites.fill("https://shop.example.org\nnot a site");
    await chat.getByRole("button", { name: "Save changes" }).click();
    await expect(sites).toHaveAccessibleDescription(/“not a site” is no website/);
    await expect(sites).toBeFocused();
    await accessible(yuki);
    await sites.fill("http://localhost:*");
    await chat.getByRole("combobox", { name: "A message in a finished conversation" }).selectOption("Opens it again for 30 days, then begins another");
    await chat.getByRole("button", { name: "Save changes" }).click();
    await expect(yuki.getByRole("region", { name: "Notifications" })).toContainText("The chat is saved.");
    await yuki.reload();
    await expect(sites).toHaveValue("http://localhost:*");
    await expect(chat.getByRole("combobox", { name: "A message in a finished conversation" })).toHaveValue("2");
    await sites.fill("");
    await chat.getByRole("combobox").selectOption("Opens it again");
    await chat.getByRole("button", { name: "Save changes" }).click();
    await expect(chat.getByRole("button", { name: "Discard" })).toHaveCount(0);
  });

  test(`the chat on a website is accessible, open, written in and as a list (${theme})`, async ({ browser, server }) => {
    const visitor = await visit(browser, server.url, { colorScheme: theme });
    await accessible(visitor.page);
    await openChat(visitor);
    await accessible(visitor.page);
    await write(visitor, "Is this readable? See https://fernhill.example");
    await expect(visitor.chat.getByText("Sent", { exact: true })).toBeVisible();
    await accessible(visitor.page);
    await visitor.chat.getByRole("button", { name: "All conversations" }).click();
    await accessible(visitor.page);
    await visitor.page.context().close();
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
  // A drawer as high as the screen.
  const details = maya.getByRole("complementary", { name: "Contact details" });
  await expect(details).toBeVisible();
  expect(await details.boundingBox()).toMatchObject({ y: 0, height: 844 });
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
