// A customer on the demo's shop, which is opened by another name of this machine: another origin than Switchboard's.
import type { Browser, BrowserContextOptions, FrameLocator, Page } from "@playwright/test";
import { expect } from "./cast";

/** Somebody on a website that carries the chat. */
export interface Visitor {
  page: Page;
  /** What is in the chat's window. */
  chat: FrameLocator;
}

export const shop = (url: string) => `${url.replace("127.0.0.1", "localhost")}/demo/shop`;

/** Comes to the shop for the first time. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // A fault in the window fails the test, whatever it looked at.
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(shop(url));
  await expect(launcher(page)).toBeVisible();
  return { page, chat: page.frameLocator("iframe") };
}

export const launcher = (page: Page) => page.getByRole("button", { name: /^(Open|Close) chat/ });

export const field = ({ chat }: Visitor) => chat.getByRole("textbox", { name: "Your message" });
export const messages = ({ chat }: Visitor) => chat.getByRole("log", { name: "Messages" });

/** Opens the chat and waits until it knows where it is. */
export async function openChat(visitor: Visitor) {
  await visitor.page.getByRole("button", { name: /^Open chat/ }).click();
  await expect(visitor.chat.getByText(/^We are here now|^Nobody is here/)).toBeVisible();
}

/** Sends a message. */
export async function write(visitor: Visitor, text: string) {
  await field(visitor).fill(text);
  await expect(visitor.chat.getByRole("button", { name: "Send message" })).toHaveAttribute("aria-disabled", "false");
  await field(visitor).press("Enter");
  await expect(messages(visitor).getByRole("article", { name: /^You, / }).filter({ hasText: text })).toBeVisible();
}
