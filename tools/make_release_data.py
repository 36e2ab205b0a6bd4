"""Makes the picture of a release that all later ones must start from (`tests/releases/README.md`).

Runs the product of a checkout, feeds it as people do (import, SIP calls, agents' browsers, the API), stops all its processes in
the midst of it, and packs the data folder. From the checkout of the release, with its own environment::

    PYTHONPATH=. .venv/bin/python <this tree>/tools/make_release_data.py 0.1 <this tree>/tests/releases/0.1

The peers are those of the checkout, too: they know its API. For another release this file is changed to what that one can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import lzma
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
from sqlalchemy import Connection, MetaData, Table, insert, select
from websockets.asyncio.client import connect

from core.ids import FlowId
from core.ports import NumberEntry
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.flows import SqlFlows
from server.storage.sql.migrate import upgrade
from server.storage.sql.number_plan import SqlNumberPlan
from tests.peers import spoken
from tests.peers.agent import HeadlessAgent
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.tones import write_wav
from tests.peers.waiting import until_told
from tests.server.storage.sql.postgres import Cluster, find_programs

CUSTOMERS = 2_000
DANA = "+442079460180"
QUEUE, MENU = "1000", "1001"
"""Numbers: straight into the queue, and a menu."""
TWO_DAYS_S = 172_800.0
DUE_IN_S = 60.0
"""Until the promise of the last conversation: time to begin the call that keeps its agent busy."""
SLOWLY_S = 120.0
SENTENCES = ("conf-onlyperson", "vm-intro", "queue-thereare")
PACKED = ("patchbay.db", "patchbay.db-wal", "redis", "recordings")
"""Of the data folder. Prompts are spoken again when they are missing."""
LARGEST_ROWS = 500
NO_TIME = 1_700_000_000

QUEUE_FLOW = """
flow: flow_demo
name: Straight into the queue
start: wait
steps:
  wait:
    verb: enqueue
    queue: queue_billing
    waiting: {announce: [position], first_after_s: 1, every_s: 30}
    callback: {after_s: 0, key: 1, offer: Press 1., confirm: "We will call {caller:digits}.", goodbye: Good-bye.}
    too_long: sorry
    failed: sorry
  sorry: {verb: hang_up, say: Sorry.}
"""
MENU_FLOW = """
flow: flow_menu
name: A menu that waits
start: ask
steps:
  ask:
    verb: menu
    ask: For an order, press 1.
    options: [{digit: 1, go: wait, phrases: [orders]}]
    timeout_s: 60
    otherwise: sorry
  wait: {verb: enqueue, queue: queue_orders, too_long: sorry, failed: sorry}
  sorry: {verb: hang_up, say: Sorry.}
