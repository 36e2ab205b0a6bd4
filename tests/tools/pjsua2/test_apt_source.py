"""Where pjproject's sources come from: both forms of apt's own source lists are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.pjsua2.apt_source import debian_mirror, mirrors_of_list, mirrors_of_sources
from tools.pjsua2.console import BuildError

DEB822 = """\
Types: deb
# http://snapshot.example/archive/debian/2025
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb-src
URIs: http://source.example/debian

Enabled: no
Types: deb
URIs: http://off.example/debian
"""
ONE_LINE = """\
# deb http://comment.example/debian bookworm main
deb [signed-by=/x.gpg arch=amd64] http://mirror.example/debian bookworm main
deb-src http://source.example/debian bookworm main
"""


def test_deb822_addresses_are_those_of_enabled_binary_stanzas() -> None:
    assert list(mirrors_of_sources(DEB822)) == ["http://mirror.example/debian"]


def test_one_line_addresses_are_those_of_deb_lines() -> None:
    assert list(mirrors_of_list(ONE_LINE)) == ["http://mirror.example/debian"]


@pytest.mark.parametrize(("name", "text"), [("sources.list", ONE_LINE), ("sources.list.d/debian.sources", DEB822)])
def test_the_machine_s_own_mirror_is_found(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert debian_mirror(tmp_path) == "http://mirror.example/debian"


def test_the_security_archive_has_no_asterisk(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://mirror.example/debian-security bookworm-security main\n")
    with pytest.raises(BuildError, match="PATCHBAY_PJPROJECT_TARBALL"):
        debian_mirror(tmp_path)
