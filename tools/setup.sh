#!/usr/bin/env bash
# Brings a Debian 12 machine to where Patchbay runs: packages, Python, the SIP engine, speech, the web application.
#   tools/setup.sh run     what `make serve` needs
#   tools/setup.sh test    that, and the peers and tools of the tests
#   tools/setup.sh lock    resolves pyproject.toml into requirements.lock, and what runs without building into requirements-run.lock
#   tools/setup.sh packages  prints the Debian packages, with their purposes
# Every step is cached and may be interrupted; a second run only looks. Asks nothing.
#   PATCHBAY_NO_APT=1      never touches system packages; says which are missing
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/patchbay
stamps=.venv/.patchbay
uv_version=0.13.9
export UV_SYSTEM_CERTS=1 DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
die() { printf '\033[31m✗ %s\033[0m\n' "$*" >&2; exit 1; }
hash_of() { cat "$@" | sha256sum | cut -c1-16; }
fresh() { [ "$(cat "$stamps/$1" 2>/dev/null || true)" = "$2" ]; }
done_with() { mkdir -p "$stamps"; printf %s "$2" >"$stamps/$1"; }

packages() { # file…: names only
  cat "$@" | sed 's/#.*//' | awk 'NF {print $1}' | sort -u
}

install_packages() { # file…
  local missing=() name
  for name in $(packages "$@"); do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "${PATCHBAY_NO_APT:-}" = 1 ]; then die "missing system packages: ${missing[*]}  (PATCHBAY_NO_APT=1 forbids installing them)"; fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "missing system packages: ${missing[*]}  (neither root nor sudo)"
    as_root=(sudo --preserve-env=DEBIAN_FRONTEND)
  fi
  say "System packages (${#missing[@]} missing):"
  for name in "${missing[@]}"; do awk -v name="$name" '$1 == name && !seen++ {print "    " $0}' "$@"; done
  "${as_root[@]}" apt-get update -qq || die "Debian's package lists could not be fetched; check the network and the apt sources"
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "${missing[@]}" >"/tmp/patchbay-apt.$$.log" 2>&1 ||
    { tail -20 "/tmp/patchbay-apt.$$.log" >&2; die "apt-get could not install: ${missing[*]}"; }
  rm -f "/tmp/patchbay-apt.$$.log"
}

python_environment() { # run|test
  local python=/usr/bin/python3
  [ -x $python ] || die "Debian's python3 is missing"
  if [ ! -x .venv/bin/python ]; then say "Virtual environment .venv"; $python -m venv .venv; fi
  local key; key=$(hash_of requirements.lock pyproject.toml)
  if ! fresh python "$key"; then
    say "Python packages from requirements.lock"
    .venv/bin/python -m pip install -q "uv==$uv_version" || die "the package uv $uv_version could not be fetched from the Python package index"
    .venv/bin/uv pip sync -q --require-hashes requirements.lock || die "Python packages could not be fetched from the package index; nothing works without them"
    .venv/bin/uv pip install -q --no-deps --editable . || die "the project itself could not be installed into .venv"
    rm -f "$stamps/pjsua2" # the sync removes what the lock does not name
    done_with python "$key"
  fi
}

sip_engine() {
  .venv/bin/python -m tools.pjsua2.build --python .venv/bin/python
}

speech() {
  .venv/bin/python -m tools.speech.setup
}

web_application() {
  local key; key=$(git ls-files -co --exclude-standard softphone_ui tools/precompress.mjs | sort | xargs -r sha256sum 2>/dev/null | sha256sum | cut -c1-16)
  if fresh web "$key" && [ -f softphone_ui/dist/index.html ]; then return 0; fi
  local lock; lock=$(hash_of softphone_ui/package-lock.json)
  export PATH="$PWD/.venv/bin:$PATH"
  if ! fresh node_modules "$lock" || [ ! -d softphone_ui/node_modules ]; then
    say "Packages of the web application"
    (cd softphone_ui && npm ci --no-audit --no-fund --loglevel=error) || die "npm could not fetch the web application's packages; the screens cannot be built without them"
    done_with node_modules "$lock"
  fi
  say "Building the web application"
  (cd softphone_ui && npm run -s build) || die "the web application does not build"
  node tools/precompress.mjs softphone_ui/dist || die "the web application's files could not be compressed"
  done_with web "$key"
}

acme_server() { # of the tests; about a minute, once
  local go=$PWD/.venv/bin/go there; there=$cache/peers/acme-$(hash_of tests/peers/acme/go.mod tests/peers/acme/go.sum)
  if [ ! -x "$there/pebble" ]; then
    say "Building the ACME server of the tests"
    rm -rf "$there.part"; mkdir -p "$there.part"
    (cd tests/peers/acme && GOFLAGS=-mod=readonly GOTOOLCHAIN=local GOWORK=off "$go" build -o "$there.part/" tool) ||
      die "the ACME server of the tests could not be fetched from the Go module proxy, or does not build"
    mv -T "$there.part" "$there"
  fi
  mkdir -p .venv/peers; ln -sfn "$there" .venv/peers/acme
}

case "${1:-}" in
  run)
    install_packages tools/packages/base.txt tools/packages/build.txt tools/packages/speech.txt
    python_environment; sip_engine; speech; web_application ;;
  test)
    install_packages tools/packages/*.txt
    python_environment; sip_engine; speech; web_application; acme_server ;;
  lock)
    compile=(.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock")
    "${compile[@]}" --extra dev "${@:2}" pyproject.toml -o requirements.lock
    "${compile[@]}" --constraint requirements.lock pyproject.toml -o requirements-run.lock ;;
  packages) grep -hv '^ *$' tools/packages/*.txt ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
