"""The operating parameters that differ from one run to the next, by item and year: what a run sets in the LP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from didymium.case import rates
from didymium.case.case import Case, Contract, Project, Target
from didymium.case.network import Network
from didymium.case.owed import share_owed
from didymium.case.shocks import offer_kinds
from didymium.case.tree import Node, Tree, path_tree
from didymium.engine.matrix import Floats
from didymium.expressions.demand import redesign_fall
from didymium.expressions.targets import counts_demand, required_of, set_years
from didymium.stress_test.draws import Draw
from didymium.stress_test.fixed_investments import FixedInvestments
from didymium.stress_test.ranges import Range


@dataclass(frozen=True, slots=True)
class OperatingParameters:
    """Arrays of items x modelled years: demands, offers, import destinations, projects, targets or contracts in the
    order of the case.

    Amounts and capacities are means over the years of a node, with the outages of the scenario.
    """

    demand: Floats  # t/year
    redesign: Floats  # maximum t/year that can be designed out
    redesign_fall: Floats  # t/year by which what is designed out may fall, as the allowed share falls
    target: Floats  # t/year required by targets on China-free shares
    limit: Floats  # t/year on offer
    price: Floats  # M USD/t landed, by offer and region
    online: Floats  # t/year of capacity
    offtake: Floats  # t/year owed under offtakes
    available: Floats  # 0 in a drawn outage or where the plant is lost, else 1
    annuity: Floats  # M USD/year of private capital, with capex factors
    opex: Floats  # M USD/year of fixed opex, before mothballing
    saving: Floats  # M USD/year by which public money changes the annuities, all projects together: one row
    public_funds: Floats  # M USD/year of cost of public funds, all projects together: one row


class ScenarioData:
    """One scenario with the investments of a plan: its operating parameters, and how a draw or a loss changes them."""

    def __init__(self, case: Case, scenario: str, fixed: FixedInvestments, ranges: list[Range]) -> None:
        self.case, self.ranges = case, ranges
        self.tree = path_tree(case, scenario)
        self.nodes = list(self.tree.nodes.values())
        self.import_destinations = Network(case, self.tree).import_destinations
        self.built: dict[str, list[tuple[Node, int]]] = {}
        by_year = {n.year: n for n in self.nodes}
        for (p, year), modules in fixed.built.items():
            self.built.setdefault(p, []).append((by_year[year], modules))
        self._rows = _rows_of_ranges(case, ranges)
        order = {o: k for k, o in enumerate(case.offers)}
        self._offer_of = np.array([order[o] for o, _ in self.import_destinations], dtype=int)
        self._needs = [self._need(t) for t in case.targets.values()]
        self.parameters = self._as_in_scenario(fixed)

    def _need(self, target: Target) -> Floats:
        """Return what a target on China-free shares requires of each demand: demand x node, t/year."""
        need = np.zeros((len(self.case.demands), len(self.nodes)))
        if target.kind != "min_china_free_share":
            return need
        for column, n in enumerate(self.nodes):
            for row, d in enumerate(self.case.demands.values()):
                if set_years(target, n) and counts_demand(target, d):
                    need[row, column] = required_of(self.tree, target, [d], n)
        return need

    def _as_in_scenario(self, fixed: FixedInvestments) -> OperatingParameters:
        case, tree, nodes = self.case, self.tree, self.nodes
        plants, demands = list(case.projects.values()), list(case.demands.values())
        wanted = _grid([[tree.demand(d, n) for n in nodes] for d in demands], nodes)
        redesign = _grid([[tree.redesign(d, n) for n in nodes] for d in demands], nodes)
        public = [[self._public(fixed, n, what) for n in nodes] for what in (rates.support, rates.gift)]
        return OperatingParameters(
            demand=wanted,
            redesign=redesign,
            redesign_fall=_redesign_falls(wanted, redesign),
            target=_grid([need.sum(axis=0).tolist() for need in self._needs], nodes),
            limit=_grid([[tree.offer_limit(o, n) for n in nodes] for o in case.offers.values()], nodes),
            price=_grid(
                [[rates.purchase(tree, case.offers[o], r, n) for n in nodes] for o, r in self.import_destinations],
                nodes,
            ),
            online=_grid([self.online(p, 0) for p in plants], nodes),
            offtake=_grid([self.offtake(k, 0) for k in case.contracts.values()], nodes),
            available=np.ones((len(plants), len(nodes))),
            annuity=_grid([[self._of_modules(p, n, rates.annuity, tree) for n in nodes] for p in plants], nodes),
            opex=_grid([self.opex(p, 0) for p in plants], nodes),
            saving=_grid([public[0]], nodes),
            public_funds=case.public_funds * _grid([public[1]], nodes),
        )

    def _late(self, late: int) -> Tree:
        """Return the tree in which every module comes on line `late` years later than in the scenario."""
        return _Later(self.tree, late) if late else self.tree

    def _of_modules(self, project: Project, node: Node, rate: Callable[..., float], tree: Tree) -> float:
        """Return the sum of a rate over the modules decided by a node."""
        return sum(k * rate(tree, project, b, node) for b, k in self.built.get(project.name, []) if b.year <= node.year)

    def online(self, project: Project, late: int) -> list[float]:
        """Return the capacity of a plant on line by node, t/year, with all its modules `late` years later."""
        tree = self._late(late)
        return [
            tree.existing_capacity(project, n)
            + project.module * self._of_modules(project, n, lambda t, p, b, at: t.online_share(p, b, at), tree)
            for n in self.nodes
        ]

    def opex(self, project: Project, late: int) -> list[float]:
        """Return the fixed opex of a plant by node, M USD/year, with all its modules `late` years later."""
        tree = self._late(late)
        return [
            rates.existing_opex(tree, project, n) + self._of_modules(project, n, rates.module_opex, tree)
            for n in self.nodes
        ]

    def offtake(self, contract: Contract, late: int) -> list[float]:
        """Return what is owed under an offtake by node, t/year: its tonnes x the share of the plant on line."""
        tree, built = self._late(late), self.built.get(contract.project, [])
        modules, found = {b.name: k for b, k in built}, []
        for n in self.nodes:
            part = share_owed(tree, contract, n, [b for b, _ in built if b.year <= n.year])
            on_line = part.existing + sum(modules[b] * share for share, b in part.modules) if part else 0.0
            found.append(contract.tonnes * (on_line / part.full if part else 0.0))
        return found

    def _public(self, fixed: FixedInvestments, node: Node, what: Callable[..., float]) -> float:
        """Return the sum of a rate of public money over all supports by a node, M USD/year.

        The rate is by how much support changes annuities, or how much of it the government does not get back.
        """
        case, by_year = self.case, {n.year: n for n in self.nodes}
        return sum(
            money * what(self.tree, case.projects[p], case.instruments[i], by_year[year], node)
            for (p, i, year), money in fixed.money.items()
            if year <= node.year
        )

    def drawn(self, draw: Draw) -> OperatingParameters:
        """Return the parameters under a draw."""
        f = self.parameters
        growth, limit, price, annuity = (a.copy() for a in (np.ones_like(f.demand), f.limit, f.price, f.annuity))
        for rows, factor in self._values_of(draw, "demand"):
            growth[rows] *= factor
        for rows, factor in self._values_of(draw, "china_limit", "import_limit"):
            limit[rows] *= factor
        for rows, factor in self._values_of(draw, "china_price", "import_price"):
            price[np.isin(self._offer_of, rows)] *= factor
        for rows, factor in self._values_of(draw, "capex"):
            annuity[rows] *= factor
        target = _grid([(need * growth).sum(axis=0).tolist() for need in self._needs], self.nodes)
        return replace(
            self._delayed(draw), demand=f.demand * growth, redesign=f.redesign * growth,
            redesign_fall=f.redesign_fall * growth, target=target, limit=limit, price=price, annuity=annuity,
            available=self._available(draw),
        )  # fmt: skip

    def _values_of(self, draw: Draw, *kinds: str) -> Iterator[tuple[np.ndarray, float]]:  # type: ignore[type-arg]
        """Yield the rows and the drawn value of each range of some kinds whose value changes something."""
        for r, rows, value in zip(self.ranges, self._rows, draw.values.tolist(), strict=True):
            if r.kind in kinds and value != r.neutral:
                yield rows, value

    def _delayed(self, draw: Draw) -> OperatingParameters:
        """Return the parameters of the scenario with the drawn delays of modules, and nothing else of the draw."""
        late: dict[str, int] = {}
        names = list(self.case.projects)
        for rows, years in self._values_of(draw, "delay"):
            for row in rows.tolist():
                late[names[row]] = late.get(names[row], 0) + int(years)
        f = self.parameters
        online, opex, offtake = f.online.copy(), f.opex.copy(), f.offtake.copy()
        for row, plant in enumerate(self.case.projects.values()):
            if years := late.get(plant.name, 0):
                online[row], opex[row] = self.online(plant, years), self.opex(plant, years)
        for row, contract in enumerate(self.case.contracts.values()):
            if years := late.get(contract.project, 0):
                offtake[row] = self.offtake(contract, years)
        return replace(f, online=online, opex=opex, offtake=offtake)

    def _available(self, draw: Draw) -> Floats:
        """Return 0 for each plant and node in a drawn outage, else 1."""
        available = self.parameters.available.copy()
        row = {p: k for k, p in enumerate(self.case.projects)}
        column = {n.year: k for k, n in enumerate(self.nodes)}
        for project, year in draw.out:
            available[row[project], column[year]] = 0.0
        return available

    def without_plant(self, project: str) -> OperatingParameters:
        """Return the parameters when a plant is out of service in every year."""
        available = self.parameters.available.copy()
        available[list(self.case.projects).index(project)] = 0.0
        return replace(self.parameters, available=available)

    def without_supplier(self, supplier: str) -> OperatingParameters:
        """Return the parameters when a supplier offers nothing in any year."""
        limit = self.parameters.limit.copy()
        limit[[k for k, o in enumerate(self.case.offers.values()) if o.supplier == supplier]] = 0.0
        return replace(self.parameters, limit=limit)


class _Later(Tree):
    """The tree of a scenario in which every module comes on line a number of years later."""

    def __init__(self, tree: Tree, late: int) -> None:
        super().__init__(tree.case, list(tree.nodes.values()), tree.leaves)
        self._late = late

    def delay(self, project: Project, planned: int, node: Node) -> int:
        return super().delay(project, planned, node) + self._late


def _rows_of_ranges(case: Case, ranges: list[Range]) -> list[np.ndarray]:  # type: ignore[type-arg]
    """Return for every range the rows of the parameters on which it acts."""
    demands, offers = list(case.demands.values()), list(case.offers.values())
    plants = {p: k for k, p in enumerate(case.projects)}
    found = []
    for r in ranges:
        items = set(r.items)
        if r.kind == "demand":
            rows = [k for k, d in enumerate(demands) if (d.region, d.segment, d.commodity) in items]
        elif r.kind in ("capex", "delay", "outage"):
            rows = [plants[p] for (p,) in r.items]
        else:
            measure = r.kind.split("_")[1]
            rows = [
                k
                for k, o in enumerate(offers)
                if (o.commodity, o.destination) in items and r.kind in offer_kinds(o, measure)
            ]
        found.append(np.array(rows, dtype=int))
    return found


def _redesign_falls(wanted: Floats, redesign: Floats) -> Floats:
    """Return by how much the amount designed out may fall below its share in the previous node with demand, t/year.

    The share may fall as far as the allowed share falls.
    """
    found = np.zeros_like(wanted)
    for row in range(len(wanted)):
        before: float | None = None
        for column in range(wanted.shape[1]):
            if wanted[row, column] > 0:
                allowed = redesign[row, column] / wanted[row, column]
                found[row, column] = 0.0 if before is None else redesign_fall(before, allowed) * wanted[row, column]
                before = allowed
    return found


def _grid(rows: Sequence[Sequence[float]], nodes: list[Node]) -> Floats:
    return np.array(rows, dtype=float).reshape(len(rows), len(nodes))
