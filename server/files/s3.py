"""Files in an S3-compatible store. The only file that knows obstore.

Invariants: every request ends, by the limits of `[files]`; a file is read in pieces of `PIECE` bytes, each asked for by itself,
so that a slow reader holds no connection and half an answer is noticed; an upload is signed with the hash of what it holds, and
seen whole only when it is (Amazon S3 API, PutObject, CompleteMultipartUpload).

A file of at most `AT_ONCE` bytes is created or refused by the store itself (`If-None-Match: *`). A longer one goes up in parts,
because a conditional upload would have to be in memory: whoever wants its name first creates a small file that says what will
have it (its hash), by which everybody else knows that it is taken, and whoever was broken off goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from core.files import StoredFile, Taken, checked
from core.ports import Unavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

PIECE = 1 << 20
AT_ONCE = 8 << 20
PART = 8 << 20
CLAIMS = "claims"
"""A folder. Beside no file: its name may be as long as names are."""
PARTS_AT_ONCE = 2
"""An upload holds so many parts in memory."""
CONNECT_WITHIN_S = 5.0
TRIES_AGAIN = 2
"""At once, of the library; whoever uploads tries again later."""
_STATUS = re.compile(r"status code: (\d{3})")


class S3Files:
    """Implements `core.files.Files`."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        secret_key: str = "",
        allow_http: bool = False,
        authorities: bytes = b"",
        within_s: float = 30.0,
    ) -> None:
        """Without keys those of the environment, or of the machine's role, are taken. Raises ValueError."""
        client: ClientConfig = {
            "allow_http": allow_http,
            "timeout": timedelta(seconds=within_s),
            "connect_timeout": timedelta(seconds=min(within_s, CONNECT_WITHIN_S)),
        }
        if authorities:
            client["root_certificate"] = authorities
        wanted: S3Config = {"region": region}
        if endpoint:
            wanted["endpoint"] = endpoint
        if access_key:
            wanted |= {"access_key_id": access_key, "secret_access_key": secret_key}
        again: RetryConfig = {"max_retries": TRIES_AGAIN, "retry_timeout": timedelta(seconds=within_s)}
        try:
            self._store = S3Store(bucket, prefix=prefix or None, config=wanted, client_options=client, retry_config=again)
        except BaseError as error:
            raise ValueError("the S3 store cannot be used as [files] describes it") from error

    async def put(self, name: str, path: Path) -> None:
        if (await asyncio.to_thread(path.stat)).st_size <= AT_ONCE:
            await self._create(name, path)
            return
        claim = f"{CLAIMS}/{hashlib.sha256(name.encode()).hexdigest()}"
        await self._claim(claim, await asyncio.to_thread(_hash, path))
        if await self.find(name) is not None:
            await self.delete(claim)
            raise Taken("another file has this name")
        with _as_unavailable(), _no_such_bucket(path):
            await obstore.put_async(
                self._store, checked(name), path, use_multipart=True, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
            )
        await self.delete(claim)

    async def _create(self, name: str, content: Path | bytes) -> None:
        with _as_unavailable(), _no_such_bucket(content):
            try:
                await obstore.put_async(self._store, checked(name), content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                raise Taken("another file has this name") from None

    async def _claim(self, claim: str, digest: bytes) -> None:
        """Raises `Taken` when it is somebody else's."""
        try:
            await self._create(claim, digest)
        except Taken:
            try:
                theirs = b"".join([piece async for piece in self.read(claim)])
            except FileNotFoundError:
                raise Unavailable("another file is getting this name just now") from None
            if theirs != digest:
                raise

    async def find(self, name: str) -> StoredFile | None:
        with _as_unavailable():
            try:
                found = await obstore.head_async(self._store, checked(name))
            except FileNotFoundError:
                return None
        return StoredFile(name=name, size_bytes=found["size"], tag=(found["e_tag"] or "").strip('"'))

    async def read(self, name: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        if count is None:
            found = await self.find(name)
            if found is None:
                raise FileNotFoundError("there is no such file in the store")
            count = found.size_bytes - first
        while count > 0:
            asked = min(count, PIECE)
            with _as_unavailable():
                piece = bytes(await obstore.get_range_async(self._store, checked(name), start=first, length=asked))
            if len(piece) != asked:
                raise Unavailable("the S3 store gave a part of what was asked for")
            first, count = first + asked, count - asked
            yield piece

    async def delete(self, name: str) -> None:
        with _as_unavailable():
            try:
                await obstore.delete_async(self._store, checked(name))
            except FileNotFoundError:
                return

    async def names(self, prefix: str) -> AsyncIterator[str]:
        asked = checked(prefix.rstrip("/")) if prefix else None
        with _as_unavailable():
            async for page in obstore.list(self._store, asked):
                for each in page:
                    yield each["path"]


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode()


@contextmanager
def _no_such_bucket(content: Path | bytes) -> Iterator[None]:
    """Of what is not found when something is put."""
    try:
        yield
    except FileNotFoundError:
        if isinstance(content, Path):
            content.stat()  # raises, if it is this one
        raise Unavailable("the S3 store has no such bucket") from None


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """In our own words: the library's hold addresses and answers."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise Unavailable("the S3 store refuses us: look at the keys and their rights") from error
    except BaseError as error:
        said = str(error)
        status = _STATUS.search(said)
        why = f"answers {status[1]}" if status else "does not answer"
        if "InvalidCertificate" in said:
            why = "has a certificate that is not believed: name its authority in authorities"
        raise Unavailable(f"the S3 store {why}") from error
