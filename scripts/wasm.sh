#!/usr/bin/env bash
# Everything about the browser build.
#
#   scripts/wasm.sh check    core, alone and without features, compiles for wasm32
#   scripts/wasm.sh build    target/npm/check: the package for a page and for node
#   scripts/wasm.sh test     build, then wasm/tests/*.test.mjs against it
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/wasm-toolchain.sh

package=target/npm/check
limit=51200 # bytes, compressed: what a customer's phone may load

check() {
  wasm_choose
  # The profile of the build, which then finds the macros it needs already made.
  "${WASM_CARGO[@]}" check "${WASM_ARGS[@]}" -p simrecall-core --profile wasm
}

# The public file must not tell where it was built, and two machines must build the same bytes.
remap() {
  local home=${CARGO_HOME:-$HOME/.cargo}
  echo "--remap-path-prefix=$home/registry/src=/deps --remap-path-prefix=$PWD=/src --remap-path-prefix=/usr/lib/rustlib/src/rust=/rustc"
}

glue() { # glue web|node
  "${CARGO_TARGET_DIR:-target}/tool/simrecall-wasm-bindgen" "$WASM_OUT/wasm/simrecall_wasm.wasm" "$1" "$package/$1" simrecall
}

build() {
  wasm_choose
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$(remap) \
    "${WASM_CARGO[@]}" build "${WASM_ARGS[@]}" -p simrecall-wasm --profile wasm
  cargo build --locked -p simrecall-wasm-bindgen --profile tool
  rm -rf "$package"
  glue web
  glue node
  # Node takes the glue for CommonJS whatever the folder above says.
  echo '{"type":"commonjs"}' >"$package/node/package.json"
  cp wasm/package.json LICENSE-MIT LICENSE-APACHE "$package/"
  weigh
}

weigh() {
  local size
  size=$(gzip -9 -c "$package/web/simrecall_bg.wasm" | wc -c)
  echo "simrecall_bg.wasm: $size of $limit bytes compressed"
  [ "$size" -le "$limit" ] || { echo "the browser module is over its limit" >&2; return 1; }
}

case ${1:-} in
  check) check ;;
  build) build ;;
  test) build && node --test --test-reporter=spec wasm/tests/*.test.mjs ;;
  *) echo "usage: $0 check|build|test" >&2; exit 2 ;;
esac
