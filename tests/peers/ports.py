"""Free ports for servers under test.

A server may listen seconds after its port was chosen. So it is none of those that the system gives to whoever asks for any (from
32768), none of media's (10000 to 34000), none that browsers refuse, each process of the tests has ports of its own, and it gives
each of them again only after all others.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
from collections.abc import Iterator

FIRST, LAST = 7000, 9999


def _own() -> Iterator[int]:
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share = (LAST + 1 - FIRST) // workers
    first = FIRST + share * int(worker.removeprefix("gw"))
    begin = random.randrange(share)  # another run of the tests beside this one begins elsewhere
    return itertools.cycle(first + (begin + number) % share for number in range(share))


_ports = _own()


def free_port() -> int:
    """A port that was free for TCP and UDP a moment ago, at every address."""
    for port in itertools.islice(_ports, LAST + 1 - FIRST):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("", port))
                udp.bind(("", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port from {FIRST} to {LAST} is free")
