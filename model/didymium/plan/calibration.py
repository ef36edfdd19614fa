"""What was observed beside the plan's first years: the sheet Observed against the tables of the plan.

It is worked out from the written tables alone, so that a result that is read back gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from didymium.case.build import scenarios_of
from didymium.case.case import base_scenario
from didymium.results import PlanTables
from didymium.results.calibration import CalibrationRow
from didymium.results.operation import TradeRow
from didymium.results.shared import NodeColumns
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

NEAR = 15.0  # percent by which a plan may differ from what was observed
CHINA = "china"
FACTORS = {"": 1.0, "t": 1.0, "t/year": 1.0, "kt": 1000.0, "kg": 0.001, "usd/t": 1.0, "usd/kg": 1000.0, "musd/t": 1e6}
"""What a unit is in t, or in USD/t for a price. A unit's further words (t REO) say what is weighed."""
NOT_COMPARED = "not compared"


class NotComparable(Exception):
    """Raised where an observation has no figure of the plan beside it; its text says why."""


NodeRow = TypeVar("NodeRow", bound=NodeColumns)


@dataclass(frozen=True, slots=True)
class Year:
    """The rows of the plan in one year; on the branch of the base scenario where the plan has several."""

    source: Tables
    plan: PlanTables
    year: int
    branch: str | None

    def rows(self, table: Iterable[NodeRow]) -> Iterator[NodeRow]:
        """Return the rows of a table in the year."""
        return (r for r in table if r["year"] == self.year and self.branch in (None, r["branch"]))

    def in_china(self, region: object) -> bool:
        """Return whether a region is counted as China."""
        row = self.source.ids("Regions.region").get(str(region))
        return row is not None and bool(row["china"])


def calibration(source: Tables, plan: PlanTables, scenarios: Sequence[str]) -> list[CalibrationRow]:
    """Return a row for each row of Observed: the plan's figure of the first plan year not before it, how far off it is,
    or why there is none."""
    last: dict[str, int] = {}
    for row in source["Observed"]:
        last[row.text("series")] = max(row.integer("year"), last.get(row.text("series"), 0))
    return [_compared(source, plan, scenarios, row, last[row.text("series")]) for row in source["Observed"]]


def _compared(source: Tables, plan: PlanTables, scenarios: Sequence[str], row: Row, last: int) -> CalibrationRow:
    found = _observation(row, last)
    try:
        _beside(found, source, plan, scenarios, row)
    except NotComparable as why:
        found["remark"] = str(why)
    return found


def _observation(row: Row, last: int) -> CalibrationRow:
    """Return an observation without anything beside it; `last` is the last year of its series."""
    return {
        "observation": str(row.extra.get("name") or row.text("series")),
        "measure": row.text("measure"),
        "observed_in": row.integer("year"),
        "observed": row.num("value"),
        "unit": row.text("unit") or None,
        "compared_with": None,
        "planned": None,
        "deviation_percent": None,
        "within_15_percent": NOT_COMPARED,
        "latest": "yes" if row.integer("year") == last else "no",
        "region": row.text("region") or None,
        "goods": "; ".join(goods_of(row)) or None,
        "origin": row.text("from") or None,
        "lowest_dual_usd_per_t": None,
        "highest_dual_usd_per_t": None,
        "remark": None,
        "project": row.text("project") or None,
        "series": row.text("series"),
    }


def goods_of(row: Row) -> tuple[str, ...]:
    """Return the commodities that an observation names; none where the cell is blank."""
    return () if row["commodity"] is None else row.list("commodity")


