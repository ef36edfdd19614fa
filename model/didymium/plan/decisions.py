"""What a plan decides, each decision counted once: one project in one year, whatever the number of branches on which it
is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from didymium.plan.rows import number
from didymium.results.decisions import InvestmentRow


@dataclass(frozen=True, slots=True)
class Decision:
    """One project decided in one year. `rows` are its rows of the table investments, one a branch on which it is
    taken."""

    project: str
    stage: str
    region: str
    year: int
    rows: tuple[InvestmentRow, ...]

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios in which the plan takes it, each once."""
        return list(dict.fromkeys(s for row in self.rows for s in _scenarios(row)))

    @property
    def modules(self) -> dict[str, int]:
        """Return the modules decided, by branch."""
        return {row["branch"]: row["modules"] for row in self.rows}

    def is_shared(self, scenarios: Iterable[str]) -> bool:
        """Return whether it is one decision of all these scenarios, taken before any of them is revealed."""
        return len(self.rows) == 1 and set(_scenarios(self.rows[0])) >= set(scenarios)

    def is_in_all(self, scenarios: Iterable[str]) -> bool:
        """Return whether it is taken in this year in each of these scenarios, on one branch or on several."""
        return set(self.scenarios) >= set(scenarios)

    def mean(self, column: str) -> float:
        """Return a column's value where the decision is taken: the mean over its branches, weighted by probability."""
        weights = [row["probability"] for row in self.rows]
        values = [number(row, column) for row in self.rows]
        if sum(weights) <= 0:
            return sum(values) / len(values)
        return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)


def decisions(investments: Iterable[InvestmentRow]) -> list[Decision]:
    """Group the table investments by project and year; in order of year, then of project."""
    found: dict[tuple[int, str], list[InvestmentRow]] = {}
    for row in investments:
        found.setdefault((row["decision_year"], row["project"]), []).append(row)
    return [
        Decision(project, rows[0]["stage"], rows[0]["region"], year, tuple(rows))
        for (year, project), rows in sorted(found.items())
    ]


def part_of(row: InvestmentRow, modules: int) -> InvestmentRow:
    """Return a decision with only some of its modules: capacity and money in proportion."""
    share = modules / row["modules"]
    return {
        **row,
        "modules": modules,
        "capacity_t_per_year": share * row["capacity_t_per_year"],
        "capex_musd": share * row["capex_musd"],
        "support_musd": share * row["support_musd"],
    }


def _scenarios(row: InvestmentRow) -> list[str]:
    return row["scenarios"].split(";")
