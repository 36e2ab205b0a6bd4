"""A media node's process hands over what it finds: `patchbay node`, with `[files]` of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.files.handing_over import QUIET_S
from tests.peers.ports import free_port
from tests.peers.s3_server import ACCESS_KEY, SECRET_KEY, S3Server
from tests.peers.waiting import until
from tests.server.redis_server import RedisServer

PROJECT = Path(__file__).resolve().parents[3]
STARTS_WITHIN_S = 60.0


@contextmanager
def node(folder: Path, redis: RedisServer, server: S3Server) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "secret").write_text(f"{SECRET_KEY}\n")
    environment = os.environ | {
        "PATCHBAY_STORAGE_DATA_DIR": str(folder / "data"),
        "PATCHBAY_STORAGE_REDIS_URL": redis.url,
        "PATCHBAY_SIP_BIND": "127.0.0.1",
        "PATCHBAY_SIP_PORT": str(free_port()),
        "PATCHBAY_FILES_URL": "s3://recordings/of/nodes",
        "PATCHBAY_FILES_ENDPOINT": server.endpoint,
        "PATCHBAY_FILES_ACCESS_KEY": ACCESS_KEY,
        "PATCHBAY_FILES_SECRET_KEY": f"file:{folder / 'secret'}",
        "PATCHBAY_FILES_ALLOW_HTTP": "yes",
    }
    with (folder / "node.log").open("ab") as log:
        command = [sys.executable, "-m", "server.cli", "node"]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(30)


async def test_what_an_earlier_node_left_is_in_the_store_soon_after_the_start(
    tmp_path: Path, redis_server: RedisServer, s3: S3Server
) -> None:
    recording = tmp_path / "data" / "recordings" / "call_1.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"RIFF" * 1000)
    before = time.time() - QUIET_S - 5
    os.utime(recording, (before, before))

    with node(tmp_path, redis_server, s3) as process:
        await until(lambda: not recording.exists() or process.poll() is not None, within_s=STARTS_WITHIN_S)

    log = (tmp_path / "node.log").read_text()
    assert process.returncode == 0, log[-2000:]
    store = s3.files("of/nodes")
    assert b"".join([piece async for piece in store.read("recordings/call_1.wav")]) == b"RIFF" * 1000
    assert SECRET_KEY not in log
