"""summary.json: the plan for machines. Its keys are fixed; others build on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import version

from didymium.case.case import FREE_BELOW
from didymium.engine.solve import Solution
from didymium.plan.fixed_cost import gap_facts
from didymium.plan.tables import ORIGIN_LEVELS, Record


def summarise(s: Solution, tables: dict[str, list[Record]]) -> Record:
    """Return the entries of summary.json that the solution and its tables determine; the caller adds times, the hash of
    the input and memory."""
    return {
        "status": str(s.status),
        "objective_musd": s.objective,
        "bound_musd": s.bound,
        "gap_percent": None if s.gap is None else 100 * s.gap,
        **gap_facts(s),
        "scenario": ";".join(s.net.tree.leaves),
        "cost_musd": cost_by_kind(tables),
        "investments": [investment(row) for row in tables["investments"]],
        **by_year_of(tables),
        "model": s.size,
    }


def versions() -> dict[str, str]:
    """Return the versions of the packages that a result depends on."""
    return {
        name: version(name)
        for name in ("didymium", "highspy", "pyomo", "pandas", "numpy", "scipy", "openpyxl", "xlsxwriter")
    }


def by_year_of(tables: Mapping[str, list[Record]]) -> Record:
    """Return the entries of summary.json by year, all of them worked out from the tables."""
    return {
        "china_free_share": _china_free_share(tables),
        "china_free_share_by_content": _by_content(tables),
        "shortage_t": _by_year(tables, tables["demand"], "short_t"),
        "target_miss_t": _target_shortfalls(tables),
    }


def cost_by_kind(tables: Mapping[str, list[Record]]) -> dict[str, float]:
    """Return the expected discounted cost by kind, M USD; sales are negative. The kinds add up to the expected cost."""
    kinds = [
        c.removesuffix("_musd_per_year")
        for c in tables["costs"][0]
        if c.endswith("_musd_per_year") and not c.startswith("total")
    ]
    return {
        kind: sum(_num(row, "weight") * _num(row, f"{kind}_musd_per_year") for row in tables["costs"]) for kind in kinds
    }


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


def investment(row: Record) -> Record:
    """Return one decision as an entry of summary.json."""
    return {**{key: row[key] for key in _INVESTMENT}, "scenarios": str(row["scenarios"]).split(";")}


def _num(row: Record, name: str) -> float:
    return float(str(row[name]))


def _probability(tables: Mapping[str, list[Record]]) -> dict[tuple[object, object], float]:
    """Return the probability of every node, by branch and year."""
    return {(row["branch"], row["year"]): _num(row, "probability") for row in tables["costs"]}


def _by_year(tables: Mapping[str, list[Record]], rows: list[Record], column: str) -> dict[str, float]:
    """Return the expected sum of a column by year."""
    probability = _probability(tables)
    total: dict[str, float] = {str(year): 0.0 for _, year in probability}
    for row in rows:
        total[str(row["year"])] += probability[row["branch"], row["year"]] * _num(row, column)
    return total


def _china_free_share(tables: Mapping[str, list[Record]]) -> dict[str, dict[str, float]]:
    """Return the share of all demand that is delivered China-free at each stage, or designed out, by year."""
    rows = tables["demand"]
    wanted = _by_year(tables, rows, "wanted_t")
    by_level = {origin_level: _by_year(tables, rows, f"level_{origin_level}_t") for origin_level in ORIGIN_LEVELS}
    out = _by_year(tables, rows, "designed_out_t")
    return {
        stage: {y: (out[y] + sum(by_level[k][y] for k in range(below))) / wanted[y] for y in wanted if wanted[y] > 0}
        for stage, below in FREE_BELOW.items()
    }


def _by_content(tables: Mapping[str, list[Record]]) -> dict[str, dict[str, float]]:
    """Return the China-free share of demand by mass of contained rare earths, by stage and year: a tonne delivered
    counts by the part of them that is China-free."""
    rows = [r for r in tables["origin"] if (r["region"], r["segment"]) == ("*", "*")]
    wanted = _by_year(tables, rows, "wanted_t")
    found: dict[str, dict[str, float]] = {}
    for stage in FREE_BELOW:
        free = _by_year(
            tables,
            [{**r, "free_t": _num(r, "wanted_t") * _num(r, f"content_free_{stage}_percent") / 100} for r in rows],
            "free_t",
        )
        found[stage] = {y: free[y] / wanted[y] for y in wanted if wanted[y] > 0}
    return found


def _target_shortfalls(tables: Mapping[str, list[Record]]) -> dict[str, dict[str, float]]:
    probability = _probability(tables)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in tables["targets"]:
        found[str(row["target"])][str(row["year"])] += probability[row["branch"], row["year"]] * _num(row, "miss_t")
    return {target: dict(years) for target, years in found.items()}
