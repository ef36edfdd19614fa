"""Tonnes beside tonnes: demand, offers and plants, reserves and mines, stocks, sales, and what goes into a recipe and
comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.checks.chain import recipes
from didymium.checks.magnitude.finding import Finding, shown, warnings
from didymium.checks.reach import ore_products, stage_of
from didymium.errors import Problem
from didymium.tables.rows import Row, Tables

WANTED = (1 / 50, 10)  # of offers and all plants together: all demand
OFFERED = (1 / 50, 20)  # of a region's demand: what all offers reach it with at least, what one offer holds at most
DUG = (2, 300)  # years that a reserve lasts at full capacity
STOCKED = 10  # times a year's demand: the room for a stock at most
BEGUN = 1 / 300  # of the room: the stock at the start at least
SOLD = 20  # times what all mines could yield: what can be sold at most
UNIT = (0.5, 1.5)  # tonnes of what a recipe's capacity counts, per tonne of capacity
INTO = 3  # times what comes out: what goes in at most, but for scrap and ore
YIELD = 0.2  # of what goes in: the oxide that comes out at least

Use = tuple[str, str]  # region, commodity


def _in_all(row: Row) -> float:
    """Existing capacity and all that may be built, t/year."""
    return row.num("existing_t_per_year") + float(str(row["module_t_per_year"] or 0)) * row.integer("max_modules")


def demand_is_like_supply(tables: Tables) -> Iterator[Problem]:
    """All that is wanted of a stage in the first year, beside all offers of it and all plants that make it, standing or
    not yet built."""
    stages, first = stage_of(tables), next(iter(tables.years), 0)
    wanted: dict[str, list[Row]] = defaultdict(list)
    for row in tables.sound("Demand"):
        wanted[stages.get(row.text("commodity"), "")].append(row)
    for stage, rows in wanted.items():
        offers = [
            r for r in tables.sound("Imports") if r["measure"] == "limit_t" and stages.get(r.text("commodity")) == stage
        ]
        plants = [r for r in tables.sound("Projects") if r["stage"] == stage]
        yield from warnings(
            _supply(rows, sum(r.years.get(first) or 0 for r in offers), sum(map(_in_all, plants)), first, stage)
        )


def _supply(rows: list[Row], offered: float, made: float, year: int, stage: str) -> Iterator[Finding]:
    total = sum(row.years.get(year) or 0 for row in rows)
    if not total or not offered + made or WANTED[0] <= total / (offered + made) <= WANTED[1]:
        return
    text = (
        f"all demand for {stage} goods in {year} is {shown(total)} t; offers in Imports hold {shown(offered)} t, plants"
        f" in Projects could make {shown(made)} t"
    )
    yield Finding(rows[0], str(year), f"{text}: are all in t/year?", "all demand")


def offers_are_like_demand(tables: Tables) -> Iterator[Problem]:
    """No offer of what is wanted far beyond the demand that it can reach, and not all offers together far below it."""
    wanted = _wanted(tables)
    reach: dict[Use, list[Row]] = defaultdict(list)
    for row in tables.sound("Imports"):
        if row["measure"] == "limit_t":
            reach[row.text("destination"), row.text("commodity")].append(row)
    yield from warnings(f for (region, name), rows in reach.items() for f in _offers(rows, region, name, wanted))


def _wanted(tables: Tables) -> dict[Use, float]:
    """The mean yearly demand of each region for each commodity."""
    found: dict[Use, float] = defaultdict(float)
    for row in tables.sound("Demand"):
        found[row.text("region"), row.text("commodity")] += _mean(row)
    return found


def _mean(row: Row) -> float:
    filled = [value for value in row.years.values() if value is not None]
    return sum(filled) / len(filled) if filled else 0.0


def _offers(rows: list[Row], region: str, name: str, demand: dict[Use, float]) -> Iterator[Finding]:
    wanted = sum(tonnes for (r, c), tonnes in demand.items() if c == name and region in ("*", r))
    if not wanted:
        return
    message = (
        f"demand for {name} in {'all regions' if region == '*' else region} is {shown(wanted)} t a year: are both in"
        " t/year?"
    )
    for row in rows:
        if _mean(row) > OFFERED[1] * wanted:
            yield Finding(
                row, _largest(row), f"{row['offer']} offers {shown(_mean(row))} t a year; {message}", "offers high"
            )
    total = sum(map(_mean, rows))
    if 0 < total < OFFERED[0] * wanted:
        yield Finding(
            rows[0], _largest(rows[0]), f"all offers to it hold {shown(total)} t a year; {message}", "offers low"
        )


def _largest(row: Row) -> str:
    return str(max(row.years, key=lambda year: row.years[year] or 0.0))


def reserves_last(tables: Tables) -> Iterator[Problem]:
    """A mine's reserve lasts from two to three hundred years at full capacity."""
    yield from warnings(
        f for row in tables.sound("Projects") if row["reserve_t"] and _in_all(row) for f in _reserve(row)
    )


