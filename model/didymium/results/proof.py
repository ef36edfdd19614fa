"""What a result keeps so that its bound can be proven again: the duals of the model's rows, as text in cells."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 16  # of a dual's 52 binary digits are not kept: it changes by 1.5e-11 of itself
SMALLEST = 1e-12  # M USD for one unit: a smaller dual is kept as 0
CELL = 30_000  # characters in one cell; Excel allows 32,767


@dataclass(frozen=True, slots=True)
class Proof:
    """A bound on the least cost, M USD, and the duals that prove it, in the order of the names of the model's rows.

    `model` is the checksum of the names of the model's rows and columns: other models have other rows. `splits` make
    cases of all plans, and `duals` are those of each case: a split names a column of modules and how many there are at
    most in its first case, with more in its second; then follow all of the first case and all of the second; None is a
    case.
    """

    bound: float
    duals: Sequence[NDArray[np.float64]]
    model: str
    splits: Sequence[tuple[str, int] | None] = (None,)


def splits_of(found: Sequence[Sequence[object] | None]) -> list[tuple[str, int] | None]:
    """Return splits from what JSON gives back of them. Raises ValueError, TypeError or IndexError where it is none."""
    return [None if split is None else (str(split[0]), int(str(split[1]))) for split in found]


def as_kept(duals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return duals with the digits that a result keeps: BITS fewer, and none below SMALLEST."""
    digits = np.where(np.abs(duals) < SMALLEST, 0.0, duals).view(np.uint64)
    return (digits >> np.uint64(BITS) << np.uint64(BITS)).view(np.float64)


def to_cells(duals: NDArray[np.float64]) -> list[str]:
    """Return duals as texts of at most CELL characters: compressed byte by byte, alike bytes together."""
    by_place = duals.astype(">f8").view(np.uint8).reshape(-1, 8).T.tobytes()
    text = base64.b64encode(zlib.compress(by_place, 9)).decode("ascii")
    return [text[k : k + CELL] for k in range(0, len(text), CELL)]


def from_cells(texts: Sequence[object], count: int) -> NDArray[np.float64]:
    """Return so many duals from their texts. Raises ValueError where they are none."""
    try:
        unpacked = zlib.decompressobj()
        content = unpacked.decompress(base64.b64decode("".join(map(str, texts)), validate=True), 8 * count)
    except (ValueError, zlib.error) as error:
        raise ValueError(f"the duals cannot be read ({error})") from error
    if len(content) != 8 * count:
        raise ValueError(f"there are not {count:,} duals")
    duals = np.frombuffer(content, np.uint8).reshape(8, count).T.copy().view(">f8").astype(float).ravel()
    if not np.isfinite(duals).all():
        raise ValueError("a dual is not a number")
    return duals
