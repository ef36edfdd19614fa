"""The figures that differ from one run to the next: what the resident model is told, by item and year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from didymium.case import rates
from didymium.case.case import ALL, Case, Contract, Demand, Project, Target
from didymium.case.network import Network
from didymium.case.tree import Node, Tree, path_tree
from didymium.engine.matrix import Floats
from didymium.stress_test.draws import Draw
from didymium.stress_test.fixed_investments import FixedInvestments
from didymium.stress_test.ranges import Range


@dataclass(frozen=True, slots=True)
class OperatingParameters:
    """Rows are the demands, offers, landings, projects, targets or contracts of the case in its order, columns its
    modelled years.

    Amounts and capacities are means over the years of a node, outages of the scenario counted.
    """

    demand: Floats  # t/year
    redesign: Floats  # t/year that can be designed out at most
    stays: Floats  # t/year by which the share designed out may fall, as the allowed one falls
    asked: Floats  # t/year that targets on China-free shares ask for
    limit: Floats  # t/year on offer
    price: Floats  # M USD/t landed, by offer and region
    online: Floats  # t/year of capacity
    owed: Floats  # t/year that offtakes ask for
    runs: Floats  # 0 in an outage that is drawn, or where the plant is lost, else 1
    annuity: Floats  # M USD/year of private capital, capex factors counted
    opex: Floats  # M USD/year of fixed opex, before mothballing
    saving: Floats  # M USD/year that public money changes the annuities by, all projects together: one row
    gift: Floats  # M USD/year that counts as cost of public funds: one row


class ScenarioData:
    """One scenario with a plan's holdings: its figures, and how a draw or a loss changes them."""

    def __init__(self, case: Case, scenario: str, held: FixedInvestments, ranges: list[Range]) -> None:
        self.case, self.ranges = case, ranges
        self.tree = path_tree(case, scenario)
        self.nodes = list(self.tree.nodes.values())
        self.import_destinations = Network(case, self.tree).import_destinations
        self.built: dict[str, list[tuple[Node, int]]] = {}
        by_year = {n.year: n for n in self.nodes}
        for (p, year), modules in held.built.items():
            self.built.setdefault(p, []).append((by_year[year], modules))
        self._rows = _rows_of_ranges(case, ranges)
        order = {o: k for k, o in enumerate(case.offers)}
        self._offer_of = np.array([order[o] for o, _ in self.import_destinations], dtype=int)
        self._needs = [self._need(t) for t in case.targets.values()]
        self.figures = self._calm(held)

    def _need(self, target: Target) -> Floats:
        """Demand row x node: what a target on China-free shares asks for of each, t/year."""
        need = np.zeros((len(self.case.demands), len(self.nodes)))
        counted = {
            d.name
            for d in self.case.demands.values()
            if target.region in (ALL, d.region) and target.segment in (ALL, d.segment)
        }
        for column, n in enumerate(self.nodes):
            years = [y for y in n.years if y in target.share]
            for row, d in enumerate(self.case.demands.values()):
                if years and target.kind == "min_china_free_share" and d.name in counted:
                    need[row, column] = n.mean(partial(self._asked_of, target, d, n), years)
        return need

    def _asked_of(self, target: Target, demand: Demand, node: Node, year: int) -> float:
        data = self.tree.data
        return data.target_share(target, node.scenario, year) * data.demand(demand, node.scenario, year)

    def _calm(self, held: FixedInvestments) -> OperatingParameters:
        case, tree, nodes = self.case, self.tree, self.nodes
        plants, demands = list(case.projects.values()), list(case.demands.values())
        wanted = _grid([[tree.demand(d, n) for n in nodes] for d in demands], nodes)
        redesign = _grid([[tree.redesign(d, n) for n in nodes] for d in demands], nodes)
        public = [[self._public(held, n, what) for n in nodes] for what in (rates.support, rates.gift)]
        return OperatingParameters(
            demand=wanted,
            redesign=redesign,
            stays=_falls(wanted, redesign),
            asked=_grid([need.sum(axis=0).tolist() for need in self._needs], nodes),
            limit=_grid([[tree.offer_limit(o, n) for n in nodes] for o in case.offers.values()], nodes),
            price=_grid(
                [[rates.purchase(tree, case.offers[o], r, n) for n in nodes] for o, r in self.import_destinations],
                nodes,
            ),
            online=_grid([self.online(p, 0) for p in plants], nodes),
            owed=_grid([self.owed(k, 0) for k in case.contracts.values()], nodes),
            runs=np.ones((len(plants), len(nodes))),
            annuity=_grid([[self._of_modules(p, n, rates.annuity, tree) for n in nodes] for p in plants], nodes),
            opex=_grid([self.opex(p, 0) for p in plants], nodes),
            saving=_grid([public[0]], nodes),
            gift=case.public_funds * _grid([public[1]], nodes),
        )

    def _late(self, late: int) -> Tree:
        """The tree in which every module comes `late` years later than the scenario has it."""
        return _Later(self.tree, late) if late else self.tree

    def _of_modules(self, project: Project, node: Node, rate: Callable[..., float], tree: Tree) -> float:
        """A rate of each module that was decided by a node, added up."""
        return sum(k * rate(tree, project, b, node) for b, k in self.built.get(project.name, []) if b.year <= node.year)

    def online(self, project: Project, late: int) -> list[float]:
        """t/year on line by node."""
        tree = self._late(late)
        share = self._share(project, tree)
        return [tree.existing_capacity(project, n) + project.module * share(n, None) for n in self.nodes]

    def _share(self, project: Project, tree: Tree) -> Callable[[Node, list[int] | None], float]:
        """Modules on line in a node, at their ramp, mean over some of its years."""
        built = self.built.get(project.name, [])
        return lambda n, years: sum(k * tree.online_share(project, b, n, years) for b, k in built if b.year <= n.year)

    def opex(self, project: Project, late: int) -> list[float]:
        """M USD/year of fixed opex by node."""
        tree = self._late(late)
        return [
            rates.existing_opex(tree, project, n) + self._of_modules(project, n, rates.module_opex, tree)
            for n in self.nodes
        ]

    def owed(self, contract: Contract, late: int) -> list[float]:
        """t/year that an offtake asks for by node: its tonnes x the part of the plant that is on line."""
        project, tree = self.case.projects[contract.project], self._late(late)
        share, found = self._share(project, tree), []
        for n in self.nodes:
            years = [y for y in n.years if contract.in_force(y)]
            if contract.kind != "offtake" or not years or not (project.existing or project.max_modules):
                part = 0.0
            elif project.existing > 0:
                part = tree.existing_capacity(project, n, years) / project.existing
            else:
                part = share(n, years) / project.max_modules
            found.append(contract.tonnes * part)
        return found

    def _public(self, held: FixedInvestments, node: Node, what: Callable[..., float]) -> float:
        """What public money comes to in a node: what it changes the annuities by, or gives away, M USD/year."""
        case, by_year = self.case, {n.year: n for n in self.nodes}
        return sum(
            money * what(self.tree, case.projects[p], case.instruments[i], by_year[year], node)
            for (p, i, year), money in held.money.items()
            if year <= node.year
        )

    def drawn(self, draw: Draw) -> OperatingParameters:
        """The figures under a draw."""
        f = self.figures
        grown, limit, price, annuity = (a.copy() for a in (np.ones_like(f.demand), f.limit, f.price, f.annuity))
        online, owed, opex, runs = (a.copy() for a in (f.online, f.owed, f.opex, f.runs))
        late: dict[int, int] = {}
        for r, rows, value in zip(self.ranges, self._rows, draw.values.tolist(), strict=True):
            if r.kind == "demand":
                grown[rows] *= value
            elif r.kind.endswith("_limit"):
                limit[rows] *= value
            elif r.kind.endswith("_price"):
                price[np.isin(self._offer_of, rows)] *= value
            elif r.kind == "capex":
                annuity[rows] *= value
            elif r.kind == "delay":
                for row in rows.tolist():
                    late[row] = late.get(row, 0) + int(value)
        plants = list(self.case.projects.values())
        for row, years in late.items():
            if years:
                online[row], opex[row] = self.online(plants[row], years), self.opex(plants[row], years)
        for row, k in enumerate(self.case.contracts.values()):
            if years := late.get(list(self.case.projects).index(k.project), 0):
                owed[row] = self.owed(k, years)
        place = {p.name: k for k, p in enumerate(plants)}
        column = {n.year: k for k, n in enumerate(self.nodes)}
        for project, year in draw.out:
            runs[place[project], column[year]] = 0.0
        asked = _grid([(need * grown).sum(axis=0).tolist() for need in self._needs], self.nodes)
        return replace(
            f, demand=f.demand * grown, redesign=f.redesign * grown, stays=f.stays * grown, asked=asked,
            limit=limit, price=price, online=online, owed=owed, opex=opex, runs=runs, annuity=annuity,
        )  # fmt: skip

    def without_plant(self, project: str) -> OperatingParameters:
        """The figures when a plant stands still in every year."""
        runs = self.figures.runs.copy()
        runs[list(self.case.projects).index(project)] = 0.0
        return replace(self.figures, runs=runs)

    def without_supplier(self, supplier: str) -> OperatingParameters:
        """The figures when a supplier offers nothing in any year."""
        limit = self.figures.limit.copy()
        limit[[k for k, o in enumerate(self.case.offers.values()) if o.supplier == supplier]] = 0.0
        return replace(self.figures, limit=limit)


