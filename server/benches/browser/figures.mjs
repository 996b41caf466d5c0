// What Switchboard costs in the browser, beside a page by hand (M) and a bare text box, each round one of both:
//
//     node figures.mjs PROGRAM HOUSES_DIR PAGE_DIR
//
// PROGRAM is a release, HOUSES_DIR where the data sets are (made when missing), PAGE_DIR what ../page/build.sh built.
// Prints one JSON array of { name, goal, most, most_ms, rounds: [[ours, denominator], …] }; everything else goes to stderr.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacking, minimal } from "./minimal.mjs";
import { fill, serve, signIn } from "./switchboard.mjs";

/** Rounds of a comparison. */
const COLD_ROUNDS = 7;
const TYPING_ROUNDS = 5;

/** How long a page goes on working after it can be used: that belongs to what its start costs. */
const QUIET_MS = 500;

/** What somebody does one after the other; a round of each kind is as many as that. */
const STEPS = 100;
const WORKING_ROUNDS = 1;

/** Between two of them: nobody looks at what they asked for and asks for the next in less. */
const GLANCE_MS = 150;

/** Quick replies that somebody has. */
const REPLIES = 2_000;

/** How long a thread is scrolled. */
const SCROLL_MS = 2_000;

/** Messages of a long and of a short thread. */
const LONG = 5_000;
const SHORT = 50;

/** Writers that fill the threads: their messages share a flush. */
const WRITERS = 50;

/** What arrives while somebody types: ten messages a second. */
const ARRIVAL_MS = 100;

/** 200 keys, the last of them no space. */
const TEXT = "thank you for your patience we have asked the courier and the parcel will be with you tomorrow ".repeat(3).slice(0, 199) + ".";

/** Between two keys: a quick typist's burst. */
const KEY_MS = 20;

const SUPERVISOR = "yuki@fernhill.example";
const COLLEAGUE = "elena@fernhill.example";

const EMAIL = "input[type=email]";
const ROW = 'ul[aria-label="Conversations"] > li a';

const refuse = (sentence) => {
  console.error(sentence);
  process.exit(2);
};

const words = process.argv.slice(2);
if (words.length !== 3) refuse("Usage: node figures.mjs PROGRAM HOUSES_DIR PAGE_DIR");
const [program, houses, pageFolder] = words;
if (!existsSync(program)) refuse(`There is no program at ${program}: run \`make build\`.`);
const executablePath = process.env["CHROMIUM"] || "/usr/bin/chromium";
if (!existsSync(executablePath)) refuse(`There is no Chromium at ${executablePath}: run \`make setup-tests\`, or name one by CHROMIUM.`);
if (lacking(pageFolder).length) refuse(`${pageFolder} lacks ${lacking(pageFolder).join(", ")}: run server/benches/page/build.sh ${pageFolder}.`);
const { chromium } = await import("../../../end2end/node_modules/@playwright/test/index.mjs").catch(() => refuse("Playwright is missing: run `make setup`."));

