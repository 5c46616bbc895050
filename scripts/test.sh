#!/usr/bin/env bash
# `make test`: every check there is, in the order of their price. `make check` is the part that runs no program of ours.
set -euo pipefail
cd "$(dirname "$0")/.."

# The members a plain cargo command works on are the default ones: all but the tools.
style() { cargo fmt --all -- --check; }
lints() { cargo clippy --locked --all-targets --all-features --quiet -- -D warnings; }
# A workspace build lends core the features of its neighbours; alone it must do without.
core_alone() { cargo check --locked --quiet --package simrecall-core && scripts/wasm.sh check; }
# With all features the portal holds the browser packages, so they are made before it is compiled.
packages() { scripts/wasm.sh build; }
documents() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --all-features --quiet; }
# The binary first: tests that kill it start it from the target folder.
programs() { cargo build --locked --all-features --quiet; }
# All that fails is named in one run.
tests() { cargo test --locked --all-features --no-fail-fast; }
browser() { scripts/wasm.sh test; }

seconds() { date +%s; }

stage() { # stage NAME COMMAND…
  local name=$1 start
  shift
  start=$(seconds)
  echo "── $name"
  if ! "$@"; then
    echo "── $name: FAILED after $(($(seconds) - start)) s" >&2
    exit 1
  fi
  times+=("$(printf '%5d s  %s' $(($(seconds) - start)) "$name")")
}

times=()
begun=$(seconds)
what=${1:-test}
case $what in check | test) ;; *) echo "usage: $0 [check|test]" >&2; exit 2 ;; esac

stage "what the tests need" scripts/setup.sh test
stage "style" style
stage "browser packages" packages
stage "lints" lints
stage "core alone, natively and for the browser" core_alone
stage "documents" documents
if [ "$what" = test ]; then
  stage "programs" programs
  stage "tests" tests
  stage "browser" browser
fi

printf '%s\n' "" "${times[@]}" "$(printf '%5d s  in all; everything passed' $(($(seconds) - begun)))"
