# Building, running and testing Switchboard. `make` prints what there is to ask for.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# In the order written, one after the other: cargo uses every core by itself.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# ---- Where things are ------------------------------------------------------------------------------------------

# Tools that are compiled once for all clones.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/switchboard
TOOLS := $(CACHE)/tools

CARGO_TARGET_DIR ?= target
override CARGO_TARGET_DIR := $(abspath $(CARGO_TARGET_DIR))
export CARGO_TARGET_DIR

# What the browser loads. A release and a development build do not share it.
DEV_SITE := $(CARGO_TARGET_DIR)/site
RELEASE_SITE := $(CARGO_TARGET_DIR)/release-site

# What a release carries in itself.
export SWITCHBOARD_EMBEDDED_SITE := $(RELEASE_SITE)

# wasm-opt comes from npm. cargo-leptos would download it, and wasm-bindgen, if they were not found here.
export PATH := $(TOOLS)/bin:$(CURDIR)/end2end/node_modules/.bin:$(PATH)

CHROMIUM ?= /usr/bin/chromium
export CHROMIUM
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# ---- Versions --------------------------------------------------------------------------------------------------

RUST := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
RUST_TARGETS := $(shell sed -n 's/^targets = \[\(.*\)\]/\1/p' rust-toolchain.toml | tr -d '",')
# The newest that Rust 1.95 compiles.
CARGO_LEPTOS := 0.3.9
# Must equal `wasm-bindgen` in Cargo.toml.
WASM_BINDGEN := 0.2.130
CARGO_DENY := 0.20.2

# ---- Starting --------------------------------------------------------------------------------------------------

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# Where `make run` keeps its data, and what it fills an empty database with: nothing with `DEMO=`.
DATA ?= data
DEMO ?= --demo

.PHONY: run
run: build ## Build and start a release with the demo workspace (options: ARGS="--listen …"; an empty house: DATA=mine DEMO=)
	@mkdir -p $(DATA)
	@echo "Starting Switchboard; its data is in $(DATA)/…"
	@exec $(CARGO_TARGET_DIR)/release/switchboard serve $(DEMO) --database sqlite:$(DATA)/switchboard.db $(ARGS)

.PHONY: dev
dev: setup ## Build and start, and again at each change (options: ARGS="…")
	@mkdir -p data
	@echo "Building and watching (the first time takes about 4 minutes)…"
	@LEPTOS_SITE_ROOT=$(DEV_SITE) cargo leptos watch -- \
		serve --demo --listen 127.0.0.1:3000 --site $(DEV_SITE) $(ARGS)

.PHONY: build
build: setup $(CARGO_TARGET_DIR)/release/.built ## Build a release: one program that carries the browser's half

.PHONY: dist
dist: build ## Make dist/switchboard: one program that needs no other file
	@mkdir -p dist
	@cp $(CARGO_TARGET_DIR)/release/switchboard dist/switchboard
	@cd dist && sha256sum switchboard > SHA256SUMS
	@echo "dist/switchboard is ready: $$(du -h dist/switchboard | cut -f1)"

# ---- Setting up ------------------------------------------------------------------------------------------------

.PHONY: setup
setup: prerequisites rust cargo-leptos wasm-bindgen end2end/node_modules/.installed ## Fetch what building needs (without root)

.PHONY: prerequisites
prerequisites:
	@missing=; \
	lacks() { echo "$$1 is missing: $$2"; missing=yes; }; \
	command -v rustup >/dev/null || lacks rustup "see https://rustup.rs"; \
	command -v cargo >/dev/null || lacks cargo "it comes with rustup, see https://rustup.rs"; \
	command -v cc >/dev/null || lacks "A C compiler (cc)" "on Debian: sudo apt-get install build-essential"; \
	if ! command -v node >/dev/null; then lacks "Node 20 or newer" "see https://nodejs.org"; \
	elif ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then \
		lacks "Node 20 or newer" "this is $$(node --version), see https://nodejs.org"; \
	fi; \
	command -v npm >/dev/null || lacks npm "it comes with Node, see https://nodejs.org"; \
	[ -z "$$missing" ]

