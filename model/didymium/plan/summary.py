"""summary.json: the plan for machines. Its keys are fixed; others build on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version

from didymium.case.case import FREE_BELOW
from didymium.engine.solve import Solution
from didymium.plan.fixed_cost import gap_facts
from didymium.plan.rows import ORIGIN_LEVELS, number
from didymium.results import COST_KINDS, PER_YEAR, PlanTables, Record
from didymium.results.decisions import InvestmentRow
from didymium.results.deliveries import DemandRow, OriginRow


def summarise(s: Solution, tables: PlanTables) -> Record:
    """Return the entries of summary.json that the solution and its tables determine; the caller adds times, the hash of
    the input and memory."""
    return {
        "status": str(s.status),
        "objective_musd": s.objective,
        "bound_musd": s.bound,
        "bound_by_duals_musd": None if s.proof is None else s.proof.bound,
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


def by_year_of(tables: PlanTables) -> Record:
    """Return the entries of summary.json by year, all of them worked out from the tables."""
    return {
        "china_free_share": _china_free_share(tables),
        "china_free_share_by_content": _by_content(tables),
        "shortage_t": _by_year(tables, tables["demand"], "short_t"),
        "target_miss_t": _target_shortfalls(tables),
    }


def cost_by_kind(tables: PlanTables) -> dict[str, float]:
    """Return the expected discounted cost by kind, M USD; sales are negative. The kinds add up to the expected cost."""
    return {
        kind: sum(row["weight"] * number(row, f"{kind}{PER_YEAR}") for row in tables["costs"]) for kind in COST_KINDS
    }


def investment(row: InvestmentRow) -> Record:
    """Return one decision as an entry of summary.json."""
    return {
        "project": row["project"],
        "stage": row["stage"],
        "region": row["region"],
        "decision_year": row["decision_year"],
        "online_year": row["online_year"],
        "modules": row["modules"],
        "capacity_t_per_year": row["capacity_t_per_year"],
        "capex_musd": row["capex_musd"],
        "support_musd": row["support_musd"],
        "scenarios": row["scenarios"].split(";"),
    }


def _probability(tables: PlanTables) -> dict[tuple[str, int], float]:
    """Return the probability of every node, by branch and year."""
    return {(row["branch"], row["year"]): row["probability"] for row in tables["costs"]}


def _by_year(tables: PlanTables, rows: Iterable[DemandRow | OriginRow], column: str) -> dict[str, float]:
    """Return the expected sum of a column by year."""
    return _expected(tables, ((row["branch"], row["year"], number(row, column)) for row in rows))


def _expected(tables: PlanTables, amounts: Iterable[tuple[str, int, float]]) -> dict[str, float]:
    """Return the expected sum of (branch, year, amount) by year."""
    probability = _probability(tables)
    total: dict[str, float] = {str(year): 0.0 for _, year in probability}
    for branch, year, amount in amounts:
        total[str(year)] += probability[branch, year] * amount
    return total


def _china_free_share(tables: PlanTables) -> dict[str, dict[str, float]]:
    """Return the share of all demand that is delivered China-free at each stage, or designed out, by year."""
    rows = tables["demand"]
    wanted = _by_year(tables, rows, "wanted_t")
    by_origin = {origin_level: _by_year(tables, rows, f"level_{origin_level}_t") for origin_level in ORIGIN_LEVELS}
    out = _by_year(tables, rows, "designed_out_t")
    return {
        stage: {y: (out[y] + sum(by_origin[k][y] for k in range(below))) / wanted[y] for y in wanted if wanted[y] > 0}
        for stage, below in FREE_BELOW.items()
    }


def _by_content(tables: PlanTables) -> dict[str, dict[str, float]]:
    """Return the China-free share of demand by mass of contained rare earths, by stage and year: a tonne delivered
    counts by the part of them that is China-free."""
    rows = [r for r in tables["origin"] if (r["region"], r["segment"]) == ("*", "*")]
    wanted = _by_year(tables, rows, "wanted_t")
    found: dict[str, dict[str, float]] = {}
    for stage in FREE_BELOW:
        free = _expected(
            tables,
            ((r["branch"], r["year"], r["wanted_t"] * number(r, f"content_free_{stage}_percent") / 100) for r in rows),
        )
        found[stage] = {y: free[y] / wanted[y] for y in wanted if wanted[y] > 0}
    return found


def _target_shortfalls(tables: PlanTables) -> dict[str, dict[str, float]]:
    probability = _probability(tables)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in tables["targets"]:
        found[row["target"]][str(row["year"])] += probability[row["branch"], row["year"]] * row["miss_t"]
    return {target: dict(years) for target, years in found.items()}
