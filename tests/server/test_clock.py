"""A clock that goes on evenly when the machine's clock jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.clock import LARGEST_SLEW_S, SHARED_FILE, SteadyClock, start_afresh

NOON = 1_780_000_000.0


class Machine:
    """Wall and steady time as the test sets them."""

    def __init__(self) -> None:
        self.steady = 1000.0
        self.wall = NOON

    def passes(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds

    def clock(self, shared: Path | None = None) -> SteadyClock:
        return SteadyClock(shared, wall=lambda: self.wall, steady=lambda: self.steady)


def test_it_tells_the_time_of_the_wall() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(3600)
    assert clock.now() == machine.wall
    machine.wall += 0.2
    assert clock.now() == machine.wall, "a small step is no jump"
    assert clock.ahead_s == 0.0


@pytest.mark.parametrize("jump_s", [300.0, -300.0])
def test_a_jump_of_five_minutes_is_made_good_slowly(jump_s: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(10)
    before = clock.now()
    machine.wall += jump_s
    assert clock.now() == pytest.approx(before)
    machine.passes(20)
    assert clock.now() - before == pytest.approx(20 + (2 if jump_s > 0 else -2))
    for _ in range(3000):
        machine.passes(1)
        clock.now()
    assert clock.now() == machine.wall


@pytest.mark.parametrize("jump_s", [300.0, -300.0])
def test_it_never_goes_back_and_never_stands_still(jump_s: float) -> None:
    machine = Machine()
    clock = machine.clock()
    last = clock.now()
    for second in range(4000):
        machine.passes(1)
        if second in {100, 700}:
            machine.wall += jump_s
        now = clock.now()
        assert 0.85 < now - last < 1.15
        last = now


def test_a_jump_there_and_back_ends_where_it_began() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 300
    clock.now()
    machine.passes(60)
    machine.wall -= 300
    clock.now()
    machine.passes(61)
    assert clock.now() == pytest.approx(machine.wall)


def test_a_jump_of_hours_is_taken_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += LARGEST_SLEW_S + 1
    assert clock.now() == machine.wall


def test_a_process_that_starts_after_a_jump_agrees_with_those_before(tmp_path: Path) -> None:
    machine, shared = Machine(), tmp_path / "clock"
    first = machine.clock(shared)
    machine.wall += 300
    first.now()
    machine.passes(100)
    assert machine.clock(shared).now() == pytest.approx(first.now())
    assert first.now() == pytest.approx(machine.wall - 290)


def test_a_start_of_the_whole_installation_begins_with_the_time_of_the_wall(tmp_path: Path) -> None:
    machine, shared = Machine(), tmp_path / SHARED_FILE
    clock = machine.clock(shared)
    machine.wall += 300
    clock.now()
    start_afresh(tmp_path)
    assert machine.clock(shared).now() == machine.wall
    start_afresh(tmp_path)


def test_what_another_boot_or_nobody_wrote_is_not_believed(tmp_path: Path) -> None:
    machine, shared = Machine(), tmp_path / "clock"
    for content in (b'["another boot", 900.0, 5.0, 5.0]', b"nonsense"):
        shared.write_bytes(content)
        assert machine.clock(shared).now() == machine.wall


def test_a_process_paused_between_two_readings_sees_no_jump() -> None:
    machine = Machine()
    pauses = [False, True]

    def wall() -> float:
        told = machine.wall
        if pauses and pauses.pop(0):
            machine.passes(60)  # SIGSTOP, just after the wall was read
        return told

    clock = SteadyClock(None, wall=wall, steady=lambda: machine.steady)
    assert clock.now() == pytest.approx(machine.wall)
    assert clock.ahead_s == pytest.approx(0.0)


def test_where_nothing_can_be_written_it_still_goes_evenly(tmp_path: Path) -> None:
    machine = Machine()
    clock = machine.clock(tmp_path / "no such folder" / "clock")
    before = clock.now()
    machine.wall += 300
    assert clock.now() == pytest.approx(before)
