"""The results of a stress run in sentences, and as data for stress.json."""

from __future__ import annotations

from didymium.excel.headings import words_of
from didymium.plan.rows import number
from didymium.reports.numbers import rounded
from didymium.reports.stress.names import lost_name
from didymium.results import Record
from didymium.results.stress import PercentileRow, RegretRow
from didymium.stress_test.regret import NOISE
from didymium.stress_test.shortages import by_segment
from didymium.stress_test.stress import Stress


def headline(s: Stress) -> list[str]:
    """Return the results in a few sentences: how it was run, the draws and why they differ, the scenarios, demand not
    met, regret, the losses, the re-check."""
    return [_method(s), *_draws(s), *_drivers(s), _scenarios(s), _not_met(s), *_regret(s), *_losses(s), _rechecked(s)]


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
        f" percentile, median {rounded(cost['p50'])}, worst {rounded(cost['worst'])}."
    )
    if not hit:
        return [costs, "Demand is met in full in every draw."]
    worst = measure(s, "worst_year_short_percent")
    often = (
        f"Demand is not fully met in {100 * hit / len(s.rows['draws']):.0f} % of draws; at the 95th percentile"
        f" {short['p95']:.1f} % of all years' demand, and {worst['p95']:.0f} % in the worst year."
    )
    return [costs, often]


def _span(row: PercentileRow) -> str:
    return f"{rounded(row['p5'])} to {rounded(row['p95'])}"


def _scenarios(s: Stress) -> str:
    worst = max(s.rows["scenarios"], key=lambda r: r["cost_musd"])
    if len(s.rows["scenarios"]) < 2:
        return (
            f"The case has one scenario, {words_of(worst['scenario'])}: {rounded(worst['cost_musd'])} M USD,"
            f" {rounded(worst['short_t'])} t of demand not met."
        )
    return (
        f"Of {len(s.rows['scenarios'])} scenarios {words_of(worst['scenario'])} costs most:"
        f" {rounded(worst['cost_musd'])} M USD, {rounded(worst['short_t'])} t of demand not met in all years,"
        f" {worst['worst_year_short_percent']:.0f} % of demand in its worst year."
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


def _not_met(s: Stress) -> str:
    """In which scenarios, and for which segments, demand is not met."""
    spans = {r["year"]: r["span_years"] for r in s.plan.tables["costs"]}
    by_name = by_segment(s.rows["short"], spans)
    short = [name for name, tonnes in by_name.items() if sum(tonnes.values()) > 0]
    if not short:
        return "Demand is met in every scenario, with the numbers of the input."
    worst = max(by_name, key=lambda name: sum(by_name[name].values()))
    order = sorted(by_name[worst].items(), key=lambda item: -item[1])
    listed = ", ".join(f"{words_of(segment)} {rounded(tonnes)} t" for segment, tonnes in order[:3] if tonnes > 0)
    more = " and others" if sum(tonnes > 0 for _, tonnes in order) > 3 else ""
    return (
        f"Demand is not fully met in {len(short)} of {len(s.rows['scenarios'])} scenarios; the worst is"
        f" {words_of(worst)}: {listed}{more}.{_first_year(s, worst)}"
    )


def _first_year(s: Stress, scenario: str) -> str:
    """When demand is first not met in a scenario, and which segments and regions then lack most."""
    rows = [r for r in s.rows["short"] if r["scenario"] == scenario and r["short_t"] > 0]
    first = [r for r in rows if r["year"] == min(r["year"] for r in rows)]
    order = sorted(first, key=lambda r: -r["short_t"])
    listed = "; ".join(f"{words_of(r['segment'])} in {r['short_in']}" for r in order[:3])
    more = "; and others" if len(order) > 3 else ""
    return f" It begins in {order[0]['year']}, t in that year: {listed}{more} (sheet Short)."


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
    sentences = []
    for kind in ("supplier", "plant"):
        rows = [r for r in s.rows["losses"] if r["kind"] == kind]
        if rows and rows[0]["cost_more_musd"] > 0:
            bridge = ""
            if rows[0]["months_of_stock"]:
                bridge = (
                    f"; {rows[0]['months_of_stock']:.1f} months of {words_of(rows[0]['of'] or '')} in stock would"
                    " cover a year of it"
                )
            sentences.append(
                f"The {kind} whose loss has the largest effect is {lost_name(s, rows[0])}:"
                f" {rounded(rows[0]['cost_more_musd'])} M USD more, {rounded(rows[0]['short_more_t'])} t more"
                f" of demand not met{bridge}."
            )
    return sentences


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
