"""The results of a stress run in sentences, and as data for stress.json."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.excel.headings import words_of
from didymium.plan.rows import number
from didymium.reports.numbers import rounded
from didymium.reports.penalties import part_of_cost, part_of_difference
from didymium.reports.stress.names import lost_name, places
from didymium.reports.varied import varied_in_words, varied_kinds
from didymium.results import Record
from didymium.results.stress import LossRow, PercentileRow, RegretRow
from didymium.stress_test.regret import NOISE
from didymium.stress_test.shortages import YearShort
from didymium.stress_test.stress import Stress

LISTED = 3  # names in a sentence


def headline(s: Stress) -> list[str]:
    """Return the results in a few sentences: how it was run, the draws, what they vary and why they differ, the
    scenarios, demand not met, regret, the losses, the re-check."""
    return [
        _method(s),
        *_draws(s),
        *_varied(s),
        *_drivers(s),
        _scenarios(s),
        *_not_met(s),
        *_regret(s),
        *_losses(s),
        _rechecked(s),
    ]


def _method(s: Stress) -> str:
    sight = "each year without knowledge of the next" if s.options.myopic else "with perfect foresight within a run"
    of = "all scenarios" if len(s.plan.scenarios) > 1 else words_of(s.plan.scenarios[0])
    return f"The builds of the plan for {of} are fixed; operation is optimised again in every run, {sight}."


def measure(s: Stress, name: str) -> PercentileRow:
    """Return the row of a measure on the sheet Percentiles."""
    return next(r for r in s.rows["percentiles"] if r["measure"] == name)


def _draws(s: Stress) -> list[str]:
    if not s.rows["draws"]:
        return ["No draws: scenarios and losses only."]
    cost, short = measure(s, "cost_musd"), measure(s, "short_percent")
    hit = sum(r["short_t"] > 1 for r in s.rows["draws"])
    of = f" of {s.options.draws}" if len(s.rows["draws"]) < s.options.draws else ""
    costs = (
        f"{len(s.rows['draws'])}{of} draws (seed {s.options.seed}): cost {_span(cost)} M USD from the 5th to the 95th"
        f" percentile, median {rounded(cost['p50'])}, worst {rounded(cost['worst'])}{_of_worst(s)}."
    )
    if not hit:
        return [costs, "Demand is met in full in every draw."]
    worst = measure(s, "worst_year_short_percent")
    often = (
        f"Demand is not fully met in {100 * hit / len(s.rows['draws']):.0f} % of draws; at the 95th percentile"
        f" {short['p95']:.1f} % of all years' demand, and {worst['p95']:.0f} % in the worst year."
    )
    return [costs, often]


def _of_worst(s: Stress) -> str:
    """How much of the cost of the costliest draw is penalty."""
    costliest = max(s.rows["draws"], key=lambda r: r["cost_musd"])
    return _penalty(costliest)


def _penalty(row: Mapping[str, object]) -> str:
    """How much of the cost of a run is penalty, in brackets."""
    return part_of_cost(number(row, "shortage_musd"), number(row, "target_penalty_musd"))


def _varied(s: Stress) -> list[str]:
    """What the draws vary, and what they do not."""
    return varied_in_words(varied_kinds(s.rows["ranges"]), "Draws vary") if s.rows["draws"] else []


def _span(row: PercentileRow) -> str:
    return f"{rounded(row['p5'])} to {rounded(row['p95'])}"


def _scenarios(s: Stress) -> str:
    worst = max(s.rows["scenarios"], key=lambda r: r["cost_musd"])
    if len(s.rows["scenarios"]) < 2:
        return (
            f"The case has one scenario, {words_of(worst['scenario'])}: {rounded(worst['cost_musd'])} M"
            f" USD{_penalty(worst)}, {rounded(worst['short_t'])} t of demand not met."
        )
    return (
        f"Of {len(s.rows['scenarios'])} scenarios {words_of(worst['scenario'])} costs most:"
        f" {rounded(worst['cost_musd'])} M USD{_penalty(worst)}, {rounded(worst['short_t'])} t of demand not met in"
        f" all years, {worst['worst_year_short_percent']:.0f} % of demand in its worst year."
    )


def _drivers(s: Stress) -> list[str]:
    """The share of the variance of the cost that is due to the scenario, and what moves it most within scenarios."""
    rows = {r["kind"]: r for r in reversed(s.rows["drivers"])}
    within = [r for r in s.rows["drivers"] if r["kind"] not in ("scenario", "rest")]
    if not rows:
        return []
    within_text = (
        f"within a scenario {words_of(within[0]['uncertain'])} moves it most ({within[0]['share_percent']:.1f} %)"
        if within
        else "no other number differs clearly from chance"
    )
    if "scenario" not in rows:
        return [f"Of the variance of the cost over the draws, {within_text}."]
    driver = rows["scenario"]
    span = f"{driver['from_percent']:.0f} to {driver['to_percent']:.0f} %"
    return [
        (
            f"The scenario is responsible for {driver['share_percent']:.0f} % of the variance of the cost over"
            f" the draws ({span}); {within_text}."
        )
    ]


def _not_met(s: Stress) -> list[str]:
    """In how many scenarios demand is not met; of the worst who goes short, of what, and when."""
    found = {name: [y for y in s.years_short if y.scenario == name] for name in (y.scenario for y in s.years_short)}
    if not found:
        return ["Demand is met in every scenario, with the numbers of the input."]
    totals = {name: sum(y.tonnes * y.span for y in years) for name, years in found.items()}
    worst = max(totals, key=lambda name: totals[name])
    name = words_of(worst)
    if len(s.rows["scenarios"]) > 1:
        where = f"Demand is not fully met in {len(found)} of {len(s.rows['scenarios'])} scenarios; the worst is {name}"
    else:
        where = f"Demand is not fully met in {name}"
    segments = _in_all_years(found[worst])
    return [
        f"{where}: {rounded(totals[worst])} t in all years, by segment {_largest(segments)} (sheets Scenarios, Short).",
        *_when(name, found[worst]),
        _who(s, name, max(found[worst], key=lambda y: y.tonnes)),
    ]


def _in_all_years(years: list[YearShort]) -> dict[str, float]:
    """What is short by segment, all years together, t."""
    found: dict[str, float] = {}
    for y in years:
        for segment, tonnes in y.by_segment.items():
            found[segment] = found.get(segment, 0.0) + tonnes * y.span
    return found


def _when(name: str, years: list[YearShort]) -> list[str]:
    """In which years of a scenario demand is not met, and when most; nothing where there is one year, told anyway."""
    if len(years) == 1:
        return []
    peak = max(years, key=lambda y: y.tonnes)
    listed = ", ".join(f"{y.year} {rounded(y.tonnes)}" for y in years)
    sentence = f"The shortage in {name} begins in {years[0].year} and is largest in {peak.year}"
    return [f"{sentence}; t not met by year: {listed} (sheet Short)."]


def _who(s: Stress, name: str, peak: YearShort) -> str:
    """Which commodities, segments and regions lack what in the year of a scenario in which most is lacking."""
    return (
        f"Short in {name} in {peak.year}: {rounded(peak.tonnes)} t; by commodity {_largest(peak.by_commodity)}; by"
        f" segment {_largest(peak.by_segment)}; by region {places(s, peak.by_region)} (sheet Short)."
    )


def _largest(tonnes: dict[str, float]) -> str:
    """The largest amounts by name, and how much all others are."""
    order = sorted(tonnes.items(), key=lambda item: -item[1])
    others = sum(amount for _, amount in order[LISTED:])
    listed = [f"{words_of(key)} {rounded(amount)} t" for key, amount in order[:LISTED]]
    return ", ".join([*listed, f"all others {rounded(others)} t"] if others else listed)


def _regret(s: Stress) -> list[str]:
    """Where the extra cost of the plan above the least possible cost is largest, and where the plan may be the best."""
    rows = s.rows["regret"]
    if not rows:
        return ["Regret was not calculated." if s.options.regret else "Regret was not requested (--regret)."]
    known = [r for r in rows if r["regret_at_most_musd"] is not None and r["regret_at_least_musd"] is not None]
    if not known:
        return [
            (
                "The least cost of no scenario was found in the time allowed, so regret is not known; give it more time"
                " with --regret."
            )
        ]
    worst = max(known, key=lambda r: (number(r, "regret_at_least_musd"), number(r, "regret_at_most_musd")))
    near_best = [r for r in known if number(r, "regret_at_least_musd") <= NOISE * abs(r["cost_musd"])]
    sentence = (
        "Compared with the least possible cost of each scenario (known in advance, builds free), the extra cost of the"
        f" plan is largest in {words_of(worst['scenario'])}: {interval(worst)} M USD."
    )
    if near_best:
        limit = max(number(r, "regret_at_most_musd") for r in near_best)
        sentence += (
            f" In {len(near_best)} of {len(rows)} scenarios it may be among the best, and costs at most"
            f" {rounded(limit)} M USD more."
        )
    if len(known) < len(rows):
        sentence += f" In {len(rows) - len(known)} it is not known: the time was too short."
    return [sentence]


def interval(row: RegretRow) -> str:
    """Return regret from its minimum to its maximum, M USD."""
    ends = [rounded(number(row, f"regret_at_{end}_musd")) for end in ("least", "most")]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _losses(s: Stress) -> list[str]:
    """The supplier and the plant whose loss costs most, how much of that is penalty, and what a stock would cover."""
    sentences = []
    for kind in ("supplier", "plant"):
        row = next((r for r in s.rows["losses"] if r["kind"] == kind), None)
        if row is not None and row["cost_more_musd"] > 0:
            cost = row["cost_more_musd"]
            part = part_of_difference(cost, row["shortage_more_musd"], row["target_penalty_more_musd"])
            sentences.append(
                f"The {kind} whose loss costs most is {lost_name(s, row)}: {rounded(cost)} M USD more{part},"
                f" {rounded(row['short_more_t'])} t more of demand not met in all years (sheet Losses)."
            )
            sentences += _bridge(row, lost_name(s, row))
    return sentences


def _bridge(row: LossRow, name: str) -> list[str]:
    """The one commodity and year that lack most against their demand, and what share of all that is lacking it is.

    No share where other goods are short of less than before, so that the part may be more than the whole.
    """
    stock, short = row["stock_to_bridge_it_t"], row["short_more_t"]
    if not row["months_of_stock"]:
        return []
    share = f", {100 * stock / short:.0f} % of the {rounded(short)} t" if stock <= short * (1 + NOISE) else ""
    sentence = (
        f"Without {name} the largest gap against demand is one commodity in one year, {words_of(row['of'] or '')} in"
        f" {row['worst_year']}: {rounded(stock)} t more, {row['months_of_stock']:.1f} months of its demand{share}; a"
        " stock of that size would cover no more than this (sheet Losses)."
    )
    return [sentence]


def _rechecked(s: Stress) -> str:
    return (
        f"{s.rechecked} runs, including every scenario and the costliest draw, were re-checked against every rule;"
        f" largest violation {s.largest_violation:.0e}."
    )


def summary(s: Stress) -> Record:
    """Return the content of stress.json: how it was run, percentiles by measure, scenarios, why draws differ, demand
    not met, regret, losses."""
    return {
        "draws": s.options.draws,
        "seed": s.options.seed,
        "myopic": s.options.myopic,
        "plan": {k: s.plan.summary.get(k) for k in ("scenario", "status", "objective_musd", "input_sha256")},
        "percentiles": {r["measure"]: {k: v for k, v in r.items() if k != "measure"} for r in s.rows["percentiles"]},
        "scenarios": s.rows["scenarios"],
        "drivers": s.rows["drivers"],
        "short": s.rows["short"],
        "regret": s.rows["regret"],
        "losses": s.rows["losses"],
        "rechecked": s.rechecked,
        "largest_violation": s.largest_violation,
        "seconds": s.seconds,
    }
