// **Send to Email**: what goes out, and what is told of it.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { live, log, openAny, reply, sent } from "./screen";

const form = (page: Page) => page.getByRole("dialog", { name: "Send to Email" });
const asks = async (page: Page) => {
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Send to Email" }).click();
  await expect(form(page)).toBeVisible();
};
const opensOne = async (page: Page) => {
  await page.goto("/inbox/unassigned");
  await live(page);
  await openAny(page);
};

test("the whole correspondence goes to an address after one has seen what goes", { tag: "@003-32" }, async ({ maya, post }) => {
  await opensOne(maya);
  await reply(maya).fill("It is on its way.");
  await maya.keyboard.press("Enter");
  await sent(maya, "It is on its way.");
  await maya.getByRole("tab", { name: "Whisper" }).click();
  await maya.getByRole("textbox", { name: "Whisper to teammates" }).fill("SECRET among us");
  await maya.keyboard.press("Control+Enter");
  await expect(log(maya).getByText("SECRET among us")).toBeVisible();

  await asks(maya);
  const preview = form(maya).getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("It is on its way.");
  await expect(preview).not.toContainText("SECRET");
  await expect(form(maya)).toContainText(/whispers? (or note stays|and notes stay) here/);
  expect((await new AxeBuilder({ page: maya }).include("dialog[open]").analyze()).violations).toEqual([]);

  // What is wrong is said in the form, and what was typed stays.
  await expect(form(maya).getByRole("textbox", { name: "Recipient" })).toBeFocused();
  await form(maya).getByRole("textbox", { name: "Recipient" }).fill("lena");
  await form(maya).getByRole("textbox", { name: "Subject" }).fill("About the tent");
  await form(maya).getByRole("button", { name: "Send conversation" }).click();
  await expect(form(maya).getByRole("alert")).toContainText("“lena” is no e-mail address");
  const recipient = form(maya).getByRole("textbox", { name: "Recipient" });
  await expect(recipient).toBeFocused();
  await expect(recipient).toHaveAttribute("aria-invalid", "true");
  await expect(recipient).toHaveAccessibleDescription(/“lena” is no e-mail address/);
  await recipient.fill("lena@example.org");
  await expect(form(maya).getByRole("alert")).toHaveCount(0);
  await maya.keyboard.press("Enter");
  await expect(form(maya)).toHaveCount(0);
  await expect(log(maya).getByText("You sent the conversation by e-mail to lena@example.org")).toBeVisible();
  await expect(log(maya).getByText("The mail server took the e-mail to lena@example.org")).toBeVisible();
  const [received] = post.of("lena@example.org");
  expect(received!.text).toContain("Subject: About the tent");
  expect(received!.text).toContain("It is on its way.");
  expect(received!.text).not.toContain("SECRET");
});

test("chosen messages go alone, and what was not delivered is sent again from the log", { tag: "@003-33" }, async ({ maya, post }) => {
  await opensOne(maya);
  await reply(maya).fill("The first answer.");
  await maya.keyboard.press("Enter");
  await sent(maya, "The first answer.");
  const message = log(maya).getByRole("article").filter({ hasText: "The first answer." });
  await message.hover();
  await message.getByRole("checkbox").check();
  await maya.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Send to Email" }).click();
  const preview = form(maya).getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("The first answer.");
  await expect(form(maya)).toContainText("1 message goes out.");
  await form(maya).getByRole("textbox", { name: "Recipient" }).fill("nobody1@example.org, max@example.org");
  await form(maya).getByRole("button", { name: "Send conversation" }).click();
  await expect(log(maya).getByText("You sent 1 message by e-mail to nobody1@example.org, max@example.org")).toBeVisible();
  await expect(log(maya).getByText(/The e-mail to nobody1@example.org was not delivered: .*Nobody of that name here/)).toBeVisible();
  await expect.poll(() => post.of("max@example.org").length).toBe(1);

  const retry = log(maya).getByRole("button", { name: "Retry: e-mail to nobody1@example.org" });
  await retry.click();
  await expect(log(maya).getByText("You sent the e-mail to nobody1@example.org again")).toBeVisible();
  // Of what failed twice, the newest line offers it.
  await expect(log(maya).getByText(/The e-mail to nobody1@example.org was not delivered/)).toHaveCount(2);
  await expect(retry).toHaveCount(1);
  expect(post.of("max@example.org")).toHaveLength(1);
});
