"""A solution as tables: one function per table, plain rows, units in the column names.

A node is told by `branch` (the scenario whose shocks act in it; the base before any other is revealed) and `year`.
Tonnes are a year's; a milestone stands for several years. Amounts below a millionth of a tonne are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case import rates
from didymium.case.case import FREE_BELOW, Project
from didymium.case.finance import module_annuity
from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.expressions.cost import shipping_rate
from didymium.expressions.targets import counted_offer, counts_demand, required_demand, required_share
from didymium.plan.accounts import balance, plants, recipe_flows
from didymium.plan.committed import Decisions
from didymium.plan.content import Content, content
from didymium.plan.money import contracts, disposal, market_prices
from didymium.plan.viability import viability, viability_of_plants

Record = dict[str, object]
LEVELS = range(5)
TINY = 1e-6  # t


def plan_tables(s: Solution) -> dict[str, list[Record]]:
    """Every table of the plan, by name, in the order of the result workbook."""
    return {name: list(table(s)) for name, table in _TABLES.items()}


def _where(node: Node) -> Record:
    return {"branch": node.scenario, "year": node.year}


def _told(s: Solution, component: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """The values of a decision that are worth a row."""
    for index, value in s.values.get(component, {}).items():
        if value > TINY:
            yield tuple(map(str, index)), value


def scenarios_through(net: Network, node: str) -> list[str]:
    """The scenarios whose path runs through a node."""
    return [name for name, leaf in net.tree.leaves.items() if node in net.tree.path(leaf)]


def investments(s: Solution) -> Iterator[Record]:
    """One row per decision to build: what the plan chooses, then what is committed, each by year."""
    yield from sorted(_decisions(s), key=lambda row: row["committed"] == "yes")


def _decisions(s: Solution) -> Iterator[Record]:
    net, more = s.net, Decisions(s)
    support: dict[tuple[str, str], float] = defaultdict(float)
    for (p, _, n), money in _told(s, "support"):
        support[p, n] += money
    for (p, n), modules in sorted(_told(s, "build"), key=lambda told: (net.tree.nodes[told[0][1]].year, told[0])):
        project, node = net.case.projects[p], net.tree.nodes[n]
        planned = node.year + project.lead_time
        yield {
            "project": p,
            "stage": project.stage,
            "region": project.region,
            "branch": node.scenario,
            "decision_year": node.year,
            "planned_online_year": planned,
            "online_year": planned + net.tree.delay(project, planned, node),
            "modules": round(modules),
            "capacity_t_per_year": round(modules) * project.module,
            "capex_musd": round(modules) * project.overnight,
            "support_musd": support[p, n],
            "annuity_musd_per_year": round(modules) * module_annuity(project),
            **more.row(project, n, round(modules)),
            "utilisation_percent": _utilisation(s, project, n),
            "probability": node.probability,
            "scenarios": ";".join(scenarios_through(net, n)),
        }


def _utilisation(s: Solution, project: Project, decided: str) -> float:
    """Mean use of what the project has on line, over the years after a decision, percent."""
    runs: dict[str, float] = defaultdict(float)
    for (p, _, _, n), tonnes in s.values.get("run", {}).items():
        if p == project.name:
            runs[str(n)] += tonnes
    nodes = [n for n in s.net.tree.below[decided] if (project.name, n) in s.net.online]
    spans = {n: s.net.tree.nodes[n].span for n in nodes}
    capacity = sum(spans[n] * online_capacity(s, project.name, n) for n in nodes)
    return 100 * sum(spans[n] * runs[n] for n in nodes) / capacity if capacity > TINY else 0.0


def online_capacity(s: Solution, project: str, node: str) -> float:
    """Standing capacity and modules on line in a node, t/year; 0 in an outage."""
    standing, modules = s.net.online.get((project, node), (0.0, []))
    return standing + sum(tonnes * round(s.values["build"][project, b]) for tonnes, b in modules)


def capacity(s: Solution) -> Iterator[Record]:
    """What every plant has on line and how much of it runs."""
    runs: dict[tuple[str, str], float] = defaultdict(float)
    for (p, _, _, n), tonnes in _told(s, "run"):
        runs[p, n] += tonnes
    for p, n in s.net.online:
        project, node = s.net.case.projects[p], s.net.tree.nodes[n]
        total = online_capacity(s, p, n)
        if total <= TINY:
            continue
        yield {
            **_where(node),
            "project": p,
            "stage": project.stage,
            "region": project.region,
            "standing_t_per_year": s.net.online[p, n][0],
            "modules_t_per_year": total - s.net.online[p, n][0],
            "online_t_per_year": total,
            "idle_t_per_year": _clean(s.values.get("idle", {}).get((p, n), 0.0)),
            "throughput_t": runs[p, n],
            "utilisation_percent": 100 * runs[p, n] / total,
        }


def production(s: Solution) -> Iterator[Record]:
    """Throughput by plant, recipe and exposure level."""
    for (p, q, level, n), tonnes in _told(s, "run"):
        project = s.net.case.projects[p]
        yield {
            **_where(s.net.tree.nodes[n]),
            "project": p,
            "stage": project.stage,
            "region": project.region,
            "recipe": q,
            "level": int(level),
            "throughput_t": tonnes,
        }


def trade(s: Solution) -> Iterator[Record]:
    """Shipments between regions, purchases from offers, sales outside."""
    case, nodes = s.net.case, s.net.tree.nodes
    for (a, b, c, level, n), tonnes in _told(s, "ship"):
        yield _traded(
            nodes[n], "ship", a, b, c, case.commodities[c].stage, int(level), tonnes, shipping_rate(s.net, a, b, c, n)
        )
    for (o, r, n), tonnes in _told(s, "buy"):
        offer = case.offers[o]
        stage, price = case.commodities[offer.commodity].stage, rates.purchase(s.net.tree, offer, r, nodes[n])
        whose = {
            "china": "yes" if offer.china else "no",
            "supplier": offer.supplier,
            "lands_in_china": "yes" if case.regions[r].china else "no",
        }
        yield {**_traded(nodes[n], "buy", o, r, offer.commodity, stage, s.net.offer_level(o), tonnes, price), **whose}
    for (r, c, level, n), tonnes in _told(s, "sell"):
        yield _traded(
            nodes[n],
            "sell",
            r,
            "outside",
            c,
            case.commodities[c].stage,
            int(level),
            tonnes,
            -rates.sale(s.net.tree, c, nodes[n]),
        )


def _traded(
    node: Node, kind: str, start: str, end: str, commodity: str, stage: str, level: int, tonnes: float, price: float
) -> Record:
    return {
        **_where(node),
        "kind": kind,
        "from": start,
        "to": end,
        "commodity": commodity,
        "stage": stage,
        "level": level,
        "tonnes_t": tonnes,
        "cost_usd_per_t": price * 1e6,
        "cost_musd": price * tonnes,
        "china": "",
        "supplier": "",
        "lands_in_china": "",
    }


def demand(s: Solution) -> Iterator[Record]:
    """Every demand row: what was wanted, how it was met, and what was not."""
    for d, n in s.net.shorts:
        row, node = s.net.case.demands[d], s.net.tree.nodes[n]
        served = {level: s.values.get("serve", {}).get((d, level, n), 0.0) for level in LEVELS}
        yield {
            **_where(node),
            "demand": d,
            "region": row.region,
            "segment": row.segment,
            "commodity": row.commodity,
            "wanted_t": s.net.tree.demand(row, node),
            **{f"level_{level}_t": _clean(tonnes) for level, tonnes in served.items()},
            "designed_out_t": _clean(s.values.get("substitution", {}).get((d, n), 0.0)),
            "short_t": _clean(s.values["short"][d, n]),
            "probability": node.probability,
        }


def _clean(value: float) -> float:
    """A tonnage without the solver's noise around 0."""
    return value if abs(value) > TINY else 0.0