def _beside(found: CalibrationRow, source: Tables, plan: PlanTables, scenarios: Sequence[str], row: Row) -> None:
    """Put the plan's figure beside an observation, in its unit, and how far off it is. Raises NotComparable where there
    is none."""
    year = next((y for y in modelled_years(source) if y >= row.integer("year")), None)
    if year is None:
        raise NotComparable("observed after the last year of the plan")
    at = Year(source, plan, year, base_scenario(scenarios_of(source)).name if len(scenarios) > 1 else None)
    figure, remark = MEASURES[row.text("measure")](at, row)
    planned, observed = figure / _factor(row), row.num("value")
    off = 100 * (planned / observed - 1) if observed else None
    found["compared_with"], found["planned"], found["deviation_percent"] = year, planned, off
    found["within_15_percent"] = NOT_COMPARED if off is None else "yes" if abs(off) <= NEAR else "no"
    found["remark"] = remark if observed else f"{remark}; nothing was observed, of which there is no percent"
    if duals := _duals(at, row):
        found["lowest_dual_usd_per_t"], found["highest_dual_usd_per_t"] = min(duals), max(duals)


def _factor(row: Row) -> float:
    """Return what one of the observation's unit is in t or USD/t. Raises NotComparable for an unknown unit."""
    unit = row.text("unit").replace("M USD", "MUSD").casefold()
    price = row["measure"] == "price"
    word = (unit.split() or [""])[0]
    if word not in FACTORS or (word and price != word.startswith(("usd", "musd"))):
        known = "USD/t or USD/kg" if price else "t, kt or kg"
        raise NotComparable(f"the unit {row.text('unit')!r} is not known for a {row['measure']}: write {known}")
    return FACTORS[word]


def _production(at: Year, row: Row) -> tuple[float, str]:
    """Return what a plant, or all plants of a region, made of the goods named, t a year, and what was counted.

    Where no goods are named, all products of the plant count, or the ore of the region.
    """
    goods, project, region = set(goods_of(row)), row["project"], row["region"]
    if project is None and region is None and not goods:
        raise NotComparable("names neither a plant, a region nor a commodity")
    stages = {str(r["commodity"]): r.text("stage") for r in at.source["Commodities"]}
    ore_alone = project is None and not goods

    def counts(made: str, stage: str) -> bool:
        return made in goods if goods else stage == "mine" if ore_alone else stages.get(made) != "scrap"

    each: dict[str, list[tuple[str, float]]] = {}
    for flow in at.plan["recipe_flows"]:
        if flow["direction"] == "out":
            each.setdefault(flow["recipe"], []).append((flow["commodity"], flow["t_per_t"]))
    total = 0.0
    for run in at.rows(at.plan["production"]):
        if (run["project"] == project) if project is not None else region in (None, run["region"]):
            total += run["throughput_t"] * sum(t for made, t in each[run["recipe"]] if counts(made, run["stage"]))
    what = (
        "the goods named"
        if goods
        else "the ore of all mines there"
        if ore_alone
        else "all products of the plant, without scrap"
    )
    return total, f"made: {what}"


def _import(at: Year, row: Row) -> tuple[float, str]:
    """Return what landed in a region, of the goods named or of all, from the origin of the observation, t a year."""
    if row["region"] is None:
        raise NotComparable("names no region where it landed")
    return _moved(at, goods_of(row), str(row["region"]), row.text("from"))


def _moved(at: Year, goods: Sequence[str], to: str, start: str) -> tuple[float, str]:
    offers = {str(r["offer"]): r.text("supplier") for r in at.source["Imports"]}

    def comes(trade: TradeRow) -> bool:
        """Return whether a purchase or shipment came from there. From China came offers marked so, and shipments from
        regions counted as China."""
        if not start:
            return True
        if start.casefold() == CHINA:
            return trade["china"] == "yes" if trade["kind"] == "buy" else at.in_china(trade["from"])
        return start in ((offers.get(trade["from"]), trade["from"]) if trade["kind"] == "buy" else (trade["from"],))

    landed = [
        t
        for t in at.rows(at.plan["trade"])
        if t["kind"] in ("buy", "ship") and t["to"] == to and t["from"] != to and (not goods or t["commodity"] in goods)
    ]
    from_there = [t for t in landed if comes(t)]
    known = {CHINA, *offers, *offers.values(), *at.source.ids("Regions.region")}
    if start and start not in known and start.casefold() != CHINA:
        raise NotComparable(f"{start!r} is neither a region, an offer nor a supplier of this case")
    route = (
        "bought from offers marked China and shipped from regions counted as China"
        if start.casefold() == CHINA
        else "bought and shipped"
    )
    return sum(t["tonnes_t"] for t in from_there), f"landed: {route}{'' if goods else ', all goods'}"


