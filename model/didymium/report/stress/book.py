"""stress.xlsx: the answer on one page, and the tables behind it."""

from __future__ import annotations

from pathlib import Path

from didymium.office.book import Book, Sheet
from didymium.report import charts
from didymium.report.stress.pictures import pictures
from didymium.report.stress.words import headline
from didymium.report.words import status_in_words
from didymium.trials.stress import Stress

_CHARTS = (("costs", "scenarios"), ("short", "free"), ("losses", "drivers"))  # as they stand, two a row
_SIZE, _RIGHT = (645, 425), 7  # of a chart, pixels; the first column of the right half
_SHEETS = {
    "scenarios": ("Scenarios", "Each scenario with the plan's builds held", "Money is discounted, tonnes are of all years; gave: tonnes that take-or-pay and least stocks gave way by, so that operation was possible"),
    "percentiles": ("Percentiles", "What the draws come to", "Worst: the most for cost, short and missed, the least for China-free shares"),
    "years": ("Years", "Year by year over the draws", "Percent of the year's demand"),
    "losses": ("Losses", "Each plant and each supplier lost in turn, in every year of the base", "Against the base with nothing lost. Months of stock: what the worst year lacks more of the commodity named, as months of its demand"),
    "drivers": ("Drivers", "Which uncertainties move the cost", "Rank correlation with the cost above the scenario's own; listed where chance alone would list any in less than one stress of twenty: more draws show more. Swing: what one standard deviation of the group's mean moves"),
    "draws": ("Draws", "Every draw", "The same seed and number give the same draw on any machine"),
    "ranges": ("Ranges", "How far each figure was taken to be off", "Origin: the cell of sheet Uncertainty, or the confidence of the figure's source, whose widths are our own judgement. Triangular between low and high"),
}  # fmt: skip
EMPTY = ("nothing",)


def write_workbook(s: Stress, path: Path) -> None:
    """Write a stress as a workbook. Raises OSError when the file cannot be written, RuntimeError if a cell is lost."""
    with Book(path) as book:
        title = str(s.plan.source.setting("title") or s.plan.source.source.stem)
        front = book.sheet("Summary", f"{title}: the plan under stress", "Builds held, operation re-optimised; the sheets behind hold every number")
        for name, (sheet, heading, note) in _SHEETS.items():
            rows = s.rows[name]
            book.sheet(sheet, heading, note).table(rows, list(rows[0]) if rows else EMPTY)
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
    charts.gallery(book, page, pictures(s), _CHARTS, top, (0, _RIGHT), _SIZE, _RIGHT + 7)


def _run(book: Book, s: Stress) -> None:
    """How the stress came about: one fact a row."""
    plan = s.plan.summary
    facts: dict[str, object] = {
        "plan.scenario": plan.get("scenario"), "plan.status": status_in_words(plan), "plan.objective_musd": plan.get("objective_musd"),
        "plan.input_sha256": plan.get("input_sha256"), "content_sha256": s.plan.source.content_sha256(), "draws": s.asked.draws, "seed": s.asked.seed,
        "myopic": "yes" if s.asked.myopic else "no", "runs_rechecked": s.rechecked, "largest_violation": s.largest_violation,
        **{f"seconds.{name}": spent for name, spent in s.seconds.items()},
    }  # fmt: skip
    page = book.sheet("Run", "The plan, the draws, and the re-check", "The result that was stressed is known by its input's hash")
    page.table([{"fact": name, "value": value} for name, value in facts.items()], ["fact", "value"])
    page.page.set_column(1, 1, 70)
