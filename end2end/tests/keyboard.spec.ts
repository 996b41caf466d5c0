// Everything so far by keyboard alone, with the palette and the sheet of shortcuts; and on a phone.
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { button, log, reply, rows, sent, view } from "./screen";

const palette = (page: Page) => page.getByRole("dialog", { name: "Command palette" });
const sheet = (page: Page) => page.getByRole("dialog", { name: "Keyboard shortcuts" });
const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true });

/** Does something by its name. */
async function command(page: Page, typed: string, title: string) {
  await page.keyboard.press("Control+k");
  await expect(palette(page)).toBeVisible();
  await page.keyboard.type(typed);
  await expect(palette(page).getByRole("option", { selected: true })).toContainText(title);
  await page.keyboard.press("Enter");
  await expect(palette(page)).toHaveCount(0);
}

test("the whole thread by keyboard alone: sign in, choose, take, answer, whisper, hand over, finish", async ({ page, server }) => {
  test.setTimeout(90_000);
  // Whoever uses no mouse has none: every step below is a key.
  await page.goto(`${server.url}/login`);
  await page.keyboard.type("maya@fernhill.example");
  await page.keyboard.press("Tab");
  await page.keyboard.type("fernhill-demo");
  await page.keyboard.press("Enter");
  await expect(heading(page, "My inbox")).toBeVisible();

  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await expect(heading(page, "Unassigned")).toBeVisible();
  await expect(rows(page).first().getByRole("link")).toHaveAccessibleName(/, Unassigned, /);
  await page.keyboard.press("j");
  await expect(rows(page).first().getByRole("link")).toBeFocused();
  await page.keyboard.press("j");
  await expect(rows(page).nth(1).getByRole("link")).toBeFocused();
  await page.keyboard.press("i");
  await expect(button(page, "Assigned to Maya Brandt")).toBeVisible();
  await page.keyboard.press("r");
  await expect(reply(page)).toBeFocused();
  await page.keyboard.type("I have it here. k, j and e are letters.");
  await page.keyboard.press("Enter");
  await expect(sent(page, "k, j and e are letters")).toBeVisible();
  // Held together they work while one writes.
  await page.keyboard.press("Alt+p");
  await expect(page.getByRole("textbox", { name: "Whisper to teammates" })).toBeFocused();
  await page.keyboard.type("She writes every week.");
  await page.keyboard.press("Enter");
  await expect(log(page).getByRole("article", { name: /^Whisper by You/ })).toContainText("She writes every week.");
  await page.keyboard.press("Escape");
  await expect(log(page)).toBeFocused();

  // From region to region.
  await page.keyboard.press("]");
  await expect(page.getByRole("tabpanel")).toBeFocused();
  await page.keyboard.press("F6");
  await expect(page.getByRole("button", { name: /^Status: / })).toBeFocused();
  await page.keyboard.press("Shift+F6");
  await expect(page.getByRole("tabpanel")).toBeFocused();
  await page.keyboard.press("[");
  await expect(log(page)).toBeFocused();
  await command(page, "next reg", "Next region");
  await expect(page.getByRole("tabpanel")).toBeFocused();
  await page.keyboard.press("[");
  await expect(log(page)).toBeFocused();

  // By its name, where one does not know the key.
  await command(page, "give hand", "Assign");
  const picker = page.getByRole("dialog", { name: "Assign" });
  await expect(picker.getByRole("combobox", { name: "Search people" })).toBeFocused();
  await page.keyboard.type("elena");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(picker).toHaveCount(0);
  await command(page, "my in", "Go to My inbox");
  await expect(heading(page, "My inbox")).toBeVisible();
  await expect(rows(page).first().getByRole("link")).toHaveAccessibleName(/, My inbox, /);
  await page.keyboard.press("j");
  await expect(rows(page).first().getByRole("link")).toBeFocused();
  const first = await rows(page).first().getByRole("link").getAttribute("aria-label");
  await page.keyboard.press("e");
  await expect(page.getByRole("region", { name: "Notifications" })).toContainText(/Resolved\. \d+ left in My inbox\./);
  await expect(rows(page).getByRole("link", { name: /^\d+/ }).first()).not.toHaveAccessibleName(first ?? "");

  await command(page, "dark", "Dark theme");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await command(page, "profile", "Profile");
  await expect(heading(page, "Profile")).toBeVisible();
  await page.keyboard.press("F6");
  await command(page, "un go", "Go to Unassigned");
  await expect(heading(page, "Unassigned")).toBeVisible();
});

