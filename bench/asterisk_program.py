"""Asterisk's program for paired measurements: Debian's own build, unpacked into the user's cache on first use.

Debian 12 has no asterisk, sid has. apt fetches it with all its libraries under a private configuration that knows of no installed
package, so signatures are checked as always; the packages are only unpacked. Nothing of it is installed into the machine, no
maintainer script runs, no service starts and no root is needed. The program runs with sid's own loader and libraries.

``${XDG_CACHE_HOME:-~/.cache}/patchbay/peers/asterisk``: delete it to fetch the current version.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.pjsua2.apt_source import KEYRINGS, SUITE, debian_mirror
from tools.pjsua2.console import BuildError

UNUSED = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info", "./var")


class PeerUnavailable(Exception):
    """The peer cannot be measured on this machine; the message says why in one line."""


@dataclass(frozen=True)
class Program:
    """An unpacked Asterisk."""

    root: Path
    """Holds sid's `usr`."""

    @property
    def libraries(self) -> Path:
        return next((self.root / "usr" / "lib").glob("*-linux-gnu*"))

    @property
    def command(self) -> tuple[str, ...]:
        """Runs it with the loader and libraries it was built for; the process is Asterisk itself, under its own pid."""
        loader = next(found for found in sorted((self.root / "usr").glob("lib*/ld-linux*.so.*")))
        return (str(loader), "--library-path", str(self.libraries), str(self.root / "usr" / "sbin" / "asterisk"))

    @property
    def version(self) -> str:
        """Such as ``22.10.1``."""
        return _output([*self.command, "-V"]).removeprefix("Asterisk").strip().partition("+")[0]


def program() -> Program:
    """The unpacked program, fetched when it is not there yet (about 20 s, 80 MB). Raises `PeerUnavailable`."""
    home = _home()
    found = Program(home / "root")
    if not found.root.exists():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=home) as name:
            _fetch(Path(name))
            (Path(name) / "root").rename(found.root)
    return found


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patchbay" / "peers" / "asterisk"


def _fetch(folder: Path) -> None:
    environment = _private_apt(folder)
    print(f"Asterisk: the list of packages of Debian {SUITE}", flush=True)
    _output(["apt-get", "update", "-q", "--error-on=any"], environment)
    print("Asterisk: its packages", flush=True)
    _output(["apt-get", "install", "-q", "-y", "--download-only", "asterisk"], environment)
    packages = sorted((folder / "cache" / "archives").glob("*.deb"))
    print(f"Asterisk: unpacking {len(packages)} packages", flush=True)
    (folder / "root").mkdir()
    for package in packages:
        _unpack(package, folder / "root")


def _private_apt(folder: Path) -> dict[str, str]:
    """Writes an apt configuration that knows of sid alone and of no installed package."""
    keyring = next((path for path in KEYRINGS if path.exists()), None)
    if keyring is None:
        raise PeerUnavailable("Debian's archive keyring is missing (package debian-archive-keyring)")
    try:
        mirror = debian_mirror()
    except BuildError as error:
        raise PeerUnavailable("no Debian mirror is named in apt's sources") from error
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={keyring}] {mirror} {SUITE} main\n")
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Check-Valid-Until": "false",  # mirrors can be days old
        "Acquire::Retries": "3",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # the folder belongs to us, not to _apt
    }
    (folder / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C.UTF-8"}


def _unpack(package: Path, root: Path) -> None:
    """Packages still name `/lib` at times, which base-files makes a link into `usr`: such links are kept."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as archive:
        skip = [f"--exclude={path}" for path in UNUSED]
        unpacked = subprocess.run(["tar", "-x", "-C", root, "--keep-directory-symlink", *skip], stdin=archive.stdout, check=False)
    if archive.returncode != 0 or unpacked.returncode != 0:
        raise PeerUnavailable(f"{package.name} cannot be unpacked")


def _output(command: list[str], environment: dict[str, str] | None = None) -> str:
    if shutil.which(command[0]) is None:
        raise PeerUnavailable(f"{command[0]} is not installed")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise PeerUnavailable(f"{' '.join(command[:2])}: {last[0]}")
    return done.stdout
