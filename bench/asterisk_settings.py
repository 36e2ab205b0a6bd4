"""Asterisk's configuration, as one would write it for speed.

pjsip over UDP, µ-law only, timerfd, only the modules these calls need, no call records, no debug or verbose log, no RTCP report
told to the manager. What is not written here stays at Asterisk's default.

Source: docs.asterisk.org and the comments of Asterisk's sample files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.asterisk_program import Program

LOG = "messages.log"
USER = "bench"
CONTEXT, IDLE, PROMPT = "bench", "100", "200"
"""Extensions: `IDLE` answers and waits, `PROMPT` plays the prompt for ever."""
MODULES = (
    *("res_timing_timerfd", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_rtp_asterisk", "res_pjproject"),
    *("res_pjsip", "res_pjsip_pubsub", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_endpoint_identifier_ip"),
    *("res_pjsip_caller_id", "chan_pjsip", "pbx_config", "app_playback", "app_mixmonitor", "bridge_simple", "bridge_native_rtp"),
    *("codec_ulaw", "format_pcm", "format_sln"),
)


@dataclass(frozen=True)
class Installation:
    """Where one run of Asterisk keeps its things and listens."""

    folder: Path
    sip_port: int
    manager_port: int
    password: str
    rtp_ports: tuple[int, int]


def settings(program: Program, installation: Installation, prompt: Path) -> dict[str, str]:
    """All its files by name."""
    own = ("astetcdir", "astvarlibdir", "astdbdir", "astkeydir", "astagidir", "astspooldir", "astrundir", "astlogdir")
    folders = {
        **dict.fromkeys(own, installation.folder),
        "astmoddir": program.libraries / "asterisk" / "modules",
        "astdatadir": program.root / "usr" / "share" / "asterisk",
    }
    loads = "".join(f"load = {module}.so\n" for module in MODULES)
    endpoint = {"type": "endpoint", "context": CONTEXT, "disallow": "all", "allow": "ulaw", "direct_media": "no"}
    here = {"media_address": "127.0.0.1", "bind_rtp_to_media_address": "yes"}  # else its sockets are IPv6's, a little dearer
    declined = "".join(f"decline = ast_rtp_rtcp_{way}_type\n" for way in ("sent", "received"))
    first, last = installation.rtp_ports
    return {
        "asterisk.conf": _section("directories", folders) + _section("options", {"verbose": 0, "debug": 0, "maxfiles": 65536}),
        "modules.conf": f"[modules]\nautoload = no\n{loads}",
        "logger.conf": f"[general]\n[logfiles]\n{LOG} = error\n",
        "cdr.conf": _section("general", {"enable": "no"}),
        "cel.conf": _section("general", {"enable": "no"}),
        "stasis.conf": f"[declined_message_types]\n{declined}",
        "rtp.conf": _section("general", {"rtpstart": first, "rtpend": last}),
        "manager.conf": _section(
            "general", {"enabled": "yes", "bindaddr": "127.0.0.1", "port": installation.manager_port, "displayconnects": "no"}
        )
        + _section(USER, {"secret": installation.password, "read": "system,reporting", "write": "system,command,call,reporting"}),
        "extensions.conf": (
            f"[{CONTEXT}]\n"
            f"exten = {IDLE},1,Answer()\n"
            f" same = n(again),Wait(3600)\n"
            f" same = n,Goto(again)\n"
            f"exten = {PROMPT},1(again),Playback({prompt})\n"
            f" same = n,Goto(again)\n"
        ),
        "pjsip.conf": (
            _section("udp", {"type": "transport", "protocol": "udp", "bind": f"127.0.0.1:{installation.sip_port}"})
            + _section("phones", endpoint | here)
            + _section("who", {"type": "identify", "endpoint": "phones", "match": "127.0.0.1"})
        ),
    }


def _section(name: str, values: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
