"""Where every decision exists: the sparse index lists from which variables and rules are made.

Worked out before any algebra, and without the solver: what is produced and consumed where, which trade links and
import destinations there are, which exposure levels can be reached (docs/model.md), and what is on line in each
node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from didymium.case.case import ALL, Case, Contract, Project, Recipe, Route
from didymium.case.owed import share_owed
from didymium.case.tree import Node, Tree

DECISIONS = {
    "build": "builds",
    "support": "supports",
    "run": "runs",
    "ship": "ships",
    "buy": "buys",
    "sell": "sells",
    "stock": "stocks",
    "serve": "serves",
    "short": "shorts",
    "substitution": "substitutions",
    "target_shortfall": "target_shortfalls",
    "idle": "idles",
    "dump": "dumps",
    "untaken": "untakens",
    "throughput": "throughputs",
    "pool_run": "pool_runs",
}
"""Decision -> the list of the network that has its indices."""
I = TypeVar("I")
K = TypeVar("K", bound=Hashable)
Use = tuple[str, tuple[str, ...] | tuple[str, str, int, str]]
"""A decision on what runs, `run`, `throughput` or `pool_run`, and its index."""
RouteKey = tuple[str, str, str]
"""A row of Routes: (from, to, stage)."""


class Network:
    """Index lists over a case and the nodes of a tree. Letters: p project, q recipe, l level, n node, r region,
    c commodity, o offer, d demand row, i instrument, g target."""

    def __init__(self, case: Case, tree: Tree) -> None:
        self.case, self.tree = case, tree
        self.produced, self.consumed = _produced_and_consumed(case)
        self.stores: dict[str, set[str]] = defaultdict(set)
        for region, commodity in case.stockpiles:
            self.stores[region].add(commodity)
        self.builds = [
            (p.name, n.name) for p in case.projects.values() for n in tree.nodes.values() if can_decide(p, n, case)
        ]
        self.online = self._online()
        self.trade_links = self._find_links()
        self.import_destinations = [
            (o.name, r) for o in case.offers.values() for r in self._destinations(o.destination, o.commodity)
        ]
        self.levels = self._reachable_levels()
        self.runs = list(self._runs())
        self.pools: dict[str, tuple[str, ...]] = {}  # plants that run as one: none but in case.pools, as what follows
        self.throughputs: list[tuple[str, str]] = []
        self.pool_runs: list[tuple[str, str, int, str]] = []
        self.ships = [
            (a, b, c, origin_level, n)
            for a, b, c in self.trade_links
            for origin_level in self.levels_of(a, c)
            for n in tree.nodes
        ]
        self.buys = [(o, r, n) for o, r in self.import_destinations for n in tree.nodes]
        self.sells = list(self._sells())
        self.stocks = [
            (r, c, origin_level, n)
            for r, c in case.stockpiles
            for origin_level in self.levels_of(r, c)
            for n in tree.nodes
        ]
        self.shorts = [
            (d.name, n.name) for d in case.demands.values() for n in tree.nodes.values() if tree.demand(d, n) > 0
        ]
        self.substitutions = [(d, n) for d, n in self.shorts if tree.redesign(case.demands[d], tree.nodes[n]) > 0]
        self.serves = [(d, origin_level, n) for d, n in self.shorts for origin_level in self._serve_levels(d)]
        self.supports = list(self._supports())
        self.target_shortfalls = list(self._target_shortfalls())
        self.idles = [(p, n) for p, n in self.online if case.projects[p].mothball is not None]
        self.dumps = [
            (r, c, n)
            for (r, c), levels in self.levels.items()
            if levels and case.commodities[c].disposal_cost is not None
            for n in tree.nodes
        ]
        self.offtakes = {
            (k.name, n.name): owed
            for k in case.contracts.values()
            for n in tree.nodes.values()
            if (owed := self._owed(k, n)) is not None
        }
        self.untakens = [(k, n) for k, n in self.offtakes if case.contracts[k].price is not None]

    @cached_property
    def runs_of(self) -> dict[tuple[str, str], list[tuple[str, str, int, str]]]:
        """Return the runs of every plant in every node, over recipes and levels: (p, n) -> (p, q, l, n)."""
        return _grouped(self.runs, lambda i: (i[0], i[3]))

    @cached_property
    def recipe_runs(self) -> list[tuple[str, tuple[str, str, int, str]]]:
        """Return what is run of every recipe: (decision, (p, q, l, n)), p a plant, or the first of a pool."""
        return [*(("run", i) for i in self.runs), *(("pool_run", i) for i in self.pool_runs)]

    @cached_property
    def recipe_runs_at(self) -> dict[str, list[tuple[str, tuple[str, str, int, str]]]]:
        """Return what is run of every recipe in every node."""
        return _grouped(self.recipe_runs, lambda use: use[1][-1])

    @cached_property
    def plant_uses(self) -> dict[tuple[str, str], list[Use]]:
        """Return the decisions whose sum is the throughput of a plant in a node: (p, n) -> (decision, index)."""
        uses: list[Use] = [*(("run", i) for i in self.runs), *(("throughput", i) for i in self.throughputs)]
        return _grouped(uses, lambda use: (use[1][0], str(use[1][-1])))

    @cached_property
    def plant_uses_at(self) -> dict[str, list[Use]]:
        """Return the decisions whose sums are the throughput of plants, in every node."""
        return _grouped((use for uses in self.plant_uses.values() for use in uses), lambda use: str(use[1][-1]))

    @cached_property
    def buys_at(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return the purchases in every node."""
        return _grouped(self.buys, lambda i: i[-1])

    @cached_property
    def sells_at(self) -> dict[str, list[tuple[str, str, int, str]]]:
        """Return the sales in every node."""
        return _grouped(self.sells, lambda i: i[-1])

    @cached_property
    def serves_at(self) -> dict[str, list[tuple[str, int, str]]]:
        """Return the deliveries to demand in every node."""
        return _grouped(self.serves, lambda i: i[-1])

    @cached_property
    def supports_at(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return the public money of every decision node."""
        return _grouped(self.supports, lambda i: i[-1])

    @cached_property
    def builds_at(self) -> dict[str, list[tuple[str, str]]]:
        """Return the builds of every decision node."""
        return _grouped(self.builds, lambda i: i[-1])

    @cached_property
    def demanded(self) -> set[tuple[str, str]]:
        """Return the demand rows and nodes with any demand."""
        return set(self.shorts)

    @cached_property
    def substitutable(self) -> set[tuple[str, str]]:
        """Return the demand rows and nodes in which some demand can be designed out."""
        return set(self.substitutions)

    def restricted(self, taken: Mapping[str, Container[tuple[object, ...]]]) -> Network:
        """Return the same with only those decisions that are taken, the indices by name: what the others cost or move
        is not worked out."""
        return self.replaced(
            **{
                indices: [index for index in getattr(self, indices) if index in taken.get(name, ())]
                for name, indices in DECISIONS.items()
            }
        )

    def replaced(self, **indices: Any) -> Network:
        """Return the same with other index lists of decisions, by name."""
        part = Network.__new__(Network)
        part.__dict__ |= {
            k: v for k, v in self.__dict__.items() if not isinstance(getattr(Network, k, None), cached_property)
        }
        part.__dict__ |= indices
        return part

    def levels_of(self, region: str, commodity: str) -> tuple[int, ...]:
        """Return the exposure levels at which a commodity can occur in a region, rising; empty if it cannot."""
        return self.levels.get((region, commodity), ())

    def counts_at(self, region: str, commodity: str, origin_level: int) -> int:
        """Return the level at which a use counts: the highest at or below its own at which the commodity occurs."""
        return max(
            (k for k in self.levels_of(region, commodity) if k <= origin_level),
            default=self.levels_of(region, commodity)[0],
        )

    def path_builds(self, project: str, node: str) -> list[str]:
        """Return the nodes on the path to a node (itself included) in which a module of the project can be decided."""
        return [b for b in self.tree.path(node) if (project, b) in self._build_set]

    def _online(self) -> dict[tuple[str, str], tuple[float, list[tuple[float, str]]]]:
        """(p, n) -> existing capacity, and (t/year per module, decision node) of what can be on line: means over the
        node's years, nothing in an outage."""
        self._build_set = set(self.builds)
        found = {}
        for p in self.case.projects.values():
            for n in self.tree.nodes.values():
                existing = self.tree.existing_capacity(p, n)
                modules = [
                    (p.module * self.tree.online_share(p, self.tree.nodes[b], n), b)
                    for b in self.path_builds(p.name, n.name)
                ]
                modules = [(tonnes, b) for tonnes, b in modules if tonnes > 0]
                if existing > 0 or modules:
                    found[p.name, n.name] = (existing, modules)
        return found

    def _owed(self, contract: Contract, n: Node) -> tuple[float, list[tuple[float, str]]] | None:
        """Tonnes owed under an offtake in a node: t/year by existing capacity, and by each module decided (t/year,
        decision node); None where nothing is owed.

        The contract's tonnes x the part of the plant that is on line: of what exists where anything does, else of all
        modules.
        """
        decided = [self.tree.nodes[b] for b in self.path_builds(contract.project, n.name)]
        part = share_owed(self.tree, contract, n, decided)
        if part is None:
            return None
        existing = contract.tonnes * part.existing / part.full
        modules = [
            (contract.tonnes * share / part.full, b) for share, b in part.modules if share > 0 and contract.tonnes > 0
        ]
        return (existing, modules) if existing > 0 or modules else None

    def _destinations(self, destination: str, commodity: str) -> list[str]:
        """An offer to a region is delivered there; one to * to any region outside China that can use the commodity."""
        if destination != ALL:
            return [destination]
        return [r.name for r in self.case.regions.values() if not r.china and commodity in self.consumed[r.name]]

    def _find_links(self) -> list[tuple[str, str, str]]:
        """(r, r', c) where a route covers the stage, r produces or stores c, and r' can use it."""
        regions = self.case.regions
        return [
            (a, b, c)
            for a in regions
            for b in regions
            if a != b
            for c in self.case.commodities
            if c in self.produced[a] | self.stores[a] and c in self.consumed[b] and self.route(a, b, c) is not None
        ]

    def route(self, start: str, end: str, commodity: str) -> Route | None:
        """Return the route that prices a shipment: the row that names the commodity's stage, else the one for all
        stages."""
        key = self.route_key(start, end, commodity)
        return self.case.routes[key] if key else None

    def route_key(self, start: str, end: str, commodity: str) -> RouteKey | None:
        """Return the row of Routes (from, to, stage) under which a commodity moves; None where there is none."""
        return route_key(self.case.routes, start, end, self.case.commodities[commodity].stage)

    def _reachable_levels(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """Fixed point over offers, opening stocks, recipes and trade links. A stored commodity always occurs at
        some level."""
        reached: dict[tuple[str, str], set[int]] = defaultdict(set)
        for o, r in self.import_destinations:
            offer = self.case.offers[o]
            reached[r, offer.commodity].add(self.offer_level(o))
        for (r, c), pile in self.case.stockpiles.items():
            reached[r, c].add(self.initial_level(r, c) if pile.initial > 0 else 0)
        live = {p for p, _ in self.online}
        plants = [p for p in self.case.projects.values() if p.name in live]
        grew = True
        while grew:
            size = sum(map(len, reached.values()))
            for p in plants:
                for q in p.recipes:
                    recipe = self.case.recipes[q]
                    for origin_level in self._run_levels(p, recipe, reached):
                        for c in recipe.outputs:
                            reached[p.region, c].add(self.output_level(c, origin_level))
            for a, b, c in self.trade_links:
                reached[b, c] |= reached[a, c]
            grew = sum(map(len, reached.values())) > size
        for p in plants:
            if self.case.must_run(p):  # it must run: its inputs get a balance even where nothing supplies them
                for c in (c for q in p.recipes for c in self.case.recipes[q].inputs):
                    reached[p.region, c] |= set() if reached[p.region, c] else {0}
        return {key: tuple(sorted(levels)) for key, levels in reached.items() if levels}

    def offer_level(self, offer: str) -> int:
        """Return the exposure level of an offer: its commodity's stage level where it is marked China, else 0."""
        o = self.case.offers[offer]
        return self.case.china_level(o.commodity) if o.china else 0

    def initial_level(self, region: str, commodity: str) -> int:
        """Return the exposure level of the stock at the start."""
        pile = self.case.stockpiles[region, commodity]
        return self.case.china_level(commodity) if pile.initial_china else 0

    def output_level(self, commodity: str, origin_level: int) -> int:
        """Return the exposure level of what a process makes: the level it ran at; scrap is clean unless it inherits."""
        return 0 if self.case.commodities[commodity].stage == "scrap" and not self.case.scrap_inherits else origin_level

    @staticmethod
    def _run_levels(p: Project, recipe: Recipe, reached: dict[tuple[str, str], set[int]]) -> list[int]:
        """The levels at which a recipe can run: those of its inputs from the plant's floor on, every input in reach."""
        sets = [reached[p.region, c] for c in recipe.inputs]
        if not all(sets):
            return []
        lowest = max([p.floor, *map(min, sets)])
        return sorted({lowest, *(origin_level for levels in sets for origin_level in levels if origin_level > lowest)})

    def _runs(self) -> Iterator[tuple[str, str, int, str]]:
        reached = defaultdict(set, {key: set(levels) for key, levels in self.levels.items()})
        for p in self.case.projects.values():
            for q in p.recipes:
                for origin_level in self._run_levels(p, self.case.recipes[q], reached):
                    yield from ((p.name, q, origin_level, n) for n in self.tree.nodes if (p.name, n) in self.online)

    def _sells(self) -> Iterator[tuple[str, str, int, str]]:
        """Sales happen where the commodity is made or stored."""
        for r in self.case.regions:
            for c, commodity in self.case.commodities.items():
                if commodity.sale_price is not None and c in self.produced[r] | self.stores[r]:
                    yield from (
                        (r, c, origin_level, n) for origin_level in self.levels_of(r, c) for n in self.tree.nodes
                    )

    def _serve_levels(self, demand: str) -> tuple[int, ...]:
        d = self.case.demands[demand]
        return self.levels_of(d.region, d.commodity)

    def _supports(self) -> Iterator[tuple[str, str, str]]:
        """(p, i, n): where an instrument with money covers a decision that costs something. A government without a
        budget has no limit."""
        for p, n in self.builds:
            project = self.case.projects[p]
            for i in self.case.instruments.values():
                if i.covers(project) and i.max_share > 0 and project.overnight > 0 and self._has_money(i.government):
                    yield p, i.name, n

    def _has_money(self, government: str) -> bool:
        return government not in self.case.budgets or any(self.case.budgets[government].values())

    def _target_shortfalls(self) -> Iterator[tuple[str, str]]:
        for g in self.case.targets.values():
            yield from ((g.name, n.name) for n in self.tree.nodes.values() if any(y in g.share for y in n.years))


def route_key(routes: Container[tuple[str, ...]], start: str, end: str, stage: str) -> RouteKey | None:
    """Return the row of Routes that prices a shipment of goods of a stage: the one that names the stage, else the one
    for all stages; None where there is neither."""
    keys = ((start, end, stage), (start, end, ALL))
    return next((key for key in keys if key in routes), None)


def _grouped(indices: Iterable[I], key: Callable[[I], K]) -> dict[K, list[I]]:
    """Indices by a part of them, in their order."""
    found: dict[K, list[I]] = {}
    for index in indices:
        found.setdefault(key(index), []).append(index)
    return found


def can_decide(project: Project, node: Node, case: Case) -> bool:
    """Is a node in the build window: first <= year <= last decision year, and on line (as planned) within the plan?"""
    in_window = project.first_decision <= node.year <= project.last_decision
    return project.max_modules > 0 and in_window and node.year + project.lead_time <= case.last_year


def _produced_and_consumed(case: Case) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By region, the commodities that a project there can produce, and those that a project, demand or stockpile can
    use."""
    produced: dict[str, set[str]] = {r: set() for r in case.regions}
    consumed: dict[str, set[str]] = {r: set() for r in case.regions}
    for p in case.projects.values():
        for q in p.recipes:
            produced[p.region] |= case.recipes[q].outputs.keys()
            consumed[p.region] |= case.recipes[q].inputs.keys()
    for d in case.demands.values():
        consumed[d.region].add(d.commodity)
    for r, c in case.stockpiles:
        consumed[r].add(c)
    return produced, consumed
