"""The decisions that a plan for several scenarios takes now, and those that wait for a signal: each project and year
once, with a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.case.build import scenarios_of
from didymium.case.case import acting_branch, base_scenario
from didymium.plan.answer import Answer
from didymium.plan.decisions import Decision, decisions
from didymium.results import Record

NOW = "now: in every scenario, before anything is revealed"
EVERY = "in every scenario: it waits for no signal"


def now_and_later(plan: Answer) -> list[Record]:
    """Return every decision once, first those that all scenarios share because no difference is revealed yet.

    `modules` and `capex_musd` are those where the decision is taken; where they differ between branches, modules are a
    span, and stated by branch under `when`, and the capex is the mean weighted by probability. `odds_percent` is the
    probability that the decision is taken. Empty for a plan for one scenario.
    """
    if len(plan.scenarios) < 2:
        return []
    chance = {name: row.num("probability_percent") for name, row in plan.source.ids("Scenarios.scenario").items()}
    found = decisions(plan.tables["investments"])
    rows: list[Record] = [
        {
            "project": d.project,
            "stage": d.stage,
            "region": d.region,
            "decision_year": d.year,
            "modules": _modules(d),
            "capex_musd": d.mean("capex_musd"),
            "when": _when(plan, d, found),
            "odds_percent": sum(chance[s] for s in d.scenarios),
        }
        for d in found
    ]
    return sorted(rows, key=lambda r: (_rank(str(r["when"])), r["decision_year"], r["project"]))


def _rank(when: str) -> int:
    return 0 if when.startswith(NOW) else 1 if when.startswith(EVERY) else 2


def _modules(d: Decision) -> object:
    """The number of modules, or the span where it differs between branches."""
    counts = d.modules.values()
    return min(counts) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _when(plan: Answer, d: Decision, found: Sequence[Decision]) -> str:
    """A sentence: now, in every scenario, or what the decision waits for; where it differs, how many modules on which
    branch."""
    if d.is_shared(plan.scenarios):
        return NOW
    size = _sizes(d)
    if d.is_in_all(plan.scenarios):
        return EVERY + size
    return _signal(plan, d) + size + _other_years(plan, d, found)


def _sizes(d: Decision) -> str:
    """How many modules on which branches, where they differ."""
    counts = sorted(set(d.modules.values()))
    listed = [f"{k} in {', '.join(b for b, modules in d.modules.items() if modules == k)}" for k in counts]
    return f"; modules: {'; '.join(listed)}" if len(counts) > 1 else ""


def _signal(plan: Answer, d: Decision) -> str:
    """What must be revealed for a decision that is not taken in all scenarios."""
    rows, scenarios = plan.source.ids("Scenarios.scenario"), scenarios_of(plan.source)
    base = base_scenario(scenarios).name
    taken = list(d.modules)
    others = list(dict.fromkeys(acting_branch(scenarios, s, d.year) for s in plan.scenarios if s not in d.scenarios))

    def revealed(branches: Sequence[str]) -> str:
        named = [b if (reveal := scenarios[b].reveal) is None else f"{b} (revealed in {reveal})" for b in branches]
        return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"

    if any(rows[b].values.get("parent") in (*taken, *others) for b in (*taken, *others)):
        return f"only in {revealed(taken)}; not in {revealed(others)}"
    return f"unless it is {revealed(others)}" if base in taken else f"waits for {revealed(taken)}"


def _other_years(plan: Answer, d: Decision, found: Sequence[Decision]) -> str:
    """In which other years the scenarios that do not take this decision decide on the same project."""
    gone = [s for s in plan.scenarios if s not in d.scenarios]
    of_it = [(other.year, [s for s in gone if s in other.scenarios]) for other in found if other.project == d.project]
    listed = ", ".join(f"{year} ({', '.join(among)})" for year, among in of_it if among)
    return f"; where not, it is decided in {listed}" if listed else ""
