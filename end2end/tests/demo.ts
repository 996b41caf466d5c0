import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "./chromium";
import { start } from "./switchboard";

/** Fills one demo database for the whole run; each file's server starts from a copy, which is quicker. */
export default async function demo() {
  if (!existsSync(chromium)) throw new Error("Chromium is missing: run `make setup-tests`");

  const folder = await mkdtemp(join(tmpdir(), "switchboard-demo-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const switchboard = await start(folder);
    await switchboard.stop();
  } catch (error) {
    await remove();
    throw error;
  }
  process.env["SWITCHBOARD_TEST_DEMO"] = folder;
  return remove;
}
