"""Links from the rows of a plan to the input rows that they depend on."""

from __future__ import annotations

from collections.abc import Container, Mapping

from didymium.case.network import route_key
from didymium.excel.book import Place
from didymium.reports.inputs import Places

MAX_LINKS = 60_000  # on one sheet; Excel allows 65,530


def to_inputs(where: Places, columns: list[str], rows: int) -> dict[str, Place]:
    """Return, for each column that names an input, the row in Inputs to which its cells lead; nothing where there would
    be too many links."""
    routes = {key[1:] for key in where.rows if key[0] == "Routes"}
    targets: dict[str, Place] = {
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
    found = {name: target for name, target in targets.items() if name in columns}
    return found if rows * len(found) <= MAX_LINKS else {}


def _route(where: Places, routes: Container[tuple[str, ...]], row: Mapping[str, object]) -> str | None:
    """The row of the route of a shipment, or of the commodity that is sold."""
    if row["kind"] == "sell":
        return where.link("Commodities", row["commodity"])
    key = route_key(routes, str(row["from"]), str(row["to"]), str(row["stage"]))
    return None if key is None else where.link("Routes", *key)
