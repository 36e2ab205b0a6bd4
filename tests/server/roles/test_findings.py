"""What `patchbay doctor` says of roles."""

from __future__ import annotations

import asyncio

from msgspec import msgpack

from server.findings import Finding
from server.roles.findings import findings_of, living, role_findings
from server.roles.processes import KIND, Beat
from tests.peers.memory_store import MemoryStore


def beat(*roles: str, number: int = 1, host: str = "here", key: str = "") -> Beat:
    return Beat(roles=roles, host=host, beat=number, key=key)


def test_who_says_nothing_new_does_not_live() -> None:
    first = {"a": beat("desk"), "b": beat("desk")}
    assert living(first, {"a": beat("desk", number=2), "b": beat("desk"), "c": beat("worker")}) == (
        beat("desk", number=2),
        beat("worker"),
    )


def test_every_role_is_counted() -> None:
    beats = [beat("worker"), beat("desk"), beat("desk", host="there"), beat("queues", "installation")]
    assert findings_of(beats) == [
        Finding("ok", "roles", "2 desk, 1 installation, 1 queues, 1 worker; in 4 processes on here, there"),
    ]


def test_a_role_that_nobody_has_is_named_with_what_to_start() -> None:
    (found,) = findings_of([beat("desk")])
    assert (found.verdict, found.text) == ("failed", "no living process is worker, installation")
    assert "--roles worker,installation`" in found.remedy


def test_workers_that_cannot_read_the_same_digits_are_a_mistake() -> None:
    beats = [beat("worker", key="a"), beat("worker", key="a"), beat("desk", "installation")]
    assert findings_of(beats)[0].verdict == "ok"
    (found,) = findings_of([*beats, beat("worker", key="b")])
    assert (found.verdict, "PATCHBAY_SEAL_KEY" in found.remedy) == ("failed", True)


async def test_it_looks_twice() -> None:
    store = MemoryStore()
    await store.save(KIND, "dead", msgpack.encode(beat("worker", "desk", "installation")))
    looking = asyncio.create_task(role_findings(store, look_again_s=0.05))
    await asyncio.sleep(0)
    await store.save(KIND, "alive", msgpack.encode(beat("desk")))
    assert (await looking)[0].text == "no living process is worker, installation"
