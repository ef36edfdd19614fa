"""Names and words for the scenarios, plants, suppliers, segments and measures of a stress run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.excel.headings import heading, readable
from didymium.reports.display import rows_in_words
from didymium.reports.names import project_name
from didymium.results import Record
from didymium.stress_test.stress import Stress

_IDS = ("scenario", "segment", "of", "uncertain")


def lost_name(s: Stress, row: Mapping[str, object]) -> str:
    """Return the name of the plant or supplier of a row of Losses."""
    return project_name(s.plan.source, str(row["lost"])) if row["kind"] == "plant" else readable(str(row["lost"]))


def in_words(s: Stress, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Return rows with names and words in place of ids."""
    found = rows_in_words(s.plan.source, rows, _IDS)
    for row, words in zip(rows, found, strict=True):
        if "lost" in row:
            words["lost"] = lost_name(s, row)
        if "measure" in row:
            words["measure"] = heading(str(row["measure"]))
    return found
