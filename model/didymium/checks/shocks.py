"""Shocks: what each kind acts on, what selects it there, and that it hits something."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.guard import needs_all
from didymium.checks.reach import stage_of
from didymium.errors import WARNING, Problem
from didymium.tables.cells import nearest
from didymium.tables.rows import Row, Tables
from didymium.tables.schema.words import ROUTE_STAGES, STAGES

_GOODS = {"stage", "commodity", "region"}
_PLANT = {"stage", "region", "project"}
_OUTLET = {"stage", "commodity"}
SELECTORS: dict[str, set[str]] = {
    "china_limit": _GOODS,
    "china_price": _GOODS,
    "import_limit": _GOODS,
    "import_price": _GOODS,
    "demand": {"commodity", "region", "segment"},
    "capex": _PLANT,
    "delay": _PLANT,
    "outage": _PLANT,
    "fixed_opex": _PLANT,
    "variable_opex": _PLANT,
    "route_cost": _GOODS,
    "tariff": _GOODS,
    "sale_price": _OUTLET,
    "sale_limit": _OUTLET,
    "market_price": _OUTLET,
    "carbon_price": set(),
    "target": set(),
    "budget": set(),
    "limit": set(),
}
# The table of whose ids `item` is one; a kind that is not here has no item.
ITEMS: dict[str, str] = {
    **dict.fromkeys(("china_limit", "china_price", "import_limit", "import_price", "tariff"), "Imports.offer"),
    "demand": "Segments.segment",
    "target": "Targets.target",
    "budget": "Budgets.government",
    "limit": "Limits.limit",
}
_HIT = {
    **dict.fromkeys(("china_limit", "china_price", "import_limit", "import_price"), "offer"),
    **dict.fromkeys(("capex", "delay", "outage", "fixed_opex", "variable_opex"), "plant"),
    **dict.fromkeys(("sale_price", "sale_limit"), "commodity sold so"),
    "demand": "demand", "route_cost": "route", "tariff": "offer or route", "market_price": "price",
    "carbon_price": "carbon price above 0", "target": "target", "budget": "budget", "limit": "limit",
}  # fmt: skip
Thing = dict[str, str]
"""The selectors of something that can be hit, by column."""


def shocks_select_what_their_kind_has(tables: Tables) -> Iterator[Problem]:
    """A selector, or the item, that a kind does not have is blank or *."""
    for row in (*tables.sound("Shocks"), *tables.sound("Uncertainty")):
        kind, what = row.text("kind"), "shock" if row.sheet == "Shocks" else "range"
        for column in ("stage", "commodity", "region", "project", "segment"):
            if column not in SELECTORS[kind] and row[column] != "*":
                yield row.problem(column, f"a {what} of kind {kind} has no {column}; write *")
        stages = STAGES if SELECTORS[kind] == _PLANT else ROUTE_STAGES
        if "stage" in SELECTORS[kind] and row["stage"] not in {"*", *stages}:
            yield row.problem(
                "stage", f"{row['stage']!r} is no stage of what {kind} acts on; write *, {', '.join(stages)}"
            )
        if row.sheet == "Shocks" and row["item"] != "*":
            yield from _item(row, kind, tables)


def _item(row: Row, kind: str, tables: Tables) -> Iterator[Problem]:
    """The item of a shock is one of the things that its kind acts on."""
    if kind not in ITEMS:
        yield row.problem("item", f"a shock of kind {kind} has no item; write *")
    elif row.text("item") not in (known := _known(tables, ITEMS[kind])) and any(
        row.text("item") in _known(tables, table) for table in ITEMS.values()
    ):
        sheet = ITEMS[kind].split(".")[0]
        yield row.problem(
            "item",
            f"a shock of kind {kind} acts on a row of {sheet}; {row['item']!r} is"
            f" none{nearest(row.text('item'), known)}",
        )


def _known(tables: Tables, table: str) -> dict[str, Row]:
    """The ids that an item of a table may be; of governments, those with instruments too."""
    return {**tables.ids(table), **(tables.ids("Finance.government") if table == "Budgets.government" else {})}


def shock_values_make_sense(tables: Tables) -> Iterator[Problem]:
    """A factor is 0 or more, a delay whole years; only an outage needs no value, and only a tariff may fall."""
    for row in tables.sound("Shocks"):
        kind = row["kind"]
        if row["value"] is None:
            if kind != "outage":
                yield row.problem("value", f"value is empty; a shock of kind {kind} needs one")
            continue
        value = row.num("value")
        if value < 0 and kind not in ("tariff", "outage"):
            yield row.problem("value", f"{value:g} is too small; at least 0 for a shock of kind {kind}")
        if kind == "delay" and value != int(value):
            yield row.problem("value", f"a delay of {value:g} years; write whole years")
        if kind == "outage" and value != 1:
            yield row.problem(
                "value",
                f"an outage takes all capacity away whatever its value ({value:g}); leave the cell blank",
                WARNING,
            )


def _offers(tables: Tables, stages: dict[str, str]) -> Iterator[tuple[bool, Thing]]:
    """(is it Chinese, its selectors by the region that its row names)"""
    for r in tables.sound("Imports"):
        c = r.text("commodity")
        yield (
            bool(r["china"]),
            {"commodity": c, "region": r.text("destination"), "stage": stages.get(c, ""), "item": r.text("offer")},
        )


def _import_destinations(tables: Tables, stages: dict[str, str]) -> Iterator[Thing]:
    """Offers by the regions in which they may land."""
    outside = [name for name, row in tables.ids("Regions.region").items() if not row["china"]]
    for _, thing in _offers(tables, stages):
        yield from ({**thing, "region": r} for r in (outside if thing["region"] == "*" else [thing["region"]]))


def _shipments(tables: Tables, stages: dict[str, str]) -> Iterator[Thing]:
    """Goods on the routes that a row covers."""
    for r in tables.sound("Routes"):
        if r["from_region"] != r["to_region"]:
            covered = [(c, s) for c, s in stages.items() if r["stage"] in ("*", s)]
            yield from ({"commodity": c, "stage": s, "region": r.text("to_region"), "item": ""} for c, s in covered)


def _things(tables: Tables) -> dict[str, list[Thing]]:
    """What each kind of shock could hit."""
    stages = stage_of(tables)
    offers = list(_offers(tables, stages))
    plants = [{c: r.text(c) for c in ("project", "stage", "region")} for r in tables.sound("Projects")]
    routes = list(_shipments(tables, stages))
    demands = [
        {**{c: r.text(c) for c in ("region", "segment", "commodity")}, "item": r.text("segment")}
        for r in tables.sound("Demand")
    ]
    listed = tables.ids("Commodities.commodity")
    priced = [{"commodity": c, "stage": stages.get(c, "")} for c in {**listed, **tables.ids("Prices.commodity")}]
    found = {
        kind: [thing for china, thing in offers if china or kind.startswith("import")]
        for kind in SELECTORS
        if kind.endswith(("_limit", "_price"))
    }
    found |= dict.fromkeys(("capex", "delay", "outage", "fixed_opex", "variable_opex"), plants)
    for kind, column in (("sale_price", "sale_price_usd_per_t"), ("sale_limit", "sale_limit_t_per_year")):
        found[kind] = [{"commodity": c, "stage": r.text("stage")} for c, r in listed.items() if r[column] is not None]
    found |= {
        "demand": demands,
        "route_cost": routes,
        "tariff": [*routes, *_import_destinations(tables, stages)],
        "market_price": priced,
    }
    found["carbon_price"] = [{}] if tables.setting("carbon_price_usd_per_t") else []
    return found | {
        kind: [{"item": name} for name in tables.ids(ITEMS[kind])] for kind in ("target", "budget", "limit")
    }


def hits_nothing(tables: Tables) -> Iterator[Row]:
    """Yield the shocks and ranges that hit nothing of the case, or act in no year of it."""
    there = _things(tables)
    for row in (*tables.sound("Shocks"), *tables.sound("Uncertainty")):
        item = row.values.get("item") or "*"
        named = {**{c: row[c] for c in ("stage", "commodity", "region", "project", "segment")}, "item": item}
        hit = any(all(named[c] in ("*", name) for c, name in thing.items()) for thing in there[row.text("kind")])
        if not hit or _never_acts(row, tables):
            yield row


def _never_acts(row: Row, tables: Tables) -> bool:
    """Does a shock lie outside the plan's years?"""
    start, end = row.values.get("from_year"), row.values.get("to_year")
    if not tables.years or row.sheet != "Shocks":
        return False
    return (start is not None and int(str(start)) > tables.years[-1]) or (
        end is not None and int(str(end)) < tables.years[0]
    )


@needs_all
def shocks_hit_something(tables: Tables) -> Iterator[Problem]:
    """One warning a shock or range that changes nothing."""
    sheets = ("Commodities", "Imports", "Demand", "Projects", "Routes", "Targets", "Limits", "Budgets", "Prices")
    complete = not any(row.unread for sheet in sheets for row in tables[sheet])
    for row in hits_nothing(tables) if complete else ():
        if _never_acts(row, tables):
            yield row.problem(
                "from_year" if row["from_year"] is not None else "to_year",
                "hits nothing: it acts in no year of the plan",
                WARNING,
            )
        else:
            what = _HIT[row.text("kind")]
            yield row.problem("kind", f"hits nothing: the case has no {what} that this {row['kind']} selects", WARNING)


CHECKS = (shocks_select_what_their_kind_has, shock_values_make_sense, shocks_hit_something)
