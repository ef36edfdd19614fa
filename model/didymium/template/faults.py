"""What of a sheet the check would refuse, counted by live formulas, each with the count for the rows written.

Cells that must be filled and are not, figures that are none or out of range, words and ids that are on no list, ids
used twice. What depends on several sheets at once is left to `counts.checklist`, and the rest to the check itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from didymium.tables.cells import LARGEST
from didymium.tables.columns import Column
from didymium.tables.schema import SETTINGS
from didymium.template.layout import Table
from didymium.template.lists import list_of

Cells = dict[str, object]
Offered = Callable[[Column], set[str]]


class Term(NamedTuple):
    """One kind of fault of one column: the formula that counts it, and the count for the rows written."""

    formula: str
    number: int


def faults(table: Table, offered: Offered) -> list[Term]:
    """Return every kind of fault that formulas can see in a sheet.

    `offered` returns the ids that a column of references may hold.
    """
    found = [_headless(table), *_twice(table)]
    if table.sheet.name == "Settings":
        return [*found, *(t for column in SETTINGS for t in _setting(table, column))]
    for column in table.sheet.columns:
        found += _of_column(table, column, offered)
    years = [c for c in table.columns if c.isdigit()] if table.sheet.years else []
    if table.sheet.years and years:
        found += _of_group(table, years, table.sheet.years.blank == "error", table.sheet.years.high)
    if table.elements:
        found += _of_group(table, table.elements, True, 100)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: object) -> str:
    """What Excel takes a cell's value for as a text, without the spaces around it."""
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.12g}" if isinstance(value, (int, float)) else str(value or "").strip()


def _begun(table: Table) -> list[Cells]:
    return [row for row in table.rows if table.sheet.first in row]


def _headless(table: Table) -> Term:
    """Rows that hold something but not their first cell."""
    name, first = table.sheet.name, table.sheet.first
    computed = {c.name for c in table.sheet.computed}
    others = [
        c for c in table.columns if c not in computed and not c.isdigit() and c not in table.elements and c != first
    ]
    filled = "+".join(f'({name}[{c}]<>"")' for c in others) or "0"
    return Term(
        f'SUMPRODUCT(({name}[{first}]="")*(({filled})>0))',
        sum(first not in row and any(c in row for c in others) for row in table.rows),
    )


def _twice(table: Table) -> list[Term]:
    """Rows whose key stands in a row above; a blank and `*` are one."""
    name, key = table.sheet.name, table.sheet.key
    if not key:
        return []
    joined = '&"|"&'.join(f'SUBSTITUTE({name}[{k}],"*","")' for k in key)
    first = f"{name}[{key[0]}]"
    seen: set[tuple[str, ...]] = set()
    again = 0
    for row in table.rows:
        key_text = tuple(str(row.get(k, "")).replace("*", "").casefold() for k in key)
        again += key_text in seen and key[0] in row
        seen.add(key_text)
    return [
        Term(f'SUMPRODUCT(({first}<>"")*(MATCH({joined},{joined},0)<>ROW({first})-ROW(INDEX({first},1))+1))', again)
    ]


def _of_column(table: Table, column: Column, offered: Offered) -> list[Term]:
    cells = f"{table.sheet.name}[{column.name}]"
    values = [row.get(column.name) for row in table.rows]
    found = [] if column.optional or column.name == table.sheet.first else [_blank(table, column.name)]
    if column.kind in ("number", "integer"):
        found += _numbers(cells, values, column)
    if column.kind == "yes_no":
        found.append(_unlisted(cells, values, {"yes", "no"}, '{"yes","no"}', False))
    if column.choices and column.kind == "choice":
        allowed = ",".join(f'"{choice}"' for choice in column.choices)
        found.append(_unlisted(cells, values, set(column.choices), f"{{{allowed}}}", column.star))
    if column.kind == "id":
        found.append(_misspelt(cells, values))
    if column.refers_to and (name := list_of(column)):
        found.append(_unlisted(cells, values, offered(column), name, column.star, several=column.kind == "refs"))
    return found


def _blank(table: Table, column: str) -> Term:
    """Rows that are begun without a cell that must be filled."""
    name, first = table.sheet.name, table.sheet.first
    return Term(
        f'SUMPRODUCT(({name}[{first}]<>"")*(TRIM({name}[{column}])=""))',
        sum(not _text(row.get(column)) for row in _begun(table)),
    )


