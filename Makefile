# Everything lies in this folder; only python3.11 (or newer), git and make must be there before.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
BIN    := .venv/bin
UV     := $(BIN)/uv
STAMPS := .stamps
SETUP  := $(PYTHON) scripts/setup_env.py

.DEFAULT_GOAL := help
.PHONY: properties help setup setup-base setup-test setup-infra synth deploy rollback destroy demo test simulate chaos fuzz check format bench image lock clean

help:  ## what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /' | sort

setup-base:  ## .venv with what Strom itself needs
	@$(SETUP) base

setup:  ## .venv for developers (Strom, tests, linters)
	@$(SETUP) dev

setup-test:  ## and the real parts the tests run against
	@$(SETUP) dev fuzz lnbits ministack dynamodb-local nwc-sdk em-simulator ocppsim caddy pebble chromium infra aws-libraries

setup-infra:  ## and the AWS CDK (500 MB)
	@$(SETUP) dev infra aws-libraries aws-cdk

STAGE ?= dev
CDK   := .aws-cdk/node_modules/.bin/cdk
synth:  ## the AWS templates of STAGE=dev, checked; needs no AWS account and no Docker
	@$(SETUP) base infra aws-libraries
	@$(BIN)/python scripts/build_functions.py
	@$(BIN)/python -m infra.cdk $(STAGE)

deploy: synth  ## Strom on AWS: STAGE=dev or prod, of infra/cdk/my-stages.toml
	@$(SETUP) aws-cdk
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) bootstrap --app cdk.out/$(STAGE)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) deploy --app cdk.out/$(STAGE) --all --require-approval broadening
	@$(BIN)/python -m scripts.function_versions prune $(STAGE)

rollback:  ## the functions of the deploy before, at once: STAGE=prod
	@$(BIN)/python -m scripts.function_versions rollback $(STAGE)

destroy: synth  ## take STAGE=dev away again; a stage that is protected refuses
	@$(SETUP) aws-cdk
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) destroy --app cdk.out/$(STAGE) --all

demo:  ## a whole paid charge on this machine, narrated; then keeps serving
	@$(SETUP) base ministack
	@$(BIN)/strom demo

test: setup-test  ## all tests, real LNbits and DynamoDB engines included
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=15 $(ARGS)

SESSIONS ?= 100000
simulate: setup  ## Strom whole under virtual time: SESSIONS=100000, or ARGS="--seed N --shrink"
	@$(BIN)/python -m tests.simulation --sessions $(SESSIONS) $(ARGS)

chaos: setup-test  ## killed at every boundary, on every journey, and many more seeds of bad days (an hour)
	CHAOS_ALL=1 $(BIN)/python -m pytest tests/chaos -n 2 --dist worksteal --durations=15 $(ARGS)

properties: setup  ## new random examples for every property, many more than the tests take
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=search -m hypothesis $(ARGS)

FRAMES ?= 1000000
fuzz: setup  ## random frames at the edge, by a seed and guided by coverage: FRAMES=1000000
	@$(SETUP) fuzz
	@$(BIN)/python -m tests.ocpp_edge.fuzz --frames $(FRAMES) $(ARGS)

check: setup  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## write the format and the fixes ruff is sure of
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

image: setup-base  ## the image's steps without a builder, twice; then with one, where one runs
	@rm -rf build/image && mkdir -p build/image
	@$(BIN)/python scripts/check_image.py build/image --twice
	@$(BIN)/python scripts/build_image.py

BENCHES ?= cold_start cost edge fleet journey lnurl pricing
bench: setup  ## every measurement, each alone; the last line of each is JSON
	@set -e; for name in $(BENCHES); do \
		echo "== $$name"; $(BIN)/python -m bench.$$name $(ARGS); done

lock:  ## resolve the requirement files again
	@$(SETUP) base
	@$(PYTHON) scripts/lock.py

clean:  ## remove what make made
	rm -rf .venv .lnbits .ministack .dynamodb-local .nwc-sdk .em-simulator .ocppsim .caddy .pebble .aws-libraries .aws-cdk cdk.out .stamps .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
