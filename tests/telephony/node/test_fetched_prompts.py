"""What a node has to fetch before it can play it: no command waits for that, and what cannot be had is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.commands import PlayPrompt, SetMix, StopPlayback
from core.events import PlaybackFinished
from core.ids import PlaybackId
from core.ports import Unavailable
from tests.peers.waiting import until
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for
from tests.telephony.node.scene import CALL, CALLER, Scene, capture

FAR, HERE = "prompts/content/far.wav", "prompts/here.wav"


class Store:
    """Gives what was asked for when it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.has: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def local(self, file: str) -> Path | None:
        return None if file == FAR else self._folder / file

    async def fetch(self, file: str) -> Path:
        if await asyncio.shield(self.has):
            return self._folder / file
        raise Unavailable("the store is away")


def paths_of(given: object) -> list[Path]:
    assert isinstance(given, tuple)
    return list(given)


class Fetching(Scene):
    store: Store

    @property
    def played(self) -> list[tuple[str, list[str]]]:
        return [(str(request[1]), [path.name for path in paths_of(request[2])]) for request in self.engine.requests("play")]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Fetching]:
    engines: list[EngineDouble] = []
    store = Store(tmp_path)
    async with RunningNode(capture(engines), config_for(tmp_path), sounds=store) as running:
        made = Fetching(running, engines[0])
        made.store = store
        await made.answered_call()
        yield made


def play(playback: str, *files: str, loop: bool = False) -> PlayPrompt:
    return PlayPrompt(leg_id=CALLER, playback_id=PlaybackId(playback), files=files, loop=loop)


async def test_no_command_waits_for_the_store(scene: Fetching) -> None:
    await scene.do(play("play_1", HERE, FAR))
    await scene.do(play("play_1", HERE, FAR))
    assert scene.played == []
    scene.store.has.set_result(True)
    await until(lambda: scene.played == [("play_1", ["here.wav", "far.wav"])])


async def test_what_is_replaced_meanwhile_is_not_played(scene: Fetching) -> None:
    await scene.do(play("play_1", FAR))
    await scene.do(play("play_2", HERE))
    assert (await scene.bus.wait_for(PlaybackFinished, playback_id="play_1")).outcome == "stopped"
    scene.store.has.set_result(True)
    await scene.do(play("play_3", FAR))
    await until(lambda: ("play_3", ["far.wav"]) in scene.played)
    assert [playback for playback, _ in scene.played] == ["play_2", "play_3"]


async def test_what_is_stopped_meanwhile_is_not_played(scene: Fetching) -> None:
    await scene.do(play("play_1", FAR))
    await scene.do(StopPlayback(leg_id=CALLER))
    assert (await scene.bus.wait_for(PlaybackFinished, playback_id="play_1")).outcome == "stopped"
    scene.store.has.set_result(True)
    await scene.do(play("play_2", HERE))
    assert [playback for playback, _ in scene.played] == ["play_2"]


@pytest.mark.parametrize(("loop", "instead"), [(False, "tone.wav"), (True, "hold.wav")])
async def test_what_cannot_be_had_is_replaced_by_what_every_node_has(scene: Fetching, loop: bool, instead: str) -> None:
    scene.store.has.set_result(False)
    await scene.do(play("play_1", FAR, loop=loop))
    await until(lambda: scene.played == [("play_1", [instead])])


async def test_a_mix_plays_what_it_had_to_fetch(scene: Fetching) -> None:
    await scene.do(SetMix(call_id=CALL, version=1, hears={CALLER: ()}, sounds={CALLER: FAR}))
    scene.store.has.set_result(True)
    await until(lambda: [files for _, files in scene.played] == [["far.wav"]])
    assert scene.bus.of_type(PlaybackFinished) == []
