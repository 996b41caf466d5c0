// A program under load: a release of Switchboard on a data set, and the people who ask it.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";

const PASSWORD = "fernhill-demo";

/** How long a start may take: migrations included. */
const START_MS = 60_000;

const running = new Set();
// However this ends: a program that went on would be load on the next run.
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Fills `database` with so many conversations. */
export function fill(program, database, conversations) {
  return ended(child(program, ["demo", "--conversations", String(conversations), "--database", `sqlite:${database}`], "ignore"));
}

/** Serves `database` until `stop()`. */
export async function serve(program, database) {
  const server = child(program, ["serve", "--database", `sqlite:${database}`, "--listen", "127.0.0.1:0"], "pipe");
  const end = ended(server);
  const address = new Promise((resolve) => {
    createInterface(server.stdout).on("line", (line) => {
      const found = /Switchboard is at (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Switchboard did not say its address within ${START_MS / 1000} s`)), START_MS);
  });
  const early = end.then(() => Promise.reject(new Error("Switchboard stopped before it said its address")));
  const url = await Promise.race([address, early, late]).finally(() => clearTimeout(timer));
  // From here on its end is what `stop` asks for.
  early.catch(() => {});
  return {
    url,
    async stop() {
      server.kill("SIGTERM");
      await end;
    },
  };
}

function child(program, words, stdout) {
  // The settings of the person who measures are not those of the program that is measured.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")));
  const child = spawn(program, words, { env: { ...env, RUST_LOG: "warn" }, stdio: ["ignore", stdout, "inherit"] });
  running.add(child);
  return child;
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      if (code === 0) resolve();
      else reject(new Error(`${child.spawnfile} ended with ${signal ?? code}`));
    });
  });
}

/** Somebody of the demo, signed in. */
export async function signIn(url, email) {
  const form = new URLSearchParams({ email, password: PASSWORD }).toString();
  const answer = await ask(url, "/login", { "content-type": "application/x-www-form-urlencoded" }, form);
  const [cookie] = answer.headers["set-cookie"] ?? [];
  if (!cookie) throw new Error(`${email} was not signed in: ${answer.status}`);
  return new Person(url, cookie.split(";")[0]);
}

class Person {
  constructor(url, cookie) {
    this.url = url;
    this.cookie = cookie;
  }

  /** What a browser of theirs begins with. */
  get storageState() {
    const at = this.cookie.indexOf("=");
    const cookie = { name: this.cookie.slice(0, at), value: this.cookie.slice(at + 1), domain: "127.0.0.1", path: "/", expires: -1 };
    return { cookies: [{ ...cookie, httpOnly: true, secure: false, sameSite: "Lax" }], origins: [] };
  }

  async ask(path, body) {
    const answer = await ask(this.url, path, { "content-type": "application/json", cookie: this.cookie }, JSON.stringify(body));
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body);
  }

  /** Who they are. */
  async me() {
    this.id ??= (await this.ask("/api/snapshot", { filter: ALL, open: null })).viewer.agent;
    return this.id;
  }

  /** The newest 50 conversations. */
  async page() {
    return (await this.ask("/api/page", { filter: ALL, after: null })).rows.map((row) => row.scene.conversation);
  }

  /** Adds quick replies until they have so many. */
  async addReplies(n) {
    const by = await this.me();
    const known = await this.ask("/api/quick_replies", {});
    for (let i = known.length; i < n; i++) {
      const reply = { id: randomUUID(), purpose: "reply", name: `Answer ${i} about parcels`, shortcut: `answer${i}`, category: `Topic ${i % 20}`, text: `Hello {{contact.first_name|there}}, this is answer ${i}.`, by, shared: "mine", uses: 0 };
      await this.ask("/api/save_quick_reply", { reply });
    }
  }

  /** Writes down `text` in `conversation`. */
  async note(conversation, text) {
    const command = { note: { words: { id: randomUUID(), text }, mentions: [] } };
    await this.ask("/api/run", { request: { id: randomUUID(), by: await this.me(), conversation, command } });
  }
}

const ALL = { view: "all", groups: [], operators: [], statuses: [], channels: [], priorities: [], tags: [], lead: null, since: null, until: null };

const connections = new Agent({ keepAlive: true });

function ask(url, path, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", agent: connections, headers: { ...headers, origin: url, "content-length": Buffer.byteLength(body) } };
    const asked = request(new URL(path, url), options, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() });
    });
    asked.once("error", reject);
    asked.end(body);
  });
}
