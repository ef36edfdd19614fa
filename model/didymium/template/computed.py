"""The columns that the workbook works out for itself: their formulas for Excel, and the values stored with them."""

from __future__ import annotations

import re

from didymium.tables.columns import Computed
from didymium.tables.schema import SETTINGS
from didymium.tables.schema.chain import USUAL_CAPEX

Cells = dict[str, object]


def formula(computed: Computed, table: str, elements: list[str]) -> str:
    """Return the column's formula with its references to the row's own cells in full."""
    spread = f"{table}[[#This Row],[{elements[0]}]:[{elements[-1]}]]" if elements else ""
    result = computed.formula.replace("[@elements]", spread)
    return re.sub(r"\[@(\w+)\]", lambda match: f"{table}[[#This Row],[{match[1]}]]", result)


def value(name: str, row: Cells, elements: list[str]) -> float | str:
    """Return what the column shows for a row; an empty text where there is nothing to show."""
    if name in ("unit", "default", "meaning"):
        return _of_setting(name, str(row.get("setting")))
    if name == "sum_percent":
        shares = [v for e in elements if isinstance(v := row.get(e), (int, float))]
        return sum(shares) if shares else ""
    if name == "capex_usd_per_t":
        size = row.get("module_t_per_year")
        capex = row.get("capex_musd_per_module", 0)
        return float(str(capex)) * 1_000_000 / size if isinstance(size, (int, float)) and size > 0 else ""
    ends = USUAL_CAPEX.get(str(row.get("stage")))
    return ends[0 if name == "usual_low_usd_per_t" else 1] if ends else ""


def _of_setting(name: str, setting: str) -> str:
    column = next((c for c in SETTINGS if c.name == setting), None)
    if column is None:
        return ""
    default = column.default if column.optional else "must be given"
    if isinstance(default, float):
        default = f"{default:,.12g}"
    return {"unit": column.unit, "default": "none" if default is None else str(default), "meaning": column.meaning}[
        name
    ]
