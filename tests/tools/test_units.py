"""Units for systemd: one template for each role, each shut in as the unit of a whole machine is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from server.roles.role import Role

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
OWN_USER_ONLY = {"RemoveIPC=yes"}
"""Roles of one machine share a user: the end of one must not take what another one uses."""
SHUTS_IN = ("Protect", "Private", "Restrict", "NoNew", "Lock", "RemoveIPC", "SystemCall", "UMask")


def unit_of(role: str) -> str:
    return (UNITS / f"patchbay-{role}@.service").read_text(encoding="utf-8")


def shut_in(unit: str) -> set[str]:
    return {line for line in unit.splitlines() if line.startswith(SHUTS_IN)}


def test_there_is_a_template_for_each_role() -> None:
    assert {path.name for path in UNITS.glob("patchbay-*@.service")} == {f"patchbay-{role}@.service" for role in Role}


@pytest.mark.parametrize("role", Role)
def test_a_role_is_shut_in_as_the_whole_machine_and_has_no_right_that_it_does_not_need(role: Role) -> None:
    unit = unit_of(role)
    assert f"bin/patchbay serve --roles {role}\n" in unit
    assert shut_in(unit) == shut_in((UNITS / "patchbay.service").read_text(encoding="utf-8")) - OWN_USER_ONLY
    rights = next(line for line in unit.splitlines() if line.startswith("CapabilityBoundingSet=")).partition("=")[2].split()
    assert ("CAP_NET_BIND_SERVICE" in rights) == (role in {Role.NODE, Role.DESK})
    assert ("CAP_SYS_NICE" in rights) == (role is Role.NODE)


@pytest.mark.parametrize("role", Role)
def test_systemd_takes_it(role: Role, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / f"patchbay-{role}@1.service"
    unit.write_text(
        unit_of(role).replace("@PREFIX@/current/bin/patchbay", "/bin/true").replace("@PREFIX@", "/"), encoding="utf-8"
    )
    said = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if "patchbay" in line] == []
