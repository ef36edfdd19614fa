"""What a template is filled with: the rows of each sheet as they were written, or those of a blank one."""

from __future__ import annotations

from dataclasses import dataclass, field

from didymium.tables.columns import FREE_COLUMNS, SOURCE_COLUMNS, Sheet
from didymium.tables.rows import Tables
from didymium.tables.schema import SETTINGS, SHEETS

Cells = dict[str, object]
_LAST = (*SOURCE_COLUMNS, "note")  # people's own columns that stand at the end; the others follow the first column
ELEMENTS = (
    *((symbol, "light") for symbol in ("La", "Ce", "Pr", "Nd")),
    *((symbol, "heavy") for symbol in ("Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y")),
)


@dataclass(slots=True)
class Content:
    """The columns and rows of each sheet, in the order in which they are written; a blank cell is not in its row."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[Cells]] = field(default_factory=dict)


def written(tables: Tables, years: range | None = None) -> Content:
    """Return the rows of a case as they were written: what was left blank stays blank.

    `years` cuts or extends the year columns.
    """
    content = Content()
    for sheet in SHEETS.values():
        rows = [row for row in tables[sheet.name] if row.number]
        headed = list(rows[0].letters) if rows else []
        # What an id was typed as
        headed += ["name"] if "name" not in headed and any("name" in row.extra for row in rows) else []
        content.columns[sheet.name] = _columns(sheet, headed, tables, years)
        content.rows[sheet.name] = [row.written() for row in rows]
    if years:
        for row in content.rows["Settings"]:
            row.update({k: v for k, v in (("value", _end(row, years)),) if v is not None})
    return content


def _end(row: Cells, years: range) -> int | None:
    return {"first_year": years[0], "last_year": years[-1]}.get(str(row.get("setting")))


def _columns(sheet: Sheet, headed: list[str], tables: Tables, years: range | None) -> list[str]:
    declared = [c.name for c in sheet.columns]
    elements = [str(r["element"]) for r in tables["Elements"]] if sheet.elements else []
    year_columns = sorted({*(c for c in headed if c.isdigit()), *map(str, tables.years)}) if sheet.years else []
    kept = [str(y) for y in years] if years and sheet.years else year_columns
    own = [c for c in headed if c not in {*declared, *elements, *year_columns}]
    beside = [c for c in own if c in FREE_COLUMNS and c not in _LAST]
    return [
        declared[0],
        *beside,
        *declared[1:],
        *elements,
        *kept,
        *(c for c in own if c not in {*beside, *_LAST}),
        *_last(sheet, own),
    ]


def _last(sheet: Sheet, own: list[str]) -> list[str]:
    """Every sheet has room for notes, and for sources where there are figures."""
    room = {*own, "note", *(["source"] if sheet.sourced else [])} - {k.name for k in sheet.columns}
    return [c for c in _LAST if c in room]


def blank(years: range) -> Content:
    """Return an empty workbook: the settings with their defaults, the rare earths, and headings for every year."""
    content = Content()
    symbols = [symbol for symbol, _ in ELEMENTS]
    for sheet in SHEETS.values():
        content.columns[sheet.name] = [c.name for c in sheet.columns]
        content.columns[sheet.name] += symbols if sheet.elements else []
        content.columns[sheet.name] += [str(y) for y in years] if sheet.years else []
        content.columns[sheet.name] += _last(sheet, [])
        content.rows[sheet.name] = []
    ends = {"first_year": years[0], "last_year": years[-1]}
    defaults = ((c.name, ends.get(c.name, c.default)) for c in SETTINGS)
    content.rows["Settings"] = [
        {"setting": name, **({} if value is None else {"value": value})} for name, value in defaults
    ]
    content.rows["Elements"] = [{"element": s, "circuit": circuit, "commodity": _oxide(s)} for s, circuit in ELEMENTS]
    oxides = dict.fromkeys(_oxide(s) for s in symbols)
    content.rows["Commodities"] = [{"commodity": name, "stage": "refinery"} for name in oxides]
    return content


def _oxide(symbol: str) -> str:
    return "ndpr_oxide" if symbol in ("Pr", "Nd") else f"{symbol.casefold()}_oxide"
