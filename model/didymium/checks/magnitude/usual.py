"""Figures inside the range in which their column usually lies."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.magnitude.finding import Finding, shown, warnings
from didymium.errors import Problem
from didymium.tables.columns import Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.tables.schema.chain import USUAL_CAPEX
from didymium.tables.schema.usual import SHARES, USUAL, YEARS, Range

FAR = 3  # times beyond the capex that is usual for the stage


def values_are_usual(tables: Tables) -> Iterator[Problem]:
    """Every number of a column inside its usual range."""
    yield from warnings(
        f for sheet in SHEETS.values() for row in tables[sheet.name] for f in _of_row(row, sheet.columns)
    )
    yield from warnings(_of_settings(tables))


def _of_row(row: Row, columns: tuple[Column, ...]) -> Iterator[Finding]:
    for column in columns:
        value = row[column.name]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and column.name not in row.blank:
            yield from _compared(row, column.name, column.name, value, column.usual, column.unit)
            yield from _compared(row, column.name, column.name, value, *_by_row(row, column.name, column.unit))


def _of_settings(tables: Tables) -> Iterator[Finding]:
    settings = {column.name: column for column in SETTINGS}
    for row in tables["Settings"]:
        column, value = settings.get(row.text("setting")), row["value"]
        if column and row.number and isinstance(value, (int, float)):
            yield from _compared(row, "value", column.name, value, column.usual, column.unit)


def _by_row(row: Row, column: str, unit: str) -> tuple[Range | None, str]:
    """The usual range of a column, or of the years or shares, in this row, and its unit."""
    usual = USUAL.get((row.sheet, column))
    word = row.text(usual.by) if usual and usual.by else ""
    if usual is None or word not in usual.ranges:
        return None, unit
    return usual.ranges[word], f"{usual.units.get(word, unit)} for {word}" if word else unit


def _compared(row: Row, column: str, name: str, value: float, usual: Range | None, unit: str) -> Iterator[Finding]:
    """A finding where a figure lies outside what is usual. 0 never does."""
    if usual is None or value == 0:
        return
    low, high = usual
    share = unit.startswith("%") and 0 < value < 1
    if low <= value <= high and not (share and low <= 0):
        return
    meant = f"; percent columns hold {100 * value:.6g} for {100 * value:.6g} %" if share else ""
    side = "low" if value < max(low, 1 if share else low) else "high"
    text = f"{name} is {value:,.12g}; usually {low:,.12g} to {high:,.12g} {unit}".rstrip() + meant
    yield Finding(row, column, text, f"{row.sheet} {name} {side}")


def years_are_usual(tables: Tables) -> Iterator[Problem]:
    """Every figure of a year table, and every percent of an element, inside what is usual: one finding a row."""
    for sheet in SHEETS.values():
        unit = sheet.years.unit if sheet.years else "%"
        found = (_of_series(row, unit, tables) for row in tables[sheet.name])
        yield from warnings(f for finding in found for f in finding)


def _of_series(row: Row, unit: str, tables: Tables) -> Iterator[Finding]:
    years = {str(y): v for y, v in row.years.items() if v and (not tables.years or y in tables.years)}
    for kind, series in ((YEARS, years), (SHARES, {e: v for e, v in row.shares.items() if v})):
        usual, named = _by_row(row, kind, unit)
        odd = [f for key, value in series.items() for f in _compared(row, key, key, value, usual, named)]
        if odd:
            more = f"; so in {len(odd) - 1} more of the row" if len(odd) > 1 else ""
            yield Finding(row, odd[0].column, odd[0].text + more, f"{row.sheet} {kind} {odd[0].kind.rsplit(' ', 1)[1]}")


def percents_are_not_shares(tables: Tables) -> Iterator[Problem]:
    """A row of percents by year or element that never passes 1 was probably meant as shares of 1."""
    for sheet in SHEETS.values():
        percents = sheet.name == "Recoveries" or (sheet.years is not None and sheet.years.unit == "%")
        yield from warnings(f for row in tables.sound(sheet.name) if percents for f in _as_shares(row))


def _as_shares(row: Row) -> Iterator[Finding]:
    filled = [(str(k), v) for k, v in (*row.years.items(), *row.shares.items()) if v]
    if filled and max(v for _, v in filled) <= 1:
        text = "no figure of the row passes 1 %: percent columns hold 85 for 85 %, not 0.85"
        yield Finding(row, filled[0][0], text, f"{row.sheet} shares")


def capex_is_like_its_stage(tables: Tables) -> Iterator[Problem]:
    """Overnight capex of a tonne of capacity near what options of the stage usually cost."""
    yield from warnings(f for row in tables.sound("Projects") for f in _capex(row))


def _capex(row: Row) -> Iterator[Finding]:
    size, capex, usual = row["module_t_per_year"], row["capex_musd_per_module"], USUAL_CAPEX[row.text("stage")]
    if not size or not capex or not row.integer("max_modules"):
        return
    value = row.num("capex_musd_per_module") * 1e6 / row.num("module_t_per_year")
    if value > FAR * usual[1] or value < usual[0] / FAR:
        message = (
            f"{shown(value)} USD per t/year of capacity; options of stage {row['stage']} usually cost {usual[0]:,} to"
            f" {usual[1]:,}"
        )
        side = "high" if value > usual[1] else "low"
        yield Finding(
            row,
            "capex_musd_per_module",
            f"{message}: are the units (M USD, t/year) right?",
            f"capex {row['stage']} {side}",
        )


SHAPES = (capex_is_like_its_stage, percents_are_not_shares)  # they say most of the cause, so they come first
CHECKS = (values_are_usual, years_are_usual)
