"""The desk's reader: a process of its own that reads results and comparisons for the pages that show their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from didymium.desk.helper import Record, serve
from didymium.errors import DidymiumError
from didymium.excel.book import HEADER_ROW
from didymium.excel.headings import heading
from didymium.reports.names import project_name
from didymium.reports.result_reader import read_answer
from didymium.results import by_name
from didymium.tables.rows import Tables
from didymium.template.source import tables_of


def main() -> None:
    """Answer requests until there are no more: what the process runs."""
    serve(answer)


def answer(request: Record) -> Record:
    """Return the `tables` of a plan (`result`), or of the workbook of a comparison or study (`comparison`): of each its
    `headings` and `rows`; the candidates of a result (`projects`), as ids with names; or the `problem` in words. An
    empty request is answered once all is imported."""
    try:
        if not request:
            return {}
        if "projects" in request:
            return {"projects": candidates(Path(request["projects"]))}
        if "result" in request:
            return {"tables": tables_of_result(Path(request["result"]))}
        return {"tables": tables_of_comparison(Path(request["comparison"]))}
    except (DidymiumError, OSError, ValueError, KeyError) as error:
        return {"problem": str(error)}


def tables_of_result(folder: Path) -> dict[str, Record]:
    """Return the tables of a plan that have rows."""
    plan = read_answer(folder)
    return {name: _table(rows, plan.source) for name, rows in by_name(plan.tables).items() if rows}


def candidates(folder: Path) -> list[list[str]]:
    """Return the projects of a plan that can be built, as ids with names."""
    inputs = tables_of(folder)
    rows = [row for row in inputs["Projects"] if row.values.get("max_modules")]
    return [[row.text("project"), project_name(inputs, row.text("project"))] for row in rows]


def _table(rows: Sequence[Mapping[str, Any]], inputs: Tables) -> Record:
    """Headings, and rows with the names of projects in place of their ids."""
    columns = list(rows[0])
    cells = [[_cell(c, row.get(c), inputs) for c in columns] for row in rows]
    return {"headings": ["Project" if c == "project" else heading(c) for c in columns], "rows": cells}


def _cell(column: str, value: Any, inputs: Tables) -> Any:
    if column == "project" and value:
        return project_name(inputs, str(value))
    return _as_cell(value)


def tables_of_comparison(path: Path) -> dict[str, Record]:
    """Return the sheets of a comparison: of each also `title`, `note` and the sentences `below` its table."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return {sheet.title: _sheet(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    finally:
        book.close()


def _sheet(lines: Iterable[Sequence[Any]]) -> Record:
    found = [[_as_cell(value) for value in line] for line in lines]
    above, table = found[:HEADER_ROW], found[HEADER_ROW:]
    words = [str(line[0]) for line in above if line and line[0] is not None]
    width = max((k + 1 for k, value in enumerate(table[0]) if value is not None), default=0) if table else 0
    rows = [line[:width] for line in table[1:]]
    end = next((k for k, row in enumerate(rows) if all(value is None for value in row)), len(rows))
    return {
        "title": next(iter(words), ""),
        "note": " ".join(words[1:]),
        "headings": ["" if value is None else str(value) for value in table[0][:width]] if table else [],
        "rows": rows[:end],
        "below": [str(row[0]) for row in rows[end:] if row[0] is not None],
    }


def _as_cell(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


if __name__ == "__main__":
    main()
