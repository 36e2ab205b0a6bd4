"""An authority that answers nonsense, too much, or never: it is told, tried again later, and ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.acme.challenges import Challenges
from server.acme.schedule import PAUSES_S, due_at
from server.acme.service import Certification
from server.config import Config
from server.config.sections import Acme, Storage
from tests.peers.false_authority import DAY_S, FalseAuthority, Said
from tests.server.acme.test_certification import PBX, Clock

STEPS = ("directory", "account", "order", "authz", "challenge", "finalize", "state", "certificate")
NONSENSE = (
    *(b"", b"[]", b"null", b'"x"', b"17", b"NaN", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"status": "invalid"}'),
    b'{"status": [], "authorizations": 7, "finalize": null, "identifiers": {}, "challenges": [[]], "newNonce": []}',
    *(b'{"type": "urn:ietf:params:acme:error:serverInternal", "status": 1e999}', b"-----BEGIN CERTIFICATE-----\nAAAA\n"),
)


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[FalseAuthority]:
    async with FalseAuthority(tmp_path / "authority") as made:
        yield made


class Asking:
    """A control process that wants a certificate."""

    def __init__(self, authority: FalseAuthority, folder: Path, within_s: float = 90.0) -> None:
        acme = Acme(directory=authority.directory, names=(PBX,), agree_to_terms=True, authorities=str(authority.trusted))
        config = Config(acme=acme, storage=Storage(data_dir=folder / "data"), source=folder / "sip.conf")
        self.clock, self.taken = Clock(), 0
        self.certification = Certification(
            config, self.clock, Challenges(), self._took, self._may, step_within_s=within_s, looks=1
        )

    def _took(self) -> None:
        self.taken += 1

    async def _may(self) -> bool:
        return True

    async def tries(self) -> str:
        """What is said of it. The next try is after the first pause, or later."""
        await self.certification.renew()
        standing = self.certification.standing
        assert due_at(self.certification.issued, standing) >= self.clock.now() + PAUSES_S[0] - 30.0
        return standing.detail

    async def fails(self) -> str:
        words = await self.tries()
        assert (self.taken, bool(words)) == (0, True)
        return words


async def test_an_honest_answer_at_each_step_gives_a_certificate(authority: FalseAuthority, tmp_path: Path) -> None:
    asking = Asking(authority, tmp_path)
    await asking.certification.renew()
    assert (asking.certification.standing.detail, asking.taken) == ("", 1)


@pytest.mark.parametrize("step", STEPS)
async def test_nonsense_at_any_step_ends_nothing_and_is_not_asked_again_at_once(
    authority: FalseAuthority, tmp_path: Path, step: str
) -> None:
    """Failed before: what the library had no name for ended the control process, and every one after it."""
    for number, nonsense in enumerate(NONSENSE if step != "state" else NONSENSE[:3]):
        authority.says, authority.asked = {step: Said(nonsense)}, []
        await Asking(authority, tmp_path / str(number)).tries()


@pytest.mark.parametrize("status", [204, 301, 400, 409, 429, 500, 999])
async def test_strange_statuses_end_nothing(authority: FalseAuthority, tmp_path: Path, status: int) -> None:
    for step in ("directory", "account", "order", "finalize", "certificate"):
        authority.says = {step: Said(b"{}", status, ("Retry-After: 99999999999999999999", "Location: http://169.254.169.254/"))}
        await Asking(authority, tmp_path / step).tries()


async def test_an_answer_that_never_ends_is_not_read_whole(authority: FalseAuthority, tmp_path: Path) -> None:
    authority.says = {"certificate": Said(b"-----BEGIN CERTIFICATE-----\n" * 1_000_000)}
    assert "too long" in await Asking(authority, tmp_path).fails()


async def test_it_is_asked_over_tls_only(authority: FalseAuthority, tmp_path: Path) -> None:
    authority.says = {"directory": Said(b"", 302, ("Location: http://127.0.0.1:1/latest/meta-data",))}
    assert "adapter" in await Asking(authority, tmp_path).fails()


@pytest.mark.parametrize("silent", [True, False])
async def test_an_authority_that_draws_out_its_answer_is_given_up(
    authority: FalseAuthority, tmp_path: Path, silent: bool
) -> None:
    """Failed before: a byte now and then held the try, and the end of the process, for ever."""
    authority.says = {"order": None} if silent else {}
    authority.drips = "" if silent else "order"
    asking = Asking(authority, tmp_path, within_s=4.0)
    assert "keeps us waiting" in await asyncio.wait_for(asking.fails(), 20)
    assert "keeps us waiting" in await asyncio.wait_for(asking.fails(), 20), "no second thread is spent on it"
    assert authority.asked.count("order") <= 1


async def test_a_certificate_that_is_over_is_refused(authority: FalseAuthority, tmp_path: Path) -> None:
    """Failed before: another one was ordered every second."""
    authority.begins_in_s = -400 * DAY_S
    assert "is over" in await Asking(authority, tmp_path).fails()


async def test_a_certificate_that_is_soon_over_is_used_and_not_replaced_at_once(
    authority: FalseAuthority, tmp_path: Path
) -> None:
    """As when this machine's clock is wrong. Failed before: another one was ordered every second."""
    authority.begins_in_s = -80 * DAY_S
    asking = Asking(authority, tmp_path)
    await asking.tries()
    assert asking.taken == 1


async def test_a_certificate_for_another_key_is_refused(authority: FalseAuthority, tmp_path: Path) -> None:
    """Failed before: it was kept as good for 90 days, and nobody could use it after a restart."""
    authority.other_key = True
    assert "another key" in await Asking(authority, tmp_path).fails()
