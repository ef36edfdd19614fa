"""The tables of public money: what each government gives, what passes through the plants it supports, by stage, by
target and by plant, and where that is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from didymium.case.case import FREE_BELOW, Target
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.expressions.targets import counts_demand, required_demand, set_years
from didymium.plan.fixed_cost import gap_musd
from didymium.plan.mixing import Mixture
from didymium.plan.rows import TINY
from didymium.plan.support import Delivery, Money, Support, oxide_in_goods, supports
from didymium.results.finance import (
    GovernmentRow,
    StageSupportRow,
    SubsidyColumns,
    SuppliedColumns,
    SupportedPlantRow,
    SupportedUseRow,
    TargetSupportRow,
)

NOTHING = 0.05  # t over the plan: less is shown as 0, and no share or price is made of it
OUTSIDE = "outside"
"""The use of what is sold outside the chain."""
# The stages of plants whose goods a target for a stage is about; a recycler's oxide takes the place of mined and
# refined oxide
PLANTS_FOR = {
    "mine": ("mine", "recycler"),
    "refinery": ("refinery", "heavy", "recycler"),
    "metal": ("metal",),
    "magnet": ("magnet",),
}


def public_money_tables(s: Solution, mixtures: Mapping[str, Mixture]) -> dict[str, list[Mapping[str, object]]]:
    """Return the five tables of public money by name."""
    found = supports(s, mixtures)
    tables = {
        "governments": governments,
        "supported_stages": supported_stages,
        "supported_targets": supported_targets,
        "supported_plants": supported_plants,
        "supported_use": supported_use,
    }
    return {name: list(table(s, found)) for name, table in tables.items()}


def governments(s: Solution, found: list[Support]) -> Iterator[GovernmentRow]:
    """Yield what each government gives, M USD, and the share of it for use in its own region, percent."""
    gap = gap_musd(s)
    for government, of in _grouped(found, lambda x: (x.government,)):
        total = _sum(of)
        yield {
            "government": government[0],
            "home_region": s.net.case.home.get(government[0]),
            **_columns(total),
            "public_funds_musd": s.net.case.public_funds * total.given,
            "plants": len(of),
            "own_region_percent": _own_percent(s, of),
            "smaller_than_gap": _below(gap, total),
        }


def _below(gap: float | None, money: Money) -> str | None:
    """Return whether the capital subsidy is below the gap; None where none is given or the gap is not known."""
    if gap is None or not money.subsidy:
        return None
    return "yes" if money.in_plan < gap else "no"


def supported_stages(s: Solution, found: list[Support]) -> Iterator[StageSupportRow]:
    """Yield what passes through the plants of a stage that a government supports, t of oxide, and what is given for a
    tonne, USD/t."""
    order, goods = ("mine", "refinery", "heavy", "metal", "magnet", "recycler"), oxide_in_goods(s)
    demanded = 0.0
    for (d, _, n), tonnes in s.values.get("serve", {}).items():
        node = s.net.tree.nodes[str(n)]
        demanded += node.probability * node.span * max(0.0, tonnes) * goods[s.net.case.demands[str(d)].commodity]
    for (government, stage), of in _grouped(
        found, lambda x: (x.government, s.net.case.projects[x.project].stage), order
    ):
        given = _sum(of).given
        supplied = _supplied(given, [d for x in of for d in x.deliveries])
        yield {
            "government": government,
            "stage": stage,
            "plants": len(of),
            "given_in_plan_musd": given,
            **supplied,
            "of_demand_percent": 100 * supplied["delivered_t"] / demanded if demanded else 0.0,
            "own_region_percent": _own_percent(s, of),
        }


def supported_targets(s: Solution, found: list[Support]) -> Iterator[TargetSupportRow]:
    """Yield what supported plants supply of what a target for a China-free share counts, t and points, and what is
    given for a point and year, M USD."""
    wanted = _wanted(s)
    for (government, stage), of in _grouped(found, lambda x: (x.government, s.net.case.projects[x.project].stage)):
        given = _sum(of).given
        for target in s.net.case.targets.values():
            if target.kind != "min_china_free_share" or stage not in PLANTS_FOR[target.stage]:
                continue
            tonnes, points, discounted = _points(s, target, wanted, [d for x in of for d in x.deliveries])
            if tonnes > NOTHING:
                yield {
                    "government": government,
                    "target": target.name,
                    "stage": stage,
                    "given_in_plan_musd": given,
                    "counted_for_target_t": tonnes,
                    "supplied_points": points,
                    "discounted_point_years": discounted,
                    "musd_per_point_year": given / discounted if discounted > 0 else None,
                }


def _wanted(s: Solution) -> dict[tuple[str, str], float]:
    """Return the demand that each target for a China-free share counts in each node in which it is set, t a year."""
    return {
        (target.name, node.name): required_demand(s.net.tree, target, node)[1]
        for target in s.net.case.targets.values()
        for node in s.net.tree.nodes.values()
        if target.kind == "min_china_free_share" and set_years(target, node)
    }


def _points(
    s: Solution, target: Target, wanted: dict[tuple[str, str], float], deliveries: list[Delivery]
) -> tuple[float, float, float]:
    """Return (tonnes, mean points, discounted points x years) of deliveries that a target counts as China-free,
    expected."""
    counted: dict[str, float] = defaultdict(float)
    demands = {d.name for d in s.net.case.demands.values() if counts_demand(target, d)}
    for d in deliveries:
        if d.demand in demands and d.origin_level < FREE_BELOW[target.stage]:
            counted[d.node.name] += d.tonnes
    tonnes = points = discounted = years = 0.0
    for n, base in ((n, base) for (name, n), base in wanted.items() if name == target.name):
        node = s.net.tree.nodes[n]
        set_for = node.probability * len(set_years(target, node))
        each = 100 * counted[n] / base if base else 0.0
        years, tonnes, points = years + set_for, tonnes + set_for * counted[n], points + set_for * each
        discounted += _weight(target, node) * each
    return tonnes, points / years if years else 0.0, discounted


def _weight(target: Target, node: Node) -> float:
    """Return probability times the discount factors of the years in which a target is set."""
    return node.probability * sum(f for y, f in zip(node.years, node.factors, strict=True) if y in target.share)


def supported_plants(s: Solution, found: list[Support]) -> Iterator[SupportedPlantRow]:
    """Yield every plant that a government supports, with its money, M USD, and what passes through it, t."""
    for x in found:
        project = s.net.case.projects[x.project]
        yield {
            "government": x.government,
            "project": x.project,
            "stage": project.stage,
            "region": project.region,
            **_columns(x.money),
            "supported_throughput_t": x.throughput,
            **_supplied(x.money.given, x.deliveries),
        }


def supported_use(s: Solution, found: list[Support]) -> Iterator[SupportedUseRow]:
    """Yield where what passes through a supported plant is used: t of oxide, its share, and the money in proportion,
    M USD."""
    for x in found:
        total, home = _oxide(x.deliveries), s.net.case.home.get(x.government)
        by_use: dict[str, list[Delivery]] = defaultdict(list)
        for d in x.deliveries:
            by_use[_use(s, d)].append(d)
        uses = [use for use in (*s.net.case.regions, OUTSIDE) if use in by_use]
        for use in uses if total > NOTHING else [None]:
            tonnes = _oxide(by_use[use]) if use else 0.0
            share = tonnes / total if use else 1.0
            yield {
                "government": x.government,
                "home_region": home,
                "project": x.project,
                "region": s.net.case.projects[x.project].region,
                "use_region": use,
                "supplied_t": tonnes,
                "of_plant_percent": 100 * share if use else None,
                "given_share_musd": share * x.money.given,
                "stays": None if use is None or home is None else "yes" if use == home else "no",
            }


def _use(s: Solution, delivery: Delivery) -> str:
    """Return the region of the demand, or that it is sold outside."""
    return OUTSIDE if delivery.demand is None else s.net.case.demands[delivery.demand].region


def _columns(money: Money) -> SubsidyColumns:
    return {
        "loans_musd": money.loans,
        "grants_musd": money.grants,
        "loan_subsidy_musd": money.subsidy - money.grants,
        "subsidy_equivalent_musd": money.subsidy,
        "capital_subsidy_in_plan_musd": money.in_plan,
        "floor_payments_musd": money.floors,
        "given_in_plan_musd": money.given,
    }


def _grouped(
    found: list[Support], key: Callable[[Support], tuple[str, ...]], order: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], list[Support]]]:
    """Return supports by a key whose first part is the government; its last part is in an order, if one is given."""
    groups: dict[tuple[str, ...], list[Support]] = defaultdict(list)
    for x in found:
        groups[key(x)].append(x)
    names = list(dict.fromkeys(k[0] for k in groups))
    return sorted(groups.items(), key=lambda item: (names.index(item[0][0]), order.index(item[0][-1]) if order else 0))


def _sum(of: Iterable[Support]) -> Money:
    total = Money()
    for x in of:
        total.add(x.money)
    return total


def _oxide(deliveries: Iterable[Delivery]) -> float:
    """Return tonnes of oxide in all years of the plan, expected."""
    return sum((d.oxide for d in deliveries), 0.0)


def _supplied(given: float, deliveries: list[Delivery]) -> SuppliedColumns:
    discounted = sum((d.discounted for d in deliveries), 0.0)
    return {
        "delivered_t": _oxide(d for d in deliveries if d.demand is not None),
        "sold_outside_t": _oxide(d for d in deliveries if d.demand is None),
        "supplied_discounted_t": discounted,
        "given_usd_per_t": 1e6 * given / discounted if _oxide(deliveries) > NOTHING else None,
    }


def _own_percent(s: Solution, of: list[Support]) -> float | None:
    """Return the share of what a government gives that goes to plants in proportion to what demand of its own region
    receives through them; None where its region is not known or nothing is given."""
    home, given = s.net.case.home.get(of[0].government), _sum(of).given
    if home is None or given <= TINY:
        return None
    own = 0.0
    for x in of:
        total = _oxide(x.deliveries)
        own += x.money.given * _oxide(d for d in x.deliveries if _use(s, d) == home) / total if total > NOTHING else 0.0
    return 100 * own / given
