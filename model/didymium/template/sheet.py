"""One input sheet: what it is for, units, headings with notes, the rows in an Excel table, and what Excel refuses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from didymium.checks.magnitude.usual import FAR
from didymium.excel.book import PAGE_WIDTH, Book, Sheet, accepted, address
from didymium.tables.columns import Column
from didymium.tables.schema import SETTINGS, START
from didymium.template import computed
from didymium.template.layout import FIRST, HEADER, UNITS, Table
from didymium.template.style import COMPUTED, GROUP_COLOURS, HEAD, MAY, MISSING, MUST, about, fill, shape, unit_of
from didymium.template.validation import validate

_WIDEST, _NARROWEST = 44, 9
_WIDTHS = {"default": 14, "meaning": 64, "note": 36, "source": 18}  # at least
_MIN_PRINTED = 8  # columns, so that the lines over a small table print whole
_LINE = {"border": 1, "border_color": "#D9D9D9"}


def write_sheet(book: Book, table: Table, group: str) -> None:
    """Write one input sheet."""
    sheet = table.sheet
    page = book.sheet(sheet.name, sheet.name, sheet.purpose)
    page.page.set_tab_color(GROUP_COLOURS[group])
    page.text(2, 0, sheet.how_to, font_color="#333333")
    page.link(UNITS, 0, f"'{START}'!A1", "< Start", "Back to the Start sheet")
    _table(page, table)
    _headings(page, table)
    for i in range(table.last - HEADER):
        _row(page, table, i)
    for k, name in enumerate(table.columns):
        accepted(page.page.set_column(k, k, _width(table, name)))
    validate(page, table)
    _point_out(page, table)
    page.page.freeze_panes(FIRST, 1)
    page.page.repeat_rows(UNITS, HEADER)
    page.page.repeat_columns(0)
    widths = sum(_width(table, name) for name in table.columns)
    page.page.fit_to_pages(max(1, round(widths / PAGE_WIDTH)), 0)
    page.page.print_area(0, 0, table.last, max(len(table.columns) - 1, _MIN_PRINTED))


def _table(page: Sheet, table: Table) -> None:
    formulas = {c.name: computed.formula(c, table.sheet.name, table.elements) for c in table.sheet.computed}
    columns = [
        {"header": name, **({"formula": formulas[name]} if formulas.get(name) else {})} for name in table.columns
    ]
    options = {"name": table.sheet.name, "style": None, "columns": columns, "autofilter": True}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accepted(page.page.add_table(HEADER, 0, table.last, len(table.columns) - 1, options))


def _headings(page: Sheet, table: Table) -> None:
    """The unit over each heading, the heading in the colour of its kind, and a note with all that may stand below."""
    for k, name in enumerate(table.columns):
        colour = fill(table.sheet, name, table.elements)
        if k:
            page.text(
                UNITS,
                k,
                unit_of(table.sheet, name, table.elements),
                italic=True,
                font_color="#555555",
                font_size=9,
                align="center",
            )
        page.text(
            HEADER,
            k,
            name,
            bold=True,
            bg_color=HEAD[colour],
            font_color="#FFFFFF",
            valign="vcenter",
            **({"align": "center"} if _narrow(table, name) else {"indent": 1}),
            **_LINE,
        )
        note = about(table.sheet, name, table.elements)
        page.note(HEADER, k, note)
    page.page.set_row(HEADER, 21)


def _row(page: Sheet, table: Table, i: int) -> None:
    """One row of data, or a blank one in the colours of its columns."""
    row: Mapping[str, object] = table.rows[i] if i < len(table.rows) else {}
    declared: dict[str, Column] = {c.name: c for c in table.sheet.columns}
    formulas = {c.name: computed.formula(c, table.sheet.name, table.elements) for c in table.sheet.computed}
    kinds = {c.name: c for c in SETTINGS}
    setting = kinds.get(str(row.get("setting"))) if table.sheet.name == "Settings" else None
    for k, name in enumerate(table.columns):
        style: dict[str, object] = {"bg_color": fill(table.sheet, name, table.elements), **_LINE}
        if name in formulas:
            shown = computed.value(name, dict(row), table.elements)
            faint = {"font_color": "#444444", "italic": True, **style}
            if formulas[name]:
                page.formula(
                    FIRST + i,
                    k,
                    formulas[name],
                    shown,
                    num_format="0.00" if name == "sum_percent" else "#,##0",
                    **faint,
                )
            else:
                page.cell(FIRST + i, k, shown or None, **faint)
            continue
        if setting and name == "value":
            style |= {"bg_color": MAY if setting.optional else MUST, "align": "left"}
        value = row.get(name)
        number_format = shape(value, setting if name == "value" else declared.get(name))
        if number_format:
            style["num_format"] = number_format
        elif isinstance(value, str):
            style["indent"] = 1
        page.cell(FIRST + i, k, value, **style)


def _width(table: Table, name: str) -> int:
    """Wide enough for the heading with its filter button, and for most texts."""
    texts = [len(str(row[name])) for row in table.rows if isinstance(row.get(name), str)]
    texts += [_WIDTHS.get(name, 0)]
    narrowest = _NARROWEST if _narrow(table, name) else len(name) + 4
    return min(max(_WIDEST, _WIDTHS.get(name, 0)), max(_NARROWEST, narrowest, *(t + 2 for t in texts), 0))


def _narrow(table: Table, name: str) -> bool:
    """Is it one of many like columns, a year or an element?"""
    return name.isdigit() or name in table.elements


def _point_out(page: Sheet, table: Table) -> None:
    """Colour a cell that must be filled while its row is begun, a sum that is not 100, and capex far from what is
    usual."""
    unfilled = page.book.style(bg_color=MISSING)
    for k, name in enumerate(table.columns):
        colour = fill(table.sheet, name, table.elements)
        if colour == MUST and k and table.sheet.name != "Settings":
            cell, first = address(FIRST, k), address(FIRST, 0, fixed_column=True)
            rule = {"type": "formula", "criteria": f'=AND({first}<>"",ISBLANK({cell}))', "format": unfilled}
            accepted(page.page.conditional_format(FIRST, k, table.last, k, rule))
        if colour == COMPUTED and name in ("sum_percent", "capex_usd_per_t"):
            cell, low, high = (address(FIRST, k + step) for step in range(3))
            odd = (
                f"ABS({cell}-100)>1"
                if name == "sum_percent"
                else f"ISNUMBER({low}),OR({cell}<{low}/{FAR},{cell}>{high}*{FAR})"
            )
            rule = {"type": "formula", "criteria": f"=AND(ISNUMBER({cell}),{odd})", "format": unfilled}
            accepted(page.page.conditional_format(FIRST, k, table.last, k, rule))
