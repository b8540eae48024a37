"""An address as a QR code, for somebody who holds a phone before a screen."""

from dataclasses import dataclass
from typing import Any

from qrcode import constants, main

QUIET = 4  # modules of white that a camera needs around the code


@dataclass(frozen=True, kw_only=True)
class Code:
    """The dark modules as one path of an SVG, and the width of the whole in modules."""

    path: str
    size: int


def draw(text: str) -> Code:
    """The code for a text of at most some 1,000 letters. Level M still reads where a seventh of it is dirt."""
    code: main.QRCode[Any] = main.QRCode(error_correction=constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    runs = [f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return Code(path="".join(runs), size=len(rows) + 2 * QUIET)
