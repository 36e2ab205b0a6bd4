"""Fetches pjproject's sources out of Debian's source package `asterisk`, leaving the machine's apt set-up untouched.

No package index carries pjproject itself; Debian's asterisk (suite sid) ships it whole, as a component tarball. apt's own
tools fetch it under a private configuration, so the archive's signature and the file's SHA-256 are checked as always.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.pjsua2.console import BuildError, detail, say

KEYRINGS = tuple(Path("/usr/share/keyrings") / f"debian-archive-keyring.{end}" for end in ("gpg", "pgp"))
APT_HELPER = Path("/usr/lib/apt/apt-helper")
SUITE = "sid"
"""The only suite whose asterisk carries pjproject; it keeps its current version only, so any version is accepted."""


def mirrors_of_sources(text: str) -> Iterator[str]:
    """URIs of the `deb` stanzas of a deb822 file; comments may hold other addresses (sources.list(5))."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in "\n".join(lines).split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", stanza, flags=re.MULTILINE))
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes").strip() != "no":
            yield from fields.get("URIs", "").split()


def mirrors_of_list(text: str) -> Iterator[str]:
    """URIs of the `deb` lines of a one-line-style file."""
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+", line)
        if match:
            yield match.group(1)


def debian_mirror(etc_apt: Path = Path("/etc/apt")) -> str:
    """The machine's own mirror of Debian's main archive; raises BuildError when it has none."""
    found: list[str] = []
    for path in sorted(etc_apt.glob("sources.list.d/*.sources")):
        found += mirrors_of_sources(path.read_text(encoding="utf-8", errors="replace"))
    for path in (etc_apt / "sources.list", *sorted(etc_apt.glob("sources.list.d/*.list"))):
        if path.exists():
            found += mirrors_of_list(path.read_text(encoding="utf-8", errors="replace"))
    for uri in found:
        if "debian" in uri and "security" not in uri:
            return uri
    raise BuildError(
        "pjproject's sources come from Debian's archive, but no Debian mirror is named in /etc/apt/sources.list or "
        "/etc/apt/sources.list.d.\nSet PATCHBAY_PJPROJECT_TARBALL to a pjproject 2.17 source tarball instead."
    )


def private_configuration(folder: Path) -> dict[str, str]:
    """Writes an apt configuration of our own and returns the environment that makes apt use it."""
    keyring = next((path for path in KEYRINGS if path.exists()), None)
    if keyring is None:
        raise BuildError("Debian's archive keyring is missing: install the package debian-archive-keyring")
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"deb-src [signed-by={keyring}] {debian_mirror()} {SUITE} main\n")
    (folder / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State::lists "{folder}/lists";\n'
        f'Dir::Cache "{folder}/cache";\n'
        'Acquire::Check-Valid-Until "false";\n'  # mirrors can be days old
        'Acquire::Retries "3";\n'
        'APT::Sandbox::User "root";\n'  # the cache folder belongs to us, not to _apt
    )
    return {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C.UTF-8"}


def apt(environment: dict[str, str], *command: str | Path, wanted: str) -> str:
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(
            f"Wanted: {wanted}.\nFrom: {debian_mirror()} (suite {SUITE}).\n"
            f"{(done.stderr or done.stdout).strip()}\n"
            "Without it no phone can call. Check the network and the proxy, or set PATCHBAY_PJPROJECT_TARBALL to a "
            "pjproject 2.17 source tarball."
        )
    return done.stdout


def fetch(into: Path, workspace: Path) -> Path:
    """Downloads the pjproject tarball into a folder and returns its path, named after its version."""
    say(f"Sources of pjproject, from Debian's source package asterisk ({SUITE})")
    environment = private_configuration(workspace)
    apt(environment, "apt-get", "update", "-q", wanted="the list of Debian's source packages")
    listing = apt(environment, "apt-get", "source", "--print-uris", "asterisk", wanted="the source package asterisk")
    match = re.search(r"'(\S+)' (asterisk_(\S+?)\.orig-Xpjproject\.tar\.\w+) \d+ (SHA256:\w+)", listing)
    if match is None:
        raise BuildError(
            "Debian's source package asterisk has no pjproject component any more.\n"
            "Set PATCHBAY_PJPROJECT_TARBALL to a pjproject 2.17 source tarball."
        )
    uri, name, version, digest = match.groups()
    target = into / name
    detail(f"asterisk {version}")
    part = target.with_suffix(".part")
    apt(environment, APT_HELPER, "download-file", uri, part, digest, wanted=f"{name} ({digest})")
    part.replace(target)
    return target
