"""The cases of the bench: the default case, its sister with trading allies, its tree, cases up to 10 times as large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from larger import enlarged

import didymium

INPUTS = Path(__file__).parents[1] / "inputs"

CASES: dict[str, Callable[[], didymium.CaseInputs]] = {
    "default": lambda: didymium.read(INPUTS / "allied.xlsx"),
    "allied_plus": lambda: didymium.read(INPUTS / "allied_plus.xlsx"),
    "tree": lambda: didymium.read(INPUTS / "allied.xlsx"),
    **{f"{k}x": lambda k=k: enlarged(didymium.read(INPUTS / "allied.xlsx"), k) for k in (2, 5, 10)},  # type: ignore[misc]
}
TREES = frozenset({"tree"})
