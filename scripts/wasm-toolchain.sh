# Sourced. Finds a compiler with a standard library for the browser's wasm32.
#
# A target that is already installed is used as it is; else Debian's compiler builds the library from Debian's sources.
# Nothing is downloaded here. WASM_TOOLCHAIN=host|debian decides instead of `auto`.
#
# After wasm_choose: WASM_CARGO (command), WASM_ARGS (after the subcommand), WASM_OUT (where the artefacts are).

wasm_triple=wasm32-unknown-unknown
wasm_sources=/usr/lib/rustlib/src/rust/library/std

wasm_host_has_std() {
  local folder
  folder=$(rustc --print target-libdir --target "$wasm_triple" 2>/dev/null) || return 1
  compgen -G "$folder/libcore-*.rlib" >/dev/null
}

# Debian names the linker after its LLVM; the newest is the one that fits the newest compiler.
wasm_linker() {
  { command -v wasm-ld || true; compgen -c wasm-ld- || true; } | sort -u | sort -V | tail -n 1 | grep . | xargs -r which
}

wasm_debian_is_ready() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$wasm_sources" ] && [ -n "$(wasm_linker)" ]
}

wasm_is_ready() {
  case ${WASM_TOOLCHAIN:-auto} in
    host) wasm_host_has_std ;;
    debian) wasm_debian_is_ready ;;
    auto) wasm_host_has_std || wasm_debian_is_ready ;;
    *) echo "WASM_TOOLCHAIN is auto, host or debian" >&2; return 2 ;;
  esac
}

wasm_debian_packages() {
  local lld
  lld=$(apt-cache search --names-only '^lld-[0-9]+$' | cut -d' ' -f1 | sort -V | tail -n 1)
  echo rustc-web cargo-web rust-web-src "${lld:-lld}"
}

wasm_choose() {
  wasm_is_ready || { echo "no wasm32 toolchain; run: make setup" >&2; return 1; }
  local target=${CARGO_TARGET_DIR:-target}
  WASM_ARGS=(--target "$wasm_triple" --locked)
  if [ "${WASM_TOOLCHAIN:-auto}" != debian ] && wasm_host_has_std; then
    WASM_CARGO=(cargo)
    WASM_OUT=$target/$wasm_triple
    return
  fi
  # A folder of its own: artefacts of two compilers side by side would rebuild each other for ever.
  WASM_OUT=$target/wasm-debian/$wasm_triple
  WASM_CARGO=(env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$(wasm_linker)" CARGO_TARGET_DIR="$target/wasm-debian" /usr/bin/cargo)
  WASM_ARGS+=(-Zbuild-std=std,panic_abort)
}
