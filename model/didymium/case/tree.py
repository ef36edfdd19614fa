"""The scenario tree: nodes of (year, branch), their years and weights, and what is on line in them (docs/model.md).

A node represents all years of its span: quantities are their plain mean, money is weighted by their discount factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from didymium.case.case import Case, Demand, Offer, Project
from didymium.case.year_data import YearData


@dataclass(frozen=True, slots=True)
class Node:
    """A modelled year on a branch. `scenario` is the acting branch, whose shocks hit; nodes before any
    reveal follow the base."""

    name: str
    year: int
    scenario: str
    parent: str | None
    probability: float
    # Discount factor of each year of the span; that of the plan's last year holds those of the tail
    factors: tuple[float, ...]

    @property
    def span(self) -> int:
        """Return the number of years that it represents."""
        return len(self.factors)

    @property
    def years(self) -> range:
        """Return the years that it represents."""
        return range(self.year, self.year + self.span)

    @property
    def discount(self) -> float:
        """Return the sum of the discount factors of its years: the present value of 1 M USD a year."""
        return sum(self.factors)

    @property
    def weight(self) -> float:
        """Return its weight in the objective: probability x discount factors."""
        return self.probability * self.discount

    def mean(self, figure: Callable[[int], float], years: Iterable[int] | None = None) -> float:
        """Return the plain mean of a quantity over the years of the span, or over some of them."""
        if years is None and self.span == 1:
            return figure(self.year)
        values = [figure(y) for y in (self.years if years is None else years)]
        return values[0] if min(values) == max(values) else sum(values) / len(values)

    def cost(self, figure: Callable[[int], float]) -> float:
        """Return the mean of a yearly amount of money by discount factor, M USD a year: paid in each year of the span
        it has the same present value."""
        if self.span == 1:
            return figure(self.year)
        values = [figure(y) for y in self.years]
        if min(values) == max(values):
            return values[0]
        return sum(f * v for f, v in zip(self.factors, values, strict=True)) / self.discount


class Tree:
    """The nodes of the chosen scenarios, parents before children."""

    def __init__(self, case: Case, nodes: list[Node], leaves: dict[str, str]) -> None:
        self.case = case
        self.data = YearData(case)
        self.nodes = {node.name: node for node in nodes}
        self.leaves = leaves  # scenario -> its last node
        self._paths: dict[str, tuple[str, ...]] = {}
        for node in nodes:
            before = self._paths[node.parent] if node.parent else ()
            self._paths[node.name] = (*before, node.name)

    def path(self, node: str) -> tuple[str, ...]:
        """Return the names of the nodes from the root to this one, itself included."""
        return self._paths[node]

    def path_costs(self, by_node: Mapping[str, float]) -> dict[str, float]:
        """Return the discounted cost of every scenario's path, M USD, from the cost of each node, M USD a year."""
        return {s: sum(self.nodes[n].discount * by_node[n] for n in self.path(leaf)) for s, leaf in self.leaves.items()}

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """Return every node with itself and all nodes after it on any branch."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name in self.nodes:
            for ancestor in self.path(name):
                found[ancestor].append(name)
        return found

    def demand(self, demand: Demand, node: Node) -> float:
        """Return the tonnes demanded a year."""
        return node.mean(lambda y: self.data.demand(demand, node.scenario, y))

    def redesign(self, demand: Demand, node: Node) -> float:
        """Return the tonnes a year that can be designed out at most."""
        share = demand.redesign_share
        return node.mean(lambda y: share.get(y, 0.0) * self.data.demand(demand, node.scenario, y))

    def offer_limit(self, offer: Offer, node: Node) -> float:
        """Return the tonnes offered a year."""
        return node.mean(lambda y: self.data.offer_limit(offer, node.scenario, y))

    def delay(self, project: Project, planned: int, node: Node) -> int:
        """Return the years by which modules planned for a year come late, as seen from a node."""
        return self.data.delay(project, planned, node.scenario)

    def runs_in(self, project: Project, node: Node, year: int) -> bool:
        """Is the plant out of any outage in a year of a node?"""
        return not self.data.outage(project, node.scenario, year)

    def existing_capacity(self, project: Project, node: Node, years: Iterable[int] | None = None) -> float:
        """Return the existing capacity on line, t/year, the mean over the years; none in an outage."""
        return node.mean(lambda y: project.existing_capacity(y) if self.runs_in(project, node, y) else 0.0, years)

    def age(self, project: Project, decided: Node, node: Node, year: int) -> int:
        """Return the years since a module that was decided in an earlier node came on line; below 0: it has not, or its
        life is over."""
        planned = decided.year + project.lead_time
        age = year - planned - self.delay(project, planned, node)
        return age if 0 <= age < project.life else -1

    def online_share(self, project: Project, decided: Node, node: Node, years: Iterable[int] | None = None) -> float:
        """Return the share of a module's capacity on line in a node when it was decided in an earlier one; none in an
        outage.

        At age a = year - (decision year + lead time + delay) a module offers ramp[a], 1 past the profile, while
        0 <= a < life.
        """

        def share(year: int) -> float:
            age = self.age(project, decided, node, year)
            if age < 0 or not self.runs_in(project, node, year):
                return 0.0
            return project.ramp[age] if age < len(project.ramp) else 1.0

        return node.mean(share, years)

    def pays_annuity(self, project: Project, decided: Node, year: int) -> bool:
        """Does a module pay its annuity in a year? From the planned on-line year for its life: a delay costs money."""
        planned = decided.year + project.lead_time
        return planned <= year < planned + project.life

    def available(self, government: str, node: Node) -> float:
        """Return the M USD that have become available to a government by a node's own year."""
        years = range(self.case.first_year, node.year + 1)
        return sum(self.data.budget(government, node.scenario, y) for y in years)


