"""A plan explained, candidate by candidate: sentences, a table, charts."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.engine.control import Options
from didymium.excel.headings import words_of
from didymium.plan.rows import as_number
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.display import names, rows_in_words, with_names
from didymium.reports.numbers import rounded
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import EXPLAIN_SHEETS, EXPLAIN_TABLES, Record, by_name
from didymium.results.explain import ExplainTables, ReasonRow
from didymium.solving import run_facts
from didymium.studies.alternatives_rows import costs_in_words, more_than_best
from didymium.studies.entry_prices import Price
from didymium.studies.explain import Changes, Explanation, Reason

USD = 1e6  # in a M USD
SHOWN = 12  # candidates that a chart shows
MAX_NAMES = 4  # projects that a sentence names at most


def explain_report(explained: Explanation, options: Options, seconds: float) -> StudyReport:
    """Return what the files of an explanation show."""
    found = explained.found
    source = found.inputs.source
    tables: ExplainTables = {"reasons": [_row(explained, reason) for reason in explained.reasons]}
    rows = by_name(tables)
    return StudyReport(
        name="explain",
        title=f"{source.setting('title') or source.source.stem}: why each project is in the plan or not",
        status=_status(explained),
        proven=found.complete and all(_decided(explained, reason) for reason in explained.reasons),
        headline=headline(explained),
        charts=_charts(explained),
        tables=[
            StudyTable(table, sheet, with_names(source, rows_in_words(source, rows[name], ("stage",))))
            for (name, table), sheet in zip(EXPLAIN_TABLES.items(), EXPLAIN_SHEETS, strict=True)
        ],
        facts={
            "scenario": found.scenario,
            "content_sha256": source.content_sha256(),
            **run_facts(source, options, {"total": seconds}),
            "cost_musd": found.cost,
            "bound_musd": found.bound,
            "largest_violation": found.plan.summary["largest_violation"],
        },
        record=explain_record(explained, tables["reasons"]),
    )


def explain_record(explained: Explanation, rows: Sequence[ReasonRow]) -> Record:
    """Return what explain.json holds."""
    found = explained.found
    return {
        "scenario": found.scenario,
        "content_sha256": found.inputs.source.content_sha256(),
        "cost_musd": found.cost,
        "bound_musd": found.bound,
        "complete": found.complete,
        "projects": [
            {
                "project": row["project"],
                "projects": list(reason.entry.candidate.projects),
                "in_plan": reason.entry.built,
                "sentence": row["why"],
                "decided": _decided(explained, reason),
                "cost_in_musd": _interval(found.cost_of(reason.entry, True)),
                "cost_out_musd": _interval(found.cost_of(reason.entry, False)),
                "entry": {
                    "capex_cut_percent": _pair(row["capex_cut_at_least_percent"], row["capex_cut_at_most_percent"]),
                    "grant_musd_per_module": _pair(row["grant_at_least_musd"], row["grant_at_most_musd"]),
                    "premium_usd_per_t": _pair(row["premium_at_least_usd_per_t"], row["premium_at_most_usd_per_t"]),
                    "price_floor": _floor_record(
                        reason, _pair(row["premium_at_least_usd_per_t"], row["premium_at_most_usd_per_t"])
                    ),
                    "verified": row["verified"],
                    "against_best_plan_found": {
                        "capex_cut_percent": _times(100, reason.cut),
                        "premium_usd_per_t": _times(USD, reason.premium),
                    },
                },
                "leaves": [] if reason.changes is None else reason.changes.leaves,
                "enters": [] if reason.changes is None else reason.changes.enters,
                "bought_t": {} if reason.changes is None else dict(reason.changes.bought),
                "binding": reason.binding,
            }
            for row, reason in zip(rows, explained.reasons, strict=True)
        ],
    }


def _interval(costs: tuple[float, float | None] | None) -> list[float | None] | None:
    return None if costs is None else list(costs)


def _times(unit: float, price: Price | None) -> float | None:
    return None if price is None or price.found is None else unit * price.found


def _pair(low: float | None, high: float | None) -> list[float | None] | None:
    return None if low is None else [low, high]


def _row(explained: Explanation, reason: Reason) -> ReasonRow:
    found, entry = explained.found, reason.entry
    project = found.inputs.case.projects[entry.candidate.name]
    costs = found.cost_of(entry, not entry.built) or (None, None)
    cut, premium = reason.cut, reason.premium
    possible = cut is not None and cut.low <= 1
    high = None if cut is None or cut.high is None or cut.high > 1 else cut.high
    verified = [word for word, price in (("cut", cut), ("premium", premium)) if price is not None and price.verified]
    return {
        "project": project.name,
        "stage": project.stage,
        "region": project.region,
        "in_plan": "yes" if entry.built else "no",
        "why": sentence(explained, reason),
        "other_way_at_least_musd": costs[0],
        "other_way_at_most_musd": costs[1],
        "other_way_found_musd": more_than_best(found, entry.side(not entry.built).found),
        "capex_cut_at_least_percent": 100 * cut.low if cut is not None and possible else None,
        "capex_cut_at_most_percent": None if high is None else 100 * high,
        "grant_at_least_musd": cut.low * project.overnight if cut is not None and possible else None,
        "grant_at_most_musd": None if high is None else high * project.overnight,
        "premium_at_least_usd_per_t": None if premium is None else USD * premium.low,
        "premium_at_most_usd_per_t": None if premium is None or premium.high is None else USD * premium.high,
        "capex_cut_found_percent": _times(100, cut),
        "premium_found_usd_per_t": _times(USD, premium),
        "price_floor": _floor_cell(reason),
        "verified": " and ".join(verified),
        "changes": _changes(explained, reason.changes),
        "binding": "; ".join(reason.binding),
    }


def _decided(explained: Explanation, reason: Reason) -> bool:
    """Whether it is proven that the other way costs something, or that it costs nothing."""
    costs = explained.found.cost_of(reason.entry, not reason.entry.built)
    small = 1e-7 * max(1.0, abs(explained.found.cost))
    return costs is None or costs[0] > small or (costs[1] is not None and costs[1] <= small)


def sentence(explained: Explanation, reason: Reason) -> str:
    """Return why a candidate is in the plan or not, in a sentence that is true within the gap."""
    found, entry = explained.found, reason.entry
    costs = costs_in_words(found, entry, not entry.built)
    where = "In the plan" if entry.built else "Not in the plan"
    if _decided(explained, reason):
        return f"{where}: {costs}.{_entry(explained, reason)}"
    more = more_than_best(found, entry.side(not entry.built).found)
    what, other = ("to forbid it", "without") if entry.built else ("to force it in", "with")
    high = (found.cost_of(entry, not entry.built) or (None, None))[1]
    if high is None or more is None:
        return f"{where}, but the gap does not decide this: what it costs {what} is not known."
    return (
        f"{where}, but the gap does not decide this: the cheapest plan found {other} it costs {rounded(more)} M USD"
        f" more, and {what} costs at most {rounded(high)} M USD.{_entry(explained, reason)}"
    )


def _entry(explained: Explanation, reason: Reason) -> str:
    """The prices at which it enters, where it is not in the plan: as proven, else against the best plan found. Where
    the gap does not decide its cost, a proven price is that of the whole gap, and tells little of the project."""
    if reason.cut is not None and reason.cut.low > 1:
        return " It would not enter even if its capex were 0."
    decided = _decided(explained, reason)
    proven = _prices(explained, reason, proven=True) if decided else []
    if proven:
        return f" It enters {', or '.join(proven)}."
    against = _prices(explained, reason, proven=False)
    plan = "The cheapest plan found with it" if decided else "That plan"
    if against:
        return f" {plan} would cost no more than the best one {', or '.join(against)}."
    idle = reason.changes is not None and not reason.changes.runs
    return f" {plan} builds it and does not run it." if idle and not reason.entry.built else ""


def _prices(explained: Explanation, reason: Reason, proven: bool) -> list[str]:
    """A cut and a premium in words, as far as they are known and can be."""
    overnight = explained.found.inputs.case.projects[reason.entry.candidate.name].overnight
    parts = []
    ends = _ends(reason.cut, proven)
    if ends and 0 < ends[1] <= 1 and overnight > 0:
        percent, grant = (
            _between(unit * ends[0], unit * ends[1], word) for unit, word in ((100, "%"), (overnight, "M USD"))
        )
        parts.append(f"at a capex lower by {percent} (a grant of {grant} a module)")
    ends = _ends(reason.premium, proven)
    if ends and ends[1] > 0:
        floor = _floor_in_words(reason, ends)
        parts.append(f"at a premium of {_between(USD * ends[0], USD * ends[1], 'USD')} on each tonne{floor}")
    return parts


def _floor_in_words(reason: Reason, premium: tuple[float, float]) -> str:
    """The price floor that a premium is worth, where the plant has a good with a market price."""
    floor = reason.floor
    if floor is None:
        return ""
    low, high = (floor.at(USD * end) for end in premium)
    price = f"at most {rounded(high)} USD" if premium[0] <= 0 else _between(low, high, "USD")
    good = "ore" if floor.commodity in reason.entry.candidate.projects else words_of(floor.commodity)
    return (
        f" (a price floor for its {good} of {price} a tonne in {floor.year}, where the market price is"
        f" {rounded(floor.market)} USD)"
    )


def _floor_record(reason: Reason, premium: Sequence[float | None] | None) -> Record | None:
    """The same as explain.json has it."""
    floor = reason.floor
    if floor is None or premium is None:
        return None
    return {
        "commodity": floor.commodity,
        "year": floor.year,
        "market_price_usd_per_t": floor.market,
        "floor_usd_per_t": [None if end is None else floor.at(end) for end in premium],
    }


def _floor_cell(reason: Reason) -> str:
    ends = _ends(reason.premium, True) or _ends(reason.premium, False)
    return "" if ends is None else _floor_in_words(reason, ends).strip(" ()")


def _ends(price: Price | None, proven: bool) -> tuple[float, float] | None:
    if price is None:
        return None
    if not proven:
        return None if price.found is None else (price.found, price.found)
    return None if price.high is None else (price.low, price.high)


def _between(low: float, high: float, unit: str) -> str:
    """A price that is known, or from its least to its most."""
    if high - low <= 0.02 * max(abs(high), 1e-9):
        return f"{rounded(high)} {unit}"
    if low <= 0:
        return f"at most {rounded(high)} {unit}"
    return f"{rounded(low)} to {rounded(high)} {unit}"


def _changes(explained: Explanation, changes: Changes | None) -> str:
    """What the other plan does otherwise, in words."""
    if changes is None:
        return ""
    known = names(explained.found.inputs.source)
    parts = [] if changes.runs else ["it is built and never run"]
    for projects, words in ((changes.leaves, "leaves"), (changes.enters, "enters")):
        if projects:
            more = f" and {len(projects) - MAX_NAMES} more" if len(projects) > MAX_NAMES else ""
            verb = words if len(projects) == 1 else words[:-1] if words == "enters" else "leave"
            parts.append(f"{', '.join(known.get(p, p) for p in projects[:MAX_NAMES])}{more} {verb}")
    for offer, tonnes in changes.bought:
        parts.append(f"{rounded(abs(tonnes))} t {'more' if tonnes > 0 else 'less'} bought of {words_of(offer)}")
    return "; ".join(parts)


def headline(explained: Explanation) -> list[str]:
    """Return the answer in a few sentences."""
    found, reasons = explained.found, explained.reasons
    if len(reasons) <= MAX_NAMES:
        known = names(found.inputs.source)
        return [f"{known.get(r.entry.candidate.name)}: {sentence(explained, r)}" for r in reasons] or [
            "The plan decides nothing: there is no candidate."
        ]
    built = [r for r in reasons if r.entry.built]
    open_ = [r for r in reasons if not _decided(explained, r)]
    lines = [
        (
            f"The plan builds {len(built)} of {len(reasons)} candidates. Of {len(open_)} the gap"
            f" ({rounded(found.cost - found.bound)} M USD) does not decide whether they belong in it."
        )
    ]
    return [*lines, *_nearest(explained), *_missed(explained)]


def _nearest(explained: Explanation) -> list[str]:
    """The project out of the plan whose cheapest plan found costs least more than the best one."""
    found, known = explained.found, names(explained.found.inputs.source)
    out = [
        (r.entry.inside.found, r) for r in explained.reasons if not r.entry.built and r.entry.inside.found is not None
    ]
    if not out:
        return []
    cost, reason = min(out, key=lambda pair: pair[0])
    return [
        (
            f"Of what is not in the plan, {known.get(reason.entry.candidate.name)} is nearest to it: the cheapest plan"
            f" found with it costs {rounded(max(0.0, cost - found.cost))} M USD more."
        )
    ]


def _missed(explained: Explanation) -> list[str]:
    found, known = explained.found, names(explained.found.inputs.source)
    inside = [
        (r.entry.outside.found, r) for r in explained.reasons if r.entry.built and r.entry.outside.found is not None
    ]
    if not inside:
        return []
    cost, reason = max(inside, key=lambda pair: pair[0])
    return [
        (
            f"Of what is in the plan, {known.get(reason.entry.candidate.name)} is missed most: the cheapest plan found"
            f" without it costs {rounded(max(0.0, cost - found.cost))} M USD more."
        )
    ]


def _status(explained: Explanation) -> str:
    if not explained.found.complete:
        return "NOT complete: stopped by hand; what was not reached is not decided."
    count = sum(_decided(explained, reason) for reason in explained.reasons)
    if count == len(explained.reasons):
        return f"All {count} candidates are decided."
    return f"{count} of {len(explained.reasons)} candidates are decided; of the others the gap leaves it open."


def _charts(explained: Explanation) -> dict[str, ChartSpec]:
    found, known = explained.found, names(explained.found.inputs.source)
    charts = {}
    for name, built, title in (
        ("missed", True, "In the plan: what the cheapest plan found without each costs more"),
        ("near", False, "Not in the plan: what the cheapest plan found with each costs more, the nearest first"),
    ):
        costs = [
            (as_number(more_than_best(found, side.found)), r.entry.candidate.name)
            for r in explained.reasons
            if r.entry.built is built and (side := r.entry.side(not built)).found is not None
        ]
        ordered = sorted(costs, key=lambda pair: -pair[0] if built else pair[0])[:SHOWN]
        rows: list[Record] = [{"project": known.get(p, p), "M USD more": cost} for cost, p in reversed(ordered)]
        charts[name] = ChartSpec(title, "M USD", "bar", ("project",), {"M USD more": "#4477AA"}, rows)
    return charts
