"""History of other systems comes in line by line; docs/import.md is the format's promise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.model import Certainty, Channel
from core.ports import Unavailable
from core.text_files import NotText
from customers import importing
from customers.identity import stable_id
from customers.import_batch import Batch, Outcome
from customers.import_format import parse_time
from customers.import_problems import BadValue
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
        (b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b',"type":"customer","id":"1"}', "nested deeper"),
        (b'{"type":"fax","id":"1"}', "Invalid value 'fax'"),
        (b'{"type":"customer","id":"1"}', "missing required field `name`"),
        (b'{"type":"customer","id":"1","name":"A","phone":"+44"}', "unknown field `phone`"),
        (b'{"type":"customer","id":"","name":"A"}', "length >= 1"),
        (b'{"type":"customer","id":"1","name":"A\\u0000"}', "NUL"),
        (b'{"type":"customer","id":"1","name":"M\xfcller"}', "at byte 0xfc: it looks like Latin-1 (ISO 8859-1) («1\",\"name\":"),
        (b'{"type":"customer","id":"a\\u001fb","name":"A"}', "control characters"),
        (b'{"type":"ticket","id":"1","customer":{"id":"crm:1"},"opened_at":"2099-01-01","subject":"s"}', "still to come"),
        (b'{"type":"chat","id":"1","customer":{"phone":"1000"},"started_at":1}', "is no telephone number"),
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
    assert [(problem.line, problem.severity) for problem in report.problems] == [(2, "left_out")]
    assert reason.lower() in report.problems[0].reason.lower()
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
        async def save(self, batches: Iterable[Batch]) -> tuple[Outcome, ...]:
            raise Unavailable("the database is away")

    with pytest.raises(Unavailable, match="stopped after line 0"):
        await import_lines([json.dumps(DANA).encode()], Away(office.database), now=NOON, zone=LONDON)


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"phones": ["1000", "+442079460181"]}, "phone"),
        ({"emails": ["dana at example.com"]}, "email"),
        ({"since": "2099-01-01"}, "time_ahead"),
        ({"facts": [{"text": "a", "source": "b", "at": "soon"}]}, "time"),
    ],
)
async def test_one_bad_value_refuses_neither_the_customer_nor_their_conversations(
    office: FrontOffice, field: dict[str, Any], code: str
) -> None:
    """Before, the whole line was refused, and every conversation that names it."""
    report = await office.imports({**DANA, **field}, TICKET)
    (problem,) = report.problems
    assert (problem.line, problem.severity, problem.code, problem.id) == (1, "warning", code, "crm:1")
    assert (report.failed, report.warned, report.new) == (0, 1, {"customer": 1, "ticket": 1})
    assert len(await office.timeline(await office.finds("dana"))) == 1


async def test_a_message_whose_time_is_none_costs_the_message_alone(office: FrontOffice) -> None:
    comments = [{"at": "-1h", "from": "agent", "text": "Sorry"}, {"at": "2099-01-01", "from": "agent", "text": "?"}]
    report = await office.imports(DANA, {**TICKET, "comments": comments})
    assert [(problem.line, problem.code) for problem in report.problems] == [(2, "time_ahead")]
    assert report.new["ticket"] == 1


async def test_what_an_agent_corrected_stays_when_the_file_comes_again(office: FrontOffice) -> None:
    """Before, the import undid it."""
    await office.knows(DANA)
    await office.service.change_customer(await office.finds("dana"), name="Dana Field")
    await office.knows({**DANA, "name": "Dana Whitfield", "location": "Leeds", "tags": ["new"]})
    (customer,) = await office.service.search("dana")
    assert (customer.name, customer.location, customer.tags) == ("Dana Field", "Leeds", ("new",))
    assert customer.customer_id is not None
    await office.service.change_customer(customer.customer_id, tags=("mine",))
    await office.knows({**DANA, "tags": ["theirs"]})
    assert (await office.service.search("dana"))[0].tags == ("mine",)


async def test_ids_of_two_sources_never_collide(office: FrontOffice) -> None:
    """Before, the second system's customer 1 became the first one's."""
    for source, name in (("crm", "Dana"), ("shop", "Omar"), ("", "Kim")):
        lines = [{**DANA, "name": name, "phones": []}, {**TICKET, "subject": f"Of {name}"}]
        await office.imports(*lines, namespace=source)
    for name in ("Dana", "Omar", "Kim"):
        assert [item.title for item in await office.timeline(await office.finds(name))] == [f"Of {name}"]


async def test_a_number_of_several_people_files_a_conversation_under_nobody(office: FrontOffice) -> None:
    await office.knows(DANA, {**DANA, "id": "crm:2", "name": "Frank"})
    chat = {"type": "chat", "id": "c1", "customer": {"phone": "02079460180"}, "started_at": "-1h"}
    report = await office.imports(chat)
    assert [problem.code for problem in report.problems] == ["several_customers"]
    assert report.new == {"chat": 1}
    assert await office.timeline(await office.finds("frank")) == ()


async def test_the_id_of_who_is_known_by_a_number_alone_does_not_tell_the_number(office: FrontOffice) -> None:
    """Before, an agent who read the id and the last three digits found the rest in a second: it was the number's hash."""
    chat = {"type": "chat", "id": "c1", "customer": {"phone": "02079460180"}, "started_at": "-1h"}
    await office.imports(chat)
    (customer,) = await office.service.search("+442079460180")
    ways = [("import", "phone"), ("call",), ("import",), ("phone",), ("conversation", "phone"), ("conversation",)]
    assert customer.customer_id not in {stable_id("cust", *way, "+442079460180") for way in ways}
    again = await office.imports(chat, {**chat, "id": "c2", "started_at": "-2h"})
    assert (again.new, again.renewed) == ({"chat": 1}, {"chat": 1})
    (same,) = await office.service.search("+442079460180")
    assert same.customer_id is not None
    assert (same.customer_id, len(await office.timeline(same.customer_id))) == (customer.customer_id, 2)


