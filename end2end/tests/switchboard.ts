import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const target = resolve(project, process.env["CARGO_TARGET_DIR"] || "target");
const program = join(target, "debug/switchboard");
/** What the browser loads. */
export const site = join(target, "site");

/** A running server. */
export interface Switchboard {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** What it has written to stderr so far. */
  log(): string;
  /** What it has told who started it. */
  output(): string;
  /** Ends it, and fails if it had ended by itself. */
  stop(): Promise<void>;
}

/** Starts the server of the development build on `folder`, on a port that the system chooses unless one is named. */
export async function start(folder: string, options: { port?: number; site?: string; demo?: boolean; mail?: string } = {}): Promise<Switchboard> {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`make test-end2end\``);

  // The settings of the person who runs the tests are not the tests' settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWITCHBOARD_")));
  const mail = options.mail ? ["--mail-server", options.mail, "--mail-from", "Fernhill Outdoors <support@fernhill.example>"] : [];
  const server = spawn(
    program,
    ["serve", ...mail, ...(options.demo === false ? [] : ["--demo"]), "--database", `sqlite:${folder}/switchboard.db`, "--listen", `127.0.0.1:${options.port ?? 0}`, "--site", options.site ?? site],
    { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] },
  );
  const killed = () => void server.kill("SIGKILL");
  process.once("exit", killed);

  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    const because = (reason: string) => {
      ended ??= reason;
      process.off("exit", killed);
      resolve();
    };
    server.once("error", (error) => because(error.message));
    server.once("close", (code, signal) => because(`it exited with ${signal ?? code}`));
  });

  // The lines are read to the end: a full pipe would stop the server.
  let output = "";
  const address = new Promise<string>((resolve) => {
    createInterface(server.stdout).on("line", (line) => {
      output += `${line}\n`;
      const found = /Switchboard is at (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), 60_000)));
  const url = await Promise.race([address, end.then(() => undefined), late]);
  clearTimeout(timer);
  if (!url) {
    server.kill("SIGKILL");
    throw new Error(`Switchboard did not start: ${ended ?? "no address after a minute"}\n${log}`);
  }

  return {
    url,
    log: () => log,
    output: () => output,
    async stop() {
      if (ended) throw new Error(`Switchboard stopped during the tests: ${ended}\n${log}`);
      server.kill("SIGTERM");
      const force = setTimeout(killed, 5_000);
      await end;
      clearTimeout(force);
    },
  };
}
