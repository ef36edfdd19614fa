"""What stands in the way of a plan, in sentences, a chart and tables."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.engine.control import Options
from didymium.engine.elastic import RuleKey
from didymium.excel.headings import words_of
from didymium.plan.rows import as_number
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import REPAIR_SHEETS, REPAIR_TABLES, Record, by_name
from didymium.results.repair import RepairTables
from didymium.solving import run_facts
from didymium.studies.levels import in_words
from didymium.studies.relaxed_rules import RelaxedRule
from didymium.studies.repair import ENOUGH, Explained, Repair

REQUIRED, REACHED = "required", "can be reached"
_RULES = {
    "limits": "limit",
    "committed": "what is committed of",
    "offtake": "contract",
    "hold_minimum": "what is forced or pinned of",
    "hold_maximum": "what is forbidden or pinned of",
}
BUDGETS = (
    "No budget of public money is among them: private capital may carry all of a plant, so none stands in the way."
)


def repair_report(found: Explained, options: Options, seconds: float) -> StudyReport:
    """Return what the files show."""
    tables = _tables(found)
    rows = by_name(tables)
    source = found.inputs.source
    title = str(source.setting("title") or source.source.stem)
    record: Record = {
        "feasible": found.feasible,
        "scenario": found.scenario,
        "least_relaxation": None if found.relaxation is None else _relaxation(found, rows["relaxed"]),
        "most_that_can_be_reached_percent": None if found.reach is None else list(found.reach),
        "repairs": [
            {**row, "now": repair.lever.now, "change_to": repair.value, "verified": True}
            for row, repair in zip(rows["repairs"], found.repairs, strict=True)
        ],
        "cells_tried": found.tried,
        "cells_ruled_out": found.ruled_out,
        "cells_undecided": found.undecided,
        "cells_known": found.of,
        "complete": found.complete,
        "content_sha256": source.content_sha256(),
    }
    return StudyReport(
        name="explain",
        title=f"{title}: why there is no plan, and what would restore one" if found.feasible is False else title,
        status=_status(found),
        proven=found.feasible is True,
        headline=headline(found),
        charts=chart_specs(found),
        tables=[
            StudyTable(table, sheet, rows[name])
            for (name, table), sheet in zip(REPAIR_TABLES.items(), REPAIR_SHEETS, strict=True)
        ],
        facts={
            "scenario": found.scenario,
            "content_sha256": source.content_sha256(),
            **run_facts(source, options, {"total": seconds}),
            "cells_tried": found.tried,
        },
        record=record,
    )


def _status(found: Explained) -> str:
    if found.feasible:
        return f"Every hard rule can be met: there is a plan (scenario {found.scenario})."
    if found.feasible is None:
        return "NOT known: neither a plan nor a proof that there is none was found in time; give it more time."
    if not found.complete:
        return "No plan meets every hard rule. NOT complete: stopped before all was looked at."
    return f"No plan meets every hard rule (scenario {found.scenario})."


def headline(found: Explained) -> list[str]:
    """Return the answer in sentences; none where every hard rule can be met."""
    if found.feasible is not False:
        return []
    return [*_relaxed(found), *_instead(found), *_together(found), *_reach(found), *_repairs(found)]


def _relaxed(found: Explained) -> list[str]:
    if found.relaxation is None:
        return ["Which rules must be relaxed at least was not found in time; give it more time."]
    if not found.rules:
        return []
    count = len({(rule.kind, rule.name) for rule in found.rules})
    rules = "one rule" if count == 1 else f"{count} rules"
    if found.relaxation.fewest:
        beginning = f"At least {rules} must give way; the least relaxation is:"
    else:
        beginning = f"A plan would exist if {rules} gave way so (fewer may be enough, for time was short):"
    return [beginning, *(f"{rule.place}: {_rule(rule)}." for rule in found.rules)]


def _rule(rule: RelaxedRule) -> str:
    """A rule that is relaxed, in planner's words."""
    if rule.required is None or rule.reached is None:
        return rule.text
    if rule.unit == "%":
        side = "can be reached" if rule.reached < rule.required else "is the lowest that can be kept to"
        return (
            f"target {words_of(rule.name)} in {rule.year} requires {rule.required:,.4g} %; {rule.reached:,.4g} % {side}"
        )
    return f"{rule.text}: {rule.required:,.6g} is set, {rule.reached:,.6g} would do"


def _instead(found: Explained) -> list[str]:
    others = [] if found.relaxation is None else found.relaxation.instead
    if not others:
        return []
    sets = "; ".join(" with ".join(sorted(map(_key, rules))) for rules in others)
    return [f"As few rules would be enough in other ways, giving way at least as far: {sets}."]


def _key(key: RuleKey) -> str:
    rule, index = key
    kind = _RULES.get(rule)
    if rule.startswith("hold_"):
        index = index[:1]
    if kind is None:
        kind = "target" if rule.startswith(("min_", "max_")) else words_of(rule)
    return f"{kind} {', '.join(words_of(str(i)) for i in index)}"


