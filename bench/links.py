"""What the encryption of a link between two nodes costs.

    python -m bench.links [--links 60] [--seconds 8]

Method. One SIP and media engine in this process has both ends of each link: RTP ports on loopback that send to each other. Every
end says a tone, a packet goes each way every 20 ms. CPU is this process' own accounting (user + system) over a
span. Without keys and with them (SRTP, AEAD_AES_128_GCM) take turns, so that both meet the machine in the same mood; a row is
the median of the spans, the ratio the median of the ratios of neighbours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from core.agreeing import OwnKey
from core.ids import LegId
from telephony.engine_settings import Codec, SipEngineConfig
from telephony.sip.engine import SipMediaEngine
from tests.peers.tones import tone, write_wav

LINKS, SPAN_S, ROUNDS, SETTLE_S = 60, 8.0, 4, 2.0
Row = dict[str, Any]


def rows(links: int = LINKS, seconds: float = SPAN_S) -> Iterator[Row]:
    """About a minute and a half."""
    plain, secret = asyncio.run(_measured(links, seconds))
    method = f"{links} links with both ends in one process, PCMU, {ROUNDS} spans of {seconds:g} s each, in turns"
    for name, spans in (("in the clear", plain), ("encrypted", secret)):
        yield _row(f"link between nodes, one end, {name}", median(spans) / (2 * links), "% of a core", method)
    ratios = [with_keys / without for without, with_keys in zip(plain, secret, strict=True)]
    yield _row("link between nodes, encrypted : in the clear", median(ratios), "×", method)


def _row(name: str, value: float, unit: str, method: str) -> Row:
    return {"row": name, "value": round(value, 4), "unit": unit, "peer_value": None, "method": method}


async def _measured(links: int, seconds: float) -> tuple[list[float], list[float]]:
    """Percent of a core, of each span."""
    engine = SipMediaEngine(SipEngineConfig(bind_host="127.0.0.1", sip_port=0, trunks=()), lambda _: None)
    await engine.start()
    found: dict[bool, list[float]] = {False: [], True: []}
    try:
        with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
            sound = write_wav(Path(name) / "tone.wav", tone(440, 1.0))
            for _ in range(ROUNDS):
                for secret, spans in found.items():
                    spans.append(await _span(engine, sound, links, seconds, secret=secret))
    finally:
        await engine.stop()
    return found[False], found[True]


async def _span(engine: SipMediaEngine, sound: Path, links: int, seconds: float, *, secret: bool) -> float:
    ends = [(f"near_{number}", f"far_{number}") for number in range(links)]
    for near, far in ends:
        await _open(engine, near, far, secret=secret)
        for end in (near, far):
            await engine.play(end, f"play_{end}", [sound], loop=True)
    await asyncio.sleep(SETTLE_S)
    cpu_s, began, before = time.process_time(), time.monotonic(), await _received(engine, ends)
    await asyncio.sleep(seconds)
    used, lasted = time.process_time() - cpu_s, time.monotonic() - began
    packets = await _received(engine, ends) - before
    if packets < 0.98 * 2 * links * 50 * lasted:
        raise RuntimeError(f"{packets} packets of {100 * links * lasted:.0f} came")
    for end in (end for pair in ends for end in pair):
        await engine.close_rtp_port(end)
    return 100 * used / lasted


async def _open(engine: SipMediaEngine, near: str, far: str, *, secret: bool) -> None:
    """As two nodes do it."""
    one, other, link = OwnKey(), OwnKey(), LegId("link")
    here = await engine.open_rtp_port(near, codec=Codec.PCMU)
    keys = other.agreed(link, one.public) if secret else None
    there = await engine.open_rtp_port(far, codec=Codec.PCMU, remote=here, keys=keys)
    await engine.close_rtp_port(near)
    keys = one.agreed(link, other.public) if secret else None
    await engine.open_rtp_port(near, codec=Codec.PCMU, remote=there, local_port=here.port, keys=keys)


async def _received(engine: SipMediaEngine, ends: list[tuple[str, str]]) -> int:
    return sum([(await engine.statistics(end)).packets_received for pair in ends for end in pair])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--seconds", type=float, default=SPAN_S)
    chosen = parser.parse_args()
    for row in rows(chosen.links, chosen.seconds):
        print(json.dumps(row))
