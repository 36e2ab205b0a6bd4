"""What needs people: alerts stand until they are cleared. Pure."""

from __future__ import annotations

from core.events import Alert, AnyEvent
from server.live import messages as live
from server.live.change import Change, to_supervisors
from server.schemas import ShownAlert


class AlertBoard:
    """Owns the alerts by their keys; a later one with the same key replaces the earlier."""

    def __init__(self) -> None:
        self.shown: dict[str, ShownAlert] = {}

    def handle(self, event: AnyEvent) -> list[Change]:
        if not isinstance(event, Alert):
            return []
        alert = ShownAlert(
            key=event.key, severity=event.severity, text=event.text, at=event.at, code=event.code, params=event.details
        )
        if event.severity != "cleared":
            self.shown[event.key] = alert
        elif self.shown.pop(event.key, None) is None:
            return []
        return [to_supervisors(live.AlertMessage(alert=alert))]
