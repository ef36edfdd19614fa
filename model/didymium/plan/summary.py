"""summary.json: the plan for machines. Its keys are fixed; others build on them."""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import version

from didymium.case.case import FREE_BELOW
from didymium.engine.solve import Solution
from didymium.plan.tables import LEVELS, Record


def summarise(s: Solution, tables: dict[str, list[Record]]) -> Record:
    """What the solve says of itself and of the plan; times, hash and memory are added by who ran it."""
    return {
        "status": s.status,
        "objective_musd": s.objective,
        "bound_musd": s.bound,
        "gap_percent": None if s.gap is None else 100 * s.gap,
        "scenario": ";".join(s.net.tree.leaves),
        "cost_musd": _cost_by_kind(s, tables),
        "investments": [_investment(row) for row in tables["investments"]],
        "china_free_share": _china_free_share(s, tables),
        "shortage_t": _by_year(s, tables["demand"], "short_t"),
        "target_miss_t": _misses(s, tables),
        "model": s.size,
    }


def versions() -> dict[str, str]:
    """What the answer was made with."""
    return {name: version(name) for name in ("didymium", "highspy", "pyomo", "pandas", "numpy", "scipy", "openpyxl", "xlsxwriter")}


def _cost_by_kind(s: Solution, tables: dict[str, list[Record]]) -> dict[str, float]:
    """Expected discounted cost by kind, M USD; sales negative. They add up to the expected cost."""
    return {kind: sum(_num(row, "weight") * _num(row, f"{kind}_musd_per_year") for row in tables["costs"]) for kind in s.kinds}


_INVESTMENT = (
    "project",
    "stage",
    "region",
    "decision_year",
    "online_year",
    "modules",
    "capacity_t_per_year",
    "capex_musd",
    "support_musd",
)


def _investment(row: Record) -> Record:
    return {**{key: row[key] for key in _INVESTMENT}, "scenarios": str(row["scenarios"]).split(";")}


def _num(row: Record, name: str) -> float:
    return float(str(row[name]))


def _odds(s: Solution) -> dict[tuple[object, object], float]:
    """(branch, year) -> probability."""
    return {(n.scenario, n.year): n.probability for n in s.net.tree.nodes.values()}


def _by_year(s: Solution, rows: list[Record], column: str) -> dict[str, float]:
    """The expected sum of a column by year."""
    odds = _odds(s)
    total: dict[str, float] = {str(n.year): 0.0 for n in s.net.tree.nodes.values()}
    for row in rows:
        total[str(row["year"])] += odds[row["branch"], row["year"]] * _num(row, column)
    return total


def _china_free_share(s: Solution, tables: dict[str, list[Record]]) -> dict[str, dict[str, float]]:
    """Share of all demand that is delivered China-free at each stage, or designed out, by year."""
    wanted = _by_year(s, tables["demand"], "wanted_t")
    by_level = {level: _by_year(s, tables["demand"], f"level_{level}_t") for level in LEVELS}
    out = _by_year(s, tables["demand"], "designed_out_t")
    return {
        stage: {y: (out[y] + sum(by_level[k][y] for k in range(below))) / wanted[y] for y in wanted if wanted[y] > 0} for stage, below in FREE_BELOW.items()
    }


def _misses(s: Solution, tables: dict[str, list[Record]]) -> dict[str, dict[str, float]]:
    odds = _odds(s)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in tables["targets"]:
        found[str(row["target"])][str(row["year"])] += odds[row["branch"], row["year"]] * _num(row, "miss_t")
    return {target: dict(years) for target, years in found.items()}
