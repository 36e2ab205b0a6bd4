"""The media node process: `sip.conf` → SIP engine → node on the bus."""

from __future__ import annotations

import resource
from contextlib import nullcontext

import structlog

from core.ids import NodeId
from core.ports import Unavailable
from ivr.sounds import HOLD_MUSIC, MISSING_PROMPT_TONE, write_standard_sounds
from server.clock import clock_of
from server.config import Config
from server.files.handing_over import HandOver
from server.files.opening import shelf_of
from server.files.played_sounds import PlayedSounds
from server.nodes import drain_when_known, starts_draining
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import on_signals, running
from server.processes.watchdog import watched_loop
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.redis_state import RedisStateStore
from telephony.engine_settings import Codec, ConnectionLimits, SipEngineConfig, Trunk
from telephony.node.config import NodeConfig, OutboundTrunk
from telephony.node.node import MediaNode
from telephony.node.phone_life import PhoneLifeConfig
from telephony.sip.engine import SipMediaEngine
from telephony.webrtc.liveness import LivenessConfig
from telephony.webrtc.transport import TransportConfig

log = structlog.get_logger(__name__)

DESCRIPTORS = 65_536


def engine_config(config: Config) -> SipEngineConfig:
    """What the SIP engine is told. Raises ValueError for a codec that it does not know."""
    return SipEngineConfig(
        bind_host=config.sip.bind,
        public_host=config.sip.public_address or None,
        sip_port=config.sip.port,
        udp=config.sip.udp,
        tcp=config.sip.tcp,
        first_rtp_port=config.media.first_rtp_port,
        last_rtp_port=config.media.last_rtp_port,
        internal_host=config.media.internal_address,
        trunks=tuple(
            Trunk(
                name=trunk.name,
                networks=trunk.networks,
                username=trunk.username,
                password=trunk.password,
                caller=trunk.caller,
                identity=trunk.identity,
                numbers=trunk.numbers,
                country=trunk.country,
            )
            for trunk in config.trunks
        ),
        codecs=tuple(Codec(codec) for codec in config.sip.codecs),
        clock_rate_hz=config.media.clock_rate_hz,
        max_legs=config.limits.max_legs,
        strangers_per_s=config.limits.sip_strangers_per_s,
        connections=ConnectionLimits(
            in_all=config.limits.sip_connections,
            of_strangers=config.limits.sip_connections_of_strangers,
            per_address=config.limits.sip_connections_per_address,
            per_stranger=config.limits.sip_connections_per_stranger,
            message_within_s=config.limits.sip_message_within_s,
            idle_s=config.limits.sip_idle_s,
        ),
        log_level=config.sip.log_level,
        resolve_within_s=config.sip.resolve_within_s,
    )


def node_config(config: Config, node_id: NodeId, *, starts_draining: bool = False) -> NodeConfig:
    return NodeConfig(
        node_id=node_id,
        name=config.node_name or node_id,
        region=config.media.region,
        starts_draining=starts_draining,
        data_dir=config.data_dir,
        music=HOLD_MUSIC,
        missing_prompt=MISSING_PROMPT_TONE,
        link_codec=Codec.G722 if config.media.clock_rate_hz > 8000 else Codec.PCMU,
        outbound=tuple(
            OutboundTrunk(name=trunk.name, proxy=trunk.proxy, caller=trunk.caller, keep_alive_s=trunk.keep_alive_s)
            for trunk in config.trunks
            if trunk.proxy
        ),
        max_legs=config.limits.max_legs,
        shed_after_s=config.limits.shed_after_s,
        reserved_for_phones=config.limits.reserved_for_phones,
        most_connecting=config.limits.browsers_connecting,
        phones=PhoneLifeConfig(
            silent_after_s=config.sip.silent_phone_after_s,
            ask_after_s=config.sip.ask_phone_after_s,
            answers_within_s=config.sip.phone_answers_within_s,
        ),
        liveness=LivenessConfig(connect_within_s=config.limits.browser_connects_within_s),
        browsers=TransportConfig(
            addresses=config.media.browser_addresses,
            public_address=config.sip.public_address or None,
            first_port=config.media.first_browser_port,
            last_port=config.media.last_browser_port,
        ),
    )


def allow_descriptors() -> None:
    """Two for each leg's sound, one for each connection: more than the 1024 that a shell gives, if we may."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(DESCRIPTORS, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def _is_to_be_drained(store: RedisStateStore, name: str) -> bool | None:
    """None: Redis is away."""
    try:
        return await starts_draining(store, name)
    except Unavailable as error:
        log.warning("whether this node is to be drained is not known", reason=error)
        return None


async def run_node(config: Config, node_id: NodeId) -> None:
    """Until SIGTERM. Raises `EngineError` when it cannot start and `EngineStalled` when only a new process helps."""
    clock = clock_of(config.data_dir)
    letters = RedisDeadLetters(config.redis_url, config.storage.redis_prefix)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix, letters)
    engine = engine_config(config)
    store = RedisStateStore(config.redis_url, config.storage.redis_prefix)
    draining = await _is_to_be_drained(store, config.node_name)
    shelf = shelf_of(config)
    hand_over = HandOver(shelf)
    if shelf.is_apart:  # the data directory is this machine's own
        write_standard_sounds(config.data_dir)
    node = MediaNode(
        bus,
        lambda on_event: SipMediaEngine(engine, on_event, clock.now),
        node_config(config, node_id, starts_draining=bool(draining)),
        clock,
        hand_over=hand_over.finished if shelf.is_apart else lambda _: None,
        sounds=PlayedSounds(shelf, config.files.prompts_mb << 20) if shelf.is_apart else None,
    )
    on_signals(node.stop_soon)
    set_loaded_aside()
    allow_descriptors()
    try:
        async with (
            watched_loop(),
            running(hand_over.run(), "hand-over") if shelf.is_apart else nullcontext(),
            running(drain_when_known(store, config.node_name, bus, node_id), "drain") if draining is None else nullcontext(),
        ):
            await node.run()
    finally:
        await store.close()
        await bus.close()
        await letters.close()
