"""How the planner's workbook looks: one colour for each kind of cell, one for each group of sheets."""

from __future__ import annotations

from collections.abc import Collection

from didymium.tables.columns import Column, Sheet
from didymium.tables.schema.usual import SHARES, YEARS, usually

# Cells to fill, cells that may stay blank, cells that fill themselves
MUST, MAY, COMPUTED = (
    "#FFF4CC",
    "#EAF2FB",
    "#E8E8E8",
)
HEAD = {MUST: "#8A6100", MAY: "#1F4E79", COMPUTED: "#5F5F5F"}  # their headings: white text stands out on each
MISSING = "#F4B183"
GROUP_COLOURS = {
    "Scope": "#1F3A4D",
    "Chain": "#0072B2",
    "Market": "#009E73",
    "Policy": "#D55E00",
    "Risk": "#CC79A7",
    "Sources": "#7F7F7F",
}


def fill(sheet: Sheet, column: str, elements: Collection[str]) -> str:
    """Return the colour of a column's cells."""
    declared = {c.name: c for c in sheet.columns}
    if column in {c.name for c in sheet.computed}:
        return COMPUTED
    if column in declared:
        return MAY if declared[column].optional else MUST
    years = sheet.years is not None and column.isdigit()
    return (
        MUST
        if (years and sheet.years and sheet.years.blank == "error") or (sheet.elements and column in elements)
        else MAY
    )


def shape(value: object, column: Column | None = None) -> str:
    """Return the number format of a cell: every digit that was typed stays in sight."""
    if column is not None and column.unit == "year":
        return "0"
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ""
    if value == int(value):
        return "#,##0"
    return "0.0#####" if abs(value) < 1 else "#,##0.0###"


def unit_of(sheet: Sheet, name: str, elements: Collection[str]) -> str:
    """Return the unit over a heading."""
    units = {c.name: c.unit for c in sheet.columns} | {c.name: c.unit for c in sheet.computed}
    if name in units:
        return units[name]
    if sheet.years is not None and name.isdigit():
        return sheet.years.unit
    return "%" if sheet.elements and name in elements else ""


def about(sheet: Sheet, name: str, elements: Collection[str]) -> str:
    """Return the note on a heading: meaning, what is allowed, what is usual, the default, an example."""
    computed = next((c for c in sheet.computed if c.name == name), None)
    if computed:
        return f"{computed.meaning}\nWorked out by the workbook; not read."
    column = next((c for c in sheet.columns if c.name == name), None)
    if column:
        return "\n".join([column.meaning, *rules(column), *usually(sheet.name, column.name)])
    if sheet.years is not None and name.isdigit():
        return "\n".join(
            [f"{sheet.years.meaning}, {sheet.years.unit}", _blank_year(sheet.years.blank), *usually(sheet.name, YEARS)]
        )
    if sheet.elements and name in elements:
        return "\n".join([sheet.elements, "0 to 100; write 0 where there is none.", *usually(sheet.name, SHARES)])
    own = {
        "source": "Which row of Sources the figures rest on.",
        "note": "For people. `confirmed: why` says that what looks odd in the row is meant.",
    }
    return own.get(name, "For people; not read.")


def _blank_year(meaning: str) -> str:
    return {
        "error": "Must be given for every year of the plan.",
        "none": "Blank: none that year.",
        "zero": "Blank: 0.",
        "before": "Blank: as the year before.",
    }[meaning]


def rules(column: Column) -> list[str]:
    """Return what a cell of the column may hold, in words."""
    found = []
    if column.kind == "id":
        found.append("Lower case, digits and underscores, such as my_id_2")
    if column.choices:
        found.append(f"One of: {', '.join(column.choices)}{', * (all)' if column.star else ''}")
    elif column.star:
        found.append("* stands for all")
    if column.kind == "yes_no":
        found.append("yes or no")
    bounds = _bounds(column)
    if bounds:
        found.append(bounds)
    if column.usual:
        low, high = (f"{end:g}" if column.unit == "year" else f"{end:,.12g}" for end in column.usual)
        found.append(f"Usually {low} to {high}")
    if column.optional:
        found.append("May be blank" + ("" if column.default in (None, "") else f": then {_as_text(column.default)}"))
    else:
        found.append("Must be given")
    if column.example is not None:
        found.append(f"Example: {column.example}")
    return found


def _bounds(column: Column) -> str:
    if column.kind not in ("number", "integer"):
        return ""
    kind = "A whole number" if column.kind == "integer" else "A number"
    if column.above is not None:
        kind += f" above {column.above:g}"
    elif column.low is not None:
        kind += f" from {column.low:g}"
    return kind + (f" up to {column.high:g}" if column.high is not None else "")


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.12g}" if isinstance(value, (int, float)) else str(value)
