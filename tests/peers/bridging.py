"""Who hears whom at an engine, as tests say it."""

from __future__ import annotations

from telephony.media_engine import MediaEngine


async def join(engine: MediaEngine, a: str, b: str) -> None:
    """Both hear each other; `a` and `b` the same: itself, as an echo."""
    await engine.rewire(part=(), join=((a, b), (b, a)))


async def part(engine: MediaEngine, a: str, b: str) -> None:
    await engine.rewire(part=((a, b), (b, a)), join=())
