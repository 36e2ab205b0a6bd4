"""A QR code (ISO/IEC 18004) as the path of an SVG: drawn here, because its secret must not go to anybody who draws for others."""

from __future__ import annotations

import segno

from core.model import Value


class QrCode(Value, frozen=True, kw_only=True):
    """A square of `size` modules without its quiet zone; `path` fills the dark ones, one unit each."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    runs = (
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for start, length in _runs(row)
    )  # fmt: skip
    return QrCode(size=len(rows), path="".join(runs))


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where dark modules begin, and how many there are side by side."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
