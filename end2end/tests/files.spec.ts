// Files: attached, dropped and pasted by an agent, sent by a visitor, looked at and downloaded by both.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { composer, live, log, openAny, openOf, reply } from "./screen";
import { openChat, visit, write } from "./visitor";

/** 2 by 1 pixels. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADklEQVR4nGP4z8DAAMQACv4B/9LjXq8AAAAASUVORK5CYII=", "base64");

const opensOne = async (page: Page) => {
  await page.goto("/inbox/unassigned");
  await live(page);
  await openAny(page);
};

const attach = async (page: Page, name: string, buffer: Buffer, mimeType = "application/octet-stream") => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), composer(page).getByRole("button", { name: "Attach file" }).click()]);
  expect(chooser.isMultiple(), "one at a time").toBe(false);
  await chooser.setFiles({ name, mimeType, buffer });
};

const onTheirWay = (page: Page) => composer(page).getByRole("list", { name: "Files on their way" });

test("a file goes out as soon as it is chosen, and what is being written stays", { tag: ["@003-21", "@004-03"] }, async ({ maya }) => {
  await opensOne(maya);
  await reply(maya).fill("I am still writing.");
  await attach(maya, "guarantee.pdf", Buffer.from("%PDF-1.7 two years"));
  const link = log(maya).getByRole("link", { name: "Download guarantee.pdf, 18 bytes" });
  await expect(link).toBeVisible();
  await expect(reply(maya)).toHaveValue("I am still writing.");
  await expect(onTheirWay(maya)).toBeHidden();
  const [download] = await Promise.all([maya.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toBe("guarantee.pdf");
  expect((await readFile(await download.path())).toString()).toBe("%PDF-1.7 two years");
  // A picture shows, and its place is known before it is there.
  await attach(maya, "tent.png", PNG, "image/png");
  const picture = log(maya).getByRole("img", { name: "tent.png" });
  await expect(picture).toHaveAttribute("width", "2");
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2);
  await maya.reload();
  await expect(log(maya).getByRole("img", { name: "tent.png" })).toBeVisible();
  await reply(maya).fill("");
});

test("what is dropped or pasted is sent too, one at a time", { tag: ["@003-21"] }, async ({ maya }) => {
  await opensOne(maya);
  const give = (event: "drop" | "paste", names: string[]) =>
    composer(maya).evaluate(
      (form, { event, names }) => {
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File([`${name} of a test`], name));
        const target = form.querySelector("textarea")!;
        const init = { bubbles: true, cancelable: true };
        target.dispatchEvent(event === "drop" ? new DragEvent("drop", { ...init, dataTransfer: data }) : new ClipboardEvent("paste", { ...init, clipboardData: data }));
      },
      { event, names },
    );
  await give("drop", ["dropped.txt"]);
  await expect(log(maya).getByRole("link", { name: /^Download dropped\.txt/ })).toBeVisible();
  await give("paste", ["pasted.txt"]);
  await expect(log(maya).getByRole("link", { name: /^Download pasted\.txt/ })).toBeVisible();
  // Beside the composer it goes nowhere, and above all does not take the place of the page.
  const isKept = await log(maya).evaluate((log) => {
    const data = new DataTransfer();
    data.items.add(new File(["a"], "beside.txt"));
    return log.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
  });
  expect(isKept, "the browser opens it").toBe(false);
  await expect(maya.getByText("Drop files on the composer.")).toBeVisible();
  await give("drop", ["one.txt", "two.txt"]);
  await expect(maya.getByRole("alert").filter({ hasText: "One file goes at a time. Drop one." })).toBeVisible();
  await expect(log(maya).getByRole("link", { name: /^Download (one|two)\.txt/ })).toHaveCount(0);
});

test("an upload shows how far it is, is cancelled, and one that breaks off is sent again", async ({ maya }) => {
  await opensOne(maya);
  let held: (() => void) | undefined;
  await maya.route("**/files?*", async (route) => {
    await new Promise<void>((go) => (held = go));
    await route.abort().catch(() => {});
  });
  await attach(maya, "large.bin", Buffer.alloc(2_000_000, 7));
  await expect(onTheirWay(maya).getByRole("progressbar", { name: "Sending large.bin" })).toBeVisible();
  await onTheirWay(maya).getByRole("button", { name: "Cancel sending large.bin" }).click();
  await expect(onTheirWay(maya)).toBeHidden();
  held?.();

  await attach(maya, "later.bin", Buffer.alloc(100_000, 7));
  await expect.poll(() => !!held).toBe(true);
  await expect(onTheirWay(maya).getByRole("progressbar", { name: "Sending later.bin" })).toBeVisible();
  await expect.poll(() => { held?.(); return onTheirWay(maya).getByRole("alert").count(); }).toBe(1);
  await expect(onTheirWay(maya).getByRole("alert")).toHaveText("The server could not be reached. The file is kept here.");
  await maya.unroute("**/files?*");
  await onTheirWay(maya).getByRole("button", { name: "Send again" }).click();
  await expect(log(maya).getByRole("link", { name: /^Download later\.bin/ })).toBeVisible();
});

