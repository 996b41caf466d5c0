// A new owner sets up an empty house.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./cast";
import { log, rows, view } from "./screen";
import { start, type Switchboard } from "./switchboard";

async function accessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`)).toEqual([]);
}

const test_ = test.extend<{ house: Switchboard }>({
  house: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-house-"));
    const house = await start(folder, { demo: false });
    await use(house);
    await house.stop();
    await rm(folder, { recursive: true, force: true });
  },
});

for (const theme of ["light", "dark"] as const) {
  test_(`from an empty database to the first conversation, step by step (${theme})`, async ({ browser, house }) => {
    test_.setTimeout(90_000);
    const token = /with the token ([A-Z0-9-]+)/.exec(house.output())?.[1] ?? "";
    expect(token).toMatch(/^([A-Z0-9]{5}-){3}[A-Z0-9]{5}$/);
    const context = await browser.newContext({ baseURL: house.url, colorScheme: theme });
    const page = await context.newPage();
    await page.goto("/");
    await expect(page).toHaveURL(/\/setup$/);
    await page.getByRole("textbox", { name: "Set-up token" }).fill("AAAAA-AAAAA-AAAAA-AAAAA");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("alert")).toContainText("This token is not right");
    await accessible(page);
    await page.getByRole("textbox", { name: "Set-up token" }).fill(token.toLowerCase());
    await page.getByRole("button", { name: "Continue" }).click();

    const steps = page.getByRole("list", { name: "Setup steps" });
    await expect(steps.getByRole("listitem").filter({ hasText: "Workspace" })).toHaveAttribute("aria-current", "step");
    await accessible(page);
    await page.getByRole("textbox", { name: "Workspace name" }).fill("Acme");
    await page.getByRole("button", { name: "Continue" }).click();

    // Another day, in another window: it goes on where it stopped.
    await page.goto("/setup");
    await expect(page.getByText("Step 2 of 4")).toBeVisible();
    await page.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
    await page.getByRole("textbox", { name: "Email" }).fill("ada@example.org");
    await page.getByRole("textbox", { name: "Password" }).fill("short");
    await page.getByRole("button", { name: "Make account" }).click();
    await expect(page.getByRole("textbox", { name: "Password" })).toHaveAccessibleDescription(/Take at least 10 characters\./);
    await expect(page.getByRole("textbox", { name: "Your name" })).toHaveValue("Ada Lovelace");
    await accessible(page);
    await page.getByRole("textbox", { name: "Password" }).fill("a long password");
    await page.getByRole("button", { name: "Make account" }).click();

    await page.getByRole("textbox", { name: "Websites where it may appear" }).fill("not a site");
    await page.getByRole("button", { name: "Open the chat" }).click();
    await expect(page.getByRole("textbox", { name: "Websites where it may appear" })).toHaveAccessibleDescription(/is no website/);
    await accessible(page);
    await page.getByRole("textbox", { name: "Websites where it may appear" }).fill("");
    await page.getByRole("radio", { name: "Ask for nothing" }).check();
    await page.getByRole("button", { name: "Open the chat" }).click();

    await expect(page.getByText(new RegExp(`<script src="${house.url}/widget.js" data-inbox="[0-9a-f]{32}" async></script>`))).toBeVisible();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy snippet" }).click();
    await expect(page.getByText("Copied.")).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("data-inbox");
    await accessible(page);
    await page.getByRole("button", { name: "Send a test message" }).click();
    await expect(page.getByText("Sent. A test message waits in Unassigned.")).toBeVisible();
    // The chat of the page itself works, too.
    await page.getByRole("button", { name: "Open chat" }).click();
    const chat = page.frameLocator("iframe");
    await chat.getByRole("textbox", { name: "Your message" }).fill("Is this thing on?");
    await chat.getByRole("textbox", { name: "Your message" }).press("Enter");
    await expect(chat.getByText("Sent", { exact: true })).toBeVisible();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Open the inbox" }).click();

    await expect(view(page, "Unassigned")).toHaveAccessibleName("Unassigned, 2, unread");
    await rows(page).getByRole("link", { name: /Test visitor/ }).click();
    await expect(log(page)).toContainText("This is a test message.");

    // It is over: nobody sets it up again.
    const stranger = await (await browser.newContext({ baseURL: house.url })).newPage();
    await stranger.goto("/setup");
    await expect(stranger.getByRole("heading", { name: "This Switchboard is set up already" })).toBeVisible();
    await stranger.context().close();
    await context.close();
  });
}
