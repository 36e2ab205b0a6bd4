"""Text → typed value, by the annotation of a section's field.

Invariant: pure but for `file:` secrets; booleans are only the words in `BOOLEANS`, never «any text is true».
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec

from server.config.sections import Secret

BOOLEANS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def convert(text: str, annotation: Any) -> Any:
    """The value that `text` stands for, as `annotation` asks. Raises `ValueError` that says what was expected."""
    try:
        return _convert(text, annotation)
    except (ValueError, OSError) as error:
        raise ValueError(f"{_shown(text, annotation)}: {error}") from None


def _convert(text: str, annotation: Any) -> Any:
    if annotation is Secret:
        return Secret(read_secret(text))
    if annotation is bool:
        return _boolean(text)
    if annotation is Path:
        return Path(text)
    if get_origin(annotation) is tuple:
        each = get_args(annotation)[0]
        return tuple(_convert(part.strip(), each) for part in text.split(",") if part.strip())
    try:
        return msgspec.convert(text, annotation, strict=False)
    except msgspec.ValidationError:
        if _choices(annotation) and all(isinstance(choice, int) for choice in _choices(annotation)):
            return _numeric_choice(text, annotation)
        raise ValueError(f"expected {describe(annotation)}") from None


def _boolean(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise ValueError("expected yes or no")
    return BOOLEANS[text.lower()]


def _numeric_choice(text: str, annotation: Any) -> int:
    if text.isdigit() and int(text) in _choices(annotation):
        return int(text)
    raise ValueError(f"expected {describe(annotation)}")


def _choices(annotation: Any) -> tuple[Any, ...]:
    return () if get_origin(annotation) is Annotated else get_args(annotation)


def read_secret(text: str) -> str:
    """A value, or the first line of the file that ``file:/path`` names."""
    if not text.startswith("file:"):
        return text
    lines = Path(text.removeprefix("file:")).read_text(encoding="utf-8").splitlines()
    if not lines:
        raise ValueError("the file is empty")
    return lines[0].strip()


def describe(annotation: Any) -> str:
    """What a field takes, in words."""
    if get_origin(annotation) is Annotated:
        base, *metas = get_args(annotation)
        limits = " and ".join(_limits(meta) for meta in metas if isinstance(meta, msgspec.Meta))
        return f"{describe(base)} {limits}".strip()
    choices = _choices(annotation)
    if choices:
        return "one of " + ", ".join(str(choice) for choice in choices)
    return {int: "a whole number", float: "a number", str: "text"}.get(annotation, "text")


def _limits(meta: msgspec.Meta) -> str:
    words = [("≥", meta.ge), (">", meta.gt), ("≤", meta.le), ("matching", meta.pattern)]
    return " and ".join(f"{word} {limit}" for word, limit in words if limit is not None)


def _shown(text: str, annotation: Any) -> str:
    return "(secret)" if annotation is Secret else f"«{text}»"
