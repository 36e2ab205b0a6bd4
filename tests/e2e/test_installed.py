"""What `make install` lays down runs without the sources: a unit that systemd would take, a start, a first administrator.

It is laid into a folder, as packages are made, and stands where it belongs in a mount namespace of its own (unshare(1)): as root,
like containers and CI.
"""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import pytest

from tests.peers.administration import accepts, printed_link, stranger
from tests.peers.browser import ENGINE_ALONE, chromium_process
from tests.peers.installation import PROJECT, Installation
from tests.peers.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(2400)]
PREFIX = Path("/mnt/patchbay")
"""A folder that every system has, over which the laid down one is mounted."""


class Installed(Installation):
    """What was laid into `root`, started as its unit does, with its own configuration and free ports."""

    def __init__(self, folder: Path, root: Path) -> None:
        super().__init__(folder)
        here = {"PATCHBAY_CONFIG": root / "etc/patchbay/sip.conf", "XDG_CACHE_HOME": PREFIX / "current/share/cache"}
        stands = f"mount --bind {shlex.quote(str(root))}{PREFIX.parent} {PREFIX.parent} && cd {shlex.quote(str(folder))}"
        words = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in here.items())
        start = f'{stands} && exec env {words} {PREFIX}/current/bin/patchbay "$@"'
        self.program = ("unshare", "--mount", "--propagation=private", "sh", "-c", start, "patchbay")


async def done(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, cwd=PROJECT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, f"{words[0]}: {output.decode(errors='replace')[-4000:]}"
    return output.decode(errors="replace")


async def unit_is_sound(root: Path, folder: Path) -> None:
    """The program that it names stands elsewhere as yet, so the unit is looked at with a path that is there."""
    laid_down = (root / "etc/systemd/system/patchbay.service").read_text(encoding="utf-8")
    assert f"ExecStart={PREFIX}/current/bin/patchbay serve" in laid_down
    unit = folder / "patchbay.service"
    unit.write_text(laid_down.replace(str(PREFIX), f"{root}{PREFIX}"), encoding="utf-8")
    complaints = [line for line in (await done("systemd-analyze", "verify", str(unit))).splitlines() if "patchbay" in line]
    assert complaints == []


async def test_what_is_laid_down_starts_and_is_taken_into_use(tmp_path: Path) -> None:
    root, folder = tmp_path / "root", tmp_path / "run"
    folder.mkdir()
    await done("tools/install.sh", str(PREFIX), str(root))
    assert "demo = no" in (root / "etc/patchbay/sip.conf").read_text(encoding="utf-8")
    await unit_is_sound(root, folder)
    await done("tools/install.sh", str(PREFIX), str(root))
    assert len(list((root / PREFIX.relative_to("/") / "releases").iterdir())) <= 2, "the same again upgrades"

    async with Installed(folder, root) as installed, chromium_process(program=ENGINE_ALONE) as browser:
        await until(lambda: "/invitation#" in installed.log)
        await accepts(await stranger(browser), printed_link(installed), "Ada Kowalska", "Create administrator", "ada")
        assert str(PROJECT) not in installed.log, "nothing of the sources is used"
