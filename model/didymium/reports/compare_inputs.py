"""One workbook of the differences between inputs without results: sheet by sheet, then cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from didymium.excel.book import Book
from didymium.reports.input_differences import input_differences, sheet_differences
from didymium.results import Record
from didymium.tables.rows import Tables


def write_input_comparison(path: Path, inputs: Mapping[str, Tables], solved: Collection[str] = ()) -> None:
    """Write the comparison of two or more inputs, by name; `solved` are those that come from results, of which only the
    inputs are compared. Raises OSError when the file cannot be written."""
    names = list(inputs)
    cells, sheets = input_differences(inputs), sheet_differences(inputs)
    with Book(path) as book:
        front = book.sheet(
            "Summary",
            f"What differs between the inputs: {', '.join(names)}",
            "Numbers, choices and texts that are not the same in all",
        )
        columns = list(sheets[0]) if sheets else ["sheet"]
        area = front.table(sheets, columns)
        sentences = _sentences(inputs, cells, sheets, solved)
        below = area.top + max(1, area.rows) + 2
        for k, sentence in enumerate(sentences, below):
            front.text(k, 0, sentence)
        front.page.print_area(0, 0, below + len(sentences), max(5, len(columns) - 1))
        page = book.sheet("Inputs", "Input cells that differ", "A blank: there is no such cell or row")
        page.table(cells, ["sheet", "input", "column", *names])


def _sentences(
    inputs: Mapping[str, Tables], cells: list[Record], sheets: list[Record], solved: Collection[str]
) -> list[str]:
    sentences = [
        (
            f"{len(cells)} cells differ, on {len(sheets)} sheets."
            if cells
            else "No cell differs: all have the same inputs."
        )
    ]
    sentences += [
        f"{name}: {tables.setting('title') or 'no title'}; read from {tables.source.name}"
        for name, tables in inputs.items()
    ]
    if solved:
        sentences.append(
            f"Only inputs are compared; to compare results, name results alone. Of {', '.join(solved)}, a result, the"
            " inputs were taken."
        )
    return sentences
