# Palisade. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STAMP := node_modules/.palisade-installed

.PHONY: help demo check unit integration test e2e audit drift life zoo run build image archives pictures lint format generate known-fields verify bench cluster clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# Not npm ci: it refuses a lock file that leaves out other platforms' optional packages.
$(STAMP): package.json package-lock.json src/kopf/package.json
	@echo "installing npm packages: about half a minute, once"
	@npm install --no-save --no-fund --no-audit --loglevel=error
	@node_modules/.bin/node --version >/dev/null || { echo "the package node brought no Node.js: its install script was not allowed to run. Run: npm rebuild node"; exit 1; }
	@touch $@

demo: $(STAMP) ## Attack workloads on an embedded Kubernetes with and without Palisade; KEEP=1 keeps it running
	@npm run --silent demo

check: $(STAMP) ## Check types, style and generated files, and run the unit tests (under a minute)
	@npm run --silent check

unit: $(STAMP) ## Run the unit tests; FILE=src/plan runs those of a path
	@npm run --silent jest -- --selectProjects unit $(if $(FILE),--testPathPatterns $(FILE))

integration: $(STAMP) ## Run the tests against a real API server; FILE=test/integration/drift.test.ts runs one file
	@npm run --silent integration -- $(FILE)

test: $(STAMP) ## Run every check and test except the end-to-end tests
	@npm run --silent test

audit: $(STAMP) ## Check the packages for known vulnerabilities and disallowed licences
	@npm run --silent audit

e2e: $(STAMP) ## Run the end-to-end tests on a real node, as root on Debian; KEEP=1 keeps it running
	@npm run --silent e2e -- $(ARGS)

drift: $(STAMP) ## Run every attack in four ways and every write on guarded objects, and write their pages; ARGS="21 22" or "guards" runs a few
	@npm run --silent drift -- $(ARGS)

life: $(STAMP) ## Soak test: routine operations for 10 min; fails on any denial or revert; MINUTES=1 for less
	@npm run --silent life

zoo: $(STAMP) ## Visit each kind of cluster and write docs/zoo.md; ARGS="bank eks" visits a few
	@npm run --silent zoo -- $(ARGS)

run: $(STAMP) ## Run the operator against the current kube context; ARGS="--help" lists its flags
	@npm run --silent start -- $(ARGS)

build: $(STAMP) ## Compile to dist/
	@npm run --silent build

image: $(STAMP) ## Build the image in dist/ without a daemon; ARGS="--platform linux/amd64,linux/arm64" for both
	@npm run --silent image -- $(ARGS)

pictures: $(STAMP) ## Take the pictures of the report in docs/pictures
	@npm run --silent pictures

archives: $(STAMP) ## Build the command line for each platform in dist/, with its own Node.js, and krew's manifest
	@npm run --silent archives -- $(ARGS)

lint: $(STAMP) ## Check types and style
	@npm run --silent typecheck && npm run --silent lint

format: $(STAMP) ## Format the sources
	@npm run --silent format

generate: $(STAMP) ## Write all generated files
	@npm run --silent generate

known-fields: $(STAMP) ## Write the known fields of Kubernetes' kinds from the embedded API server
	@npm run --silent known-fields

verify: $(STAMP) ## Fail if a generated file is stale
	@npm run --silent verify

bench: $(STAMP) ## Measure against a baseline of the same run; ARGS="admission", "convert", "operator", "audit", "scale" or "contest 200 1000" for a part
	@npm run --silent bench -- $(ARGS)

cluster: $(STAMP) ## Build the embedded Kubernetes into the cache; npm run cluster -- start starts one
	@npm run --silent cluster -- build

clean: ## Remove build output and installed packages
	@rm -rf dist node_modules bench/results .palisade
