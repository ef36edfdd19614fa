"""Targets at a level: a share of what they require in full."""

from __future__ import annotations

from collections.abc import Collection

from didymium.case_inputs import CaseInputs
from didymium.errors import BadWorkbook, Problem
from didymium.tables.cells import nearest

MINIMUM_SHARE = "min_china_free_share"  # the kind of target that is a floors share; the others are caps shares


def refuse_unknown(inputs: CaseInputs, targets: Collection[str]) -> None:
    """Raise BadWorkbook, with the nearest id, for every target that the case does not have, and where it has none."""
    known = list(inputs.case.targets)
    problems = [
        Problem("Targets", f"there is no target {target!r}{nearest(target, known)}")
        for target in targets
        if target not in known
    ]
    if not known:
        problems.append(Problem("Targets", "the case has no target, so that nothing can be made more or less strict"))
    if problems:
        raise BadWorkbook(problems)


def in_words(percent: float) -> str:
    """Return a level as people write it, with two decimals at most: `62.5 %`."""
    return f"{round(percent, 2):g} %"


def at_level(inputs: CaseInputs, percent: float, targets: Collection[str]) -> CaseInputs:
    """Return the case with some targets at a level, percent of what they require in full; no `targets` means all.

    A least share becomes so many percent of itself. Of a most share the distance to 100 % does: at level 0 nothing is
    required of either.
    """
    if percent == 100:
        return inputs
    frame = inputs.tables["targets"]
    years = [column for column in frame.columns if isinstance(column, int)]
    chosen = frame["target"].isin(list(targets or frame["target"]))
    floors = chosen & (frame["type"] == MINIMUM_SHARE)
    caps = chosen & (frame["type"] != MINIMUM_SHARE)
    shares = frame[years].astype(float)
    frame[years] = (
        shares.where(~floors, shares * percent / 100).where(~caps, 100 - (100 - shares) * percent / 100).round(9)
    )
    return inputs.with_tables(targets=frame)
