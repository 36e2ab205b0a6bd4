"""SIPp's scenarios against the node: what each RFC 3261 situation is answered with, and that nothing is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.causes import EndCause
from core.events import CallEnded, CallStarted, DigitPressed, LegEnded
from tests.interop.office import Office, office
from tests.interop.sipp import run_sipp
from tests.peers.digits import opened
from tests.peers.waiting import until


@pytest.fixture
async def place(data_dir: Path) -> AsyncIterator[Office]:
    async with office(data_dir) as opened:
        yield opened


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_a_call_is_answered_and_ends(place: Office, tmp_path: Path, tcp: bool) -> None:
    (await run_sipp("call", place.sip_port, tmp_path, tcp=tcp)).assert_all_went_well()
    await place.enters("welcome")
    assert (await place.bus.wait_for(CallEnded)).cause is EndCause.CALLER_HUNG_UP
    await place.is_empty()


async def test_twenty_calls_a_second(place: Office, tmp_path: Path) -> None:
    (await run_sipp("call", place.sip_port, tmp_path, calls=40, rate=20)).assert_all_went_well(40)
    await place.is_empty()
    await until(lambda: len(place.bus.of_type(CallEnded)) == 40)  # call control tells of it after the node
    assert len(place.bus.of_type(CallStarted)) == 40


async def test_keys_reach_the_flow(place: Office, tmp_path: Path) -> None:
    (await run_sipp("digits", place.sip_port, tmp_path)).assert_all_went_well()
    pressed = await place.bus.wait_for(DigitPressed)
    assert (opened(pressed), pressed.method) == ("2", "rfc4733")
    assert (await place.enters("billing")).detail == "chose 2 (billing)"
    assert (await place.bus.wait_for(CallEnded)).cause in {EndCause.CALLER_ABANDONED, EndCause.CALLER_HUNG_UP}


async def test_an_offer_may_come_late(place: Office, tmp_path: Path) -> None:
    (await run_sipp("late_offer", place.sip_port, tmp_path)).assert_all_went_well()
    await place.is_empty()


async def test_a_caller_may_hold_the_flow(place: Office, tmp_path: Path) -> None:
    (await run_sipp("hold", place.sip_port, tmp_path)).assert_all_went_well()
    await place.is_empty()


async def test_a_number_that_nobody_has_is_404(place: Office, tmp_path: Path) -> None:
    (await run_sipp("unknown_number", place.sip_port, tmp_path, number="4711")).assert_all_went_well()
    await place.is_empty()
    assert place.bus.of_type(CallStarted) == []


@pytest.mark.parametrize("scenario", ["broken_sdp", "no_common_codec"])
async def test_what_cannot_be_talked_about_is_refused(place: Office, tmp_path: Path, scenario: str) -> None:
    (await run_sipp(scenario, place.sip_port, tmp_path)).assert_all_went_well()
    (await run_sipp("call", place.sip_port, tmp_path / "after")).assert_all_went_well()


async def test_keep_alives_are_answered(place: Office, tmp_path: Path) -> None:
    (await run_sipp("options", place.sip_port, tmp_path, calls=5)).assert_all_went_well(5)


async def test_a_full_node_says_when_to_try_again(data_dir: Path, tmp_path: Path) -> None:
    async with office(data_dir, max_legs=0) as place:
        (await run_sipp("full", place.sip_port, tmp_path)).assert_all_went_well()


async def test_a_caller_who_gives_up_is_let_go(data_dir: Path, tmp_path: Path) -> None:
    async with office(data_dir, call_control=False) as place:
        (await run_sipp("cancel", place.sip_port, tmp_path)).assert_all_went_well()
        assert (await place.bus.wait_for(LegEnded)).cause is EndCause.CALLER_CANCELLED


async def test_without_call_control_callers_are_refused_in_time(data_dir: Path, tmp_path: Path) -> None:
    async with office(data_dir, call_control=False, claim_within_s=0.5) as place:
        (await run_sipp("nobody_claims", place.sip_port, tmp_path)).assert_all_went_well()
        assert (await place.bus.wait_for(LegEnded)).cause is EndCause.REFUSED_NO_CONTROL
