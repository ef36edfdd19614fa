"""Tables: the rows of every sheet, typed, each of which knows the cell it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import get_column_letter

from didymium.errors import ERROR, Problem, Severity
from didymium.tables.read_counts import Count
from didymium.tables.schema import SETTINGS, SHEETS

_LATER_SETTINGS = [(c.name, c.default) for c in SETTINGS if c.later]
_CONFIRMED = re.compile(r"\bconfirmed:", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """One row of a sheet.

    `values` are the declared columns, `years` the year columns (None where blank), `shares` the element
    columns in percent, `extra` the texts of other columns. `unread` are columns whose cell could not be read,
    `blank` those that take their default because nothing was written.
    """

    sheet: str
    number: int
    values: dict[str, object]
    years: dict[int, float | None] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    blank: set[str] = field(default_factory=set)
    letters: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, column: str) -> object:
        return self.values[column]

    def text(self, column: str) -> str:
        """Return a cell as text, empty where it is blank."""
        value = self.values[column]
        return "" if value is None else str(value)

    def num(self, column: str) -> float:
        """Return a number, which the reader has made sure of."""
        value = self.values[column]
        assert isinstance(value, (int, float)), (self.sheet, column, value)
        return float(value)

    def integer(self, column: str) -> int:
        """Return a whole number, which the reader has made sure of."""
        return int(self.num(column))

    def list(self, column: str) -> tuple[str, ...]:
        """Return the entries of a cell that may hold several."""
        value = self.values[column]
        return value if isinstance(value, tuple) else (str(value),)

    def cell(self, column: str | int) -> str:
        """Return the place of a cell: `Sheet!C5`, or `Sheet!row 5` for a column that the sheet does not have."""
        index = self.letters.get(str(column))
        return (
            f"{self.sheet}!{get_column_letter(index + 1)}{self.number}"
            if index is not None
            else f"{self.sheet}!row {self.number}"
        )

    def problem(self, column: str | int, text: str, severity: Severity = ERROR) -> Problem:
        """Return a problem at a cell of this row."""
        return Problem(self.cell(column), text, severity)

    def written(self) -> dict[str, object]:
        """Return the cells as they were written, by column; blank ones are left out."""
        cells: dict[str, object] = {c: _as_cell(v) for c, v in self.values.items() if c not in self.blank}
        cells |= {str(year): value for year, value in self.years.items()}
        cells |= {e: share for e, share in self.shares.items() if e not in self.blank} | self.extra
        return {column: value for column, value in cells.items() if value is not None}

    @property
    def confirmed(self) -> bool:
        """Whether the note of the row confirms what looks odd in it: `confirmed: ` and why."""
        return bool(_CONFIRMED.search(str(self.extra.get("note", ""))))


def _as_cell(value: object) -> object:
    """Return a typed value as a cell holds it: yes or no, several with `;`."""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


@dataclass(slots=True, repr=False)
class Tables:
    """Every row that was read, by sheet.

    `missing` are sheets that the source does not have, `broken` those in which no table could be read, `counts` what
    became of each cell.
    """

    source: Path
    sha256: str
    rows: dict[str, list[Row]]
    missing: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    counts: dict[str, Count] = field(default_factory=dict)

    def __getitem__(self, sheet: str) -> list[Row]:
        return self.rows.get(sheet, [])

    def __repr__(self) -> str:
        counts = [len(rows) for rows in self.rows.values() if rows]
        years = f"{self.years[0]}-{self.years[-1]}" if self.years else "no years"
        return f"<Tables {self.source.name}, {years}: {sum(counts):,} rows on {len(counts)} sheets>"

    def sound(self, sheet: str) -> Iterator[Row]:
        """Return the rows of a sheet in which every cell could be read."""
        return (row for row in self[sheet] if not row.unread)

    def ids(self, where: str) -> dict[str, Row]:
        """Return the ids of `Sheet.column`, each with its first row.

        `Concentrates` and `Mixed` are the implied commodities.
        """
        if where == "Concentrates":
            return {i: r for i, r in self.ids("Projects.project").items() if r["stage"] == "mine"}
        if where == "Mixed":
            heavy = [r for r in self["Elements"] if r["circuit"] == "heavy" and r["commodity"]]
            return {f"mixed_{r['commodity']}": r for r in reversed(heavy)}
        sheet, column = where.split(".")
        return {str(r[column]): r for r in reversed(self[sheet]) if r[column] is not None}

    def firmness(self, column: str = "source") -> Callable[[Row], str]:
        """Return a function that gives how firm the source of a row is: reported, derived, assumed or unsourced.

        `opex_source` is `source` where it is blank.
        """
        confidence = {name: row.text("confidence") or "unsourced" for name, row in self.ids("Sources.source").items()}
        return lambda row: confidence.get(str(row.extra.get(column) or row.extra.get("source")), "unsourced")

    def setting(self, name: str) -> object:
        """Return the value of a setting, None where it has none."""
        return next((r["value"] for r in self["Settings"] if r["setting"] == name), None)

    @property
    def years(self) -> range:
        """The years of the plan; empty where the settings could not be read."""
        first, last = self.setting("first_year"), self.setting("last_year")
        return range(first, last + 1) if isinstance(first, int) and isinstance(last, int) else range(0)

    def content_sha256(self) -> str:
        """Return a hash of what the tables hold, the same however they were stored.

        Defaults of columns and settings that were added later do not count, nor do blank years.
        """
        digest = hashlib.sha256()
        for sheet in sorted(SHEETS):
            later = {c.name: c.default for c in SHEETS[sheet].columns if c.later}
            for row in self[sheet]:
                if sheet == "Settings" and (row["setting"], row["value"]) in _LATER_SETTINGS:
                    continue
                content = [(c, _plain(v)) for c, v in row.values.items() if c not in later or v != later[c]]
                content += [(str(y), _plain(v)) for y, v in sorted(row.years.items()) if v is not None]
                content += [(e, _plain(v)) for e, v in sorted(row.shares.items())]
                digest.update(repr((sheet, content)).encode())
        return digest.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return f"{value:.12g}"
    return ";".join(value) if isinstance(value, tuple) else str(value)
