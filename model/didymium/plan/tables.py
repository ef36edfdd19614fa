"""A solution as tables: one function per table, plain rows, units in the column names.

A node is told by `branch` (the scenario whose shocks act in it; the base before any other is revealed) and `year`.
Tonnes are a year's; a milestone stands for several years. Amounts below a millionth of a tonne are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case.case import FREE_BELOW, Project
from didymium.case.finance import module_annuity
from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.engine.solve import Solution
from didymium.plan.accounts import balance, plants, recipe_flows
from didymium.plan.committed import Decisions
from didymium.plan.content import Content, content
from didymium.rules.targets import counted_demand

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
        planned = node.year + project.lead
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
            "annuity_musd_per_year": round(modules) * module_annuity(net.case, project),
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
            "standing_t_per_year": project.stands(node.year),
            "modules_t_per_year": total - project.stands(node.year),
            "online_t_per_year": total,
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
        route = s.net.route(a, b, c)
        assert route is not None
        price = route.cost + route.tariff * case.commodities[c].reference_price
        yield _traded(nodes[n], "ship", a, b, c, case.commodities[c].stage, int(level), tonnes, price)
    for (o, r, n), tonnes in _told(s, "buy"):
        offer = case.offers[o]
        yield _traded(
            nodes[n],
            "buy",
            o,
            r,
            offer.commodity,
            case.commodities[offer.commodity].stage,
            s.net.offer_level(o),
            tonnes,
            s.net.tree.offer_price(offer, nodes[n]),
            "yes" if offer.china else "no",
        )
    for (r, c, level, n), tonnes in _told(s, "sell"):
        yield _traded(nodes[n], "sell", r, "outside", c, case.commodities[c].stage, int(level), tonnes, -(case.commodities[c].sale_price or 0.0))


def _traded(
    node: Node, kind: str, start: str, end: str, commodity: str, stage: str, level: int, tonnes: float, price: float, china: str | None = None
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
        "china": china,
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
            "designed_out_t": _clean(s.values.get("design_out", {}).get((d, n), 0.0)),
            "short_t": _clean(s.values["short"][d, n]),
            "probability": node.probability,
        }


def _clean(value: float) -> float:
    """A tonnage without the solver's noise around 0."""
    return value if abs(value) > TINY else 0.0


def origin(s: Solution) -> Iterator[Record]:
    """The exposure level of what each region and segment got, and how much of its content is China-free, percent of what it wanted.

    By content a tonne delivered counts by the share of its rare earths that is China-free at the stage (see plan.content).
    """
    total: dict[tuple[object, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    names = [f"level_{level}_t" for level in LEVELS] + ["designed_out_t", "short_t", *(f"content_free_{stage}_t" for stage in FREE_BELOW), "wanted_t"]
    held = content(s)
    at = {(n.scenario, n.year): n.name for n in s.net.tree.nodes.values()}
    for row in demand(s):
        row |= _free_by_content(row, held[at[str(row["branch"]), int(str(row["year"]))]])
        for key in ((row["region"], row["segment"]), (row["region"], "*"), ("*", row["segment"]), ("*", "*")):
            for name in names:
                total[row["branch"], row["year"], *key][name] += float(str(row[name]))
    for (branch, year, region, segment), sums in total.items():
        shares = {name.replace("_t", "_percent"): 100 * sums[name] / sums["wanted_t"] for name in names[:-1]}
        yield {"branch": branch, "year": year, "region": region, "segment": segment, "wanted_t": sums["wanted_t"], **shares}


def _free_by_content(row: Record, held: Content) -> Record:
    """Tonnes of a row of Demand that are China-free by content at each stage; what is designed out counts in full."""
    return {
        f"content_free_{stage}_t": float(str(row["designed_out_t"]))
        + sum(tonnes * held[stage, (str(row["region"]), str(row["commodity"]), k)] for k in LEVELS if (tonnes := float(str(row[f"level_{k}_t"]))))
        for stage in FREE_BELOW
    }


def targets(s: Solution) -> Iterator[Record]:
    """What each target asked, what was reached, by how much it was missed, and its marginal cost with the build-out fixed."""
    for g, n in s.net.misses:
        target, node = s.net.case.targets[g], s.net.tree.nodes[n]
        base, counted = _measured(s, g, n)
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
            "asked_percent": 100 * target.share[node.year],
            "reached_percent": 100 * counted / base if base > TINY else (0.0 if lower else 100.0),
            "base_t": base,
            "counted_t": counted,
            "miss_t": _clean(s.values.get("miss", {}).get((g, n), 0.0)),
            "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year": None
            if not s.duals
            else 0.01 * base * abs(dual) / node.weight
            if node.weight
            else 0.0,
        }


def _measured(s: Solution, g: str, n: str) -> tuple[float, float]:
    """(base, counted) of a target in a node, t/year: counted / base is what is compared with the share asked."""
    target, case = s.net.case.targets[g], s.net.case
    if target.kind == "min_china_free_share":
        names = [d for d in counted_demand(s.net, target) if (d, n) in s.values.get("short", {})]
        base = sum(s.net.tree.demand(case.demands[d], s.net.tree.nodes[n]) for d in names)
        free = sum(s.values.get("serve", {}).get((d, level, n), 0.0) for d in names for level in range(FREE_BELOW[target.stage]))
        return base, free + sum(s.values.get("design_out", {}).get((d, n), 0.0) for d in names)
    if target.kind == "max_region_share":
        runs = [(case.projects[str(p)], t) for (p, _, _, m), t in s.values.get("run", {}).items() if m == n]
        staged = [(p.region, t) for p, t in runs if p.stage == target.stage]
        base = sum(t for r, t in staged if not case.regions[r].china)
        return base, sum(t for r, t in staged if r == target.region)
    bought = [(case.offers[str(o)], t) for (o, _, m), t in s.values.get("buy", {}).items() if m == n]
    made = sum(t * case.recipes[str(q)].outputs.get(target.commodity, 0.0) for (_, q, _, m), t in s.values.get("run", {}).items() if m == n)
    of_it = [(o.china, t) for o, t in bought if o.commodity == target.commodity]
    return made + sum(t for _, t in of_it), sum(t for china, t in of_it if china)


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
    for gov, money_by_year in case.budgets.items():
        for node in tree.nodes.values():
            dual = s.duals.get("budget", {}).get((gov, node.name), 0.0)
            yield {
                **_where(node),
                "government": gov,
                "available_musd": sum(m for y, m in money_by_year.items() if case.first_year <= y <= node.year),
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
    "balance": balance,
    "recipe_flows": recipe_flows,
}
