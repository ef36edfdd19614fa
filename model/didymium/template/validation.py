"""What Excel refuses as one types: lists, ranges, ids used twice; each refusal names what is allowed."""

from __future__ import annotations

from typing import Any

from didymium.excel.book import Sheet, accepted, letters
from didymium.tables.cells import LARGEST
from didymium.tables.columns import SOURCE_COLUMNS, Column
from didymium.tables.schema import SETTINGS
from didymium.template.layout import FIRST, Table
from didymium.template.lists import SOURCES_LIST, list_of
from didymium.template.style import rules

_LONGEST_LIST = 255  # characters of a list written into the rule itself


def validate(page: Sheet, table: Table) -> None:
    """Give every column its rule, over the rows that are filled and those that may be."""
    declared = {c.name: c for c in table.sheet.columns}
    for k, name in enumerate(table.columns):
        if name in declared and table.sheet.name != "Settings":
            rule = _rule(declared[name], table, k)
        elif name in SOURCE_COLUMNS and table.sheet.name != "Sources":
            rule = {
                "validate": "list",
                "source": f"={SOURCES_LIST}",
                "error_type": "warning",
                **_message(name, "the id of a row of Sources"),
            }
        elif (table.sheet.years is not None and name.isdigit()) or name in table.elements:
            high = table.sheet.years.high if table.sheet.years else 100
            rule = _rule(Column(name, low=0, high=high, meaning="a number"), table, k)
        else:
            rule = {}
        if rule:
            accepted(page.page.data_validation(FIRST, k, table.far, k, rule))
    if table.sheet.name == "Settings":
        _validate_settings(page, table)


def _validate_settings(page: Sheet, table: Table) -> None:
    """Each setting by its own rule."""
    columns = {c.name: c for c in SETTINGS}
    for i, row in enumerate(table.rows):
        column = columns.get(str(row.get("setting")))
        rule = _rule(column, table, table.column("value")) if column else {}
        if rule:
            at = table.column("value")
            accepted(page.page.data_validation(FIRST + i, at, FIRST + i, at, rule))


def _message(title: str, text: str) -> dict[str, str]:
    return {"error_title": title[:32], "error_message": text[:255]}


def _rule(column: Column, table: Table, k: int) -> dict[str, Any]:
    """The rule of one column; empty where anything may be typed."""
    message = _message(column.name, "; ".join(r for r in rules(column) if not r.startswith(("Example", "Usually"))))
    offered = list_of(column)
    if column.kind == "refs":  # several may stand in one cell: the list helps and does not refuse
        return {"validate": "list", "source": f"={offered}" if offered else ["*", *column.choices], "show_error": False}
    if offered:
        return {
            "validate": "list",
            "source": f"={offered}",
            **({} if column.refers_to else {"error_type": "warning"}),
            **message,
        }
    if column.kind == "yes_no":
        return {"validate": "list", "source": ["yes", "no"], **message}
    if column.choices:
        choices = [*(["*"] if column.star else []), *column.choices]
        assert len(",".join(choices)) <= _LONGEST_LIST, column.name
        return {"validate": "list", "source": choices, **message}
    if column.kind == "id":
        return {**_unique(column, table, k), **message}
    if column.kind in ("number", "integer"):
        return {"validate": "decimal" if column.kind == "number" else "integer", **_range(column), **message}
    return {}


def _range(column: Column) -> dict[str, Any]:
    if column.above is not None and column.high is None:
        return {"criteria": ">", "value": column.above}
    low = column.low if column.low is not None else column.above if column.above is not None else -LARGEST
    return {"criteria": "between", "minimum": low, "maximum": column.high if column.high is not None else LARGEST}


def _unique(column: Column, table: Table, k: int) -> dict[str, Any]:
    """An id: lower case without spaces, and only once where it is the key of its sheet."""
    letter = letters(k)
    cell = f"{letter}{FIRST + 1}"
    conditions = [f"EXACT({cell},LOWER({cell}))", f'ISERROR(FIND(" ",{cell}))']
    if table.sheet.key == (column.name,):
        conditions.append(f"COUNTIF(${letter}${FIRST + 1}:${letter}${table.far + 1},{cell})=1")
    return {"validate": "custom", "value": f"=AND({','.join(conditions)})"}
