"""What a media node needs to know before it starts; nothing in it changes while it runs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.ids import NodeId
from telephony.engine_settings import Codec
from telephony.node.phone_life import PhoneLifeConfig
from telephony.webrtc.liveness import LivenessConfig
from telephony.webrtc.transport import TransportConfig


class OutboundTrunk(msgspec.Struct, frozen=True, kw_only=True):
    """A trunk that takes calls from us."""

    name: str
    proxy: str
    """``sip:203.0.113.5:5060;transport=tcp``: where INVITEs go."""
    caller: str = ""
    """The number that is shown to those we call; empty: the node's own address."""
    keep_alive_s: float = 0.0
    """How often it is asked whether it is there (OPTIONS); 0: never."""


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True):
    node_id: NodeId
    data_dir: Path
    """Paths in commands are relative to it."""
    name: str = ""
    """By which people know it."""
    region: str = ""
    starts_draining: bool = False
    """It was being drained when it ended."""
    music: str = "prompts/music/hold.wav"
    """What every node has, for when something else that is played on and on cannot be had."""
    missing_prompt: str = "prompts/standard/tone.wav"
    """And for anything else."""
    outbound: tuple[OutboundTrunk, ...] = ()
    """Trunks that take calls from us; the first one is used when none is named."""
    max_legs: int = 400
    """Phones and browsers together."""
    browser_codecs: tuple[Codec, ...] = (Codec.PCMU, Codec.PCMA, Codec.G722)
    """Best first. Narrowband first, because the bridge and the phone network are: nothing is transcoded."""
    link_codec: Codec = Codec.PCMU
    """Of sound between nodes: what the bridge has, without loss for the phone network."""
    browsers: TransportConfig = TransportConfig()
    liveness: LivenessConfig = LivenessConfig()
    shed_after_s: float = 1.0
    """When a caller has waited so long to be claimed, new ones are answered 503 until the control plane has caught up."""
    claim_within_s: float = 3.0
    """A caller whom nobody claims in this time is answered 503."""
    no_end_s: float = 90.0
    """A phone's leg that has neither come up nor left in this time is given up: an answer that nobody acknowledges, and the BYE
    after it, are over by then (twice 64·T1, RFC 3261 §17.1.1.2)."""
    phones: PhoneLifeConfig = PhoneLifeConfig()
    measure_every_s: float = 5.0
    """How often each leg in a call is measured, and looked at for signs of life."""
    reserved_for_phones: float = 0.25
    """Share of `max_legs` that callers from web pages, whom nobody knows, cannot take."""
    most_connecting: int = 40
    """Legs of such callers whose browser has been answered and has not come; one more is refused."""
