"""The market: offers, routes, stockpiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.errors import WARNING, Problem
from didymium.tables.cells import alike
from didymium.tables.rows import Row, Tables

_SAME = ("supplier", "china", "commodity", "destination", "tariff_percent")


def offers_have_two_rows(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each offer without a row of tonnes or of prices, or whose two rows differ in anything else."""
    offers: dict[str, list[Row]] = defaultdict(list)
    for row in tables.sound("Imports"):
        offers[row.text("offer")].append(row)
    # None where a row's offer itself could not be read
    broken = {row["offer"] for row in tables["Imports"] if row.unread}
    measures = {name: {row.text("measure") for row in rows} for name, rows in offers.items()}
    for name, rows in offers.items():
        for measure in ("limit_t", "price_usd_per_t"):
            if measure not in measures[name] and not broken & {name, None}:
                halves = [other for other in offers if measure in measures[other] and len(measures[other]) == 1]
                yield rows[0].problem("measure", f"the offer {name} has no row for {measure}{alike(name, halves)}")
        for row in rows[1:]:
            for column in _SAME:
                if row[column] != rows[0][column]:
                    yield row.problem(
                        column,
                        f"{column} is {row.text(column)!r} here and {rows[0].text(column)!r} in row {rows[0].number} of"
                        " the same offer",
                    )


def routes_go_somewhere(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each route within one region."""
    for row in tables.sound("Routes"):
        if row["from_region"] == row["to_region"]:
            yield row.problem("to_region", "a route within one region is not used: goods move freely there", WARNING)


def stocks_fit(tables: Tables) -> Iterator[Problem]:
    """Yield the stockpiles whose minimum or initial stock is above their limit."""
    for row in tables.sound("Stockpiles"):
        if row.num("minimum_t") > row.num("limit_t"):
            yield row.problem("minimum_t", f"{row['minimum_t']} is above limit_t, {row['limit_t']}")
        if row.num("initial_t") > row.num("limit_t"):
            yield row.problem(
                "initial_t",
                f"{row['initial_t']} is above limit_t, {row['limit_t']}; the rest must leave in the first year",
                WARNING,
            )


CHECKS = (offers_have_two_rows, routes_go_somewhere, stocks_fit)
