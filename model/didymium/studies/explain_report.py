"""A plan explained, candidate by candidate: sentences, a table, charts."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.engine.control import Options
from didymium.plan.rows import as_number
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.display import names, rows_in_words, with_names
from didymium.reports.names import listed
from didymium.reports.numbers import rounded
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import EXPLAIN_SHEETS, EXPLAIN_TABLES, Record, by_name
from didymium.results.explain import ExplainTables, ReasonRow
from didymium.solving import run_facts
from didymium.studies.alternatives_rows import more_than_best
from didymium.studies.entry_prices import Price
from didymium.studies.explain import Explanation, Reason
from didymium.studies.explain_sentences import MAX_NAMES, USD, changes_in_words, floor_cell, is_decided, sentence

SHOWN = 12  # candidates that a chart shows
FEW = 12  # projects that a sentence names in full


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
        proven=found.complete and all(is_decided(explained, reason) for reason in explained.reasons),
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
                "in_plan": reason.in_plan,
                "sentence": row["why"],
                "decided": is_decided(explained, reason),
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
                        "capex_cut_percent": row["capex_cut_found_percent"],
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
    costs = found.cost_of(entry, not reason.in_plan) or (None, None)
    cut, premium = reason.cut, reason.premium
    possible = cut is not None and cut.low <= 1
    high = None if cut is None or cut.high is None or cut.high > 1 else cut.high
    verified = [word for word, price in (("cut", cut), ("premium", premium)) if price is not None and price.verified]
    return {
        "project": project.name,
        "stage": project.stage,
        "region": project.region,
        "in_plan": "yes" if reason.in_plan else "no",
        "why": sentence(explained, reason),
        "other_way_at_least_musd": costs[0],
        "other_way_at_most_musd": costs[1],
        "other_way_found_musd": more_than_best(found, entry.side(not reason.in_plan).found),
        "capex_cut_at_least_percent": 100 * cut.low if cut is not None and possible else None,
        "capex_cut_at_most_percent": None if high is None else 100 * high,
        "grant_at_least_musd": cut.low * project.overnight if cut is not None and possible else None,
        "grant_at_most_musd": None if high is None else high * project.overnight,
        "premium_at_least_usd_per_t": None if premium is None else USD * premium.low,
        "premium_at_most_usd_per_t": None if premium is None or premium.high is None else USD * premium.high,
        "capex_cut_found_percent": None if cut is None or (cut.found or 0.0) > 1 else _times(100, cut),
        "premium_found_usd_per_t": _times(USD, premium),
        "price_floor": floor_cell(explained, reason),
        "verified": " and ".join(verified),
        "changes": changes_in_words(explained, reason.changes),
        "binding": "; ".join(reason.binding),
    }


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


def headline(explained: Explanation) -> list[str]:
    """Return the answer in a few sentences."""
    known, reasons = names(explained.found.inputs.source), explained.reasons
    if len(reasons) <= MAX_NAMES:
        each = [f"{known.get(r.entry.candidate.name)}: {sentence(explained, r)}" for r in reasons]
        return [*_cheaper(explained), *(each or ["The plan decides nothing: there is no candidate."])]
    built, open_ = (sum(chosen) for chosen in zip(*_built_and_open(explained), strict=True))
    lines = [
        (
            f"The plan builds {built} of {len(reasons)} candidates. Of {open_} the gap ({gap_in_words(explained)}) does"
            " not decide whether they belong in it."
        )
    ]
    return [*_cheaper(explained), *lines, *_nearest(explained), *_missed(explained)]


def _built_and_open(explained: Explanation) -> list[tuple[bool, bool]]:
    return [(reason.in_plan, not is_decided(explained, reason)) for reason in explained.reasons]


def _cheaper(explained: Explanation) -> list[str]:
    """That a cheaper plan than that of the result was found, and what it builds otherwise."""
    changes, cost, bound = explained.cheaper, explained.found.cost, explained.bound
    if changes is None:
        return []
    known = names(explained.found.inputs.source)
    parts = [
        f"{verb} {listed([known.get(p, p) for p in projects], FEW)}"
        for verb, projects in (("leaves out", changes.leaves), ("builds", changes.enters))
        if projects
    ]
    within = ", within its gap" if bound is not None and bound <= cost + 1e-7 * abs(cost) else ""
    otherwise = " and ".join(parts) or "builds the same projects, in other years or numbers"
    return [
        (
            f"On the way a plan was found that is {rounded(explained.cost - cost)} M USD cheaper than that of the"
            f" result{within}; it {otherwise}."
        ),
        "In the plan, or not, means in that of the result; what costs more or less is counted from the cheaper plan.",
    ]


def gap_in_words(explained: Explanation) -> str:
    """Return the gap that is left, and why the result states another one."""
    found = explained.found
    left = f"{rounded(found.cost - found.bound)} M USD"
    if explained.bound is None:
        return left
    stated = f"{rounded(explained.cost - explained.bound)} M USD"
    why = [] if explained.cheaper is None else ["a cheaper plan"]
    why += ["a higher bound"] if found.bound - explained.bound > 1e-7 * max(1.0, abs(found.cost)) else []
    if stated == left or not why:
        return left
    return (
        f"{left}; the result states {stated}, for {' and '.join(why)} {'was' if len(why) == 1 else 'were'} found since"
    )


def _nearest(explained: Explanation) -> list[str]:
    """The project out of the plan whose cheapest plan found costs least more than the best one."""
    found, known = explained.found, names(explained.found.inputs.source)
    out = [
        (r.entry.inside.found, r)
        for r in explained.reasons
        if not (r.in_plan or r.entry.built) and r.entry.inside.found is not None
    ]
    if not out:
        return []
    cost, reason = min(out, key=lambda pair: pair[0])
    which = "is not in the plan" if explained.cheaper is None else "neither plan builds"
    return [
        (
            f"Of what {which}, {known.get(reason.entry.candidate.name)} is nearest to entering: the cheapest"
            f" plan found with it costs {rounded(max(0.0, cost - found.cost))} M USD more."
        )
    ]


def _missed(explained: Explanation) -> list[str]:
    found, known = explained.found, names(explained.found.inputs.source)
    inside = [
        (r.entry.outside.found, r)
        for r in explained.reasons
        if r.in_plan and r.entry.built and r.entry.outside.found is not None
    ]
    if not inside:
        return []
    cost, reason = max(inside, key=lambda pair: pair[0])
    which = "is in the plan" if explained.cheaper is None else "both plans build"
    return [
        (
            f"Of what {which}, {known.get(reason.entry.candidate.name)} is missed most: the cheapest plan found"
            f" without it costs {rounded(max(0.0, cost - found.cost))} M USD more."
        )
    ]


def _status(explained: Explanation) -> str:
    if not explained.found.complete:
        return "NOT complete: stopped by hand; what was not reached is not decided."
    count = sum(is_decided(explained, reason) for reason in explained.reasons)
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
            if r.in_plan is built and (side := r.entry.side(not built)).found is not None
        ]
        ordered = sorted(costs, key=lambda pair: -pair[0] if built else pair[0])[:SHOWN]
        rows: list[Record] = [{"project_name": known.get(p, p), "M USD more": cost} for cost, p in reversed(ordered)]
        charts[name] = ChartSpec(title, "M USD", "bar", ("project_name",), {"M USD more": "#4477AA"}, rows)
    return charts
