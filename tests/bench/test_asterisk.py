"""Asterisk beside the bench: what it is asked through its manager, how it is set up, and a machine that cannot have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bench import asterisk_program
from bench.asterisk_manager import Manager
from bench.asterisk_program import PeerUnavailable, Program, program
from bench.asterisk_settings import MODULES, Installation, settings
from tools.pjsua2.console import BuildError

Replies = dict[str, str]

CHANNELS = (
    "Response: Success\r\nEventList: start\r\n\r\n"
    "Event: CoreShowChannel\r\nChannel: PJSIP/phones-00000010\r\n\r\n"
    "Event: CoreShowChannel\r\nChannel: PJSIP/phones-0000000f\r\n\r\n"
    "Event: CoreShowChannelsComplete\r\nListItems: 2\r\n\r\n"
)


@asynccontextmanager
async def asterisk_that_says(replies: Replies) -> AsyncIterator[Manager]:
    """A manager connected to something that answers each action with these bytes, and hangs up at any other."""

    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with suppress(asyncio.IncompleteReadError):
            while (action := await action_of(reader)) in answers:
                writer.write(answers[action].encode())
        writer.close()
        await writer.wait_closed()
        served.set()

    answers = {"Login": "Response: Success\r\nMessage: Authentication accepted\r\n\r\n", **replies}
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        manager = await Manager.connected(server.sockets[0].getsockname()[1], "secret")
        yield manager
        await manager.close()
        await served.wait()


async def action_of(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0].removeprefix("Action: ")


async def test_legs_are_listed_in_the_order_they_called() -> None:
    async with asterisk_that_says({"CoreShowChannels": CHANNELS}) as manager:
        assert await manager.channels() == ["PJSIP/phones-0000000f", "PJSIP/phones-00000010"]


async def test_a_refusal_is_told_in_asterisk_s_own_words() -> None:
    async with asterisk_that_says({"Bridge": "Response: Error\r\nMessage: Channel1 does not exist\r\n\r\n"}) as manager:
        with pytest.raises(PeerUnavailable, match="refuses Bridge: Channel1 does not exist"):
            await manager.does("Bridge", Channel1="a", Channel2="b")


async def test_an_asterisk_that_dies_is_a_peer_that_cannot_be_measured() -> None:
    async with asterisk_that_says({}) as manager:
        with pytest.raises(PeerUnavailable, match="gone"):
            await manager.channels()


def test_it_listens_on_loopback_alone_and_loads_what_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "root" / "usr" / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
    installation = Installation(tmp_path, sip_port=5070, manager_port=5038, password="secret", rtp_ports=(20000, 20999))
    files = settings(Program(tmp_path / "root"), installation, tmp_path / "prompt")
    assert "bind = 127.0.0.1:5070\n" in files["pjsip.conf"]
    assert "bindaddr = 127.0.0.1\nport = 5038\n" in files["manager.conf"]
    assert "autoload = no" in files["modules.conf"]
    assert [line for line in files["modules.conf"].splitlines() if line.startswith("load")] == [
        f"load = {name}.so" for name in MODULES
    ]
    assert "rtpstart = 20000\nrtpend = 20999\n" in files["rtp.conf"]


def test_a_machine_without_a_mirror_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise BuildError("no mirror\nat all")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(asterisk_program, "debian_mirror", none)
    with pytest.raises(PeerUnavailable, match="no Debian mirror"):
        program()
    assert not (tmp_path / "patchbay" / "peers" / "asterisk" / "root").exists()
