"""What part of a plant is on line under an offtake (docs/model.md, rule 15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from didymium.case.case import Contract
from didymium.case.tree import Node, Tree


class OwedShare(NamedTuple):
    """What of a plant is on line under an offtake: (existing + sum of modules x share) / full."""

    existing: float  # t/year
    modules: list[tuple[float, str]]  # share of a module's capacity, decision node
    full: float  # t/year of existing capacity, or the number of modules where there is none


def share_owed(tree: Tree, contract: Contract, n: Node, decided: Iterable[Node]) -> OwedShare | None:
    """Return the part of a plant that is on line in the years of a node in which its offtake is in force; None where
    nothing can be owed.

    Of its existing capacity where it has any, else of all its modules; `decided` are the nodes in which some can be.
    """
    project = tree.case.projects[contract.project]
    years = [y for y in n.years if contract.in_force(y)]
    if contract.kind != "offtake" or not years:
        return None
    if project.existing > 0:
        return OwedShare(tree.existing_capacity(project, n, years), [], project.existing)
    modules = [(tree.online_share(project, b, n, years), b.name) for b in decided]
    return OwedShare(0.0, modules, float(project.max_modules)) if project.max_modules else None
