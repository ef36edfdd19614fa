"""The sentences of page one on what the answer depends on: scenario, discounting, prices, the gap and what it leaves
undecided, stress results, idle plants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.committed import IDLE, chosen_idle
from didymium.plan.rows import as_number, number
from didymium.reports.idle_plants import price_of_idleness, reasons
from didymium.reports.names import listed, project_name, row_name
from didymium.reports.numbers import probability, rounded
from didymium.reports.rule_names import good_in_words
from didymium.reports.sentence import Parts, Sentence, sentences_of
from didymium.results.operation import TradeRow

MAX_LISTED = 6  # items of a list in a sentence


def premises(plan: Answer) -> list[str]:
    """Return the sentences, in the order of page one."""
    return [sentence.text for sentence in (*premise_sentences(plan), *warning_sentences(plan))]


def premise_sentences(plan: Answer) -> Iterator[Sentence]:
    """Yield the same sentences without the warnings, each with what it rests on."""
    yield from sentences_of(plan, _PREMISES)


def warning_sentences(plan: Answer) -> Iterator[Sentence]:
    """Yield the warnings, each with what it rests on."""
    yield from sentences_of(plan, _WARNINGS)


def _holds(plan: Answer) -> list[str]:
    """What the person who ran this decided, and the plan did not."""
    holds = plan.summary.get("holds")
    if not isinstance(holds, Mapping):
        return []
    parts = []
    for kind, words in (("forced", "forced in"), ("forbidden", "forbidden")):
        named = [_named(plan, text) for text in str(holds.get(kind) or "").split(";") if text]
        if named:
            parts.append(f"{listed(named, MAX_LISTED)} {words}")
    if holds.get("pinned_projects"):
        decisions, projects = (int(as_number(holds[k])) for k in ("pinned_decisions", "pinned_projects"))
        parts.append(
            f"{decisions} decision{'s' * (decisions != 1)} on {projects} projects pinned, up to {holds['pinned_until']}"
        )
    return [f"With {'; '.join(parts)} by the person who ran this: the plan decides the rest (sheet Inputs, Holds)."]


def _named(plan: Answer, text: str) -> str:
    """A held project by its name, with the years of its decision."""
    project, _, years = text.partition("@")
    return f"{project_name(plan.source, project)}{f' (decided in {years})' if years else ''}"


def _scenario(plan: Answer) -> str:
    """The scenario or scenarios of the plan, how likely they are, and when they become known."""
    rows, years = plan.source.ids("Scenarios.scenario"), plan.source.years
    if len(rows) < 2:
        return (
            f"Premise: everything from {years[0]} to {years[-1]} is known in advance; the workbook has no other"
            " scenario."
        )
    if len(plan.scenarios) > 1:
        likely = sorted(plan.scenarios, key=lambda s: -rows[s].num("probability_percent"))
        named = [f"{words_of(s)} {rows[s].num('probability_percent'):g} %" for s in likely]
        return f"Premise: {listed(named, MAX_LISTED)}. A scenario is known only from the year in which it is revealed."
    row = rows[plan.scenarios[0]]
    name = row_name(row)
    reveal = row["reveal_year"]
    known = (
        f"known in advance from {years[0]} to {years[-1]}"
        if reveal is None
        else f"known in advance from {years[0]} on, although it is revealed in {reveal}"
    )
    about = f": {name.rstrip('.')}" if name and name != plan.scenarios[0] else ""
    chance = f"{row.num('probability_percent'):g} % likely"
    return f"Premise: scenario {words_of(plan.scenarios[0])} ({chance}), {known}{about}."


def _discounting(plan: Answer) -> str:
    """Discount rate, kind of money, and the price of the commodity on which most money is spent."""
    rate = as_number(plan.source.setting("discount_rate_percent"))
    return f"Money is in constant prices, discounted at {rate:g} % a year to {plan.source.years[0]}. {_prices(plan)}"


def _prices(plan: Answer) -> str:
    weight = {(r["branch"], r["year"]): r["weight"] for r in plan.tables["costs"]}
    spent: dict[str, float] = defaultdict(float)
    bought = [r for r in plan.tables["trade"] if r["kind"] == "buy"]
    for r in bought:
        spent[r["commodity"]] += weight[r["branch"], r["year"]] * r["cost_musd"]
    if not bought:
        return "Nothing is bought from the offers (sheet Inputs, Imports)."
    costliest = max(spent, key=lambda c: spent[c])
    by_year = _paid(plan, [r for r in bought if r["commodity"] == costliest])
    first, last = min(by_year), max(by_year)
    then = f" and {by_year[last]:,.0f} in {last}" if last > first else ""
    return (
        f"Prices are those of the input (sheet Inputs, Imports): {good_in_words(plan.source, costliest)}, on which most"
        f" money is spent, costs on average {by_year[first]:,.0f} USD/t with tariff in {first}{then}."
    )


def _paid(plan: Answer, rows: Sequence[TradeRow]) -> dict[int, float]:
    """USD/t paid on average, by year in which anything is bought."""
    chance = probability(plan)
    sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for r in rows:
        at, likely = sums[r["year"]], chance[r["branch"], r["year"]]
        at[0] += likely * r["cost_musd"]
        at[1] += likely * r["tonnes_t"]
    return {year: 1e6 * cost / tonnes for year, (cost, tonnes) in sums.items() if tonnes > 0}


def _gap(plan: Answer) -> list[str]:
    """The gap in money and as a share of the cost that is decided, and the cost that no decision changes."""
    gap, share, fixed = (plan.summary.get(k) for k in ("gap_musd", "gap_percent_of_decided", "fixed_cost_musd"))
    if not isinstance(fixed, Mapping):
        return []
    existing, committed = (as_number(fixed[k]) for k in ("existing_fixed_opex", "committed_modules"))
    paid = (
        f"With any decisions, at least {rounded(existing + committed)} M USD are paid: {rounded(existing)} fixed opex"
        f" of existing plants, {rounded(committed)} as the minimum for committed modules."
    )
    if gap is None:
        return [f"The gap is not known: no amount in this plan is proven. {paid}"]
    if not gap:
        return [f"The gap is zero. {paid}"]
    of = (
        f", {rounded(as_number(share))} % of the {rounded(plan.expected_cost - existing - committed)} M USD that are"
        " decided"
        if share is not None
        else ""
    )
    return [f"The gap is {rounded(as_number(gap))} M USD{of}: a smaller difference in cost is not a finding. {paid}"]


def _too_small(plan: Answer) -> list[str]:
    """How many chosen investments cost less than the gap, so that the gap leaves them undecided."""
    chosen = [r for r in plan.tables["investments"] if r["committed"] != "yes"]
    small = [r for r in chosen if r["smaller_than_gap"] == "yes"]
    if not small:
        return []
    capex = sum(r["capex_musd"] * r["probability"] for r in small)
    sentence = (
        f"{len(small)} of {len(chosen)} chosen investments ({rounded(capex)} M USD of capex) each cost less over the"
        " plan than the gap: it is not proven that they belong in the plan. The sheet Investments shows which ones."
    )
    return [sentence]


def _small_gifts(plan: Answer) -> list[str]:
    """How many payers of public money give less than the gap, so that the gap leaves their money undecided."""
    rows = [r for r in plan.tables["governments"] if r["smaller_than_gap"]]
    small = [r for r in rows if r["smaller_than_gap"] == "yes"]
    if not small:
        return []
    total = sum(r["capital_subsidy_in_plan_musd"] for r in small)
    return [
        (
            f"The subsidy in loans and grants of {len(small)} of {len(rows)} payers of public money (governments, their"
            f" funds and programmes; {rounded(total)} M USD in the plan's years) is less than the gap in each case: it"
            " is not proven that this money belongs in the plan. The sheet Finance shows which ones."
        )
    ]


def _price_of_independence(plan: Answer) -> list[str]:
    """What all targets together cost, where a frontier of the case found it, or that none was run."""
    price = plan.summary.get("price_of_independence")
    if isinstance(price, Mapping):
        low, high = (as_number(price[name]) for name in ("at_least_musd", "at_most_musd"))
        span = f"between {rounded(low)} and {rounded(high)}" if low > 0 else f"at most {rounded(high)}"
        share = f" (at most {100 * high / abs(plan.cost):.2f} % of the cost of this plan)" if plan.cost else ""
        nothing = "; they may cost nothing, for the gap does not decide it" if low <= 0 < high else ""
        return [f"Price of independence: all targets together cost {span} M USD{share}{nothing}."]
    if len(plan.scenarios) > 1 or not plan.source["Targets"]:
        return []
    return [
        (
            "Price of independence: what the targets cost was not known when this was written: the command `didymium"
            " frontier` finds it, and writes to the folder frontier."
        )
    ]


def _stress(plan: Answer) -> list[str]:
    """The results of a stress run of these builds in the other scenarios, or that there was none when this was
    written."""
    found = plan.summary.get("stress")
    if isinstance(found, Mapping):
        return [_stressed(found, len(plan.scenarios) == 1)]
    if len(plan.scenarios) > 1:
        return []
    where = (
        "in the other scenarios"
        if len(plan.source.ids("Scenarios.scenario")) > 1
        else "for the loss of a plant or supplier"
    )
    return [
        (
            f"This plan had not been tested {where} when this was written: the command `didymium stress` does it, and"
            " writes to the folder stress next to this file."
        )
    ]


def _stressed(found: Mapping[str, object], alone: bool) -> str:
    """The results of these builds in the scenarios and in the draws."""
    count, short = int(number(found, "scenarios")), int(number(found, "short_in"))
    which = f"the {count} other scenario{'s' * (count > 1)}" if alone else f"all {count} scenarios"
    if not count:
        text = "there is no other scenario in which to test these builds"
    elif not short:
        text = f"stress tested these builds in {which}: demand is met"
    else:
        all_years, worst_year = (
            rounded(as_number(found[c])) for c in ("worst_short_percent", "worst_year_short_percent")
        )
        worst = (
            f"{words_of(str(found['worst']))} ({all_years} % of all years' demand, {worst_year} % in its worst year)"
        )
        text = f"stress tested these builds in {which}: demand is not fully met in {short}, worst in {worst}"
    tail = found["draws_p95_short_percent"]
    draws = (
        ""
        if tail is None
        else f"; at the 95th percentile of random draws {rounded(as_number(tail))} % of demand is not met"
    )
    return f"Other futures: {text}{draws}."


def _questions(plan: Answer) -> str:
    """The commands that answer what page one does not."""
    questions = {
        "alternatives": "which projects are safe",
        "sensitivity": "which assumption matters most",
        "explain": "why a project is in the plan or not",
    }
    open_ones = [f"{what}: `didymium {name}`" for name, what in questions.items() if name not in plan.summary]
    return f"Other questions have a command each. {'; '.join(open_ones).capitalize()}."


def _idle(plan: Answer) -> list[str]:
    """Committed plants that are idle for two years or more."""
    rows = reasons(plan.source, plan.tables)
    if not rows:
        return []
    plants = [
        f"{project_name(plan.source, str(r['project']))} ({r['idle_years']} of {r['years_on_line']}"
        f"{f': {why}' if why else ''})"
        for r, why in rows
    ]
    where = ", in the scenario with most idle years" if len(plan.scenarios) > 1 else ""
    return [
        (
            f"Warning: committed plants that the plan leaves idle (below {100 * IDLE:.0f} % of capacity on"
            f" line{where}), in years: {listed(plants, MAX_LISTED, '; ')}."
        )
    ]


def _never_run(plan: Answer) -> list[str]:
    """Plants that this plan chooses and does not run."""
    rows = chosen_idle(plan.tables)
    if not rows:
        return []
    plants = [
        f"{project_name(plan.source, r['project'])}, decided {r['decision_year']} ({price_of_idleness(r)})"
        for r in rows
    ]
    return [
        (
            f"Warning: plants that this plan chooses and does not run (below {100 * IDLE:.0f} % of capacity on line in"
            f" every year): {listed(plants, MAX_LISTED, '; ')}."
        )
    ]


_UNUSED = (
    "idle_years",
    "years_on_line",
    "utilisation_percent",
    "committed_modules",
    "capex_musd",
    "charges_discounted_musd",
    "smaller_than_gap",
)
_PREMISES: Parts = (
    (_holds, ("run.holds", "inputs.Holds.project")),
    (_scenario, ("inputs.Scenarios.probability_percent", "inputs.Scenarios.reveal_year", "run.scenario")),
    (_discounting, ("inputs.Settings.value", "trade.cost_musd", "trade.tonnes_t", "costs.weight")),
    (_price_of_independence, ("run.price_of_independence", "run.objective_musd")),
    (_gap, ("run.gap_musd", "run.gap_percent_of_decided", "run.fixed_cost_musd", "costs.weighted_musd")),
    (_too_small, ("investments.smaller_than_gap", "investments.committed", "investments.capex_musd")),
    (_small_gifts, ("governments.smaller_than_gap", "governments.capital_subsidy_in_plan_musd")),
    (_stress, ("run.stress", "run.scenario")),
    (_questions, ("run.alternatives", "run.scenario")),
)
_WARNINGS: Parts = (
    (_idle, ("investments.idle_years", "investments.years_on_line", "investments.committed")),
    (_never_run, tuple(f"investments.{c}" for c in _UNUSED)),
)