"""


# ── who is known ──────────────────────────────────────────────────────────────────────────────────────────────────

FIRST = ("Alma", "Bodil", "Chidi", "Dag", "Esra", "Femi", "Gwen", "Hana", "Idris", "Jun", "Karim", "Lena", "Mina", "Noor", "Ola")
LAST = (
    "Abara",
    "Brandt",
    "Cruz",
    "Dahl",
    "Eriksen",
    "Fofana",
    "Grau",
    "Haas",
    "Iqbal",
    "Jansen",
    "Kaya",
    "Lund",
    "Moreau",
    "Novak",
)
THINGS = ("the floor lamp", "an arm-chair", "two shelves", "the walnut table", "a bed frame", "the blue sofa", "six chairs")


def number_of(index: int) -> str:
    """Ofcom keeps these ranges free for drama; nobody has such a number."""
    return f"+441632960{index:03}" if index < 1000 else f"+447700900{index - 1000:03}"


def history() -> Iterator[dict[str, Any]]:
    """Each customer with a call, a chat, an e-mail and a ticket; the same lines every time but for what is relative to now."""
    chance = random.Random(1)
    for index in range(CUSTOMERS):
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        thing, day, hour = chance.choice(THINGS), chance.randint(2, 300), chance.randint(8, 17)
        who = {"id": f"crm:{index}"}
        yield {
            "type": "customer",
            "id": f"crm:{index}",
            "name": name,
            "phones": [number_of(index)],
            "emails": [f"{name.split(maxsplit=1)[0].lower()}.{index}@example.com"],
            "tags": ["invoice by e-mail"] if index % 3 == 0 else [],
            "vip": index % 50 == 0,
            "since": f"20{chance.randint(15, 24)}-03-02",
            "facts": [{"text": f"Ordered {thing}", "source": "orders", "at": f"-{day}d"}] if index % 5 == 0 else [],
        }
        yield {
            "type": "call",
            "id": f"pbx:{index}",
            "customer": who,
            "caller": number_of(index),
            "called": "+442071838750",
            "started_at": f"-{day}d {hour:02}:21",
            "ended_at": f"-{day}d {hour:02}:28",
            "agent": "Mei Lin",
            "queue": "Orders",
            "reason": f"Asked about {thing}",
            "waited_s": chance.randint(3, 90),
        } | ({"answered_at": f"-{day}d {hour:02}:22"} if index % 7 else {})
        yield {
            "type": "chat",
            "id": f"chat:{index}",
            "customer": who,
            "started_at": f"-{day + 1}d {hour:02}:02",
            "ended_at": f"-{day + 1}d {hour:02}:08",
            "messages": [
                {"at": f"-{day + 1}d {hour:02}:02", "from": "customer", "text": f"When does {thing} come?"},
                {"at": f"-{day + 1}d {hour:02}:03", "from": "agent", "text": "On Thursday.", "author": "Mei Lin"},
            ][: 1 + (index % 4 > 0)],
        }
        yield {
            "type": "email",
            "id": f"<{index}@mail.example.com>",
            "customer": who,
            "at": f"-{day + 2}d {hour:02}:12",
            "from": "customer",
            "subject": f"Invoice {3000 + index}",
            "text": f"Please send me the invoice for {thing}.",
        }
        yield {
            "type": "ticket",
            "id": f"desk:{index}",
            "number": 50_000 + index,
            "customer": who,
            "subject": f"About {thing}",
            "status": "open" if index % 4 == 0 else "closed",
            "opened_at": f"-{day}d {hour:02}:40",
            "comments": [{"at": f"-{day}d {hour:02}:40", "from": "customer", "text": f"One leg of {thing} is loose."}],
        }


# ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────────


class Scene:
    """A morning in the company, up to the moment everything stops."""

    def __init__(self, house: Installation, phone: Phone, folder: Path) -> None:
        self._house = house
        self._phone = phone
        self._folder = folder

    async def is_set_up(self) -> None:
        """History is imported, two flows are published, and the configuration is changed, and changed back in part."""
        file = self._folder / "history.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in history()))
        print(await self._house.says("import", str(file)))
        database = Database(sqlite_url(self._house.data_dir / "patchbay.db"))
        flows = SqlFlows(database)
        for flow_id, name, text in (("flow_demo", "Straight into the queue", QUEUE_FLOW), ("flow_menu", "A menu", MENU_FLOW)):
            version = await flows.save(FlowId(flow_id), name, text, "ada", time.time())
            await flows.publish(FlowId(flow_id), version)
        await SqlNumberPlan(database, "GB").add_missing(NumberEntry(number=MENU, flow_id=FlowId("flow_menu")), "Menu")
        await database.close()
        async with self._house.signed_in("ada") as ada:
            for comment, queues in (
                ("Time to write it up", {"queue_billing": {"wrap_up_limit_s": 900}}),
                ("Orders first", {"queue_orders": {"priority": 3}}),
                ("Not so much", {"queue_orders": {"priority": 1}}),
            ):
                version = (await ada.get("/configuration")).json()["version"]
                changes = {"version": version, "comment": comment, "changes": {"queues": queues}}
                (await ada.patch("/configuration", json=changes)).raise_for_status()

    async def calls(self, call: str, number: str, to: str = QUEUE) -> None:
        await self._phone.dial(f"sip:{to}@127.0.0.1:{self._house.sip_port}", call=call, number=number)
        await self._phone.connected(call=call, within_s=SLOWLY_S)

    async def talks(self, call: str, number: str, agent: HeadlessAgent, sentence: str = "") -> str:
        """Caller and agent; with a sentence until it is written down. Returns the call's id."""
        await self.calls(call, number)
        await agent.accepts(await agent.offered(SLOWLY_S))
        talking = await agent.call_is("talking", SLOWLY_S)
        call_id = str(talking["call_id"])
        if sentence:
            file = write_wav(self._folder / f"{sentence}.wav", spoken.prompt(sentence).astype(np.float64) / 32768)
            await self._phone.says(file, call=call)

            async def written() -> bool:
                return bool((await agent.reads(f"/calls/{call_id}"))["segments"])

            await until_told(written, SLOWLY_S)
        return call_id

    async def hangs_up(self, call: str, agent: HeadlessAgent, call_id: str) -> None:
        await self._phone.hang_up(call=call)
        await agent.call_is("wrap_up", SLOWLY_S)

        async def recorded() -> bool:
            return bool((await agent.reads(f"/calls/{call_id}"))["recording_ms"])

        await until_told(recorded, SLOWLY_S)

    async def asks_to_be_called_back(self, call: str, number: str) -> None:
        await self.calls(call, number)

        async def told_goodbye() -> bool:
            await self._phone.press("1", call=call)
            try:
                await self._phone.disconnected(call=call, within_s=3)
            except AssertionError:
                return False
            return True

        await until_told(told_goodbye, SLOWLY_S)

    async def board(self, sam: httpx.AsyncClient) -> dict[str, Any]:
        """What the supervisor sees."""
        cookie = {"Cookie": f"patchbay_session={sam.cookies['patchbay_session']}"}
        async with connect(f"{self._house.url.replace('http', 'ws')}/api/v1/live", additional_headers=cookie) as screen:
            async for text in screen:
                message: dict[str, Any] = json.loads(text)
                if message["type"] == "snapshot":
                    return message
        raise AssertionError("no snapshot came")

    async def in_line(self, sam: httpx.AsyncClient) -> int:
        board = await self.board(sam)
        return sum(work["state"] in {"waiting", "offered"} for work in board["works"])


