"""The second opinion on runs: an operation written out as the tables of a plan, and held against every rule without the
model."""

from __future__ import annotations

from dataclasses import replace

from didymium.case.case import Shock
from didymium.case.network import Network
from didymium.case.tree import path_tree
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.plan.tables import Record, plan_tables
from didymium.recheck import recheck
from didymium.recheck.inputs import Breach
from didymium.results import by_name
from didymium.stress_test.draws import Draw, shocks_of
from didymium.stress_test.runner import OperationResult, StressRunner
from didymium.tables.rows import Row, Tables

GIVES = (
    ("Projects", "min_utilisation_percent"),
    ("Stockpiles", "minimum_t"),
    ("Contracts", "tonnes_per_year"),
)  # what gives where a run says that something gave


def breaches(
    tables: Tables, bench: StressRunner, draw: Draw | None, run: OperationResult, x: Floats
) -> dict[str, Breach]:
    """The largest breach of every rule by one operation of the held plan, by rule; where the run gave, without what can
    give."""
    scenario = run.scenario
    shocks = shocks_of(bench.case, bench.ranges, draw) if draw else []
    case = replace(bench.case, shocks=(*bench.case.shocks, *shocks))
    net = Network(case, path_tree(case, scenario))
    solution = Solution(
        net=net, status="optimal", objective=run.cost, bound=None, values=_values(bench, net, scenario, x), duals={}, costs=run.costs,
        kinds=bench.operation.kinds, clean=False, size={}, seconds={},
    )  # fmt: skip
    told: list[Record] = [{"objective_musd": run.cost, "clean_labels": False}]  # runs are not labelled anew
    plan = {**by_name(plan_tables(solution)), "headline": told}
    asked = _with_shocks(tables, shocks)
    return recheck(_without_what_gives(asked) if run.gave > 0 else asked, plan, [scenario])


def _without_what_gives(tables: Tables) -> Tables:
    """The input rows without take-or-pay, offtakes and least stocks."""
    eased = {sheet: [replace(r, values={**r.values, column: 0.0}) for r in tables[sheet]] for sheet, column in GIVES}
    return replace(tables, rows={**tables.rows, **eased})


def _values(bench: StressRunner, net: Network, scenario: str, x: Floats) -> dict[str, dict[tuple[object, ...], float]]:
    """The operation's values by component and index, and what is held."""
    held = bench.held[scenario]
    values: dict[str, dict[tuple[object, ...], float]] = {
        "build": {
            **dict.fromkeys(net.builds, 0.0),
            **{(p, f"y{year}"): float(modules) for (p, year), modules in held.built.items()},
        },
        "support": {(p, i, f"y{year}"): money for (p, i, year), money in held.money.items()},
    }
    for (component, index), value in zip(bench.operation_of(scenario).matrix.columns, x.tolist(), strict=True):
        values.setdefault(component, {})[index] = value
    return values


def _with_shocks(tables: Tables, shocks: list[Shock]) -> Tables:
    """The input rows with more shocks among them, and with targets that may be missed: the builds are held, so they may
    have to be."""
    names = ("scenario", "kind", "stage", "commodity", "region", "project", "segment", "item", "value")
    rows = [
        Row("Shocks", 0, {**{n: getattr(s, n) for n in names}, "from_year": s.start, "to_year": s.end}) for s in shocks
    ]
    settings = [
        replace(r, values={**r.values, "value": "soft"}) if r["setting"] == "target_policy" else r
        for r in tables["Settings"]
    ]
    return replace(tables, rows={**tables.rows, "Settings": settings, "Shocks": [*tables["Shocks"], *rows]})


def worst(
    bench: StressRunner, tables: Tables, scenario: str, draw: Draw | None = None
) -> tuple[OperationResult, Breach]:
    """Run once and re-check: what it came to, and the largest breach with its rule."""
    scenario_data = bench.scenario_data(scenario)
    figures = scenario_data.drawn(draw) if draw else scenario_data.figures
    x = bench.flows(scenario, figures)
    run = bench.told(scenario, figures, x)
    rule, breach = max(breaches(tables, bench, draw, run, x).items(), key=lambda item: item[1].size)
    return run, Breach(f"{rule} at {breach.where}", breach.size)
