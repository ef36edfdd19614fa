"""Print which figures of a case are weakest: rows on assumed figures, and rows that rest on a page in part, by their
weight in the plan.

`python inputs/sources.py [RESULT OR CASE]`: a results.xlsx is read; an input is solved for its base scenario, within 2
%.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import didymium
from didymium.plan.answer import Answer
from didymium.reports.evidence import KEYS, OPERATION, confidence, cost_attributions
from didymium.reports.result_reader import read_answer
from didymium.tables.columns import SOURCE_COLUMNS
from didymium.tables.rows import Row, Tables

LISTED = 30  # rows that are listed
IN_PART = re.compile(r"\bassumed?\b|\bjudged?\b|\bour (view|split|guess)\b|\bby analogy\b", re.IGNORECASE)
OPEX = re.compile(r"(Operating|Fixed) cost .*?(\. |$)")  # what a note says of operating cost
Key = tuple[str, ...]


def main(arguments: list[str]) -> None:
    """Print the lists for a result or an input; without one, for the default case."""
    path = Path(arguments[0]) if arguments else Path(__file__).parent / "allied"
    plan = read_answer(path) if path.name == "results.xlsx" else didymium.solve(didymium.read(path), gap_percent=2)
    weights = weigh(plan)
    rows, firm = keyed(plan.source), confidence(plan.source)
    total = sum(abs(money) for money in weights.values())
    weak = {key for key in weights if firm.get(key, "unsourced") in ("assumed", "unsourced")}
    partly = {key for key in weights if key not in weak and rests_in_part(key, rows)}
    print_rows("Rows on assumed figures", weak, weights, rows, total)
    print_rows("Rows that rest on a page in part: their notes say what is assumed", partly, weights, rows, total)
    print_sources(plan.source)


def weigh(plan: Answer) -> dict[Key, float]:
    """The discounted cost that each input row prices, M USD, either sign."""
    found: dict[Key, float] = defaultdict(float)
    for attribution in cost_attributions(plan):
        found[attribution.sheet, *attribution.key] += attribution.amount
    return dict(found)


def keyed(tables: Tables) -> dict[Key, Row]:
    """The first row of each key, by sheet and key."""
    return {
        (sheet, *(row.text(c) for c in columns)): row
        for sheet, columns in KEYS.items()
        for row in reversed(tables[sheet])
    }


def rests_in_part(key: Key, rows: dict[Key, Row]) -> bool:
    """Does the note say that something of the figure is assumed? Operating cost with a page of its own is not asked; of
    such a project's capital what the note says of operating cost is passed over."""
    row = rows.get(row_of(key))
    if row is None:
        return False
    own_page = key[0] == "Projects" and row.extra.get("opex_source")
    if own_page and key[-1] == OPERATION:
        return False
    return bool(IN_PART.search(OPEX.sub("", noted(row)) if own_page else noted(row)))


def row_of(key: Key) -> Key:
    """The sheet and key of the input row itself."""
    return key[:2] if key[0] == "Projects" else key


def noted(row: Row) -> str:
    """What the note of a row says."""
    return str(row.extra.get("note") or "")


def print_rows(title: str, keys: set[Key], weights: dict[Key, float], rows: dict[Key, Row], total: float) -> None:
    """Print the heaviest of some rows, and what share of the cost all of them carry."""
    print(f"\n{title}: {100 * sum(abs(weights[k]) for k in keys) / total:.1f} % of cost (without its sign)")
    for key in sorted(keys, key=lambda k: -abs(weights[k]))[:LISTED]:
        note = noted(rows[row_of(key)]) if row_of(key) in rows else ""
        print(
            f"{weights[key]:>9,.0f} M USD {100 * abs(weights[key]) / total:5.2f} %  {key[0]}: {' / '.join(key[1:])} "
            f" {note[:110]}"
        )


def print_sources(tables: Tables) -> None:
    """Print the sources that no row cites, and those whose page or headline is not known."""
    cited = {
        word
        for sheet, rows in tables.rows.items()
        if sheet != "Sources"
        for row in rows
        for column in (*SOURCE_COLUMNS, "note")
        for word in re.findall(r"\w+", str(row.extra.get(column) or ""))
    }
    idle = [row.text("source") for row in tables["Sources"] if row.text("source") not in cited]
    bare = [row.text("source") for row in tables["Sources"] if not row["url"] or "headline" in str(row["title"])]
    print(f"\nSources that no row cites: {', '.join(idle) or 'none'}")
    print(f"Sources without a page, or whose headline is not known: {', '.join(bare) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1:])
