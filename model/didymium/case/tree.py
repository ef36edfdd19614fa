"""The scenario tree: nodes of (year, branch), their weights, and the shocks that act in them (MODEL.md section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

from didymium.case.case import Case, Demand, Offer, Project, Shock


@dataclass(frozen=True, slots=True)
class Node:
    """A modelled year on a branch. `scenario` is whose shocks act; trunk nodes follow the base."""

    name: str
    year: int
    span: int  # years it stands for
    scenario: str
    parent: str | None
    probability: float
    discount: float  # sum of the discount factors of the years it stands for

    @property
    def weight(self) -> float:
        return self.probability * self.discount


class Tree:
    """The nodes of the chosen scenarios, parents before children."""

    def __init__(self, case: Case, nodes: list[Node], leaves: dict[str, str]) -> None:
        self.case = case
        self.nodes = {node.name: node for node in nodes}
        self.leaves = leaves  # scenario -> its last node
        self._paths: dict[str, tuple[str, ...]] = {}
        for node in nodes:
            before = self._paths[node.parent] if node.parent else ()
            self._paths[node.name] = (*before, node.name)
        self._shocks: dict[tuple[str, str], list[Shock]] = {}
        for shock in case.shocks:
            self._shocks.setdefault((shock.scenario, shock.kind), []).append(shock)

    def path(self, node: str) -> tuple[str, ...]:
        """The names of the nodes from the root to this one, itself included."""
        return self._paths[node]

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """Every node with itself and all nodes after it on any branch."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name in self.nodes:
            for ancestor in self.path(name):
                found[ancestor].append(name)
        return found

    def _hits(self, scenario: str, kind: str, year: int, **selectors: str) -> list[float]:
        return [s.value for s in self._shocks.get((scenario, kind), ()) if s.hits(year, **selectors)]

    def demand(self, demand: Demand, node: Node) -> float:
        """Tonnes wanted a year: demand x shock factors."""
        hit = self._hits(node.scenario, "demand", node.year, commodity=demand.commodity, region=demand.region, segment=demand.segment)
        return demand.tonnes[node.year] * prod(hit)

    def redesign(self, demand: Demand, node: Node) -> float:
        """Most tonnes a year that can be designed out."""
        return demand.redesign_share.get(node.year, 0.0) * self.demand(demand, node)

    def _offer_factor(self, offer: Offer, node: Node, what: str) -> float:
        """china_* shocks act on offers marked China, import_* on every offer."""
        stage = self.case.commodities[offer.commodity].stage
        kinds = (f"china_{what}", f"import_{what}") if offer.china else (f"import_{what}",)
        select = {"stage": stage, "commodity": offer.commodity, "region": offer.destination}
        return prod(v for kind in kinds for v in self._hits(node.scenario, kind, node.year, **select))

    def offer_limit(self, offer: Offer, node: Node) -> float:
        """Tonnes offered a year: limit x shock factors."""
        return offer.limit[node.year] * self._offer_factor(offer, node, "limit")

    def offer_price(self, offer: Offer, node: Node) -> float:
        """M USD/t landed: price x shock factors x (1 + tariff)."""
        return offer.price[node.year] * self._offer_factor(offer, node, "price") * (1 + offer.tariff)

    def capex_factor(self, project: Project, node: Node) -> float:
        """What the annuities paid in a node are multiplied by."""
        return prod(self._plant_hits(project, node.scenario, "capex", node.year))

    def in_outage(self, project: Project, node: Node) -> bool:
        return bool(self._plant_hits(project, node.scenario, "outage", node.year))

    def delay(self, project: Project, planned: int, node: Node) -> int:
        """Years that modules planned for a year come late, as seen from a node.

        A delay of a scenario reaches what is planned from its reveal on; what is planned before, the base's.
        """
        reveal = self.case.scenarios[node.scenario].reveal
        scenario = self.case.base.name if reveal is not None and planned < reveal else node.scenario
        return int(sum(self._plant_hits(project, scenario, "delay", planned)))

    def _plant_hits(self, project: Project, scenario: str, kind: str, year: int) -> list[float]:
        return self._hits(scenario, kind, year, stage=project.stage, region=project.region, project=project.name)

    def online_share(self, project: Project, decided: Node, node: Node) -> float:
        """Share of a module's capacity that is on line in a node when it was decided in an earlier one.

        At age a = year - (decision year + lead + delay) a module offers ramp[a], 1 past the profile, while 0 <= a < life.
        """
        planned = decided.year + project.lead
        age = node.year - planned - self.delay(project, planned, node)
        if not 0 <= age < project.life:
            return 0.0
        return project.ramp[age] if age < len(project.ramp) else 1.0

    def pays_annuity(self, project: Project, decided: Node, node: Node) -> bool:
        """Annuities run from the planned on-line year for life_years: a delay costs money."""
        planned = decided.year + project.lead
        return planned <= node.year < planned + project.life


def discount_weight(case: Case, year: int, span: int) -> float:
    """Sum of the discount factors of the years that a milestone stands for, to first_year."""
    return sum((1 + case.discount_rate) ** -(y - case.first_year) for y in range(year, year + span))


def path_tree(case: Case, scenario: str) -> Tree:
    """The path of one scenario, foreseen: the base's shocks before its reveal year, its own from then on."""
    reveal = case.scenarios[scenario].reveal
    nodes: list[Node] = []
    for year, span in _spans(case):
        acting = case.base.name if reveal is not None and year < reveal else scenario
        parent = nodes[-1].name if nodes else None
        nodes.append(Node(f"y{year}", year, span, acting, parent, 1.0, discount_weight(case, year, span)))
    return Tree(case, nodes, {scenario: nodes[-1].name})


def full_tree(case: Case) -> Tree:
    """All scenarios: the base is the trunk, every other leaves it in its reveal year."""
    nodes: list[Node] = []
    last: dict[str, str] = {}
    for year, span in _spans(case):
        gone = {s.name: s for s in case.scenarios.values() if s.reveal is not None and s.reveal <= year}
        discount = discount_weight(case, year, span)
        left = 1.0 - sum(s.probability for s in gone.values())
        base = case.base.name
        trunk = last.get(base)  # before this year's own trunk node is added
        for name, scenario in gone.items():
            nodes.append(Node(f"y{year}_{name}", year, span, name, last.get(name, trunk), scenario.probability, discount))
            last[name] = nodes[-1].name
        nodes.append(Node(f"y{year}", year, span, base, trunk, left, discount))
        last[base] = nodes[-1].name
    leaves = {name: last.get(name, last[case.base.name]) for name in case.scenarios}
    return Tree(case, nodes, leaves)


def _spans(case: Case) -> list[tuple[int, int]]:
    ends = (*case.milestones[1:], case.last_year + 1)
    return [(year, end - year) for year, end in zip(case.milestones, ends, strict=True)]
