"""Names and words for the scenarios, plants, suppliers, segments and measures of a stress run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.excel.headings import heading, readable, words_of
from didymium.plan.tables import Record
from didymium.reports.display import REGIONS, names
from didymium.reports.names import project_name
from didymium.stress_test.stress import Stress

_IDS = ("scenario", "segment", "of", "uncertain")


def lost_name(s: Stress, row: Mapping[str, object]) -> str:
    """Return the name of the plant or supplier of a row of Losses."""
    return project_name(s.plan.source, str(row["lost"])) if row["kind"] == "plant" else readable(str(row["lost"]))


def in_words(s: Stress, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Return rows with names and words in place of ids."""
    regions = names(s.plan.source, REGIONS)

    def words(column: str, row: Mapping[str, object]) -> object:
        value = row[column]
        if value is None or column not in (*_IDS, "lost", "region", "measure"):
            return value
        if column == "lost":
            return lost_name(s, row)
        if column == "measure":
            return heading(str(value))
        return regions.get(str(value), words_of(str(value)))

    return [{column: words(column, row) for column in row} for row in rows]
