"""The answer in sentences, for people who decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from didymium.case.build import scenarios_of
from didymium.case.case import FREE_BELOW, base_scenario
from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.public_money import OUTSIDE
from didymium.plan.rows import ORIGIN_LEVELS, as_number, number
from didymium.reports import cost_sentences, target_sentences
from didymium.reports.numbers import expected, rounded
from didymium.reports.scenarios import planned_for
from didymium.reports.sentence import Parts, Sentence, sentences_of
from didymium.results import Record

_WORDS = {
    "optimal": "Proven least cost.",
    "gap_reached": "Proven within {gap:.2f} % of the least cost.",
    "time_limit": (
        "NOT proven to the required gap: stopped at the time limit with a plan within {gap:.2f} % of the least cost."
    ),
    "interrupted": "NOT proven to the required gap: stopped by hand with a plan within {gap:.2f} % of the least cost.",
}


def status_in_words(summary: Record) -> str:
    """Return a sentence on the status and the gap of a plan."""
    gap = summary["gap_percent"]
    if gap is None:
        return "NOT proven: stopped before any bound on the least cost was known."
    return _WORDS[str(summary["status"])].format(gap=as_number(gap)) + _by_search(summary)


def _by_search(summary: Record) -> str:
    """What part of the bound rests on the solver's search, where duals alone prove a wider gap; results of earlier
    versions do not say."""
    if "bound_by_duals_musd" not in summary:
        return ""
    bound, cost = summary["bound_by_duals_musd"], as_number(summary["objective_musd"])
    if bound is None:
        return " The bound is that of the solver's search; no duals prove it."
    by_duals = 100 * (cost - as_number(bound)) / max(abs(cost), 1e-9)
    if by_duals - as_number(summary["gap_percent"]) < 0.005:
        return ""
    return f" Dual values, checked outside the solver, prove {by_duals:.2f} %; the rest rests on the solver's search."


def headline(plan: Answer) -> list[str]:
    """Return the answer in a few sentences: cost and its proof, investments and public money, demand, targets,
    dependence on China."""
    return [sentence.text for sentence in headline_sentences(plan)]


def headline_sentences(plan: Answer) -> Iterator[Sentence]:
    """Yield the same sentences, each with what it rests on."""
    yield from sentences_of(plan, _COST)
    if len(plan.scenarios) > 1:
        yield from sentences_of(plan, _OF_A_TREE)
    yield from sentences_of(plan, _HEADLINE)


def information_value(plan: Answer) -> list[str]:
    """Return what perfect information and the stochastic solution are worth, in sentences, where that was
    calculated."""
    value = plan.summary.get("value")
    if not isinstance(value, dict):
        return []
    base = base_scenario(scenarios_of(plan.source)).name
    knowing, planned = _between(value, "perfect_information"), _between(value, "planning")
    first = (
        f"Knowing which scenario comes would save {knowing} M USD; this plan saves {planned} M USD compared with"
        " planning for the base scenario until another is revealed."
    )
    sentences = [first]
    if (cheapest := value.get("by_rule_scenario")) and cheapest != base:
        sentences.append(
            "Of the plans for one scenario alone, each kept as long as that may still come, the one for"
            f" {words_of(str(cheapest))} was found to be the cheapest: this plan saves {_between(value, 'hedging')} M"
            " USD compared with it."
        )
    elif cheapest:
        sentences.append("No plan for another scenario alone was found to be cheaper than that for the base scenario.")
    refused = [words_of(str(r["planned_for"])) for r in planned_for(plan) if r["costs_at_least_musd"] is None]
    if refused:
        sentences.append(
            f"Plans that cannot be kept in every scenario: {', '.join(refused)} (sheet Scenarios says why)."
        )
    return sentences


def _between(value: Record, name: str) -> str:
    """An amount in words, between its least and its most; an amount that the gaps leave undecided is said to be so."""
    low, high = value[f"{name}_least_musd"], value[f"{name}_most_musd"]
    if low is None or high is None:
        return "an unknown amount (a plan needed for the comparison does not exist, or was not found in time) of"
    ends = [f"{end:,.0f}" if as_number(high) >= 10 else f"{end:,.2f}" for end in (as_number(low), as_number(high))]
    if ends[0] == ends[1]:
        return ends[0]
    undecided = " (undecided: smaller than the gaps of these solves)" if not as_number(low) else ""
    return f"{ends[0]} to {ends[1]}{undecided}"


def _scenarios(plan: Answer) -> str:
    tail = ""
    if plan.weighs_risk:
        weight, reach = (as_number(plan.source.setting(s)) for s in ("risk_weight", "risk_tail_percent"))
        tail = (
            f" {100 * weight:g} % of what is minimised is the mean cost of the worst {reach:g} % of outcomes; with it"
            f" the cost is {rounded(plan.cost)} M USD."
        )
    options = plan.summary.get("options")
    apart = (
        " Solved branch by branch after shared decisions."
        if isinstance(options, dict) and options.get("route") == "branches"
        else ""
    )
    return f"One plan for {len(plan.scenarios)} scenarios; tonnes and money are expected values.{tail}{apart}"


def _investments(plan: Answer) -> str:
    rows = plan.tables["investments"]
    if not rows:
        return "Nothing is built: existing plants and offers serve demand at least cost."
    capex, public = (expected(rows, c) for c in ("capex_musd", "support_musd"))
    loans, grants = (sum(number(r, c) for r in plan.tables["governments"]) for c in ("loans_musd", "grants_musd"))
    kinds = f" ({rounded(loans)} in loans, {rounded(grants)} in grants)" if public >= 0.05 else ""
    stages: dict[str, int] = defaultdict(int)
    found = decisions(rows)
    for d in found:
        stages[d.stage] += 1
    first, last = found[0].year, found[-1].year
    when = f"in {first}" if first == last else f"from {first} to {last}"
    parts = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    if len(plan.scenarios) > 1:
        now = sum(d.is_shared(plan.scenarios) for d in found)
        every = sum(d.is_in_all(plan.scenarios) for d in found)
        parts = (
            f"{now} before anything is revealed, {every - now} later in every scenario, {len(found) - every} in some"
            " scenarios only"
        )
    built = (
        f"{len(found)} investment{'s' * (len(found) > 1)} {when} ({parts}) for {rounded(capex)} M USD overnight,"
        " of which"
        f" {rounded(public)} public money{kinds}."
    )
    return built + _committed_and_chosen(plan)


def _committed_and_chosen(plan: Answer) -> str:
    """The capex of committed and of chosen modules, where any are committed."""
    rows = plan.tables["investments"]
    committed = [r for r in rows if r["committed_modules"]]
    chosen = [r for r in rows if r["committed"] != "yes"]
    if not committed:
        return ""
    part = [{**r, "part_musd": r["capex_musd"] * r["committed_modules"] / r["modules"]} for r in committed]
    before = expected(part, "part_musd")
    rest = expected(rows, "capex_musd") - before
    counts = len(decisions(committed)), len(decisions(chosen))
    return (
        f" Committed before: {rounded(before)} M USD in {counts[0]}; chosen by this plan: {rounded(rest)} M USD in"
        f" {counts[1]}."
    )


def _public_money(plan: Answer) -> list[str]:
    """What governments give in all, for what, and how much of it is behind goods that are sold outside the chain."""
    rows = plan.tables["governments"]
    given = sum(r["given_in_plan_musd"] for r in rows)
    if given < 0.05:
        return []
    floors = sum(r["floor_payments_musd"] for r in rows)
    paid = f", {rounded(floors)} of it on price floors" if floors >= 0.05 else ""
    uses = plan.tables["supported_use"]
    outside = 100 * sum(r["given_share_musd"] for r in uses if r["use_region"] == OUTSIDE) / given
    sold = (
        f" In proportion to tonnes, {rounded(outside)} % of it stands behind goods that are sold outside the chain."
        if outside >= 0.5
        else ""
    )
    repaid = (
        " Loans are paid back: only what their terms save the plants counts as given."
        if sum(r["loans_musd"] for r in rows) >= 0.05
        else ""
    )
    return [
        (
            f"Governments give {rounded(given)} M USD in the plan's years, discounted (grants, cheap loans and price"
            f" floors){paid}.{repaid}{sold}"
        )
    ]


def _demand(plan: Answer) -> str:
    short, wanted = (expected(plan.tables["demand"], c) for c in ("short_t", "wanted_t"))
    where = "of every scenario" if len(plan.scenarios) > 1 else "of this scenario"
    if not wanted:
        return "There is no demand."
    years = sorted({r["year"] for r in plan.tables["demand"] if r["short_t"] > 1e-6 * max(1.0, r["wanted_t"])})
    if not years:
        out = expected(plan.tables["demand"], "designed_out_t")
        return f"Demand is met in full in every year {where}" + (
            f"; {rounded(out)} t of it are designed out." if out > 1e-6 * wanted else "."
        )
    percent = 100 * short / wanted
    text = (
        f"{rounded(short)} t of demand ({percent:.1f} %)"
        if percent >= 0.05
        else f"{short:.2g} t of demand (less than 0.1 %)"
    )
    return f"{text} are not met, in {len(years)} year{'s' * (len(years) > 1)} from {years[0]} on."


def _china_free(plan: Answer) -> list[str]:
    """The China-free share of demand in the first and last year: strictly, where one Chinese input makes a product
    Chinese, and by content."""
    share, content = plan.summary["china_free_share"], plan.summary["china_free_share_by_content"]
    assert isinstance(share, dict)
    assert isinstance(content, dict)
    years = sorted({y for by_year in share.values() for y in by_year})
    if not years:
        return ["Without demand there is no dependence on China."]

    when = f"in {years[0]} and in {years[-1]}" if len(years) > 1 else f"in {years[0]}"

    def courses(of: Mapping[str, Mapping[str, float]]) -> str:
        return ", ".join(f"{stage} {_course(by_year)}" for stage, by_year in of.items())

    return [
        f"China-free share of demand {when}: {courses(share)}.",
        (
            "The same by the mass of contained rare earths (one Chinese input does not make the whole product Chinese):"
            f" {courses(content)}."
        ),
    ]


def _course(by_year: Mapping[str, float]) -> str:
    """The share in the first and the last year, with the lowest and the highest of the years between where they lie
    outside these, percent."""
    percent = {year: f"{100 * by_year[year]:.0f}" for year in sorted(by_year)}
    ends = [*percent.values()][:: max(1, len(percent) - 1)]
    extremes = []
    for word, pick, sign in (("lowest", min, 1), ("highest", max, -1)):
        year = pick(percent, key=lambda y: by_year[y])
        if all(sign * (int(end) - int(percent[year])) > 0 for end in ends):
            extremes.append(f"{word} {percent[year]} % in {year}")
    between = f" ({', '.join(extremes)})" if extremes else ""
    return f"{' and '.join(ends)} %{between}"


_INVESTED = ("capex_musd", "support_musd", "modules", "committed_modules", "decision_year", "probability")
_BINDING = (
    "target",
    "miss_t",
    "asked_percent",
    "base_t",
    "counted_t",
    "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year",
)
_LEVELS = tuple(f"demand.level_{k}_t" for k in ORIGIN_LEVELS)
_CONTENT = tuple(f"origin.content_free_{stage}_percent" for stage in FREE_BELOW)
_COST: Parts = (
    (
        cost_sentences.cost,
        ("run.status", "run.gap_percent", "run.objective_musd", "costs.weighted_musd", "inputs.Settings.value"),
    ),
    (cost_sentences.sales, ("trade.cost_musd", "costs.weight", "costs.byproduct_sales_musd_per_year")),
)
_OF_A_TREE: Parts = (
    (_scenarios, ("run.objective_musd", "run.options", "inputs.Settings.value")),
    (information_value, ("run.value",)),
)
_HEADLINE: Parts = (
    (_investments, (*(f"investments.{c}" for c in _INVESTED), "governments.loans_musd", "governments.grants_musd")),
    (
        _public_money,
        (
            *(f"governments.{c}" for c in ("given_in_plan_musd", "floor_payments_musd", "loans_musd")),
            "supported_use.given_share_musd",
        ),
    ),
    (_demand, ("demand.wanted_t", "demand.short_t", "demand.designed_out_t", "demand.probability")),
    (target_sentences.met, ("targets.target", "targets.miss_t", "targets.asked_percent")),
    (target_sentences.binding, tuple(f"targets.{c}" for c in _BINDING)),
    (
        _china_free,
        (
            "demand.wanted_t",
            "demand.designed_out_t",
            *_LEVELS,
            *(f"origin.content_free_{stage}_percent" for stage in FREE_BELOW),
        ),
    ),
)
