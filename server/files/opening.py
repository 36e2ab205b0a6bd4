"""`[files]` → the store of files."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from core.files import Files
from server.config import Config
from server.files.directory import DirectoryFiles
from server.files.shelf import Shelf


def shelf_of(config: Config) -> Shelf:
    """Raises ValueError, or OSError for the file with authorities, when what `[files]` says cannot be used."""
    here = DirectoryFiles(config.data_dir)
    return Shelf(here, store_of(config) if config.files.url else here)


def store_of(config: Config) -> Files:
    """Where `url` leads to. Only who uses an S3 store loads its library."""
    wanted = config.files
    parts = urlsplit(wanted.url)
    if parts.scheme == "file":
        return DirectoryFiles(config.base / unquote(parts.path))
    from server.files.s3 import S3Files  # noqa: PLC0415

    return S3Files(
        parts.netloc,
        unquote(parts.path).strip("/"),
        endpoint=wanted.endpoint,
        region=wanted.region,
        access_key=wanted.access_key,
        secret_key=wanted.secret_key,
        allow_http=wanted.allow_http,
        authorities=(config.base / wanted.authorities).read_bytes() if wanted.authorities else b"",
        within_s=wanted.within_s,
    )
