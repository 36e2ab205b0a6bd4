"""What may be off with the machines: nodes, recognizers, trunks, disk, set-aside messages, and what parts say themselves."""

from __future__ import annotations

from collections.abc import Iterator

from core.attention import Action, ActionCode, Next, Severity, Subject, SubjectKind
from server.attention.happened import STANDS_FOR_S, Happened, Standing
from server.attention.signs import Sign, at_least, below
from server.attention.situation import FleetFacts, NodeFacts, TrunkFacts
from server.attention.thresholds import Thresholds
from server.https.facts import CertificateFacts

SYSTEM = Subject(kind="system")
OPEN_SYSTEM = Action(code="open_system")
SHORT_LIVED = 6
"""Red of a certificate that lives but days: when a sixth of its life is left. It is renewed when a third is."""
DAYS_OF_NONE = 1e6
_SEVERITY = {"critical": Severity.RED, "warning": Severity.AMBER}
_PLACES: dict[str, tuple[SubjectKind, str, ActionCode]] = {
    "child_keeps_ending": ("process", "name", "open_system"),
    "recording_stopped": ("call", "call_id", "open_call"),
    "callback_not_dialled": ("call", "call_id", "open_trunks"),
    "callback_limit": ("call", "call_id", "change_rules"),
    "callback_not_allowed": ("call", "call_id", "change_rules"),
}
"""Code of an alert → what it is about, by which of its details, and what can be done."""


def fleet_signs(fleet: FleetFacts, limits: Thresholds) -> Iterator[Sign]:
    yield Sign(
        code="no_node",
        subject=SYSTEM,
        raises=None if fleet.nodes else Severity.RED,
        next=Next(code="restarts"),
        action=OPEN_SYSTEM,
    )
    yield Sign(
        code="no_recognizer",
        subject=SYSTEM,
        raises=Severity.GREY if fleet.transcribes and not fleet.recognizers else None,
        next=Next(code="restarts"),
        action=OPEN_SYSTEM,
    )
    for node in fleet.nodes:
        yield _full(node, limits)


def _full(node: NodeFacts, limits: Thresholds) -> Sign:
    share, less = node.legs / max(1, node.max_legs), 1 - limits.clear_margin
    return Sign(
        code="node_full",
        subject=Subject(kind="node", id=node.node_id),
        raises=at_least(share, limits.node_soon, limits.node_now),
        keeps=at_least(share, limits.node_soon * less, limits.node_now * less),
        figures={"legs": node.legs, "max_legs": node.max_legs},
        action=OPEN_SYSTEM,
    )


def lost_node_signs(happened: Happened) -> Iterator[Sign]:
    for node_id, at in happened.lost_nodes.items():
        yield Sign(
            code="node_lost",
            subject=Subject(kind="node", id=node_id),
            raises=Severity.RED,
            since=at,
            next=Next(code="restarts"),
            action=OPEN_SYSTEM,
        )


def trunk_sign(trunk: TrunkFacts) -> Sign:
    return Sign(
        code="trunk_down",
        subject=Subject(kind="trunk", id=trunk.name),
        raises=Severity.RED if trunk.state == "down" else None,
        since=trunk.since,
        figures={"status": trunk.status},
        next=Next(code="tries_again"),
        action=Action(code="open_trunks", id=trunk.name),
    )


def disk_sign(free_gib: float, limits: Thresholds) -> Sign:
    more = 1 + limits.clear_margin
    return Sign(
        code="disk_low",
        subject=SYSTEM,
        raises=below(free_gib, limits.disk_soon_gib, limits.disk_now_gib),
        keeps=below(free_gib, limits.disk_soon_gib * more, limits.disk_now_gib * more),
        figures={"free_gib": round(free_gib, 1)},
        action=OPEN_SYSTEM,
    )


def certificate_signs(certificate: CertificateFacts, limits: Thresholds, now: float) -> Iterator[Sign]:
    """One that somebody must renew, or one that renews itself and cannot: then serving goes on with what there is."""
    days = DAYS_OF_NONE if certificate.ends_at is None else (certificate.ends_at - now) / 86_400
    by_hand = certificate.life_s == 0 and certificate.ends_at is not None
    yield Sign(
        code="certificate_ends",
        subject=SYSTEM,
        raises=below(days, limits.certificate_soon_days, limits.certificate_now_days) if by_hand else None,
        figures={"ends_at": certificate.ends_at or 0.0},
        action=OPEN_SYSTEM,
    )
    least_days = min(limits.certificate_now_days, certificate.life_s / 86_400 / SHORT_LIVED)
    failing = Severity.RED if days < least_days else Severity.AMBER
    yield Sign(
        code="certificate_failed",
        subject=SYSTEM,
        raises=failing if certificate.problem else None,
        since=certificate.failing_since,
        figures={"problem": certificate.problem, "ends_at": certificate.ends_at or 0.0},
        next=Next(code="tries_again", at=certificate.next_try_at),
        action=OPEN_SYSTEM,
    )


def dead_letters_sign(count: int, since: float | None, limits: Thresholds) -> Sign:
    return Sign(
        code="dead_letters",
        subject=SYSTEM,
        raises=Severity.GREY if limits.dead_letters and count >= limits.dead_letters else None,
        since=since,
        figures={"count": count},
        action=Action(code="open_dead_letters"),
    )


def alert_signs(happened: Happened, limits: Thresholds) -> Iterator[Sign]:
    """What a part of the program says itself; the newest stands for all with its key."""
    for key, alert in happened.alerts.items():
        yield _alert(key, alert, limits)


def _alert(key: str, alert: Standing, limits: Thresholds) -> Sign:
    kind, name, code = _PLACES.get(
        alert.code, ("flow", "flow", "open_flows") if key == "ivr:flow" else ("system", "", "open_system")
    )
    about = str(alert.figures.get(name, "")) if name else ""
    stands = alert.code in STANDS_FOR_S
    return Sign(
        code=alert.code or "alert",
        subject=Subject(kind=kind, id=about if kind != "call" else ""),
        raises=_SEVERITY.get(alert.severity, Severity.GREY),
        since=alert.first_at,
        figures={**alert.figures, "times": alert.times, "last_at": alert.at},
        next=Next(code="tries_again") if stands else Next(code="forgotten", at=alert.at + limits.remember_s),
        action=Action(code=code, id=about),
    )
