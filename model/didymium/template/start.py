"""The Start sheet: contents, legend, checklist, and counts that follow what is typed."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.excel.book import INK, Book, Sheet, accepted, address
from didymium.tables.schema import GROUPS, START
from didymium.tables.schema.chain import USUAL_CAPEX
from didymium.tables.versions import TEMPLATE_VERSION
from didymium.template import counts
from didymium.template.counts import Live, Tables
from didymium.template.style import COMPUTED, GROUP_COLOURS, MAY, MISSING, MUST

_TOP = 4  # 0-based row under which the blocks begin
_RIGHT = 8  # first column of the right half
_LINE = {"border": 1, "border_color": "#D9D9D9"}
LAST = "run it"  # what only the check can tell; so Start never says that all is done
_DONE, _OPEN = "#CDE8DA", "#FBE0CC"


def write_start(book: Book, tables: Tables, years: list[str]) -> None:
    """Write the Start sheet; it must be the first."""
    page = book.sheet(
        START,
        "Didymium: input workbook",
        "Which mines and plants to build, where and when, so that magnets owe less to China. Fill in the sheets from"
        " left to right.",
    )
    page.text(
        2,
        0,
        "Then run `didymium check` on this file: it lists what is missing or looks odd, cell by cell, and never changes"
        " the file.",
        font_color="#333333",
    )
    page.page.set_tab_color("#000000")
    bottom = _contents(page, tables)
    _legend(page)
    below = _checklist(page, tables, years, _TOP + 6)
    below = _stages(page, tables, below + 2)
    _by_year(page, tables, years, below + 2, bottom + 2)
    page.text(below + 6 + len(years), _RIGHT, f"Template version {TEMPLATE_VERSION}", italic=True, font_color="#777777")
    for column, width in enumerate([15, 68, 10, 12, 8, 11, 9, 3]):
        accepted(page.page.set_column(column, column, width))
    accepted(page.page.set_column(_RIGHT, _RIGHT + 9, 14))
    page.page.activate()


def _head(page: Sheet, row: int, column: int, titles: Sequence[str]) -> None:
    for k, title in enumerate(titles):
        page.text(
            row,
            column + k,
            title,
            bold=True,
            bg_color=INK,
            font_color="#FFFFFF",
            text_wrap=True,
            valign="vcenter",
            **_LINE,
        )


def _title(page: Sheet, row: int, title: str, note: str) -> None:
    page.text(row, _RIGHT, title, bold=True, font_size=12, font_color=INK)
    page.text(row, _RIGHT + 2, note, italic=True, font_color="#555555")


def _live(page: Sheet, row: int, column: int, live: Live, **style: object) -> None:
    shape = {} if isinstance(live.value, str) else {"num_format": "#,##0"}
    page.formula(row, column, live.formula, live.value, **shape, **_LINE, **style)


def _contents(page: Sheet, tables: Tables) -> int:
    """Every sheet with a link, what it holds, its group, and how far it is filled. Returns the last row."""
    _head(page, _TOP, 0, ["Sheet", "What it holds", "Group", "Needed", "Rows", "Without a source", "To mend"])
    page.page.set_row(_TOP, 32)
    row = _TOP
    for group, sheets in GROUPS.items():
        for sheet in sheets:
            row += 1
            page.link(row, 0, f"'{sheet.name}'!A1", sheet.name, sheet.how_to[:250], **_LINE)
            page.text(row, 1, sheet.purpose, **_LINE)
            page.text(row, 2, group, bg_color=GROUP_COLOURS[group], font_color="#FFFFFF", **_LINE)
            page.text(
                row, 3, "may be left" if sheet.optional else "must", bg_color=MAY if sheet.optional else MUST, **_LINE
            )
            _live(page, row, 4, counts.filled(tables, sheet.name))
            if "source" in tables[sheet.name].columns and sheet.sourced:
                _live(page, row, 5, counts.unsourced(tables, sheet.name))
            else:
                page.cell(row, 5, None, bg_color="#F2F2F2", **_LINE)
            _live(page, row, 6, counts.to_mend(tables, sheet.name))
    _coloured(page, (_TOP + 1, 6, row, 6), ">", 0, _OPEN)
    return row


def _legend(page: Sheet) -> None:
    _title(page, _TOP, "Colours of the cells", "")
    legend = [
        (MUST, "must be filled"),
        (MAY, "may stay blank; the note on the heading has the default"),
        (COMPUTED, "filled by the workbook; not read"),
        (MISSING, "must be filled, and is not yet"),
    ]
    for k, (colour, text) in enumerate(legend, 1):
        page.cell(_TOP + k, _RIGHT, None, bg_color=colour, **_LINE)
        page.text(_TOP + k, _RIGHT + 1, text)


def _checklist(page: Sheet, tables: Tables, years: list[str], top: int) -> int:
    """What should hold, and whether it does. Returns the last row."""
    _title(page, top, "Is it ready?", "follows what is typed")
    items = counts.checklist(tables, years, f"{address(_TOP + 1, 6)}:{address(_TOP + len(tables), 6)}")
    for k, item in enumerate(items, 1):
        _live(page, top + k, _RIGHT, item.live, align="center")
        page.text(top + k, _RIGHT + 1, item.text)
    for word, colour in (("done", _DONE), ("to do", _OPEN)):
        _coloured(page, (top + 1, _RIGHT, top + len(items), _RIGHT), "==", f'"{word}"', colour)
    last = top + len(items) + 1
    page.text(last, _RIGHT, LAST, align="center", bg_color=_OPEN, **_LINE)
    page.text(last, _RIGHT + 1, "`didymium check` finds no errors: it looks at more than formulas can")
    return last


def _coloured(page: Sheet, area: tuple[int, int, int, int], criteria: str, value: float | str, colour: str) -> None:
    """Colour the cells of an area that a comparison holds for."""
    rule = {"type": "cell", "criteria": criteria, "value": value, "format": page.book.style(bg_color=colour)}
    accepted(page.page.conditional_format(*area, rule))


def _stages(page: Sheet, tables: Tables, top: int) -> int:
    """Projects by stage, and what an option's capacity costs beside what is usual. Returns the last row."""
    _title(
        page,
        top,
        "Projects by stage",
        "capex: overnight, USD per t/year; on Projects the same is beside each option",
    )
    _head(
        page,
        top + 1,
        _RIGHT,
        [
            "Stage",
            "Standing",
            "Can be built",
            "Committed",
            "t/year today",
            "Capex: least",
            "Capex: most",
            "Usually from",
            "Usually up to",
        ],
    )
    for k, (stage, usual) in enumerate(USUAL_CAPEX.items(), top + 2):
        page.text(k, _RIGHT, stage, **_LINE)
        for j, live in enumerate(counts.by_stage(tables, stage), 1):
            _live(page, k, _RIGHT + j, live)
        for j, end in enumerate(usual, 7):
            page.number(k, _RIGHT + j, end, num_format="#,##0", bg_color=COMPUTED, **_LINE)
    return top + 1 + len(USUAL_CAPEX)


