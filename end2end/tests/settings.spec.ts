// The pages of settings: who may open them, what they change, and that it holds at once.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./cast";
import { live } from "./screen";

const all = (page: Page) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "All", exact: true });

test("a page that is not one's own is not in the menu, and its link says whom to ask", { tag: "@003-51" }, async ({ maya }) => {
  await maya.goto("/settings/roles");
  await live(maya);
  await expect(maya.getByRole("main", { name: "Manage roles" }).getByRole("alert")).toHaveText("This page is for those who manage roles. Your roles do not let you.");
  await expect(maya.getByText("Ask Yuki Tanaka.")).toBeVisible();
  await expect(maya.getByRole("button", { name: "New role" })).toHaveCount(0);
  await maya.getByRole("button", { name: "Account: Maya Brandt" }).click();
  const menu = maya.getByRole("menu", { name: "Account: Maya Brandt" });
  await expect(menu.getByRole("menuitem", { name: "Profile" })).toBeVisible();
  await expect(menu.getByRole("menuitem", { name: "Manage roles" })).toHaveCount(0);
  await expect(menu.getByRole("menuitem", { name: "Team management" })).toHaveCount(0);
});

test("a role is copied, says for whom what changes, and is given and taken while its holder works", { tag: ["@003-51", "@001-02", "@003-13"] }, async ({ yuki, sam }) => {
  await sam.goto("/inbox/my-inbox");
  await live(sam);
  await expect(all(sam)).toHaveCount(0);

  await yuki.goto("/settings/roles");
  await live(yuki);
  await yuki.getByRole("button", { name: 'Copy Show tab "All" in conversations' }).click();
  const role = yuki.getByRole("dialog", { name: "Role" });
  await role.getByLabel("Name").fill("Operator");
  await expect(role.getByRole("region", { name: "What changes" })).toContainText("There is “Operator” already.");
  await role.getByRole("button", { name: "Add role" }).click();
  await expect(role.getByRole("alert")).toHaveText("There is “Operator” already. Choose another name.");
  await role.getByLabel("Name").fill("Night shift");
  await expect(role.getByRole("region", { name: "What changes" })).toContainText("Nobody may do more or less than now.");
  await role.getByRole("button", { name: "Add role" }).click();
  await expect(role).toHaveCount(0);
  await expect(yuki.getByRole("list", { name: "Roles" }).getByRole("listitem").filter({ hasText: "Night shift" })).toContainText("Nobody has it · 2 of");

  const team = async () => {
    await yuki.goto("/settings/team");
    await live(yuki);
    await yuki.getByRole("button", { name: "Edit Sam Keller" }).click();
    return yuki.getByRole("dialog", { name: "Roles and groups" });
  };
  const person = await team();
  await person.getByRole("checkbox", { name: "Night shift" }).check();
  await expect(person.getByRole("region", { name: "What changes" })).toContainText("Sam Keller may see the Blacklist");
  await person.getByLabel("Skills").fill("Couriers, Stores, Polish");
  await person.getByRole("button", { name: "Save changes" }).click();
  await expect(person).toHaveCount(0);
  await expect(yuki.getByRole("list", { name: "Team" }).getByRole("listitem").filter({ hasText: "Sam Keller" })).toContainText("Polish");
  // Without a reload.
  await expect(all(sam)).toBeVisible();

  // What it lets one do is changed for everybody who has it.
  await yuki.goto("/settings/roles");
  await live(yuki);
  await yuki.getByRole("button", { name: "Delete Night shift" }).click();
  await expect(yuki.getByText("One person has this role. Give them another first.")).toBeVisible();
  await yuki.getByRole("button", { name: "Edit Night shift" }).click();
  await role.getByRole("checkbox", { name: "See every conversation of their groups" }).uncheck();
  await expect(role.getByRole("region", { name: "What changes" })).toContainText("Sam Keller may no longer see every conversation of their groups");
  await role.getByRole("button", { name: "Save changes" }).click();
  await expect(role).toHaveCount(0);
  await expect(all(sam)).toHaveCount(0);

  const again = await team();
  await again.getByRole("checkbox", { name: "Night shift" }).uncheck();
  await again.getByRole("button", { name: "Save changes" }).click();
  await expect(again).toHaveCount(0);
  await yuki.goto("/settings/roles");
  await live(yuki);
  await yuki.getByRole("button", { name: "Delete Night shift" }).click();
  await expect(yuki.getByText("“Night shift” is deleted.")).toBeVisible();
  await expect(yuki.getByRole("button", { name: "Edit Night shift" })).toHaveCount(0);
});

