"""Committed and chosen investments, what each is charged, and whether it is idle: columns of the table Investments."""

from __future__ import annotations

from collections import defaultdict

from didymium.case.case import Project
from didymium.engine.solve import Solution
from didymium.expressions.capacity import throughput
from didymium.expressions.terms import evaluate
from didymium.plan.decisions import part_of
from didymium.plan.fixed_cost import charges, gap_musd, support_effect
from didymium.plan.operation import online_capacity
from didymium.results import PlanTables
from didymium.results.decisions import CommittedColumns, InvestmentRow

IDLE = 0.05  # of what is on line; a plant that runs less in a year is idle in it
WARN = 2  # idle years of a committed plant from which on it is warned of
TINY = 1e-6  # t


class Decisions:
    """The columns of the table Investments beyond what is decided."""

    def __init__(self, s: Solution) -> None:
        self.s = s
        self.support: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)  # M USD by decision, by instrument
        for (p, i, n), money in s.values.get("support", {}).items():
            if money:
                self.support[str(p), str(n)][str(i)] = money

    def row(self, project: Project, node: str, modules: int) -> CommittedColumns:
        """Return columns of one decision: committed (yes, no, in part), committed modules, charges (M USD), whether the
        gap leaves it open, idle years."""
        committed, cost = self.committed_modules(project, node, modules), self.charged(project, node, modules)
        gap, (idle, online) = gap_musd(self.s), self.idle_years(project, node)
        return {
            "committed": "yes" if committed == modules else "in part" if committed else "no",
            "committed_modules": committed,
            "charges_discounted_musd": cost,
            "smaller_than_gap": None if gap is None else "yes" if committed < modules and cost < gap else "no",
            "idle_years": idle,
            "years_on_line": online,
        }

    def committed_modules(self, project: Project, node: str, modules: int) -> int:
        """Return how many of the modules decided in a node are committed: the first ones along the path are."""
        path = self.s.net.tree.path(node)[:-1]
        before = sum(round(self.s.values["build"].get((project.name, b), 0.0)) for b in path)
        return max(0, min(modules, project.min_modules - before))

    def charged(self, project: Project, node: str, modules: int) -> float:
        """Return annuities, less what public money saves, and fixed opex of a decision: expected, discounted, M USD."""
        instruments, support = self.s.net.case.instruments, self.support[project.name, node]
        public = sum(m * support_effect(self.s.net, project, instruments[i], node) for i, m in support.items())
        return modules * sum(charges(self.s.net, project, node)) + public

    def idle_years(self, project: Project, node: str) -> tuple[int, int]:
        """Return (years in which the plant is idle though modules of this decision are on line, years on line).

        Of all scenarios the one counts in which the plant is idle longest.
        """
        tree, found = self.s.net.tree, [(0, 0)]
        below = set(tree.below[node])
        for leaf in tree.leaves.values():
            if leaf not in below:
                continue
            on = [n for n in tree.path(leaf) if n in below and self._on_line(project, node, n)]
            idle = [n for n in on if self._throughput(project, n) < IDLE * online_capacity(self.s, project.name, n)]
            found.append((sum(tree.nodes[n].span for n in idle), sum(tree.nodes[n].span for n in on)))
        return max(found)

    def _throughput(self, project: Project, node: str) -> float:
        return evaluate(throughput(self.s.net, project.name, node), self.s.values)

    def _on_line(self, project: Project, decided: str, node: str) -> bool:
        return any(b == decided for _, b in self.s.net.online.get((project.name, node), (0.0, []))[1])


def idle_committed(tables: PlanTables) -> list[InvestmentRow]:
    """Return the rows of Investments with committed modules that are idle for two years or more, the longest first."""
    rows = [r for r in tables["investments"] if r["committed_modules"] and r["idle_years"] >= WARN]
    return sorted(rows, key=lambda r: (-r["idle_years"], r["project"]))


def chosen_idle(tables: PlanTables) -> list[InvestmentRow]:
    """Return the chosen part of every row of Investments whose plant is idle in each of its years on line, in every
    scenario; the largest capex first. Its charges are those of all modules of the row."""
    rows = [
        part_of(r, chosen)
        for r in tables["investments"]
        if (chosen := r["modules"] - r["committed_modules"]) > 0
        and 0 < r["years_on_line"] == r["idle_years"]
        and r["utilisation_percent"] < 100 * IDLE
    ]
    return sorted(rows, key=lambda r: (-r["capex_musd"], r["project"]))
