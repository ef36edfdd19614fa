"""The re-check of runs: an operation as the tables of a plan, checked against every rule without the model."""

from __future__ import annotations

from dataclasses import replace

from didymium.case.case import Shock
from didymium.case.network import Network
from didymium.case.pools import apart
from didymium.case.tree import path_tree
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.plan.tables import Record, plan_tables
from didymium.recheck import recheck
from didymium.recheck.inputs import Breach
from didymium.results import by_name
from didymium.statuses import Status
from didymium.stress_test.draws import Draw, shocks_of
from didymium.stress_test.runner import OperationResult, StressRunner
from didymium.tables.rows import Row, Tables

# Columns of the rules that a run with slack has relaxed
RELAXED = (
    ("Projects", "min_utilisation_percent"),
    ("Stockpiles", "minimum_t"),
    ("Contracts", "tonnes_per_year"),
)


def breaches(
    tables: Tables, runner: StressRunner, draw: Draw | None, result: OperationResult, x: Floats
) -> dict[str, Breach]:
    """Return the largest breach of every rule by one operation of the plan, by rule.

    Where the run has slack, the rules that can be relaxed are left out.
    """
    scenario = result.scenario
    shocks = shocks_of(runner.case, runner.ranges, draw) if draw else []
    case = replace(runner.case, shocks=(*runner.case.shocks, *shocks))
    net = Network(case, path_tree(case, scenario))
    solution = Solution(
        net=net, status=Status.OPTIMAL, objective=result.cost, bound=None, values=_values(runner, net, scenario, x),
        duals={}, costs=result.costs,
        kinds=runner.operation.kinds, clean=False, size={}, seconds={},
    )  # fmt: skip
    # Origin labels of runs are the solver's
    headline: list[Record] = [{"objective_musd": result.cost, "clean_labels": False}]
    plan = {**by_name(plan_tables(solution)), "headline": headline}
    input_tables = _with_shocks(tables, shocks)
    return recheck(_without_relaxed_rules(input_tables) if result.slack > 0 else input_tables, plan, [scenario])


def _without_relaxed_rules(tables: Tables) -> Tables:
    """Return the input rows without take-or-pay, offtakes and minimum stocks."""
    eased = {sheet: [replace(r, values={**r.values, column: 0.0}) for r in tables[sheet]] for sheet, column in RELAXED}
    return replace(tables, rows={**tables.rows, **eased})


def _values(runner: StressRunner, net: Network, scenario: str, x: Floats) -> dict[str, dict[tuple[object, ...], float]]:
    """Return the values of the operation and of the fixed investments, by component and index."""
    fixed, node_of = runner.fixed[scenario], {node.year: name for name, node in net.tree.nodes.items()}
    values: dict[str, dict[tuple[object, ...], float]] = {
        "build": {
            **dict.fromkeys(net.builds, 0.0),
            **{(p, node_of[year]): float(modules) for (p, year), modules in fixed.built.items()},
        },
        "support": {(p, i, node_of[year]): money for (p, i, year), money in fixed.money.items()},
    }
    operation = runner.operation_of(scenario)
    for (component, index), value in zip(operation.matrix.columns, x.tolist(), strict=True):
        values.setdefault(component, {})[index] = value
    return apart(operation.net, values)


def _with_shocks(tables: Tables, shocks: list[Shock]) -> Tables:
    """Return the input rows with more shocks, and with soft targets, which fixed investments may be unable to meet."""
    names = ("scenario", "kind", "stage", "commodity", "region", "project", "segment", "item", "value")
    rows = [
        Row("Shocks", 0, {**{n: getattr(s, n) for n in names}, "from_year": s.start, "to_year": s.end}) for s in shocks
    ]
    settings = [
        replace(r, values={**r.values, "value": "soft"}) if r["setting"] == "target_policy" else r
        for r in tables["Settings"]
    ]
    return replace(tables, rows={**tables.rows, "Settings": settings, "Shocks": [*tables["Shocks"], *rows]})


def run_and_recheck(
    runner: StressRunner, tables: Tables, scenario: str, draw: Draw | None = None
) -> tuple[OperationResult, Breach]:
    """Run the plan once and re-check it: return the result and the largest breach, with its rule.

    Without a draw the run is that of the scenario itself.
    """
    scenario_data = runner.scenario_data(scenario)
    parameters = scenario_data.drawn(draw) if draw else scenario_data.parameters
    x = runner.flows(scenario, parameters)
    result = runner.result_of(scenario, parameters, x)
    rule, breach = max(breaches(tables, runner, draw, result, x).items(), key=lambda item: item[1].size)
    return result, Breach(f"{rule} at {breach.where}", breach.size)
