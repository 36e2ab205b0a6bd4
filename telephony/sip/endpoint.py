"""Configures pjsua2's endpoint for a server: sockets, codecs, media threads. Owner thread only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import structlog

from telephony.engine_settings import Codec, ConnectionLimits, SipEngineConfig, Trunk
from telephony.media_engine import Connections, EngineError
from telephony.sip.addresses import EVERY_ADDRESS, families, ipv6_use, is_ipv6, numbered
from telephony.sip.dialog import callback
from telephony.sip.pj_log import StructuredLog
from telephony.sip.sdk import destroy, native, pj
from telephony.sip.text import line

log = structlog.get_logger(__name__)

CODEC_IDS = {Codec.PCMU: "PCMU/8000/1", Codec.PCMA: "PCMA/8000/1", Codec.G722: "G722/16000/1", Codec.OPUS: "opus/48000/2"}
SPARE_CALLS = 32
"""pjsua's own limit lies above max_legs: the guard answers 503 before it, and refused INVITEs occupy a call for a moment."""
PORTS_PER_LEG = 6
"""Leg, its player while it plays, a tap, two recorder sides, one spare."""
PORT_TRIES = 20
ENDS_OF_CONNECTIONS = ("refused", "silent", "unfinished", "too_long", "idle", "unread", "made_room")
CLOCK_THREAD = "clock"
MEDIA_NICE = -11


