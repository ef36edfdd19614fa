"""The sheet Balance: supply and use of every commodity, region and year, closed by live formulas, next to the inputs
and outputs of recipes."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, address, letters
from didymium.plan.accounts import FLOWS
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.results import SHEETS, TABLES, PlanTables, notes

SUPPLY, USE = FLOWS[:3], FLOWS[3:]
CLOSE = 1e-6  # share of supply by which use and disposal may differ from it
COLUMNS = [*TABLES["balance"].names, "left_over_t", "holds"]
RECIPE_COLUMNS = [*TABLES["recipe_flows"].names, "ran_t", "moved_t"]


def left_over(row: Mapping[str, object]) -> float:
    """Return supply less use and disposal, t."""
    return supply(row) - sum([number(row, c) for c in USE])


def supply(row: Mapping[str, object]) -> float:
    """Return what is made, brought in and taken from stock, t."""
    return sum([number(row, c) for c in SUPPLY])


def holds(row: Mapping[str, object]) -> bool:
    """Return whether supply equals use and disposal, apart from the tolerance of the solver."""
    return abs(left_over(row)) <= CLOSE * max(1.0, supply(row))


def throughput(tables: PlanTables) -> dict[str, float]:
    """Return the throughput of each recipe over all rows, t."""
    found: dict[str, float] = {r["recipe"]: 0.0 for r in tables["recipe_flows"]}
    for r in tables["production"]:
        found[r["recipe"]] = found.get(r["recipe"], 0.0) + r["throughput_t"]
    return found


def moved(row: Mapping[str, object], by_recipe: Mapping[str, float]) -> float:
    """Return the tonnes of a commodity that a recipe took in or put out in all."""
    return number(row, "t_per_t") * by_recipe[str(row["recipe"])]


def write(
    book: Book, plan: Answer, production: Area, by_recipe: dict[str, float], columns: list[str]
) -> dict[str, Area]:
    """Write two tables side by side. `by_recipe` is the throughput of each recipe, as the sheet Production adds up to;
    `columns` are those of the balance that are shown."""
    first = len(columns) + 1  # column of the recipes
    page = book.sheet_of(SHEETS["Balance"])
    area = page.table(
        plan.tables["balance"],
        columns,
        cells=_cells(columns),
        computed={"left_over_t", "holds"},
        notes=notes(TABLES["balance"].columns),
    )
    cells = _recipe_cells(production, by_recipe, first)
    other = page.table(
        plan.tables["recipe_flows"],
        RECIPE_COLUMNS,
        at=(HEADER_ROW, first),
        freeze=False,
        cells=cells,
        computed=set(cells),
        notes=notes(TABLES["recipe_flows"].columns),
    )
    return {"balance": area, "recipe_flows": other}


def _recipe_cells(production: Area, by_recipe: Mapping[str, float], first: int) -> dict[str, Cell]:
    """How to write the throughput of a recipe, whose name is in column `first`, and the tonnes that it moved."""

    def throughput(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        ranges = f"{production.range('throughput_t')},{production.range('recipe')}"
        value = by_recipe[str(record["recipe"])]
        page.formula(row, column, f"=SUMIFS({ranges},{address(row, first)})", value, num_format="#,##0.0")

    def tonnes(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        each, ran = address(row, column - 2), address(row, column - 1)
        page.formula(row, column, f"={each}*{ran}", moved(record, by_recipe), num_format="#,##0.0")

    return {"ran_t": throughput, "moved_t": tonnes}


def _cells(columns: list[str]) -> dict[str, Cell]:
    """How to write the two columns of formulas."""

    at = {c: letters(k) for k, c in enumerate(columns)}
    first, last, over = (at[c] for c in (SUPPLY[0], SUPPLY[-1], "left_over_t"))

    def left(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        signs = [f"{'-' if c in USE else '+'}{at[c]}{row + 1}" for c in FLOWS]
        page.formula(row, column, f"={''.join(signs)[1:]}", left_over(record), num_format="#,##0.0")

    def verdict(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        r = row + 1
        close = f"ABS({over}{r})<={CLOSE}*MAX(1,SUM({first}{r}:{last}{r}))"
        page.formula(row, column, f'=IF({close},"pass","FAIL")', "pass" if holds(record) else "FAIL")

    return {"left_over_t": left, "holds": verdict}
