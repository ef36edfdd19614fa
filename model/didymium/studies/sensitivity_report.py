"""A sensitivity in sentences, a tornado and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case.case import ALL
from didymium.engine.control import Options
from didymium.excel.headings import words_of
from didymium.plan.rows import as_number
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.display import REGIONS, names, rows_in_words, with_names
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import SENSITIVITY_SHEETS, SENSITIVITY_TABLES, Record, by_name
from didymium.results.sensitivity import SensitivityTables, SwingChangeRow, SwingRow
from didymium.solving import run_facts
from didymium.stress_test.ranges import Range
from didymium.studies.frontier_rows import change_of, years_of
from didymium.studies.neighbour import Built, NearPlan
from didymium.studies.sensitivity import NOTHING, Sensitivity, Swing

LOWEST, HIGHEST = "at its lowest", "at its highest"
ENDS = {"low": "lowest", "high": "highest"}
MAX_NAMES = 6  # projects that a sentence names at most
_WORDS = {
    "demand": "demand",
    "china_limit": "what China offers",
    "china_price": "China's price",
    "import_limit": "what is offered",
    "import_price": "price of what is offered",
    "capex": "capex",
    "delay": "delay",
}


def sensitivity_report(found: Sensitivity, options: Options, seconds: float) -> StudyReport:
    """Return what the files of a sensitivity show."""
    tables = _tables(found)
    rows = by_name(tables)
    source = found.inputs.source
    title = str(source.setting("title") or source.source.stem)
    shown = {name: with_names(source, rows_in_words(source, table, ("stage", "kind"))) for name, table in rows.items()}
    record: Record = {
        "cost_musd": found.plan.cost,
        "bound_musd": found.bound,
        "inputs": rows["swings"],
        "changes": rows["swing_changes"],
        "research_first": found.swings[0].range.name if _decided(found) else None,
        "scenario": found.scenario,
        "complete": found.complete,
        "content_sha256": source.content_sha256(),
    }
    return StudyReport(
        name="sensitivity",
        title=f"{title}: which assumptions matter",
        status=_status(found),
        proven=found.complete and not _open_ends(found),
        headline=headline(found),
        charts={"tornado": tornado(found)},
        tables=[
            StudyTable(table, sheet, shown[name])
            for (name, table), sheet in zip(SENSITIVITY_TABLES.items(), SENSITIVITY_SHEETS, strict=True)
        ],
        facts={
            "scenario": found.scenario,
            "content_sha256": source.content_sha256(),
            **run_facts(source, options, {"total": seconds}),
            "inputs": len(found.swings),
            "re_checked": "the plan of the input as it is; the plans at the ends are the optimiser's",
        },
        record=record,
    )


def _decided(found: Sensitivity) -> list[Swing]:
    """The swings that are larger than the gaps."""
    return [swing for swing in found.swings if (swing.minimum or 0.0) > NOTHING * abs(found.plan.cost)]


def _status(found: Sensitivity) -> str:
    if not found.complete:
        return f"NOT complete: stopped by hand after {len(found.swings)} of {found.wanted} inputs."
    open_ends = _open_ends(found)
    if not open_ends:
        return f"{len(found.swings)} inputs optimised anew at both ends; every end is proven to the required gap."
    return (
        f"{len(found.swings)} inputs optimised anew at both ends; {open_ends} of {2 * len(found.swings)} ends are not"
        " proven to the required gap: their intervals are wider."
    )


def _open_ends(found: Sensitivity) -> int:
    """How many ends are not proven to the required gap, and not proven to have no plan."""
    return sum(not end.proven for swing in found.swings for end in (swing.low, swing.high))


def headline(found: Sensitivity) -> list[str]:
    """Return the answer in a few sentences: what to research first, the further swings, what changes in the plan."""
    if not found.swings:
        return ["No range moves the cost of the plan."] if found.complete else []
    decided = _decided(found)
    return [*_first(found, decided), *_further(found, decided), *_open(found, decided), *_changes(found)]


def _first(found: Sensitivity, decided: list[Swing]) -> list[str]:
    if not decided:
        return ["No swing is larger than the gap leaves open; a smaller gap (--gap) may tell them apart."]
    swing = decided[0]
    return [
        (
            f"Worth researching first: {in_words(found, swing.range)}. From {_span(swing.range)} the least cost changes"
            f" by at least {_musd(swing.minimum)} and at most {_musd(swing.maximum)}, the plan optimised anew."
        )
    ]


def _further(found: Sensitivity, decided: list[Swing]) -> list[str]:
    further = [f"{in_words(found, s.range)} (at least {_musd(s.minimum)})" for s in decided[1:MAX_NAMES]]
    return [f"Then: {'; '.join(further)}."] if further else []


def _musd(amount: float | None) -> str:
    """An amount as people read it: without decimals from 100 M USD on."""
    return "not known" if amount is None else f"{amount:,.0f} M USD" if amount >= 100 else f"{amount:,.3g} M USD"


def _open(found: Sensitivity, decided: list[Swing]) -> list[str]:
    count = sum(swing.found is not None for swing in found.swings) - len(decided)
    if not decided or count <= 0:
        return []
    return [f"Of {count} further input{'s' if count > 1 else ''} the gap does not decide that the cost changes at all."]


def _changes(found: Sensitivity) -> list[str]:
    """How many projects the ends of the widest input bring in and out; those that change at the fewest inputs are not
    named."""
    counts: dict[str, int] = defaultdict(int)
    for row in _change_rows(found):
        if row["change"] in ("enters", "leaves"):
            counts[row["project"]] += 1
    if not counts:
        return ["No end of any input brings a project into the plan or takes one out of it."]
    known = names(found.inputs.source)
    ends = 2 * len(found.swings)
    first = sorted(counts, key=lambda p: (-counts[p], p))[:MAX_NAMES]
    listed = ", ".join(f"{known.get(p, p)} ({counts[p]})" for p in first)
    return [
        f"Projects that enter or leave at some of the {ends} ends, by at how many: {listed}.",
        "Plans within the gap of the least cost may build other things, so what enters or leaves may be chance.",
    ]


def in_words(found: Sensitivity, r: Range) -> str:
    """Return an input in words: `demand: Japan, ev, magnet sh`."""
    what = _WORDS.get(r.kind, words_of(r.kind))
    if len(r.items) > 1:
        return f"{what} of {len(r.items)} together ({r.origin})"
    source = found.inputs.source
    known = {**names(source), **names(source, REGIONS), ALL: "all regions"}
    return f"{what}: {', '.join(known.get(part, words_of(part)) for part in r.items[0])}"


def _span(r: Range) -> str:
    if r.kind == "delay":
        return f"{round(r.low)} to {round(r.high)} years"
    return f"{r.low:g} to {r.high:g} times what the input states"


def tornado(found: Sensitivity) -> ChartSpec:
    """Return by how much the cost found changes at both ends of each input, the widest on top."""
    rows: list[Record] = []
    for swing in sorted(found.swings, key=lambda s: s.found or 0.0):  # charts draw the last on top
        low, high = (0.0 if end.cost is None else end.cost - found.plan.cost for end in (swing.low, swing.high))
        rows.append({"input": in_words(found, swing.range), LOWEST: low, HIGHEST: high})
    ends = [(as_number(row[LOWEST]), as_number(row[HIGHEST])) for row in rows]
    apart = all(min(both) <= 0 <= max(both) for both in ends)
    return ChartSpec(
        "By how much the cost found changes at both ends of each input, the plan optimised anew",
        "M USD",
        "stacked bar" if apart else "bar",  # one end left, the other right
        ("input",),
        {LOWEST: "#4477AA", HIGHEST: "#CC6677"},
        rows,
    )


def _tables(found: Sensitivity) -> SensitivityTables:
    solved = {swing.range.name for swing in found.swings}
    return {
        "swings": [_swing(found, k, swing) for k, swing in enumerate(found.swings, 1)],
        "swing_changes": list(_change_rows(found)),
        "widths": [
            {
                "input": in_words(found, width.range),
                "kind": width.range.kind,
                "lowest": width.range.low,
                "highest": width.range.high,
                "origin": width.range.origin,
                "change_low_musd": width.low,
                "change_high_musd": width.high,
                "method": "operated" if width.operated else "by duals",
                "solved": "yes" if width.range.name in solved else "no",
            }
            for width in found.widths
        ],
    }


def _swing(found: Sensitivity, rank: int, swing: Swing) -> SwingRow:
    low, high = swing.low, swing.high
    return {
        "rank": rank,
        "input": in_words(found, swing.range),
        "kind": swing.range.kind,
        "lowest": swing.range.low,
        "highest": swing.range.high,
        "cost_low_musd": low.cost,
        "bound_low_musd": low.bound,
        "cost_high_musd": high.cost,
        "bound_high_musd": high.bound,
        "swing_found_musd": swing.found,
        "swing_at_least_musd": swing.minimum,
        "swing_at_most_musd": swing.maximum,
        "fixed_swing_musd": swing.fixed.width,
        "decided": "yes" if swing in _decided(found) else "no",
    }


def _change_rows(found: Sensitivity) -> Iterator[SwingChangeRow]:
    base: Built = defaultdict(int)
    for row in found.plan.tables["investments"]:
        base[row["project"], row["decision_year"]] += row["modules"]
    for swing in found.swings:
        for name, end in (("low", swing.low), ("high", swing.high)):
            if end.cost is not None:
                yield from _changes_at(found, swing, ENDS[name], base, end)


def _changes_at(found: Sensitivity, swing: Swing, end: str, base: Built, near: NearPlan) -> Iterator[SwingChangeRow]:
    projects = found.inputs.case.projects
    before, after = _by_project(base), _by_project(near.built)
    for p, project in projects.items():
        was, now = before.get(p, {}), after.get(p, {})
        if was == now:
            continue
        tonnes = [project.module * sum(built.values()) for built in (was, now)]
        yield {
            "input": in_words(found, swing.range),
            "end": end,
            "project": p,
            "stage": project.stage,
            "region": project.region,
            "change": change_of(*tonnes),
            "base_years": years_of(was),
            "here_years": years_of(now),
            "base_t_per_year": tonnes[0],
            "here_t_per_year": tonnes[1],
        }


def _by_project(built: Built) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for (project, year), modules in built.items():
        found[project][year] = modules
    return found
