"""The `patchbay` command. `run.py` starts processes and stays light, so does `plans.py`; `app.py` lists every command."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

from server.cli.arguments import wrong_with
from server.cli.streams import usable_streams
from server.private_files import keep_files_private

PROCESSES = {"serve", "node", "asr", "acd"}
PLANS = {"simulate", "staff", "replay"}
GROUPS = {"callbacks", "config", "demo", "flow", "number", "search", "user"}
"""Each is a module of its name: who asks for one waits for half of what all of them need."""
LOADED_OBJECTS = 50_000
"""Between two garbage collections while a program is loaded: what is made then stays; Python's 700 look at it over and over."""


def main() -> None:
    keep_files_private()
    gc.set_threshold(LOADED_OBJECTS)
    with usable_streams():
        wrong = wrong_with(sys.argv[1:])
        if wrong:
            sys.stderr.write(f"{wrong}\n")
            sys.exit(2)
        _run(sys.argv[1:])


def _run(arguments: list[str]) -> None:
    # A process that stays for months shall not carry what only other commands need, so imports are here.
    if arguments and set(arguments[:1]) <= PROCESSES:
        from server.cli.run import app  # noqa: PLC0415

        if arguments[0] == "node" and _is_about_nodes(arguments[1:]):
            import_module("server.cli.nodes")
    elif set(arguments[:1]) & PLANS:
        from server.cli.plans import app  # noqa: PLC0415
    else:
        from server.logs import configure_logs  # noqa: PLC0415

        configure_logs("command", "warning")  # what a command has to say it says itself
        if set(arguments[:1]) & GROUPS:
            from typer import Typer  # noqa: PLC0415

            app = Typer(name="patchbay", add_completion=False, pretty_exceptions_enable=False)
            app.add_typer(import_module(f"server.cli.{arguments[0]}").app, name=arguments[0])
        else:
            from server.cli.app import app  # noqa: PLC0415
    app()


def _is_about_nodes(words: Sequence[str]) -> bool:
    """`patchbay node list`, not `patchbay node --id …`, which runs one."""
    return bool(words) and (words[0] == "--help" or not words[0].startswith("-"))


__all__ = ["GROUPS", "main"]
