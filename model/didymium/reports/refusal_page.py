"""report.html of a case that has no plan: why there is none, by name, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from didymium.excel.headings import heading, words_of
from didymium.reports.page.write import assembled
from didymium.results import Record
from didymium.tables.rows import Tables

COLUMNS = ("rule", "name", "year", "short_by", "unit", "text")
MAX_SENTENCES = 6  # reasons that are told one by one; the others stand in the table


def write_refusal_page(path: Path, source: Tables, summary: Record) -> None:
    """Write the page. Raises ValueError for a number that is not finite, OSError when it cannot be written."""
    reasons = summary["reasons"]
    assert isinstance(reasons, list)
    rows = [{**row, "rule": words_of(str(row["rule"])), "name": words_of(str(row["name"]))} for row in reasons]
    data: dict[str, Any] = {
        "title": f"{source.setting('title') or source.source.stem}: no plan",
        "status": f"No plan meets every hard rule (scenario {summary['scenario']}).",
        "proven": False,
        "headline": _headline(source, reasons),
        "charts": {},
        "sections": [
            {
                "id": "reasons",
                "title": "The least that must give way",
                "note": "The smallest changes that would allow a plan, all of them together.",
                "columns": list(COLUMNS),
                "rows": [[row.get(column) for column in COLUMNS] for row in rows],
            }
        ],
        "headings": {column: heading(column) for column in COLUMNS},
    }
    path.write_text(assembled("study", data), encoding="utf-8")


def _headline(source: Tables, reasons: Sequence[Mapping[str, object]]) -> list[str]:
    """Why there is none, and what to do."""
    sentences = [_capital(f"{row['text']}.") for row in reasons[:MAX_SENTENCES]]
    more = [f"{len(reasons) - MAX_SENTENCES} more are in the table."] if len(reasons) > MAX_SENTENCES else []
    nothing = [] if reasons else ["Which rules must give way was not found in time."]
    return [
        *nothing,
        *sentences,
        *more,
        f"`didymium explain {source.source}` finds single cells whose change restores a plan.",
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