def _factors(case: Case, year: int, span: int) -> tuple[float, ...]:
    """The discount factor of each year of a span, to first_year; that of the plan's last year counts those of the
    tail as well."""

    def factor(y: int) -> float:
        return float((1 + case.discount_rate) ** -(y - case.first_year))

    tail = range(case.last_year + 1, case.last_year + 1 + case.tail_years)
    return tuple(factor(y) + (sum(map(factor, tail)) if y == case.last_year else 0.0) for y in range(year, year + span))


def path_tree(case: Case, scenario: str) -> Tree:
    """Return the path of one scenario under perfect foresight: the shocks of those it descends from before each reveal,
    its own from then on."""
    nodes: list[Node] = []
    for year, span in _spans(case):
        parent = nodes[-1].name if nodes else None
        nodes.append(Node(f"y{year}", year, case.acting(scenario, year), parent, 1.0, _factors(case, year, span)))
    return Tree(case, nodes, {scenario: nodes[-1].name})


def full_tree(case: Case) -> Tree:
    """Return the tree of all scenarios of more than 0 %: the base is the shared stage, every other leaves the one it
    descends from in its reveal year."""
    nodes: dict[str, Node] = {}
    last: dict[str, str] = {}
    likely = [case.scenarios[s] for s in case.likely]
    for year, span in _spans(case):
        factors = _factors(case, year, span)
        branches: dict[str, list[str]] = {}
        # Branches first, then the base
        for s in sorted(likely, key=lambda s: case.acting(s.name, year) == case.base.name):
            branches.setdefault(case.acting(s.name, year), []).append(s.name)
        for branch, names in branches.items():
            name = f"y{year}" if branch == case.base.name else f"y{year}_{branch}"
            probability = sum(case.scenarios[s].probability for s in names)
            nodes[name] = Node(name, year, branch, last.get(names[0]), probability, factors)
            last |= dict.fromkeys(names, name)
    return Tree(case, list(nodes.values()), {s.name: last[s.name] for s in likely})


def _spans(case: Case) -> list[tuple[int, int]]:
    ends = (*case.milestones[1:], case.last_year + 1)
    return [(year, end - year) for year, end in zip(case.milestones, ends, strict=True)]
