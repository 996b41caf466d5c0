// What a website's visitors load for the chat. Bytes are exact: they are judged at every run.
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "./cast";
import { launcher, openChat, shop } from "./visitor";

const packed = (bodies: Buffer[]) => bodies.reduce((sum, body) => sum + brotliCompressSync(body).length, 0);

test("the closed chat costs at most 5 KB, and its window at most 40 KB more", async ({ browser, server }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies = new Map<string, Promise<Buffer>>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/^(\/v\/\w+)?\/(widget|chat)/.test(pathname) && response.request().method() === "GET" && response.status() === 200) bodies.set(pathname, response.body());
  });
  await page.goto(shop(server.url));
  await expect(launcher(page)).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect([...bodies.keys()]).toEqual(["/widget.js"]);
  expect(packed(await Promise.all(bodies.values()))).toBeLessThanOrEqual(5 * 1024);
  bodies.clear();
  await openChat({ page, chat: page.frameLocator("iframe") });
  expect(bodies.size).toBeGreaterThanOrEqual(5);
  expect(packed(await Promise.all(bodies.values()))).toBeLessThanOrEqual(40 * 1024);
  await context.close();
});
