"""The QR code: what its path draws is the square that the library made."""

from __future__ import annotations

import re

import segno

from server.second_step.qr import qr_code


def test_the_path_draws_every_dark_module_and_no_other() -> None:
    text = "otpauth://totp/Northwind:tessa?secret=JBSWY3DPEHPK3PXP&issuer=Northwind"
    drawn = qr_code(text)
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", drawn.path)]
    dark = {(x, y) for start, y, length in runs for x in range(start, start + length)}
    wanted = segno.make_qr(text, error="m").matrix
    assert drawn.size == len(wanted)
    assert dark == {(x, y) for y, row in enumerate(wanted) for x, module in enumerate(row) if module}
    assert sum(length for _, _, length in runs) == len(dark)
