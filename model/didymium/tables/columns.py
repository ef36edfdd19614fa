"""How a sheet is declared: its columns, its year and element columns, its key, and its explanations for people."""

from __future__ import annotations

from dataclasses import dataclass

# Columns that people keep for themselves on any sheet.
SOURCE_COLUMNS = ("source", "opex_source")  # what a row rests on; of a project also its operating cost alone
FREE_COLUMNS = frozenset(
    {"note", "name", "owner", "country", "latitude", "longitude", "status", "unit", *SOURCE_COLUMNS}
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `kind` is id, text, number, integer, yes_no, choice, ref, refs (a `;` list) or any.

    `low`, `above` and `high` bound what is allowed; what lies outside `usual` is allowed but looks odd. A column (or
    setting) that is added now is `later`: results made before it keep their content hash, and so verify.
    """

    name: str
    kind: str = "number"
    meaning: str = ""
    unit: str = ""
    optional: bool = False
    default: object = None
    low: float | None = None
    high: float | None = None
    above: float | None = None  # exclusive lower bound
    choices: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()  # the tables whose ids may stand here, as `Sheet.column`
    star: bool = False  # `*` (all) may stand here
    offers: str = ""  # the table whose ids its list shows, where narrower than `refers_to`
    usual: tuple[float, float] | None = None
    example: object = None
    later: bool = False  # left out of the content hash where it has its default


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that the workbook works out for the planner and the reader skips. `formula` is Excel's, for its own row;
    none: a text."""

    name: str
    meaning: str
    unit: str
    formula: str
    after: str = ""  # the column it stands beside; none: after the last


@dataclass(frozen=True, slots=True)
class Years:
    """The columns headed by years. `blank` is what an absent or empty year means: error, none or zero."""

    meaning: str
    unit: str
    blank: str = "error"
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `key` are the columns that identify a row; without a key, rows may repeat."""

    name: str
    purpose: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    optional: bool = False
    years: Years | None = None
    elements: str = ""  # meaning of the columns headed by the elements, where there are such
    how_to: str = ""
    computed: tuple[Computed, ...] = ()
    sourced: bool = True  # do its rows hold figures that want a source?

    @property
    def first(self) -> str:
        """The name of the first column, which marks the header row."""
        return self.columns[0].name

    def column(self, name: str) -> Column:
        """Return the declared column of a name."""
        return next(c for c in self.columns if c.name == name)
