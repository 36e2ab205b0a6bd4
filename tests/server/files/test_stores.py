"""What every store of files promises, asked of a directory and of a real S3 server."""

from __future__ import annotations

import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from core.files import BadName, Files, Taken
from core.ids import new_id
from core.ports import Unavailable
from server.files.directory import DirectoryFiles
from server.files.s3 import AT_ONCE, PIECE, S3Files
from server.https.authority import new_authority, new_server_certificate
from server.https.names import names
from tests.peers.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, door_to

NAME = "recordings/call_1.wav"


@pytest.fixture(params=["directory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "directory":
        (tmp_path / "store").mkdir()
        return DirectoryFiles(tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3")
    return server.files(new_id("prefix"))


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / new_id("made")
    path.write_bytes(content)
    return path


async def content_of(files: Files, name: str, first: int = 0, count: int | None = None) -> bytes:
    return b"".join([piece async for piece in files.read(name, first, count)])


async def names_of(files: Files, prefix: str) -> set[str]:
    return {name async for name in files.names(prefix)}


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, AT_ONCE + 1])
async def test_what_is_put_is_there_whole(files: Files, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)

    await files.put(NAME, written(tmp_path, content))

    found = await files.find(NAME)
    assert found is not None
    assert (found.name, found.size_bytes) == (NAME, size)
    assert found.tag
    assert await content_of(files, NAME) == content


async def test_any_range_is_read(files: Files, tmp_path: Path) -> None:
    content = os.urandom(2 * PIECE + 10)
    await files.put(NAME, written(tmp_path, content))

    for first, count in [(0, 1), (5, 20), (PIECE - 1, 2), (7, 2 * PIECE), (len(content) - 1, 1), (3, None)]:
        expected = content[first:] if count is None else content[first : first + count]
        assert await content_of(files, NAME, first, count) == expected


@pytest.mark.parametrize("size", [3, AT_ONCE + 1])
async def test_what_is_there_is_never_replaced(files: Files, tmp_path: Path, size: int) -> None:
    first = b"a" * size
    await files.put(NAME, written(tmp_path, first))

    with pytest.raises(Taken):
        await files.put(NAME, written(tmp_path, b"b" * size))

    assert await content_of(files, NAME) == first


async def test_what_is_not_there_is_not_found_and_deleting_it_is_harmless(files: Files) -> None:
    assert await files.find(NAME) is None
    with pytest.raises(FileNotFoundError):
        await content_of(files, NAME)
    with pytest.raises(FileNotFoundError):
        await content_of(files, NAME, 0, 10)
    await files.delete(NAME)


async def test_what_is_deleted_is_gone_and_its_name_free(files: Files, tmp_path: Path) -> None:
    await files.put(NAME, written(tmp_path, b"one"))
    await files.delete(NAME)
    assert await files.find(NAME) is None

    await files.put(NAME, written(tmp_path, b"two"))
    assert await content_of(files, NAME) == b"two"


async def test_names_are_listed_by_folder(files: Files, tmp_path: Path) -> None:
    for name in (NAME, "recordings/2026/call_2.wav", "recordings2/call_3.wav", "prompts/a.wav"):
        await files.put(name, written(tmp_path, b"x"))

    assert await names_of(files, "recordings/") == {NAME, "recordings/2026/call_2.wav"}
    assert len(await names_of(files, "")) == 4
    assert await names_of(files, "nothing/") == set()


@pytest.mark.parametrize("name", ["recordings/通话 ü #?%20*.wav", "a b/[c]{d}|<>^`~'\"&+=;,", "y" * 200])
async def test_strange_names_are_names(files: Files, tmp_path: Path, name: str) -> None:
    await files.put(name, written(tmp_path, name.encode()))

    assert await content_of(files, name) == name.encode()
    assert await names_of(files, "") == {name}


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\0b", "", "z" * 1000])
async def test_hostile_names_are_refused(files: Files, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, b"x")
    with pytest.raises(BadName):
        await files.put(name, path)
    with pytest.raises(BadName):
        await files.find(name)
    with pytest.raises(BadName):
        await content_of(files, name)
    with pytest.raises(BadName):
        await files.delete(name)


async def test_a_file_that_is_not_there_cannot_be_put(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await files.put(NAME, tmp_path / "nothing")
    assert await files.find(NAME) is None


# ── S3's own ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_certificate_of_the_companys_own_authority_is_believed_when_that_is_named(s3: S3Server, tmp_path: Path) -> None:
    now_s = time.time()  # the library looks at the real clock
    authority = new_authority("Northwind Home", now_s)
    pair = new_server_certificate(authority, names("localhost", []), now_s)
    (tmp_path / "own.pem").write_bytes(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")

    async with door_to(s3, context) as door:
        asked = partial(S3Files, BUCKET, endpoint=f"https://localhost:{door.port}", access_key=ACCESS_KEY, secret_key=SECRET_KEY)
        assert await asked(authorities=authority.certificate).find(NAME) is None
        with pytest.raises(Unavailable, match="has a certificate that is not believed"):
            await asked().find(NAME)


async def test_without_leave_nothing_goes_out_unencrypted(s3: S3Server) -> None:
    files = S3Files(BUCKET, endpoint=s3.endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    with pytest.raises(Unavailable):
        await files.find(NAME)


# ── the directory's own ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def directory(tmp_path: Path) -> DirectoryFiles:
    (tmp_path / "store").mkdir()
    return DirectoryFiles(tmp_path / "store")


async def test_nobody_else_can_read_what_is_put_and_nothing_unfinished_is_left(directory: DirectoryFiles, tmp_path: Path) -> None:
    await directory.put(NAME, written(tmp_path, b"x"))

    made = [directory.root / "recordings", directory.root / NAME]
    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o700", "0o600"]
    assert sorted((directory.root / "recordings").iterdir()) == [directory.root / NAME]


async def test_a_link_leads_nowhere_else(directory: DirectoryFiles, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (directory.root / "out").symlink_to(tmp_path)

    with pytest.raises(BadName):
        await content_of(directory, "out/secret")
    assert await names_of(directory, "") == set()


async def test_a_directory_that_is_not_mounted_is_away_not_empty(tmp_path: Path) -> None:
    files = DirectoryFiles(tmp_path / "mount" / "files")

    with pytest.raises(Unavailable):
        await files.find(NAME)
    with pytest.raises(Unavailable):
        await files.put(NAME, written(tmp_path, b"x"))
    assert not (tmp_path / "mount").exists()


async def test_what_is_being_written_is_nobodys_file(directory: DirectoryFiles) -> None:
    (directory.root / "left.part").write_text("half")

    assert await names_of(directory, "") == set()
    with pytest.raises(BadName):
        await directory.find("left.part")


async def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, full_disk: Path) -> None:
    files = DirectoryFiles(full_disk)

    with pytest.raises(Unavailable, match="No space left"):
        await files.put(NAME, written(tmp_path, os.urandom(4 << 20)))

    assert await names_of(files, "") == set()
    assert files_below(full_disk) == []


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    where = tmp_path / "small"
    where.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", where], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    yield where
    subprocess.run(["umount", where], check=True)
