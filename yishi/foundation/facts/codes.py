"""Credit codes (GB 32100-2015) by the array: made up ones, with right check signs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.parties.identifiers import USCC_ALPHABET

#: No identifying code that a register gave begins so (as MNXY in `parties.synthetic`).
PREFIX = "MF"
_SIGNS = np.frombuffer(USCC_ALPHABET.encode(), np.uint8)
_VALUES = np.zeros(256, np.int64)
_VALUES[_SIGNS] = np.arange(31)
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)], np.int64)
#: GB 11714-1997: the value of a letter is 10 on; the weights of the eight signs.
_ORG_VALUES = np.zeros(256, np.int64)
_ORG_VALUES[np.arange(48, 58)] = np.arange(10)
_ORG_VALUES[np.arange(65, 91)] = np.arange(10, 36)
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], np.int64)
_ORG_SIGNS = np.frombuffer(b"0123456789X0", np.uint8)


def made_up(
    numbers: NDArray[np.int64], kinds: NDArray[np.bytes_], regions: NDArray[np.bytes_]
) -> NDArray[np.bytes_]:
    """The code of each number (below 31**6); *kinds* of two signs (``91``), *regions* of six."""
    signs = np.empty((len(numbers), 18), np.uint8)
    signs[:, :2] = kinds.astype("S2").view(np.uint8).reshape(-1, 2)
    signs[:, 2:8] = regions.astype("S6").view(np.uint8).reshape(-1, 6)
    signs[:, 8:10] = np.frombuffer(PREFIX.encode(), np.uint8)
    rest = numbers.copy()
    for place in range(15, 9, -1):
        rest, digit = np.divmod(rest, 31)
        signs[:, place] = _SIGNS[digit]
    total = (_ORG_VALUES[signs[:, 8:16]] * _ORG_WEIGHTS).sum(axis=1)
    signs[:, 16] = _ORG_SIGNS[11 - total % 11]
    total = (_VALUES[signs[:, :17]] * _WEIGHTS).sum(axis=1)
    signs[:, 17] = _SIGNS[-total % 31]
    found: NDArray[np.bytes_] = signs.view("S18").ravel()
    return found


def regions_of(areas: Sequence[str], fallback: str = "420606") -> list[str]:
    """The registering region (six digits) of each managed path: its first county code."""
    found = []
    for area in areas:
        parts = [part for part in area.split("/") if part.isdigit() and len(part) >= 6]
        found.append(parts[0][:6] if parts else fallback)
    return found
