#!/usr/bin/env bash
# Builds M's page into a folder, unless what is there is newer than its sources: build.sh OUT_DIR
# wasm-bindgen and wasm-opt are those that Switchboard is built with, and so are wasm-opt's switches.
set -euo pipefail

if [ $# != 1 ]; then
	echo "Usage: build.sh OUT_DIR" >&2
	exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)

# Written last: a build that broke off is done again.
done="$out/index.html"
sources=("$here/build.sh" "$here/index.html" "$here/Cargo.toml" "$here/Cargo.lock" "$here/src" "$here/src/main.rs" "$project/Cargo.toml")
if [ -e "$done" ] && [ -z "$(find "${sources[@]}" -newer "$done" -print -quit)" ]; then
	exit 0
fi

for tool in cargo node wasm-bindgen wasm-opt; do
	command -v "$tool" >/dev/null || {
		echo "$tool is missing: run \`make setup\`, and this by \`make bench\`, which knows where the tools are" >&2
		exit 2
	}
done
mapfile -t switches < <(sed -n '/^wasm-opt-features = \[/,/^\]/s/^ *"\(.*\)",$/\1/p' "$project/Cargo.toml")
if [ ${#switches[@]} = 0 ]; then
	echo "Cargo.toml names no wasm-opt-features: M would be built otherwise than Switchboard" >&2
	exit 2
fi

echo "Building the minimal page (about 2 minutes the first time)…" >&2
# A folder of its own in there: other builds do not wait for this one.
target=$(cd "$project" && realpath -m "${CARGO_TARGET_DIR:-target}")/page
cd "$here"
cargo build --quiet --locked --target wasm32-unknown-unknown --profile wasm-release --target-dir "$target"
wasm-bindgen --target web --no-typescript --out-dir "$out" "$target/wasm32-unknown-unknown/wasm-release/page.wasm"
wasm-opt "${switches[@]}" "$out/page_bg.wasm" -o "$out/page_bg.wasm"
node -e '
	const { readFileSync, writeFileSync } = require("node:fs");
	const { brotliCompressSync, constants } = require("node:zlib");
	const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
	for (const file of process.argv.slice(1)) writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), best));
' "$out/page.js" "$out/page_bg.wasm"
cp index.html "$done"
touch "$done"
