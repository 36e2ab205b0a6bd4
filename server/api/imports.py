"""History of another system, line by line while it comes: `PUT /import` takes what `patchbay import` takes. For administrators.

Transactions are smaller than the command's: calls that run meanwhile write in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from core.events import HistoryImported
from customers.import_format import Conversion
from customers.importing import SOURCE_NAME, Import, ImportReport
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers
from server.api.errors import ApiError
from server.api.trail import WritesDown
from server.live.news import tell

router = APIRouter(prefix="/import", tags=["import"])
BATCH_LINES = 1000
LINE_BYTES = 1_000_000
_MARK = b"\xef\xbb\xbf"
"""UTF-8's byte order mark."""


@router.put("", responses=answers(ImportReport, 409))
async def bring_in(
    request: Request,
    me: AsAdmin,
    deps: Deps,
    trail: WritesDown,
    source: Annotated[str, Query(pattern=f"^({SOURCE_NAME.pattern})?$")] = "",
) -> Response:
    """JSON lines in UTF-8 (docs/import.md). What is good is taken, the rest is in the report; repeating it changes nothing."""
    if deps.importing.locked():
        raise ApiError(409, "import_running", "Another import is running. Try again when it has ended.")
    async with deps.importing:
        general, now = deps.config.general, deps.clock.now()
        read = Conversion(now=now, zone=ZoneInfo(general.time_zone), region=general.country, source=source)
        running = Import(deps.archive, read)
        async for batch in _batches(request.stream()):
            await running.take(batch)
        report = running.report()
    counts: dict[str, Any] = {"lines": report.lines, "left_out": report.failed, "source": source}
    await trail.note(me.user_id, "import_history", **counts)
    await tell(deps.bus, HistoryImported(at=deps.clock.now()))
    return answer(report)


async def _batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    async for line in _lines(chunks):
        batch.append(line)
        if len(batch) == BATCH_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises `ApiError` for one without an end."""
    rest, number = b"", 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield line.removeprefix(_MARK) if number == 1 else line
        if len(rest) > LINE_BYTES:
            raise ApiError(413, "too_large", f"Line {number + 1} is longer than {LINE_BYTES} bytes.")
    if rest:
        yield rest if number else rest.removeprefix(_MARK)
