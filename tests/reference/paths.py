"""Years, spans, scenarios and shocks of the second model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reference.tables import Tables, given, named, num, settings, share


class Node(NamedTuple):
    """A milestone on a branch; it stands for `years`, the first of which is the milestone's own."""

    branch: str
    years: tuple[int, ...]

    @property
    def year(self) -> int:
        """The year in which decisions of the node are taken."""
        return self.years[0]


class Path:
    """One scenario from the first year to the last: its nodes, and what acts in which year."""

    def __init__(self, tables: Tables, scenario: str) -> None:
        self.tables, self.scenario = tables, scenario
        self.settings = settings(tables)
        self.first, self.last = int(self.settings["first_year"]), int(self.settings["last_year"])
        self.scenarios = {row["scenario"]: row for row in scenario_rows(tables)}
        self.base = next(name for name, row in self.scenarios.items() if not given(row, "reveal_year"))
        starts = self._milestones()
        ends = [*starts[1:], self.last + 1]
        self.nodes = [Node(self.acting(a), tuple(range(a, b))) for a, b in zip(starts, ends, strict=True)]

    def _milestones(self) -> list[int]:
        """Every year, or those listed; the first year and every reveal year of any scenario are among them."""
        found = {self.first, *(self.reveal(s) for s in self.scenarios if self.reveal(s) <= self.last)}
        text = self.settings.get("milestone_years") or f"{self.first}-{self.last}"
        for part in text.split(";"):
            ends = [int(year) for year in part.split("-")]
            found |= set(range(ends[0], ends[-1] + 1))
        return sorted(found)

    def reveal(self, scenario: str) -> int:
        """The year from which a scenario is itself; the base is from the start."""
        return int(num(self.scenarios[scenario], "reveal_year", self.first))

    def acting(self, year: int) -> str:
        """The scenario whose branch the path is on in a year:
        before a reveal it is that of the scenario that is left.
        """
        scenario = self.scenario
        while scenario != self.base and year < self.reveal(scenario):
            scenario = self.scenarios[scenario].get("parent") or self.base
        return scenario

    def worth(self, year: int) -> float:
        """Discount factor of a year; the last year's holds those of the tail."""
        rate = share(self.settings, "discount_rate_percent")
        repeats = int(num(self.settings, "tail_years")) if year == self.last else 0
        return sum((1 + rate) ** (self.first - year - k) for k in range(repeats + 1))

    def paid(self, node: Node, cost: Callable[[int], float]) -> float:
        """What a yearly cost comes to over the node's years, discounted."""
        return sum(self.worth(year) * cost(year) for year in node.years)

    def shocks(self, kind: str, year: int, **what: str) -> Iterator[float]:
        """Values of the shocks of a kind that act in a year on what is described by its selectors."""
        scenario = self.acting(year)
        for row in self.tables["shocks"]:
            acts = num(row, "from_year", self.reveal(scenario)) <= year <= num(row, "to_year", self.last)
            if row["scenario"] == scenario and row["kind"] == kind and acts and _selects(row, what):
                yield num(row, "value")

    def factor(self, kind: str, year: int, **what: str) -> float:
        """The product of the shocks of a kind that match."""
        result = 1.0
        for value in self.shocks(kind, year, **what):
            result *= value
        return result


def scenario_rows(tables: Tables) -> list[dict[str, str]]:
    """Return the scenarios; without any there is the base alone."""
    return tables["scenarios"] or [{"scenario": "base", "probability_percent": "100", "reveal_year": "", "parent": ""}]


def mean(years: list[int] | tuple[int, ...], value: Callable[[int], float]) -> float:
    """Return the plain mean of a value over years."""
    return sum(value(year) for year in years) / len(years)


def _selects(row: dict[str, str], what: dict[str, str]) -> bool:
    """Does every selector of a shock say `*` or the name that the thing has? What a thing has no name for must be
    `*`.
    """
    columns = ("stage", "commodity", "region", "project", "segment", "item")
    return all(named(row, column) in ("*", what.get(column)) for column in columns)
