import { test as base } from "@playwright/test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPost, type Post } from "./post";
import { start, type Switchboard } from "./switchboard";

/** A server with a fresh demo for each file of tests, so that none depends on what ran before it, or where. */
class Houses {
  private now?: { file: string; server: Switchboard; folder: string };

  constructor(private readonly demo: string, private readonly mail: string) {}

  async of(file: string): Promise<Switchboard> {
    if (this.now?.file === file) return this.now.server;
    await this.close();
    const folder = await mkdtemp(join(tmpdir(), "switchboard-test-"));
    try {
      await cp(this.demo, folder, { recursive: true });
      const server = await start(folder, { mail: this.mail });
      this.now = { file, server, folder };
      return server;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async close() {
    const last = this.now;
    this.now = undefined;
    try {
      await last?.server.stop();
    } finally {
      if (last) await rm(last.folder, { recursive: true, force: true });
    }
  }
}

/** Gives each file a server and a demo database of its own; `page` and every context know its address. */
export const test = base.extend<{ server: Switchboard; log: void }, { post: Post; houses: Houses }>({
  post: [
    async ({}, use) => {
      const post = await openPost();
      await use(post);
      await post.stop();
    },
    { scope: "worker" },
  ],

  houses: [
    async ({ post }, use) => {
      const demo = process.env["SWITCHBOARD_TEST_DEMO"];
      if (!demo) throw new Error("There is no demo database: the tests run through playwright.config.ts");
      const houses = new Houses(demo, post.url);
      await use(houses);
      await houses.close();
    },
    { scope: "worker", timeout: 90_000 },
  ],

  server: async ({ houses }, use, info) => use(await houses.of(info.file)),

  baseURL: async ({ server }, use) => use(server.url),

  // What the server said stands beside a failed test.
  log: [
    async ({ server }, use, info) => {
      const before = server.log().length;
      await use();
      if (info.status !== info.expectedStatus) {
        await info.attach("server.log", { body: server.log().slice(before), contentType: "text/plain" });
      }
    },
    { auto: true },
  ],
});

export { expect } from "@playwright/test";
