"""What reaches our log of pjproject's: no numbers, no names, no flood."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from server.logs import hide_personal_data
from telephony.sip.pj_log import LONGEST_LINE, StructuredLog, redact


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Making call with acc #0 to sip:+4930123456@host", "Making call with acc #0 to sip:…host"),
        ("From: <sip:ann@h>", "From: <sip:…h>"),
        ("Dropping packet:\nINVITE sip:secret@x", "Dropping packet:"),
        ("caller 03012345678 busy", "caller … busy"),
        ('incoming "Ann Example" <sips:ann@h;x=1>', "incoming … <sips:…h;x=1>"),
        ('name cut off "Ann Exam', "name cut off …"),
        ("tel:+49-30-1234;phone-context=x", "tel:…;phone-context=x"),
        ("port 5060 in use", "port 5060 in use"),
        ("\n  syntax error when parsing 'Via' header on line 3", "syntax error when parsing Via header on line 3"),
        ("TCP connect() error: [code=120111]: Connection refused", "TCP connect() error: [code=120111]: Connection refused"),
        ("sent to 192.0.2.17:40122 by tdta0x7f30c4001234", "sent to 192.0.2.17:40122 by tdta0x7f30c4001234"),
        (
            "Dropping 512 bytes from 192.0.2.1:5060 : syntax",
            "Dropping 512 bytes from 192.0.2.1:5060 : syntax",
        ),
    ],
)
def test_what_is_personal_is_hidden_where_it_stands(line: str, written: str) -> None:
    assert redact(line) == written


def test_a_line_has_an_end() -> None:
    assert len(redact("x" * 5000)) == LONGEST_LINE


@pytest.mark.parametrize(("level", "name"), [(1, "error"), (2, "warning")])
def test_the_sip_stacks_lines_can_be_read_in_our_log(level: int, name: str) -> None:
    """498 of 498 said "(personal)": the name of their field is one that may hold a person's words."""
    with capture_logs(processors=[hide_personal_data]) as lines:
        StructuredLog().write(SimpleNamespace(level=level, msg="udp.c drops 9 bytes of sip:ann@192.0.2.1:5060\n"))
    assert lines == [{"event": "pjproject", "line": "udp.c drops 9 bytes of sip:…192.0.2.1:5060", "log_level": name}]
