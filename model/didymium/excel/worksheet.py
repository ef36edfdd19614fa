"""A worksheet of XlsxWriter that keeps every digit, and does little for each of the million cells of a large result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any

from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

MAX_LINKS = 65_530  # on one sheet: Excel does not open one with more
LOOKS_LIKE_A_FORMULA = tuple("=+-@\t\r{")
_LONG = 16_000  # characters of a text from which on it may be too long for a cell
_FUNCTION = re.compile(r"[A-Z][A-Z.]*\(")


class ExactWorksheet(Worksheet):  # type: ignore[misc]
    """A worksheet that stores every digit of a number; the writer's own keeps sixteen, and not every number survives
    that.

    Numbers and texts are kept as the file has them, as text, in the writer's own table of cells. Their attributes are
    addresses and indices, in which nothing needs an escape, and functions that needed no prefix once need none again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._without_prefix: set[str] = set()
        self._links: dict[tuple[int, int], str] = {}
        self._tables: list[tuple[int, int, int, int]] = []

    def write_values(
        self,
        row: int,
        column: int,
        values: Sequence[object],
        of_numbers: Any,
        of_texts: Any,
        otherwise: Callable[[int, int, object], None],
    ) -> int:
        """Write cells one below the other, numbers and texts in a format each (None: in none); None is no cell. All
        else, and what may be no cell of a workbook, is left to `otherwise`. Returns 0, or -1 where a cell lies outside
        of the sheet."""
        if not values:
            return 0
        if self._check_dimensions(row, column) or self._check_dimensions(row + len(values) - 1, column):
            return -1
        letters, table, index_of = xl_col_to_name(column), self.table, self.str_table._get_shared_string_index
        number, text = _style(of_numbers), _style(of_texts)
        for i, value in enumerate(values, row):
            if isinstance(value, str):
                if value.startswith(LOOKS_LIKE_A_FORMULA) or len(value) > _LONG:
                    otherwise(i, column, value)
                else:
                    table[i][column] = f'<c r="{letters}{i + 1}"{text} t="s"><v>{index_of(str(value))}</v></c>'
            elif isinstance(value, (int, float)) and isfinite(value) and not isinstance(value, bool):
                table[i][column] = f'<c r="{letters}{i + 1}"{number}><v>{repr(float(value)).removesuffix(".0")}</v></c>'
            elif value is not None:
                otherwise(i, column, value)
        return 0

    def make_table(self, top: int, left: int, bottom: int, right: int, options: dict[str, object]) -> int:
        """Make cells that are written an Excel table, as `add_table` does, which notes each cell so as to find tables
        that overlap. Raises OverlappingRange for these."""
        for other in self._tables:
            if top <= other[2] and bottom >= other[0] and left <= other[3] and right >= other[1]:
                raise OverlappingRange(f"a table at {(top, left)} overlaps the one at {other[:2]}")
        self._tables.append((top, left, bottom, right))
        code = self.add_table(top, left, top + 1, right, options)
        if code == 0:
            self.tables[-1] |= dict.fromkeys(("range", "a_range", "autofilter"), xl_range(top, left, bottom, right))
        return int(code)

    def write_links(
        self, row: int, column: int, places: Iterable[str | None], texts: Iterable[object], tip: str = ""
    ) -> int:
        """Let cells one below the other lead to places in the workbook (`'Sheet'!A1`; None: nowhere). Returns 0, or -4
        where there are more links than a sheet may have."""
        letters, ends = xl_col_to_name(column), dict[tuple[str, object], str]()
        for i, (place, text) in enumerate(zip(places, texts, strict=True), row):
            if place is not None:
                end = ends.get((place, text)) or ends.setdefault(
                    (place, text), self._end_of_link(place, tip, str(text))
                )
                self._links[i, column] = f'<hyperlink ref="{letters}{i + 1}"{end}'
        return -4 if len(self._links) > MAX_LINKS else 0

    def _end_of_link(self, place: str, tip: str, text: str) -> str:
        named = {"location": place, "tooltip": tip, "display": text}
        return "".join(f' {name}="{self._escape_attributes(value)}"' for name, value in named.items() if value) + "/>"

    def _write_hyperlinks(self) -> None:
        self.table.clear()  # which is written
        if self._links:
            self.fh.write(f"<hyperlinks>{''.join(self._links[at] for at in sorted(self._links))}</hyperlinks>")

    def _calculate_spans(self) -> None:
        """The columns that rows span, which programs need not be told."""
        self.row_spans: dict[int, str] = {}

    def _write_cell(self, row: int, column: int, cell: object) -> None:
        if isinstance(cell, str):
            self.fh.write(cell)
        else:
            super()._write_cell(row, column, cell)

    def _get_range_data(self, top: int, left: int, bottom: int, right: int) -> list[object]:
        """The values that a chart shows until a program reads its cells, with the digits that Excel keeps there."""
        found: list[object] = []
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                cell = self.table[row].get(column)
                if isinstance(cell, str):
                    attributes, _, value = cell.removesuffix("</v></c>").partition("><v>")
                    is_text = attributes.endswith(' t="s"')
                    found.append(self.str_table._get_shared_string(int(value)) if is_text else f"{float(value):.16g}")
                else:
                    found += super()._get_range_data(row, column, row, column)
        return found

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, object]] = ()) -> None:
        self.fh.write(f"<c{_as_they_are(attributes)}><v>{repr(float(number)).removesuffix('.0')}</v></c>")

    def _xml_string_element(self, index: int, attributes: Sequence[tuple[str, object]] = ()) -> None:
        self.fh.write(f'<c{_as_they_are(attributes)} t="s"><v>{index}</v></c>')

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """The formula as files have it: the writer's own looks for some 30 functions in each that need a prefix."""
        plain, functions = formula.removeprefix("="), set(_FUNCTION.findall(formula))
        if functions <= self._without_prefix and not formula.startswith("{"):
            return plain
        prepared = str(super()._prepare_formula(formula, expand_future_functions))
        if prepared == plain:
            self._without_prefix |= functions
        return prepared


def _style(cell_format: Any) -> str:
    """The attribute of a cell that names its format."""
    return "" if cell_format is None else f' s="{cell_format._get_xf_index()}"'


def _as_they_are(attributes: Sequence[tuple[str, object]]) -> str:
    return "".join([f' {key}="{value}"' for key, value in attributes])
