import { email, expect, password, signIn, test } from "./cast";

test("an agent signs in and lands in the inbox", async ({ page }) => {
  await signIn(page, "maya");
  await expect(page).toHaveURL(/\/inbox\/my-inbox$/);
  await expect(page.getByRole("heading", { level: 1, name: "My inbox" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Account: Maya Brandt" })).toBeVisible();
});

test("a wrong password says so, keeps the address, and does not say which of the two is wrong", async ({ page }) => {
  const answers: string[] = [];
  for (const address of [email("maya"), "nobody@fernhill.example"]) {
    await page.goto("/login");
    await page.getByRole("textbox", { name: "Email" }).fill(address);
    await page.getByRole("textbox", { name: "Password" }).fill("not it");
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.getByRole("alert");
    await expect(alert).toBeVisible();
    answers.push((await alert.textContent()) ?? "");
    await expect(page.getByRole("textbox", { name: "Email" })).toHaveValue(address);
    await expect(page.getByRole("textbox", { name: "Password" })).toHaveValue("");
  }
  expect(answers[0]).toContain("Email or password is not right");
  expect(answers[1]).toBe(answers[0]);
});

test("a link asks for the sign-in and is followed afterwards", async ({ page }) => {
  await page.goto("/inbox/unassigned");
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByRole("textbox", { name: "Email" }).fill(email("sam"));
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("textbox", { name: "Password" }).press("Enter");
  await expect(page).toHaveURL(/\/inbox\/unassigned$/);
  await expect(page.getByRole("heading", { level: 1, name: "Unassigned" })).toBeVisible();
});

test("signing in works without WebAssembly and without scripts", async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const page = await context.newPage();
  await signIn(page, "noor");
  await expect(page).toHaveURL(/\/inbox\/my-inbox$/);
  await context.close();
});

test("signing out ends the session here and in every tab", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await signIn(page, "tom");
  const other = await context.newPage();
  await other.goto("/inbox/unassigned");
  await expect(other.getByRole("heading", { level: 1, name: "Unassigned" })).toBeVisible();
  const third = await context.newPage();
  await third.goto("/inbox/all");
  await expect(third.getByRole("heading", { level: 1, name: "All" })).toBeVisible();
  await page.getByRole("button", { name: "Account: Tom Fairweather" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  // The other tab says so by itself, and lets one in again where one was.
  const dialog = other.getByRole("alertdialog", { name: "You are signed out" });
  await expect(dialog).toContainText("What you wrote is kept");
  await expect(third.getByRole("alertdialog", { name: "You are signed out" })).toBeVisible();
  await dialog.getByRole("textbox", { name: "Password" }).fill("not it");
  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await expect(dialog).toContainText("This password is not right");
  await dialog.getByRole("textbox", { name: "Password" }).fill(password);
  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(third.getByRole("alertdialog")).toHaveCount(0);
  await expect(other).toHaveURL(/\/inbox\/unassigned$/);
  await context.close();
});

test("a session elsewhere is seen and ended", async ({ browser, server }) => {
  const [here, there] = await Promise.all([browser.newContext({ baseURL: server.url }), browser.newContext({ baseURL: server.url })]);
  const [page, other] = [await here.newPage(), await there.newPage()];
  await signIn(page, "chidi");
  await signIn(other, "chidi");
  await page.goto("/settings/security");
  const sessions = page.getByRole("list", { name: "Where you are signed in" }).getByRole("listitem");
  await expect(sessions.filter({ hasText: "This browser" })).toHaveCount(1);
  const before = await sessions.count();
  await sessions.filter({ hasNotText: "This browser" }).first().getByRole("button", { name: /^Sign out/ }).click();
  await expect(sessions).toHaveCount(before - 1);
  await other.goto("/inbox/my-inbox");
  await expect(other).toHaveURL(/\/login/);
  await here.close();
  await there.close();
});
