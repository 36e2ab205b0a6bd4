"""The commands' table of contents."""

from __future__ import annotations

from server.cli import callbacks, config, contracts, data, demo, doctor, flow, nodes, number, search, user
from server.cli.plans import app

app.command("import")(data.import_history)
app.command("doctor")(doctor.doctor)
app.command("openapi")(contracts.openapi)
app.command("schema")(contracts.schema)
app.add_typer(flow.app, name="flow")
app.add_typer(number.app, name="number")
app.add_typer(config.app, name="config")
app.add_typer(callbacks.app, name="callbacks")
app.add_typer(user.app, name="user")
app.add_typer(demo.app, name="demo")
app.add_typer(search.app, name="search")

__all__ = ["app", "nodes"]
