"""A plan from its result workbook: what a report or a comparison is made from, without solving again."""

from __future__ import annotations

from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.plan.answer import Answer
from didymium.plan.summary import by_year_of, cost_by_kind, investment
from didymium.plan.tables import Record
from didymium.recheck import headline, recheck
from didymium.report.verify import read_result


def read_answer(path: Path) -> Answer:
    """The answer that a result workbook, or the folder that holds it, tells. Raises BadWorkbook when it is none with a plan."""
    result = read_result(path)
    try:
        summary: Record = nested(result.facts)
        summary |= {"cost_musd": cost_by_kind(result.plan), "investments": [investment(r) for r in result.plan["investments"]], **by_year_of(result.plan)}
        plan = {**result.plan, "headline": headline(result.facts)}
        breaches = recheck(result.tables, plan, result.scenarios)
    except (KeyError, ValueError, TypeError, AssertionError) as error:
        name = path.name if path.suffix else f"{path.name}/results.xlsx"
        raise BadWorkbook([Problem(name, f"does not hold together ({type(error).__name__}: {error}); `didymium verify` tells where")]) from error
    return Answer(result.tables, result.scenarios, result.plan, summary, breaches, True)


def nested(facts: dict[str, object]) -> Record:
    """`versions.pyomo` and the like as parts of one entry."""
    found: Record = {}
    for name, value in facts.items():
        outer, _, inner = name.partition(".")
        if inner:
            part = found.setdefault(outer, {})
            assert isinstance(part, dict)
            part[inner] = value
        else:
            found[name] = value
    return found