.PHONY: rust
rust:
	@installed=$$(rustup toolchain list); \
	grep -q '^$(RUST)-' <<<"$$installed" || { \
		echo "Rust $(RUST) is missing: rustup toolchain install $(RUST) --profile minimal --component clippy --component rustfmt"; \
		exit 1; \
	}; \
	installed=$$(rustup target list --toolchain $(RUST) --installed); \
	for target in $(RUST_TARGETS); do \
		grep -qx "$$target" <<<"$$installed" && continue; \
		echo "Adding the Rust target $$target…"; \
		rustup target add --toolchain $(RUST) "$$target"; \
	done

# $(call tool,program,package,version,minutes,options): a program of that version is taken from wherever PATH has it.
# Compiled for being ready soon, not for speed.
define tool
	@if [ "$$($(1) --version 2>/dev/null || true)" != "$(1) $(3)" ]; then \
		echo "Installing $(2) $(3) ($(4) minutes, once)…"; \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
		CARGO_TARGET_DIR=$(TOOLS)/build \
			cargo install $(if $(MAKE_TERMOUT),,--quiet) $(2) --version $(3) $(5) --root $(TOOLS) --force; \
		rm -rf $(TOOLS)/build; \
	fi
endef

.PHONY: cargo-leptos
cargo-leptos: prerequisites rust
	$(call tool,cargo-leptos,cargo-leptos,$(CARGO_LEPTOS),8,--locked)

.PHONY: wasm-bindgen
wasm-bindgen: prerequisites rust
	$(call tool,wasm-bindgen,wasm-bindgen-cli,$(WASM_BINDGEN),4,)

.PHONY: cargo-deny
cargo-deny: prerequisites rust
	$(call tool,cargo-deny,cargo-deny,$(CARGO_DENY),4,--locked)

end2end/node_modules/.installed: end2end/package.json end2end/package-lock.json
	@echo "Installing the npm packages…"
	@cd end2end && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

APT := apt-get update && apt-get install -y --no-install-recommends chromium postgresql strace

