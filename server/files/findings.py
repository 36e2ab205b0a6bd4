"""What `patchbay doctor` says of the store of files."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from core.files import Taken
from core.ids import new_id
from core.ports import Unavailable
from server.config import Config
from server.files.handing_over import FOLDER, QUIET_S
from server.files.opening import shelf_of
from server.files.shelf import Shelf
from server.findings import Finding

LATE_S = 600.0
"""What was recorded so long ago should have been handed over."""
_PROBE = b"patchbay doctor"


async def file_findings(config: Config) -> list[Finding]:
    """Writes, reads and deletes a file of its own."""
    try:
        shelf = shelf_of(config)
    except (OSError, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return [Finding("failed", "files", text, "look at [files] in sip.conf")]
    if not shelf.is_apart:
        return [Finding("ok", "files", "recordings are kept in the data directory")]
    where = config.files.url
    try:
        await _try(shelf)
    except Unavailable as error:
        remedy = "look at [files] in sip.conf, and at the store: recordings wait where they were made"
        return [Finding("failed", "files", f"{where}: {error}", remedy), *await asyncio.to_thread(_late, shelf.here.root)]
    return [Finding("ok", "files", f"{where} takes, gives and deletes"), *await asyncio.to_thread(_late, shelf.here.root)]


async def _try(shelf: Shelf) -> None:
    """Raises `Unavailable`."""
    name = f"doctor/{new_id('probe')}"
    with tempfile.NamedTemporaryFile() as file:
        file.write(_PROBE)
        file.flush()
        try:
            await shelf.store.put(name, Path(file.name))
        except Taken:
            raise Unavailable("it has files that nobody has put there") from None
    try:
        read = b"".join([piece async for piece in shelf.store.read(name)])
    except FileNotFoundError:
        raise Unavailable("it does not give back what it took") from None
    await shelf.store.delete(name)
    if read != _PROBE:
        raise Unavailable("it gives back something else than it took")


def _late(root: Path) -> list[Finding]:
    files = (Path(folder, name) for folder, _, names in os.walk(root / FOLDER) for name in names)
    ages = sorted((time.time() - path.stat().st_mtime for path in files if path.is_file()), reverse=True)
    late = [age for age in ages if age > QUIET_S + LATE_S]
    if not late:
        return []
    text = f"{len(late)} recordings have waited here to be handed over, the first for {late[0] / 3600:.1f} h"
    return [Finding("warning", "files", text, "a media node that runs hands them over: look at its log")]
