"""A plan from its result workbook: what a report or a comparison is made from, without solving again."""

from __future__ import annotations

from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.plan.answer import Answer
from didymium.reports.readback import read_result


def read_answer(path: Path) -> Answer:
    """The answer that a result workbook, or the folder that holds it, tells. Raises BadWorkbook when it is none with a
    plan."""
    result = read_result(path)
    try:
        return result.answer()
    except (KeyError, ValueError, TypeError, AssertionError) as error:
        name = path.name if path.suffix else f"{path.name}/results.xlsx"
        raise BadWorkbook(
            [Problem(name, f"does not hold together ({type(error).__name__}: {error}); `didymium verify` tells where")]
        ) from error
