# Everything a developer runs. `make help` lists it.
#
# Nothing here runs two builds at once: cargo uses all cores by itself. CARGO_TARGET_DIR is honoured.

.NOTPARALLEL:
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

STAGE := .ci/stage
POSTGRES := crates/greenroom/tests/support/postgres.sh
# The program as cargo builds it for tests, wherever the target folder is.
TARGET = $$(cargo metadata --no-deps --format-version 1 | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).target_directory')
DEBUG = $(TARGET)/debug
BINARY = $(DEBUG)/greenroom

.PHONY: help
help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: need-build web-build ## Show the dashboard over a simulated GitHub: nothing else needed.
	cargo run -p greenroom -- demo

.PHONY: build
build: need-build web-build ## Build the program for use: target/release/greenroom, web application included.
	cargo build --release -p greenroom

.PHONY: dev
dev: need-build web/node_modules/.package-lock.json ## The demo, and the web application reloading at http://127.0.0.1:5173.
	@trap 'kill $$(jobs -p) 2>/dev/null || true' EXIT; \
	cargo run -p greenroom -- demo & \
	(cd web && npm run dev)

.PHONY: test
test: ## Every test: format, lints, Rust on SQLite and PostgreSQL, web, browser.
	@$(STAGE) "check tools" .ci/tools cargo node npm postgres chromium
	@[ -d ../shared/corpus ] || echo "skipped: ../shared/corpus is not present, so nothing is tested over recorded real input"
	@$(STAGE) "web: install" $(MAKE) --no-print-directory web/node_modules/.package-lock.json
	@$(STAGE) "web: format, lints, types" npm run --prefix web check
	@$(STAGE) "web: unit tests" npm run --prefix web test
	@$(STAGE) "web: build" npm run --prefix web build
	@$(STAGE) "web: budget" npm run --prefix web budget
	@$(STAGE) "supply chain" .ci/supply-chain
	@$(STAGE) "rust: format" cargo fmt --all --check
	@$(STAGE) "rust: lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
	@$(STAGE) "rust: build" cargo build --workspace
	@$(STAGE) "rust: tests on SQLite and PostgreSQL" bash $(POSTGRES) with cargo test --workspace --no-fail-fast
	@$(STAGE) "generated files" .ci/generated "$(BINARY)"
	@$(STAGE) "browser tests" env GREENROOM_BIN="$(BINARY)" npm run --prefix web e2e
	@echo "==> make test: all stages ok"

.PHONY: proof
proof: need-build web-build ## Prove the promises under fire, within the hour: kills, disks, networks, databases, planted faults, load.
	cargo build --release -p greenroom
	cargo build --workspace --features greenroom/mutants
	cp "$(DEBUG)/greenroom" "$(DEBUG)/greenroom-mutants"
	cargo build --workspace
	"$(DEBUG)/proof" all --program "$(TARGET)/release/greenroom" --mutants "$(DEBUG)/greenroom-mutants"

.PHONY: proof-quick
proof-quick: need-build ## The same with fewer points, no load, no planted faults.
	cargo build --workspace
	"$(DEBUG)/proof" all --quick --program "$(DEBUG)/greenroom"

.PHONY: bench
bench: need-build web-build ## Measure, as ratios in one run.
	cargo bench -p artifact
	bash $(POSTGRES) with cargo bench -p greenroom

.PHONY: fuzz
fuzz: ## Fuzz the readers of reports: make fuzz FORMAT=junit SECONDS=30, or all of them in turn.
	fuzz/run $(or $(FORMAT),all) $(or $(SECONDS),30)

.PHONY: openapi
openapi: need-build ## Write openapi.json from the code, and the types of the web application from it.
	cargo run -p greenroom -- openapi > openapi.json.new
	mv openapi.json.new openapi.json
	npm run --prefix web gen

.PHONY: fmt
fmt: need-build web/node_modules/.package-lock.json ## Format everything.
	cargo fmt --all
	npm run --prefix web fix

.PHONY: web-build
web-build: web/node_modules/.package-lock.json
	npm run --prefix web build

.PHONY: need-build
need-build:
	@.ci/tools cargo node npm

# npm writes this file last; older than the lock file means that packages changed.
web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	npm ci --prefix web
	@touch $@
