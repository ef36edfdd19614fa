"""A fact sheet of every project, for the page: what the input says of it, what the plan does with it, who stands before
and after it, what it earns, and its sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from didymium.excel.headings import heading, words_of
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.rows import number
from didymium.reports.display import REGIONS, STAGES, names
from didymium.reports.numbers import probability, rounded
from didymium.reports.page.geography import longitude_and_latitude
from didymium.results import Record
from didymium.results.deliveries import PATH_STEP
from didymium.tables.columns import SOURCE_COLUMNS
from didymium.tables.rows import Row

NEIGHBOURS = 3  # that are named on each side
OF_THE_INPUT = (
    "owner",
    "country",
    "status",
    "existing_t_per_year",
    "module_t_per_year",
    "max_modules",
    "capex_musd_per_module",
    "permitting_years",
    "construction_years",
)
WORDS = {
    "existing_t_per_year": "Existing capacity (t/year)",
    "module_t_per_year": "Size of a module (t/year)",
    "max_modules": "Modules at most",
    "capex_musd_per_module": "Capex of a module, without overrun (M USD)",
}
OF_VIABILITY = ("npv_musd", "break_even_usd_per_t", "market_usd_per_t", "gap_usd_per_t")
Fact = tuple[str, str]
"""What it is, and what it is for this project."""


def fact_sheets(plan: Answer) -> list[Record]:
    """Return for each project its id, name and stage, and its facts in order: (what, text)."""
    by_id, regions = names(plan.source), names(plan.source, REGIONS)
    decided, relied_on, neighbours = _decided(plan), _relied_on(plan), _neighbours(plan)
    value: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for viable in plan.tables["viability_of_plants"]:
        value[viable["project"]].append(viable)
    found: list[Record] = []
    for p, row in plan.source.ids("Projects.project").items():
        facts = [
            ("Region", regions[row.text("region")]),
            *_of_the_input(row),
            ("In this plan", decided.get(p, "nothing is decided")),
            *relied_on.get(p, []),
            *(("Next to it", text) for text in _named(neighbours, p, by_id)),
            *_viability(value[p]),
            *_sources(plan, row),
        ]
        found.append({"project": p, "name": by_id[p], "stage": row.text("stage"), "facts": facts})
    return sorted(found, key=lambda r: (STAGES.index(str(r["stage"])), str(r["name"])))


def cell_of(row: Row, column: str) -> object:
    """Return a cell of an input row, in a declared column or not; None where it is blank."""
    value = row.values.get(column)
    return row.extra.get(column) or None if value in (None, "") else value


def _of_the_input(row: Row) -> Iterator[Fact]:
    for column in OF_THE_INPUT:
        value = cell_of(row, column)
        if value not in (None, ""):
            yield WORDS.get(column, heading(column)), f"{value:,g}" if isinstance(value, (int, float)) else str(value)
    if (at := longitude_and_latitude(row)) is not None:
        yield "Latitude, longitude", f"{at[1]:g}, {at[0]:g}"


def _decided(plan: Answer) -> dict[str, str]:
    """What is decided of each project: years, modules, capex, public money, whether committed."""
    found: dict[str, list[str]] = defaultdict(list)
    for d in decisions(plan.tables["investments"]):
        committed, small = d.rows[0]["committed"], d.rows[0]["smaller_than_gap"]
        word = {"yes": "committed before", "no": "chosen by this plan"}.get(committed, "committed in part")
        doubt = "; costs less than the gap, so it is not proven that it belongs in the plan" if small == "yes" else ""
        where = "" if d.is_in_all(plan.scenarios) else f", in {len(d.scenarios)} of {len(plan.scenarios)} scenarios"
        found[d.project].append(
            f"{d.year}: {d.mean('modules'):g} modules{where}, on line {min(r['online_year'] for r in d.rows)},"
            f" {rounded(d.mean('capex_musd'))} M USD of capex, {rounded(d.mean('support_musd'))} of it public; {word}"
            f"{doubt}"
        )
    return {p: ". ".join(texts) for p, texts in found.items()}


def _relied_on(plan: Answer) -> dict[str, list[Fact]]:
    """What passed each plant in the year in which most did, expected over the branches."""
    chance = probability(plan)
    passed: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for row in plan.tables["reliance"]:
        at, likely = passed[row["project"]][row["year"]], chance[row["branch"], row["year"]]
        at[0] += likely * row["passed_t"]
        at[1] += likely * row["passed_percent"]
    found = {}
    for p, by_year in passed.items():
        year = max(by_year, key=lambda y: by_year[y][0])
        tonnes, percent = by_year[year]
        text = f"{rounded(tonnes)} t in {year}, {rounded(percent)} % of all that is delivered in that year"
        found[p] = [("Most that passed it", text)]
    return found


def _neighbours(plan: Answer) -> dict[tuple[str, int], dict[str, float]]:
    """What passed from (-1) and to (1) the plants next to each, t in all years, of the paths that are listed."""
    chance = probability(plan)
    span = {(r["branch"], r["year"]): r["span_years"] for r in plan.tables["costs"]}
    found: dict[tuple[str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.tables["paths"]:
        node = row["branch"], row["year"]
        tonnes = chance[node] * span[node] * row["tonnes_t"]
        for a, b in pairwise(str(row["path"] or "").split(PATH_STEP)):
            found[a, 1][b] += tonnes
            found[b, -1][a] += tonnes
    return found


def _named(
    neighbours: Mapping[tuple[str, int], Mapping[str, float]], project: str, by_id: Mapping[str, str]
) -> Iterator[str]:
    for side, word in ((-1, "takes most from"), (1, "gives most to")):
        others = sorted(neighbours.get((project, side), {}).items(), key=lambda item: -item[1])[:NEIGHBOURS]
        if others:
            listed = ", ".join(f"{by_id[p]} ({rounded(t)} t)" for p, t in others)
            yield f"{word} {listed}, t delivered in all years by the paths that are listed"


def _viability(rows: Sequence[Mapping[str, object]]) -> Iterator[Fact]:
    """Net present value, break-even and market price, and the gap, at market prices; of several scenarios the range of
    the value alone."""
    if len(rows) > 1:
        values = [number(row, "npv_musd") for row in rows]
        yield heading("npv_musd"), f"{rounded(min(values))} to {rounded(max(values))}, by scenario"
    for row in rows if len(rows) == 1 else ():
        if row.get("product"):
            yield "Main product", words_of(str(row["product"]))
        for column in OF_VIABILITY:
            if row.get(column) not in (None, ""):
                yield heading(column), rounded(number(row, column))


def _sources(plan: Answer, row: Row) -> Iterator[Fact]:
    """The titles and addresses of its sources, with their confidence."""
    known = plan.source.ids("Sources.source") if plan.source["Sources"] else {}
    for column in SOURCE_COLUMNS:
        value = cell_of(row, column)
        source = known.get(str(value)) if value else None
        if source is not None:
            parts = [cell_of(source, c) for c in ("title", "year", "url", "confidence")]
            yield heading(column), "; ".join(str(part) for part in parts if part)
    if note := cell_of(row, "note"):
        yield "Note", str(note)
