"""Which rules around a project bind in a plan: the rows of the model that hold one of its decisions and are at their
side."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from didymium.case.network import Network
from didymium.case_inputs import CaseInputs
from didymium.engine.entries import Candidate
from didymium.engine.matrix import Floats, Matrix
from didymium.excel.headings import words_of
from didymium.reports.names import project_name
from didymium.reports.rule_names import budget_in_words, limit_in_words
from didymium.tables.rows import Tables

AT_ITS_SIDE = 1e-6  # share of the side by which a row may miss it
RUNS = 1e-3  # t/year: a plant that runs less does not run
_OF_ITS_RUN = {"capacity": "it runs as much as it can", "take_or_pay": "it runs no more than it must"}
_WORDS = {
    "limits": "{0} is used up",
    "budget": "{0} is used up",
    "exclusive": "of the group {0} one is built at most, and one is",
    "build_limit": "all of its modules are built",
    "reserve": "its reserve is used up",
    "hold_minimum": "the person who ran this forced it",
    "hold_maximum": "the person who ran this forbade it, or pinned it",
}


def binding_rules(
    inputs: CaseInputs, net: Network, matrix: Matrix, x: Floats, candidate: Candidate, in_plan: bool
) -> list[str]:
    """Return a sentence for every rule around a candidate that binds in a plan, which builds it or not, with its
    years."""
    mine = set(candidate.projects)
    existing_capacity = any(inputs.case.projects[p].existing > 0 for p in mine)
    runs = {
        str(index[-1])
        for j, (name, index) in enumerate(matrix.columns)
        if name in ("run", "throughput") and str(index[0]) in mine and x[j] > RUNS
    }
    columns = [j for j, (_, index) in enumerate(matrix.columns) if str(index[0]) in mine]
    rows = np.unique(matrix.a[:, columns].indices) if columns else np.zeros(0, int)
    activity = matrix.a @ x
    found: dict[str, list[int]] = defaultdict(list)
    for i in rows.tolist():
        rule, index = matrix.rows[i]
        if not _at_its_side(float(activity[i]), float(matrix.low[i]), float(matrix.high[i])):
            continue
        if rule in _OF_ITS_RUN:
            if str(index[-1]) in runs:
                found[_OF_ITS_RUN[rule]].append(net.tree.nodes[str(index[-1])].year)
        elif rule == "prerequisite" and not in_plan:
            waiting = str(index[0])
            if waiting in mine:
                name = project_name(inputs.source, str(inputs.case.projects[waiting].requires))
                text = f"it requires {name}, which is not built in time for it"
                found[text].append(net.tree.nodes[str(index[-1])].year)
            else:  # the rule holds back the other project, in every year in which that could be decided
                found[f"{project_name(inputs.source, waiting)} requires it, and can only be built with it"] += []
        elif rule in _WORDS and not (rule in ("build_limit", "reserve") and not in_plan and not existing_capacity):
            node = net.tree.nodes.get(str(index[-1]))
            years = [node.year] if node is not None and rule in ("limits", "budget") else []
            found[_WORDS[rule].format(_in_words(inputs.source, rule, str(index[0])))] += years
    return [f"{text}{_in_years(sorted(set(years)))}" for text, years in found.items()]


def _in_words(source: Tables, rule: str, identifier: str) -> str:
    if rule == "limits":
        return limit_in_words(source, identifier)
    return budget_in_words(source, identifier) if rule == "budget" else words_of(identifier)


def _at_its_side(activity: float, low: float, high: float) -> bool:
    return any(abs(activity - side) <= AT_ITS_SIDE * max(1.0, abs(side)) for side in (low, high) if np.isfinite(side))


def _in_years(years: list[int]) -> str:
    if not years:
        return ""
    if len(years) == 1:
        return f" in {years[0]}"
    if len(years) == years[-1] - years[0] + 1:
        return f" in {years[0]} to {years[-1]}"
    return f" in {len(years)} years from {years[0]} to {years[-1]}"
