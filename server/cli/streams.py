"""Standard input and output as a command finds them: closed, in an encoding that lacks letters, or read by somebody who leaves.

`patchbay flow list | head -1` ends quietly; `patchbay flow list >&-` says nothing, and is no mistake of the program.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def usable_streams() -> Iterator[None]:
    """While a command runs. Ends the process with a sentence when the machine refuses it something: what it says or reads."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()  # here, where it can be caught: at its own end the interpreter would print the error
    except OSError as error:  # border of a command: full disk, no right, nobody who reads
        _say(error)
        sys.exit(1)


def _say(error: OSError) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it has nowhere to go
    if not isinstance(error, BrokenPipeError):
        where = "" if error.filename is None else f"{error.filename}: "
        sys.stderr.write(f"{where}{error.strerror or error}\n")
