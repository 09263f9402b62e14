# Palisade. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STAMP := node_modules/.palisade-installed

.PHONY: help demo test e2e drift life run build image lint format generate verify bench cluster clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# Not npm ci: it refuses a lock file that leaves out other platforms' optional packages.
$(STAMP): package.json package-lock.json
	@echo "installing npm packages: about half a minute, once"
	@npm install --no-save --no-fund --no-audit --loglevel=error
	@node_modules/.bin/node --version >/dev/null || { echo "the package node brought no Node.js: its install script was not allowed to run. Run: npm rebuild node"; exit 1; }
	@touch $@

demo: $(STAMP) ## Show the main job on an embedded Kubernetes; KEEP=1 leaves it running
	@npm run --silent demo

test: $(STAMP) ## Run every check and test
	@npm run --silent test

e2e: $(STAMP) ## Run the end-to-end tests on a real node, as root on Debian; KEEP=1 leaves it running
	@npm run --silent e2e -- $(ARGS)

drift: $(STAMP) ## Carry out every attack of the list, four ways, and write docs/drift.md; ARGS="21 22" tries a few
	@npm run --silent drift -- $(ARGS)

life: $(STAMP) ## Ten minutes of ordinary life, none of which may be refused or undone; MINUTES=1 for less
	@npm run --silent life

run: $(STAMP) ## Run the operator against the current kube context; ARGS="--help" lists its flags
	@npm run --silent start -- $(ARGS)

build: $(STAMP) ## Compile to dist/
	@npm run --silent build

image: $(STAMP) ## Make the image in dist/, without a daemon; ARGS="--platform linux/amd64,linux/arm64" for both
	@npm run --silent image -- $(ARGS)

lint: $(STAMP) ## Check types and style
	@npm run --silent typecheck && npm run --silent lint

format: $(STAMP) ## Format the sources
	@npm run --silent format

generate: $(STAMP) ## Write everything that is generated
	@npm run --silent generate

verify: $(STAMP) ## Fail when anything generated is stale
	@npm run --silent verify

bench: $(STAMP) ## Measure against a floor in the same run; ARGS="admission", "operator" or "scale" for a part
	@npm run --silent bench -- $(ARGS)

cluster: $(STAMP) ## Build the embedded Kubernetes into the cache; npm run cluster -- start leaves one running
	@npm run --silent cluster -- build

clean: ## Remove what was built and installed here
	@rm -rf dist node_modules bench/results
