// What the team says of who writes.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { button, live, log, openAny, row } from "./screen";

const menu = (page: Page) => page.getByRole("menu", { name: "More actions" });
const more = async (page: Page, name: string | RegExp) => {
  await button(page, "More actions").click();
  await menu(page).getByRole("menuitem", { name }).click();
};
const event = (page: Page, text: RegExp) => log(page).getByRole("article", { name: text });

test("a client gets another name everywhere, and the original one stays in the profile", { tag: ["@003-27", "@003-02"] }, async ({ maya, yuki }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  const { number, who } = await openAny(maya, 1);
  await yuki.goto(`/c/${number}`);
  await live(yuki);
  const details = maya.getByRole("complementary", { name: "Contact details" });
  const original = (await details.getByText(/^Original name: /).textContent()) ?? "";
  await details.getByRole("button", { name: "Change client name" }).click();
  const form = maya.getByRole("dialog", { name: "Change client name" });
  const name = form.getByRole("textbox", { name: "Name" });
  await expect(name).toHaveValue(who);
  await expect(name).toBeFocused();
  await name.fill("  ");
  await name.press("Enter");
  await expect(form.getByRole("alert")).toHaveText("Write a name.");
  await name.fill("Renate Vogel");
  await name.press("Enter");
  await expect(form).toHaveCount(0);
  await expect(row(maya, number)).toHaveAccessibleName(new RegExp(`^${number}, Renate Vogel, `));
  await expect(details).toContainText(original);
  await expect(yuki.getByRole("main", { name: "Conversation with Renate Vogel" })).toBeVisible();
  await expect(event(yuki, /^Event: Maya Brandt changed the client's name/)).toBeVisible();
});

test("a client is pinned, and the menu says whose it is to each", { tag: ["@003-45", "@003-47", "@003-49"] }, async ({ maya, sam, yuki }) => {
  await maya.goto("/inbox/my-inbox?priority=normal");
  await live(maya);
  const { number } = await openAny(maya, 0, "Orders");
  await more(maya, "Pin client");
  await expect(event(maya, /^Event: You pinned the client/)).toBeVisible();
  await button(maya, "More actions").click();
  await expect(menu(maya).getByRole("menuitem", { name: "Detach", exact: true })).toBeVisible();
  await maya.keyboard.press("Escape");

  await button(maya, "Assigned to Maya Brandt").click();
  const picker = maya.getByRole("dialog", { name: "Assign" });
  await picker.getByRole("option", { name: /Sam Keller/ }).click();
  await picker.getByRole("button", { name: "Assign", exact: true }).click();
  await sam.goto(`/c/${number}`);
  await button(sam, "More actions").click();
  const pinned = menu(sam).getByRole("menuitem", { name: "Pinned (Maya Brandt)" });
  await expect(pinned).toHaveAttribute("aria-disabled", "true");
  await expect(menu(sam).getByRole("menuitem", { name: "Pin client" })).toHaveCount(0);
  await yuki.goto(`/c/${number}`);
  await more(yuki, "Detach (assigned to Maya Brandt)");
  await expect(event(yuki, /^Event: You detached the client from Maya Brandt/)).toBeVisible();
  await more(yuki, "Pin client");
  await expect(event(yuki, /^Event: You pinned the client/)).toBeVisible();
});

test("who is sent to the black list is gone for operators, and unlocked in Blacklist", { tag: ["@003-38", "@003-39"] }, async ({ maya, yuki }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  const { number, who } = await openAny(maya, 2);
  await more(maya, "Send to the black list");
  const form = maya.getByRole("dialog", { name: "Send to the black list" });
  await expect(form).toContainText(`Nothing that ${who} writes reaches operators any more`);
  await form.getByRole("button", { name: "Send to the black list" }).click();
  await expect(form).toHaveCount(0);
  await expect(row(maya, number)).toHaveCount(0);
  await maya.goto(`/c/${number}`);
  await expect(maya.getByRole("heading", { name: `There is no conversation ${number} for you` })).toBeVisible();

  await yuki.goto("/inbox/blacklist");
  await expect(yuki.getByRole("heading", { name: "Blacklist", level: 1 })).toBeVisible();
  await row(yuki, number).click();
  await more(yuki, "Unlock conversation");
  await expect(row(yuki, number)).toHaveCount(0);
  await maya.goto("/inbox/my-inbox");
  await expect(row(maya, number)).toBeVisible();
});

test("a note about the client is written in the profile and read by a colleague", { tag: "@003-28" }, async ({ maya, yuki }) => {
  await maya.goto("/inbox/unassigned");
  await live(maya);
  const { number } = await openAny(maya, 1);
  await yuki.goto(`/c/${number}`);
  await live(yuki);
  await maya.getByRole("button", { name: "Client profile" }).click();
  await maya.getByRole("tab", { name: "Notes" }).click();
  await maya.getByRole("tabpanel", { name: "Notes" }).getByRole("button", { name: "Add a note about the client" }).click();
  const form = maya.getByRole("dialog", { name: "Note about the client" });
  await form.getByRole("button", { name: "Save Note" }).click();
  await expect(form.getByRole("alert")).toBeVisible();
  await form.getByRole("textbox", { name: "Note" }).fill("Prefers to be called in the morning.");
  await form.getByRole("button", { name: "Save Note" }).click();
  await expect(form).toHaveCount(0);
  await yuki.getByRole("tab", { name: "Notes" }).click();
  await expect(yuki.getByRole("list", { name: "Notes" })).toContainText("Prefers to be called in the morning.");
  await yuki.reload();
  await expect(yuki.getByRole("list", { name: "Notes" })).toContainText("Prefers to be called in the morning.");
});

test("from a closed conversation another one begins with the same client", { tag: "@003-20" }, async ({ maya }) => {
  await maya.goto("/inbox/closed");
  await live(maya);
  const { number, who } = await openAny(maya, 0);
  await button(maya, "Start conversation").click();
  await expect(maya).toHaveURL(/\/inbox\/my-inbox\/\d+/);
  await expect(maya.getByRole("main", { name: `Conversation with ${who}` })).toBeVisible();
  const begun = new URL(maya.url()).pathname.split("/").at(-1);
  expect(Number(begun)).toBeGreaterThan(Number(number));
  await expect(maya.getByRole("textbox", { name: /^Reply to/ })).toBeFocused();
});
