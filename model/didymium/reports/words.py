"""What the answer says, in sentences for people who decide."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.tables import Record
from didymium.reports.falls import falls
from didymium.reports.names import spoken
from didymium.reports.numbers import amount, expected, probability, rounded
from didymium.reports.premises import premises

__all__ = ["Met", "amount", "expected", "front_page", "headline", "probability", "status_in_words", "targets_met"]
_WORDS = {
    "optimal": "Proven least cost.",
    "gap_reached": "Proven within {gap:.2f} % of the least cost.",
    "time_limit": (
        "NOT proven to the gap asked: stopped at the time limit with a plan within {gap:.2f} % of the least cost."
    ),
    "interrupted": "NOT proven to the gap asked: stopped by hand with a plan within {gap:.2f} % of the least cost.",
}


def status_in_words(summary: Record) -> str:
    """What the status and the gap mean for a planner."""
    gap = summary["gap_percent"]
    if gap is None:
        return "NOT proven: stopped before any bound on the least cost was known."
    return _WORDS[str(summary["status"])].format(gap=float(str(gap)))


@dataclass(frozen=True, slots=True)
class Met:
    """How one target fares: the first year from which it is met for good on every branch (None: never), years missed on
    any, and tonnes missed, expected."""

    target: str
    met_from: int | None
    years_missed: int
    missed_t: float


def targets_met(plan: Answer) -> list[Met]:
    """Every target, in the order of the sheet."""
    chance = probability(plan)
    by_target: dict[str, list[Record]] = defaultdict(list)
    for row in plan.tables["targets"]:
        by_target[str(row["target"])].append(row)
    found = []
    for target, rows in by_target.items():
        missed = [r for r in rows if amount(r, "miss_t") > 0]
        last = max((int(str(r["year"])) for r in missed), default=0)
        after = [int(str(r["year"])) for r in rows if int(str(r["year"])) > last]
        tonnes = sum(chance[r["branch"], r["year"]] * amount(r, "miss_t") for r in missed)
        found.append(Met(target, min(after, default=None), len({r["year"] for r in missed}), tonnes))
    return found


def front_page(plan: Answer) -> list[str]:
    """All sentences of page one: the answer, why the China-free share falls where it does, what the answer rests on,
    warnings."""
    return [*headline(plan), *falls(plan), *premises(plan)]


def headline(plan: Answer) -> list[str]:
    """The answer in a few sentences: cost, what is built and with whose money, demand, targets, dependence on China."""
    said = [_what_is_built(plan), _how_demand_fares(plan), _how_targets_fare(plan), *_how_china_fares(plan)]
    return said if len(plan.scenarios) < 2 else [_over_what(plan), *_what_knowing_is_worth(plan), *said]


def _what_knowing_is_worth(plan: Answer) -> list[str]:
    """Where it was asked for: the value of perfect information, and of planning for uncertainty."""
    told = plan.summary.get("value")
    if not isinstance(told, dict):
        return []

    def span(name: str) -> str:
        low, high = told[f"{name}_least_musd"], told[f"{name}_most_musd"]
        if low is None or high is None:
            return "an amount not known (a plan it is held against does not exist, or was not found in time) of"
        ends = [f"{end:,.0f}" if high >= 10 else f"{end:,.2f}" for end in (low, high)]
        return ends[0] if ends[0] == ends[1] else " to ".join(ends)

    return [
        (
            f"Knowing which scenario comes would save {span('perfect_information')} M USD; "
            f"this plan saves {span('planning')} M USD against trusting the base until something else is revealed."
        )
    ]


def _over_what(plan: Answer) -> str:
    tail = ""
    if plan.weighs_risk:
        weight, reach = (float(str(plan.source.setting(s))) for s in ("risk_weight", "risk_tail_percent"))
        tail = (
            f" {100 * weight:g} % of what is minimised is the mean cost of the worst {reach:g} % of outcomes; with it"
            f" the cost is {plan.cost:,.0f} M USD."
        )
    options = plan.summary.get("options")
    apart = (
        " Solved branch by branch after shared decisions."
        if isinstance(options, dict) and options.get("route") == "branches"
        else ""
    )
    return f"One plan for {len(plan.scenarios)} scenarios; tonnes and money are expected over their odds.{tail}{apart}"


def _what_is_built(plan: Answer) -> str:
    rows = plan.tables["investments"]
    if not rows:
        return "Nothing is built: what stands and what is offered serves at least cost."
    capex, public = (expected(rows, c) for c in ("capex_musd", "support_musd"))
    stages: dict[str, int] = defaultdict(int)
    found = decisions(rows)
    for d in found:
        stages[d.stage] += 1
    first, last = found[0].year, found[-1].year
    said = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    if len(plan.scenarios) > 1:
        now = sum(d.is_shared(plan.scenarios) for d in found)
        every = sum(d.is_in_all(plan.scenarios) for d in found)
        said = (
            f"{now} before anything is revealed, {every - now} later in every scenario, {len(found) - every} in some"
            " scenarios only"
        )
    built = (
        f"{len(found)} investments from {first} to {last} ({said}) for {capex:,.0f} M USD overnight, of which"
        f" {public:,.0f} public money."
    )
    return built + _committed_and_chosen(plan)


def _committed_and_chosen(plan: Answer) -> str:
    """Capex of committed and of chosen modules apart, where any are committed."""
    rows = plan.tables["investments"]
    committed = [r for r in rows if amount(r, "committed_modules")]
    chosen = [r for r in rows if r["committed"] != "yes"]
    if not committed:
        return ""
    part = [
        {**r, "part_musd": amount(r, "capex_musd") * amount(r, "committed_modules") / amount(r, "modules")}
        for r in committed
    ]
    before = expected(part, "part_musd")
    rest = expected(rows, "capex_musd") - before
    counts = len(decisions(committed)), len(decisions(chosen))
    return (
        f" Committed before: {rounded(before)} M USD in {counts[0]}; chosen by this plan: {rounded(rest)} M USD in"
        f" {counts[1]}."
    )


def _how_demand_fares(plan: Answer) -> str:
    short, wanted = (expected(plan.tables["demand"], c) for c in ("short_t", "wanted_t"))
    where = "of every scenario" if len(plan.scenarios) > 1 else "of this scenario"
    if not wanted:
        return "Nothing is demanded."
    years = sorted(
        {
            int(str(r["year"]))
            for r in plan.tables["demand"]
            if amount(r, "short_t") > 1e-6 * max(1.0, amount(r, "wanted_t"))
        }
    )
    if not years:
        out = expected(plan.tables["demand"], "designed_out_t")
        return f"Demand is met in full in every year {where}" + (
            f"; {rounded(out)} t of it are designed out." if out > 1e-6 * wanted else "."
        )
    percent = 100 * short / wanted
    said = (
        f"{short:,.0f} t of demand ({percent:.1f} %)"
        if percent >= 0.05
        else f"{short:.2g} t of demand (less than 0.1 %)"
    )
    return f"{said} are not met, in {len(years)} year{'s' * (len(years) > 1)} from {years[0]} on."


def _how_targets_fare(plan: Answer) -> str:
    met = targets_met(plan)
    missed = [m for m in met if m.years_missed]
    if not met:
        return "No targets are set."
    if not missed:
        return f"All {len(met)} targets are met in every year that asks for them."
    said = "; ".join(
        f"{spoken(m.target)} {'never' if m.met_from is None else f'from {m.met_from} on'}" for m in missed[:4]
    )
    return (
        f"{len(met) - len(missed)} of {len(met)} targets are met in every year; of the others:"
        f" {said}{'; ...' if len(missed) > 4 else ''}."
    )


def _how_china_fares(plan: Answer) -> list[str]:
    """The China-free share of demand at both ends of the plan: strictly, where one Chinese input taints a product, and
    by what products hold."""
    share, content = plan.summary["china_free_share"], plan.summary["china_free_share_by_content"]
    assert isinstance(share, dict)
    assert isinstance(content, dict)
    years = sorted({y for by_year in share.values() for y in by_year})
    if not years:
        return ["Without demand there is no dependence to tell."]

    def ends(of: dict[str, dict[str, float]]) -> str:
        return ", ".join(
            f"{stage} {100 * by_year[years[0]]:.0f} to {100 * by_year[years[-1]]:.0f} %"
            for stage, by_year in of.items()
        )

    return [
        f"China-free share of demand from {years[0]} to {years[-1]}: {ends(share)}.",
        f"The same by the mass of contained rare earths (one Chinese input does not taint the rest): {ends(content)}.",
    ]