test("the palette offers what can be done here, says why the rest cannot, and gives the keyboard back", async ({ sam }) => {
  await sam.goto("/inbox/unassigned");
  await expect(rows(sam).first()).toBeVisible();
  await sam.keyboard.press("Control+k");
  // Nothing is open, and Sam has no right to the Blacklist.
  for (const title of ["Mark resolved", "Go to Blacklist", "Reply"]) {
    await expect(palette(sam).getByRole("option", { name: new RegExp(`^${title}`) })).toHaveCount(0);
  }
  await sam.keyboard.press("Escape");
  await expect(palette(sam)).toHaveCount(0);
  await rows(sam).nth(1).getByRole("link").click();
  await expect(log(sam)).toBeVisible();
  await sam.keyboard.press("Control+k");
  await sam.keyboard.type("to unas");
  const back = palette(sam).getByRole("option", { name: /^To Unassigned/ });
  await expect(back).toHaveAttribute("aria-disabled", "true");
  await expect(back).toContainText("Nobody has this conversation: it is in Unassigned already.");
  await sam.keyboard.type(" zzz");
  await expect(palette(sam)).toContainText("Nothing is called so.");
  await sam.keyboard.press("Escape");
  // By mouse, too; beside it, it closes.
  await sam.keyboard.press("Control+k");
  await sam.mouse.click(5, 5);
  await expect(palette(sam)).toHaveCount(0);
});

test("the sheet lists every key, finds them, and switches single keys off", async ({ maya }) => {
  await maya.goto("/inbox/unassigned");
  await expect(rows(maya).first()).toBeVisible();
  await maya.keyboard.press("?");
  await expect(sheet(maya)).toBeVisible();
  for (const group of ["Conversation", "List and regions", "Go to", "General"]) {
    await expect(sheet(maya).getByRole("table", { name: group })).toBeVisible();
  }
  await expect(sheet(maya).getByRole("row", { name: /Mark resolved/ })).toContainText("E");
  await sheet(maya).getByRole("searchbox", { name: "Search shortcuts" }).fill("whis");
  await expect(sheet(maya).getByRole("row")).toContainText(["Whisper", "Edit your last whisper or note"]);
  await sheet(maya).getByRole("switch", { name: "Single-key shortcuts" }).uncheck();
  await maya.keyboard.press("Escape");
  await maya.keyboard.press("j");
  await maya.keyboard.press("g");
  await maya.keyboard.press("m");
  await expect(heading(maya, "Unassigned")).toBeVisible();
  await expect(rows(maya).first().getByRole("link")).not.toHaveAttribute("aria-current", "true");
  // It stays so, and what is held together still works.
  await maya.reload();
  await expect(rows(maya).first()).toBeVisible();
  await maya.keyboard.press("j");
  await maya.keyboard.press("Alt+ArrowDown");
  await expect(rows(maya).first().getByRole("link")).toHaveAttribute("aria-current", "true");
  await maya.keyboard.press("Control+/");
  await sheet(maya).getByRole("switch", { name: "Single-key shortcuts" }).check();
});

