#!/usr/bin/env bash
# Everything about the browser build.
#
#   scripts/wasm.sh check    core, alone and without features, compiles for wasm32
#   scripts/wasm.sh build    target/npm/{check,matcher}: the packages for a page and for node; target/npm/reader: what the
#                            agency's page reads bar codes with, as its lock file says
#   scripts/wasm.sh test     build, then wasm/tests/*.test.mjs against them, in node and in Chromium
#
# SEED=N repeats the cases of an earlier test.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/wasm-toolchain.sh

npm=target/npm
packages=(check matcher)
# Bytes, compressed by gzip: what a customer's phone may load. `check` comes with the first visit, `matcher` only when a
# text is checked; 26 kB of it read the register strictly.
declare -A limits=([check]=51200 [matcher]=73728)

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

module() { # module PACKAGE: compiles it to $WASM_OUT/npm/PACKAGE.wasm
  local made=$WASM_OUT/wasm/simrecall_wasm.wasm
  # A library for C is always called the same, whatever its features: cargo would take the other package's for this one.
  rm -f "$made" "$WASM_OUT"/wasm/deps/simrecall_wasm.wasm
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$(remap) \
    "${WASM_CARGO[@]}" build "${WASM_ARGS[@]}" -p simrecall-wasm --features "$1" --profile wasm
  mkdir -p "$WASM_OUT/npm"
  cp "$made" "$WASM_OUT/npm/$1.wasm"
}

pack() { # pack PACKAGE: its folder, as npm would publish it
  local folder=$npm/$1 target
  rm -rf "$folder"
  for target in web node; do
    "${CARGO_TARGET_DIR:-target}/tool/simrecall-wasm-bindgen" "$WASM_OUT/npm/$1.wasm" "$target" "$folder/$target" "$1"
  done
  # Node takes the glue for CommonJS whatever the folder above says.
  echo '{"type":"commonjs"}' >"$folder/node/package.json"
  cp "wasm/npm/$1/package.json" "wasm/npm/$1/README.md" LICENSE-MIT LICENSE-APACHE "$folder/"
  # Whoever stands in target/npm finds the packages by their names.
  mkdir -p "$npm/node_modules/@simrecall"
  ln -sfn "../../$1" "$npm/node_modules/@simrecall/$1"
}

# Other people's code that a page of ours serves: nothing of it runs here.
reader() {
  local home=$npm/reader
  cmp -s portal/packages/package-lock.json "$home/.from-lock" && return 0
  rm -rf "$home"
  mkdir -p "$home"
  cp portal/packages/package.json portal/packages/package-lock.json "$home/"
  npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
  cp portal/packages/package-lock.json "$home/.from-lock"
}

build() {
  wasm_choose
  reader
  cargo build --locked -p simrecall-wasm-bindgen --profile tool
  local package
  for package in "${packages[@]}"; do
    module "$package"
    pack "$package"
  done
  weigh
}

brotli_size() { node -p 'zlib.brotliCompressSync(fs.readFileSync(process.argv[1])).length' "$1"; }

weigh() {
  local package file gz over=0
  for package in "${packages[@]}"; do
    file=$npm/$package/web/${package}_bg.wasm
    gz=$(gzip -9 -n -c "$file" | wc -c)
    echo "$(basename "$file"): gz $gz of ${limits[$package]}, br $(brotli_size "$file"), sha256 $(sha256sum <"$file" | cut -d' ' -f1)"
    [ "$gz" -le "${limits[$package]}" ] || { echo "$package is over its limit" >&2; over=1; }
  done
  return $over
}

# What core says natively; the browser build must say the same.
cases() {
  local seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
  cargo run --locked --quiet -p simrecall-wasm --features check,matcher --example cases -- "$seed" >"$npm/cases.jsonl"
}

# The types, as a program of somebody else's meets them.
types() {
  rm -rf "$npm/typed"
  cp -r wasm/tests/typed "$npm/typed"
  node tests/node_modules/typescript/bin/tsc -p "$npm/typed"
}

case ${1:-} in
  check) check ;;
  build) build ;;
  test) build && cases && types && node --test --test-reporter=spec wasm/tests/*.test.mjs ;;
  *) echo "usage: $0 check|build|test" >&2; exit 2 ;;
esac
