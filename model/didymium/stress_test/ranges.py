"""Ranges of uncertain figures: rows of the sheet Uncertainty, else by the confidence of the figure's source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from didymium.case.case import ALL, Case
from didymium.case.shocks import goods_selectors, plant_selectors
from didymium.tables.rows import Row, Tables
from didymium.tables.schema.words import FIRMNESS

ON_GOODS = ("china_limit", "china_price", "import_limit", "import_price")  # kinds that act on offers
Item = tuple[str, ...]
"""A demand (region, segment, commodity), goods on offer (commodity, destination) or a plant (project,)."""

# Our own judgement, shown on the sheet Ranges of every result: (low, likely, high) by the confidence of the source.
_FACTOR = {
    "reported": (0.9, 1.0, 1.1),
    "derived": (0.8, 1.0, 1.2),
    "assumed": (0.65, 1.0, 1.35),
    "unsourced": (0.5, 1.0, 1.5),
}
_CAPEX = {
    "reported": (0.95, 1.0, 1.15),
    "derived": (0.9, 1.0, 1.3),
    "assumed": (0.8, 1.0, 1.5),
    "unsourced": (0.75, 1.0, 1.75),
}
# Years
_DELAY = {
    "reported": (0.0, 0.0, 1.0),
    "derived": (0.0, 0.0, 2.0),
    "assumed": (0.0, 0.0, 3.0),
    "unsourced": (0.0, 0.0, 4.0),
}
# Percent of years
_OUTAGE = {
    "reported": (1.0,) * 3,
    "derived": (2.0,) * 3,
    "assumed": (3.0,) * 3,
    "unsourced": (4.0,) * 3,
}
DEFAULTS = {
    "demand": _FACTOR,
    "china_limit": _FACTOR,
    "import_limit": _FACTOR,
    "import_price": _FACTOR,
    "capex": _CAPEX,
    "delay": _DELAY,
    "outage": _OUTAGE,
}


@dataclass(frozen=True, slots=True)
class Range:
    """One triangular distribution from which each draw takes a value, the same for every item.

    Factors multiply, delays are years (rounded), outages the percent of years in which a plant is out of service.
    """

    kind: str
    items: tuple[Item, ...]
    low: float
    likely: float
    high: float
    origin: str  # the cell of its row, or the confidence that decided

    @property
    def name(self) -> str:
        """Return `demand japan|ev|magnet_sh`, or how many items move together."""
        if len(self.items) == 1:
            return f"{self.kind} {'|'.join(self.items[0])}"
        return f"{self.kind} of {len(self.items)} together ({self.origin})"

    @property
    def neutral(self) -> float:
        """Return the value with which it changes nothing: 1 of a factor, else 0."""
        return 0.0 if self.kind in ("delay", "outage") else 1.0


def ranges(tables: Tables, case: Case, built: set[str]) -> list[Range]:
    """Return every range of a case, in a fixed order. `built` are the projects that the plan builds."""
    confidence_of = _confidence(tables)
    found: list[Range] = []
    for kind, items in items_of(case, built).items():
        rows = [row for row in tables["Uncertainty"] if row["kind"] == kind]
        for row in rows:
            matched = tuple(
                item for item in items if all(row[c] in (ALL, v) for c, v in _selectors(case, kind, item).items())
            )
            found += _of_row(row, matched)
        covered = {item for r in found if r.kind == kind for item in r.items}
        for item in items if kind in DEFAULTS else ():
            if item not in covered:
                confidence = confidence_of(kind, item)
                found.append(Range(kind, (item,), *DEFAULTS[kind][confidence], confidence))
    return found


def _of_row(row: Row, items: tuple[Item, ...]) -> Iterator[Range]:
    """Return one range for all items together, or one for each, from a row of the sheet Uncertainty."""
    low, high = row.num("low"), row.num("high")
    likely = (low + high) / 2 if row["likely"] is None else row.num("likely")
    groups = [items] if row["shared"] else [(item,) for item in items]
    return (Range(row.text("kind"), group, low, likely, high, row.cell("kind")) for group in groups if group)


def items_of(case: Case, built: set[str]) -> dict[str, tuple[Item, ...]]:
    """Return the items on which each kind of range can act.

    Ranges, and so the random numbers of a draw, come in this order of kinds.
    """
    demands = tuple(dict.fromkeys((d.region, d.segment, d.commodity) for d in case.demands.values()))
    goods = tuple(dict.fromkeys((o.commodity, o.destination) for o in case.offers.values()))
    china = tuple(dict.fromkeys((o.commodity, o.destination) for o in case.offers.values() if o.china))
    new = tuple((p.name,) for p in case.projects.values() if p.name in built)
    late = tuple((p,) for (p,) in new if case.projects[p].lead_time > 0)
    plants = tuple((p.name,) for p in case.projects.values() if p.name in built or p.existing > 0)
    return {
        "demand": demands, "china_limit": china, "china_price": china, "import_limit": goods, "import_price": goods,
        "capex": new, "delay": late, "outage": plants,
    }  # fmt: skip


def _selectors(case: Case, kind: str, item: Item) -> dict[str, str]:
    """Return the columns of Shocks and Uncertainty by which an item is selected."""
    if kind == "demand":
        return dict(zip(("region", "segment", "commodity"), item, strict=True))
    if kind in ("capex", "delay", "outage"):
        return plant_selectors(case.projects[item[0]])
    return goods_selectors(case, *item)


def shock_selectors(case: Case, kind: str, item: Item) -> list[dict[str, str]]:
    """Return an item as the selectors of shocks, one for each shock that is needed.

    Goods are selected by offer: to select the goods offered to all regions by region `*` would hit every other offer of
    the commodity. The stage of what is selected otherwise follows and is left open.
    """
    if kind in ON_GOODS:
        return [{"item": o.name} for o in case.offers.values() if (o.commodity, o.destination) == item]
    return [{**_selectors(case, kind, item), "stage": ALL}]


def _confidence(tables: Tables) -> Callable[[str, Item], str]:
    """Return a function of kind and item: the lowest confidence of the rows behind an item."""
    firm = tables.firmness()
    found: dict[tuple[str, ...], str] = {}

    def note(key: tuple[str, ...], row: Row) -> None:
        found[key] = max(found.get(key, FIRMNESS[0]), firm(row), key=FIRMNESS.index)

    for row in tables["Demand"]:
        note(("demand", row.text("region"), row.text("segment"), row.text("commodity")), row)
    for row in tables["Imports"]:
        what = "limit" if row["measure"] == "limit_t" else "price"
        goods = (row.text("commodity"), row.text("destination"))
        note((f"import_{what}", *goods), row)
        if row["china"]:
            note((f"china_{what}", *goods), row)
    for row in tables["Projects"]:
        note(("plant", row.text("project")), row)
    return lambda kind, item: found["plant" if kind in ("capex", "delay", "outage") else kind, *item]