test("sound is switched off and on in the account menu, and stays so", async ({ noor }) => {
  await noor.goto("/inbox/my-inbox");
  await noor.getByRole("button", { name: /^Account: / }).click();
  const sound = noor.getByRole("menuitemcheckbox", { name: "Sound" });
  await expect(sound).toHaveAttribute("aria-checked", "true");
  await sound.click();
  await noor.reload();
  await noor.getByRole("button", { name: /^Account: / }).click();
  await expect(sound).toHaveAttribute("aria-checked", "false");
  await sound.click();
});

test("name and photo are changed in the profile, and colleagues see them at once", async ({ jonas, elena }) => {
  await elena.goto("/inbox/assigned");
  await jonas.goto("/settings/profile");
  const name = jonas.getByRole("textbox", { name: "Display name" });
  await name.fill("   ");
  await jonas.getByRole("button", { name: "Save changes" }).click();
  await expect(name).toHaveAccessibleDescription("Write a name.");
  await name.fill("Jonas W. Weber");
  await jonas.getByRole("button", { name: "Save changes" }).click();
  await expect(jonas.getByRole("button", { name: "Account: Jonas W. Weber" })).toBeVisible();
  await expect(rows(elena).getByText("Jonas W. Weber").first()).toBeVisible();
  // A picture of any size becomes a small square.
  const picture = await jonas.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 900 });
    const paint = canvas.getContext("2d")!;
    paint.fillStyle = "#0f766e";
    paint.fillRect(0, 0, 1600, 900);
    return canvas.toDataURL("image/png").split(",")[1]!;
  });
  const before = await jonas.getByRole("region", { name: "Photo" }).locator("img").getAttribute("src");
  await jonas.getByLabel("Change photo").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") });
  await expect(jonas.getByRole("region", { name: "Notifications" })).toContainText("Your photo is saved.");
  const photo = jonas.getByRole("region", { name: "Photo" }).locator("img");
  await expect(photo).not.toHaveAttribute("src", before ?? "");
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([256, 256]);
  await jonas.getByLabel("Change photo").setInputFiles({ name: "me.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg onload=alert(1)>") });
  await expect(jonas.getByRole("alert").filter({ hasText: "This is no photo that can be used." })).toBeVisible();
  await jonas.getByRole("button", { name: "Remove photo" }).click();
  await expect(photo).toHaveCount(0);
  await name.fill("Jonas Weber");
  await jonas.getByRole("button", { name: "Save changes" }).click();
  await expect(jonas.getByRole("button", { name: "Account: Jonas Weber" })).toBeVisible();
});

test.describe("on a phone of 390 pixels", () => {
  test("an agent goes from the list to the thread, answers and comes back", async ({ chidi }) => {
    await chidi.setViewportSize({ width: 390, height: 844 });
    await chidi.goto("/inbox/unassigned");
    const noOverflow = () => chidi.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    await expect(rows(chidi).first()).toBeVisible();
    expect(await noOverflow()).toBe(true);
    await rows(chidi).first().getByRole("link").click();
    await expect(log(chidi)).toBeVisible();
    await expect(rows(chidi).first()).toBeHidden();
    await button(chidi, "Start conversation").click();
    await expect(button(chidi, "Assigned to Chidi Okonkwo")).toBeVisible();
    await reply(chidi).fill("From my phone.");
    await chidi.getByRole("button", { name: "Send reply" }).click();
    await expect(sent(chidi, "From my phone.")).toBeVisible();
    expect(await noOverflow()).toBe(true);
    await button(chidi, "Details").click();
    await expect(chidi.getByRole("complementary", { name: "Contact details" })).toBeVisible();
    await chidi.getByRole("button", { name: "Close details" }).click();
    await chidi.getByRole("button", { name: "Back to the list" }).click();
    await expect(rows(chidi).first()).toBeVisible();
    await view(chidi, "My inbox").click();
    await expect(heading(chidi, "My inbox")).toBeVisible();
    expect(await noOverflow()).toBe(true);
    await chidi.goto("/settings/profile");
    await expect(heading(chidi, "Profile")).toBeVisible();
    expect(await noOverflow()).toBe(true);
  });
});
