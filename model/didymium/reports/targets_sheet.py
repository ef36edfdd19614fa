"""The sheet Targets: required and reached shares, counted again by live formulas from the other sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.case.case import FREE_BELOW
from didymium.excel.book import Area, Cell, Sheet, letters
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.reports.target_sentences import FLOOR, target_names
from didymium.results import Record

NEAR = 1e-6  # relative difference allowed between two counts
RECOUNTED, HOLDS = "recounted_t", "holds"
NAME, BOUND = "target_name", "at_least_or_at_most"
OF_FLOOR, OF_CAP = "at least", "at most"


def holds(row: Mapping[str, object]) -> bool:
    """Return whether the target is reached apart from the shortfall stated."""
    base, counted, shortfall = (number(row, c) for c in ("base_t", "counted_t", "miss_t"))
    required = number(row, "asked_percent") / 100 * base
    over = required - counted if row["type"] == FLOOR else counted - required
    return over - shortfall <= NEAR * max(1.0, base)


def in_words(plan: Answer, rows: Sequence[Record]) -> list[Record]:
    """Return the rows as people see them, each with its target in words and whether that asks for at least or at most
    so much."""
    by_id = target_names(plan)
    return [
        {**row, NAME: by_id[str(row["target"])], BOUND: OF_FLOOR if row["type"] == FLOOR else OF_CAP} for row in rows
    ]


def columns_shown(columns: Sequence[str]) -> list[str]:
    """Return the columns of the sheet: those of the table, with words before ids and shares, and the formulas."""
    before = {"target": NAME, "asked_percent": BOUND}
    return [c for name in columns for c in ((before[name], name) if name in before else (name,))] + [RECOUNTED, HOLDS]


def cells(columns: list[str], areas: dict[str, Area]) -> dict[str, Cell]:
    """Return how to write the two columns of formulas."""
    at = {c: letters(k) for k, c in enumerate(columns)}

    def recount(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        page.formula(
            row, column, f"={_count(record, areas, row + 1, at)}", number(record, "counted_t"), num_format="#,##0.0"
        )

    def verdict(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        r = row + 1
        counted, recounted, base, required, shortfall = (
            f"{at[c]}{r}" for c in ("counted_t", RECOUNTED, "base_t", "asked_percent", "miss_t")
        )
        over = f"{required}/100*{base}-{recounted}" if record["type"] == FLOOR else f"{recounted}-{required}/100*{base}"
        same = f"ABS({recounted}-{counted})<={NEAR}*MAX(1,{base})"
        page.formula(
            row,
            column,
            f'=IF(AND({same},{over}-{shortfall}<={NEAR}*MAX(1,{base})),"pass","FAIL")',
            "pass" if holds(record) else "FAIL",
        )

    return {RECOUNTED: recount, HOLDS: verdict}


def _count(row: Record | Mapping[str, object], areas: dict[str, Area], r: int, letter: dict[str, str]) -> str:
    """The sum that a target counts, over the sheets Demand, Production or Trade."""
    here = {
        c: f"${letter[c]}{r}"
        for c in ("branch", "year", "region", "segment", "stage", "commodity", "supplier")
        if c in letter
    }

    def sums(sheet: str, column: str, where: list[tuple[str, str]]) -> str:
        if areas[sheet].rows == 0:
            return "0"
        pairs = [*((c, here[c]) for c in ("branch", "year") if c in here), *where]
        return (
            f"SUMIFS({areas[sheet].range(column)},{','.join(f'{areas[sheet].range(c)},{value}' for c, value in pairs)})"
        )

    if row["type"] == FLOOR:
        where = [(c, here[c]) for c in ("region", "segment") if row[c] != "*"]
        free = [f"level_{k}_t" for k in range(FREE_BELOW[str(row["stage"])])]
        return "+".join(sums("demand", column, where) for column in (*free, "designed_out_t"))
    if row["type"] == "max_region_share":
        return sums("production", "throughput_t", [("stage", here["stage"]), ("region", here["region"])])
    whose = ("supplier", here["supplier"]) if row["type"] == "max_supplier_share" else ("china", '"yes"')
    return sums(
        "trade", "tonnes_t", [("kind", '"buy"'), ("lands_in_china", '"no"'), ("commodity", here["commodity"]), whose]
    )