def origin(s: Solution) -> Iterator[Record]:
    """The exposure level of what each region and segment got, and how much of its content is China-free, percent of
    what it wanted.

    By content a tonne delivered counts by the share of its rare earths that is China-free at the stage (see
    plan.content).
    """
    total: dict[tuple[object, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    names = [f"level_{level}_t" for level in LEVELS] + [
        "designed_out_t",
        "short_t",
        *(f"content_free_{stage}_t" for stage in FREE_BELOW),
        "wanted_t",
    ]
    held = content(s)
    at = {(n.scenario, n.year): n.name for n in s.net.tree.nodes.values()}
    for row in demand(s):
        row |= _free_by_content(row, held[at[str(row["branch"]), int(str(row["year"]))]])
        for key in ((row["region"], row["segment"]), (row["region"], "*"), ("*", row["segment"]), ("*", "*")):
            for name in names:
                total[row["branch"], row["year"], *key][name] += float(str(row[name]))
    for (branch, year, region, segment), sums in total.items():
        shares = {name.replace("_t", "_percent"): 100 * sums[name] / sums["wanted_t"] for name in names[:-1]}
        yield {
            "branch": branch,
            "year": year,
            "region": region,
            "segment": segment,
            "wanted_t": sums["wanted_t"],
            **shares,
        }


def _free_by_content(row: Record, held: Content) -> Record:
    """Tonnes of a row of Demand that are China-free by content at each stage; what is designed out counts in full."""
    return {
        f"content_free_{stage}_t": (
            float(str(row["designed_out_t"]))
            + sum(
                tonnes * held[stage, (str(row["region"]), str(row["commodity"]), k)]
                for k in LEVELS
                if (tonnes := float(str(row[f"level_{k}_t"])))
            )
        )
        for stage in FREE_BELOW
    }


def targets(s: Solution) -> Iterator[Record]:
    """What each target asked, what was reached, by how much it was missed, and its marginal cost with the build-out
    fixed."""
    for g, n in s.net.target_shortfalls:
        target, node = s.net.case.targets[g], s.net.tree.nodes[n]
        asked, base, counted = _measured(s, g, n)
        dual = next((v[g, n] for k, v in s.duals.items() if k == target.kind and (g, n) in v), 0.0)
        lower = target.kind != "min_china_free_share"
        yield {
            **_where(node),
            "target": g,
            "type": target.kind,
            "region": target.region,
            "segment": target.segment,
            "stage": target.stage,
            "commodity": target.commodity,
            "supplier": target.supplier,
            "asked_percent": 100 * asked,
            "reached_percent": 100 * counted / base if base > TINY else (0.0 if lower else 100.0),
            "base_t": base,
            "counted_t": counted,
            "miss_t": _clean(s.values.get("target_shortfall", {}).get((g, n), 0.0)),
            "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year": (
                None if not s.duals else 0.01 * base * abs(dual) / weight if (weight := _weight(s, g, node)) else 0.0
            ),
        }


def _weight(s: Solution, g: str, node: Node) -> float:
    """What a tonne a year counts in the objective, in the years of a node in which a target asks something."""
    return node.probability * sum(
        f for y, f in zip(node.years, node.factors, strict=True) if y in s.net.case.targets[g].share
    )


def _measured(s: Solution, g: str, n: str) -> tuple[float, float, float]:
    """(asked, base, counted) of a target in a node: counted / base, t/year, is what is compared with the share
    asked."""
    target, case, node = s.net.case.targets[g], s.net.case, s.net.tree.nodes[n]
    if target.kind == "min_china_free_share":
        names = [
            d
            for d in [d.name for d in case.demands.values() if counts_demand(target, d)]
            if (d, n) in s.values.get("short", {})
        ]
        needed, base = required_demand(s.net.tree, target, node)
        free = sum(
            s.values.get("serve", {}).get((d, level, n), 0.0)
            for d in names
            for level in range(FREE_BELOW[target.stage])
        )
        return (
            needed / base if base else required_share(s.net.tree, target, node),
            base,
            free + sum(s.values.get("substitution", {}).get((d, n), 0.0) for d in names),
        )
    if target.kind == "max_region_share":
        runs = [(case.projects[str(p)], t) for (p, _, _, m), t in s.values.get("run", {}).items() if m == n]
        staged = [(p.region, t) for p, t in runs if p.stage == target.stage]
        base = sum(t for r, t in staged if not case.regions[r].china)
        return required_share(s.net.tree, target, node), base, sum(t for r, t in staged if r == target.region)
    counts = counted_offer(target)
    bought = [
        (case.offers[str(o)], t)
        for (o, r, m), t in s.values.get("buy", {}).items()
        if m == n and not case.regions[str(r)].china
    ]
    counted = sum(t for o, t in bought if o.commodity == target.commodity and counts(o))
    return required_share(s.net.tree, target, node), used(s, target.commodity, n), counted


def used(s: Solution, commodity: str, n: str) -> float:
    """What recipes eat, demand gets and the outside buys of a commodity in a node, in regions not counted as China, t a
    year."""
    case, values = s.net.case, s.values
    outside = {r for r, region in case.regions.items() if not region.china}
    runs = [(case.projects[str(p)], str(q), t) for (p, q, _, m), t in values.get("run", {}).items() if m == n]
    eaten = sum(t * case.recipes[q].inputs.get(commodity, 0.0) for p, q, t in runs if p.region in outside)
    served = [(case.demands[str(d)], t) for (d, _, m), t in values.get("serve", {}).items() if m == n]
    sold = sum(t for (r, c, _, m), t in values.get("sell", {}).items() if m == n and c == commodity and r in outside)
    return eaten + sold + sum(t for d, t in served if d.commodity == commodity and d.region in outside)


def stockpiles(s: Solution) -> Iterator[Record]:
    """What every stockpile holds at the end of the years a node stands for."""
    for (r, c, level, n), tonnes in _told(s, "stock"):
        yield {**_where(s.net.tree.nodes[n]), "region": r, "commodity": c, "level": int(level), "stock_t": tonnes}


def costs(s: Solution) -> Iterator[Record]:
    """Cost by kind: M USD in each year of a node, and the weight that turns it into expected discounted cost."""
    for place, node in enumerate(s.net.tree.nodes.values()):
        by_kind = dict(zip(s.kinds, map(float, s.costs[:, place]), strict=True))
        total = sum(by_kind.values())
        yield {
            **_where(node),
            "span_years": node.span,
            "probability": node.probability,
            "weight": node.weight,
            **{f"{kind}_musd_per_year": cost for kind, cost in by_kind.items()},
            "total_musd_per_year": total,
            "weighted_musd": node.weight * total,
        }


def finance(s: Solution) -> Iterator[Record]:
    """Public money by decision and instrument."""
    for (p, i, n), money in _told(s, "support"):
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


def budgets(s: Solution) -> Iterator[Record]:
    """Every government's money: available so far, spent so far, and what one more M USD would save."""
    case, tree = s.net.case, s.net.tree
    spent: dict[tuple[str, str], float] = defaultdict(float)
    for (_, i, n), money in _told(s, "support"):
        spent[case.instruments[i].government, n] += money
    for gov in case.budgets:
        for node in tree.nodes.values():
            dual = s.duals.get("budget", {}).get((gov, node.name), 0.0)
            yield {
                **_where(node),
                "government": gov,
                "available_musd": tree.available(gov, node),
                "spent_musd": sum(spent[gov, b] for b in tree.path(node.name)),
                "saving_of_one_more_musd": abs(dual),
            }


def prices(s: Solution) -> Iterator[Record]:
    """What one more tonne of a commodity costs in a region, of any origin and China-free throughout."""
    by_node: dict[tuple[str, str, str], list[tuple[object, float]]] = defaultdict(list)
    for (r, c, level, n), dual in s.duals.get("balance", {}).items():
        by_node[str(r), str(c), str(n)].append((level, dual))
    for (r, c, n), duals in by_node.items():
        node = s.net.tree.nodes[n]
        if node.weight > 0 and any(dual for _, dual in duals):
            scale = 1e6 / node.weight  # a balance holds per year of the node
            # A tonne used at level u counts in the rows of u and above: the top row alone for one of any origin.
            yield {
                **_where(node),
                "region": r,
                "commodity": c,
                "any_origin_usd_per_t": duals[-1][1] * scale,
                "china_free_usd_per_t": sum(dual for _, dual in duals) * scale if duals[0][0] == 0 else None,
            }


_TABLES = {
    "investments": investments,
    "capacity": capacity,
    "production": production,
    "trade": trade,
    "origin": origin,
    "targets": targets,
    "demand": demand,
    "stockpiles": stockpiles,
    "costs": costs,
    "plants": plants,
    "finance": finance,
    "budgets": budgets,
    "prices": prices,
    "market_prices": market_prices,
    "balance": balance,
    "recipe_flows": recipe_flows,
    "disposal": disposal,
    "contracts": contracts,
    "viability_of_plants": viability_of_plants,
    "viability": viability,
}
