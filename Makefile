# Two commands are enough for a newcomer: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: run pages openapi test lint test-pages deny soak outside bench memory fuzz deb

PORT ?= 8080
DATA ?= data
IOC := target/release/ioc

# One report, as a phone sends it; no key is needed.
define HELLO

  ioc-router listens on http://127.0.0.1:$(PORT)   (documentation: http://127.0.0.1:$(PORT)/docs)
  Send a report:

    curl -i http://127.0.0.1:$(PORT)/api/v1/reports -H 'Content-Type: application/json' -d '
      {"category": "sat_lo", "description": "Sạt lở ta-luy, đá lấp nửa đường",
       "position": {"lon": 103.0230, "lat": 21.3920, "accuracy_m": 15}}'

endef
export HELLO

define LOUD

************************************************************************************
  The official boundaries could not be fetched. This is the DEMONSTRATION:
  approximate boundaries (about five points in six fall right) and invented reports.
************************************************************************************
endef
export LOUD

## Builds, fetches the real polygons of Điện Biên where the network allows (else: the demonstration), serves.
run:
	@command -v cargo >/dev/null || { echo "Rust is missing: https://rustup.rs" >&2; exit 1; }
	if (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then
	    echo "Port $(PORT) is taken: try make run PORT=8081" >&2
	    exit 1
	fi
	$(MAKE) --no-print-directory pages
	cargo build --release --locked
	mkdir -p "$(DATA)"
	export IOC_DATABASE_URL=sqlite://$(DATA)/ioc.db
	if [ -e "$(DATA)/boundaries-in-force" ] ||
	    { $(IOC) boundaries fetch --province 11 && $(IOC) boundaries activate; }; then
	    touch "$(DATA)/boundaries-in-force"
	    echo "$$HELLO"
	    exec $(IOC) serve --listen 127.0.0.1:$(PORT)
	fi
	echo "$$LOUD" >&2
	echo "$$HELLO"
	unset IOC_DATABASE_URL
	exec $(IOC) demo --listen 127.0.0.1:$(PORT)

## Builds the pages into web/dist, from where they go into the binary. Needs Node 20.19 or newer.
pages: web/dist/index.html

web/dist/index.html: web/package-lock.json web/openapi.json $(shell find web/src web/public web/messages web/*.html web/*.ts -type f)
	@if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
	    echo "The pages need Node 20.19 or newer: https://nodejs.org" >&2
	    exit 1
	fi
	cd web
	npm ci
	npm run build

## Writes down the front door's document, from which the pages' types are made.
openapi:
	cargo run --locked --quiet -- openapi >target/openapi.json
	mv target/openapi.json web/openapi.json

## Everything that must hold, on SQLite and on PostgreSQL (Debian: postgresql, python3-venv,
## libxml2-utils, faketime).
test: lint test-pages target/verifiers/installed
	@$(WITH_POSTGRES)
	cargo test --locked

# Other people's verifiers of what is sent to them.
target/verifiers/installed: tests/deliver/requirements.txt
	@rm -rf target/verifiers
	python3 -m venv target/verifiers
	target/verifiers/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

## Types and logic of the pages; .ci/smoke drives them in a browser.
test-pages: pages
	cd web
	npm run check
	npm test
	npm run size

## Format, lints and documentation without a warning.
lint:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet

## Licences, banned crates and sources (needs cargo-deny).
deny:
	cargo deny --locked check licenses bans sources

## The campaigns, long and on an optimised build: IOC_KILLS kills on each engine, IOC_CRASHES crashes of PostgreSQL,
## histories of IOC_OPERATIONS operations, figures through IOC_EVENTS random events, IOC_YEARS simulated years and one of
## 20,000 reports, and what `make outside` does.
soak:
	@$(WITH_POSTGRES)
	export IOC_KILLS=$${IOC_KILLS:-2000} IOC_CRASHES=$${IOC_CRASHES:-200} IOC_OPERATIONS=$${IOC_OPERATIONS:-1000000}
	export IOC_EVENTS=$${IOC_EVENTS:-100000}
	cargo test --locked --release --test campaign -- --nocapture
	cargo test --locked --release --test store -- figures_stay
	cargo test --locked --release --test year --no-run
	for seed in $$(seq 1 3 $${IOC_YEARS:-200}); do
	    IOC_YEAR_SEED=$$seed cargo test --locked --release --quiet --test year
	done
	IOC_YEAR_REPORTS=20000 cargo test --locked --release --test year -- --nocapture sqlite::first
	IOC_YEAR_REPORTS=4000 cargo test --locked --release --test year -- --nocapture postgres::first
	cargo test --locked --release --test outside -- --nocapture --test-threads 1

## The product among Patroni, etcd and pgbouncer: IOC_FAILOVERS killed leaders
## (Debian: apt-get install patroni etcd-server pgbouncer).
outside:
	@$(WITH_POSTGRES)
	cargo test --locked --test outside -- --nocapture --test-threads 1

## The Debian package, in target/debian (needs cargo-deb: cargo install cargo-deb --locked).
deb: pages
	@command -v cargo-deb >/dev/null || { echo "cargo-deb is missing: cargo install cargo-deb --locked" >&2; exit 1; }
	cargo build --release --locked
	cargo deb --locked --no-build --strip
	dpkg-deb --info target/debian/*.deb

## Locating beside the usual ways in Rust, in one run: on the shipped map, or on the one in the file MAP.
bench:
	cargo bench --locked --bench locate -- $(if $(MAP),"$(abspath $(MAP))")

## The memory of a server three seconds after its start: with the shipped approximate map, and with the one in the file MAP.
memory:
	@folder=$$(mktemp -d /tmp/ioc-memory.XXXXXX)
	trap 'rm -rf "$$folder"' EXIT
	for map in approximate $(if $(MAP),surveyed); do
	    export IOC_DATABASE_URL=sqlite://$$folder/$$map.db IOC_DATA_DIR=$$folder/$$map IOC_METRICS_LISTEN=127.0.0.1:0
	    mkdir "$$IOC_DATA_DIR"
	    if [ $$map = surveyed ]; then
	        $(IOC) boundaries import "$(MAP)" --generation $$map >"$$folder/said"
	    else
	        $(IOC) boundaries import-approximate >"$$folder/said"
	    fi
	    $(IOC) boundaries activate $$map >"$$folder/said"
	    for start in first second; do
	        coproc SERVER { exec $(IOC) serve --allow-approximate --listen 127.0.0.1:0 2>"$$folder/log"; }
	        server=$$SERVER_PID
	        while read -r line <&"$${SERVER[0]}" && [[ $$line != listening* ]]; do :; done
	        sleep 3
	        echo "$$map map, $$start start: $$(grep -E '^(VmRSS|VmHWM)' "/proc/$$server/status" | tr -s '\t\n ' ' ')"
	        kill -TERM "$$server"
	        wait "$$server" || true
	    done
	done

## Feeds made-up boundary files and maps to the import and to locating for SECONDS each; findings in fuzz/artifacts.
SECONDS_EACH = $(or $(SECONDS),600)
FUZZED ?= import locate
fuzz:
	@cd fuzz
	host=$$(rustc -vV | sed -n 's/^host: //p')
	coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
	coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
	coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
	cp ../Cargo.lock .
	RUSTFLAGS=$$coverage cargo build --release --target "$$host"
	for target in $(FUZZED); do
	    mkdir -p "corpus/$$target" "artifacts/$$target"
	    limits="-max_total_time=$(SECONDS_EACH) -max_len=4096 -rss_limit_mb=4096 -timeout=300 -print_final_stats=1"
	    "target/$$host/release/$$target" $$limits "-artifact_prefix=artifacts/$$target/" "corpus/$$target" "seeds/$$target"
	done

# A throw-away cluster, unless IOC_TEST_POSTGRES_URL names one; it is gone when the recipe ends.
define WITH_POSTGRES
if [ -z "$${IOC_TEST_POSTGRES_URL:-}" ]; then
    cluster=$$(mktemp -d /tmp/ioc-test.XXXXXX)
    trap 'tests/support/postgres.sh stop "$$cluster"; rm -rf "$$cluster"' EXIT
    exports=$$(tests/support/postgres.sh start "$$cluster")
    eval "$$exports"
fi
endef
