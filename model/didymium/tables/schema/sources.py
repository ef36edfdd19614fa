"""Sources: what is known of years past, and where the figures come from."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet
from didymium.tables.schema.words import (
    COMMODITY_IDS,
    CONFIDENCE,
    SERIES_MEASURES,
    YEAR,
    choice,
    identifier,
    integer,
    number,
    optional_text,
    ref,
)

SOURCES: tuple[Sheet, ...] = (
    Sheet(
        "Observed",
        "Observed production, trade, capacity and prices of past years",
        (
            identifier("series", "name of the series; its years share it", "mountain_pass_reo"),
            choice("measure", SERIES_MEASURES, "what was observed"),
            ref(
                "project",
                "Projects.project",
                "the plant; blank: of a region, or none",
                optional=True,
                example="mp_mountain_pass",
            ),
            ref("region", "Regions.region", "where, or where to", optional=True, example="united_states"),
            Column(
                "commodity",
                "refs",
                "what; several separated by ; are added up. Blank with a plant: all its products",
                optional=True,
                refers_to=tuple(COMMODITY_IDS.split()),
                example="ndpr_oxide",
            ),
            optional_text(
                "from", "where it came from: a region or a supplier; only for trade", default="", example="china"
            ),
            integer("year", "year", "year observed", example=2025, **YEAR),
            number("value", "as in unit", "what was observed", low=None, example=50_692),
            optional_text("unit", "its unit", default="", example="t REO"),
        ),
        key=("series", "year"),
        optional=True,
        how_to="One row a series and year. The result sets it beside the plan's first years.",
    ),
    Sheet(
        "Sources",
        "Where the figures come from",
        (
            Column(
                "source", "text", "id of the source; the column source of every sheet offers it", example="usgs_2026"
            ),
            optional_text("title", "title", example="Mineral commodity summaries"),
            optional_text("url", "address", example="https://www.usgs.gov/"),
            optional_text("year", "year of publication", example="2026"),
            choice("confidence", CONFIDENCE, "how firm the figures are", optional=True),
        ),
        key=("source",),
        optional=True,
        how_to="One row a source. On any other sheet, the column source says which of these a row rests on.",
        sourced=False,
    ),
)
