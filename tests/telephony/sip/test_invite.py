"""What is read from an INVITE, in all the spellings that RFC 3261 allows, and from nonsense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.invite import Invite, header_lines, read_invite, split_address, user_of

LONG = (
    "INVITE sip:+4930100@pbx.example;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP 192.0.2.2\r\n"
    'From: "Ann \\"A.\\" Example" <sip:%2B4930200:secret@192.0.2.1;user=phone>;tag=1\r\n'
    "To: <sip:+4930100@pbx.example>\r\nCall-ID: abc@192.0.2.1\r\nCSeq: 1 INVITE\r\n"
    "User-Agent: Lab\r\n  Phone/1.0\r\nContent-Length: 0\r\n\r\nFrom: <sip:body@x>\r\n"
)
COMPACT = "INVITE sip:200@h SIP/2.0\r\nv: SIP/2.0/UDP h\r\nf: sip:ann@h;tag=9\r\nt: sip:200@h\r\ni: c1\r\n\r\n"


def test_the_long_form() -> None:
    assert read_invite(LONG)._replace(fields=()) == Invite(
        caller_uri="sip:%2B4930200:secret@192.0.2.1;user=phone",
        caller_name='Ann "A." Example',
        called_uri="sip:+4930100@pbx.example;user=phone",
        sip_call_id="abc@192.0.2.1",
        user_agent="Lab Phone/1.0",
        transport="tcp",
        fields=(),
    )


def test_the_compact_form() -> None:
    invite = read_invite(COMPACT)
    assert (invite.caller_uri, invite.sip_call_id, invite.transport, invite.user_agent) == ("sip:ann@h", "c1", "udp", "")


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:100@h", "100"),
        ("sips:%2B4930@h;x=y", "+4930"),
        ("tel:+49-30;phone-context=x", "+49-30"),
        ("sip:h", ""),
        ("sip:ann:pw@h", "ann"),
        ("http://x@y", ""),
        ("", ""),
    ],
)
def test_the_user_of_a_uri(uri: str, user: str) -> None:
    assert user_of(uri) == user


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:a@b>;tag=1", ("", "sip:a@b")),
        ("Ann Example <sip:a@b>", ("Ann Example", "sip:a@b")),
        ("sip:a@b;tag=1", ("", "sip:a@b")),
        ('"" <sip:a@b>', ("", "sip:a@b")),
    ],
)
def test_addresses(value: str, expected: tuple[str, str]) -> None:
    assert split_address(value) == expected


def test_the_body_is_no_header() -> None:
    assert dict(header_lines(LONG))["from"].startswith('"Ann')


@given(st.text())
def test_nonsense_never_raises(text: str) -> None:
    read_invite(text)
    read_invite("INVITE sip:1@h SIP/2.0\r\n" + text)
