"""The table Investments: every decision to build, and how well what it built is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case.case import Project
from didymium.case.finance import module_annuity
from didymium.case.network import Network
from didymium.engine.solve import Solution
from didymium.expressions.capacity import throughput
from didymium.expressions.terms import evaluate
from didymium.plan.committed import Decisions
from didymium.plan.operation import online_capacity
from didymium.plan.rows import TINY, positive_values
from didymium.results.decisions import InvestmentRow


def investments(s: Solution) -> Iterator[InvestmentRow]:
    """Yield one row per decision to build: what the plan chooses, then what is committed, each by year."""
    yield from sorted(_decisions(s), key=lambda row: row["committed"] == "yes")


def _decisions(s: Solution) -> Iterator[InvestmentRow]:
    net, more = s.net, Decisions(s)
    support: dict[tuple[str, str], float] = defaultdict(float)
    for (p, _, n), money in positive_values(s, "support"):
        support[p, n] += money
    for (p, n), modules in sorted(
        positive_values(s, "build"), key=lambda item: (net.tree.nodes[item[0][1]].year, item[0])
    ):
        project, node = net.case.projects[p], net.tree.nodes[n]
        planned = node.year + project.lead_time
        yield {
            "project": p,
            "stage": project.stage,
            "region": project.region,
            "branch": node.scenario,
            "decision_year": node.year,
            "planned_online_year": planned,
            "online_year": planned + net.tree.delay(project, planned, node),
            "modules": round(modules),
            "capacity_t_per_year": round(modules) * project.module,
            "capex_musd": round(modules) * project.overnight,
            "support_musd": support[p, n],
            "annuity_musd_per_year": round(modules) * module_annuity(project),
            **more.row(project, n, round(modules)),
            "utilisation_percent": _utilisation(s, project, n),
            "probability": node.probability,
            "scenarios": ";".join(scenarios_through(net, n)),
        }


def scenarios_through(net: Network, node: str) -> list[str]:
    """Return the scenarios whose path runs through a node."""
    return [name for name, leaf in net.tree.leaves.items() if node in net.tree.path(leaf)]


def _utilisation(s: Solution, project: Project, decided: str) -> float:
    """Return the mean use of what the project has on line, over the years after a decision, percent."""
    nodes = [n for n in s.net.tree.below[decided] if (project.name, n) in s.net.online]
    spans = {n: s.net.tree.nodes[n].span for n in nodes}
    runs = {n: evaluate(throughput(s.net, project.name, n), s.values) for n in nodes}
    capacity = sum(spans[n] * online_capacity(s, project.name, n) for n in nodes)
    return 100 * sum(spans[n] * runs[n] for n in nodes) / capacity if capacity > TINY else 0.0
