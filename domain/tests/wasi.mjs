#!/usr/bin/env -S node --no-warnings
// Runs a test program that was compiled to WebAssembly: wasi.mjs <file.wasm> [arguments…].
// `.cargo/config.toml` names it as the runner, so `cargo test -p domain --target wasm32-wasip1` finds it.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [file, ...rest] = process.argv.slice(2);
const here = process.cwd();
// Under both names, because a test may ask for a file by `CARGO_MANIFEST_DIR`.
const preopens = { ".": here, [here]: here };
const wasi = new WASI({ version: "preview1", args: [file, ...rest], env: process.env, preopens });
const { instance } = await WebAssembly.instantiate(await readFile(file), wasi.getImportObject());
try {
  process.exitCode = wasi.start(instance);
} catch (trap) {
  // A panic ends the whole program here, and what the test had printed is lost with it.
  console.error(`\nThe test named last stopped the run (${trap.message}); \`-- --nocapture\` shows its message.`);
  process.exitCode = 101;
}
