"""Random cases: are the classes and costs of `didymium alternatives`, and the prices of `didymium explain`, right?

Each candidate is held in a case of its own (the sheet Holds) and solved to the end: forbidding what every good plan
builds costs more than the margin, forcing what none builds likewise, and every cost lies in its interval.

    .venv/bin/python tests/explore_alternatives.py [SEED] [CASES] [--seconds S]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from random_cases import random_case, write_case

import didymium
from didymium.case_inputs import CaseInputs
from didymium.engine.control import Options
from didymium.engine.highs import HighsSolve
from didymium.engine.solve import prepare
from didymium.errors import DidymiumError, NoPlan
from didymium.holding import COLUMNS
from didymium.solving import tree_for

NEAR = 1e-5  # share of the cost that two solves may differ by
WITHIN = 3.0  # percent
STRICT = {"mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9}  # 0.9999999 modules are not one


def cost_of(inputs: CaseInputs, **holds: list[str]) -> float | None:
    """The least cost with a candidate held; None where there is no plan."""
    try:
        held = didymium.hold(inputs, **holds) if holds else inputs
    except didymium.BadWorkbook:  # the case itself says that this cannot be
        return None
    _, matrix, _ = prepare(held.case, tree_for(held, None, False))
    found = HighsSolve(matrix, Options(gap=0, time_limit=60), **STRICT).solve()
    return found.objective if found.x is not None else None


def faults(inputs: CaseInputs, counts: Counter[str]) -> list[str]:
    """What is wrong with the alternatives of a case."""
    free = cost_of(inputs)
    if free is None:
        return []
    options = didymium.SolveOptions(gap_percent=0.5, time_limit=60)
    record = didymium.alternatives(inputs, within_percent=WITHIN, plans=2, options=options).record
    near, wrong = NEAR * max(1.0, abs(free)), []
    found = record["projects"]
    assert isinstance(found, list)
    for row in found:
        counts[row["class"]] += 1
        if len(row["projects"]) > 1:
            continue
        wrong += range_faults(inputs, row, free + WITHIN / 100 * abs(free) - near, counts)
        for side, holds in (("in", {"force": [row["project"]]}), ("out", {"forbid": [row["project"]]})):
            true, said = cost_of(inputs, **holds), row[f"cost_{side}_musd"]
            if (true is None) != (said is None):
                wrong.append(f"{row['project']}: {side} said {said}, solved {true}")
            if true is None or said is None:
                continue
            more = true - free
            if not (said[0] - near <= more and (said[1] is None or more <= said[1] + near)):
                wrong.append(f"{row['project']}: {side} costs {more}, not {said}")
            kind = {"in": "never", "out": "always"}[side]
            if row["class"] == kind and more <= WITHIN / 100 * abs(free) - near:
                wrong.append(f"{row['project']} is {kind}, but {side} costs {more} of {free}")
    plans = record["plans"]
    assert isinstance(plans, list)
    best = float(str(record["cost_musd"]))
    dear = [plan["cost_musd"] for plan in plans if plan["cost_musd"] > best + WITHIN / 100 * abs(best) + near]
    return [*wrong, *(f"a plan of {cost} is beyond the margin" for cost in dear)]


def range_faults(inputs: CaseInputs, row: dict[str, Any], limit: float, counts: Counter[str]) -> list[str]:
    """What is wrong with the classes by years: a plan that costs less than the margin and is not as said."""
    wrong = []
    for one in row["ranges"]:
        counts[f"years: {one['class']}"] += 1
        span = {"from_year": one["from_year"], "to_year": one["to_year"]}
        committed = inputs.case.projects[row["project"]].min_modules > 0  # which a hold cannot forbid
        if one["class"] == "never" or (one["class"] == "always" and not committed):
            kind = "force" if one["class"] == "never" else "forbid"
            cells = {**dict.fromkeys(COLUMNS), "project": row["project"], "kind": kind, **span}
            holds = inputs.tables["holds"]
            try:
                held = inputs.with_tables(holds=holds.__class__([*holds.to_dict("records"), cells], dtype=object))
            except didymium.BadWorkbook:  # the case itself says that this cannot be
                continue
            cost = cost_of(held)
            if cost is not None and cost <= limit:
                wrong.append(f"{row['project']} in {span} is {one['class']}, but a plan otherwise costs {cost}")
    return wrong


def price_faults(inputs: CaseInputs, counts: Counter[str]) -> list[str]:
    """What is wrong with the prices of entry: a little below one, two solves must agree, a little above it differ."""
    plan = didymium.solve(inputs, gap_percent=0, time_limit=60)
    near, wrong = NEAR * max(1.0, abs(plan.cost)), []
    options = didymium.SolveOptions(gap_percent=0, time_limit=60)
    found = didymium.explain(plan, options=options).record["projects"]
    assert isinstance(found, list)
    for row in found:
        counts[f"in plan {row['in_plan']}, decided {row['decided']}"] += 1
        cut, verified = row["entry"]["capex_cut_percent"], row["entry"]["verified"]
        if row["in_plan"] or cut is None or cut[1] is None or len(row["projects"]) > 1:
            continue
        counts[f"cut, verified: {'cut' in verified}"] += 1
        capex = inputs.source.ids("Projects.project")[row["project"]].num("capex_musd_per_module")
        for share, pays in ((0.99 * cut[0] / 100, False), (1.01 * cut[1] / 100, True)):
            if share > 1:
                continue
            changed = inputs.with_cell("Projects", row["project"], "capex_musd_per_module", capex * (1 - share))
            forced = cost_of(changed, force=[row["project"]])
            if forced is None or (forced < plan.cost - near if not pays else forced > plan.cost + near):
                wrong.append(f"{row['project']}: at a cut of {share} it costs {forced}, the plan {plan.cost}")
    return wrong


def main() -> int:
    """Try random cases until so many had a plan, or the time is up; returns 1 where one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("cases", type=int, nargs="?", default=60, help="cases with a plan, which alone count")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so many seconds")
    arguments = parser.parse_args()
    started, wrong, seed = time.monotonic(), 0, arguments.seed
    counted: Counter[str] = Counter()
    while counted["cases"] < arguments.cases and time.monotonic() - started < arguments.seconds:
        with tempfile.TemporaryDirectory() as folder:
            try:
                inputs = didymium.read(write_case(random_case(seed), Path(folder)))
                found = [*faults(inputs, counted), *price_faults(inputs, counted)]
                counted["cases"] += 1
            except NoPlan:
                counted["without a plan"] += 1
                found = []
            except DidymiumError as error:
                found = [f"{type(error).__name__}: {error}"]
        wrong += bool(found)
        for text in found:
            print(f"seed {seed}: {text}", flush=True)
        seed += 1
        counts = f"{counted['cases']} cases counted, {counted['without a plan']} without a plan, {wrong} wrong"
        print(f"up to seed {seed - 1}: {counts}, {time.monotonic() - started:.0f} s", flush=True)
    print(f"seeds {arguments.seed} to {seed - 1}: {counted['cases']} cases counted, {wrong} wrong")
    print(f"{dict(sorted(counted.items()))}, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
