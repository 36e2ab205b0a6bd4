"""What a node recorded comes into the store, whatever happens to the store, the node, or the file."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.files import Files
from core.ids import new_id
from core.ports import Unavailable
from server.files.directory import DirectoryFiles
from server.files.handing_over import QUIET_S, HandOver
from server.files.s3 import AT_ONCE
from server.files.shelf import Shelf
from tests.peers.s3_server import Door, Mood, S3Server, door_to
from tests.peers.waiting import until

NAME = "recordings/call_1.wav"


class Machine:
    """One that records, with its folder."""

    def __init__(self, folder: Path, store: Files) -> None:
        folder.mkdir()
        self.folder = folder
        self.store = store

    def records(self, name: str = NAME, content: bytes = b"RIFF", *, quiet_s: float = 0.0) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        before = time.time() - quiet_s
        os.utime(path, (before, before))
        return path

    @asynccontextmanager
    async def running(self) -> AsyncIterator[HandOver]:
        hand_over = HandOver(Shelf(DirectoryFiles(self.folder), self.store), sleep=_blink)
        task = asyncio.create_task(hand_over.run(), name="hand-over")
        yield hand_over
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    @property
    def left(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    async def has_handed_over(self) -> None:
        await until(lambda: not self.left)


async def _blink(_: float) -> None:
    await asyncio.sleep(0.01)


async def content_of(files: Files, name: str = NAME) -> bytes:
    return b"".join([piece async for piece in files.read(name)])


async def stored(files: Files) -> set[str]:
    return {name async for name in files.names("")}


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "directory":
        (tmp_path / "store").mkdir()
        return DirectoryFiles(tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3")
    return server.files(new_id("prefix"))


@pytest.fixture
def machine(tmp_path: Path, store: Files) -> Machine:
    return Machine(tmp_path / "node", store)


@pytest.mark.parametrize("size", [0, 44, AT_ONCE + 5])
async def test_a_finished_recording_is_in_the_store_and_nowhere_else(machine: Machine, store: Files, size: int) -> None:
    content = os.urandom(size)
    machine.records(content=content)
    async with machine.running() as hand_over:
        hand_over.finished(NAME)
        await machine.has_handed_over()
        await until(lambda: hand_over.waiting == 0)

    assert await content_of(store) == content


async def test_what_a_node_that_died_has_left_is_found_at_the_next_start(machine: Machine, store: Files) -> None:
    machine.records(content=b"left", quiet_s=QUIET_S + 1)
    async with machine.running():
        await machine.has_handed_over()

    assert await content_of(store) == b"left"


async def test_what_is_still_being_recorded_stays_until_it_is_finished(machine: Machine, store: Files) -> None:
    machine.records("recordings/now.wav")
    machine.records("recordings/before.wav", quiet_s=QUIET_S + 1)
    machine.records("prompts/hello.wav", quiet_s=QUIET_S + 1)
    async with machine.running() as hand_over:
        await until(lambda: machine.left == ["prompts/hello.wav", "recordings/now.wav"])
        hand_over.finished("recordings/now.wav")
        await until(lambda: machine.left == ["prompts/hello.wav"])

    assert await stored(store) == {"recordings/before.wav", "recordings/now.wav"}


async def test_what_is_open_is_not_handed_over_however_long_nothing_was_written(machine: Machine, store: Files) -> None:
    """A machine that was suspended: its recordings look old when it wakes up."""
    path = machine.records(content=b"first ", quiet_s=3600)
    with path.open("ab", buffering=0) as recorder:
        machine.records("recordings/before.wav", quiet_s=QUIET_S + 1)
        async with machine.running() as hand_over:
            await until(lambda: machine.left == [NAME])
            recorder.write(b"second")
            recorder.close()
            hand_over.finished(NAME)
            await machine.has_handed_over()

    assert await content_of(store) == b"first second"


async def test_a_node_killed_before_it_could_delete_hands_nothing_over_twice(machine: Machine, store: Files) -> None:
    path = machine.records(content=b"whole", quiet_s=QUIET_S + 1)
    await store.put(NAME, path)
    async with machine.running():
        await machine.has_handed_over()

    assert await stored(store) == {NAME}
    assert await content_of(store) == b"whole"


@pytest.mark.parametrize("size", [10, AT_ONCE + 5])
async def test_of_two_nodes_with_the_same_name_both_recordings_are_kept(
    machine: Machine, store: Files, tmp_path: Path, size: int
) -> None:
    other = Machine(tmp_path / "other", store)
    first, second = os.urandom(size), os.urandom(size)
    machine.records(content=first, quiet_s=QUIET_S + 1)
    other.records(content=second, quiet_s=QUIET_S + 1)
    async with machine.running():
        await machine.has_handed_over()
    async with other.running():
        await other.has_handed_over()

    (beside,) = await stored(store) - {NAME}
    assert beside.startswith("recordings/call_1.")
    assert beside.endswith(".wav")
    assert [await content_of(store), await content_of(store, beside)] == [first, second]


@pytest.mark.parametrize("size", [10, AT_ONCE + 5])
async def test_nodes_with_the_same_name_at_the_same_time_lose_nothing(
    machine: Machine, store: Files, tmp_path: Path, size: int
) -> None:
    machines = [machine, *(Machine(tmp_path / f"other-{number}", store) for number in range(2))]
    contents = [os.urandom(size) for _ in machines]
    for each, content in zip(machines, contents, strict=True):
        each.records(content=content, quiet_s=QUIET_S + 1)
    async with AsyncExitStack() as stack:
        for each in machines:
            await stack.enter_async_context(each.running())
        for each in machines:
            await each.has_handed_over()

    assert sorted([await content_of(store, name) for name in await stored(store)]) == sorted(contents)


async def test_what_cannot_be_handed_over_holds_nothing_up_and_is_told_once(machine: Machine, store: Files) -> None:
    machine.records("recordings/back\\slash.wav", quiet_s=QUIET_S + 1)
    machine.records(quiet_s=QUIET_S + 1)
    with capture_logs() as lines:
        async with machine.running():
            await until(lambda: machine.left == ["recordings/back\\slash.wav"])

    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["a file cannot be handed over"]


async def test_a_file_that_is_told_of_and_not_there_is_no_trouble(machine: Machine) -> None:
    async with machine.running() as hand_over:
        hand_over.finished(NAME)
        await until(lambda: hand_over.waiting == 0)


# ── a store that is away, slow or broken ────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def door(s3: S3Server) -> AsyncIterator[Door]:
    async with door_to(s3) as made:
        yield made


@pytest.mark.parametrize("mood", [Mood.AWAY, Mood.BROKEN, Mood.FORBIDDEN, Mood.SILENT, Mood.DEAF])
async def test_while_the_store_is_in_trouble_everything_waits_here_and_is_told_once(
    mood: Mood, door: Door, s3: S3Server, tmp_path: Path
) -> None:
    prefix = new_id("prefix")
    machine = Machine(tmp_path / "node", door.leads_to().files(prefix, within_s=0.5))
    contents = {f"recordings/call_{number}.wav": os.urandom(1000 + number) for number in range(3)}
    door.mood = mood
    with capture_logs() as lines:
        async with machine.running() as hand_over:
            for name, content in contents.items():
                machine.records(name, content)
                hand_over.finished(name)
            await until(lambda: bool(lines) and door.knocked >= 6)
            assert machine.left == sorted(contents)
            assert hand_over.waiting == 3

            door.mood = Mood.GOOD
            await machine.has_handed_over()
            await until(lambda: hand_over.waiting == 0)

    assert {name: await content_of(s3.files(prefix), name) for name in await stored(s3.files(prefix))} == contents
    assert [line["event"] for line in lines] == ["files wait here until the store takes them", "the store takes files again"]


async def test_half_an_answer_is_never_taken_for_the_file(door: Door, s3: S3Server, tmp_path: Path) -> None:
    prefix, content = new_id("prefix"), os.urandom(3 << 20)
    path = tmp_path / "made.wav"
    path.write_bytes(content)
    await s3.files(prefix).put(NAME, path)
    shelf = Shelf(DirectoryFiles(tmp_path), door.leads_to().files(prefix, within_s=0.5))

    door.mood = Mood.HALF
    with pytest.raises(Unavailable):
        async with shelf.copy(NAME):
            pass
    door.mood = Mood.GOOD
    async with shelf.copy(NAME) as copy:
        assert copy.read_bytes() == content


async def test_killed_in_the_middle_of_an_upload_it_is_begun_anew(door: Door, s3: S3Server, tmp_path: Path) -> None:
    prefix, content = new_id("prefix"), os.urandom(3 * AT_ONCE)
    machine = Machine(tmp_path / "node", door.leads_to().files(prefix))
    machine.records(content=content, quiet_s=QUIET_S + 1)
    door.mood = Mood.SILENT
    async with machine.running():
        await until(lambda: door.knocked >= 1)
    assert machine.left == [NAME]
    assert await stored(s3.files(prefix)) == set()

    door.mood = Mood.GOOD
    async with machine.running():
        await machine.has_handed_over()
    assert await content_of(s3.files(prefix)) == content


async def test_a_bucket_that_is_not_there_loses_nothing(s3: S3Server, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "node", s3.files(bucket="nobodys"))
    machine.records()
    with capture_logs() as lines:
        async with machine.running() as hand_over:
            hand_over.finished(NAME)
            await until(lambda: bool(lines))

    assert machine.left == [NAME]
    assert "no such bucket" in str(lines[0]["reason"])


async def test_a_mount_that_is_missing_loses_nothing(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    machine = Machine(tmp_path / "node", DirectoryFiles(mount))
    machine.records()
    with capture_logs() as lines:
        async with machine.running() as hand_over:
            hand_over.finished(NAME)
            await until(lambda: bool(lines))
            assert machine.left == [NAME]

            mount.mkdir()
            await machine.has_handed_over()

    assert (mount / NAME).read_bytes() == b"RIFF"


# ── the shelf ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_copy_is_the_file_itself_while_it_is_here_and_from_the_store_afterwards(machine: Machine, store: Files) -> None:
    shelf = Shelf(DirectoryFiles(machine.folder), store)
    path = machine.records(content=b"sound")
    async with shelf.copy(NAME) as copy:
        await store.put(NAME, path)
        path.unlink()
        assert copy.read_bytes() == b"sound"

    async with shelf.copy(NAME) as copy:
        assert copy.read_bytes() == b"sound"
        assert machine.left == []
    await store.delete(NAME)
    with pytest.raises(Unavailable, match="not in the store yet"):
        async with shelf.copy(NAME):
            pass


def test_where_the_store_is_the_data_directory_nothing_is_handed_over(tmp_path: Path) -> None:
    here = DirectoryFiles(tmp_path)
    assert not Shelf(here, DirectoryFiles(tmp_path)).is_apart
    assert Shelf(here, DirectoryFiles(tmp_path / "other")).is_apart
