"""The search on both databases: the same questions find the same things, and nobody finds what they may not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.ids import CustomerId
from customers.search import CallReach, Hit, HitGroup, Reach, SearchKind, SearchTooSlow, ask
from server.search_index import SearchIndex
from server.storage.sql.database import Database
from server.storage.sql.search.entries import Entry, worn, write_entries
from server.storage.sql.search.reader import SqlSearch
from server.storage.sql.search.subjects import index_people
from tests.customers.front_office import MEI, FrontOffice

ALL = Reach()
NOBODY = Reach(customers=frozenset(), calls=CallReach(agent_id=None), whole_numbers=False)
PEOPLE: list[dict[str, Any]] = [
    {"type": "customer", "id": "1", "name": "Dana Whitfield", "phones": ["+442079460180"], "emails": ["dana@example.com"]},
    {"type": "customer", "id": "2", "name": "Jürgen Müller", "phones": ["+4930901820"]},
    {"type": "customer", "id": "3", "name": "李小龙", "phones": ["+442079460999"]},
]
TICKET: dict[str, Any] = {
    "type": "ticket", "id": "t", "number": 20391, "customer": {"id": "1"}, "subject": "Charged twice", "opened_at": "-19h",
    "comments": [
        {"at": "-19h", "from": "customer", "text": "Order 77-1204 was charged twice, call me on 020 7946 0555"},
        {"at": "-18h", "from": "agent", "text": "The second capture is released 我们会退款"},
    ],
}  # fmt: skip


class Desk:
    """Somebody who searches."""

    def __init__(self, database: Database, reach: Reach = ALL) -> None:
        self.office = FrontOffice(database)
        self._search = SqlSearch(database)
        self._reach = reach

    async def groups(self, query: str, limit: int = 10, skip: int = 0, *kinds: SearchKind) -> dict[SearchKind, HitGroup]:
        asked = ask(query, ["GB", "DE"], self._reach)
        found = await self._search.find(kinds or tuple(SearchKind), asked, self._reach, limit=limit, skip=skip, timeout_s=20.0)
        return {group.kind: group for group in found}

    async def finds(self, query: str, kind: SearchKind = SearchKind.PEOPLE) -> list[str]:
        return [hit.title for hit in await self.hits(query, kind)]

    async def hits(self, query: str, kind: SearchKind) -> tuple[Hit, ...]:
        return (await self.groups(query, 10, 0, kind))[kind].items


@pytest.fixture
async def desk(database: Database) -> Desk:
    desk = Desk(database)
    await desk.office.staff()
    await desk.office.knows(*PEOPLE, TICKET)
    return desk


async def test_people_are_found_by_whatever_is_typed(desk: Desk) -> None:
    expected = {
        "Dana Whitfield": [
            "dana", "WHIT", "whitfield dana", "Dana W", "dana@example.com", "dana@", "example", "itfie",
            "02079460180",
            "020 7946 0180", "+44 (0)20 7946 0180", "0044 20 7946 0180", "442079460180",
            "0180", "79460180", "+4420794601",
        ],
        "Jürgen Müller": ["jurgen", "mueller", "Müller, Jürgen", "030 901820", "+49 30 901820", "901820"],
        "李小龙": ["李小龙", "小", "李", "小龙"],
    }  # fmt: skip
    found = {query: await desk.finds(query) for queries in expected.values() for query in queries}
    assert found == {query: [name] for name, queries in expected.items() for query in queries}


@pytest.mark.parametrize("query", ["", "  ", "nobody", "99999", "龙小", "' OR 1=1 --", '"', "*", "dana NOT whitfield", "&|!"])
async def test_what_nobody_has_finds_nobody(desk: Desk, query: str) -> None:
    assert await desk.finds(query) == []


async def test_tickets_are_found_by_number_and_subject(desk: Desk) -> None:
    for query in ("20391", "#20391", "charged twice", "twice char"):
        (hit,) = await desk.hits(query, SearchKind.TICKETS)
        assert (hit.title, hit.ticket_number, hit.customer_name) == ("Charged twice", 20391, "Dana Whitfield")


async def test_messages_are_found_by_their_words_and_shown_where_they_stand(desk: Desk) -> None:
    (hit,) = await desk.hits("77-1204", SearchKind.MESSAGES)
    assert hit.text.startswith("Order 77-1204 was charged")
    assert hit.message_id is not None
    assert [each.text for each in await desk.hits("capture released", SearchKind.MESSAGES)] == [
        "The second capture is released 我们会退款"
    ]
    assert len(await desk.hits("退款", SearchKind.MESSAGES)) == 1
    assert len(await desk.hits("+44 20 7946 0555", SearchKind.MESSAGES)) == 1


async def test_what_was_said_and_what_the_agent_wrote_is_found(desk: Desk) -> None:
    call = await desk.office.calls("02079460180")
    await call.waits()
    await call.is_answered()
    await call.says("the parcel never came", 1, 4200)
    await call.ends()
    await call.is_wrapped_up("Lost parcel", "Sent a new kettle.")
    (said,) = await desk.hits("parcel never", SearchKind.TRANSCRIPTS)
    assert (said.text, said.start_ms, said.call_id) == ("the parcel never came", 4200, call.call_id)
    (wrote,) = await desk.hits("kettle", SearchKind.TRANSCRIPTS)
    assert (wrote.text, wrote.start_ms) == ("Lost parcel · Sent a new kettle.", None)


async def test_everything_is_counted_and_turned_page_by_page(database: Database) -> None:
    desk = Desk(database)
    comments = [{"at": 1000.0 + number, "from": "customer", "text": f"lamp number {number}"} for number in range(25)]
    await desk.office.knows(PEOPLE[0], {**TICKET, "comments": comments})
    first = (await desk.groups("lamp", 10, 0, SearchKind.MESSAGES))[SearchKind.MESSAGES]
    last = (await desk.groups("lamp", 10, 20, SearchKind.MESSAGES))[SearchKind.MESSAGES]
    assert (first.count, len(first.items), first.next) == (25, 10, "10")
    assert (last.count, len(last.items), last.next) == (25, 5, None)


async def test_a_new_name_is_found_and_the_old_one_is_not(desk: Desk) -> None:
    (dana,) = await desk.hits("dana", SearchKind.PEOPLE)
    assert dana.customer_id is not None
    await desk.office.service.change_customer(dana.customer_id, name="Dana Okafor")
    assert await desk.finds("okafor") == ["Dana Okafor"]
    assert await desk.finds("whitfield") == []
    await desk.office.service.change_customer(dana.customer_id, name="Dana Whitfield")
    assert await desk.finds("whitfield") == ["Dana Whitfield"]


async def test_who_has_no_name_any_more_or_is_gone_is_not_found(desk: Desk, database: Database) -> None:
    """What they were called stayed in the index, and found them."""
    (dana,) = await desk.hits("dana", SearchKind.PEOPLE)
    assert dana.customer_id is not None

    def nameless(connection: Connection) -> None:
        row = {"id": dana.customer_id}
        connection.execute(text("UPDATE customers SET name = '', name_key = '' WHERE customer_id = :id"), row)
        connection.execute(text("DELETE FROM identifiers WHERE customer_id = :id AND kind <> 'phone'"), row)
        index_people(connection, [str(dana.customer_id)])

    await database.write(nameless)
    assert await desk.finds("dana") == []
    assert await desk.finds("whitfield") == []
    assert len(await desk.finds("020 7946 0180")) == 1, "the number is theirs all the same"
    entries, left = await database.read(worn)
    assert (left > 0) is (await database.read(lambda connection: connection.dialect.name) == "sqlite")
    await SearchIndex(database).rebuild()
    assert await database.read(worn) == (entries, 0)


async def test_who_may_read_few_finds_and_counts_only_those(desk: Desk, database: Database) -> None:
    (dana,) = await desk.hits("dana", SearchKind.PEOPLE)
    assert dana.customer_id is not None
    nobody = Desk(database, NOBODY)
    assert [group.count for group in (await nobody.groups("dana")).values()] == [0, 0, 0, 0]
    hers = Desk(database, Reach(customers=frozenset({dana.customer_id, CustomerId("x")}), calls=CallReach(agent_id=MEI)))
    assert await hers.finds("dana") == ["Dana Whitfield"]
    assert await hers.finds("jurgen") == []
    assert await hers.finds("charged", SearchKind.MESSAGES) == ["Charged twice"]


async def test_whoever_sees_last_digits_only_completes_no_number_by_asking(desk: Desk, database: Database) -> None:
    agent = Desk(database, Reach(whole_numbers=False))
    assert await agent.finds("020 7946 0180") == ["Dana Whitfield"]
    for part in ("020794", "7946 0", "794", "+4420"):
        assert await agent.finds(part) == []
        assert await agent.hits(part, SearchKind.MESSAGES) == ()
    assert await agent.hits("call me 7946", SearchKind.MESSAGES) == ()
    assert len(await agent.hits("call me 555", SearchKind.MESSAGES)) == 1
    assert len(await agent.hits("77-1204", SearchKind.MESSAGES)) == 1
    assert len(await desk.hits("call me 7946", SearchKind.MESSAGES)) == 1


async def test_no_part_of_a_hidden_number_ever_decides(database: Database) -> None:
    """0.1 gave a number away in 56 questions: each told whether one more digit was right."""
    agent = Desk(database, Reach(whole_numbers=False))
    await agent.office.knows({**PEOPLE[0], "name": "Dana +44 20 7946 0180"})
    for number in ("+442079460180", "+44 20 7946 0180", "02079460180"):
        for start in range(len(number)):
            for end in range(start + 1, len(number)):
                part = number[start:end]
                digits = "".join(filter(str.isdigit, part))
                if digits and len(digits) < 10 and not "180".startswith(digits):
                    assert await agent.finds(part) == [], part
                    assert await agent.finds(f"dana {part}") == [], part
    assert await agent.finds("dana 180") == ["Dana +44 20 7946 0180"]


async def test_the_index_is_made_anew_from_what_is_stored(desk: Desk, database: Database) -> None:
    call = await desk.office.calls("02079460180")
    await call.is_answered()
    await call.says("the parcel never came", 1, 4200)
    before = {query: await desk.groups(query) for query in ("dana", "20391", "charged", "parcel", "龙")}
    index = SearchIndex(database)
    await index.rebuild()
    assert {query: await desk.groups(query) for query in before} == before
    assert await index.fill(0.0) == 0


async def test_a_search_that_takes_too_long_is_given_up(desk: Desk, database: Database) -> None:
    with pytest.raises(SearchTooSlow):
        await SqlSearch(database).find(tuple(SearchKind), ask("dana", ["GB"], ALL), ALL, limit=10, skip=0, timeout_s=-1.0)


async def test_who_writes_what_the_walk_over_old_rows_writes_just_now_is_no_trouble(database: Database) -> None:
    entry = Entry(SearchKind.MESSAGES, "msg_1", None, 1000.0, ("refund",))

    def written(connection: Connection) -> None:
        write_entries(connection, [entry])
        if connection.dialect.name == "postgresql":  # SQLite has one writer
            connection.execute(text("SELECT pg_sleep(0.2)"))

    await asyncio.gather(database.write(written), database.write(written))
    found = await database.read(lambda connection: connection.execute(text("SELECT subject_id FROM search_entries")).all())
    assert [tuple(row) for row in found] == [("msg_1",)]
