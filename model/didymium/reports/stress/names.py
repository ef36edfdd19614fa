"""Names and words for the scenarios, plants, suppliers, regions, segments and measures of a stress run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.case.case import ALL
from didymium.excel.headings import heading, readable, words_of
from didymium.reports.display import REGIONS, name_of, names, rows_in_words
from didymium.reports.names import project_name
from didymium.results import Record
from didymium.stress_test.shortages import in_words as tonnes_in_words
from didymium.stress_test.stress import Stress

_IDS = ("segment", "of", "uncertain", "kind", "stage")
_KEPT = ("scenario", "lost", "range")  # ids that stand behind their names
_COLUMNS = ("measure", "percent_of_demand")  # what they hold is the name of a column


def lost_name(s: Stress, row: Mapping[str, object]) -> str:
    """Return the name of the plant or supplier of a row of Losses."""
    return project_name(s.plan.source, str(row["lost"])) if row["kind"] == "plant" else readable(str(row["lost"]))


def places(s: Stress, tonnes: Mapping[str, float]) -> str:
    """Return tonnes by region with the regions' names, the largest first: `Japan 120 t, Southeast Asia 3.5 t`."""
    known = names(s.plan.source, REGIONS)
    return tonnes_in_words({known[region]: t for region, t in tonnes.items()})


def in_words(s: Stress, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Return rows as people read them: the name before the id of a scenario, plant or supplier, and words for all other
    ids."""
    source = s.plan.source
    projects = names(source)
    known = {**projects, **names(source, REGIONS), ALL: "all regions"}
    scenarios = {i: name_of(row, i) for i, row in source.ids("Scenarios.scenario").items()}
    found: list[Record] = []
    for row, words in zip(rows, rows_in_words(source, rows, _IDS), strict=True):
        named: Record = {}
        for column, value in words.items():
            if column == "lost":
                named["lost_name"] = lost_name(s, row)
            elif column == "scenario":
                named["scenario_name"] = scenarios.get(str(value)) or readable(str(value))
            elif column == "range":
                named["range_name"] = _range_name(row, known)
            if column in _COLUMNS:
                named[column] = heading(str(value))
            else:
                named[column] = row[column] if column in _KEPT else value
        if "short_in" in row:
            named["short_in"] = _short_in(s, row)
        if row.get("stood_still"):
            named["stood_still"] = _outages(str(row["stood_still"]), projects)
        found.append(named)
    return found


def _range_name(row: Mapping[str, object], known: Mapping[str, str]) -> str:
    """Return the name of a range: `demand: Japan, ev traction, magnet sh`, or how many items move together."""
    kind, name = str(row["kind"]), str(row["range"])
    if row["items"] != 1:
        return words_of(name)
    items = name.removeprefix(f"{kind} ").split("|")
    return f"{words_of(kind)}: {', '.join(known.get(item) or words_of(item) for item in items)}"


def _outages(text: str, projects: Mapping[str, str]) -> str:
    """Return the plants that stood still with their names: `Mt Weld 2027, 2028; Moma 2030`."""
    parts = [part.split(" ", 1) for part in text.split("; ")]
    return "; ".join(f"{projects.get(plant) or words_of(plant)} {years}" for plant, years in parts)


def _short_in(s: Stress, row: Mapping[str, object]) -> str | None:
    """Return the regions in which a segment of a row of Short is short, with their names; None where there is none."""
    tonnes = {
        region: t
        for of_year in s.years_short
        if (of_year.scenario, of_year.year) == (row["scenario"], row["year"])
        for (segment, region), t in of_year.by_segment_region.items()
        if segment == row["segment"]
    }
    return places(s, tonnes) or None