class _Later(Tree):
    """The tree of a scenario in which every module comes some years later still."""

    def __init__(self, tree: Tree, late: int) -> None:
        super().__init__(tree.case, list(tree.nodes.values()), tree.leaves)
        self._late = late

    def delay(self, project: Project, planned: int, node: Node) -> int:
        return super().delay(project, planned, node) + self._late


def _rows_of_ranges(case: Case, ranges: list[Range]) -> list[np.ndarray]:  # type: ignore[type-arg]
    """For every range the rows of the figures that it moves."""
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
            rows = [
                k
                for k, o in enumerate(offers)
                if (o.commodity, o.destination) in items and (o.china or r.kind.startswith("import"))
            ]
        found.append(np.array(rows, dtype=int))
    return found


def _falls(wanted: Floats, redesign: Floats) -> Floats:
    """By how much, t/year, what is designed out may be below its share in the last node with demand: as far as the
    allowed share falls."""
    found = np.zeros_like(wanted)
    for row in range(len(wanted)):
        before: float | None = None
        for column in range(wanted.shape[1]):
            if wanted[row, column] > 0:
                allowed = redesign[row, column] / wanted[row, column]
                found[row, column] = 0.0 if before is None else max(0.0, before - allowed) * wanted[row, column]
                before = allowed
    return found


def _grid(rows: Sequence[Sequence[float]], nodes: list[Node]) -> Floats:
    return np.array(rows, dtype=float).reshape(len(rows), len(nodes))
