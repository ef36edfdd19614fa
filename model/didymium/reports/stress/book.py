"""stress.xlsx: the answer on one page, and the tables behind it."""

from __future__ import annotations

from pathlib import Path

from didymium.excel.book import HEADER_ROW, Area, Book, Sheet
from didymium.reports import charts
from didymium.reports.stress.called import in_words
from didymium.reports.stress.chart_specs import chart_specs
from didymium.reports.stress.words import headline
from didymium.reports.words import status_in_words
from didymium.stress_test.stress import Stress

_CHARTS = (
    ("costs", "scenarios"),
    ("drivers", "regret"),
    ("who", "short"),
    ("free", "losses"),
)  # as they stand, two a row
_SIZE, _RIGHT = (645, 425), 7  # of a chart, pixels; the first column of the right half
_SHEETS = {
    "scenarios": ("Scenarios", "Each scenario with the plan's builds held", "Money is discounted, tonnes are of all years; gave: tonnes that take-or-pay and least stocks gave way by, so that operation was possible"),
    "percentiles": ("Percentiles", "What the draws come to", "Worst: the most for cost, short and missed, the least for China-free shares"),
    "years": ("Years", "Year by year over the draws", "Percent of the year's demand"),
    "losses": ("Losses", "Each plant and each supplier lost in turn, in every year of the base", "Against the base with nothing lost. Months of stock: what the worst year lacks more of the commodity named, as months of its demand"),
    "drivers": ("Drivers", "Why the cost differs from draw to draw", "Shares of the variance of the cost over the draws; they add up to 100 %"),
    "short": ("Short", "Who goes short: scenario, year and segment", "t a year, in the scenario as it stands and over its draws; what is not listed is met. The model decides who goes short, by shortage costs and by the grades that are wanted"),
    "regret": ("Regret", "What the plan costs more in each scenario than the least that could be had there", "From the least to the most that it can be, M USD discounted"),
    "draws": ("Draws", "Every draw: what it came to, and what was drawn", "The same seed and number give the same draw on any machine. After what it came to: plants that stood still and when, then the value drawn for every range (sheet Ranges)"),
    "ranges": ("Ranges", "How far each figure was taken to be off", "Origin: the cell of sheet Uncertainty, or the confidence of the figure's source, whose widths are our own judgement. Triangular between low and high"),
}  # fmt: skip
_READING = {
    "drivers": (
        (
            "First what lies between the means of the scenarios, less what chance alone would show; from, to: its 5th"
            " and 95th percentile."
        ),
        (
            "Then what a straight line explains within scenarios; listed is what stands out where chance alone would in"
            " less than one stress of twenty."
        ),
        (
            "All else is the rest: what no straight line explains, and what more draws might show. Swing: what one"
            " standard deviation moves."
        ),
    ),
    "regret": (
        (
            "The least cost of a scenario is had where it is foreseen and builds are free; targets may be missed at a"
            " price."
        ),
        (
            "It lies between the bound and the cost found: of the best plan found in the time allowed, or of this plan"
            " where that is cheaper."
        ),
        (
            "Where regret is at least 0 this plan may be among the best of the scenario. Blank: not known in the time"
            " allowed."
        ),
    ),
}  # how to read a sheet, below its table
EMPTY = ("nothing",)


def write_workbook(s: Stress, path: Path) -> None:
    """Write a stress as a workbook. Raises OSError when the file cannot be written, RuntimeError if a cell is lost."""
    with Book(path) as book:
        title = str(s.plan.source.setting("title") or s.plan.source.source.stem)
        front = book.sheet(
            "Summary",
            f"{title}: the plan under stress",
            "Builds held, operation re-optimised; the sheets behind hold every number",
        )
        for name, (sheet, heading, note) in _SHEETS.items():
            rows = in_words(s, s.rows[name]) if name == "percentiles" else s.rows[name]
            page = book.sheet(sheet, heading, note)
            area = page.table(rows, list(rows[0]) if rows else EMPTY)
            _reading(page, area, _READING.get(name, ()))
            if name == "draws" and rows:
                _narrow(page, list(rows[0]), len(rows))
        _run(book, s)
        _front(book, front, s)


def _front(book: Book, page: Sheet, s: Stress) -> None:
    """Sentences, charts, and the tables that they show."""
    page.page.set_portrait()
    page.page.set_column(0, 20, 13)
    row = 3
    for row, sentence in enumerate(headline(s), 3):
        page.text(row, 0, sentence)
    top = row + 2
    charts.gallery(book, page, chart_specs(s), _CHARTS, top, (0, _RIGHT), _SIZE, _RIGHT + 7)


def _reading(page: Sheet, area: Area, lines: tuple[str, ...]) -> None:
    """How to read a table, below it, and printed with it."""
    below = area.top + max(1, area.rows) + 2
    for k, line in enumerate(lines, below):
        page.text(k, 0, line)
    if lines:
        page.page.print_area(0, 0, below + len(lines), max(10, len(area.columns) - 1))


def _narrow(page: Sheet, columns: list[str], rows: int) -> None:
    """Narrow columns for what was drawn, whose headings are long; on paper only what each draw came to."""
    first = columns.index("stood_still")
    page.page.set_column(first + 1, len(columns) - 1, 16)
    page.page.set_row(HEADER_ROW, 45)
    page.page.print_area(0, 0, HEADER_ROW + rows, first)
    page.page.fit_to_pages(2, 0)


def _run(book: Book, s: Stress) -> None:
    """How the stress came about: one fact a row."""
    plan = s.plan.summary
    facts: dict[str, object] = {
        "plan.scenario": plan.get("scenario"), "plan.status": status_in_words(plan), "plan.objective_musd": plan.get("objective_musd"),
        "plan.input_sha256": plan.get("input_sha256"), "content_sha256": s.plan.source.content_sha256(), "draws": s.options.draws, "seed": s.options.seed,
        "myopic": "yes" if s.options.myopic else "no", "regret_seconds_a_scenario": s.options.regret, "runs_rechecked": s.rechecked, "largest_violation": s.largest_violation,
        **{f"seconds.{name}": spent for name, spent in s.seconds.items()},
    }  # fmt: skip
    page = book.sheet(
        "Run", "The plan, the draws, and the re-check", "The result that was stressed is known by its input's hash"
    )
    page.table([{"fact": name, "value": value} for name, value in facts.items()], ["fact", "value"])
    page.page.set_column(1, 1, 70)
