"""Rules for planning from a file: the YAML of `patchbay config export`."""

from __future__ import annotations

from pathlib import Path

import typer

from core.commands import ConfigureAcd
from core.problems import TextRefused
from core.text_files import NotText, text_of
from server.business.acd import configure_acd
from server.business.reading import load
from server.cli.common import errors
from server.cli.planning import BAD_ARGUMENT, refuse


def rules_of(file: Path) -> ConfigureAcd:
    """Ends the command with every mistake in the file, by line."""
    try:
        text = text_of(file.read_bytes())
    except NotText as error:
        refuse(f"{file}: {error}.")
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    try:
        return configure_acd(load(text, str(file)))
    except TextRefused as refused:
        errors.print(str(refused))
        raise typer.Exit(BAD_ARGUMENT) from None
