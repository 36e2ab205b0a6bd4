"""Connections (TCP) that ask without end: `python -m tests.peers.sip_flood PORT COUNT SOURCE`; says when it has begun."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from tests.peers.raw_connections import RawConnection, request


async def flood(port: int, count: int, source: str) -> None:
    opened = [await RawConnection.to(port, source) for _ in range(count)]
    questions = "".join(request("OPTIONS", port) for _ in range(200)).encode()
    floods = [asyncio.create_task(each.flood(questions)) for each in opened]
    readers = [asyncio.create_task(each.swallows()) for each in opened]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.gather(*floods, *readers)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(flood(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
