# Everything that is done with this project; CI runs these targets and nothing else.
# A first try needs nothing but this: `make up`. It creates the sandbox environment on an emulator of AWS that
# runs on this machine. Another environment, on real AWS, has to be named: `make up ENV=dev`.

STACK ?= stacks/drucloud.yaml
ENV   ?= sandbox
YES   ?=
ARGS  ?=
PYTHON ?= python3

DRUCLOUD := target/debug/drucloud
CTL      := $(PYTHON) sandbox/ctl.py

# The sandbox asks nothing, keeps nothing and is never a real account.
ifeq ($(ENV),sandbox)
  CONNECT  := eval "$$($(CTL) env)" &&
  SANDBOX  := sandbox
  ANSWER   := --yes
  FAREWELL := --allow-data-loss all --skip-final-snapshot
else
  CONNECT  :=
  SANDBOX  :=
  ANSWER   := $(if $(YES),--yes,)
  FAREWELL :=
endif

.DEFAULT_GOAL := help
.PHONY: help build up plan destroy output test lint bench sandbox sandbox-stop lab lab-up lab-down clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  STACK=$(STACK)  ENV=$(ENV)  YES=1 answers the question  ARGS='...' is handed on"

build: ## Build the program
	@cargo build --locked

up: build $(SANDBOX) ## Create the environment, or make it as the stack says
	@$(CONNECT) $(DRUCLOUD) up $(STACK) --env $(ENV) $(ANSWER) $(ARGS)

plan: build $(SANDBOX) ## Show what `make up` would do (exit code 2: changes, so make says Error 2)
	@$(CONNECT) $(DRUCLOUD) plan $(STACK) --env $(ENV) $(ARGS)

destroy: build $(SANDBOX) ## Delete the environment
	@$(CONNECT) $(DRUCLOUD) destroy $(STACK) --env $(ENV) $(ANSWER) $(FAREWELL) $(ARGS)

output: build $(SANDBOX) ## Print the environment's endpoints
	@$(CONNECT) $(DRUCLOUD) output --stack-file $(STACK) --env $(ENV) $(ARGS)

test: ## Run all tests: format, lints, unit, simulation, emulator, the emulator's own
	@tests/run.sh

lint: ## Check the format and run the lints
	cargo fmt --check
	cargo clippy --locked --all-targets -- --deny warnings

bench: build sandbox ## Measure, and write docs/benchmarks.md
	@$(PYTHON) benches/measure.py

lab: build ## Boot the stack's machines on this one and test them (root, Debian, minutes)
	@$(PYTHON) tests/lab/lab.py run

lab-up: build ## Boot the stack's machines and leave them running, to look at the site
	@$(PYTHON) tests/lab/lab.py up

lab-down: ## End the lab's machines and remove all that it made
	@$(PYTHON) tests/lab/lab.py down

sandbox: ## Start the emulator of AWS on this machine
	@$(CTL) start

sandbox-stop: ## Stop the emulator; what was created in it is gone
	@$(CTL) stop

clean: sandbox-stop ## Remove what was built and installed
	@test ! -d .sandbox/lab || $(PYTHON) tests/lab/lab.py down
	rm -rf target .sandbox
