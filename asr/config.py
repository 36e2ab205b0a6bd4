"""What a worker is told at its start."""

from __future__ import annotations

import os
from pathlib import Path

from asr.voice_activity_gate import VoiceActivityGateSettings
from core.ids import WorkerId
from core.model import Value


def _cores() -> int:
    return max(len(os.sched_getaffinity(0)), 1)


class AsrConfig(Value, frozen=True, kw_only=True):
    """One worker's settings."""

    worker_id: WorkerId
    data_dir: Path
    """Paths of recordings are relative to it."""
    host: str = "127.0.0.1"
    """Where taps send to; also the address that is answered."""
    rtp_port: int = 0
    """0: a free one, which is answered."""
    threads: int = _cores()
    max_streams: int = 60 * _cores()
    gate: VoiceActivityGateSettings = VoiceActivityGateSettings()
    vad_mode: int = 2
    """0 passes most, 3 passes least (WebRTC's aggressiveness)."""
    heartbeat_s: float = 1.0
    fetch_again_s: float = 1.0
    """Between looks for a recording that its node has not handed over yet."""
    silence_limit_s: float = 600.0
    """A stream without packets for so long is ended: its owner is gone."""
