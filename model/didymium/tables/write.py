"""Tables out: a blank or filled input workbook, or a folder of CSV files, from the schema."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from didymium.tables.columns import Column, Sheet
from didymium.tables.read import read_tables
from didymium.tables.schema import SETTINGS, SHEETS

HEADER = 3  # 0-based: title, purpose and a line of units stand above


def write_input_workbook(path: Path, example: Path | None = None) -> None:
    """Write an input workbook: blank, or filled with the case in the folder or workbook `example`.

    Never over an existing file: raises FileExistsError.
    """
    if path.exists():
        raise FileExistsError(path)
    filled = _raw_rows(example) if example else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})  # the same tables give the same bytes
    for sheet in SHEETS.values():
        columns = [c.name for c in sheet.columns]
        rows = filled.get(sheet.name, [] if sheet.name != "Settings" else [{"setting": c.name, "value": c.default} for c in SETTINGS])
        if example and sheet.name not in filled:
            continue
        for row in rows:
            columns += [name for name in row if name not in columns]
        _write_sheet(book, sheet, _with_years(sheet, columns), rows)
    book.close()


def _with_years(sheet: Sheet, columns: list[str]) -> list[str]:
    """A blank year sheet gets the years 2026 to 2040."""
    if sheet.years is None or any(c.isdigit() for c in columns):
        return columns
    return [*columns, *map(str, range(2026, 2041))]


def _raw_rows(source: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of every sheet of a case, by column, defaults left out where the source left them out."""
    tables, problems = read_tables(source)
    errors = [p for p in problems if not p.warning]
    assert not errors, errors
    found: dict[str, list[dict[str, object]]] = {}
    for name, rows in tables.rows.items():
        found[name] = []
        for row in rows:
            if row.number:
                cells = {column: _cell(row.values[column]) for column in row.letters if column in row.values}
                cells |= {str(year): value for year, value in row.years.items()} | dict(row.shares) | row.extra
                order = [str(c) for c in row.letters]
                found[name].append({c: cells.get(c) for c in order})
    return found


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, columns: list[str], rows: list[dict[str, object]]) -> None:
    """One sheet: title, purpose, units, header, rows."""
    page = book.add_worksheet(sheet.name)
    head = book.add_format({"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF"})
    faint = book.add_format({"italic": True, "font_color": "#555555"})
    page.write_string(0, 0, sheet.name, book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, sheet.purpose, faint)
    declared = {c.name: c for c in sheet.columns}
    for k, name in enumerate(columns):
        page.write_string(2, k, _unit(sheet, declared.get(name), name), faint)
        page.write_number(HEADER, k, int(name), head) if name.isdigit() else page.write_string(HEADER, k, name, head)
        width = max([len(str(r.get(name) or "")) for r in rows] + [len(name)])
        page.set_column(k, k, min(60, width + 2))
    for i, row in enumerate(rows, HEADER + 1):
        for k, name in enumerate(columns):
            value = row.get(name)
            if isinstance(value, (int, float)):
                page.write_number(i, k, value)
            elif value is not None:
                page.write_string(i, k, str(value))
    page.freeze_panes(HEADER + 1, 1)


def _unit(sheet: Sheet, column: Column | None, name: str) -> str:
    if column is not None:
        return column.unit
    if sheet.years is not None and name.isdigit():
        return sheet.years.unit
    return "%" if sheet.elements and len(name) <= 2 else ""


def write_csv_folder(source: Path, folder: Path) -> None:
    """Write a case as a folder of CSV files, one a sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in _raw_rows(source).items():
        columns = list(rows[0]) if rows else [c.name for c in SHEETS[name].columns]
        with (folder / f"{name.casefold()}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
