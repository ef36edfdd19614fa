"""Input tables as DataFrames, one row a row of the sheet, and DataFrames as the grids that the reader takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from didymium.errors import BadWorkbook, Problem, UnknownTable
from didymium.tables.cells import nearest, tidy
from didymium.tables.columns import Sheet
from didymium.tables.grid import Grid
from didymium.tables.header import WITHIN, YEAR
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

FIRST = 2  # the row of the first data in a frame without row numbers, as in a CSV file
_LAST_ROW = 200_000  # beyond it an index is not taken for row numbers of a sheet


class InputFrames(Mapping[str, pd.DataFrame]):
    """The input tables by name, in any case: `frames["demand"]`.

    Each is a new DataFrame with the columns of its sheet (years as integers) and the numbers of its rows in the sheet
    as index. Raises UnknownTable, which is a KeyError, with the nearest name for an unknown one.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> pd.DataFrame:
        try:
            return frame_of(self._tables, sheet_named(name))
        except BadWorkbook as error:
            raise UnknownTable(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return (name.casefold() for name in SHEETS)

    def __len__(self) -> int:
        return len(SHEETS)

    def __repr__(self) -> str:
        rows = {name.casefold(): len(rows_of(self._tables, sheet)) for name, sheet in SHEETS.items()}
        return f"<InputFrames: {', '.join(f'{name} {count}' for name, count in rows.items() if count)}>"


def sheet_named(name: str) -> Sheet:
    """Return the sheet of a name in any case. Raises BadWorkbook with the nearest name for an unknown one."""
    known = {known.casefold(): sheet for known, sheet in SHEETS.items()}
    found = known.get(str(name).strip().casefold())
    if found is None:
        raise BadWorkbook([Problem(str(name), f"there is no such sheet{nearest(str(name).casefold(), known)}")])
    return found


def rows_of(tables: Tables, sheet: Sheet) -> list[Row]:
    """Return the rows of a sheet that were written there, without the defaults of settings left out."""
    return [row for row in tables[sheet.name] if row.number]


def columns_of(tables: Tables, sheet: Sheet) -> list[str]:
    """Return the columns of a sheet in their order; of one without rows, those that it may have."""
    rows = rows_of(tables, sheet)
    if rows:
        named = any("name" in row.extra for row in rows)  # what an id was typed as is kept as its name
        return [*rows[0].letters, *(["name"] if named and "name" not in rows[0].letters else [])]
    elements = [row.text("element") for row in tables["Elements"]] if sheet.elements else []
    return [*(c.name for c in sheet.columns), *elements, *(map(str, tables.years) if sheet.years else [])]


def frame_of(tables: Tables, sheet: Sheet) -> pd.DataFrame:
    """Return one table as it was written: a blank is missing, yes and no and lists with `;` are text."""
    rows, columns = rows_of(tables, sheet), columns_of(tables, sheet)
    written = [row.written() for row in rows]
    return pd.DataFrame(
        [[cells.get(column) for column in columns] for cells in written],
        index=pd.Index([row.number for row in rows], name="row", dtype="int64"),
        columns=[_heading(sheet, column) for column in columns],
    )


def _heading(sheet: Sheet, column: str) -> str | int:
    return int(column) if sheet.years and YEAR.fullmatch(column) else column


def grid_of_rows(tables: Tables, sheet: Sheet) -> Grid:
    """Return the rows of a sheet as a grid, each at its own number."""
    rows, columns = rows_of(tables, sheet), columns_of(tables, sheet)
    written = [row.written() for row in rows]
    cells = [[values.get(column) for column in columns] for values in written]
    return _grid(sheet, columns, [row.number for row in rows], cells)


def grid_of_frame(sheet: Sheet, frame: pd.DataFrame) -> tuple[Grid, dict[int, object]]:
    """Return a DataFrame as a grid, and what its index calls each row of the grid.

    An index of rising integers from 2 on gives the rows their numbers; with any other, rows are numbered from 2. Key
    columns may be the index.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"{sheet.name.casefold()} must be a pandas DataFrame, not {type(frame).__name__}")
    if {*frame.index.names} & {c.name for c in sheet.columns}:
        frame = frame.reset_index()
    numbers = _numbers(frame.index)
    yes_no = {c.name for c in sheet.columns if c.kind == "yes_no"}
    columns = [str(column) for column in frame.columns]
    rows = [
        [cell_value(value, column in yes_no) for column, value in zip(columns, values, strict=True)]
        for values in frame.itertuples(index=False, name=None)
    ]
    labels = list(frame.index) if frame.index.is_unique else numbers
    return _grid(sheet, columns, numbers, rows), dict(zip(numbers, labels, strict=True))


def _numbers(index: pd.Index) -> list[int]:
    """Return the row of the sheet for each row of a frame."""
    integers = pd.api.types.is_integer_dtype(index.dtype)
    rising = integers and len(index) > 0 and index.is_unique and index.is_monotonic_increasing
    if rising and int(index[0]) >= FIRST and int(index[-1]) <= _LAST_ROW:
        return [int(number) for number in index]
    return list(range(FIRST, FIRST + len(index)))


def cell_value(value: object, yes_no: bool = False) -> object:
    """Return a value of a frame as a cell holds it: a missing one is None, several are a text with `;`."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ";".join(map(str, value))
    if value is None or bool(pd.isna(value)):  # type: ignore[call-overload]
        return None
    plain = value.item() if hasattr(value, "item") else value  # a number of numpy is one of Python's
    if yes_no and isinstance(plain, bool):
        return "yes" if plain else "no"
    return tidy(plain) if isinstance(plain, str) else plain


def _grid(sheet: Sheet, columns: Sequence[str], numbers: Sequence[int], rows: Sequence[list[object]]) -> Grid:
    """Return a grid with its header in the row over the first, or in the last row where a header is looked for."""
    header = min(numbers[0] - 1 if numbers else 1, WITHIN)
    lines: list[list[object]] = [[] for _ in range(header - 1)]
    lines.append(list(columns))
    for number, row in zip(numbers, rows, strict=True):
        lines += [[] for _ in range(number - 1 - len(lines))]
        lines.append(_without_blank_end(row))
    return Grid(sheet.name, lines)


def _without_blank_end(row: list[object]) -> list[object]:
    filled = [at for at, value in enumerate(row) if value is not None]
    return row[: filled[-1] + 1] if filled else []
