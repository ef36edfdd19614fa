"""How a result table is declared: what its columns hold, in which unit and format, and on which sheet it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, get_args, get_type_hints

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column holds: its unit, the number format of its cells, and whether a sum over rows has a meaning.

    `ending` is how names of such columns end: it gives unit and format to columns whose names are made at run time.
    """

    name: str
    unit: str = ""
    shape: str = ""
    ending: str = ""
    adds_up: bool = False


ID = Kind("id")
TEXT = Kind("text")
FLAG = Kind("flag")  # yes or no
INTEGER = Kind("integer")
NUMBER = Kind("number")
YEAR = Kind("year", shape="0", ending="year")
YEARS = Kind("years", "years", ending="_years")
TONNES = Kind("tonnes", "t", "#,##0.0", "_t", adds_up=True)
CAPACITY = Kind("tonnes per year", "t/year", "#,##0.0", "_t_per_year", adds_up=True)
RATIO = Kind("tonnes per tonne", "t/t", "#,##0.0", "_t_per_t")
MONEY = Kind("money", "M USD", "#,##0.0", "_musd", adds_up=True)
YEARLY = Kind("money per year", "M USD/year", "#,##0.0", "_musd_per_year", adds_up=True)
PRICE = Kind("price", "USD/t", "#,##0", "_usd_per_t")
YEARLY_PRICE = Kind("price per year", "USD/t/year", "0", "_usd_per_t_year")
PERCENT = Kind("share", "%", "0.0", "_percent")
POINTS = Kind("points", "points", "0.0", "_points")
WEIGHT = Kind("weight", shape="0.0000", ending="weight")
PROBABILITY = Kind("probability", shape="0.000", ending="probability")
CORRELATION = Kind("correlation", shape="0.00", ending="correlation")
MONTHS = Kind("months", shape="0.0", ending="months_of_stock")
BREACH = Kind("breach", shape="0.0E+00", ending="largest_breach")
STATISTIC = Kind("statistic", shape="#,##0.0")  # of draws, in the unit of the measure

KINDS = (
    YEAR, YEARS, TONNES, CAPACITY, RATIO, MONEY, YEARLY, PRICE, YEARLY_PRICE, PERCENT, POINTS, WEIGHT, PROBABILITY,
    CORRELATION, MONTHS, BREACH,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind, its meaning, and its heading where that is not its name in words with its unit.

    `colour` is that of a kind of cost in charts, and marks a column as one. Name and type come from where the column
    is declared.
    """

    kind: Kind
    meaning: str
    heading: str = ""
    colour: str = ""
    cumulative: bool = False  # an amount that must not be added up over rows
    name: str = ""
    type: type = str
    optional: bool = False  # may a cell be blank?

    @property
    def adds_up(self) -> bool:
        """Return whether a sum over rows has a meaning."""
        return self.kind.adds_up and not self.cumulative

    def read(self, value: object) -> object:
        """Return a cell's value as the column's type: a workbook does not tell 1 from 1.0, nor 1 from its text.

        A blank in a column of texts that must have one is the empty text; another blank, and what is no number in a
        column of numbers, is returned as it is.
        """
        if self.type is str or value is None:
            return "" if value is None and self.type is str and not self.optional else value
        try:
            number = float(str(value))
        except ValueError:
            return value
        return int(number) if self.type is int and number.is_integer() else number


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """One sheet of the result workbook: its title, the note below it, and how to read it where that needs a line."""

    name: str
    title: str
    note: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a plan: the sheet it is on, its place on the HTML page (0: not shown there), and whether the ids in
    it lead to their rows on the sheet Inputs.

    Name, meaning and columns come from where the table is declared.
    """

    sheet: str
    page: int = 0
    linked: bool = True
    name: str = ""
    meaning: str = ""
    columns: tuple[Column, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names of its columns, in order."""
        return [c.name for c in self.columns]

    def read(self, row: Record) -> Record:
        """Return a row read from a workbook, with each cell as its column's type."""
        types = {c.name: c for c in self.columns}
        return {name: types[name].read(value) if name in types else value for name, value in row.items()}


def columns_of(row: type) -> tuple[Column, ...]:
    """Return the columns that a row declares. Raises TypeError where a field has no `Column`."""
    return tuple(_column(name, hint) for name, hint in get_type_hints(row, include_extras=True).items())


def _column(name: str, hint: Any) -> Column:
    declared = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Column)), None)
    if declared is None:
        raise TypeError(f"{name} declares no Column")
    annotated = get_args(hint)[0]
    types = [t for t in get_args(annotated) or (annotated,) if t is not NoneType]
    return replace(declared, name=name, type=types[0], optional=NoneType in get_args(annotated))


def tables_of(tables: type) -> dict[str, Table]:
    """Return the tables that a plan declares, by name."""
    found: dict[str, Table] = {}
    for name, hint in get_type_hints(tables, include_extras=True).items():
        rows, declared = get_args(hint)
        (row,) = get_args(rows)
        found[name] = replace(declared, name=name, meaning=(row.__doc__ or "").strip(), columns=columns_of(row))
    return found