def _numbers(cells: str, values: list[object], column: Column) -> list[Term]:
    """Texts where a number is meant, numbers out of range, and halves of what is whole."""
    found = [_texts(cells, values), *_outside(cells, values, column.low, column.above, column.high)]
    if column.kind == "integer":
        halves = sum(_is_number(v) and float(str(v)) != int(float(str(v))) for v in values)
        found.append(Term(f'SUMPRODUCT(ISNUMBER({cells})*(LEN({cells})<>LEN(TEXT({cells},"0"))))', halves))
    return found


def _texts(cells: str, values: list[object]) -> Term:
    return Term(
        f'SUMPRODUCT((TRIM({cells})<>"")*(1-ISNUMBER({cells})))',
        sum(bool(_text(v)) and not _is_number(v) for v in values),
    )


def _outside(
    cells: str, values: list[object], low: float | None, above: float | None, high: float | None
) -> list[Term]:
    numbers = [float(str(v)) for v in values if _is_number(v)]
    high = LARGEST if high is None else high
    found = [Term(f'COUNTIF({cells},">{high:.12g}")', sum(v > high for v in numbers))]
    if low is not None:
        found.append(Term(f'COUNTIF({cells},"<{low:.12g}")', sum(v < low for v in numbers)))
    if above is not None:
        found.append(Term(f'COUNTIF({cells},"<={above:.12g}")', sum(v <= above for v in numbers)))
    return found


def _unlisted(
    cells: str, values: list[object], allowed: set[str], listed: str, star: bool, several: bool = False
) -> Term:
    """Texts on no list, in any case and with spaces for underscores; of several in one cell none is judged. `*` only
    where it is allowed."""
    tidy = f'SUBSTITUTE(TRIM({cells})," ","_")'
    single = f'*ISERROR(FIND(";",{cells}))' if several else ""
    formula = f'SUMPRODUCT((TRIM({cells})<>"")*(TRIM({cells})<>"*"){single}*ISNA(MATCH({tidy},{listed},0)))'
    texts = [_text(v) for v in values if v is not None and not (several and ";" in str(v))]
    known = {a.casefold() for a in allowed}
    count = sum(text not in ("", "*") and text.replace(" ", "_").casefold() not in known for text in texts)
    if star:
        return Term(formula, count)
    return Term(f'{formula}+COUNTIF({cells},"~*")', count + sum(v == "*" for v in values))


def _misspelt(cells: str, values: list[object]) -> Term:
    """Ids with capitals, spaces or hyphens."""
    texts = [_text(v) for v in values]
    count = sum(text != text.lower() or " " in text or "-" in text for text in texts)
    tests = f'(1-EXACT({cells},LOWER({cells})))+ISNUMBER(FIND(" ",TRIM({cells})))+ISNUMBER(FIND("-",{cells}))'
    return Term(f"SUMPRODUCT(--(({tests})>0))", count)


def _of_group(table: Table, columns: list[str], needed: bool, high: float | None) -> list[Term]:
    """The same for columns headed by years or elements, all at once."""
    name, first = table.sheet.name, table.sheet.first
    cells = f"{name}[[{columns[0]}]:[{columns[-1]}]]"
    values = [row.get(c) for row in table.rows for c in columns]
    found = [_texts(cells, values), *_outside(cells, values, 0, None, high)]
    if needed:
        blank = sum(not _text(row.get(c)) for row in _begun(table) for c in columns)
        found.append(Term(f'SUMPRODUCT(({name}[{first}]<>"")*(TRIM({cells})=""))', blank))
    return found


def _setting(table: Table, column: Column) -> list[Term]:
    """A setting that is a number: missing, a text or out of range counts once."""
    if column.kind not in ("number", "integer"):
        return []
    value = f'INDEX(Settings[value],MATCH("{column.name}",Settings[setting],0))'
    low = column.low if column.low is not None else column.above if column.above is not None else -LARGEST
    high = LARGEST if column.high is None else column.high
    comparison = ">" if column.above is not None else ">="
    good = f"AND(ISNUMBER({value}),N({value}){comparison}{low:.12g},N({value})<={high:.12g})"
    blank = "" if not column.optional else f'TRIM({value})="",'
    entered = next((row.get("value") for row in table.rows if row.get("setting") == column.name), None)
    fine = (column.optional and not _text(entered)) or (_is_number(entered) and _within(float(str(entered)), column))
    return [Term(f"IFERROR(IF(OR({blank}{good}),0,1),{0 if column.optional else 1})", int(not fine))]


def _within(value: float, column: Column) -> bool:
    low = column.low is None or value >= column.low
    return (
        low
        and (column.above is None or value > column.above)
        and value <= (LARGEST if column.high is None else column.high)
    )