async def play(scene: Scene, house: Installation) -> AsyncGenerator[dict[str, Any], None]:
    """Yields the board when everything is under way; what comes after must not end it."""
    await scene.is_set_up()
    async with contextlib.AsyncExitStack() as stack:

        async def signed_in(name: str, hz: float) -> HeadlessAgent:
            return await stack.enter_async_context(HeadlessAgent.signed_in(house, name, hz=hz))

        mei, aisha, jonas = await signed_in("mei", 620.0), await signed_in("aisha", 700.0), await signed_in("jonas", 500.0)
        sam = await stack.enter_async_context(house.signed_in("sam"))
        await mei.becomes("available")
        first = await scene.talks("1", DANA, mei, SENTENCES[0])
        await scene.hangs_up("1", mei, first)
        later = time.time() + TWO_DAYS_S
        await mei.writes_up(first, summary="She asks on Wednesday.", next_step="callback", callback_at=later)
        second = await scene.talks("2", number_of(7), mei, SENTENCES[1])
        await scene.hangs_up("2", mei, second)
        await mei.writes_up(second, summary="One leg is loose.", next_step="ticket", ticket_subject="A loose leg")
        await mei.becomes("away")

        await aisha.becomes("available")
        third = await scene.talks("3", number_of(8), aisha)
        await aisha.becomes("away")  # after this one, which she does not finish writing up
        await scene.hangs_up("3", aisha, third)

        await mei.becomes("available")
        fourth = await scene.talks("4", number_of(1009), mei, SENTENCES[2])
        await scene.hangs_up("4", mei, fourth)
        await mei.writes_up(fourth, summary="In a minute.", next_step="callback", callback_at=time.time() + DUE_IN_S)
        await scene.talks("5", number_of(10), mei)
        await scene.asks_to_be_called_back("6", number_of(1011))
        await scene.calls("7", number_of(12))
        await scene.calls("8", number_of(13), MENU)

        async def three_in_line() -> bool:
            return await scene.in_line(sam) == 3  # the call, the callback asked for, the callback that is due

        await until_told(three_in_line, DUE_IN_S + SLOWLY_S)
        await jonas.becomes("available")
        await jonas.offered(SLOWLY_S)
        yield await scene.board(sam)


def stop_everything(house: Installation) -> None:
    """As a machine that loses its power: nobody is told, nobody can write a last word."""
    processes = house.processes()
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            process.send_signal(number)


# ── what is kept of it ────────────────────────────────────────────────────────────────────────────────────────────


def rows(database: sqlite3.Connection, query: str) -> list[list[Any]]:
    return [list(row) for row in database.execute(query)]