def _together(found: Explained) -> list[str]:
    if not found.together or not found.rules:
        return []
    if len(found.rules) == 1 and len(found.rules[0].cells) == 1:
        return []
    return ["With all of these cells changed together (sheet Relaxed) a plan was found and re-checked."]


def _reach(found: Explained) -> list[str]:
    if found.reach is None:
        return []
    low, high = map(in_words, found.reach)
    beyond = f"no plan reaches {high}" if found.reach_proven else f"for {high} no plan was found in time"
    return [f"All targets together can be reached to {low} of what they require in full; {beyond}."]


def _repairs(found: Explained) -> list[str]:
    one = len(found.repairs) == 1
    if found.repairs:
        sentences = [
            "One change of a single cell restores a plan; it was verified by a solve:"
            if one
            else f"Each of {len(found.repairs)} changes of a single cell restores a plan; each was verified by a solve:"
        ]
        sentences += [f"{repair.lever.place}: {change_in_words(repair)}." for repair in found.repairs]
    else:
        sentences = []
    if len(found.repairs) < ENOUGH:
        sentences += _no_more(found)
    return [*sentences, *([BUDGETS] if found.repairs and found.inputs.case.budgets else [])]


def _no_more(found: Explained) -> list[str]:
    """Why there are not more, and how that is known."""
    if not found.complete:
        none = "none of these restores a plan alone" if not found.repairs else "no other of these restores a plan alone"
        return [f"Of {found.of} cells that bear on it {found.tried} were looked at in time; {none}. Give it more time."]
    if found.undecided:
        first = [] if found.repairs else ["No single cell was found that restores a plan."]
        return [*first, f"Of {found.undecided} of the {found.tried} cells tried it was not decided in time."]
    if found.tried <= len(found.repairs):
        return []
    if found.repairs:
        tried = f"No other of the {found.tried} cells that bear on it and were tried restores one alone"
    else:
        tried = f"No single cell restores a plan, of {found.tried} that bear on it and were tried"
    end = "" if found.repairs else ": several must change"
    return [f"{tried}{end}.", _shown_by(found)]


def _shown_by(found: Explained) -> str:
    """How it was shown that the other cells restore no plan alone."""
    solved = found.tried - found.ruled_out - len(found.repairs)
    by_relaxation = "by the relaxation, in which modules may be split"
    by_solve = "by solves of the case with the cell changed as far as it can be"
    if found.ruled_out and solved:
        others = f"the other {solved}" if solved > 1 else "the other one"
        return f"For {found.ruled_out} of them that is proven {by_relaxation}; for {others} {by_solve}."
    return f"That is proven {by_relaxation if found.ruled_out else by_solve}."


def change_in_words(repair: Repair) -> str:
    """Return what is changed: `clean, 2027: 60 instead of 80`."""
    return f"{repair.lever.what}: {_shown(repair.value)} instead of {_shown(repair.lever.now)}"


def _shown(value: object) -> str:
    if value is None:
        return "a blank"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _tables(found: Explained) -> RepairTables:
    return {
        "repairs": [
            {
                "cell": repair.lever.place,
                "cell_content": repair.lever.what,
                "kind": repair.lever.kind,
                "now": _shown(repair.lever.now),
                "change_to": _shown(repair.value),
                "verified": "yes",
                "plan_musd": repair.cost,
            }
            for repair in found.repairs
        ],
        "relaxed": [
            {
                "cell": rule.place,
                "rule": words_of(rule.kind),
                "name": rule.name,
                "year": rule.year,
                "required": rule.required,
                "attainable": rule.reached,
                "unit": rule.unit,
                "short_by": rule.short_by,
                "short_unit": rule.short_unit,
                "with_cells": "; ".join(_cell(found, *key, value) for key, value in rule.cells.items()),
                "text": rule.text,
            }
            for rule in found.rules
        ],
    }


def _cell(found: Explained, sheet: str, number: int, column: str, value: float) -> str:
    row = next(row for row in found.inputs.source[sheet] if row.number == number)
    return f"{row.cell(column)}: {_shown(value)}"


def _relaxation(found: Explained, rows: list[Mapping[str, object]] | list[Record]) -> Record:
    assert found.relaxation is not None
    return {
        "fewest": found.relaxation.fewest,
        "rules": [dict(row) for row in rows],
        "instead": [sorted(map(_key, rules)) for rules in found.relaxation.instead],
        "verified": found.together,
    }


def chart_specs(found: Explained) -> dict[str, ChartSpec]:
    """Return the chart of the targets that must be relaxed, where there are any."""
    rows: list[Record] = [
        {
            "target and year": f"{words_of(rule.name)}, {rule.year}",
            REQUIRED: as_number(rule.required),
            REACHED: as_number(rule.reached),
        }
        for rule in found.rules
        if rule.unit == "%" and rule.reached is not None
    ]
    colours = {REQUIRED: "#B07D00", REACHED: "#4477AA"}
    spec = ChartSpec("Targets that must be relaxed", "%", "bar", ("target and year",), colours, rows)
    return {"relaxed": spec} if rows else {}