test("a quick reply takes its files along, and they wait beside the text until it goes", { tag: "@002-17" }, async ({ maya }) => {
  await maya.goto("/settings/quick-replies");
  await live(maya);
  await maya.getByRole("button", { name: "New Template" }).click();
  const form = maya.getByRole("dialog", { name: "Template" });
  await form.getByLabel("Name", { exact: true }).fill("Prices");
  await form.getByLabel("Shortcut").fill("/prices");
  await form.getByLabel("Message").fill("Here they are.");
  const [chooser] = await Promise.all([maya.waitForEvent("filechooser"), form.getByRole("button", { name: "Attach file" }).click()]);
  await chooser.setFiles({ name: "prices.txt", mimeType: "text/plain", buffer: Buffer.from("1 peg: 2 euros") });
  await expect(form.getByRole("button", { name: "Remove prices.txt" })).toBeVisible();
  await form.getByRole("button", { name: "Add answer" }).click();
  await expect(form).toHaveCount(0);
  const listed = maya.getByRole("list", { name: "Quick Replies" }).getByRole("listitem").filter({ hasText: "Here they are." });
  await expect(listed).toContainText("1 file");

  await opensOne(maya);
  const insert = async () => {
    await reply(maya).click();
    await maya.keyboard.type("/prices");
    await expect(maya.getByRole("listbox", { name: "Quick replies" }).getByRole("option").first()).toContainText("1 file");
    await maya.keyboard.press("Enter");
    await expect(onTheirWay(maya)).toContainText("goes along with your reply");
  };
  // Taken out, it stays here and the text goes alone.
  await insert();
  await onTheirWay(maya).getByRole("button", { name: "Remove prices.txt" }).click();
  await expect(onTheirWay(maya)).toBeHidden();
  await reply(maya).press("Enter");
  await expect(log(maya).getByText("Here they are.", { exact: true })).toHaveCount(1);

  // It waits over a reload, and follows the text.
  await insert();
  await maya.reload();
  await live(maya);
  await expect(onTheirWay(maya)).toContainText("prices.txt");
  await reply(maya).press("Enter");
  await expect(log(maya).getByText("Here they are.", { exact: true })).toHaveCount(2);
  const link = log(maya).getByRole("link", { name: /^Download prices\.txt/ });
  await expect(link).toHaveCount(1);
  await expect(onTheirWay(maya)).toBeHidden();
  const [download] = await Promise.all([maya.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toBe("prices.txt");
});

test("what the channel does not take is refused before it starts", { tag: ["@003-22"] }, async ({ maya }) => {
  await opensOne(maya);
  const asked: string[] = [];
  maya.on("request", (request) => request.url().includes("/files?") && asked.push(request.url()));
  await attach(maya, "nothing.txt", Buffer.alloc(0));
  await expect(maya.getByRole("alert").filter({ hasText: "This file is empty. Choose another." })).toBeVisible();
  expect(asked).toEqual([]);
});

test("a visitor sends a picture and gets the document that answers it", { tag: ["@004-03"] }, async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  const { chat } = visitor;
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Sofia Kovalevskaya");
  await write(visitor, "My tent is broken, look.");
  await chat.getByLabel("Attach file").last().setInputFiles({ name: "zip.png", mimeType: "image/png", buffer: PNG });
  await expect(chat.getByRole("img", { name: "zip.png" })).toBeVisible();

  await openOf(maya, "Sofia Kovalevskaya");
  await live(maya);
  await expect(log(maya).getByRole("img", { name: "zip.png" })).toBeVisible();
  await attach(maya, "repair.pdf", Buffer.from("%PDF-1.7 repair"));
  const button = chat.getByRole("button", { name: /repair\.pdf/ });
  await expect(button).toBeVisible();
  const [download] = await Promise.all([visitor.page.waitForEvent("download"), button.click()]);
  expect((await readFile(await download.path())).toString()).toBe("%PDF-1.7 repair");
});

test("a file name is never markup, and a file that is a page runs nowhere", async ({ maya, server }) => {
  await opensOne(maya);
  // Among colleagues any goes; not every channel takes pages.
  await maya.getByRole("tab", { name: "Whisper" }).click();
  await maya.evaluate(() => Object.assign(window, { ran: false }));
  const name = `"><img src=x onerror="window.ran=true">.html`;
  await attach(maya, name, Buffer.from("<script>document.title='ran'</script>"), "text/html");
  const link = log(maya).getByRole("link", { name: /^Download "><img/ });
  await expect(link).toBeVisible();
  expect(await maya.evaluate(() => (window as unknown as { ran: boolean }).ran)).toBe(false);
  const answer = await maya.request.get(new URL((await link.getAttribute("href"))!, server.url).href);
  expect(answer.headers()["content-disposition"]).toMatch(/^attachment;/);
  expect(answer.headers()["content-security-policy"]).toBe("sandbox; default-src 'none'");
});
