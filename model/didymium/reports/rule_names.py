"""Limits, budgets, goods and offers in words: by their name where the input gives one, else by what they are."""

from __future__ import annotations

from didymium.excel.headings import readable, words_of
from didymium.reports.display import GOVERNMENTS, REGIONS, names
from didymium.reports.names import project_name, row_name
from didymium.tables.rows import Tables

ALL = "*"  # of a stage or a region: every one

_MEASURES = {
    "decisions": "decisions",
    "capex_musd": "capital",
    "co2_t": "CO2",
    "water_m3": "water",
    "radioactive_t": "radioactive residue",
}
_PLANTS = {
    "mine": "mines",
    "recycler": "recyclers",
    "refinery": "refineries",
    "heavy": "heavy separation plants",
    "metal": "metal plants",
    "magnet": "magnet plants",
}


def limit_in_words(tables: Tables, limit: str) -> str:
    """Return a limit as `the limit on decisions for metal plants in Japan`."""
    row = tables.ids("Limits.limit")[limit]
    if name := row_name(row):
        return f"the limit {name}"
    stage, region = row.text("stage"), row.text("region")
    plants = "" if stage in ("", ALL) else f" for {_PLANTS[stage]}"
    place = "" if region in ("", ALL) else f" in {names(tables, REGIONS)[region]}"
    return f"the limit on {_MEASURES[row.text('measure')]}{plants}{place}"


def budget_in_words(tables: Tables, government: str) -> str:
    """Return a budget as `the budget of Japan`."""
    known = names(tables, GOVERNMENTS)
    return f"the budget of {known.get(government, readable(government))}"


def good_in_words(tables: Tables, commodity: str) -> str:
    """Return a good as `NdPr metal`; what is named after the plant that makes it as `ore of Bahia`."""
    row, plant = (tables.ids(place).get(commodity) for place in ("Commodities.commodity", "Projects.project"))
    if row is not None or plant is None:
        return (row and row_name(row)) or _with_symbols(tables, commodity)
    return f"{'ore' if plant.text('stage') == 'mine' else 'product'} of {project_name(tables, commodity)}"


def _with_symbols(tables: Tables, commodity: str) -> str:
    """An id in words, elements as their symbols are written: `NdPr metal` for `ndpr_metal`."""
    symbols = {symbol.casefold(): symbol for symbol in tables.ids("Elements.element")}
    return " ".join(_written(word, symbols) for word in words_of(commodity).split())


def _written(word: str, symbols: dict[str, str]) -> str:
    """A word that is made of symbols alone as these are written; any other as it is."""
    parts = [word[k : k + 2] for k in range(0, len(word), 2)]
    return "".join(symbols[part] for part in parts) if all(part in symbols for part in parts) else word


def offer_in_words(tables: Tables, offer: str) -> str:
    """Return what is bought under an offer as `NdPr metal bought from China for Japan`; from abroad where it names no
    supplier."""
    row = tables.ids("Imports.offer")[offer]
    if name := row_name(row):
        return f"bought of {name}"
    good, destination = good_in_words(tables, row.text("commodity")), row.text("destination")
    place = "" if destination in ("", ALL) else f" for {names(tables, REGIONS)[destination]}"
    comma = "," if "," in good else ""
    return f"{good}{comma} bought from {readable(row.text('supplier')) or 'abroad'}{place}"
