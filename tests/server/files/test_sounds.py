"""What is played comes by the hash of its content to machines that share no disk, and what a node has plays without the store."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.files import Files
from core.ids import new_id
from core.ports import Unavailable
from server.files import published_sounds
from server.files.directory import DirectoryFiles
from server.files.played_sounds import PlayedSounds
from server.files.published_sounds import PublishedSounds
from server.files.shelf import Shelf
from server.files.sounds import FOLDER
from tests.peers.s3_server import Door, Mood, S3Server, door_to

FILE = "prompts/spoken/welcome-8k.wav"
WELCOME = b"RIFF welcome"
ROOM = 1 << 20


def named(content: bytes) -> str:
    return f"{FOLDER}/{hashlib.sha256(content).hexdigest()}.wav"


def writes(folder: Path, content: bytes = WELCOME, file: str = FILE) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@asynccontextmanager
async def publishing(folder: Path, store: Files, now: Callable[[], float] = time.monotonic) -> AsyncIterator[PublishedSounds]:
    made = PublishedSounds(Shelf(DirectoryFiles(folder), store), ROOM, now=now, sleep=lambda _: asyncio.sleep(0.01))
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def node(folder: Path, store: Files, most_bytes: int = ROOM, within_s: float = 5.0) -> PlayedSounds:
    folder.mkdir(exist_ok=True)
    return PlayedSounds(Shelf(DirectoryFiles(folder), store), most_bytes, within_s=within_s)


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, s3: S3Server, tmp_path: Path) -> Files:
    if request.param == "s3":
        return s3.files(new_id("prefix"))
    (tmp_path / "store").mkdir()
    return DirectoryFiles(tmp_path / "store")


async def test_another_machine_plays_it_and_keeps_it(store: Files, tmp_path: Path) -> None:
    writes(tmp_path / "control")
    there = node(tmp_path / "node", store)
    async with publishing(tmp_path / "control", store) as published:
        name = await published.publish(FILE)
    assert name == named(WELCOME)
    assert there.local(name) is None
    assert (await there.fetch(name)).read_bytes() == WELCOME
    await store.delete(name)
    kept = there.local(name)
    assert kept is not None
    assert kept.read_bytes() == WELCOME


async def test_a_node_with_the_same_directory_asks_nobody(store: Files, tmp_path: Path) -> None:
    writes(tmp_path / "both")
    async with publishing(tmp_path / "both", store) as published:
        assert node(tmp_path / "both", store).local(await published.publish(FILE)) is not None


async def test_another_content_has_another_name(store: Files, tmp_path: Path) -> None:
    writes(tmp_path / "control")
    async with publishing(tmp_path / "control", store) as published:
        first = await published.publish(FILE)
        writes(tmp_path / "control", b"RIFF good morning")
        second = await published.publish(FILE)
        assert (first, second) == (named(WELCOME), named(b"RIFF good morning"))
        assert (await node(tmp_path / "node", store).fetch(first)).read_bytes() == WELCOME


async def test_what_was_removed_from_the_store_is_there_again_the_next_day(store: Files, tmp_path: Path) -> None:
    writes(tmp_path / "control")
    now = 1000.0
    async with publishing(tmp_path / "control", store, lambda: now) as published:
        name = await published.publish(FILE)
        await store.delete(name)
        now += published_sounds.LOOK_AGAIN_S
        await published.publish(FILE)
        assert (await node(tmp_path / "node", store).fetch(name)).read_bytes() == WELCOME


async def test_what_is_not_there_keeps_its_name(store: Files, tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    async with publishing(tmp_path / "control", store) as published:
        assert await published.publish("prompts/gone.wav") == "prompts/gone.wav"
        assert await published.publish("../secret.wav") == "../secret.wav"


async def test_two_who_want_the_same_ask_once(tmp_path: Path, s3: S3Server) -> None:
    writes(tmp_path / "control")
    prefix = new_id("prefix")
    async with publishing(tmp_path / "control", s3.files(prefix)) as published:
        name = await published.publish(FILE)
    async with door_to(s3) as door:
        there = node(tmp_path / "node", door.leads_to().files(prefix))
        paths = await asyncio.gather(*(there.fetch(name) for _ in range(5)))
        assert len(set(paths)) == 1
        assert door.knocked <= 2  # one request; obstore may look for the size first


@pytest.fixture
async def door(s3: S3Server) -> AsyncIterator[Door]:
    async with door_to(s3) as made:
        yield made


async def test_nothing_is_lost_while_the_store_is_away(
    door: Door, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_sounds, "PUBLISH_WITHIN_S", 0.05)
    prefix = new_id("prefix")
    through = door.leads_to().files(prefix, within_s=1.0)
    writes(tmp_path / "control")
    door.mood = Mood.FORBIDDEN
    async with publishing(tmp_path / "control", through) as published:
        name = await published.publish(FILE)
        assert node(tmp_path / "control", through).local(name) is not None, "here it plays"
        with pytest.raises(Unavailable):
            await node(tmp_path / "node", through, within_s=0.3).fetch(name)
        door.mood = Mood.GOOD
        assert (await node(tmp_path / "node", s3.files(prefix), within_s=20.0).fetch(name)).read_bytes() == WELCOME


async def test_what_is_not_what_its_name_says_is_not_played(tmp_path: Path) -> None:
    writes(tmp_path / "store", b"RIFF something else", named(WELCOME))
    there = node(tmp_path / "node", DirectoryFiles(tmp_path / "store"), within_s=0.2)
    with pytest.raises(Unavailable, match="something else"):
        await there.fetch(named(WELCOME))
    assert [path for path in (tmp_path / "node").rglob("*") if path.is_file()] == []


async def test_what_was_not_played_for_longest_makes_room(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100 for number in range(4)]
    for content in contents:
        writes(tmp_path / "store", content, named(content))
    there = node(tmp_path / "node", DirectoryFiles(tmp_path / "store"), most_bytes=300)
    for age, content in enumerate(contents[:3]):
        path = await there.fetch(named(content))
        os.utime(path, (1000 + age, 1000 + age))
    assert there.local(named(contents[0])) is not None, "played again just now"
    await there.fetch(named(contents[3]))
    assert [there.local(named(content)) is not None for content in contents] == [True, False, True, True]
