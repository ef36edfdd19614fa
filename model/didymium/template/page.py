"""docs/workbook.md, made from the schema: what each sheet and column of the workbook holds."""

from __future__ import annotations

from didymium.tables.columns import Column, Sheet
from didymium.tables.schema import GROUPS, SETTINGS
from didymium.tables.schema.chain import USUAL_CAPEX
from didymium.tables.schema.usual import SHARES, YEARS, usually
from didymium.tables.versions import TEMPLATE_VERSION
from didymium.template.style import rules

_INTRO = f"""# The input workbook

Made from the schema by `make docs`; do not edit. Template version {TEMPLATE_VERSION}.

`didymium new PATH` writes it blank, `didymium new PATH --example` with the default case; `didymium check` reports
everything that is wrong or looks odd in it. The same tables as a folder of CSV files, one
`<sheet in lower case>.csv` a sheet, are read wherever a workbook is.

- A sheet's header is the first row, among its first ten, whose first cell is the sheet's first column name; rows above
  it are for people. Upper and lower case, spaces for underscores and our unit in brackets make no difference in
  headings; another unit there, or in the row over them, is an error.
- Blank rows are skipped. A row that holds something but no first cell is an error. The totals row of an Excel table is
  skipped.
- Numbers are numbers: a text that looks like one is an error whose message gives the number to type, or the two
  numbers that it may mean. The text NA or None is text. Decimal points, no thousands separators.
- `*` stands for all; several ids in one cell are separated by `;`. yes and no in any case. Percent columns hold 5 for
  5 %: a cell with a percent format there is an error, for Excel stores 0.05 in it.
- Ids are lower_snake_case; `South Korea` is read as south_korea, and a reference also finds its row by its `name`,
  where only one has it. A notice of the check lists such readings.
- CSV files with semicolons or tabs between the cells, decimal commas, or UTF-16 are read where the file leaves no
  doubt, with a notice.
- `name`, `owner`, `country`, `latitude`, `longitude`, `status`, `unit`, `source` and `note` may stand on any sheet.
  `source` names a row of Sources; so does `opex_source`, on Projects, where operating cost rests on another page than
  size and capital. `confirmed: why` in a note confirms what looks odd in the row, and the check no
  longer asks. Other columns are kept and ignored, with a warning.
- Values outside "usually" are allowed, and the check asks whether they are meant. It also asks about a figure far from
  the years or rows beside it, or from another sheet: prices beside reference prices, demand beside offers and plants,
  budgets beside what can be built.
- Year columns are headed by the year. Grey columns are calculated by the workbook and not read.
"""


def workbook_page() -> str:
    """Return the page docs/workbook.md, in Markdown."""
    parts = [_INTRO, _chart_specs()]
    for group, sheets in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_sheet(sheet) for sheet in sheets]
    return "\n".join(parts)


def _chart_specs() -> str:
    shown = (
        ("start", "The Start sheet"),
        ("projects", "Projects, its first columns"),
        ("projects_capex", "Projects, what an option costs beside what is usual"),
        ("demand", "Demand"),
    )
    return "\n".join(f"![{title}](pictures/{name}.png)" for name, title in shown) + "\n"


def _sheet(sheet: Sheet) -> str:
    needed = "may be missing" if sheet.optional else "needed"
    lines = [f"### {sheet.name}\n", f"{sheet.purpose} ({needed}). {sheet.how_to}\n"]
    if sheet.key:
        lines.append(f"Rows are identified by: {', '.join(f'`{k}`' for k in sheet.key)}.\n")
    lines += ["| column | unit | meaning | what it may hold |", "|---|---|---|---|"]
    if sheet.name == "Settings":
        lines += [_line(column) for column in SETTINGS]
        return "\n".join(lines) + "\n"
    lines += [_line(column, usually(sheet.name, column.name)) for column in sheet.columns]
    if sheet.elements:
        lines.append(
            f"| one column an element | % | {sheet.elements} | A number from 0 to 100;"
            f" {'; '.join(['must be given', *usually(sheet.name, SHARES)])} |"
        )
    if sheet.years:
        blank = {
            "error": "must be given for every year of the plan",
            "none": "blank: none that year",
            "zero": "blank: 0",
            "before": "blank: as the year before",
        }[sheet.years.blank]
        high = f" to {sheet.years.high:g}" if sheet.years.high else ""
        lines.append(
            f"| one column a year | {sheet.years.unit} | {sheet.years.meaning} | A number from 0{high};"
            f" {'; '.join([blank, *usually(sheet.name, YEARS)])} |"
        )
    lines += [f"| {c.name} (grey) | {c.unit} | {c.meaning} | not read |" for c in sheet.computed]
    if sheet.name == "Projects":
        usual = ", ".join(f"{stage} {low:,} to {high:,}" for stage, (low, high) in USUAL_CAPEX.items())
        lines.append(
            f"\nUsual overnight capex, USD per t/year of capacity: {usual}. The check asks about options beyond three"
            " times that."
        )
    return "\n".join(lines) + "\n"


def _line(column: Column, usual: list[str] | None = None) -> str:
    points_to = [f"an id of {t}" for t in column.refers_to if "." in t]
    points_to += [
        {"Concentrates": "a mine's name (its concentrate)", "Mixed": "`mixed_<commodity>` of a heavy element"}[t]
        for t in column.refers_to
        if "." not in t
    ]
    content = [*([" or ".join(points_to)] if points_to else []), *rules(column), *(usual or [])]
    return f"| {column.name} | {column.unit} | {column.meaning} | {'; '.join(content).replace('|', '/')} |"
