"""One workbook of what differs between inputs that nobody has solved yet: sheet by sheet, then cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from didymium.excel.book import Book
from didymium.plan.tables import Record
from didymium.reports.input_differences import input_differences, sheet_differences
from didymium.tables.rows import Tables


def write_input_comparison(path: Path, inputs: Mapping[str, Tables], solved: Collection[str] = ()) -> None:
    """Write the comparison of two or more inputs, by name; `solved` are those that come from results, of which the
    inputs alone count."""
    names = list(inputs)
    cells, sheets = input_differences(inputs), sheet_differences(inputs)
    with Book(path) as book:
        front = book.sheet(
            "Summary",
            f"What differs between the inputs: {', '.join(names)}",
            "Figures, choices and texts that are not the same in all",
        )
        columns = list(sheets[0]) if sheets else ["sheet"]
        area = front.table(sheets, columns)
        said = _sentences(inputs, cells, sheets, solved)
        below = area.top + max(1, area.rows) + 2
        for k, sentence in enumerate(said, below):
            front.text(k, 0, sentence)
        front.page.print_area(0, 0, below + len(said), max(5, len(columns) - 1))
        page = book.sheet("Inputs", "Input cells that differ", "A blank: the cell, or the row, is not there")
        page.table(cells, ["sheet", "input", "column", *names])


def _sentences(
    inputs: Mapping[str, Tables], cells: list[Record], sheets: list[Record], solved: Collection[str]
) -> list[str]:
    said = [
        (
            f"{len(cells)} cells differ, on {len(sheets)} sheets."
            if cells
            else "No cell differs: all hold the same inputs."
        )
    ]
    said += [
        f"{name}: {tables.setting('title') or 'no title'}; read from {tables.source.name}"
        for name, tables in inputs.items()
    ]
    if solved:
        said.append(
            f"Only inputs are compared; to compare results, name results alone. Of {', '.join(solved)}, a result, the"
            " inputs were taken."
        )
    return said
