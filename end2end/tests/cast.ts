// The people of the demo workspace, each in a browser of their own:
//
//     test("Sam sees what Maya wrote", async ({ maya, sam }) => { … });
//
// Each is a signed-in `Page`, opened only when a test names it.
import { type Browser, type Cookie, expect, type Page } from "@playwright/test";
import { test as server } from "./server";
import type { Switchboard } from "./switchboard";

const people = ["maya", "sam", "lukas", "noor", "chidi", "jonas", "elena", "tom", "yuki"] as const;
export type Person = (typeof people)[number];

export const email = (person: Person) => `${person}@fernhill.example`;
export const password = "fernhill-demo";

/** Signs in by the form, as a person does. Needs a page that is signed out. */
export async function signIn(page: Page, person: Person) {
  await page.goto("/login");
  await page.getByRole("textbox", { name: "Email" }).fill(email(person));
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

const ALL = { view: "all", groups: [], operators: [], statuses: [], channels: [], scopes: [], priorities: [], tags: [], lead: null, since: null, until: null };

/** Forgets what an earlier test began to write: the server keeps it for every browser of that person. */
async function clearDrafts(page: Page) {
  const headers = { origin: new URL(page.url()).origin };
  const ask = async (name: string, data: unknown) => (await page.request.post(`/api/${name}`, { data, headers })).json();
  const by = (await ask("snapshot", { filter: ALL, open: null })).viewer.agent;
  const drafts: { text: string; at: number }[] = await ask("drafts", { by });
  const begun = drafts.filter(({ text }) => text);
  await ask("save_drafts", { by, drafts: begun.map((draft) => ({ ...draft, text: "", at: draft.at + 1 })) });
}

/** A fresh browser for `person`. The cookies of an earlier test spare the form, unless their session was ended. */
async function enter(browser: Browser, person: Person, cookies: Map<Person, Cookie[]>) {
  const context = await browser.newContext();
  // Replies go at once, unless a test wants to take one back.
  await context.addInitScript(() => localStorage.getItem("undo-send") ?? localStorage.setItem("undo-send", "0"));
  const page = await context.newPage();
  const known = cookies.get(person);
  if (known) {
    await context.addCookies(known);
    await page.goto("/");
  }
  if (!known || new URL(page.url()).pathname === "/login") {
    await signIn(page, person);
    cookies.set(person, await context.cookies());
  }
  await clearDrafts(page);
  return page;
}

type Fixture = (
  args: { browser: Browser; cookies: Map<Person, Cookie[]> },
  use: (page: Page) => Promise<void>,
) => Promise<void>;

const fixture =
  (person: Person): Fixture =>
  async ({ browser, cookies }, use) => {
    const page = await enter(browser, person, cookies);
    // Whoever's page broke does not say so: what stands there goes on standing there.
    const broken: string[] = [];
    page.on("pageerror", (error) => broken.push(error.message));
    await use(page);
    await page.context().close();
    expect(broken).toEqual([]);
  };

/** Who is signed in, by the server that knows them. */
const signedIn = new WeakMap<Switchboard, Map<Person, Cookie[]>>();

export const test = server.extend<Record<Person, Page> & { cookies: Map<Person, Cookie[]> }>({
  cookies: async ({ server }, use) => {
    const cookies = signedIn.get(server) ?? new Map<Person, Cookie[]>();
    signedIn.set(server, cookies);
    await use(cookies);
  },
  maya: fixture("maya"),
  sam: fixture("sam"),
  lukas: fixture("lukas"),
  noor: fixture("noor"),
  chidi: fixture("chidi"),
  jonas: fixture("jonas"),
  elena: fixture("elena"),
  tom: fixture("tom"),
  yuki: fixture("yuki"),
});

export { expect } from "@playwright/test";
