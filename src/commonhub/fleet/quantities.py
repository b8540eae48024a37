"""Sizes and times as people write them, and back.

Sizes follow Kubernetes: `1G` is 1,000,000,000 bytes, `1Gi` is 1,073,741,824 bytes.
(JupyterHub's own settings read `1G` as 2**30 bytes; whoever hands a size to JupyterHub hands it as bytes.)
"""

import re
from typing import Final

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?) ?([kKMGTP]i?)?B?")
_CORES: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(m?)")
_UNITS: Final = {"": 1} | {
    letter + suffix: base**power
    for power, letter in enumerate("KMGTP", start=1)
    for suffix, base in (("", 1000), ("i", 1024))
}
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SECONDS: Final = (86400, 3600, 60, 1)
LARGEST: Final = 10**18  # an exabyte: beyond it a size is a slip of the hand, and no database holds it
MOST_CORES: Final = 10_000  # no machine has more; beyond it a number is a slip of the hand
LONGEST: Final = 366 * 86400  # a year: the longest time that any setting here can mean


def bytes_of(text: object) -> int | None:
    """Bytes of `512M`, `1.5G`, `1Gi` or a plain number of bytes; None when it is no size."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        return None
    found = _SIZE.fullmatch(str(text).strip())
    if found is None:
        return None
    unit = (found[2] or "").replace("k", "K")
    whole, _, part = found[1].partition(".")
    if len(whole) > 20 or len(part) > 12:
        return None
    size = int(whole + part) * _UNITS[unit] // 10 ** len(part)
    return size if 0 < size <= LARGEST else None


def size_text(size: int) -> str:
    """The shortest exact words for so many bytes: `512Mi`, `2G`, or the plain number."""
    for unit in ("Pi", "P", "Ti", "T", "Gi", "G", "Mi", "M", "Ki", "K"):
        if size >= _UNITS[unit] and size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return str(size)


def cores_of(text: object) -> float | None:
    """Cores of `0.5`, `2`, or Kubernetes' `500m` (thousandths); None when it is no number of cores."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        return None
    if isinstance(text, str):
        found = _CORES.fullmatch(text.strip())
        if found is None:
            return None
        text = float(found[1]) / (1000 if found[2] else 1)
    return float(text) if 0 < text <= MOST_CORES else None


def seconds_of(text: object) -> int | None:
    """Seconds of `90s`, `10m`, `1h30m`, `7d` or a plain number of seconds; None when it is no time."""
    if isinstance(text, bool) or not isinstance(text, int | str):
        return None
    words = str(text).strip()
    if words.isascii() and words.isdigit() and len(words) < 10:
        seconds = int(words)
    else:
        found = _DURATION.fullmatch(words)
        if found is None or not any(found.groups()) or any(len(part or "") > 9 for part in found.groups()):
            return None
        seconds = sum(int(part or 0) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True))
    return seconds if 0 < seconds <= LONGEST else None


def duration_text(seconds: int) -> str:
    """The words for so many seconds: `1h30m`."""
    words = ""
    for letter, unit in zip("dhms", _SECONDS, strict=True):
        count, seconds = divmod(seconds, unit)
        if count:
            words += f"{count}{letter}"
    return words or "0s"
