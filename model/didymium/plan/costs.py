"""Money by node: the tables Costs, Finance, Budgets and Prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.engine.solve import Solution
from didymium.expressions.money import spent
from didymium.expressions.terms import evaluate
from didymium.plan.rows import above_noise, place_of, positive_values
from didymium.results import PER_YEAR, as_row
from didymium.results.decisions import BudgetRow, FinanceRow
from didymium.results.money import CostRow, PriceRow


def costs(s: Solution) -> Iterator[CostRow]:
    """Yield cost by kind, M USD in each year of a node, and the weight that turns it into expected discounted cost."""
    for place, node in enumerate(s.net.tree.nodes.values()):
        by_kind = dict(zip(s.kinds, map(float, s.costs[:, place]), strict=True))
        total = sum(by_kind.values())
        row = {
            **place_of(node),
            "span_years": node.span,
            "probability": node.probability,
            "weight": node.weight,
            **{f"{kind}{PER_YEAR}": cost for kind, cost in by_kind.items()},
            "total_musd_per_year": total,
            "weighted_musd": node.weight * total,
        }
        yield as_row(CostRow, row)


def finance(s: Solution) -> Iterator[FinanceRow]:
    """Yield public money by decision and instrument, M USD."""
    for (p, i, n), money in positive_values(s, "support"):
        instrument = s.net.case.instruments[i]
        yield {
            "branch": s.net.tree.nodes[n].scenario,
            "decision_year": s.net.tree.nodes[n].year,
            "project": p,
            "instrument": i,
            "government": instrument.government,
            "rate_percent": 100 * instrument.rate,
            "support_musd": money,
        }


def budgets(s: Solution) -> Iterator[BudgetRow]:
    """Yield every government's budget: available so far, spent so far, and what one more M USD would save, M USD."""
    case, tree = s.net.case, s.net.tree
    values = above_noise(s, "support")
    for gov in case.budgets:
        for node in tree.nodes.values():
            dual = s.duals.get("budget", {}).get((gov, node.name), 0.0)
            yield {
                **place_of(node),
                "government": gov,
                "available_musd": tree.available(gov, node),
                "spent_musd": sum(evaluate(spent(s.net, gov, b), values) for b in tree.path(node.name)),
                "saving_of_one_more_musd": abs(dual) if s.duals else None,
            }


def prices(s: Solution) -> Iterator[PriceRow]:
    """Yield what one more tonne of a commodity costs in a region, USD/t: of any origin, and China-free throughout."""
    by_node: dict[tuple[str, str, str], list[tuple[object, float]]] = defaultdict(list)
    for (r, c, origin_level, n), dual in s.duals.get("balance", {}).items():
        by_node[str(r), str(c), str(n)].append((origin_level, dual))
    for (r, c, n), duals in by_node.items():
        node = s.net.tree.nodes[n]
        if node.weight > 0 and any(dual for _, dual in duals):
            scale = 1e6 / node.weight  # a balance holds per year of the node
            # A tonne used at level u counts in the rows of u and above: the top row alone for one of any origin.
            yield {
                **place_of(node),
                "region": r,
                "commodity": c,
                "any_origin_usd_per_t": duals[-1][1] * scale,
                "china_free_usd_per_t": sum(dual for _, dual in duals) * scale if duals[0][0] == 0 else None,
            }
