.DEFAULT_GOAL := help
.PHONY: help setup demo demo-portal demo-terminal test check bench fmt clean

help: ## what can be made here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 15

setup: ## install what the build and the tests need (Debian 12)
	@scripts/setup.sh test

demo: ## the whole story in one command: 22,227 lines, three waves, everybody told
	@scripts/setup.sh build
	cargo build --locked --package simrecall-cli && rm -rf demo
	@cargo run --locked --quiet --package simrecall-cli -- drill --home demo

demo-portal: ## the same, then the customer's page, with people to try it as (a played demo is kept)
	@scripts/setup.sh test
	@scripts/wasm.sh build
	cargo build --locked --package simrecall-cli --features browser
	@cargo run --locked --quiet --package simrecall-cli --features browser -- drill --home demo --portal

demo-terminal: ## the same, then an agency: staff's page, cards, customers who come, and an HLR (a played demo is kept)
	@scripts/setup.sh test
	@scripts/wasm.sh build
	cargo build --locked --package simrecall-cli --features browser
	@cargo run --locked --quiet --package simrecall-cli --features browser -- drill --home demo --terminal

test: ## everything: style, lints, both databases, real peers, the browser build
	@scripts/test.sh

check: ## the quick half: style and lints, nothing is run
	@scripts/test.sh check

bench: ## the figures, as ratios against other people's tools (the spring alone takes eight minutes; ARGS="send --scale 0.1" for less)
	@scripts/setup.sh test
	@scripts/wasm.sh build
	@cargo run --locked --release --package simrecall-tests --features browser --bin bench -- $(ARGS)

fmt: ## put every file into shape
	@cargo fmt --all

clean: ## remove what was built and what the demo left
	@cargo clean
	@rm -rf demo tests/node_modules tests/.venv
