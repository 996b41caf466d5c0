import { test as base } from "@playwright/test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPost, type Post } from "./post";
import { start, type Switchboard } from "./switchboard";

/** Gives each worker a server and a demo database of its own; `page` and every context know its address. */
export const test = base.extend<{ log: void }, { server: Switchboard; post: Post }>({
  post: [
    async ({}, use) => {
      const post = await openPost();
      await use(post);
      await post.stop();
    },
    { scope: "worker" },
  ],

  server: [
    async ({ post }, use) => {
      const demo = process.env["SWITCHBOARD_TEST_DEMO"];
      if (!demo) throw new Error("There is no demo database: the tests run through playwright.config.ts");
      const folder = await mkdtemp(join(tmpdir(), "switchboard-test-"));
      try {
        await cp(demo, folder, { recursive: true });
        const server = await start(folder, { mail: post.url });
        await use(server);
        await server.stop();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: 90_000 },
  ],

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
