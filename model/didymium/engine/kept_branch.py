"""The branches of a tree that is solved branch by branch, kept as each ends: the next run holds what they decide."""

from __future__ import annotations

from collections import defaultdict

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.assembly import Branch
from didymium.engine.kept_plan import Rows, keep_plan, kept_plan
from didymium.engine.matrix import Values
from didymium.engine.solve import Solution
from didymium.engine.start import Start
from didymium.result_folder import KeptParts, request_hash


class KeptBranch:
    """One scenario from the year `until` on, after the modules decided before that in `fixed`: after others it is
    another branch."""

    def __init__(self, parts: KeptParts | None, case: Case, scenario: str, until: int, fixed: Values) -> None:
        self.parts, self.scenario = parts, scenario
        if parts is not None:
            past = {n.name for n in path_tree(case, scenario).nodes.values() if n.year < until}
            modules = {str(i): round(x) for i, x in fixed.get("build", {}).items() if i[-1] in past and round(x)}
            self.name = f"branch {scenario} from {until} after {request_hash(modules)[:16]}"

    def start(self) -> Start | None:
        """Return what was kept, to be held; None where nothing was."""
        known = None if self.parts is None else kept_plan(self.parts, self.name)
        return None if known is None else Start(known.start.decisions)

    def keep(self, branch: Branch) -> None:
        """Keep what the branch decides."""
        if self.parts is not None:
            decided = [
                (str(project), branch.years[str(node)], round(modules))
                for (project, node), modules in branch.values.get("build", {}).items()
                if round(modules)
            ]
            keep_plan(self.parts, self.name, {self.scenario: decided}, float(branch.costs.sum()), None)


def decisions_of(solution: Solution) -> Rows:
    """Return the decisions of a plan of a tree on the path of each scenario."""
    tree = solution.net.tree
    decided: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (project, node), modules in solution.values["build"].items():
        if round(modules):
            decided[str(node)].append((str(project), round(modules)))
    return {
        s: [(project, tree.nodes[n].year, modules) for n in tree.path(leaf) for project, modules in decided[n]]
        for s, leaf in tree.leaves.items()
    }
