"""The stereo recorder: a disk that fills up, and a process that is killed."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, RecordingFailed, RecordingFinished, RtpAddress
from tests.peers import tones
from tests.peers.bridging import join
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until
from tests.telephony.sip.conftest import Node

ROOT = Path(__file__).parents[3]
NOBODY = RtpAddress("127.0.0.1", 9)


@contextmanager
def small_disk() -> Iterator[None]:
    """Files of this process may not grow beyond 60,000 bytes: a write beyond fails with an I/O error, as on a full disk.

    For the body of a test only: pytest's own output may be a longer file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_fills_up_ends_the_recording_and_leaves_the_call(node: Node, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    async with RtpPeer(440) as left, RtpPeer(700) as right:
        for name, peer in (("a", left), ("b", right)):
            peer.send_to(await node.engine.open_rtp_port(name, codec=Codec.PCMU, remote=peer.address))
        await join(node.engine, "a", "b")
        with small_disk():
            await node.engine.start_recording("rec_1", path, left={"a"}, right={"b"})
            failed = await node.event(RecordingFailed)
        assert failed.reason == "File too large"
        assert failed.duration_ms > 1000
        await node.engine.stop_recording("rec_1")
        heard = len(left.packets)
        await left.received(heard + 60)
        assert tones.hears(left.audio(), 700)
    (recorded, _), rate_hz = tones.read_wav(path)
    assert len(recorded) * 1000 / rate_hz == pytest.approx(failed.duration_ms, abs=1)
    assert tones.hears(recorded[-4000:], 440)
    assert not node.seen(RecordingFinished)


async def test_a_folder_that_is_missing_is_said_at_once(node: Node, tmp_path: Path) -> None:
    await node.engine.open_rtp_port("a", codec=Codec.PCMU, remote=NOBODY)
    with pytest.raises(EngineError, match="No such file or directory") as refused:
        await node.engine.start_recording("rec_1", tmp_path / "missing" / "call.wav", left={"a"}, right={"a"})
    assert refused.value.code == "io_error"


async def test_stopping_the_engine_closes_running_recordings(node: Node, tmp_path: Path) -> None:
    await node.engine.open_rtp_port("a", codec=Codec.PCMU, remote=NOBODY)
    await node.engine.start_recording("rec_1", tmp_path / "call.wav", left={"a"}, right={"a"})
    await node.engine.stop()
    assert node.seen(RecordingFinished)[0].path == tmp_path / "call.wav"


KILLED = """
import asyncio, sys
from pathlib import Path
from telephony.engine_settings import Codec, SipEngineConfig
from telephony.media_engine import RtpAddress
from telephony.sip.engine import SipMediaEngine

async def main():
    engine = SipMediaEngine(SipEngineConfig(bind_host="127.0.0.1", sip_port=0), print)
    await engine.start()
    await engine.open_rtp_port("a", codec=Codec.PCMU, remote=RtpAddress("127.0.0.1", 9))
    await engine.start_recording("rec_1", Path(sys.argv[1]), left={"a"}, right={"a"})
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_killed_process_leaves_a_playable_file(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(path)), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: path.exists() and path.stat().st_size > 44 + 32_000)
    finally:
        process.kill()
        await process.wait()
    (left, right), rate_hz = tones.read_wav(path)
    assert (rate_hz, len(left)) == (8000, len(right))
    assert 44 + 4 * len(left) == path.stat().st_size
