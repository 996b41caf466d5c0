import { defineConfig } from "@playwright/test";
import { chromium } from "./tests/chromium";

export default defineConfig({
  testDir: "tests",
  // Makes the demo database that each file's server starts from: see tests/server.ts.
  globalSetup: "./tests/demo.ts",
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env["CI"],
  retries: 0,
  // Two workers on two cores that may be busy with something else: what never comes fails late, and nothing else does.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: process.env["CI"] ? "list" : [["list"], ["html", { open: "never" }]],
  use: {
    // `baseURL` is the file's own server: see tests/server.ts.
    locale: "en-GB",
    timezoneId: "Europe/Zurich",
    reducedMotion: "reduce",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [{ name: "chromium", use: { browserName: "chromium", viewport: { width: 1280, height: 800 } } }],
});
