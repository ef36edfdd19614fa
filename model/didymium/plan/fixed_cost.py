"""The fixed cost: the part of the cost that is paid whatever is decided."""

from __future__ import annotations

from didymium.case import rates
from didymium.case.case import Instrument, Project
from didymium.case.network import Network
from didymium.engine.solve import Solution

Record = dict[str, object]


def fixed_cost(net: Network) -> dict[str, float]:
    """Return what every plan pays, expected discounted M USD: fixed opex of existing capacity, and the minimum that
    committed modules are charged.

    Both are lower bounds: of a plant that may be mothballed the share of its fixed opex that is paid then; of committed
    modules each decided when it costs least, with as much public money as its instruments may carry, budgets aside.
    """
    nodes = net.tree.nodes.values()
    return {
        "existing_fixed_opex": sum(
            _kept(p) * node.weight * rates.existing_opex(net.tree, p, node)
            for p in net.case.projects.values()
            for node in nodes
        ),
        "committed_modules": sum(
            p.min_modules * _minimum_charge(net, p) for p in net.case.projects.values() if p.min_modules
        ),
    }


def _kept(project: Project) -> float:
    """Return the share of fixed opex that is paid even where all capacity is mothballed."""
    return 1.0 if project.mothball is None else project.mothball


def charges(net: Network, project: Project, decided: str) -> tuple[float, float]:
    """Return what one module decided in a node is charged where no public money pays: (annuities, fixed opex).

    Both are expected, discounted, M USD.
    """
    tree, start = net.tree, net.tree.nodes[decided]
    below = [tree.nodes[n] for n in tree.below[decided]]
    annuities = sum(node.weight * rates.annuity(tree, project, start, node) for node in below)
    return annuities, sum(node.weight * rates.module_opex(tree, project, start, node) for node in below)


def support_effect(net: Network, project: Project, instrument: Instrument, decided: str) -> float:
    """Return by how much a M USD of public money in a decision changes the cost: its saving, and the cost of public
    funds for what is given away. Expected, discounted."""
    tree, start, funds = net.tree, net.tree.nodes[decided], net.case.public_funds
    found = 0.0
    for node in (tree.nodes[n] for n in tree.below[decided]):
        saving, gift = (
            rates.support(tree, project, instrument, start, node),
            rates.gift(tree, project, instrument, start, node),
        )
        found += node.weight * (saving + funds * gift)
    return found


def _minimum_charge(net: Network, project: Project) -> float:
    """Return the minimum that one committed module costs, M USD: on every path of the tree it is decided in the node
    where that costs least."""
    children: dict[str, list[str]] = {name: [] for name in net.tree.nodes}
    for name, node in net.tree.nodes.items():
        if node.parent is not None:
            children[node.parent].append(name)
    can = {n for p, n in net.builds if p == project.name}
    best: dict[str, float] = {}
    for name in reversed(net.tree.nodes):  # children before their parents
        later = sum(best[child] for child in children[name]) if children[name] else float("inf")
        best[name] = min(later, _supported(net, project, name) if name in can else float("inf"))
    return best[next(iter(net.tree.nodes))]


def _supported(net: Network, project: Project, decided: str) -> float:
    """Return the charges of a module decided in a node, less the maximum that public money can save on it, M USD."""
    annuities, opex = charges(net, project, decided)
    cost, left = annuities + _kept(project) * opex, net.case.max_public_share
    covering = {i for p, i, n in net.supports if (p, n) == (project.name, decided)}
    effects = {i: support_effect(net, project, net.case.instruments[i], decided) for i in covering}
    for i in sorted(covering, key=lambda i: effects[i]):
        share = min(left, net.case.instruments[i].max_share)
        left -= share
        cost += min(0.0, effects[i]) * share * project.overnight
    return cost


def gap_musd(s: Solution) -> float | None:
    """Return by how much the plan may cost more than the optimum, M USD: 0 where it is proven optimal, None where no
    bound is known."""
    if s.bound is None or s.gap is None:
        return None
    return s.objective - s.bound if s.gap > 1e-6 else 0.0


def gap_facts(s: Solution) -> Record:
    """Return the gap in M USD, the fixed cost, and the gap as a share of the rest; None where that is not known.

    Where the objective weighs risk (CVaR) it is not expected cost, and the share has no meaning.
    """
    fixed, gap = fixed_cost(s.net), gap_musd(s)
    decided = s.objective - sum(fixed.values())
    expected = len(s.net.tree.leaves) < 2 or not s.net.case.risk_weight
    share = 100 * gap / decided if gap is not None and expected and decided > 0 else None
    return {"gap_musd": gap, "gap_percent_of_decided": share, "fixed_cost_musd": fixed}
