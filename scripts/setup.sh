#!/usr/bin/env bash
# Installs what the build (and, for `test`, the tests) need on Debian 12. Quiet and quick when everything is there.
#
#   scripts/setup.sh [build|test]
#
# As root it installs; as anybody else it prints the line that does. Cargo itself is the one thing it expects.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/wasm-toolchain.sh

what=${1:-test}
packages=()

need() { # need PACKAGE… unless the command before -- succeeds:   need PACKAGE… -- COMMAND…
  local wanted=()
  while [ "$1" != -- ]; do wanted+=("$1"); shift; done
  shift
  "$@" >/dev/null 2>&1 || packages+=("${wanted[@]}")
}

has() { command -v "$1"; }
has_initdb() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'; }
has_nginx() { PATH=$PATH:/usr/sbin has nginx; }
has_smtp_sink() { PATH=$PATH:/usr/sbin has smtp-sink; }

list_packages() {
  packages=()
  need gcc libc6-dev -- has cc
  need make -- has make
  need perl -- has perl
  need pkg-config -- has pkg-config
  need libssl-dev -- test -e /usr/include/openssl/ssl.h
  # What the tests and `make demo` provision, and what computes its cards' answers.
  need osmo-hlr -- has osmo-hlr
  need libosmocore-utils -- has osmo-auc-gen
  [ "$what" = test ] || return 0
  need postgresql -- has_initdb
  need postfix -- has_smtp_sink
  need nginx-light -- has_nginx
  need sqlite3 -- has sqlite3
  need nodejs -- has node
  need npm -- has npm
  need python3-venv -- python3 -c 'import ensurepip, venv'
  need chromium -- has chromium
  # A page without Hangul, kana and hanzi would be a page of boxes.
  need fonts-noto-cjk -- test -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
  need util-linux -- has runuser
  if ! wasm_is_ready; then read -ra compiler < <(wasm_debian_packages) && packages+=("${compiler[@]}"); fi
}

# Servers are wanted as programs only: Debian's own switch keeps the packages from starting them.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  printf 'postfix postfix/main_mailer_type select No configuration\n' | debconf-set-selections
  apt-get install -y --no-install-recommends --no-remove "$@" </dev/null
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "missing on this machine; run this once, then the same command again:" >&2
    echo "  sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages[*]}" >&2
    exit 1
  fi
  # An old list offers old compilers, so the choice is made again on a new one.
  apt-get update </dev/null
  list_packages
  echo "installing: ${packages[*]}"
  install_quietly "${packages[@]}"
}

install_peers() {
  cmp -s tests/package-lock.json tests/node_modules/.from-lock && return 0
  npm ci --prefix tests --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
  cp tests/package-lock.json tests/node_modules/.from-lock
}

install_python_peers() {
  local wanted=tests/peers/requirements.txt home=tests/.venv
  cmp -s "$wanted" "$home/.from-requirements" && return 0
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$wanted" </dev/null
  cp "$wanted" "$home/.from-requirements"
}

case $what in build | test) ;; *) echo "usage: $0 [build|test]" >&2; exit 2 ;; esac
has cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later, then run this again" >&2; exit 1; }
list_packages
install_packages
if [ "$what" = test ]; then install_peers; install_python_peers; fi
