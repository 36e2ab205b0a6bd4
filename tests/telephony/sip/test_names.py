"""Host names of peers: resolved beside, so that a slow name server costs the one call that needs it, and nobody else."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patchbay_media import names_in_sdp

from telephony.media_engine import EngineError, SipLegAnswered, SipLegOffered
from tests.peers.raw_call import RawCall
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.telephony.sip.conftest import Node, running_node
from tests.telephony.sip.test_dialling import answer_to
from tests.telephony.sip.test_hostile_sdp import DESCRIBED, with_body

STALLED_AFTER_S = 2.0
"""When the node gives its engine up."""
IN_NAMESPACES = (
    "ip link set lo up && echo nameserver 127.0.0.1 > {folder}/resolv.conf && mount --bind {folder}/resolv.conf /etc/resolv.conf"
    " && exec {python} -m tests.telephony.sip.beside_a_silent_name_server"
)


def can_have_namespaces() -> bool:
    tools = all(shutil.which(tool) for tool in ("unshare", "ip", "mount"))
    return tools and subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("c=IN IP4 127.0.0.1", []),
        ("c=IN IP6 2001:db8::1", []),
        ("c=IN IP4 sbc1.example.com", ["sbc1.example.com"]),
        ("c=IN IP4 sbc1.example.com/127\r\nc=IN IP4 sbc1.example.com", ["sbc1.example.com"]),
        ("a=rtcp:40001 IN IP4 rtcp.example.com\r\nc=IN IP6 b.example.com", ["rtcp.example.com", "b.example.com"]),
        ("a=rtcp:40001", []),
        ("o=- 1 1 IN IP4 pbx.example.com\r\ns=c=IN IP4 x", []),
        ("c=IN IP4", []),
        ("c=nonsense", []),
    ],
)
def test_the_names_in_a_session_description(lines: str, names: list[str]) -> None:
    assert list(names_in_sdp(f"v=0\r\n{lines}\r\nt=0 0\r\n")) == names


async def hears_rtp(sock: socket.socket) -> bool:
    async with asyncio.timeout(10):
        return len(await asyncio.get_running_loop().sock_recv(sock, 2000)) > 12


@pytest.fixture
def sound() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def described(sound: socket.socket, name: str) -> str:
    port = sound.getsockname()[1]
    return GOOD_SDP.replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {name}").replace("m=audio 40000", f"m=audio {port}")


async def test_a_caller_may_name_the_host_of_its_sound(node: Node, sound: socket.socket) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        invite = peer.request("INVITE", body=described(sound, "localhost"))
        peer.send(invite)
        peer.send(invite)  # sent again before the name is known: one call
        await node.engine.answer((await node.event(SipLegOffered)).leg_id)
        await RawCall.answered(peer, invite)
        await node.event(SipLegAnswered)
        assert await hears_rtp(sound)
        assert len(node.seen(SipLegOffered)) == 1


async def test_a_dialled_phone_may_name_the_host_of_its_sound(node: Node, sound: socket.socket) -> None:
    async with RawSip.to(node.engine.sip_port) as peer:
        await node.engine.dial("leg_out", f"sip:100@localhost:{peer.port}")
        answer = answer_to(await peer.received("INVITE"), "200 OK", DESCRIBED.replace("127.0.0.1:9", f"localhost:{peer.port}"))
        peer.send(with_body(answer, described(sound, "localhost").encode()))
        await node.event(SipLegAnswered)
        assert await peer.received("ACK")
        assert await hears_rtp(sound)
        await node.engine.hang_up("leg_out")
        assert await peer.received("BYE")


async def test_a_name_that_leads_nowhere_gets_488_and_says_so(sound: socket.socket) -> None:
    async with running_node(resolve_within_s=0.3) as node, RawSip.to(node.engine.sip_port) as peer:
        for name in ("nowhere.invalid", "-not-a-name", "x" * 300):
            refusal = await peer.final(peer.request("INVITE", body=described(sound, name)))
            assert refusal.status == 488
            assert refusal.header("Warning").startswith("301 ")
        assert node.engine.health().legs == 0


@pytest.mark.skipif(not can_have_namespaces(), reason="needs the right to make network and mount namespaces")
async def test_a_silent_name_server_disturbs_nobody_else(tmp_path: Path) -> None:
    """One INVITE with a name stopped the SIP thread for as long as the name server did, and the watchdog ended all calls."""
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--net", "--mount", "sh", "-c", IN_NAMESPACES.format(folder=tmp_path, python=sys.executable)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode(errors="replace")
    seen = json.loads(out.decode().splitlines()[-1])
    assert seen["worst lag"] < STALLED_AFTER_S
    assert seen["still heard"]
    assert (seen["offer"], seen["contact"], seen["answer"]) == (488, "ended", "ended")
    assert seen["dialled"] in {502, 503}
    assert seen["asked"] == ["sbc1", "sbc2", "sbc3", "sbc4"]


async def test_our_own_addresses_may_be_names_that_can_be_resolved() -> None:
    async with running_node(bind_host="localhost", public_host="localhost") as node, RawSip.to(node.engine.sip_port) as peer:
        peer.send(peer.request("INVITE", body=GOOD_SDP))
        await node.engine.answer((await node.event(SipLegOffered)).leg_id)
        assert "c=IN IP4 127.0.0.1" in await peer.received("SIP/2.0 200")
    with pytest.raises(EngineError, match=r"bind = -nowhere- is no address"):
        async with running_node(bind_host="-nowhere-"):
            pass