test("nobody gives away the last key", { tag: "@003-51" }, async ({ yuki }) => {
  await yuki.goto("/settings/team");
  await live(yuki);
  await yuki.getByRole("button", { name: "Edit Yuki Tanaka" }).click();
  const person = yuki.getByRole("dialog", { name: "Roles and groups" });
  await person.getByRole("checkbox", { name: "Super-admin" }).uncheck();
  await person.getByRole("button", { name: "Save changes" }).click();
  await expect(person.getByRole("alert")).toHaveText("Nobody would be super-admin any more. Give somebody else that role first.");
  await person.getByRole("button", { name: "Discard" }).click();
  await yuki.getByRole("button", { name: "Edit Yuki Tanaka" }).click();
  await expect(person.getByRole("checkbox", { name: "Super-admin" })).toBeChecked();
});

test("who set what stands in the audit log, with what differs, and is taken along", { tag: "@003-50" }, async ({ yuki, maya }) => {
  await yuki.goto("/settings/tags");
  await live(yuki);
  await yuki.getByLabel("New tag").fill("zz-audited");
  await yuki.getByRole("button", { name: "Add tag" }).click();
  await expect(yuki.getByRole("button", { name: "Retire zz-audited" })).toBeVisible();
  await yuki.getByRole("button", { name: "Retire zz-audited" }).click();
  await expect(yuki.getByRole("button", { name: "Bring back zz-audited" })).toBeVisible();

  await yuki.goto("/settings/audit-log");
  await live(yuki);
  const lines = yuki.getByRole("list", { name: "Audit log" }).getByRole("listitem");
  await expect(lines.filter({ hasText: "Yuki Tanaka retired the tag “zz-audited”" })).toHaveCount(1);
  await yuki.getByLabel("About").selectOption("Role");
  await expect(lines.filter({ hasText: "zz-audited" })).toHaveCount(0);
  await yuki.getByLabel("About").selectOption("Tag");
  await expect(lines.filter({ hasText: "Yuki Tanaka added the tag “zz-audited”" })).toHaveCount(1);
  await yuki.getByLabel("From").fill("2099-01-01");
  await expect(yuki.getByText("There is nothing here yet, or nothing that fits.")).toBeVisible();
  await yuki.getByLabel("From").fill("");
  await expect(lines.filter({ hasText: "zz-audited" })).toHaveCount(2);
  const [file] = await Promise.all([yuki.waitForEvent("download"), yuki.getByRole("link", { name: "Export as CSV" }).click()]);
  expect(file.suggestedFilename()).toBe("audit-log-settings.csv");
  expect(await readFile(await file.path(), "utf8")).toContain("zz-audited");

  // What became of conversations, page after page.
  await yuki.getByRole("radio", { name: "Conversations" }).check();
  await expect(lines).toHaveCount(50);
  await yuki.getByRole("button", { name: "Show earlier" }).click();
  await expect(lines).toHaveCount(100);
  await lines.first().getByRole("link", { name: /^Conversation \d+$/ }).click();
  await expect(yuki.getByRole("log", { name: "Messages" })).toBeVisible();

  await maya.goto("/settings/audit-log");
  await live(maya);
  await expect(maya.getByRole("main", { name: "Audit log" }).getByRole("alert")).toHaveText("This page is for those who read the audit log. Your roles do not let you.");
});