const scratch = mkdtempSync(join(tmpdir(), "switchboard-figures-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

const rows = [];
const browser = await chromium.launch({
  executablePath,
  handleSIGINT: false,
  handleSIGTERM: false,
  handleSIGHUP: false,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const [few, many] = [await house(1_000), await house(100_000)];
  await starts(few);
  await growth(few, many);
  await working(few, many);
  await typing(few);
  await offering(few);
  console.log(JSON.stringify(rows));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
}
// The connections of those who asked are kept open.
process.exit();

function row(name, most, denominator, rounds) {
  push({ name, goal: most ? `<= ${most.toFixed(2)} x ${denominator}` : "-", most, most_ms: null, rounds });
}

/** A row whose goal is a figure; the other side is only to compare. */
function figure(name, most_ms, rounds) {
  push({ name, goal: `<= ${most_ms} ms`, most: null, most_ms, rounds });
}

function push(told) {
  const { name, rounds } = told;
  rows.push(told);
  const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const [ours, other, ratio] = [([a]) => a, ([, b]) => b, ([a, b]) => a / b].map((of) => middle(rounds.map(of)));
  console.error(`${name}: ${ours.toFixed(1)} beside ${other.toFixed(1)}, ratio ${ratio.toFixed(2)}`);
}

/** What the sides give. Who goes first changes from round to round: it may find the machine otherwise than who follows. */
async function inTurn(round, sides) {
  const given = [];
  for (let n = 0; n < sides.length; n++) {
    const side = (n + round) % sides.length;
    given[side] = await sides[side]();
  }
  return given;
}

/** Makes a data set, once. */
async function house(conversations) {
  const path = join(houses, `${conversations}.db`);
  if (existsSync(path)) return path;
  console.error(`Generating ${conversations} conversations…`);
  mkdirSync(houses, { recursive: true });
  const part = join(houses, `${conversations}.part`);
  for (const ending of ["", "-wal", "-shm"]) rmSync(part + ending, { force: true });
  await fill(program, part, conversations);
  renameSync(part, path);
  return path;
}

/** What a fresh browser pays for the sign-in form and for the inbox. */
async function starts(few) {
  const ours = await serve(program, few);
  const yuki = await signIn(ours.url, SUPERVISOR);
  const conversations = await yuki.page();
  check(conversations.length === 50, `a page of ${conversations.length} rows`);
  const brought = conversations.map(({ number, subject }) => ({
    number,
    who: `Visitor ${number}`,
    subject,
    preview: "Thank you, the courier comes between nine and ten tomorrow.",
    when: "2 hours ago",
  }));
  const m = await minimal(pageFolder, brought);
  const signIns = { usable: [], task: [] };
  const inboxes = { usable: [], task: [], heap: [] };
  for (let round = 0; round < COLD_ROUNDS; round++) {
    const forms = await inTurn(round, [
      () => cold(`${ours.url}/login`, EMAIL, undefined, canWrite),
      () => cold(`${m.url}/login`, EMAIL, undefined, canWrite),
    ]);
    for (const figure of ["usable", "task"]) signIns[figure].push(forms.map((side) => side[figure]));
    const lists = await inTurn(round, [
      () => cold(`${ours.url}/inbox/all`, ROW, yuki.storageState, (page) => holds(page, conversations)),
      () => cold(`${m.url}/inbox/all`, ROW, undefined, async (page) => check((await page.locator(ROW).count()) === 50, "M's rows")),
    ]);
    for (const figure of ["usable", "task", "heap"]) inboxes[figure].push(lists.map((side) => side[figure]));
  }
  row("Sign-in, cold, ms until one can write", 2.5, "M", signIns.usable);
  row("Sign-in, cold, main thread's ms", 2.5, "M", signIns.task);
  row("Inbox, cold, ms until its rows are seen", 2.5, "M", inboxes.usable);
  row("Inbox, cold, main thread's ms", 2.5, "M", inboxes.task);
  row("Inbox, JavaScript's heap, KB", null, "M", inboxes.heap);
  m.stop();
  await ours.stop();
}

async function canWrite(page) {
  await page.keyboard.press("Tab");
  await page.locator(EMAIL).fill("yuki@fernhill.example");
  check((await page.locator(EMAIL).inputValue()) === "yuki@fernhill.example", "the address that was typed");
}

/** Whether the inbox shows those, hears what happens, and opens one of them. */
async function holds(page, conversations) {
  await page.locator("html[data-line=live]").waitFor();
  const first = page.locator(ROW).first();
  const name = await first.getAttribute("aria-label");
  check(name.startsWith(`${conversations[0].number}, `), `the first row is ${name}`);
  await first.click();
  await page.getByRole("log", { name: "Messages" }).getByRole("article").first().waitFor();
}

/** A page in a browser that has never seen it. */
async function cold(url, selector, storageState, isRight) {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    const usable = await open(page, url, selector);
    await page.waitForTimeout(QUIET_MS);
    const task = (await metrics(session)).TaskDuration * 1e3;
    await session.send("HeapProfiler.collectGarbage");
    const heap = (await metrics(session)).JSHeapUsedSize / 1024;
    await isRight(page);
    return { usable, task, heap };
  } finally {
    await context.close();
  }
}

async function metrics(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Goes there, and says after how many milliseconds what `selector` names had been painted and could be used. */
async function open(page, url, selector) {
  await page.addInitScript((selector) => {
    globalThis.usable = new Promise((resolve) => {
      const look = () => {
        const found = document.querySelector(selector);
        const isThere = found && !found.disabled && found.getClientRects().length > 0 && !found.closest("[aria-busy=true]");
        if (!isThere) return requestAnimationFrame(look);
        // A message is delivered behind the frame, and behind whatever else keeps the page from answering.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    });
  }, selector);
  await page.goto(url, { waitUntil: "commit" });
  return page.evaluate(() => globalThis.usable);
}

/** The inbox of a hundred times as many conversations. */
async function growth(few, many) {
  const sides = [];
  for (const path of [many, few]) {
    const server = await serve(program, path);
    const yuki = await signIn(server.url, SUPERVISOR);
    const context = await browser.newContext({ storageState: yuki.storageState, viewport: { width: 1280, height: 800 } });
    sides.push({ server, context, conversations: await yuki.page() });
  }
  const [elements, opening] = [[], []];
  // The first round brings the files into the cache.
  for (let round = 0; round <= COLD_ROUNDS; round++) {
    const visit = async ({ server, context, conversations }) => {
      const page = await context.newPage();
      const usable = await open(page, `${server.url}/inbox/all`, ROW);
      await page.locator("html[data-line=live]").waitFor();
      await page.waitForTimeout(QUIET_MS);
      const n = await page.evaluate(() => document.querySelectorAll("*").length);
      await holds(page, conversations);
      await page.close();
      return { usable, n };
    };
    const pair = await inTurn(round, sides.map((side) => () => visit(side)));
    if (round === 0) continue;
    elements.push(pair.map(({ n }) => n));
    opening.push(pair.map(({ usable }) => usable));
  }
  row("Inbox, 100000 : 1000 conversations, elements", 1.05, "1000", elements);
  row("Inbox, 100000 : 1000 conversations, opening, ms", 1.5, "1000", opening);
  for (const { server, context } of sides) {
    await context.close();
    await server.stop();
  }
}

/** A supervisor at work in a small and in a large inbox: each step until what it asks for is painted. */
async function working(few, many) {
  const sides = [];
  for (const path of [many, few]) {
    const copy = join(scratch, `working-${sides.length}.db`);
    copyFileSync(path, copy);
    const server = await serve(program, copy);
    const yuki = await signIn(server.url, SUPERVISOR);
    const context = await browser.newContext({ storageState: yuki.storageState, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await open(page, `${server.url}/inbox/all`, ROW);
    await page.locator("html[data-line=live]").waitFor();
    await settle(page);
    sides.push({ server, context, page });
  }
  const [views, opening, filters, searches] = [[], [], [], []];
  for (let round = 0; round < WORKING_ROUNDS; round++) {
    for (const [figures, steps] of [[views, switchViews], [opening, openRows], [filters, chooseFilters], [searches, search]]) {
      figures.push(await inTurn(round, sides.map(({ page }) => () => steps(page, round))));
    }
  }
  const of = `100000 : 1000 conversations, p95 of ${STEPS}, ms`;
  figure(`Another view, ${of}`, 100, views);
  figure(`Opening a conversation, ${of}`, 100, opening);
  figure(`A filter, ${of}`, 100, filters);
  figure(`Searching, ${of}`, 300, searches);
  for (const { context, server } of sides) {
    await context.close();
    await server.stop();
  }
}

/** Until the list stands still. */
function settle(page) {
  return page.locator('ul[aria-label="Conversations"][aria-busy=false]').waitFor();
}

/**
 * How long after `act` what `isThere` looks for had been painted. Both are functions of the page, which get `given`.
 * What is there from the start says nothing: `isThere` is asked from the frame after `act` on.
 */
async function painted(page, act, isThere, given) {
  const watch = (act, isThere, given) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const ask = () => {
        if (performance.now() - began > 10_000) return reject(new Error(`it is not painted: ${given}`));
        if (!isThere(given)) return requestAnimationFrame(ask);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - began);
        port2.postMessage(null);
      };
      act(given);
      requestAnimationFrame(ask);
    });
  await page.waitForTimeout(GLANCE_MS);
  // As text: the page's own rules let nothing be evaluated in it.
  return page.evaluate(`(${watch})(${act}, ${isThere}, ${JSON.stringify(given)})`);
}

function p95(values) {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
}

async function switchViews(page) {
  const labels = await page.getByRole("navigation", { name: "Views" }).getByRole("link").evaluateAll((all) => all.map((a) => a.getAttribute("aria-label")));
  const names = labels.map((label) => label.split(",")[0]);
  check(names.length >= 8, `the views ${names}`);
  const times = [];
  for (let n = 0; n < STEPS; n++) {
    const title = names[n % names.length];
    const act = (title) => [...document.querySelectorAll('[aria-label="Views"] a')].find((a) => a.getAttribute("aria-label").startsWith(`${title}, `) || a.getAttribute("aria-label") === title).click();
    const isThere = (title) => document.querySelector("#list-title").textContent.trim() === title && document.querySelector('ul[aria-label="Conversations"]')?.getAttribute("aria-busy") !== "true";
    times.push(await painted(page, act, isThere, title));
  }
  return p95(times);
}

async function openRows(page) {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: /^All(,|$)/ }).click();
  await settle(page);
  const times = [];
  for (let n = 0; n < STEPS; n++) {
    // Each row of the first pages once: a thread that is here already costs nothing.
    const number = await page.evaluate((n) => {
      const rows = [...document.querySelectorAll('ul[aria-label="Conversations"] > li a')];
      globalThis.opened ??= new Set();
      const next = rows.find((a) => !globalThis.opened.has(a.getAttribute("href"))) ?? rows[n % rows.length];
      globalThis.opened.add(next.getAttribute("href"));
      next.scrollIntoView({ block: "center" });
      return next.getAttribute("aria-label").split(",")[0];
    }, n);
    const act = (number) => [...document.querySelectorAll('ul[aria-label="Conversations"] > li a')].find((a) => a.getAttribute("aria-label").startsWith(`${number}, `)).click();
    const isThere = (number) => document.querySelector(".thread__title p")?.textContent.endsWith(`#${number}`) && document.querySelector("#messages article") !== null;
    times.push(await painted(page, act, isThere, number));
  }
  return p95(times);
}

async function chooseFilters(page, round) {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: /^All(,|$)/ }).click();
  await settle(page);
  const button = page.getByRole("button", { name: "Filters", exact: true });
  if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
  const bar = page.getByRole("group", { name: "Filters" });
  const times = [];
  const fields = ["Group", "Priority", "Tag", "Channel"];
  for (let n = 0; n < STEPS; n++) {
    // One value more or less of a field: seldom the same filter twice.
    await bar.getByRole("button", { name: new RegExp(`^${fields[n % fields.length]}: `) }).click();
    const place = Math.floor(n / fields.length) + round;
    const act = (place) => {
      const items = [...document.querySelectorAll("#filters [role=menuitemcheckbox]")];
      const item = items[place % items.length];
      globalThis.item = [item, item.getAttribute("aria-checked")];
      item.click();
    };
    const isThere = () => globalThis.item[0].getAttribute("aria-checked") !== globalThis.item[1] && document.querySelector('ul[aria-label="Conversations"]')?.getAttribute("aria-busy") !== "true";
    times.push(await painted(page, act, isThere, place));
    await page.keyboard.press("Escape");
  }
  const clear = bar.getByRole("button", { name: "Clear filters" });
  if (await clear.count()) await clear.click();
  return p95(times);
}

async function search(page) {
  const words = ["refund", "order", "tent", "stove", "invoice", "delivery", "broken", "thank", "return", "size"];
  const times = [];
  for (let n = 0; n < STEPS; n++) {
    const text = words[n % words.length].slice(0, 3 + (n % 4)) + (n >= 50 ? ` ${words[(n * 7) % words.length].slice(0, 3)}` : "");
    const act = (text) => {
      const box = document.querySelector("#search");
      box.value = text;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    const isThere = () => document.querySelector('ul[aria-label="Conversations"]')?.getAttribute("aria-busy") !== "true";
    times.push(await painted(page, act, isThere, text));
  }
  await page.locator("#search").fill("");
  await settle(page);
  return p95(times);
}

/** A long thread: until its newest page is painted, and how long its frames take while it is scrolled. */
async function opens(ours, person, conversation) {
  const context = await browser.newContext({ storageState: person.storageState, viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await open(page, `${ours.url}/inbox/all`, ROW);
    await page.locator("html[data-line=live]").waitFor();
    await settle(page);
    const act = (number) => [...document.querySelectorAll('ul[aria-label="Conversations"] > li a')].find((a) => a.getAttribute("aria-label").startsWith(`${number}, `)).click();
    const isThere = (number) => document.querySelector(".thread__title p")?.textContent.endsWith(`#${number}`) && document.querySelector("#messages article") !== null;
    const opened = await painted(page, act, isThere, conversation.number);
    const frames = await page.evaluate(
      (ms) =>
        new Promise((resolve) => {
          const log = document.querySelector("#messages");
          const [times, began] = [[], performance.now()];
          let last = began;
          const step = (now) => {
            times.push(now - last);
            last = now;
            log.scrollTop = (log.scrollHeight - log.clientHeight) * Math.abs(Math.sin((now - began) / 300));
            if (now - began < ms) requestAnimationFrame(step);
            else resolve(times.slice(2));
          };
          requestAnimationFrame(step);
        }),
      SCROLL_MS,
    );
    return { opened, frame: p95(frames) };
  } finally {
    await context.close();
  }
}

/** Keys in the reply box of a long thread that goes on growing. */
async function typing(few) {
  const copy = join(scratch, "typing.db");
  copyFileSync(few, copy);
  const ours = await serve(program, copy);
  const [yuki, elena] = [await signIn(ours.url, SUPERVISOR), await signIn(ours.url, COLLEAGUE)];
  const [long, ...short] = await yuki.page();
  await write(elena, long, LONG);
  for (const conversation of short.slice(0, TYPING_ROUNDS)) await write(elena, conversation, SHORT);
  const [opening, scrolling] = [[], []];
  for (let round = 0; round < TYPING_ROUNDS; round++) {
    const pair = await inTurn(round, [() => opens(ours, yuki, long), () => opens(ours, yuki, short[round])]);
    opening.push(pair.map(({ opened }) => opened));
    scrolling.push(pair.map(({ frame }) => frame));
  }
  figure(`Opening a thread, ${LONG} : ${SHORT} messages, ms`, 150, opening);
  figure(`Scrolling it, p95 of its frames, ms`, 17, scrolling);
  const m = await minimal(pageFolder, []);
  const [beside, ofShort] = [[], []];
  for (let round = 0; round < TYPING_ROUNDS; round++) {
    const [bare, inLong, inShort] = await inTurn(round, [
      () => keys(`${m.url}/bare`, "textarea"),
      () => keysIn(ours, yuki, elena, long, round === 0 ? `Message ${LONG}.` : undefined),
      () => keysIn(ours, yuki, elena, short[round], `Message ${SHORT}.`),
    ]);
    beside.push([inLong, bare]);
    ofShort.push([inLong, inShort]);
  }
  row(`Key to frame, ${LONG} messages and 10 more a second, p98 ms`, 1.5, "a bare text box", beside);
  row(`Key to frame, ${LONG} : ${SHORT} messages, p98 ms`, 1.2, `${SHORT}`, ofShort);
  m.stop();
  await ours.stop();
}

/** A stroke in the reply box until the quick replies are painted: of so many, and of few. */
async function offering(few) {
  const opening = [];
  const sides = [];
  for (const n of [REPLIES, 20]) {
    const copy = join(scratch, `offering-${n}.db`);
    copyFileSync(few, copy);
    const ours = await serve(program, copy);
    const yuki = await signIn(ours.url, SUPERVISOR);
    await yuki.addReplies(n);
    const [conversation] = await yuki.page();
    const context = await browser.newContext({ storageState: yuki.storageState, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await open(page, `${ours.url}/inbox/all/${conversation.number}`, "#composer-text");
    await page.locator("html[data-line=live]").waitFor();
    // The first time they are fetched.
    await page.locator("#composer-text").pressSequentially("/");
    await page.locator("#suggest").waitFor();
    await page.locator("#composer-text").fill("");
    sides.push({ page, context, ours });
  }
  for (let round = 0; round < STEPS; round++) {
    opening.push(await inTurn(round, sides.map(({ page }) => () => stroke(page))));
  }
  const of = opening.map(([many]) => many);
  console.error(`Opening ${REPLIES} quick replies, p95 of ${STEPS}: ${p95(of).toFixed(1)} ms`);
  figure(`Opening ${REPLIES} : 20 quick replies, ms`, 50, opening);
  for (const { context, ours } of sides) {
    await context.close();
    await ours.stop();
  }
}

/** A stroke until the list is there; both are gone after it. */
async function stroke(page) {
  const act = () => {
    const box = document.querySelector("#composer-text");
    box.focus();
    box.value = "/";
    box.setSelectionRange(1, 1);
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const took = await painted(page, act, () => document.querySelector("#suggest") !== null, null);
  await page.locator("#composer-text").fill("");
  await page.locator("#suggest").waitFor({ state: "detached" });
  return took;
}

/** So many messages, the last of them `Message N.` */
async function write(person, conversation, n) {
  let next = 1;
  const writer = async () => {
    while (next < n) await person.note(conversation.id, `Message ${next++}.`);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await person.note(conversation.id, `Message ${n}.`);
}

/** The same as `keys`, while a colleague writes in that conversation. */
async function keysIn(ours, person, colleague, conversation, newest) {
  const log = (page) => page.getByRole("log", { name: "Messages" });
  const arriving = { sent: [], timer: undefined };
  const arrive = () => arriving.sent.push(colleague.note(conversation.id, `Arriving ${arriving.sent.length + 1}.`));
  try {
    return await keys(`${ours.url}/inbox/all/${conversation.number}`, "#composer-text", person.storageState, {
      async before(page) {
        await page.locator("html[data-line=live]").waitFor();
        if (newest) await log(page).getByText(newest, { exact: true }).waitFor();
        arriving.timer = setInterval(arrive, ARRIVAL_MS);
      },
      async after(page, took) {
        clearInterval(arriving.timer);
        await Promise.all(arriving.sent);
        const n = arriving.sent.length;
        check(n >= (took / ARRIVAL_MS) * 0.9, `${n} messages sent in ${took} ms`);
        await log(page).getByText(`Arriving ${n}.`, { exact: true }).last().waitFor();
      },
    });
  } finally {
    clearInterval(arriving.timer);
  }
}

/** Types into what `selector` names; the 98th of 100 frames' milliseconds after their keys. */
async function keys(url, selector, storageState, { before, after } = {}) {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await open(page, url, selector);
    await before?.(page);
    const box = page.locator(selector);
    // What was typed in the round before is the draft of the same agent.
    await page.waitForTimeout(QUIET_MS);
    await box.fill("");
    await box.click();
    await box.evaluate((box) => {
      globalThis.frames_ms = [];
      box.addEventListener("keydown", ({ timeStamp }) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => globalThis.frames_ms.push(performance.now() - timeStamp);
          port2.postMessage(null);
        });
      });
    });
    const began = performance.now();
    await page.keyboard.type(TEXT, { delay: KEY_MS });
    const took = performance.now() - began;
    check((await box.inputValue()) === TEXT, "what was typed stands in the box");
    const frames = await page.evaluate(() => globalThis.frames_ms.toSorted((a, b) => a - b));
    check(frames.length === TEXT.length, `${frames.length} frames of ${TEXT.length} keys`);
    await after?.(page, took);
    return frames[Math.ceil(frames.length * 0.98) - 1];
  } finally {
    await context.close();
  }
}

function check(isRight, what) {
  if (!isRight) throw new Error(`Not as it should be: ${what}`);
}
