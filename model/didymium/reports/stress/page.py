"""stress.html: the results of a stress run on one page that needs no other file."""

from __future__ import annotations

from pathlib import Path

from didymium.excel.headings import heading
from didymium.reports.page.data import chart
from didymium.reports.page.write import assembled
from didymium.reports.sentences import status_in_words
from didymium.reports.stress.chart_specs import chart_specs
from didymium.reports.stress.names import in_words
from didymium.reports.stress.sentences import headline
from didymium.results import by_name
from didymium.stress_test.stress import Stress

SHOWN = ("scenarios", "percentiles", "short", "regret", "losses", "drivers")


def write_page(s: Stress, path: Path) -> None:
    """Write stress.html. Raises ValueError for a number that is not finite, OSError when the file cannot be written."""
    status = status_in_words(s.plan.summary)
    tables = {name: in_words(s, by_name(s.rows)[name]) for name in SHOWN}
    data = {
        "title": f"{s.plan.source.setting('title') or s.plan.source.source.stem}: the plan under stress",
        "status": f"The plan: {status}",
        "proven": not status.startswith("NOT"),
        "headline": headline(s),
        "charts": {name: chart(spec) for name, spec in chart_specs(s).items() if spec.rows},
        "tables": tables,
        "headings": {c: heading(c) for rows in tables.values() for row in rows[:1] for c in row},
    }
    path.write_text(assembled("stress", data), encoding="utf-8")
