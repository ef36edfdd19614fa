"""Tables by which a plan can be re-added: cost by plant, the balance of every commodity, and what recipes use and
make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case import rates
from didymium.engine.solve import Solution

Record = dict[str, object]
TINY = 1e-6  # t or M USD


def plants(s: Solution) -> Iterator[Record]:
    """Yield what every plant costs in a year of a node, M USD: annuities, fixed and variable opex, and their sum.

    The weight of the node turns a year's cost into expected discounted cost.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    _capital(s, found)
    _operation(s, found)
    for (p, n), (capital, fixed, variable) in found.items():
        project, node = s.net.case.projects[p], s.net.tree.nodes[n]
        total = capital + fixed + variable
        if abs(total) > TINY:
            yield {
                "branch": node.scenario,
                "year": node.year,
                "project": p,
                "stage": project.stage,
                "region": project.region,
                "capital_musd_per_year": capital,
                "fixed_opex_musd_per_year": fixed,
                "variable_opex_musd_per_year": variable,
                "total_musd_per_year": total,
                "weighted_musd": node.weight * total,
            }


def _capital(s: Solution, found: dict[tuple[str, str], list[float]]) -> None:
    """Add the annuities of modules, and what public money changes them by."""
    case, tree = s.net.case, s.net.tree
    for (p, b), modules in s.values.get("build", {}).items():
        project = case.projects[str(p)]
        for n in tree.below[str(b)] if round(modules) else ():
            found[project.name, n][0] += round(modules) * rates.annuity(
                tree, project, tree.nodes[str(b)], tree.nodes[n]
            )
    for (p, i, b), money in s.values.get("support", {}).items():
        project = case.projects[str(p)]
        for n in tree.below[str(b)] if money else ():
            found[project.name, n][0] += money * rates.support(
                tree, project, case.instruments[str(i)], tree.nodes[str(b)], tree.nodes[n]
            )


def _operation(s: Solution, found: dict[tuple[str, str], list[float]]) -> None:
    """Add fixed opex of existing capacity and modules on line, less what mothballing saves; variable opex and carbon of
    throughput. Fixed opex is paid in an outage too."""
    case, tree = s.net.case, s.net.tree
    for node in tree.nodes.values():
        for project in case.projects.values():
            found[project.name, node.name][1] += rates.existing_opex(tree, project, node)
    for (p, b), modules in s.values.get("build", {}).items():
        project = case.projects[str(p)]
        for n in tree.below[str(b)] if round(modules) else ():
            found[project.name, n][1] += round(modules) * rates.module_opex(
                tree, project, tree.nodes[str(b)], tree.nodes[n]
            )
    for (p, at), tonnes in s.values.get("idle", {}).items():
        found[str(p), str(at)][1] -= tonnes * rates.idle_saving(tree, case.projects[str(p)], tree.nodes[str(at)])
    for (p, _, _, at), tonnes in s.values.get("run", {}).items():
        project = case.projects[str(p)]
        found[project.name, str(at)][2] += rates.running(tree, project, tree.nodes[str(at)]) * tonnes if tonnes else 0.0


FLOWS = (
    "made_t",
    "bought_t",
    "shipped_in_t",
    "used_t",
    "shipped_out_t",
    "sold_t",
    "served_t",
    "stock_added_t",
    "dumped_t",
)


def balance(s: Solution) -> Iterator[Record]:
    """Yield supply and use of every commodity by region and year, t a year, all origin levels together.

    What is dumped is the difference of the two, so that nothing is left over.
    """
    case, nodes = s.net.case, s.net.tree.nodes
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(lambda: dict.fromkeys(FLOWS, 0.0))
    for (p, q, _, n), throughput in s.values.get("run", {}).items():
        region, recipe = case.projects[str(p)].region, case.recipes[str(q)]
        for flow, side in (("made_t", recipe.outputs), ("used_t", recipe.inputs)):
            for good, tonnes in side.items() if throughput else ():
                found[region, good, str(n)][flow] += tonnes * throughput
    for (a, b, goods, _, n), tonnes in s.values.get("ship", {}).items():
        found[str(a), str(goods), str(n)]["shipped_out_t"] += tonnes
        found[str(b), str(goods), str(n)]["shipped_in_t"] += tonnes
    for (o, r, n), tonnes in s.values.get("buy", {}).items():
        found[str(r), case.offers[str(o)].commodity, str(n)]["bought_t"] += tonnes
    for (r, goods, _, n), tonnes in s.values.get("sell", {}).items():
        found[str(r), str(goods), str(n)]["sold_t"] += tonnes
    for (d, _, n), tonnes in s.values.get("serve", {}).items():
        found[case.demands[str(d)].region, case.demands[str(d)].commodity, str(n)]["served_t"] += tonnes
    for (r, goods, n), tonnes in s.values.get("dump", {}).items():
        found[str(r), str(goods), str(n)]["dumped_t"] += tonnes
    _stock(s, found)
    for place, flows in sorted(found.items(), key=lambda item: (nodes[item[0][2]].year, item[0])):
        if any(abs(tonnes) > TINY for tonnes in flows.values()):
            amounts = {flow: tonnes if abs(tonnes) > TINY else 0.0 for flow, tonnes in flows.items()}
            yield {
                "branch": nodes[place[2]].scenario,
                "year": nodes[place[2]].year,
                "region": place[0],
                "commodity": place[1],
                **amounts,
            }


def _stock(s: Solution, found: dict[tuple[str, str, str], dict[str, float]]) -> None:
    """Add what is put into stock less what is taken out, t per year of the node."""
    stock: dict[tuple[str, str, str], float] = defaultdict(float)
    for (r, c, _, n), tonnes in s.values.get("stock", {}).items():
        stock[str(r), str(c), str(n)] += tonnes
    for (region, commodity), pile in s.net.case.stockpiles.items():
        for node in s.net.tree.nodes.values():
            opening = stock[region, commodity, node.parent] if node.parent else pile.initial
            found[region, commodity, node.name]["stock_added_t"] += (
                stock[region, commodity, node.name] - opening
            ) / node.span


def recipe_flows(s: Solution) -> Iterator[Record]:
    """Yield what a tonne of throughput uses and makes, t/t, for every recipe that runs."""
    recipes = sorted({str(q) for (_, q, _, _), tonnes in s.values.get("run", {}).items() if tonnes > TINY})
    for q in recipes:
        recipe = s.net.case.recipes[q]
        for direction, side in (("in", recipe.inputs), ("out", recipe.outputs)):
            for commodity, tonnes in side.items():
                yield {"recipe": q, "commodity": commodity, "direction": direction, "t_per_t": tonnes}