async def test_a_number_marked_as_shared_pops_nobody(office: FrontOffice) -> None:
    await office.knows({**DANA, "shared": ["020 7946 0180"]})
    call = await office.calls("+442079460180")
    assert (call.identified.customer_id, call.identified.certainty) == (None, Certainty.SHARED)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
async def test_a_file_is_read_in_its_encoding(office: FrontOffice, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "history.jsonl"
    lines = ({**DANA, "name": "Müller 李雷"}, TICKET)
    file.write_bytes("\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode(encoding))
    report = await import_lines(file, SqlArchive(office.database), now=NOON, zone=LONDON)
    assert (report.problems, report.new) == ((), {"customer": 1, "ticket": 1})
    assert await office.finds("müller")


async def test_who_says_the_encoding_is_believed_and_a_file_that_breaks_off_is_said(office: FrontOffice, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(json.dumps({**DANA, "name": "Müller"}, ensure_ascii=False).encode("cp1252"))
    archive = SqlArchive(office.database)
    assert (await import_lines(file, archive, now=NOON, zone=LONDON)).failed == 1
    assert (await import_lines(file, archive, now=NOON, zone=LONDON, encoding="cp1252")).failed == 0
    file.write_bytes('{"type":'.encode("utf-16") + b"\x00\xd8")
    with pytest.raises(NotText, match="breaks off"):
        await import_lines(file, archive, now=NOON, zone=LONDON)
    with pytest.raises(NotText, match="no encoding named"):
        await import_lines(file, archive, now=NOON, zone=LONDON, encoding="klingon")


@pytest.mark.parametrize("at_once", [False, True])
async def test_many_batches_are_counted_as_one_import(
    office: FrontOffice, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", 2)
    people = [{**DANA, "id": f"crm:{number}", "name": f"Person {number}", "phones": ["1"]} for number in range(5)]
    told: list[int] = []
    report = await office.imports(*people, *people, TICKET, at_once=at_once, on_problem=lambda problem: told.append(problem.line))
    assert (report.lines, report.new, report.renewed) == (11, {"customer": 5, "ticket": 1}, {"customer": 5})
    assert told == list(range(1, 11))


async def test_tickets_get_free_numbers_and_keep_them(office: FrontOffice) -> None:
    tickets = [{**TICKET, "id": f"t{number}", "subject": f"Ticket {number}"} for number in range(3)]
    await office.knows(DANA, {**tickets[0], "number": 20002}, tickets[1], tickets[2])
    await office.knows(DANA, *tickets)
    numbers = {item.title: item.ticket_number for item in await office.timeline(await office.finds("dana"))}
    assert numbers == {"Ticket 0": 20002, "Ticket 1": 20003, "Ticket 2": 20004}


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
    with pytest.raises(BadValue, match="no time"):
        parse_time(value, NOON, LONDON)


def documented_lines() -> Iterator[bytes]:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    for block in re.findall(r"```jsonl\n(.*?)```", page, flags=re.DOTALL):
        yield from block.encode().splitlines()


async def test_every_example_in_the_documentation_imports(office: FrontOffice) -> None:
    report = await import_lines(list(documented_lines()), SqlArchive(office.database), now=NOON, zone=LONDON)
    assert report.problems == ()
    assert set(report.new) == {"customer", "chat", "ticket", "call", "email"}
