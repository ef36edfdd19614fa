"""Hold plans with milestones against plans of every year, on random cases: each costs the same within 2 %, or the check
warned of what happens between milestones.

    python tests/explore_thinned.py --cases 100 --seed 1

Cases of which nothing is warned are counted; the others cost no solve. Ends with code 1 where one differs by more.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from random_cases import Table, write_case
from random_version3 import Row, _Version3

import didymium
from didymium.checks.spans import years_in_a_span_are_alike

Case = dict[str, Table]
CLOSE = 0.02  # of all that is paid, sales counted as amounts too: a difference of costs around 0 would be of no size
CALM = 0.985  # how often what could happen between milestones does not
BY_YEAR = ("demand", "imports", "targets", "limits", "budgets", "prices", "substitution")


def thinned_case(seed: int, calm: float = CALM) -> Case:
    """Return the tables of a case with milestones in which little happens between them, nothing where `calm` is 1; the
    same seed gives the same case."""
    return _Thinned(random.Random(seed), calm).tables()


def every_year(case: Case) -> Case:
    """Return the same case without milestones."""
    rows = [row for row in case["settings"] if row["setting"] != "milestone_years"]
    return {**copy.deepcopy(case), "settings": rows}


class _Thinned(_Version3):
    """Cases of version 3 over five to nine years, most of whose figures change at milestones only."""

    def __init__(self, rng: random.Random, how_calm: float) -> None:
        super().__init__(rng)
        self.how_calm = how_calm
        self.last = self.first + rng.randint(4, 8)
        self.years = range(self.first, self.last + 1)
        later = sorted(rng.sample(self.years[1:], rng.randint(1, 3)))
        self.milestones = [self.first, *later]

    def calm(self) -> bool:
        return self.chance(self.how_calm)

    def milestone(self, year: int) -> int:
        """The milestone whose span a year lies in."""
        return max(m for m in self.milestones if m <= max(year, self.first))

    def _milestones(self) -> str:
        return "; ".join(map(str, self.milestones))

    def tables(self) -> Case:
        t = super().tables()
        for row in t.get("scenarios", []):
            if row["reveal_year"] != "":
                self.milestones = sorted({*self.milestones, min(int(str(row["reveal_year"])), self.last)})
        t["settings"] = [row for row in t["settings"] if row["setting"] not in ("milestone_years", "risk_weight")]
        t["settings"].append({"setting": "milestone_years", "value": self._milestones()})
        for name in BY_YEAR:
            for row in t.get(name, []):
                self._even(row)
        for row in t["projects"]:
            self._plant_at_milestones(row)
        for row in [*t.get("shocks", []), *t.get("contracts", [])]:
            self._begin_and_end(row)
        for row in t.get("limits", []):
            if row["measure"] in ("decisions", "capex_musd") and self.calm():
                row |= {"measure": "co2_t", **{y: 1000 * float(str(row[y])) for y in self.years if row[y] != ""}}
        for row in t.get("stockpiles", []):
            if self.calm():
                row |= {"initial_t": 0, "minimum_t": ""}
        return t

    def _even(self, row: Row) -> None:
        """The same figure in every year of a span; of many rows in every year."""
        if not self.calm():
            return
        whole = self.chance(0.5)
        for y in self.years:
            if y in row or whole:
                row[y] = row.get(self.first if whole else self.milestone(y), "")

    def _plant_at_milestones(self, row: Row) -> None:
        """A plant that retires at a milestone, and is decided in one in which it comes on line whole and at once."""
        if row["retires_year"] != "" and self.calm():
            row["retires_year"] = self.milestone(int(str(row["retires_year"])))
        if row["max_modules"] and self.calm():
            year = self.rng.choice(self.milestones)
            row |= {"first_decision_year": year, "last_decision_year": year}
            row |= {"permitting_years": 0, "construction_years": 0, "life_years": 20}
            row.pop("ramp", None)
        if row.get("reserve_t") and self.calm():
            row["reserve_t"] = ""

    def _begin_and_end(self, row: Row) -> None:
        if row.get("from_year", "") == "" or int(str(row["from_year"])) > self.last or not self.calm():
            return
        start = self.milestone(int(str(row["from_year"])))
        later = [m - 1 for m in self.milestones if m > start]
        row |= {"from_year": start, "to_year": self.rng.choice([*later, self.last])}


def outcome(case: Case) -> tuple[str, str]:
    """Return what became of a case (`warned`, `alike`, `no plan`, `DIFFERS`), and in which figures."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = didymium.read(write_case(case, Path(folder) / "thin"))
        whole = didymium.read(write_case(every_year(case), Path(folder) / "whole"))
    if any(problem.code == years_in_a_span_are_alike.__name__ for problem in inputs.warnings):
        return "warned", ""
    thin, every = cost_and_size(inputs), cost_and_size(whole)
    if thin is None or every is None:
        return ("no plan", "") if thin == every else ("DIFFERS", f"thinned {thin}, every year {every}")
    difference = abs(thin[0] - every[0]) / max(every[1], 1e-6)
    text = f"thinned {thin[0]:.6g}, every year {every[0]:.6g}, {100 * difference:.2f} % of {every[1]:.6g}"
    return ("alike" if difference <= CLOSE else "DIFFERS"), text


def cost_and_size(inputs: didymium.CaseInputs) -> tuple[float, float] | None:
    """Return the least cost, and the sum of its kinds as amounts, M USD; None where there is no plan."""
    try:
        plan = didymium.solve(inputs, gap_percent=0.001, time_limit=60)
    except didymium.NoPlan:
        return None
    kinds = plan.summary["cost_musd"]
    assert isinstance(kinds, dict)
    return plan.cost, sum(abs(amount) for amount in kinds.values())


def explore(cases: int, seed: int) -> Counter[str]:
    """Return the outcomes of random cases until so many of which nothing was warned were solved; prints each that
    differs."""
    outcomes: Counter[str] = Counter()
    while outcomes.total() - outcomes["warned"] < cases:
        what, figures = outcome(thinned_case(seed))
        outcomes[what] += 1
        if what == "DIFFERS":
            print(
                f"seed {seed}: {figures}\n  again: python tests/explore_thinned.py --cases 1 --seed {seed}", flush=True
            )
        seed += 1
    print(f"{dict(outcomes)}; next seed {seed}", flush=True)
    return outcomes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(1 if explore(options.cases, options.seed)["DIFFERS"] else 0)
