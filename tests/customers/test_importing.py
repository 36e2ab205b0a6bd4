"""History of other systems comes in line by line; docs/import.md is the format's promise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.model import Channel
from core.ports import Unavailable
from customers.import_format import BadLine, parse_time
from customers.importing import import_lines
from customers.model import Status
from server.storage.sql.archive import SqlArchive
from tests.customers.front_office import DAY, HOUR, LONDON, NOON, FrontOffice

OWNER = {"id": "crm:1"}
DANA: dict[str, Any] = {
    "type": "customer", "id": "crm:1", "name": "Dana", "phones": ["020 7946 0180"], "emails": ["D@Example.com"],
}  # fmt: skip
TICKET: dict[str, Any] = {"type": "ticket", "id": "t1", "customer": OWNER, "subject": "Charged twice", "opened_at": "-19h"}


async def test_the_same_file_twice_changes_nothing(office: FrontOffice) -> None:
    lines = [DANA, {**TICKET, "comments": [{"at": "-18h", "from": "agent", "author": "Mei", "text": "Sorry"}]}]
    first = await office.imports(*lines)
    customer = (await office.service.search("dana"))[0]
    before = (await office.timeline(await office.finds("dana")), customer)
    second = await office.imports(*lines)
    assert (first.new, first.renewed) == ({"customer": 1, "ticket": 1}, {})
    assert (second.new, second.renewed) == ({}, {"customer": 1, "ticket": 1})
    assert (await office.timeline(await office.finds("dana")), (await office.service.search("dana"))[0]) == before


async def test_a_changed_line_renews_what_it_describes(office: FrontOffice) -> None:
    await office.knows(DANA, TICKET)
    await office.knows({**TICKET, "status": "closed", "closed_at": "-1h"})
    items = await office.timeline(await office.finds("dana"))
    assert [(item.title, item.status) for item in items] == [("Charged twice", Status.CLOSED)]


async def test_numbers_and_addresses_are_normalized(office: FrontOffice) -> None:
    await office.knows(DANA)
    customer = (await office.service.search("dana"))[0]
    assert (customer.phones, customer.emails) == (("+442079460180",), ("d@example.com",))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"type":"fax","id":"1"}', "Invalid value 'fax'"),
        (b'{"type":"customer","id":"1"}', "missing required field `name`"),
        (b'{"type":"customer","id":"1","name":"A","phone":"+44"}', "unknown field `phone`"),
        (b'{"type":"customer","id":"","name":"A"}', "length >= 1"),
        (b'{"type":"customer","id":"1","name":"A","phones":["1000"]}', "is no telephone number"),
        (b'{"type":"customer","id":"1","name":"A","emails":["a at b"]}', "is no e-mail address"),
        (b'{"type":"customer","id":"1","name":"A\\u0000"}', "NUL"),
        (b'{"type":"customer","id":"1","name":"\xff"}', "invalid"),
        (b'{"type":"chat","id":"1","customer":{},"started_at":1}', "exactly one of"),
        (b'{"type":"chat","id":"1","customer":{"id":"crm:9"},"started_at":1}', "is not known"),
        (b'{"type":"chat","id":"1","customer":{"id":"crm:1"},"started_at":"soon"}', "is no time"),
        (b'{"type":"email","id":"1","customer":{"id":"crm:1"},"at":1,"from":"boss"}', "Invalid enum value"),
        (b'{"type":"call","id":"1","customer":{"id":"crm:1"},"started_at":9,"ended_at":3}', "ends before it begins"),
        (b'{"type":"ticket","id":"t2","number":7,"customer":{"id":"crm:1"},"subject":"s","opened_at":1}', "belongs to another"),
    ],
)  # fmt: skip
async def test_a_bad_line_is_named_with_its_reason_and_the_others_go_on(office: FrontOffice, line: bytes, reason: str) -> None:
    await office.knows(DANA, {**TICKET, "number": 7})
    good = json.dumps({**DANA, "id": "crm:2", "name": "Omar", "phones": []}).encode()
    report = await import_lines([b"\n", line + b"\n", good], SqlArchive(office.database), now=NOON, zone=LONDON)
    assert [error.line for error in report.errors] == [2]
    assert reason.lower() in report.errors[0].reason.lower()
    assert (report.lines, report.failed, report.new) == (3, 1, {"customer": 1})


async def test_a_conversation_may_name_its_customer_by_number_only(office: FrontOffice) -> None:
    await office.knows({"type": "chat", "id": "c1", "customer": {"phone": "02079460555"}, "started_at": "-1h"})
    call = await office.calls("+442079460555")
    assert [item.channel for item in (await call.pop()).timeline] == [Channel.CHAT]


async def test_a_file_is_read_as_well(office: FrontOffice, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in (DANA, TICKET)))
    report = await import_lines(file, SqlArchive(office.database), now=NOON, zone=LONDON)
    assert report.new == {"customer": 1, "ticket": 1}


async def test_a_missing_file_is_said(office: FrontOffice, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await import_lines(tmp_path / "nothing.jsonl", SqlArchive(office.database), now=NOON, zone=LONDON)


async def test_a_database_that_goes_away_is_said_with_the_line_reached(office: FrontOffice) -> None:
    class Away(SqlArchive):
        async def save_ticket(self, ticket: object) -> bool:
            raise Unavailable("the database is away")

    lines = [json.dumps(DANA).encode(), json.dumps(TICKET).encode()]
    with pytest.raises(Unavailable, match="stopped before line 2"):
        await import_lines(lines, Away(office.database), now=NOON, zone=LONDON)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOON, NOON),
        ("-19h", NOON - 19 * HOUR),
        ("-90min", NOON - 5400),
        ("-3d", NOON - 3 * DAY),
        ("-1d 16:02", NOON - 20 * HOUR + 120),
        ("2023-11-15T12:00:00+00:00", NOON),
        ("2023-11-15 12:00", NOON),
        ("2023-11-15T13:00+01:00", NOON),
    ],
)
def test_times_are_absolute_or_before_now(value: float | str, expected: float) -> None:
    assert parse_time(value, NOON, LONDON) == expected


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "-1h 16:02", "-1d 25:00", "15.11.2023", "-", "--1d", "-99999999999d 10:00", "0001-01-01", 1e300, -9e99],
)
def test_what_is_no_time_is_refused(value: str | float) -> None:
    with pytest.raises(BadLine, match="no time"):
        parse_time(value, NOON, LONDON)


def documented_lines() -> Iterator[bytes]:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    for block in re.findall(r"```jsonl\n(.*?)```", page, flags=re.DOTALL):
        yield from block.encode().splitlines()


async def test_every_example_in_the_documentation_imports(office: FrontOffice) -> None:
    report = await import_lines(list(documented_lines()), SqlArchive(office.database), now=NOON, zone=LONDON)
    assert report.errors == ()
    assert set(report.new) == {"customer", "chat", "ticket", "call", "email"}
