"""What a stress says, in sentences and for machines."""

from __future__ import annotations

from didymium.plan.tables import Record
from didymium.reports.names import spoken
from didymium.reports.stress.called import lost_name
from didymium.reports.words import amount
from didymium.stress_test.regret import NOISE
from didymium.stress_test.shortages import by_segment
from didymium.stress_test.stress import Stress


def headline(s: Stress) -> list[str]:
    """The answer in a few sentences: how it was run, the draws and why they differ, the scenarios, who goes short,
    regret, the losses, the re-check."""
    return [_how(s), *_draws(s), *_drivers(s), _scenarios(s), _who(s), *_regret(s), *_losses(s), _rechecked(s)]


def _how(s: Stress) -> str:
    sight = "each year without knowing the next" if s.options.myopic else "with foresight within a run"
    of = "all scenarios" if len(s.plan.scenarios) > 1 else spoken(s.plan.scenarios[0])
    return f"The builds of the plan of {of} are held; operation is made the best of anew in every run, {sight}."


def measure(s: Stress, name: str) -> Record:
    """The row of a measure on the sheet Percentiles."""
    return next(r for r in s.rows["percentiles"] if r["measure"] == name)


def _draws(s: Stress) -> list[str]:
    if not s.rows["draws"]:
        return ["No draws: scenarios and losses only."]
    cost, short = measure(s, "cost_musd"), measure(s, "short_percent")
    hit = sum(amount(r, "short_t") > 1 for r in s.rows["draws"])
    of = f" of {s.options.draws}" if len(s.rows["draws"]) < s.options.draws else ""
    said = (
        f"{len(s.rows['draws'])}{of} draws (seed {s.options.seed}): cost {_span(cost)} M USD from the 5th to the 95th"
        f" percentile, median {cost['p50']:,.0f}, worst {cost['worst']:,.0f}."
    )
    if not hit:
        return [said, "Demand is met in full in every draw."]
    worst = measure(s, "worst_year_short_percent")
    often = (
        f"Demand goes short in {100 * hit / len(s.rows['draws']):.0f} % of draws; at the 95th percentile"
        f" {short['p95']:.1f} % of all years' demand, and {worst['p95']:.0f} % in the worst year."
    )
    return [said, often]


def _span(row: Record) -> str:
    return f"{row['p5']:,.0f} to {row['p95']:,.0f}"


def _scenarios(s: Stress) -> str:
    worst = max(s.rows["scenarios"], key=lambda r: amount(r, "cost_musd"))
    if len(s.rows["scenarios"]) < 2:
        return (
            f"The case has one scenario, {spoken(str(worst['scenario']))}: {amount(worst, 'cost_musd'):,.0f} M USD,"
            f" {amount(worst, 'short_t'):,.0f} t short."
        )
    return (
        f"Of {len(s.rows['scenarios'])} scenarios {spoken(str(worst['scenario']))} costs most: {amount(worst, 'cost_musd'):,.0f} M USD, "
        f"{amount(worst, 'short_t'):,.0f} t short in all years, {amount(worst, 'worst_year_short_percent'):.0f} % of demand in its worst year."
    )  # fmt: skip


def _drivers(s: Stress) -> list[str]:
    """What share of the variance of the cost is the scenario's, and what moves it most within scenarios."""
    rows = {str(r["kind"]): r for r in reversed(s.rows["drivers"])}
    within = [r for r in s.rows["drivers"] if r["kind"] not in ("scenario", "rest")]
    if not rows:
        return []
    most = (
        f"within a scenario {spoken(str(within[0]['uncertain']))} moves it most"
        f" ({amount(within[0], 'share_percent'):.1f} %)"
        if within
        else "no other figure stands out from chance"
    )
    if "scenario" not in rows:
        return [f"Of the variance of the cost over the draws, {most}."]
    came = rows["scenario"]
    span = f"{amount(came, 'from_percent'):.0f} to {amount(came, 'to_percent'):.0f} %"
    return [
        (
            f"Which scenario comes makes {amount(came, 'share_percent'):.0f} % of the variance of the cost over the draws"
            f" ({span}); {most}."
        )
    ]


