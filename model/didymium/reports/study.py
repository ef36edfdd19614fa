"""A study on paper: one workbook, one page and one JSON file, in the style of results, whatever the study is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from didymium.excel.book import Book, Sheet
from didymium.excel.headings import heading
from didymium.reports import charts
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.facts import write_facts
from didymium.reports.page.data import chart
from didymium.reports.page.write import assembled
from didymium.result_folder import KeptParts, replace_files
from didymium.results import Record, ResultSheet, Table, notes

_SIZE, _RIGHT = (645, 425), 7  # of a chart, pixels; the first column of the right half


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A table of a study: its declaration, its sheet, and its rows as people see them."""

    declared: Table
    sheet: ResultSheet
    rows: Sequence[Mapping[str, object]]

    @property
    def columns(self) -> list[str]:
        """Its columns: those declared, and those made at run time behind them."""
        return list(self.rows[0]) if self.rows else self.declared.names


@dataclass(frozen=True, slots=True)
class StudyReport:
    """What a study shows: its answer in sentences, its charts (two in a line), its tables, and how it was made.

    `name` is that of its files; `proven` whether all that was wanted is proven; `record` what its JSON file holds.
    """

    name: str
    title: str
    status: str
    proven: bool
    headline: list[str]
    charts: dict[str, ChartSpec]
    tables: list[StudyTable]
    facts: Record
    record: Record
    kept: KeptParts | None = None  # what was kept until it is written

    def save(self, folder: str | Path) -> list[Path]:
        """Write NAME.xlsx, NAME.html and NAME.json; return their paths. What was kept of a study that is complete is
        then removed. Raises OutputInUse when the folder cannot be written."""
        written = replace_files(
            Path(folder),
            {
                f"{self.name}.xlsx": self.write_workbook,
                f"{self.name}.html": self.write_page,
                f"{self.name}.json": self._write_json,
            },
            self.facts,
        )
        if self.kept is not None and self.record["complete"]:
            self.kept.clear()
        return written

    def write_workbook(self, path: Path) -> None:
        """Write the workbook. Raises OSError when the file cannot be written."""
        with Book(path) as book:
            front = book.sheet("Summary", self.title, "The answer; the sheets behind have every number")
            for table in self.tables:
                page = book.sheet_of(table.sheet)
                page.table(table.rows, table.columns, notes=notes(table.declared.columns))
            self._write_run(book)
            self._write_front(book, front)

    def write_page(self, path: Path) -> None:
        """Write the page. Raises ValueError for a number that is not finite, OSError when it cannot be written."""
        data: dict[str, Any] = {
            "title": self.title,
            "status": self.status,
            "proven": self.proven,
            "headline": self.headline,
            "charts": {name: chart(spec) for name, spec in self.charts.items() if spec.rows},
            "sections": [
                {
                    "id": table.declared.name,
                    "title": table.sheet.title,
                    "note": f"{table.sheet.note}.",
                    "columns": table.columns,
                    "rows": [[row.get(column) for column in table.columns] for row in table.rows],
                }
                for table in self.tables
            ],
            "headings": {column: heading(column) for table in self.tables for column in table.columns},
        }
        path.write_text(assembled("study", data), encoding="utf-8")

    def _write_json(self, path: Path) -> None:
        path.write_text(json.dumps(self.record, indent=1, allow_nan=False), encoding="utf-8")

    def _write_front(self, book: Book, page: Sheet) -> None:
        """Write the sentences, the charts and their tables."""
        page.page.set_portrait()
        page.page.set_column(0, 20, 13)
        page.text(2, 0, self.status, bold=True)
        for row, sentence in enumerate(self.headline, 3):
            page.text(row, 0, sentence)
        if not self.charts:
            return
        names = list(self.charts)
        lines = [names[k : k + 2] for k in range(0, len(names), 2)]
        top = 3 + len(self.headline) + 1
        charts.gallery(book, page, self.charts, lines, top, (0, _RIGHT), _SIZE, _RIGHT + 7)

    def _write_run(self, book: Book) -> None:
        """Write how the study was made: one fact in each row."""
        page = book.sheet("Run", "How the study was made", "The hash of its input identifies the case")
        write_facts(page, self.facts)
