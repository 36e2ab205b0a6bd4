"""What reaches our log of pjproject's: no numbers, no names, no flood."""

from __future__ import annotations

import pytest

from telephony.sip.pj_log import Allowance, redact


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Making call with acc #0 to sip:+4930123456@host", "Making call with acc #0 to sip:…host"),
        ("From: <sip:ann@h>", "From: <sip:…h>"),
        ("Dropping packet:\nINVITE sip:secret@x", "Dropping packet:"),
        ("caller 03012345678 busy", "caller … busy"),
        ("port 5060 in use", "port 5060 in use"),
    ],
)
def test_redaction(line: str, written: str) -> None:
    assert redact(line) == written


def test_a_flood_of_lines_is_cut_and_counted() -> None:
    allowance = Allowance()
    taken = [allowance.take(now=100.0)[0] for _ in range(50)]
    assert sum(taken) == Allowance.LINES
    assert allowance.take(now=100.0 + Allowance.WINDOW_S) == (True, 50 - Allowance.LINES)