def _reserve(row: Row) -> Iterator[Finding]:
    lasts = row.num("reserve_t") / _in_all(row)
    if not DUG[0] <= lasts <= DUG[1]:
        text = (
            f"the reserve of {row['project']} lasts {shown(lasts)} years at its capacity of {shown(_in_all(row))}"
            " t/year: are both in t REO?"
        )
        yield Finding(row, "reserve_t", text, "reserves")


def stocks_are_like_their_use(tables: Tables) -> Iterator[Problem]:
    """Room for some years of demand at most, and a stock at the start that is worth the room."""
    wanted: dict[str, float] = defaultdict(float)
    for (_, name), tonnes in _wanted(tables).items():
        wanted[name] += tonnes
    yield from warnings(
        f for row in tables.sound("Stockpiles") for f in _stock(row, wanted.get(row.text("commodity"), 0.0))
    )


def _stock(row: Row, wanted: float) -> Iterator[Finding]:
    start, room = row.num("initial_t"), row.num("limit_t")
    if wanted and room > STOCKED * wanted:
        yield Finding(
            row,
            "limit_t",
            f"room for {shown(room)} t; all demand for {row['commodity']} is {shown(wanted)} t a year",
            "stock room",
        )
    if 0 < start < BEGUN * room:
        yield Finding(
            row,
            "initial_t",
            f"{shown(start)} t are in stock at the start, in room for {shown(room)} t (limit_t)",
            "stock start low",
        )


def sales_are_like_what_is_dug(tables: Tables) -> Iterator[Problem]:
    """No oxide is sold twenty times over what all mines, standing or not yet built, could yield of it."""
    dug: dict[str, float] = defaultdict(float)
    capacity = {row.text("project"): _in_all(row) for row in tables.sound("Projects")}
    for mine, products in ore_products(tables).items():
        for name, share in products.items():
            dug[name.removeprefix("mixed_")] += share * capacity.get(mine, 0.0)
    rows = (
        row for row in tables.sound("Commodities") if row["sale_limit_t_per_year"] and dug.get(row.text("commodity"))
    )
    yield from warnings(f for row in rows for f in _sale(row, dug[row.text("commodity")]))


def _sale(row: Row, dug: float) -> Iterator[Finding]:
    limit = row.num("sale_limit_t_per_year")
    if limit > SOLD * dug:
        text = (
            f"{shown(limit)} t of {row['commodity']} can be sold a year; all mines in Projects could yield"
            f" {shown(dug)} t"
        )
        yield Finding(row, "sale_limit_t_per_year", text, "sales")


def recipes_keep_to_their_unit(tables: Tables) -> Iterator[Problem]:
    """A recipe's tonnes are per tonne of its plant's capacity unit: mixed oxide or scrap in, metal or magnet out."""
    stages = stage_of(tables)
    for name, rows in recipes(tables).items():
        yield from warnings(_recipe(name, rows, stages))


def _recipe(name: str, rows: list[Row], stages: dict[str, str]) -> Iterator[Finding]:
    ins, outs = ([r for r in rows if r["direction"] == way] for way in ("in", "out"))
    stage = rows[0].text("stage")
    counted = ins if stage in ("heavy", "recycler") else [r for r in outs if stages.get(r.text("commodity")) == stage]
    unit = sum(r.num("t_per_t") for r in counted)
    minimum = 0.0 if stage == "heavy" else UNIT[0]  # a line for one oxide leaves the rest of the mixed oxide alone
    if counted and not minimum <= unit <= UNIT[1]:
        what = "goes in" if counted is ins else "comes out"
        yield Finding(
            _largest_row(counted),
            "t_per_t",
            f"{shown(unit)} t {what} per tonne of capacity; capacity of stage {stage} counts the tonnes that do, so 1",
            name,
        )
    yield from _sides(name, ins, outs, stage)


def _largest_row(rows: list[Row]) -> Row:
    return max(rows, key=lambda row: row.num("t_per_t"))


def _sides(name: str, ins: list[Row], outs: list[Row], stage: str) -> Iterator[Finding]:
    """What goes in beside what comes out: in all, and oxide by oxide where they are separated."""
    into, made = (sum(r.num("t_per_t") for r in side) for side in (ins, outs))
    if stage in ("metal", "magnet") and ins and made and into > INTO * made:
        yield Finding(_largest_row(ins), "t_per_t", f"{name} takes {shown(into)} t for {shown(made)} t", name)
    sources = {r.text("commodity").removeprefix("mixed_"): r for r in ins if stage == "heavy"}
    for row in outs:
        source = sources.get(row.text("commodity"))
        if source and not YIELD * source.num("t_per_t") <= row.num("t_per_t") <= 1.001 * source.num("t_per_t"):
            text = (
                f"{shown(row.num('t_per_t'))} t of {row['commodity']} come out of {shown(source.num('t_per_t'))} t of"
                f" {source['commodity']}"
            )
            yield Finding(row, "t_per_t", text, f"{name} oxides")


CHECKS = (
    demand_is_like_supply,
    offers_are_like_demand,
    reserves_last,
    stocks_are_like_their_use,
    sales_are_like_what_is_dug,
    recipes_keep_to_their_unit,
)
