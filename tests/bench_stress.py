"""`make bench`: draws of a stress on an LP kept in the solver against separate solves of the same draws, on the default
case.

A separate solve is what a planner would do without the command: the draw written into the case, read, checked and built
anew, solved with the plan's investments fixed, priced, labelled, turned into tables and re-checked. Bare: built and
solved, and nothing else.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from fixed_builds import with_fixed_builds

import didymium
from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.labels import clean_labels
from didymium.engine.prices import price_lp
from didymium.engine.solve import Solution, prepare
from didymium.plan.tables import plan_tables
from didymium.recheck import recheck
from didymium.stress_test.draws import Draw, draw, shocks_of
from didymium.stress_test.fixed_investments import FixedInvestments, fixed_investments
from didymium.stress_test.ranges import Range, ranges
from didymium.stress_test.runner import StressRunner

ALLIED = Path(__file__).parents[1] / "inputs" / "allied.xlsx"
DRAWS, SEPARATE = 60, 6
BAR = 20.0  # times as many draws a minute as separate solves


def separate(plan: FixedInvestments, d: Draw, found: list[Range], case: Case) -> tuple[float, float, float]:
    """Seconds of a separate solve in full, seconds bare, and the cost."""
    started = time.perf_counter()
    inputs = didymium.read(ALLIED)
    built = time.perf_counter()
    drawn = replace(inputs.case, shocks=(*inputs.case.shocks, *shocks_of(case, found, d)))
    tree = path_tree(drawn, d.scenario)
    net, matrix, costs = prepare(drawn, tree)
    matrix = with_fixed_builds(matrix, plan)
    outcome = HighsSolve(matrix.relaxed(), Options()).solve()
    assert outcome.x is not None and outcome.objective is not None
    solved = time.perf_counter()
    priced = price_lp(matrix, outcome.x, Options())
    labelled = clean_labels(matrix, outcome.x, Options())
    assert priced.x is not None and labelled is not None
    tables = plan_tables(
        Solution(
            net, "optimal", outcome.objective, outcome.objective, matrix.values(labelled), {},
            costs.kinds_by_node(labelled), costs.kinds, True, {}, {},
        )
    )  # fmt: skip
    recheck(inputs.source, tables, [d.scenario])
    return time.perf_counter() - started, solved - built, outcome.objective


def main() -> int:
    """Print one line per figure; returns how many bars were missed."""
    inputs = didymium.read(ALLIED)
    case = inputs.case
    plan = didymium.solve(inputs)
    fixed = fixed_investments(case, plan)
    found = ranges(inputs.source, case, {p for h in fixed.values() for p, _ in h.built})
    draws = [draw(case, found, 1, k) for k in range(DRAWS)]
    spent = {}
    costs: dict[bool, list[float]] = {}
    for myopic in (False, True):
        runner = StressRunner(case, fixed, found, myopic)
        for scenario in case.scenarios:
            runner.run(scenario, runner.scenario_data(scenario).parameters)
        started = time.perf_counter()
        costs[myopic] = [runner.run_draw(d).cost for d in draws]
        spent[myopic] = (time.perf_counter() - started) / DRAWS
    alone = [separate(fixed[d.scenario], d, found, case) for d in draws[:SEPARATE]]
    total, bare = (statistics.median(a[k] for a in alone) for k in (0, 1))
    apart = max(abs(cost - one[2]) / abs(one[2]) for cost, one in zip(costs[False], alone, strict=False))
    print(
        f"a draw: {1000 * spent[False]:.0f} ms, without foresight {1000 * spent[True]:.0f} ms; a separate solve:"
        f" {total:.2f} s, bare {bare:.2f} s"
    )
    print(f"costs of {SEPARATE} draws differ from those of separate solves by {apart:.1e} at most")
    missed = 0
    for name, value, bar in (
        ("draws a minute against separate solves", total / spent[False], BAR),
        ("draws a minute without foresight against separate solves", total / spent[True], BAR),
    ):
        missed += value < bar
        print(f"{name}: {value:.1f} (bar {bar:g}) {'met' if value >= bar else 'MISSED'}")
    print(f"draws a minute against bare solves: {bare / spent[False]:.1f}; without foresight {bare / spent[True]:.1f}")
    return missed + (apart > 1e-5)


if __name__ == "__main__":
    sys.exit(main())
