"""What `patchbay doctor` says of the store of files."""

from __future__ import annotations

import os
import time
from pathlib import Path

from server.config import Config
from server.config.sections import FileStore, Secret, Storage
from server.files.findings import file_findings
from tests.peers.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server


def config_of(tmp_path: Path, files: FileStore) -> Config:
    return Config(storage=Storage(data_dir=tmp_path / "data"), files=files)


def of_s3(server: S3Server, bucket: str = BUCKET) -> FileStore:
    return FileStore(
        url=f"s3://{bucket}/some/where",
        endpoint=server.endpoint,
        access_key=Secret(ACCESS_KEY),
        secret_key=Secret(SECRET_KEY),
        allow_http=True,
        within_s=5.0,
    )


async def test_the_data_directory_needs_no_look(tmp_path: Path) -> None:
    (found,) = await file_findings(config_of(tmp_path, FileStore()))
    assert (found.verdict, found.text) == ("ok", "recordings are kept in the data directory")


async def test_a_store_that_works_is_left_as_it_was(tmp_path: Path, s3: S3Server) -> None:
    (found,) = await file_findings(config_of(tmp_path, of_s3(s3)))
    assert (found.verdict, found.text) == ("ok", "s3://recordings/some/where takes, gives and deletes")
    assert [name async for name in s3.files("some/where").names("doctor/")] == []


async def test_a_bucket_that_is_not_there_is_told(tmp_path: Path, s3: S3Server) -> None:
    (found,) = await file_findings(config_of(tmp_path, of_s3(s3, "nobodys")))
    assert (found.verdict, found.text) == ("failed", "s3://nobodys/some/where: the S3 store has no such bucket")


async def test_a_directory_that_is_not_mounted_is_told_and_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "data" / "recordings" / "call_1.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF")
    before = time.time() - 7200
    os.utime(path, (before, before))

    away, late = await file_findings(config_of(tmp_path, FileStore(url=f"file://{tmp_path}/mount")))
    assert (away.verdict, late.verdict) == ("failed", "warning")
    assert "the directory of the files is not there" in away.text
    assert late.text == "1 recordings have waited here to be handed over, the first for 2.0 h"


async def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    files = FileStore(url="s3://recordings", authorities="nowhere.pem")
    (found,) = await file_findings(config_of(tmp_path, files))
    assert (found.verdict, found.text) == ("failed", "No such file or directory")