def _export(at: Year, row: Row) -> tuple[float, str]:
    """Return what left a region, shipped to another or sold outside, t a year. With an origin other than the region:
    what the region received from there."""
    start, region = row.text("from"), row["region"]
    if start and region is not None and start != region:
        return _moved(at, goods_of(row), str(region), start)
    home = start or region
    if home is None:
        raise NotComparable("names no region that it left")
    goods = goods_of(row)
    left = [
        t
        for t in at.rows(at.plan["trade"])
        if t["kind"] in ("ship", "sell")
        and t["from"] == home
        and t["to"] != home
        and (not goods or t["commodity"] in goods)
    ]
    return (
        sum(t["tonnes_t"] for t in left),
        f"shipped away and sold outside the chain{'' if goods else ', all goods'}",
    )


def _capacity(at: Year, row: Row) -> tuple[float, str]:
    """Return what a plant had on line, t/year."""
    if row["project"] is None:
        raise NotComparable("names no plant: capacity has the unit of its plant and is not added up over plants")
    return (
        sum(r["online_t_per_year"] for r in at.rows(at.plan["capacity"]) if r["project"] == row["project"]),
        "on line, in the plant's capacity unit",
    )


def _price(at: Year, row: Row) -> tuple[float, str]:
    """Return the market price of the one commodity named, USD/t."""
    goods = goods_of(row)
    if len(goods) != 1:
        raise NotComparable("a price is of one commodity: name it")
    market = [r["market_usd_per_t"] for r in at.rows(at.plan["market_prices"]) if r["commodity"] == goods[0]]
    if not market:
        raise NotComparable("the plan has no market price of it")
    return (
        market[0],
        "market price that the plan takes; the duals, where there are any, are what one more tonne of any origin costs",
    )


def _duals(at: Year, row: Row) -> list[float]:
    """Return, of a price, what one more tonne costs in the plan, USD/t, in the region named or in all."""
    if row["measure"] != "price":
        return []
    return [
        r["any_origin_usd_per_t"]
        for r in at.rows(at.plan["prices"])
        if r["commodity"] in goods_of(row) and row["region"] in (None, r["region"]) and not at.in_china(r["region"])
    ]


MEASURES: dict[str, Callable[[Year, Row], tuple[float, str]]] = {
    "production": _production,
    "import": _import,
    "export": _export,
    "capacity": _capacity,
    "price": _price,
}


def verdict(rows: Sequence[CalibrationRow]) -> str:
    """Return in a sentence how many series are near the plan by their latest observation."""
    latest = [r for r in rows if r["latest"] == "yes"]
    compared = [r for r in latest if r["within_15_percent"] != NOT_COMPARED]
    near = sum(r["within_15_percent"] == "yes" for r in compared)
    if not rows:
        return "Nothing to compare: the input has no rows on its sheet Observed"
    left = len(latest) - len(compared)
    rest = f"; {left} cannot be compared" if left else ""
    off = [r for r in compared if r["within_15_percent"] == "no"]
    named = [f"{r['observation']} (plan {_by(r['deviation_percent'])})" for r in off]
    missed = f"; not so: {', '.join(named)}" if off else ""
    return (
        f"By the latest observation of each series, {near} of the {len(compared)} that can be compared are within"
        f" {NEAR:.0f} % of the plan{missed}{rest}"
    )


def _by(percent: float | None) -> str:
    """By how much the plan is above or below what was observed."""
    assert percent is not None
    return f"{abs(percent):.0f} % {'above' if percent > 0 else 'below'}"