class CountingEndpoint(pj.Endpoint):  # type: ignore[misc]
    """pjsua2's endpoint; counts INVITEs that pjsua itself refused: broken SDP, no common codec."""

    @callback
    def onRejectedIncomingCall(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        if prm.statusCode in {400, 415, 420, 488}:
            native.SipGuard.count(prm.statusCode)


def check_config(config: SipEngineConfig) -> None:
    """Raises EngineError for values that pjsua2 would stumble over."""
    if config.bind_host == EVERY_ADDRESS and config.public_host:
        raise EngineError("bad_argument", "public_address needs bind = 0.0.0.0 or one address: it is of one kind")
    if config.public_host and is_ipv6(config.public_host) != is_ipv6(config.bind_host):
        raise EngineError("bad_argument", "bind and public_address are not both of IPv4 or both of IPv6")
    if not 1024 <= config.first_rtp_port < config.last_rtp_port <= 65535:
        text = f"RTP ports {config.first_rtp_port}-{config.last_rtp_port} are no range between 1024 and 65535"
        raise EngineError("bad_argument", text)
    if config.clock_rate_hz not in {8000, 16000}:
        raise EngineError("bad_argument", f"the bridge runs at 8000 or 16000 Hz, not {config.clock_rate_hz}")
    line("the name of the user agent", config.user_agent)


def endpoint_config(config: SipEngineConfig, writer: StructuredLog) -> Any:
    out = pj.EpConfig()
    out.uaConfig.threadCnt = 0
    out.uaConfig.mainThreadOnly = True
    out.uaConfig.maxCalls = config.max_legs + SPARE_CALLS
    out.uaConfig.userAgent = config.user_agent
    out.logConfig.level = config.log_level
    out.logConfig.consoleLevel = config.log_level
    out.logConfig.msgLogging = False
    out.logConfig.decor = 0
    out.logConfig.writer = writer
    media = out.medConfig
    media.clockRate = media.sndClockRate = config.clock_rate_hz
    media.channelCount = 1
    media.audioFramePtime = 20
    media.ptime = 0
    """Not ours for all: each peer gets packets as long as it wishes (a=ptime), 20 ms if it does not say."""
    media.maxMediaPorts = (config.max_legs + SPARE_CALLS) * PORTS_PER_LEG
    media.hasIoqueue = False  # telephony/native/receiver reads the sockets
    media.threadCnt = 0
    media.noVad = True
    """Silence is sent: recognizers, recorders and the peers' jitter buffers count on a steady stream."""
    media.ecTailLen = 0
    media.sndAutoCloseTime = -1
    return out


def bind_transports(endpoint: Any, config: SipEngineConfig) -> int:
    """Opens UDP and TCP on one port number and returns it."""
    wanted = [
        (kind | pj.PJSIP_TRANSPORT_IPV6 if ipv6 else kind, address)
        for address, ipv6 in families(config).items()
        for kind, on in ((pj.PJSIP_TRANSPORT_UDP, config.udp), (pj.PJSIP_TRANSPORT_TCP, config.tcp))
        if on
    ]
    if not wanted:
        raise EngineError("bad_argument", "neither UDP nor TCP is switched on")
    for attempt in range(PORT_TRIES):
        port = config.sip_port
        opened: list[int] = []
        try:
            for kind, address in wanted:
                transport = pj.TransportConfig()
                transport.port = port
                transport.boundAddress = address
                transport.publicAddress = config.public_host or ""
                opened.append(endpoint.transportCreate(kind, transport))
                if port == 0:
                    port = int(endpoint.transportGetInfo(opened[0]).localName.rsplit(":", 1)[1])
        except pj.Error as problem:
            for transport_id in opened:
                endpoint.transportClose(transport_id)
            if config.sip_port or attempt == PORT_TRIES - 1:
                text = f"SIP port {port} on {config.bind_host} cannot be opened: {problem.reason}"
                raise EngineError("port_taken", text) from problem
        else:
            return port
    raise AssertionError("unreachable")


def choose_codecs(endpoint: Any, codecs: tuple[Codec, ...]) -> None:
    for info in endpoint.codecEnum2():
        endpoint.codecSetPriority(info.codecId, 0)
    for rank, codec in enumerate(codecs):
        endpoint.codecSetPriority(CODEC_IDS[codec], 255 - rank)


def install_guard(config: SipEngineConfig) -> native.SipGuard:
    guard = native.SipGuard.install()
    guard.limit_legs(config.max_legs, config.retry_after_s)
    guard.limit_strangers(config.strangers_per_s)
    for trunk in config.trunks:
        for network in trunk.networks:
            try:
                guard.add_trunk(trunk.name, network)
            except RuntimeError as problem:
                raise EngineError("bad_argument", str(problem)) from problem
    return guard


def connection_limits(limits: ConnectionLimits) -> native.ConnectionLimits:
    out = native.ConnectionLimits()
    out.in_all, out.of_strangers = limits.in_all, limits.of_strangers
    out.per_address, out.per_stranger = limits.per_address, limits.per_stranger
    out.message_within_ms, out.idle_ms = int(limits.message_within_s * 1000), int(limits.idle_s * 1000)
    return out


def connections() -> Connections:
    """Any thread."""
    figures = native.connection_figures()
    ended = {name: getattr(figures, name) for name in ENDS_OF_CONNECTIONS}
    return Connections(open=figures.open, of_strangers=figures.of_strangers, ended=ended)


def favour_the_clock(tasks: Path = Path("/proc/self/task")) -> None:
    """Sound first: the bridge's clock runs before recognizers and web servers on a full machine, as does the receiver.

    Needs the right to lower nice values (root, or LimitNICE in a systemd unit); without it everything works, less evenly.
    """
    for task in tasks.iterdir():
        if (task / "comm").read_text().strip() == CLOCK_THREAD:
            try:
                os.setpriority(os.PRIO_PROCESS, int(task.name), MEDIA_NICE)
            except PermissionError:
                log.info("engine.media_priority.not_permitted")
                return


class SipEndpoint:
    """Owns the endpoint, the trunk account's configuration and the guard, from `open` to `close`."""

    def __init__(self, config: SipEngineConfig) -> None:
        self._config = config
        self._endpoint: Any = None
        self._writer: StructuredLog | None = None
        self.guard: native.SipGuard
        self.sip_port = 0

    def open(self) -> None:
        self._config = config = numbered(self._config)
        check_config(config)
        native.set_log_level(0)  # until libInit installs our writer
        self._endpoint = CountingEndpoint()
        self._endpoint.libCreate()
        self._writer = StructuredLog()
        self._endpoint.libInit(endpoint_config(config, self._writer.__disown__()))
        native.keep_python_off_the_bridge()
        native.log_this_thread_alone()
        self.guard = install_guard(config)
        native.watch_connections(connection_limits(config.connections))
        native.resolve_names_beside(int(config.resolve_within_s * 1000), is_ipv6(config.bind_host))
        native.hold_messages_with_names()
        self.sip_port = bind_transports(self._endpoint, config)
        self._endpoint.libStart()
        native.advertise_what_we_do()
        self._endpoint.audDevManager().setNullDev()
        choose_codecs(self._endpoint, config.codecs)
        favour_the_clock()

    @property
    def has_both_kinds(self) -> bool:
        """Of addresses: then calls to IPv6 need accounts of their own."""
        return self._config.bind_host == EVERY_ADDRESS

    @property
    def own_uri(self) -> str:
        """Who we are in From, where nothing else is wanted."""
        bind, public = self._config.bind_host, self._config.public_host
        host = public or ("127.0.0.1" if bind in {"0.0.0.0", EVERY_ADDRESS} else bind)
        return f"sip:patchbay@{f'[{host}]' if is_ipv6(host) else host}:{self.sip_port}"

    def account_config(self, trunk: Trunk | None = None, *, ipv6: bool = False) -> Any:
        """The account of all incoming calls, or that of a trunk that asks who we are when we call."""
        config = self._config
        out = pj.AccountConfig()
        out.idUri = self.own_uri
        out.regConfig.registerOnAdd = False
        out.sipConfig.ipv6Use = out.mediaConfig.ipv6Use = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY if ipv6 else ipv6_use(config)
        rtp = out.mediaConfig.transportConfig
        rtp.port = config.first_rtp_port
        rtp.portRange = config.last_rtp_port - config.first_rtp_port - 1
        rtp.boundAddress = "" if config.bind_host == EVERY_ADDRESS else config.bind_host
        rtp.publicAddress = config.public_host or ""
        out.callConfig.prackUse = pj.PJSUA_100REL_OPTIONAL
        out.natConfig.contactRewriteUse = 0
        if trunk is not None:
            out.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", trunk.username, 0, trunk.password))
        return out

    def handle(self, for_ms: int) -> None:
        self._endpoint.libHandleEvents(for_ms)

    def hang_up_all(self) -> None:
        self._endpoint.hangupAllCalls()

    def close(self) -> None:
        if self._endpoint is None:
            return
        native.forget_names()
        native.forget_held_messages()
        self._endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)  # BYEs are answered, or nobody is there
        destroy(self._endpoint)
        self._endpoint = None