test("a group is made, its people see its conversations at once, and it is deleted and brought back", { tag: "@003-14" }, async ({ yuki, sam }) => {
  await sam.goto("/inbox/unassigned");
  await live(sam);
  await yuki.goto("/settings/groups");
  await live(yuki);
  await yuki.getByRole("button", { name: "New group" }).click();
  const form = yuki.getByRole("dialog", { name: "Group" });
  await form.getByLabel("Name").fill("Billing");
  await form.getByRole("button", { name: "Add group" }).click();
  await expect(form.getByRole("alert")).toHaveText("There is “Billing” already. Choose another name.");
  await expect(form.getByLabel("Name")).toBeFocused();
  await form.getByLabel("Name").fill("Zz complaints");
  await form.getByRole("checkbox", { name: "Sam Keller" }).check();
  await expect(form.getByRole("region", { name: "What changes" })).toContainText("Sam Keller sees the conversations of");
  await form.getByRole("button", { name: "Add group" }).click();
  await expect(form).toHaveCount(0);
  const row = yuki.getByRole("list", { name: "Groups" }).getByRole("listitem").filter({ hasText: "Zz complaints" });
  await expect(row).toContainText("Sam Keller");
  // Without a reload, in everybody's pickers.
  await sam.getByRole("button", { name: "Filters", exact: true }).click();
  await sam.getByRole("button", { name: /^Group: / }).click();
  await expect(sam.getByRole("menuitemcheckbox", { name: "Zz complaints" })).toBeVisible();

  await yuki.getByRole("button", { name: "Delete Billing" }).click();
  await expect(yuki.getByText(/^What comes in by “.*” is this group's\.|conversations of this group are still open/)).toBeVisible();
  await yuki.getByRole("button", { name: "Delete Zz complaints" }).click();
  await expect(row).toContainText("Deleted");
  await yuki.getByRole("button", { name: "Bring back Zz complaints" }).click();
  await expect(row).not.toContainText("Deleted");
});

test("outgoing messages are hidden until an admin switches them on, and their link says who can", { tag: "@003-44" }, async ({ maya, yuki }) => {
  await maya.goto("/outgoing");
  await live(maya);
  const page = maya.getByRole("main", { name: "Outgoing message" });
  await expect(page.getByRole("status")).toHaveText("Outgoing messages are switched off. An admin switches them on under Settings, Features.");
  await expect(page).toContainText("Ask Yuki Tanaka.");
  const entry = maya.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Outgoing message" });
  await expect(entry).toHaveCount(0);

  await yuki.goto("/outgoing");
  await live(yuki);
  await yuki.getByRole("link", { name: "Switch them on in Features" }).click();
  const outgoing = yuki.getByRole("switch", { name: "Outgoing messages" });
  await expect(outgoing).not.toBeChecked();
  await outgoing.click();
  await expect(outgoing).toBeChecked();
  await entry.click();
  await expect(page.getByRole("status")).toHaveText("No channel of this workspace can write first yet. Connect one that can, such as WhatsApp.");
  await outgoing.click();
  await expect(outgoing).not.toBeChecked();
  await expect(entry).toHaveCount(0);
});

test("the workspace gets another name, and everybody reads it at once", async ({ maya, yuki }) => {
  await maya.goto("/inbox/my-inbox");
  await live(maya);
  await yuki.goto("/settings/general");
  await live(yuki);
  const name = yuki.getByLabel("Workspace name");
  await name.fill(" ");
  await yuki.getByRole("button", { name: "Save changes" }).click();
  await expect(yuki.getByRole("alert")).toHaveText("Write a name.");
  await name.fill("Fernhill & Sons");
  await yuki.getByRole("button", { name: "Save changes" }).click();
  await expect(yuki.getByText("Saved. It holds at once.")).toBeVisible();
  await expect(maya.getByRole("navigation", { name: "Main" })).toContainText("Fernhill & Sons");
  await name.fill("Fernhill Outdoors");
  await yuki.getByRole("button", { name: "Save changes" }).click();
  await expect(maya.getByRole("navigation", { name: "Main" })).toContainText("Fernhill Outdoors");
});

test("whoever runs it sees what is well and what to look at", async ({ yuki }) => {
  await yuki.goto("/settings/health");
  await live(yuki);
  const facts = yuki.getByRole("main", { name: "System health" });
  await expect(facts).toContainText(/Database\s*SQLite 3\./);
  await expect(facts).toContainText(/Disk\s*[\d.]+ [KMG]B of [\d.]+ [KMG]B left/);
  await expect(yuki.getByRole("list", { name: "Warnings" })).toContainText("No backup was ever made.");
});
