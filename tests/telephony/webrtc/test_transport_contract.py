"""The private names of aiortc, aioice and pylibsrtp that `transport.py` uses are there and mean what it believes.

aiortc's version is exact in pyproject.toml; this test says what to look at when it is raised.
"""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version

import aioice.ice
import pylibsrtp
import pytest
from aiortc import RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import State

from telephony.webrtc.transport import TransportConfig, TransportCounters, _IceConnection, _IceSocket, new_certificate


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("aiortc") == "1.16.0"


def test_an_ice_connection_keeps_these_things() -> None:
    connection = aioice.Connection(ice_controlling=False)
    expected = {
        "_queue",
        "_protocols",
        "_nominated",
        "_closing",
        "_remote_candidates",
        "_local_candidates",
        "_local_candidates_start",
        "_local_candidates_end",
    }
    assert expected <= vars(connection).keys()
    assert list(inspect.signature(connection.data_received).parameters) == ["data", "component"]
    assert inspect.iscoroutinefunction(aioice.Connection.gather_candidates)


def test_a_stun_socket_hands_over_datagrams_by_these_names() -> None:
    source = inspect.getsource(aioice.ice.StunProtocol.datagram_received)
    assert "self.receiver.data_received(data" in source
    assert "self.receiver.request_received(" in source
    assert issubclass(_IceSocket, aioice.ice.StunProtocol)


def test_a_stun_socket_asks_no_more_of_its_transport_than_a_lent_socket_has() -> None:
    assert set(re.findall(r"self\.transport\.(\w+)", inspect.getsource(aioice.ice.StunProtocol))) == {"sendto", "close"}


async def test_the_ice_transport_takes_our_connection() -> None:
    gatherer = RTCIceGatherer(iceServers=[])
    connection = _IceConnection(TransportConfig(), TransportCounters())
    gatherer._connection = connection
    ice = RTCIceTransport(gatherer)

    assert ice._connection is connection
    assert ice._send == connection.send
    assert ice._recv == connection.recv
    await ice.stop()


async def test_the_dtls_transport_keeps_its_keys_and_task_here() -> None:
    ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    dtls = RTCDtlsTransport(ice, [new_certificate()])

    assert {"_rx_srtp", "_tx_srtp", "_task", "_state", "_role", "_ssl", "_srtp_profiles"} <= vars(dtls).keys()
    assert vars(dtls)["_rx_srtp"] is None
    assert {state.name for state in State} == {"NEW", "CONNECTING", "CONNECTED", "CLOSED", "FAILED"}
    assert "self._setup_srtp()" in inspect.getsource(RTCDtlsTransport.start)
    assert "ConnectionError" in inspect.getsource(RTCDtlsTransport._recv_next), "close_notify ends the receive task"
    await ice.stop()


@pytest.mark.parametrize("method", ["protect", "unprotect", "protect_rtcp", "unprotect_rtcp"])
def test_srtp_sessions_work_on_bytes(method: str) -> None:
    session = pylibsrtp.Session()
    with pytest.raises((pylibsrtp.Error, ValueError)):
        getattr(session, method)(b"\x80" * 2000)
