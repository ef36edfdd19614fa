"""The figures that differ from one run to the next: what the resident model is told, by item and year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from didymium.case.case import Case, Project
from didymium.case.finance import module_annuity, support_saving
from didymium.case.tree import Node, Tree, path_tree
from didymium.engine.matrix import Floats
from didymium.trials.draws import Draw
from didymium.trials.holdings import Holdings
from didymium.trials.ranges import Range


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows are the demands, offers or projects of the case in its order, columns its modelled years."""

    demand: Floats  # t/year
    redesign: Floats  # t/year that can be designed out at most
    limit: Floats  # t/year on offer
    price: Floats  # M USD/t landed
    online: Floats  # t/year of capacity, outages not counted
    runs: Floats  # 0 in an outage, else 1
    annuity: Floats  # M USD/year of private capital, capex factors counted
    saving: Floats  # M USD/year that public money changes that by, all projects together: one row


class World:
    """One scenario with a plan's holdings: its figures, and how a draw or a loss changes them."""

    def __init__(self, case: Case, scenario: str, held: Holdings, ranges: list[Range]) -> None:
        self.case, self.ranges = case, ranges
        self.tree = path_tree(case, scenario)
        self.nodes = list(self.tree.nodes.values())
        self.built: dict[str, list[tuple[Node, int]]] = {}
        by_year = {n.year: n for n in self.nodes}
        for (p, year), modules in held.built.items():
            self.built.setdefault(p, []).append((by_year[year], modules))
        self._late: dict[tuple[str, int], Floats] = {}
        self._rows = _rows_of_ranges(case, ranges)
        self.figures = self._calm(held)

    def _calm(self, held: Holdings) -> Figures:
        case, tree, nodes = self.case, self.tree, self.nodes
        plants = list(case.projects.values())
        return Figures(
            demand=_grid([[tree.demand(d, n) for n in nodes] for d in case.demands.values()], nodes),
            redesign=_grid([[tree.redesign(d, n) for n in nodes] for d in case.demands.values()], nodes),
            limit=_grid([[tree.offer_limit(o, n) for n in nodes] for o in case.offers.values()], nodes),
            price=_grid([[tree.offer_price(o, n) for n in nodes] for o in case.offers.values()], nodes),
            online=_grid([self.online(p, 0).tolist() for p in plants], nodes),
            runs=_grid([[0.0 if tree.in_outage(p, n) else 1.0 for n in nodes] for p in plants], nodes),
            annuity=_grid([[self._annuity(p, n) for n in nodes] for p in plants], nodes),
            saving=_grid([[self._saving(held, n) for n in nodes]], nodes),
        )

    def online(self, project: Project, late: int) -> Floats:
        """t/year on line by year, when every module comes `late` years later than the scenario has it."""
        key = (project.name, late)
        if key not in self._late:
            tree = self.tree if not late else _Later(self.tree, late)
            built = self.built.get(project.name, [])
            self._late[key] = np.array(
                [project.stands(n.year) + project.module * sum(k * tree.online_share(project, b, n) for b, k in built if b.year <= n.year) for n in self.nodes]
            )
        return self._late[key]

    def _annuity(self, project: Project, node: Node) -> float:
        built = self.built.get(project.name, [])
        paid = sum(k for b, k in built if self.tree.pays_annuity(project, b, node))
        return paid * module_annuity(self.case, project) * self.tree.capex_factor(project, node) if paid else 0.0

    def _saving(self, held: Holdings, node: Node) -> float:
        case, by_year = self.case, {n.year: n for n in self.nodes}
        return sum(
            money * support_saving(case, case.projects[p], case.instruments[i])
            for (p, i, year), money in held.money.items()
            if self.tree.pays_annuity(case.projects[p], by_year[year], node)
        )

    def drawn(self, draw: Draw) -> Figures:
        """The figures under a draw."""
        f = self.figures
        demand, redesign, limit, price, annuity = (a.copy() for a in (f.demand, f.redesign, f.limit, f.price, f.annuity))
        online, runs = f.online.copy(), f.runs.copy()
        late: dict[int, int] = {}
        for r, rows, value in zip(self.ranges, self._rows, draw.values.tolist(), strict=True):
            if r.kind == "demand":
                demand[rows] *= value
                redesign[rows] *= value
            elif r.kind.endswith("_limit"):
                limit[rows] *= value
            elif r.kind.endswith("_price"):
                price[rows] *= value
            elif r.kind == "capex":
                annuity[rows] *= value
            elif r.kind == "delay":
                for row in rows.tolist():
                    late[row] = late.get(row, 0) + int(value)
        plants = list(self.case.projects.values())
        for row, years in late.items():
            if years:
                online[row] = self.online(plants[row], years)
        place = {p.name: k for k, p in enumerate(plants)}
        column = {n.year: k for k, n in enumerate(self.nodes)}
        for project, year in draw.out:
            runs[place[project], column[year]] = 0.0
        return replace(f, demand=demand, redesign=redesign, limit=limit, price=price, online=online, runs=runs, annuity=annuity)

    def without_plant(self, project: str) -> Figures:
        """The figures when a plant stands still in every year."""
        runs = self.figures.runs.copy()
        runs[list(self.case.projects).index(project)] = 0.0
        return replace(self.figures, runs=runs)

    def without_supplier(self, supplier: str) -> Figures:
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
            rows = [k for k, o in enumerate(offers) if (o.commodity, o.destination) in items and (o.china or r.kind.startswith("import"))]
        found.append(np.array(rows, dtype=int))
    return found


def _grid(rows: list[list[float]], nodes: list[Node]) -> Floats:
    return np.array(rows, dtype=float).reshape(len(rows), len(nodes))
