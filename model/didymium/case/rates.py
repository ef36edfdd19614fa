"""What a unit of each decision costs in a node, M USD in each of its years (docs/model.md).

Where an amount differs between the years of a span, these are the means by discount factor: times the node's weight
they come to what the years come to, one by one.
"""

from __future__ import annotations

from didymium.case.case import Contract, Instrument, Offer, Project, Route, Target
from didymium.case.finance import module_annuity, public_payment, support_saving
from didymium.case.tree import Node, Tree


def annuity(tree: Tree, project: Project, decided: Node, node: Node) -> float:
    """Return what a module pays, were all of it private money: its annuity in the years in which it is paid, x the
    capex factor."""
    paid = module_annuity(project)

    def of_year(y: int) -> float:
        return tree.data.capex_factor(project, node.scenario, y) if tree.pays_annuity(project, decided, y) else 0.0

    return paid * node.cost(of_year)


def _paying(tree: Tree, project: Project, decided: Node, node: Node) -> float:
    """The share of a node's years, by discount factor, in which a module decided earlier pays its annuity."""
    return node.cost(lambda y: float(tree.pays_annuity(project, decided, y)))


def support(tree: Tree, project: Project, instrument: Instrument, decided: Node, node: Node) -> float:
    """Return by how much a M USD of public money in a decision changes the annuities; below 0 where it saves."""
    return support_saving(project, instrument) * _paying(tree, project, decided, node)


def public_charge(tree: Tree, project: Project, instrument: Instrument, decided: Node, node: Node) -> float:
    """Return what the plant pays a year on a M USD of public money in a decision."""
    return public_payment(project, instrument) * _paying(tree, project, decided, node)


def gift(tree: Tree, project: Project, instrument: Instrument, decided: Node, node: Node) -> float:
    """Return the subsidy in a M USD of public money: the saving, where there is one."""
    return max(0.0, -support_saving(project, instrument)) * _paying(tree, project, decided, node)


def module_opex(tree: Tree, project: Project, decided: Node, node: Node) -> float:
    """Return the fixed opex of a full module, from its actual on-line year for its life, however far its ramp
    is and in an outage too."""

    def of_year(y: int) -> float:
        return tree.data.fixed_opex(project, node.scenario, y) if tree.age(project, decided, node, y) >= 0 else 0.0

    return project.module * node.cost(of_year)


def existing_opex(tree: Tree, project: Project, node: Node) -> float:
    """Return the fixed opex of all existing capacity of a plant, M USD a year."""
    return node.cost(lambda y: tree.data.fixed_opex(project, node.scenario, y) * project.existing_capacity(y))


def idle_saving(tree: Tree, project: Project, node: Node) -> float:
    """Return what a tonne a year of mothballed capacity saves of the fixed opex."""
    assert project.mothball is not None
    return (1 - project.mothball) * node.cost(lambda y: tree.data.fixed_opex(project, node.scenario, y))


def running(tree: Tree, project: Project, node: Node) -> float:
    """Return variable opex and carbon of a tonne of throughput."""
    return node.cost(lambda y: tree.data.running_cost(project, node.scenario, y))


def freight(tree: Tree, route: Route, commodity: str, to: str, node: Node) -> float:
    """Return what a tonne shipped costs: freight, and the tariff on its market price."""
    return node.cost(lambda y: tree.data.freight(route, commodity, to, node.scenario, y))


def purchase(tree: Tree, offer: Offer, region: str, node: Node) -> float:
    """Return what a tonne bought from an offer costs, delivered to a region, duty paid."""
    return node.cost(lambda y: tree.data.offer_price(offer, region, node.scenario, y))


def sale(tree: Tree, commodity: str, node: Node) -> float:
    """Return what a tonne sold outside the chain brings."""
    return node.cost(lambda y: tree.data.sale_price(commodity, node.scenario, y))


def market(tree: Tree, commodity: str, node: Node) -> float:
    """Return the market price of a tonne."""
    return node.cost(lambda y: tree.data.market_price(commodity, node.scenario, y))


def penalty(target: Target, node: Node) -> float:
    """Return what a tonne short of a target costs, in the years in which the target is set."""
    return target.penalty * node.cost(lambda y: float(y in target.share))


def untaken(contract: Contract, node: Node) -> float:
    """Return what a tonne of an offtake costs that is paid for and not made, in the years in which the contract is in
    force."""
    assert contract.price is not None
    return contract.price * node.cost(lambda y: float(contract.in_force(y)))


def floor_payment(tree: Tree, contract: Contract, node: Node) -> float:
    """Return what a government pays on a tonne made: what the market price lacks of the floor, while in force."""
    floor = contract.price or 0.0

    def of_year(y: int) -> float:
        return (
            max(0.0, floor - tree.data.market_price(contract.commodity, node.scenario, y))
            if contract.in_force(y)
            else 0.0
        )

    return node.cost(of_year)
