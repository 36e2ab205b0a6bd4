"""How a process stands for election as the ACD's leader."""

from __future__ import annotations

import socket

from core.ids import new_id
from server.config import Config
from server.storage.redis_lease import RedisLease
from server.storage.redis_ledger import RedisLedger

ACD = "acd"


def lease(config: Config, what: str, name: str) -> RedisLease:
    """Of something else that one process at a time does."""
    return RedisLease(config.redis_url, config.storage.redis_prefix, what, f"{new_id(name)}@{socket.gethostname()}")


def candidate(config: Config, name: str) -> tuple[RedisLease, RedisLedger]:
    """Lease and ledger under a name that no other process, and no other life of this one, has."""
    url, prefix = config.redis_url, config.storage.redis_prefix
    owner = f"{new_id(name)}@{socket.gethostname()}"
    return RedisLease(url, prefix, ACD, owner), RedisLedger(url, prefix, ACD)
