"""The sheet Balance: supply and use of every commodity, region and year, closed by live formulas, next to the inputs
and outputs of recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, address
from didymium.plan.accounts import FLOWS
from didymium.plan.tables import Record

SUPPLY, USE = FLOWS[:3], FLOWS[3:]
CLOSE = 1e-6  # share of supply by which use and disposal may differ from it
COLUMNS = ["branch", "year", "region", "commodity", *FLOWS, "left_over_t", "holds"]


def left_over(row: Mapping[str, object]) -> float:
    """Return supply less use and disposal, t."""
    return sum(float(str(row[c])) for c in SUPPLY) - sum(float(str(row[c])) for c in USE)


def holds(row: Mapping[str, object]) -> bool:
    """Return whether supply equals use and disposal, apart from the tolerance of the solver."""
    return abs(left_over(row)) <= CLOSE * max(1.0, sum(float(str(row[c])) for c in SUPPLY))


def throughput(tables: Mapping[str, Sequence[Record]]) -> dict[str, float]:
    """Return the throughput of each recipe over all rows, t."""
    found: dict[str, float] = {str(r["recipe"]): 0.0 for r in tables["recipe_flows"]}
    for r in tables["production"]:
        found[str(r["recipe"])] = found.get(str(r["recipe"]), 0.0) + float(str(r["throughput_t"]))
    return found


def moved(row: Mapping[str, object], by_recipe: Mapping[str, float]) -> float:
    """Return the tonnes of a commodity that a recipe took in or put out in all."""
    return float(str(row["t_per_t"])) * by_recipe[str(row["recipe"])]


def write(
    book: Book,
    rows: list[Record],
    recipes: list[Record],
    production: Area,
    by_recipe: dict[str, float],
    columns: list[str] = COLUMNS,
) -> tuple[Area, Area]:
    """Write two tables side by side. `by_recipe` is the throughput of each recipe, as the sheet Production adds up to;
    `columns` are those shown."""
    first = len(columns) + 1  # column of the recipes
    page = book.sheet(
        "Balance",
        "Does every tonne come from somewhere?",
        "t a year. Left over: supply less use and disposal, which must be 0. On the right: recipes, times their"
        " throughput on the sheet Production",
    )
    area = page.table(rows, columns, cells=_cells(columns), computed={"left_over_t", "holds"})

    def throughput(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        q = address(row, first)
        page.formula(
            row,
            column,
            f"=SUMIFS({production.range('throughput_t')},{production.range('recipe')},{q})",
            by_recipe[str(record["recipe"])],
            num_format="#,##0.0",
        )

    def tonnes(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        each, ran = address(row, column - 2), address(row, column - 1)
        page.formula(row, column, f"={each}*{ran}", moved(record, by_recipe), num_format="#,##0.0")

    recipe_columns = ["recipe", "commodity", "direction", "t_per_t", "ran_t", "moved_t"]
    other = page.table(
        recipes,
        recipe_columns,
        at=(HEADER_ROW, first),
        freeze=False,
        cells={"ran_t": throughput, "moved_t": tonnes},
        computed={"ran_t", "moved_t"},
    )
    return area, other


def _cells(columns: list[str]) -> dict[str, Cell]:
    """How to write the two columns of formulas."""

    def left(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        cells = [address(row, columns.index(c)) for c in FLOWS]
        page.formula(
            row, column, f"={'+'.join(cells[:3])}-{'-'.join(cells[3:])}", left_over(record), num_format="#,##0.0"
        )

    def verdict(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        over = address(row, column - 1)
        first, last = (address(row, columns.index(c)) for c in (SUPPLY[0], SUPPLY[-1]))
        page.formula(
            row,
            column,
            f'=IF(ABS({over})<={CLOSE}*MAX(1,SUM({first}:{last})),"pass","FAIL")',
            "pass" if holds(record) else "FAIL",
        )

    return {"left_over_t": left, "holds": verdict}
