"""stress.xlsx: the answer on one page, and the tables behind it."""

from __future__ import annotations

from pathlib import Path

from didymium.excel.book import HEADER_ROW, Area, Book, Sheet
from didymium.reports import charts
from didymium.reports.facts import write_facts
from didymium.reports.sentences import status_in_words
from didymium.reports.stress.chart_specs import chart_specs
from didymium.reports.stress.names import in_words
from didymium.reports.stress.sentences import headline
from didymium.results import STRESS_SHEETS, STRESS_TABLES, by_name, notes
from didymium.stress_test.stress import Stress

# In this order, two in a row
_CHARTS = (
    ("costs", "scenarios"),
    ("drivers", "regret"),
    ("who", "short"),
    ("free", "losses"),
)
_SIZE, _RIGHT = (645, 425), 7  # of a chart, pixels; the first column of the right half
# How to read a sheet, below its table.
_READING = {
    "drivers": (
        (
            "First the variance between the means of the scenarios, less what chance alone would show; from, to: its"
            " 5th and 95th percentile."
        ),
        (
            "Then what a straight line explains within scenarios; listed is what would occur by chance alone in less"
            " than one stress run of twenty."
        ),
        (
            "The rest is what no straight line explains, and what more draws might show. Swing: the effect of one"
            " standard deviation."
        ),
    ),
    "regret": (
        (
            "The least possible cost of a scenario assumes that it is known in advance and that all builds are free;"
            " targets may be missed at a price."
        ),
        (
            "It lies between the bound and the cost found: that of the best plan found in the time allowed, or of this"
            " plan where that is cheaper."
        ),
        "Where regret may be 0, this plan may be among the best of the scenario. Blank: not known in the time allowed.",
    ),
}


def write_workbook(s: Stress, path: Path) -> None:
    """Write the results of a stress run as a workbook. Raises OSError when the file cannot be written, RuntimeError if
    a cell is lost."""
    with Book(path) as book:
        title = str(s.plan.source.setting("title") or s.plan.source.source.stem)
        front = book.sheet(
            "Summary",
            f"{title}: the plan under stress",
            "Builds fixed, operation re-optimised; the sheets behind have every number",
        )
        for (name, table), declared in zip(STRESS_TABLES.items(), STRESS_SHEETS, strict=True):
            rows = in_words(s, by_name(s.rows)[name])
            page = book.sheet_of(declared)
            area = page.table(rows, list(rows[0]) if rows else table.names, notes=notes(table.columns))
            _reading(page, area, _READING.get(name, ()))
            if name == "draws" and rows:
                _narrow(page, list(rows[0]), len(rows))
        _write_run(book, s)
        _front(book, front, s)


def _front(book: Book, page: Sheet, s: Stress) -> None:
    """Write the sentences, the charts and their tables."""
    page.page.set_portrait()
    page.page.set_column(0, 20, 13)
    row = 3
    for row, sentence in enumerate(headline(s), 3):
        page.text(row, 0, sentence)
    top = row + 2
    charts.gallery(book, page, chart_specs(s), _CHARTS, top, (0, _RIGHT), _SIZE, _RIGHT + 7)


def _reading(page: Sheet, area: Area, lines: tuple[str, ...]) -> None:
    """Write how to read a table below it, printed with it."""
    below = area.top + max(1, area.rows) + 2
    for k, line in enumerate(lines, below):
        page.text(k, 0, line)
    if lines:
        page.page.print_area(0, 0, below + len(lines), max(10, len(area.columns) - 1))


def _narrow(page: Sheet, columns: list[str], rows: int) -> None:
    """Make the columns of the values drawn narrow, as their headings are long; print only the results of each draw."""
    first = columns.index("stood_still")
    page.page.set_column(first + 1, len(columns) - 1, 16)
    page.page.set_row(HEADER_ROW, 45)
    page.page.print_area(0, 0, HEADER_ROW + rows, first)
    page.page.fit_to_pages(2, 0)


def _write_run(book: Book, s: Stress) -> None:
    """Write how the stress run was made: one fact in each row."""
    plan = s.plan.summary
    facts: dict[str, object] = {
        "plan.scenario": plan.get("scenario"),
        "plan.status": status_in_words(plan),
        "plan.objective_musd": plan.get("objective_musd"),
        "plan.input_sha256": plan.get("input_sha256"),
        "content_sha256": s.plan.source.content_sha256(),
        "draws": s.options.draws,
        "seed": s.options.seed,
        "myopic": "yes" if s.options.myopic else "no",
        "regret_seconds_a_scenario": s.options.regret,
        "runs_rechecked": s.rechecked,
        "largest_violation": s.largest_violation,
        "seconds": s.seconds,
    }
    page = book.sheet(
        "Run", "The plan, the draws, and the re-check", "The hash of its input identifies the result that was tested"
    )
    write_facts(page, facts)