def _who(s: Stress) -> str:
    """Who goes short in the scenarios as they stand."""
    spans = {int(str(r["year"])): amount(r, "span_years") for r in s.plan.tables["costs"]}
    by_name = by_segment(s.rows["short"], spans)
    short = [name for name, tonnes in by_name.items() if sum(tonnes.values()) > 0]
    if not short:
        return "In no scenario does anybody go short, as long as the figures are as given."
    worst = max(by_name, key=lambda name: sum(by_name[name].values()))
    order = sorted(by_name[worst].items(), key=lambda item: -item[1])
    told = ", ".join(f"{spoken(segment)} {tonnes:,.0f} t" for segment, tonnes in order[:3] if tonnes > 0)
    more = " and others" if sum(tonnes > 0 for _, tonnes in order) > 3 else ""
    return (
        f"Somebody goes short in {len(short)} of {len(s.rows['scenarios'])} scenarios; most in {spoken(worst)}:"
        f" {told}{more}."
    )


def _regret(s: Stress) -> list[str]:
    """Where the plan costs most more than the least that could be had, and where it cannot be told from the best."""
    rows = s.rows["regret"]
    if not rows:
        return ["Regret was not worked out." if s.options.regret else "Regret was not asked for (--regret)."]
    known = [r for r in rows if r["regret_at_most_musd"] is not None and r["regret_at_least_musd"] is not None]
    if not known:
        return [
            (
                "The least cost of no scenario was found in the time allowed, so regret is not known; give it more time"
                " with --regret."
            )
        ]
    worst = max(known, key=lambda r: (amount(r, "regret_at_least_musd"), amount(r, "regret_at_most_musd")))
    level = [r for r in known if amount(r, "regret_at_least_musd") <= NOISE * abs(amount(r, "cost_musd"))]
    said = (
        "Held against each scenario's own least cost, foreseen and with builds free, the plan costs most more in"
        f" {spoken(str(worst['scenario']))}: {interval(worst)} M USD."
    )
    if level:
        most = max(amount(r, "regret_at_most_musd") for r in level)
        said += (
            f" In {len(level)} of {len(rows)} scenarios it may be among the best, and costs at most {most:,.0f} M USD"
            " more."
        )
    if len(known) < len(rows):
        said += f" In {len(rows) - len(known)} it is not known: the time was too short."
    return [said]


def interval(row: Record) -> str:
    """Regret from the least to the most that it can be."""
    ends = [f"{amount(row, f'regret_at_{end}_musd'):,.0f}" for end in ("least", "most")]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _losses(s: Stress) -> list[str]:
    said = []
    for kind in ("supplier", "plant"):
        rows = [r for r in s.rows["losses"] if r["kind"] == kind]
        if rows and amount(rows[0], "cost_more_musd") > 0:
            bridge = ""
            if amount(rows[0], "months_of_stock"):
                bridge = (
                    f"; {amount(rows[0], 'months_of_stock'):.1f} months of {spoken(str(rows[0]['of']))} in store would"
                    " bridge a year of it"
                )
            said.append(
                f"The {kind} whose loss hurts most is {lost_name(s, rows[0])}: {amount(rows[0], 'cost_more_musd'):,.0f}"
                f" M USD more, {amount(rows[0], 'short_more_t'):,.0f} t more short{bridge}."
            )
    return said  # fmt: skip


def _rechecked(s: Stress) -> str:
    return (
        f"{s.rechecked} runs, every scenario and the costliest draw among them, were re-checked against every rule;"
        f" largest violation {s.largest_violation:.0e}."
    )


def summary(s: Stress) -> Record:
    """stress.json: how it was run, percentiles by measure, scenarios, why draws differ, who goes short, regret,
    losses."""
    return {
        "draws": s.options.draws,
        "seed": s.options.seed,
        "myopic": s.options.myopic,
        "plan": {k: s.plan.summary.get(k) for k in ("scenario", "status", "objective_musd", "input_sha256")},
        "percentiles": {
            str(r["measure"]): {k: v for k, v in r.items() if k != "measure"} for r in s.rows["percentiles"]
        },
        "scenarios": s.rows["scenarios"],
        "drivers": s.rows["drivers"],
        "short": s.rows["short"],
        "regret": s.rows["regret"],
        "losses": s.rows["losses"],
        "rechecked": s.rechecked,
        "largest_violation": s.largest_violation,
        "seconds": s.seconds,
    }