def described(data: Path, board: dict[str, Any], release: str, commit: str, taken_at: float) -> dict[str, Any]:
    """What later releases must find again."""
    database = sqlite3.connect(data / "patchbay.db")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    callers = "SELECT customer_id FROM calls WHERE called IN ('1000', '1001')"
    timelines = (
        f"SELECT customer_id, channel, count(*) FROM interactions WHERE customer_id IN ({callers}) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    works = ("work_id", "call_id", "origin_call_id", "channel", "queue_id", "state", "until", "enqueued_at")
    return {
        "release": release,
        "commit": commit,
        "taken_at": taken_at,
        "rows": {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables},
        "timelines_of_callers": rows(database, timelines),
        "works": [{name: work[name] for name in works} for work in board["works"]],
        "lines": {line["queue_id"]: [place["work_id"] for place in line["places"]] for line in board["lines"]},
        "calls": {call["call_id"]: call["state"] for call in board["calls"]},
        "promises": rows(database, "SELECT interaction_id, call_id, due_at FROM callbacks WHERE done_at IS NULL ORDER BY 3"),
        "versions": rows(database, "SELECT version, author, comment FROM configuration_versions ORDER BY 1"),
        "flows": rows(database, "SELECT flow_id, published_version FROM flows ORDER BY 1"),
        "users": rows(database, "SELECT username, role FROM users ORDER BY 1"),
        "recordings": rows(
            database, "SELECT call_id, recording_path, recording_ms FROM calls WHERE recording_path IS NOT NULL ORDER BY 1"
        ),
        "transcribed": [
            call_id for (call_id,) in database.execute("SELECT DISTINCT call_id FROM transcript_segments ORDER BY 1")
        ],
    }


async def dump_for_postgresql(data: Path, into: Path) -> None:
    """The same rows behind the release's own migrations in a real PostgreSQL, as `pg_dump` writes them."""
    programs = find_programs()
    assert programs is not None, "PostgreSQL is not installed (Debian package postgresql)"
    with tempfile.TemporaryDirectory(prefix="pb-postgres-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(programs, Path(folder))
        cluster.start()
        try:
            url = cluster.emptied_database()
            await upgrade(url)
            await _copy_rows(sqlite_url(data / "patchbay.db"), url)
            options = ["--no-owner", "--no-privileges", "--schema=public", "--clean", "--if-exists"]
            await asyncio.to_thread(_dump, programs / "pg_dump", options, url, into)
        finally:
            cluster.stop()


def _dump(program: Path, options: list[str], url: str, into: Path) -> None:
    with into.open("wb") as out:
        subprocess.run([program, *options, url], check=True, stdout=out)


async def _copy_rows(source: str, target: str) -> None:
    old, new = Database(source), Database(target)

    def tables(connection: Connection) -> MetaData:
        found = MetaData()
        found.reflect(connection)
        return found

    metadata = await new.read(tables)
    for table in metadata.sorted_tables:
        if table.name == "alembic_version":
            continue
        found = await old.read(partial(_all_of, table=table))
        for start in range(0, len(found), LARGEST_ROWS):
            await new.write(partial(_add, table=table, found=found[start : start + LARGEST_ROWS]))
    await old.close()
    await new.close()


def _all_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _add(connection: Connection, table: Table, found: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), found)


def pack(folder: Path, names: tuple[str, ...], into: Path) -> None:
    """The same bytes for the same files: sorted, without owners and times."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = NO_TIME
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    with lzma.open(into, "wb", preset=9 | lzma.PRESET_EXTREME) as out, tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            for path in sorted([folder / name, *(folder / name).rglob("*")]):
                if path.exists() and not path.is_socket():
                    archive.add(path, str(path.relative_to(folder)), recursive=False, filter=anonymous)


class Stopped(NamedTuple):
    """An installation of which nothing runs any more, and what its board showed last."""

    house: Installation
    board: dict[str, Any]
    at: float


def keep(stopped: Stopped, release: str, folder: Path, out: Path) -> None:
    """Copies, describes and packs the data folder."""
    data, copy = folder / "picture", folder / "copy"
    data.mkdir()
    for part in PACKED:
        source = stopped.house.data_dir / part
        if source.is_dir():
            shutil.copytree(source, data / part, ignore=lambda where, _: [p.name for p in Path(where).iterdir() if p.is_socket()])
        elif source.exists():
            shutil.copy(source, data / part)
    shutil.copytree(data, copy)  # opening the database folds its log into it
    asyncio.run(dump_for_postgresql(copy, data / "postgresql.sql"))
    out.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    description = described(copy, stopped.board, release, commit, stopped.at)
    (out / "expected.json").write_text(json.dumps(description, indent=1, sort_keys=True) + "\n")
    pack(data, (*PACKED, "postgresql.sql"), out / "data.tar.xz")
    print(f"{out / 'data.tar.xz'}: {(out / 'data.tar.xz').stat().st_size:,} bytes")


async def run(folder: Path) -> Stopped:
    """The scene, stopped."""
    async with Phone.start() as phone:
        trunk = {"TRUNK_CUSTOMER_NETWORKS": "127.0.0.1", "TRUNK_CUSTOMER_PROXY": f"sip:127.0.0.1:{phone.port}"}
        house = Installation(folder, **trunk, TRUNK_CUSTOMER_CALLER="+442071838750")
        await house.start()
        try:
            async with contextlib.aclosing(play(Scene(house, phone, folder), house)) as played:
                board = await anext(played)
                stop_everything(house)
                return Stopped(house, board, time.time())
        finally:
            await house.stop()


def make(release: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pb-release-") as name:
        folder = Path(name)
        keep(asyncio.run(run(folder)), release, folder, out)


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))
