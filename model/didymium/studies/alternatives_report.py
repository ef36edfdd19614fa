"""The alternatives in sentences, charts and tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from didymium.engine.control import Options
from didymium.plan.rows import as_number
from didymium.reports import palette
from didymium.reports.chart_specs import FURTHER, ChartSpec
from didymium.reports.display import names, rows_in_words, with_names
from didymium.reports.names import listed
from didymium.reports.numbers import rounded
from didymium.reports.study import StudyReport, StudyTable
from didymium.results import ALTERNATIVES_SHEETS, ALTERNATIVES_TABLES, Record, by_name
from didymium.solving import run_facts
from didymium.studies.alternatives import Alternatives
from didymium.studies.alternatives_rows import alternatives_tables, how_often
from didymium.studies.entry_costs import ALWAYS, NEVER, OPEN, SOME
from didymium.studies.levels import in_words

CLASSES = {ALWAYS: "#117733", SOME: "#4477AA", OPEN: "#BBCCEE", NEVER: "#AA4499"}
WORDS = {ALWAYS: "in every good plan", SOME: "in some", OPEN: "open", NEVER: "in none"}
MAX_NAMES = 8  # projects that a sentence names at most
SHOWN = 12  # candidates that a chart shows
SMALLEST = 1e-4  # M USD: a smaller amount is not drawn


def alternatives_report(found: Alternatives, options: Options, seconds: float) -> StudyReport:
    """Return what the files of the alternatives show."""
    tables = alternatives_tables(found)
    source = found.inputs.source
    rows = by_name(tables)
    in_words = {name: with_names(source, rows_in_words(source, rows[name], ("stage",))) for name in ALTERNATIVES_TABLES}
    return StudyReport(
        name="alternatives",
        title=f"{source.setting('title') or source.source.stem}: what else could be built",
        status=_status(found),
        proven=found.complete and not any(found.class_of(entry) == OPEN for entry in found.entries),
        headline=headline(found),
        charts=_charts(found),
        tables=[
            StudyTable(table, sheet, in_words[name])
            for (name, table), sheet in zip(ALTERNATIVES_TABLES.items(), ALTERNATIVES_SHEETS, strict=True)
        ],
        facts={
            "scenario": found.scenario,
            "content_sha256": source.content_sha256(),
            **run_facts(source, options, {"total": seconds}),
            "within_percent": 100 * found.within,
            "cost_musd": found.cost,
            "bound_musd": found.bound,
            "largest_violation": found.plan.summary["largest_violation"],
        },
        record=alternatives_record(found),
    )


def alternatives_record(found: Alternatives) -> Record:
    """Return what alternatives.json holds."""
    return {
        "scenario": found.scenario,
        "content_sha256": found.inputs.source.content_sha256(),
        "within_percent": 100 * found.within,
        "cost_musd": found.cost,
        "bound_musd": found.bound,
        "complete": found.complete,
        "projects": [
            {
                "project": entry.candidate.name,
                "projects": list(entry.candidate.projects),
                "class": found.class_of(entry),
                "in_best_plan": entry.built,
                "cost_in_musd": _interval(found.cost_of(entry, True)),
                "cost_out_musd": _interval(found.cost_of(entry, False)),
                "ranges": [
                    {"from_year": one.first, "to_year": one.last, "class": one.kind}
                    for one in found.by_years.get(k, [])
                ],
            }
            for k, entry in enumerate(found.entries)
        ],
        "plans": [
            {
                "cost_musd": plan.cost,
                "projects": [found.entries[k].candidate.name for k in sorted(plan.entered)],
                "decisions": [
                    {"project": p, "decision_year": year, "modules": n} for (p, year), n in plan.modules.items()
                ],
            }
            for plan in found.plans
        ],
        "elsewhere": {name: sorted(projects) for name, projects in found.elsewhere.items()},
    }


def _interval(costs: tuple[float, float | None] | None) -> list[float | None] | None:
    """At least and at most, M USD; None where no such plan exists."""
    return None if costs is None else list(costs)


def read_frontier(path: Path, found: Alternatives) -> bool:
    """Take over what each level of the targets builds from a frontier.json of the same case and scenario, but for the
    level of 100 %, which is this case; returns whether there was one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = record["content_sha256"] == found.inputs.source.content_sha256()
        if not same or record["scenario"] != found.scenario:
            return False
        built: dict[str, set[str]] = {}
        projects = found.inputs.case.projects
        for row in record["builds"]:
            for percent, amount in row.items():
                if percent.endswith(" %") and percent != in_words(100):
                    one = built.setdefault(f"targets at {percent}", set())
                    project = projects[row["project"]]
                    if amount > (project.min_modules + 0.5) * project.module:
                        one.add(project.name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    found.elsewhere |= built
    return bool(built)


def headline(found: Alternatives) -> list[str]:
    """Return the answer in a few sentences."""
    return [*_best(found), *_classes(found), *_dearest(found), *_plans(found), *_robust(found)]


def _best(found: Alternatives) -> list[str]:
    count = sum(len(entry.candidate.projects) for entry in found.entries)
    text = (
        f"Of {count} projects that could be built, each is asked for: do all plans that cost at most"
        f" {100 * found.within:g} % ({rounded(found.limit - found.cost)} M USD) more than the best one found build it?"
    )
    saved = found.plan.cost - found.cost
    if saved <= 1e-7 * abs(found.cost):
        return [text]
    return [text, f"On the way a plan was found that is {rounded(saved)} M USD cheaper than the first one."]


def _classes(found: Alternatives) -> list[str]:
    open_ = sum(found.class_of(entry) == OPEN for entry in found.entries)
    lines = [] if found.entries else ["There is no candidate."]
    if open_:
        reached = "not reached, or neither" if not found.complete else "neither"
        lines.append(f"{_are(open_)} open: {reached} a bound nor a plan tells in how many good plans.")
    for kind, words in ((ALWAYS, "Safe bets, in every good plan"), (NEVER, "In no good plan")):
        listed = _listed(found, [e.candidate.name for e in found.entries if found.class_of(e) == kind])
        lines += [f"{words}: {listed}."] if listed else []
    return [*lines, *_first_years(found)]


def _first_years(found: Alternatives) -> list[str]:
    """What every good plan decides in the first range of years."""
    ranges = [(one, found.entries[k]) for k, of in found.by_years.items() for one in of[:1]]
    first = min((one.first for one, _ in ranges), default=None)
    early = [(one, entry) for one, entry in ranges if one.first == first]
    always = [entry.candidate.name for one, entry in early if one.kind == ALWAYS]
    if not always:
        return []
    verb = "is" if len(always) == 1 else "are"
    return [f"{len(always)} {verb} decided in {early[0][0].years} in every good plan: {_listed(found, always)}."]


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


def _listed(found: Alternatives, projects: Sequence[str]) -> str:
    known = names(found.inputs.source)
    return listed([known.get(p, p) for p in projects], MAX_NAMES)


def _dearest(found: Alternatives) -> list[str]:
    """The project in the best plan without which the cheapest plan found is dearest."""
    known = names(found.inputs.source)
    built = [(e.outside.found - found.cost, e) for e in found.entries if e.built and e.outside.found is not None]
    if not built:
        return []
    more, entry = max(built, key=lambda pair: pair[0])
    costs = found.cost_of(entry, False)
    low = 0.0 if costs is None else costs[0]
    proven = (
        f"; at least {rounded(low)} is proven" if low > 0 else "; the gap does not decide whether it costs anything"
    )
    return [
        (
            f"Of what the best plan builds, {known.get(entry.candidate.name, entry.candidate.name)} is missed most: the"
            f" cheapest plan found without it costs {rounded(more)} M USD more{proven}."
        )
    ]


def _plans(found: Alternatives) -> list[str]:
    others = found.plans[1:]
    if not others:
        return []
    apart = [len(plan.entered ^ found.plans[0].entered) for plan in others]
    shared = frozenset.intersection(*(plan.entered for plan in found.plans))
    some = frozenset.union(*(plan.entered for plan in found.plans)) - shared
    return [
        (
            f"{_plans_differ(len(others))} from the best one by {_span(min(apart), max(apart))}; all of them build"
            f" the same {len(shared)}, and {len(some)} more {'is' if len(some) == 1 else 'are'} built by some (sheet"
            " Shared)."
        )
    ]


def _plans_differ(count: int) -> str:
    return "1 other plan within the margin differs" if count == 1 else f"{count} other plans within the margin differ"


def _span(low: int, high: int) -> str:
    return f"{high} project{'s' * (high != 1)}" if low == high else f"{low} to {high} projects"


def _robust(found: Alternatives) -> list[str]:
    if not found.elsewhere:
        return []
    of = 1 + len(found.elsewhere)
    counts: Counter[str] = Counter()
    for entry in found.entries:
        built = sum(any(p in projects for p in entry.candidate.projects) for projects in found.elsewhere.values())
        counts[how_often(built + entry.built, of)] += 1
    listed = ", ".join(f"{counts[word]} {word}" for word in ("always", "usually", "sometimes", "never"))
    return [
        (
            f"Over the plans found for {of} cases (scenarios, levels of the targets) projects are built: {listed}"
            " (sheet Robustness)."
        )
    ]


def _status(found: Alternatives) -> str:
    counts = Counter(found.class_of(entry) for entry in found.entries)
    total, classed = len(found.entries), [f"{counts[kind]} {WORDS[kind]}" for kind in (ALWAYS, SOME, NEVER)]
    which = f"All {total}" if not counts[OPEN] else f"{total - counts[OPEN]} of {total}"
    waiting = f"; {_are(counts[OPEN])} open" if counts[OPEN] else ""
    stopped = "" if found.complete else "NOT complete: stopped by hand; what was not reached is open. "
    return f"{stopped}{which} candidates are classed: {', '.join(classed)}{waiting}."


def _charts(found: Alternatives) -> dict[str, ChartSpec]:
    return {"classes": _by_stage(found), "out": _costliest(found, False), "in": _costliest(found, True)}


def _rest(amount: float) -> float:
    """An amount, M USD; 0 where it is the solver's tolerance."""
    return amount if amount > SMALLEST else 0.0


def _by_stage(found: Alternatives) -> ChartSpec:
    projects = found.inputs.case.projects
    counts = Counter((projects[e.candidate.name].stage, found.class_of(e)) for e in found.entries)
    rows: list[Record] = [
        {"stage": stage, **{WORDS[kind]: counts[stage, kind] for kind in CLASSES}}
        for stage in palette.STAGES
        if any(counts[stage, kind] for kind in CLASSES)
    ]
    colours = {WORDS[kind]: colour for kind, colour in CLASSES.items()}
    return ChartSpec("Candidates by stage and class", "candidates", "column", ("stage",), colours, rows)


def _costliest(found: Alternatives, forced: bool) -> ChartSpec:
    """What it costs to force in, or to forbid, the candidates for which that costs most: proven, and by a plan."""
    known = names(found.inputs.source)
    costs = [(found.cost_of(e, forced), e) for e in found.entries if e.built is not forced]
    shown = sorted(
        ((as_number(c[1]), c[0], e) for c, e in costs if c is not None and c[1] is not None),
        key=lambda row: (-row[1], -row[0]),
    )
    rows: list[Record] = [
        {"project_name": known.get(e.candidate.name, e.candidate.name), "proven": low, FURTHER: _rest(high - low)}
        for high, low, e in reversed(shown[:SHOWN])  # bars are drawn from below
    ]
    what = "Forced in, what is not in the best plan" if forced else "Forbidden, what is in the best plan"
    return ChartSpec(
        f"{what}: {'the one that costs' if len(rows) == 1 else f'the {len(rows)} that cost'} most",
        "M USD",
        "stacked bar",
        ("project_name",),
        {"proven": "#4477AA", FURTHER: "#BBCCEE"},
        rows,
    )
