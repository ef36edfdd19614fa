"""What no decision changes: of the cost, the part that is paid whatever is decided (MODEL.md section 8)."""

from __future__ import annotations

from didymium.case.case import Project
from didymium.case.finance import module_annuity, support_saving
from didymium.case.network import Network
from didymium.engine.solve import Solution
from didymium.rules.cost import standing_opex

Record = dict[str, object]


def fixed_cost(net: Network) -> dict[str, float]:
    """What every plan pays, expected discounted M USD: fixed opex of existing capacity, and the least that committed modules are charged.

    The second is a floor: each committed module decided when it costs least, with as much public money as its
    instruments may carry, budgets aside.
    """
    weight = {name: node.weight for name, node in net.tree.nodes.items()}
    return {
        "existing_fixed_opex": sum(weight[n] * cost for n, cost in standing_opex(net).items()),
        "committed_modules": sum(p.min_modules * _least(net, p) for p in net.case.projects.values() if p.min_modules),
    }


def charges(net: Network, project: Project, decided: str) -> tuple[float, float]:
    """What one module decided in a node is charged if all of it is private money, and the weighted years of its annuity.

    The charge is annuities and fixed opex, expected and discounted, M USD.
    """
    tree, start = net.tree, net.tree.nodes[decided]
    annuity, cost, years = module_annuity(net.case, project), 0.0, 0.0
    for n in tree.below[decided]:
        node = tree.nodes[n]
        cost += node.weight * project.fixed_opex * project.module * tree.online_share(project, start, node)
        if tree.pays_annuity(project, start, node):
            cost += node.weight * annuity * tree.capex_factor(project, node)
            years += node.weight
    return cost, years


def _least(net: Network, project: Project) -> float:
    """The least that one committed module costs: for every way into the future, decided in the node where that costs least."""
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
    """Charges of a module decided in a node, less the most that public money can save on it."""
    cost, years = charges(net, project, decided)
    left = net.case.max_public_share
    covering = {i for p, i, n in net.supports if (p, n) == (project.name, decided)}
    instruments = sorted((net.case.instruments[i] for i in covering), key=lambda i: support_saving(net.case, project, i))
    for instrument in instruments:
        share = min(left, instrument.max_share)
        left -= share
        cost += min(0.0, support_saving(net.case, project, instrument)) * share * project.overnight * years
    return cost


def gap_musd(s: Solution) -> float | None:
    """By how much the plan may cost more than the least, M USD: 0 where it is proven least, None where no bound is known."""
    if s.bound is None or s.gap is None:
        return None
    return s.objective - s.bound if s.gap > 1e-6 else 0.0


def gap_facts(s: Solution) -> Record:
    """The gap in M USD, what no decision changes, and the gap as a share of the rest; None where it is not known or means nothing.

    A tail that counts in the cost is not expected cost: then no share is given.
    """
    fixed, gap = fixed_cost(s.net), gap_musd(s)
    decided = s.objective - sum(fixed.values())
    expected = len(s.net.tree.leaves) < 2 or not s.net.case.risk_weight
    share = 100 * gap / decided if gap is not None and expected and decided > 0 else None
    return {"gap_musd": gap, "gap_percent_of_decided": share, "fixed_cost_musd": fixed}
