"""What all commands share: the configuration and how mistakes are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from server.config import Config, ConfigError, load_config

DEFAULT_FILE = Path("sip.conf")
ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", envvar="PATCHBAY_CONFIG", help="sip.conf; default: ./sip.conf if it is there")
]
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def fail(message: str, status: int = 1) -> NoReturn:
    errors.print(message, style="red", markup=False)
    raise typer.Exit(status)


def configuration(file: Path | None) -> Config:
    """Ends the command with one sentence when something in the file is wrong."""
    path = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    try:
        return load_config(path, os.environ)
    except ConfigError as error:
        fail(str(error), 2)
