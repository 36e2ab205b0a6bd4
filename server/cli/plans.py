"""The planning commands: without the web, speech and telephony, so that they start at once."""

from __future__ import annotations

from server.cli import replay, simulate, staff
from server.cli.run import app

app.command("simulate")(simulate.simulate)
app.command("staff")(staff.staff)
app.command("replay")(replay.replay)

__all__ = ["app"]
