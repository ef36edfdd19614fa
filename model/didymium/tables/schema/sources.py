"""Sources: where the figures come from."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet
from didymium.tables.schema.words import CONFIDENCE, choice

SOURCES: tuple[Sheet, ...] = (
    Sheet(
        "Sources",
        "Where the figures come from",
        (
            Column("source", "text", "id of the source; the column source of every sheet offers it", example="usgs_2026"),
            Column("title", "text", "title", optional=True, example="Mineral commodity summaries"),
            Column("url", "text", "address", optional=True, example="https://www.usgs.gov/"),
            Column("year", "text", "year of publication", optional=True, example="2026"),
            choice("confidence", CONFIDENCE, "how firm", optional=True),
        ),
        key=("source",),
        optional=True,
        how_to="One row a source. On any other sheet, the column source says which of these a row rests on.",
        sourced=False,
    ),
)
