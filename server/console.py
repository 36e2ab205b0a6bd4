"""Where words for people at a terminal go: as they are.

The library would read «[x]» in a name as a style and «:AB:» in a fingerprint as a picture. Whoever wants a colour says so with
`rich.text.Text` or `style`.
"""

from __future__ import annotations

from typing import TextIO

from rich.console import Console


def console_on(file: TextIO | None = None, *, soft_wrap: bool = False, stderr: bool = False) -> Console:
    """On `file`, or on the process's own output."""
    return Console(file=file, stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False)
