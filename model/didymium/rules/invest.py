"""What may be decided: build window, prerequisites, alternatives, what a person holds (docs/model.md, rules 1, 11, 12,
16)."""

from __future__ import annotations

from collections import defaultdict

import pyomo.core as pyo

from didymium.case.network import Network
from didymium.rules.algebra import linear
from didymium.rules.rule import Relaxed, rule


@rule(1)
def build_limit(m: pyo.ConcreteModel, net: Network) -> None:
    """No more modules of a project than there are, along any path (rule 1).

    sum over b on the path of leaf s of build[p,b] <= max_modules[p]
    The window itself is in case.network: outside it there is no variable. With one node the variable's bound is enough.
    """
    rows = [(p, leaf) for p, leaf in _project_leaves(net) if len(net.path_builds(p, leaf)) > 1]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="modules decided along a path [modules]")
    def build_limit(m: pyo.ConcreteModel, p: str, leaf: str) -> object:
        return linear((1, m.build[p, b]) for b in net.path_builds(p, leaf)) <= net.case.projects[p].max_modules


@rule(
    1,
    committed=Relaxed("project {0}: {x:,.1f} of its committed modules cannot be decided", "modules"),
)
def committed(m: pyo.ConcreteModel, net: Network) -> None:
    """What is committed is built, along every path (rule 1).

    sum over b on the path of leaf s of build[p,b] >= min_modules[p]
    """
    rows = [(p, leaf) for p, leaf in _project_leaves(net) if net.case.projects[p].min_modules > 0]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="committed modules along a path [modules]")
    def committed(m: pyo.ConcreteModel, p: str, leaf: str) -> object:
        return linear((1, m.build[p, b]) for b in net.path_builds(p, leaf)) >= net.case.projects[p].min_modules


@rule(
    16,
    hold_minimum=Relaxed("project {0}: {x:,.1f} of the modules that are forced or pinned cannot be decided", "modules"),
    hold_maximum=Relaxed(
        "project {0}: {x:,.1f} modules are needed that are forbidden, or beyond what is pinned", "modules"
    ),
)
def holds(m: pyo.ConcreteModel, net: Network) -> None:
    """What a person holds is decided so, along every path, or along that of one scenario (rule 16).

    minimum[k] <= sum over b on the path of leaf s, start[k] <= year(b) <= end[k], of build[p,b] <= maximum[k]
    """
    counts = {
        (hold.project, k, leaf): (hold, counted)
        for k, hold in enumerate(net.case.holds)
        for leaf in dict.fromkeys(leaf for s, leaf in net.tree.leaves.items() if hold.scenario in (None, s))
        if (counted := [b for b in net.path_builds(hold.project, leaf) if hold.counts(net.tree.nodes[b].year)])
    }
    below = [key for key, (hold, _) in counts.items() if hold.minimum > 0]
    above = [key for key, (hold, _) in counts.items() if hold.maximum is not None]

    @m.Constraint(pyo.Set(initialize=below, dimen=3), doc="modules that are forced or pinned [modules]")
    def hold_minimum(m: pyo.ConcreteModel, p: str, k: int, leaf: str) -> object:
        hold, counted = counts[p, k, leaf]
        return linear((1, m.build[p, b]) for b in counted) >= hold.minimum

    @m.Constraint(pyo.Set(initialize=above, dimen=3), doc="modules that are not forbidden, or pinned [modules]")
    def hold_maximum(m: pyo.ConcreteModel, p: str, k: int, leaf: str) -> object:
        hold, counted = counts[p, k, leaf]
        return linear((1, m.build[p, b]) for b in counted) <= hold.maximum


def _project_leaves(net: Network) -> list[tuple[str, str]]:
    """(p, leaf) for every project and every path on which it can be decided; a leaf that two scenarios share once."""
    leaves = dict.fromkeys(net.tree.leaves.values())
    return [(p, leaf) for p in net.case.projects for leaf in leaves if net.path_builds(p, leaf)]


@rule(11)
def prerequisite(m: pyo.ConcreteModel, net: Network) -> None:
    """A project waits for the one it requires, unless that one has existing capacity (rule 11).

    build[p,n] <= max_modules[p] x sum over b on the path to n of build[q,b]
    for those b in which q is planned on line no later than p is in n
    """
    projects = net.case.projects
    needs = {p.name: p.requires for p in projects.values() if p.requires and projects[p.requires].existing == 0}
    rows = [(p, n) for p, n in net.builds if p in needs]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="modules that their prerequisite allows [modules]")
    def prerequisite(m: pyo.ConcreteModel, p: str, n: str) -> object:
        latest = net.tree.nodes[n].year + projects[p].lead_time - projects[needs[p]].lead_time
        early = [b for b in net.path_builds(needs[p], n) if net.tree.nodes[b].year <= latest]
        allowed = [(-projects[p].max_modules, m.build[needs[p], b]) for b in early]
        return linear([(1, m.build[p, n]), *allowed]) <= 0


@rule(12)
def exclusive(m: pyo.ConcreteModel, net: Network) -> None:
    """Of a group of alternatives at most one is built, along any path (rule 12).

    sum over p in the group, b on the path of leaf s of build[p,b] <= 1
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for p in net.case.projects.values():
        if p.group:
            groups[p.group].append(p.name)
    leaves = dict.fromkeys(net.tree.leaves.values())
    choices = {
        (g, leaf): [(p, b) for p in ps for b in net.path_builds(p, leaf)] for g, ps in groups.items() for leaf in leaves
    }
    rows = [key for key, builds in choices.items() if len(builds) > 1]

    @m.Constraint(pyo.Set(initialize=rows, dimen=2), doc="modules of one group of alternatives [modules]")
    def exclusive(m: pyo.ConcreteModel, group: str, leaf: str) -> object:
        return linear((1, m.build[b]) for b in choices[group, leaf]) <= 1
