"""Links from the rows of a plan to the input rows that they depend on."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from didymium.case.network import route_key
from didymium.excel.book import Cell, Sheet
from didymium.reports.inputs import Places

MAX_LINKS = 60_000  # on one sheet; Excel allows 65,530
Target = Callable[[Mapping[str, object]], str | None]


def to_inputs(where: Places, columns: list[str], rows: int) -> dict[str, Cell]:
    """Return, for each column that names an input, how to write its cells as links to the row in Inputs; nothing where
    there would be too many links."""
    routes = {key[1:] for key in where.rows if key[0] == "Routes"}
    targets: dict[str, Target] = {
        "project": lambda r: where.link("Projects", r["project"]),
        "target": lambda r: where.link("Targets", r["target"]),
        "demand": lambda r: where.link("Demand", r["region"], r["segment"], r["commodity"]),
        "instrument": lambda r: where.link("Finance", r["instrument"]),
        "government": lambda r: where.link("Budgets", r["government"]),
        "commodity": lambda r: (
            where.link("Stockpiles", r["region"], r["commodity"])
            if "stock_t" in r
            else where.link("Commodities", r["commodity"])
        ),
        "from": lambda r: where.link("Imports", r["from"]) if r["kind"] == "buy" else _route(where, routes, r),
    }
    found = {name: linked(name, target) for name, target in targets.items() if name in columns}
    return found if rows * len(found) <= MAX_LINKS else {}


def _route(where: Places, routes: Container[tuple[str, ...]], row: Mapping[str, object]) -> str | None:
    """The row of the route of a shipment, or of the commodity that is sold."""
    if row["kind"] == "sell":
        return where.link("Commodities", row["commodity"])
    key = route_key(routes, str(row["from"]), str(row["to"]), str(row["stage"]))
    return None if key is None else where.link("Routes", *key)


def linked(name: str, target: Target) -> Cell:
    """Return how to write a cell as a link to its target, or as plain text where it has none."""

    def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        to, value = target(record), record.get(name)
        if to and value is not None:
            page.link(row, column, to, str(value), indent=1)
        else:
            page.value(row, column, value, name)

    return write