def _by_year(page: Sheet, tables: Tables, years: list[str], top: int, charts: int) -> None:
    """Demand, targets and public money by year on the right, and charts of them on the left from row `charts` on."""
    _title(page, top, "By year", "")
    _head(page, top + 1, _RIGHT, ["Year", "Demand, t", "Targets set", "Budget, M USD"])
    for k, year in enumerate(years, top + 2):
        page.number(k, _RIGHT, int(year), num_format="0", align="left", **_LINE)
        _live(page, k, _RIGHT + 1, counts.total(tables, "Demand", year))
        _live(page, k, _RIGHT + 2, counts.numbers_in(tables, "Targets", year))
        _live(page, k, _RIGHT + 3, counts.total(tables, "Budgets", year))
    rows = (top + 2, top + 1 + len(years))
    _chart(page, "Demand, t/year", rows, _RIGHT + 1, (charts, 0), "#0072B2")
    _chart(page, "Public money becoming available, M USD", rows, _RIGHT + 3, (charts + 13, 0), "#D55E00")


def _chart(page: Sheet, title: str, rows: tuple[int, int], column: int, at: tuple[int, int], colour: str) -> None:
    chart = page.book.file.add_chart({"type": "column"})
    first, last = rows
    series = {
        "categories": [START, first, _RIGHT, last, _RIGHT],
        "values": [START, first, column, last, column],
        "fill": {"color": colour},
        "gap": 60,
        "name": title,
    }
    chart.add_series(series)
    chart.set_title({"name": title, "name_font": {"size": 11}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis(
        {"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}, "min": 0}
    )
    chart.set_size({"width": 860, "height": 250})
    accepted(page.page.insert_chart(at[0], at[1], chart, {"description": title}))
