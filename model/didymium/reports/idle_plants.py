"""Which plants stand idle: committed ones and why, in the plan's own prices; chosen ones and what they cost.

Sentences of page one and warnings of a solve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from didymium.case.build import build_case
from didymium.case.case import Case, Project, Recipe
from didymium.plan.committed import IDLE, chosen_idle, idle_committed
from didymium.reports.names import project_name
from didymium.reports.numbers import rounded
from didymium.reports.rule_names import good_in_words
from didymium.results import PlanTables
from didymium.results.decisions import InvestmentRow
from didymium.tables.rows import Tables

EQUAL = 0.01  # worth and cost of a tonne that differ by less are alike: duals are no finer
SHARE = 50  # percent of an input that one other plant must take to be named

Price = dict[tuple[str, str, str, int], tuple[float, float | None]]
"""By branch, region, commodity and year: USD/t of any origin, and China-free."""


@dataclass(slots=True)
class _Tonne:
    """What one more tonne of throughput is worth and costs, USD, in the mean of the idle years."""

    recipe: Recipe
    worth: float
    cost: float


def idle_warnings(source: Tables, tables: PlanTables) -> list[str]:
    """Return a sentence for each committed investment that is idle for two years or more, the longest first, then for
    each chosen one that is never run."""
    committed = [
        f"{project_name(source, r['project'])} is committed, but the plan leaves it idle in {r['idle_years']:.0f} of"
        f" {r['years_on_line']:.0f} years on line (below {100 * IDLE:.0f} % of what is on line)"
        f"{why and f': {why}'}"
        for r, why in reasons(source, tables)
    ]
    chosen = [
        f"{project_name(source, r['project'])} is chosen by this plan, which does not run it in any of its"
        f" {r['years_on_line']} years on line (above {100 * IDLE:.0f} % of what is on line): {price_of_idleness(r)}"
        for r in chosen_idle(tables)
    ]
    return [*committed, *chosen]


def price_of_idleness(row: InvestmentRow) -> str:
    """Return the capex of a chosen investment, and whether what it is charged is less than the gap."""
    capex = f"{rounded(row['capex_musd'])} M USD of capex"
    if row["smaller_than_gap"] != "yes":
        return capex
    return (
        f"{capex}; its charges in the plan's years, {rounded(row['charges_discounted_musd'])} M USD, are less than the"
        " gap, so nothing proves that it is needed"
    )


def reasons(source: Tables, tables: PlanTables) -> list[tuple[InvestmentRow, str]]:
    """Return the idle committed investments, the longest idle first, and for each why; empty where prices do not tell.

    The reason compares what one more tonne is worth with what it costs at the plan's duals, the mean of the idle years
    of the branch that is idle longest, and names who takes most of the dearest input there.
    """
    rows = idle_committed(tables)
    if not rows:
        return []
    prices = _prices(tables)
    if not prices:
        return [(r, "") for r in rows]
    case = build_case(source)
    return [(r, _reason(case, source, tables, prices, r)) for r in rows]


def _prices(tables: PlanTables) -> Price:
    return {
        (r["branch"], r["region"], r["commodity"], r["year"]): (r["any_origin_usd_per_t"], r["china_free_usd_per_t"])
        for r in tables["prices"]
    }


def _reason(case: Case, source: Tables, tables: PlanTables, prices: Price, row: InvestmentRow) -> str:
    project = case.projects[row["project"]]
    idle = _idle_places(tables, project.name)
    tonnes = [t for q in project.recipes if (t := _tonne(case.recipes[q], project, prices, idle))]
    if not tonnes:
        return ""
    tonne = max(tonnes, key=lambda t: t.worth - t.cost)
    gain = tonne.worth - tonne.cost
    if abs(gain) <= EQUAL * max(abs(tonne.worth), abs(tonne.cost)):
        return "one more tonne there is worth just what it costs, so it could as well run"
    if gain > 0:
        return ""  # another rule holds it, which prices of goods do not show
    taken = _taken_by(case, source, tables, project, tonne, prices, idle)
    return (
        f"one more tonne there would be worth {tonne.worth:,.0f} USD and cost {tonne.cost:,.0f} at the plan's prices"
        f"{taken}"
    )


def _idle_places(tables: PlanTables, project: str) -> list[tuple[str, int]]:
    """Return branch and year of every node in which the plant has capacity on line and hardly runs."""
    return [
        (r["branch"], r["year"])
        for r in tables["capacity"]
        if r["project"] == project and r["throughput_t"] < IDLE * r["online_t_per_year"]
    ]


def _tonne(recipe: Recipe, project: Project, prices: Price, idle: list[tuple[str, int]]) -> _Tonne | None:
    """Return the mean over the idle years of the origin at which a tonne gains most, or nothing where a price of no
    year is known."""
    found = [
        max(both, key=lambda pair: pair[0] - pair[1])
        for branch, year in idle
        if (both := list(_by_origin(recipe, project, prices, branch, year)))
    ]
    if not found:
        return None
    worth, cost = (sum(pair[k] for pair in found) / len(found) for k in (0, 1))
    return _Tonne(recipe, worth, cost)


def _by_origin(
    recipe: Recipe, project: Project, prices: Price, branch: str, year: int
) -> Iterator[tuple[float, float]]:
    """Yield worth and cost of a tonne of any origin, and of one that is China-free, where all its prices are known."""
    for origin in (0, 1):
        sides = []
        for side in (recipe.outputs, recipe.inputs):
            known = [(t, prices.get((branch, project.region, c, year), (0.0, 0.0))[origin]) for c, t in side.items()]
            sides.append(None if any(p is None for _, p in known) else sum(t * (p or 0.0) for t, p in known))
        worth, inputs = sides
        if worth is not None and inputs is not None:
            yield worth, inputs + 1e6 * project.variable_opex


def _taken_by(
    case: Case,
    source: Tables,
    tables: PlanTables,
    project: Project,
    tonne: _Tonne,
    prices: Price,
    idle: list[tuple[str, int]],
) -> str:
    """Return who takes most of the dearest input in the idle years, where one other plant takes at least half."""
    spent: dict[str, float] = defaultdict(float)
    for branch, year in idle:
        for c, t in tonne.recipe.inputs.items():
            spent[c] += t * prices.get((branch, project.region, c, year), (0.0, None))[0]
    if not spent:
        return ""
    good = max(spent, key=lambda c: spent[c])
    places = set(idle)
    takers: dict[str, float] = defaultdict(float)
    for r in tables["production"]:
        if (r["branch"], r["year"]) in places and case.projects[r["project"]].region == project.region:
            takers[r["project"]] += r["throughput_t"] * case.recipes[r["recipe"]].inputs.get(good, 0.0)
    taker, amount = max(takers.items(), key=lambda item: item[1], default=("", 0.0))
    if taker in ("", project.name) or 100 * amount < SHARE * sum(takers.values()) or amount <= 0:
        return ""
    return f"; its {good_in_words(source, good)} goes to {project_name(source, taker)}"