.PHONY: setup-tests
setup-tests: ## Install Chromium, PostgreSQL and strace for the tests (as root; says the line otherwise)
	@missing=; \
	[ -x "$(CHROMIUM)" ] || missing="Chromium ($(CHROMIUM))"; \
	{ command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'; } >/dev/null || missing="$${missing:+$$missing, }PostgreSQL"; \
	command -v strace >/dev/null || missing="$${missing:+$$missing, }strace"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ]; then \
		echo "Missing for the tests: $$missing. Run: sudo sh -c '$(APT)'"; \
		exit 1; \
	fi; \
	echo "Installing $$missing…"; \
	export DEBIAN_FRONTEND=noninteractive; $(APT)

# ---- Building --------------------------------------------------------------------------------------------------

# Folders too, so that a removed file counts as a change.
SOURCES := Cargo.toml Cargo.lock rust-toolchain.toml .cargo/config.toml \
	$(shell find app domain server style -path '*/tests' -prune -o -path '*/benches' -prune -o -print 2>/dev/null)

$(RELEASE_SITE)/.built: $(SOURCES) | setup
	@echo "Building the browser's half of a release (about 4 minutes the first time)…"
	@$(call found,wasm-opt)
	@LEPTOS_SITE_ROOT=$(RELEASE_SITE) cargo leptos build --release --precompress --frontend-only
	@touch $@

$(CARGO_TARGET_DIR)/release/.built: $(RELEASE_SITE)/.built
	@echo "Building a release (about 4 minutes the first time)…"
	@cargo build -p server --release --features embedded
	@touch $@

$(CARGO_TARGET_DIR)/debug/.built: $(SOURCES) | setup
	@echo "Building for development (about 4 minutes the first time)…"
	@LEPTOS_SITE_ROOT=$(DEV_SITE) cargo leptos build
	@touch $@

found = command -v $(1) >/dev/null || { echo "$(1) is missing: remove end2end/node_modules and run \`make setup\`"; exit 1; }

# ---- Testing ---------------------------------------------------------------------------------------------------

.PHONY: test
test: test-domain test-app test-server test-end2end test-bytes ## Run every test; stops at the first part that fails

.PHONY: test-domain
test-domain: prerequisites rust ## Test the domain, natively and in WebAssembly
	@echo "Testing the domain…"
	@cargo test -p domain
	@echo "Testing the domain in WebAssembly…"
	@cargo test -p domain --target wasm32-wasip1 -- --nocapture

.PHONY: test-app
test-app: prerequisites rust ## Test the parts of the screens that need no browser
	@echo "Testing the screens' parts…"
	@cargo test -p app --features ssr

.PHONY: test-server
test-server: prerequisites rust ## Test the server on SQLite and PostgreSQL
	@echo "Testing the server…"
	@server/tests/with-postgres cargo test -p server

.PHONY: test-end2end
test-end2end: setup $(CARGO_TARGET_DIR)/debug/.built ## Test in Chromium (options: ARGS="conversation --headed")
	@echo "Testing in Chromium…"
	@cd end2end && npx playwright test $(ARGS)

# What an agent's browser loads until the inbox and a conversation can be used, packed by brotli. The goal is 400 KB.
BYTES_MAX := 840000

.PHONY: test-bytes
test-bytes: $(RELEASE_SITE)/.built ## Weigh what an agent's browser loads of a release
	@bytes=$$(cd $(RELEASE_SITE)/pkg && cat switchboard.wasm.br switchboard.js.br switchboard.css.br | wc -c); \
	echo "An agent's browser loads $$bytes bytes."; \
	[ $$bytes -le $(BYTES_MAX) ] || { echo "That is more than $(BYTES_MAX)."; exit 1; }

# ---- Breaking --------------------------------------------------------------------------------------------------

.PHONY: properties
properties: prerequisites rust ## Generate cases at length: 20,000 filters, 20,000 orders, 1,000 races, 10,000 edits of the log on each engine (about 10 minutes)
	@SWITCHBOARD_TEST_PROPERTIES=long server/tests/with-postgres cargo test -p server --test rules -- agreement:: audit:: --test-threads=2

.PHONY: faults
faults: prerequisites rust ## Break the program, its disk, its database and its sockets often (about 10 minutes), and print the scoreboard
	@SWITCHBOARD_TEST_FAULTS=long server/tests/with-postgres \
		cargo test -p server --test rules -- faults:: --nocapture --test-threads=2 2>&1 | grep -E "^(SCORE|test|error)|panicked"

.PHONY: mutants
mutants: prerequisites rust ## Break what these tests guard, and see that they notice (about 15 minutes)
	@server/tests/with-postgres server/tests/with-mutants

# ---- Measuring -------------------------------------------------------------------------------------------------

# Data sets are made once. They are no part of a clone.
BENCH_DATA ?= $(CACHE)/bench

.PHONY: bench
bench: build ## Measure a release beside a minimal program (about 20 minutes; the first time makes data sets)
	@WITH_POSTGRES_FSYNC=on server/tests/with-postgres cargo bench --quiet -p server --features embedded --bench bench -- $(CARGO_TARGET_DIR)/release/switchboard $(BENCH_DATA)

.PHONY: bench-full
bench-full: build ## The same on up to a million conversations
	@WITH_POSTGRES_FSYNC=on server/tests/with-postgres cargo bench --quiet -p server --features embedded --bench bench -- $(CARGO_TARGET_DIR)/release/switchboard $(BENCH_DATA) 1000000

# ---- Checking --------------------------------------------------------------------------------------------------

.PHONY: check
check: setup cargo-deny ## Check format, lints, licences and the types of the tests
	@echo "Checking the format…"
	@cargo fmt --all --check
	@echo "Checking the lints of domain, server and app…"
	@cargo clippy -p domain --all-targets -- -D warnings
	@cargo clippy -p server --all-targets -- -D warnings
	@cargo clippy -p app --features ssr --all-targets -- -D warnings
	@echo "Checking the lints of app in the browser…"
	@cargo clippy -p app --features browser --target wasm32-unknown-unknown --target-dir $(CARGO_TARGET_DIR)/front -- -D warnings
	@echo "Checking dependencies and licences…"
	@cargo deny --log-level error check bans licenses sources
	@echo "Checking the types of end2end…"
	@cd end2end && npx tsc --noEmit
	@echo "Checking that every mutant can be made…"
	@for mutant in server/tests/mutants/*.patch; do \
		git apply --check "$$mutant" || { echo "$$mutant does not apply"; exit 1; }; \
	done

.PHONY: fmt
fmt: ## Format the Rust sources
	@cargo fmt --all

.PHONY: clean
clean: ## Remove what was built (keeps data/ and the tools)
	@cargo clean
	@rm -rf end2end/node_modules end2end/test-results end2end/playwright-report
