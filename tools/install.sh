#!/usr/bin/env bash
# Lays Patchbay down without its sources, compilers and build tools; the same command upgrades.
#   tools/install.sh /opt/patchbay             on this machine (as root)
#   tools/install.sh /opt/patchbay /tmp/root   into a folder that becomes the root of another one, as packages are made
# Each version gets a folder of its own, complete before `current` points to it: what runs goes on until it is restarted, and
# pointing `current` back undoes an upgrade of the program (not of the database). The two newest are kept.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?where to? as /opt/patchbay}; destdir=${2:-}
case $prefix in /*) ;; *) echo "PREFIX must be an absolute path" >&2; exit 2 ;; esac
umask 022  # what is laid down here others run
# Speech models and builds were fetched by whoever calls sudo, not by root.
home_of_caller=$(getent passwd "${SUDO_USER:-$(id -un)}" | cut -d: -f6)
cache=${XDG_CACHE_HOME:-${home_of_caller:-$HOME}/.cache}/patchbay
export UV_SYSTEM_CERTS=1 DEBIAN_FRONTEND=noninteractive

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
die() { printf '\033[31m✗ %s\033[0m\n' "$*" >&2; exit 1; }

[ -n "$destdir" ] || [ "$(id -u)" = 0 ] || die "installing into $prefix needs root: sudo make install"
release=$(git -c safe.directory="$PWD" describe --always --dirty --abbrev=12 2>/dev/null || .venv/bin/python -c 'import importlib.metadata as m; print(m.version("patchbay"))')
case $release in *-dirty) release+=.$(date +%Y%m%d%H%M%S) ;; esac  # the next such tree is another one
home=$prefix/releases/$release
there=$destdir$home

program() {
  say "Program in $home"
  rm -rf "$there"; mkdir -p "$there"
  /usr/bin/python3 -m venv --without-pip "$there"
  .venv/bin/uv pip sync -q --python "$there/bin/python" --require-hashes requirements-run.lock || die "Python packages could not be fetched"
  rm -rf "$there"/lib/python*/site-packages/phonenumbers/geodata # names of towns by number, which nothing here asks for: 40 MB
  rm -rf build; .venv/bin/uv build -q --wheel --out-dir "$there/wheel" . || die "the project's wheel cannot be built"
  .venv/bin/uv pip install -q --python "$there/bin/python" --no-deps "$there"/wheel/*.whl
  rm -rf "$there/wheel" build
  .venv/bin/python -m tools.pjsua2.build --python "$there/bin/python"
  # Where it was made is not where it will stand.
  [ -z "$destdir" ] || grep -rlIF "$there" "$there/bin" "$there/pyvenv.cfg" | xargs -r sed -i "s|$there|$home|g"
}

data() {
  say "Web application, speech, documents"
  local share=$there/share
  mkdir -p "$share/web" "$share/cache/patchbay/models" "$share/cache/patchbay/builds" "$share/doc"
  cp -r softphone_ui/dist/. "$share/web/"
  cp -r docs/*.md README.md CHANGELOG.md LICENSE "$share/doc/"
  cp sip.conf "$share/doc/sip.conf.example"
  cp deploy/systemd/*.service "$share/"
  [ ! -d "$cache/builds" ] || cp -a "$cache/builds/." "$share/cache/patchbay/builds/"
  [ ! -d "$cache/prompts" ] || cp -a "$cache/prompts" "$share/cache/patchbay/"
  if compgen -G "$cache/models/*.json" >/dev/null; then
    find "$cache/models" -mindepth 1 -maxdepth 1 ! -name sources ! -name '.*' -exec cp -a {} "$share/cache/patchbay/models/" \;
    sed -i "s|$cache/models|$home/share/cache/patchbay/models|g" "$share"/cache/patchbay/models/*.json
  else
    say "There is no speech model: nothing will be transcribed"
  fi
  "$there/bin/python" -m compileall -q -j0 "$there/lib" >/dev/null || true
  [ -n "$destdir" ] || chown -R root:root "$there"  # copies keep their owner, who must not change what the service runs
  chmod -R go+rX,go-w "$there"
}

command_line() {
  mkdir -p "$destdir/usr/local/bin"
  cat >"$destdir/usr/local/bin/patchbay" <<WRAPPER
#!/bin/sh
# Patchbay's commands with this machine's configuration; as the user patchbay, whose files they read and write.
export PATCHBAY_CONFIG="\${PATCHBAY_CONFIG:-/etc/patchbay/sip.conf}" XDG_CACHE_HOME=$prefix/current/share/cache
cd /var/lib/patchbay 2>/dev/null || cd /
if [ "\$(id -u)" = 0 ]; then exec setpriv --reuid=patchbay --regid=patchbay --init-groups $prefix/current/bin/patchbay "\$@"; fi
exec $prefix/current/bin/patchbay "\$@"
WRAPPER
  chmod 755 "$destdir/usr/local/bin/patchbay"
}

configuration() {
  local conf=$destdir/etc/patchbay/sip.conf
  mkdir -p "$(dirname "$conf")"
  if [ -e "$conf" ]; then say "$conf stays as it is"; return 0; fi
  say "$conf, to be looked at"
  sed -e 's|^demo = yes.*|demo = no|' -e '/^; The demo company and its people/d' \
    -e 's|^data_dir = data.*|data_dir = /var/lib/patchbay|' -e "s|^\[web\]|[web]\napplication = $prefix/current/share/web|" sip.conf >"$conf"
  chmod 640 "$conf"
}

account_and_unit() {
  mkdir -p "$destdir/etc/systemd/system"
  local unit
  for unit in deploy/systemd/*.service; do
    sed "s|@PREFIX@|$prefix|g" "$unit" >"$destdir/etc/systemd/system/${unit##*/}"
  done
  [ -z "$destdir" ] || return 0
  id patchbay >/dev/null 2>&1 || useradd --system --home-dir /var/lib/patchbay --shell /usr/sbin/nologin --user-group patchbay
  install -d -o patchbay -g patchbay -m 700 /var/lib/patchbay
  chown root:patchbay /etc/patchbay/sip.conf
}

forget_old() {
  local old
  old=$(find "$destdir$prefix/releases" -mindepth 1 -maxdepth 1 -type d ! -name "$release" -printf '%T@ %p\n' | sort -rn | tail -n +2 | cut -d' ' -f2-)
  [ -z "$old" ] || xargs -r -d '\n' rm -rf <<<"$old"
}

running=$(readlink "$destdir$prefix/current" 2>/dev/null || true)
if [ "$running" = "releases/$release" ]; then say "$release is installed already"; else program; data; fi
command_line
configuration
account_and_unit
ln -sfn "releases/$release" "$destdir$prefix/current.new" && mv -T "$destdir$prefix/current.new" "$destdir$prefix/current"
forget_old
say "Installed in $(du -sh "$there" | cut -f1). Next: look at /etc/patchbay/sip.conf, then"
if [ -d /run/systemd/system ] && [ -z "$destdir" ]; then
  systemctl daemon-reload
  echo "    systemctl enable --now patchbay    (after an upgrade: systemctl restart patchbay)"
else
  echo "    patchbay serve"
fi
