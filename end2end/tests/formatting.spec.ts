// Bold, italic, code, lists and links: by their keys, seen before they are sent, and as the channel shows them.
import { expect, test } from "./cast";
import { button, composer, live, log, narrow, open, openOf, reply, rows } from "./screen";
import { messages, openChat, visit, write } from "./visitor";

test("a reply is formatted by keys, seen before it goes, and drawn alike for both", async ({ browser, maya, server }) => {
  const visitor = await visit(browser, server.url);
  await openChat(visitor);
  await visitor.chat.getByRole("textbox", { name: "Name (optional)" }).fill("Ida Rhodes");
  await write(visitor, "How **do I** return it?");
  await openOf(maya, "Ida Rhodes");
  await live(maya);
  // What customers type stays as they typed it.
  await expect(log(maya).getByText("How **do I** return it?", { exact: true })).toBeVisible();
  await button(maya, "Start conversation").click();

  const preview = composer(maya).getByRole("region", { name: "Preview" });
  await reply(maya).click();
  await maya.keyboard.type("Before ");
  await expect(preview).toHaveCount(0);
  await maya.keyboard.press("Control+b");
  await maya.keyboard.type("Monday");
  await expect(reply(maya)).toHaveValue("Before **Monday**");
  await expect(preview.locator("strong")).toHaveText("Monday");
  await maya.keyboard.press("End");
  await maya.keyboard.press("Shift+Enter");
  await maya.keyboard.type("pack it");
  await maya.keyboard.press("Control+Shift+Digit8");
  await maya.keyboard.press("Shift+Enter");
  await maya.keyboard.type("- send it to [us](https://shop.example/returns)");
  await expect(reply(maya)).toHaveValue("Before **Monday**\n- pack it\n- send it to [us](https://shop.example/returns)");
  await reply(maya).press("Enter");

  for (const place of [log(maya), messages(visitor)]) {
    const answer = place.getByRole("article").filter({ hasText: "Monday" });
    await expect(answer.locator("strong")).toHaveText("Monday");
    await expect(answer.getByRole("listitem")).toHaveText(["pack it", "send it to us"]);
    await expect(answer.getByRole("link", { name: "us", exact: true })).toHaveAttribute("href", "https://shop.example/returns");
    await expect(answer).not.toContainText("**");
  }

  // What is selected loses its signs by the same key.
  await reply(maya).fill("really");
  await reply(maya).press("Control+a");
  await reply(maya).press("Control+i");
  await expect(reply(maya)).toHaveValue("_really_");
  await reply(maya).press("Control+i");
  await expect(reply(maya)).toHaveValue("really");

  // Whoever does not know the keys finds the same in a menu, which gives the keyboard back to the text.
  await reply(maya).press("Control+a");
  await composer(maya).getByRole("button", { name: "Formatting" }).click();
  await expect(maya.getByRole("menu", { name: "Formatting" }).getByRole("menuitem")).toHaveText([/Bold/, /Italic/, /Code/, /Numbered list/, /^List/]);
  await maya.keyboard.press("ArrowDown");
  await maya.keyboard.press("Enter");
  await expect(reply(maya)).toHaveValue("_really_");
  await expect(reply(maya)).toBeFocused();
  await maya.keyboard.type("very");
  await expect(reply(maya)).toHaveValue("_very_");
  await reply(maya).fill("");
  await visitor.page.context().close();
});

test("where a channel shows no formatting the signs stay, and that is said before", async ({ maya }) => {
  await maya.goto("/inbox/unassigned");
  await live(maya);
  await maya.getByRole("button", { name: "Filters", exact: true }).click();
  await narrow(maya, "Channel", "WhatsApp");
  await expect(rows(maya).first()).toBeVisible();
  await open(maya);
  await reply(maya).fill("It is **late**");
  await expect(composer(maya).getByText("WhatsApp shows these signs as they are.")).toBeVisible();
  await expect(composer(maya).getByRole("region", { name: "Preview" })).toHaveCount(0);
  await reply(maya).press("Enter");
  await expect(log(maya).getByText("It is **late**", { exact: true })).toBeVisible();
});

test("the arrow up in an empty composer changes one's last whisper", { tag: "@004-04" }, async ({ maya }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  await open(maya);
  await composer(maya).getByRole("tab", { name: "Whisper" }).click();
  const whisper = maya.getByRole("textbox", { name: "Whisper to teammates" });
  await whisper.fill("She paid in *cash*");
  await whisper.press("Enter");
  await expect(log(maya).getByText("cash", { exact: true })).toBeVisible();
  const dialog = maya.getByRole("dialog", { name: "Edit or delete" });
  // It can be changed once the server has it.
  await expect(async () => {
    await whisper.press("ArrowUp");
    await expect(dialog).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(dialog.getByRole("textbox")).toHaveValue("She paid in *cash*");
  await dialog.getByRole("textbox").fill("card");
  await dialog.getByRole("textbox").press("Control+a");
  await dialog.getByRole("textbox").press("Control+b");
  await expect(dialog.getByRole("textbox")).toHaveValue("**card**");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(log(maya).locator("strong").getByText("card", { exact: true })).toBeVisible();
});
