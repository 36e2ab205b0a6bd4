"""What all commands share: the configuration and how mistakes are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import ConsoleRenderable, Group, RichCast
from rich.table import Table
from rich.text import Text

from server.config import Config, ConfigError, load_config
from server.console import console_on

DEFAULT_FILE = Path("sip.conf")
ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", envvar="PATCHBAY_CONFIG", help="sip.conf; default: ./sip.conf if it is there")
]
BAD_INPUT = 2
"""Exit status when what was given cannot be used."""
console = console_on(soft_wrap=not sys.stdout.isatty())
errors = console_on(soft_wrap=not sys.stderr.isatty(), stderr=True)


def show(what: ConsoleRenderable | RichCast | str) -> None:
    """For a person a drawn table; into a pipe plain lines: a table's cells with tabs between them, nothing cut, no colours."""
    if console.is_terminal:
        console.print(what)
        return
    for line in _plain(what):
        typer.echo(line)


def _plain(what: object) -> Iterator[str]:
    if isinstance(what, Table):
        yield "\t".join(_text(column.header) for column in what.columns)
        for cells in zip(*(column.cells for column in what.columns), strict=True):
            yield "\t".join(map(_text, cells))
    elif isinstance(what, Group):
        for part in what.renderables:
            yield from _plain(part)
    elif isinstance(what, RichCast):
        yield from _plain(what.__rich__())
    else:
        yield _text(what)


def _text(cell: object) -> str:
    """One line."""
    return " ".join((cell.plain if isinstance(cell, Text) else str(cell)).split())


@contextmanager
def working(words: str) -> Iterator[Callable[[str], None]]:
    """Says on a terminal what is being done, as long as it is; nothing into a pipe or a log. Gives a way to say what is next."""
    if not errors.is_terminal:
        yield lambda _: None
        return
    with errors.status(Text(f"{words}…")) as status:
        yield lambda now: status.update(Text(f"{now}…"))


def known_id(given: str, known: Iterable[str], prefix: str) -> str | None:
    """The id that somebody means by `billing` or `queue_billing`, whichever of the two there is."""
    short = given.removeprefix(prefix)
    ids = set(known)
    return next((each for each in (given, prefix + short, short) if each in ids), None)


def fail(message: str, status: int = 1) -> NoReturn:
    errors.print(message, style="red")
    raise typer.Exit(status)


def configuration(file: Path | None) -> Config:
    """Ends the command with a sentence for each mistake in the file."""
    path = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    try:
        return load_config(path, os.environ)
    except ConfigError as error:
        fail(str(error), 2)
