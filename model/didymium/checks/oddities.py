"""What is legal but looks wrong: it solves all the same. A row whose note says `confirmed: why` is not asked again."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.chain import recipes
from didymium.checks.guard import needs_all
from didymium.checks.projects import can_run
from didymium.errors import WARNING, Problem
from didymium.tables.columns import Column
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SETTINGS, SHEETS
from didymium.tables.schema.chain import USUAL_CAPEX

FAR = 3  # times beyond the range that is usual for the stage
JUMP = 5  # times the years on both sides
CONFIRM = " (`confirmed: why` in the note of the row silences this)"


@needs_all
def ores_find_a_refinery(tables: Tables) -> Iterator[Problem]:
    taken = {m for row in tables.sound("Projects") if row["stage"] == "refinery" for m in can_run(row, tables)}
    for name, row in tables.ids("Concentrates").items():
        if name not in taken:
            yield row.problem("ore_type", f"no refinery accepts the ore of {name} ({row.text('ore_type')})", WARNING)


def demand_rows_differ(tables: Tables) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    for row in tables.sound("Demand"):
        key = (row.text("region"), row.text("segment"), row.text("commodity"))
        if key in seen:
            yield row.problem("region", f"the same region, segment and commodity as row {seen[key]}; the two are added", WARNING)
        seen.setdefault(key, row.number)


@needs_all
def recipes_make_nothing_from_nothing(tables: Tables) -> Iterator[Problem]:
    """Separation, reduction and recycling only lose mass; magnets gain iron and are not judged."""
    for name, rows in recipes(tables).items():
        mass = {way: sum(r.num("t_per_t") for r in rows if r["direction"] == way) for way in ("in", "out")}
        if rows[0]["stage"] != "magnet" and mass["out"] > mass["in"] * 1.001 and not rows[0].confirmed:
            yield rows[0].problem("t_per_t", f"{name} makes {mass['out']:g} t from {mass['in']:g} t", WARNING)


def capex_is_like_its_stage(tables: Tables) -> Iterator[Problem]:
    for row in tables.sound("Projects"):
        size, capex, usual = row["module_t_per_year"], row["capex_musd_per_module"], USUAL_CAPEX[row.text("stage")]
        if not size or not capex or not row.whole("max_modules") or row.confirmed:
            continue
        value = row.num("capex_musd_per_module") * 1e6 / row.num("module_t_per_year")
        if value > FAR * usual[1] or value < usual[0] / FAR:
            said = f"{value:,.0f} USD per t/year of capacity; options of stage {row['stage']} usually cost {usual[0]:,} to {usual[1]:,}"
            yield row.problem("capex_musd_per_module", f"{said}: are the units (M USD, t/year) right?{CONFIRM}", WARNING)


def values_are_usual(tables: Tables) -> Iterator[Problem]:
    """Every number inside the range in which its column usually lies."""
    for sheet in SHEETS.values():
        for column in sheet.columns:
            for row in tables[sheet.name] if column.usual else ():
                value = row[column.name]
                if isinstance(value, (int, float)) and column.name not in row.blank and not row.confirmed:
                    yield from _unusual(row, column.name, value, column)
    settings = {column.name: column for column in SETTINGS}
    for row in tables["Settings"]:
        setting = settings.get(row.text("setting"))
        if setting and setting.usual and row.number and isinstance(row["value"], (int, float)) and not row.confirmed:
            yield from _unusual(row, "value", row["value"], setting)


def _unusual(row: Row, name: str, value: float, column: Column) -> Iterator[Problem]:
    assert column.usual is not None
    low, high = column.usual
    if low <= value <= high or value == 0:
        return
    share = f"; percent columns hold {100 * value:g} for {100 * value:g} %" if column.unit == "%" and 0 < value < 1 else ""
    yield row.problem(name, f"{column.name} is {value:,.12g}; usually {low:,g} to {high:,g} {column.unit}{share}{CONFIRM}", WARNING)


def percents_are_not_shares(tables: Tables) -> Iterator[Problem]:
    """A row of percents by year or element that never passes 1 was probably meant as shares of 1."""
    for sheet in SHEETS.values():
        if sheet.name != "Recoveries" and not (sheet.years and sheet.years.unit == "%"):
            continue
        for row in tables.sound(sheet.name):
            given = [(str(k), v) for k, v in (*row.years.items(), *row.shares.items()) if v]
            if given and max(v for _, v in given) <= 1 and not row.confirmed:
                first = given[0][0]
                said = f"no figure of the row passes 1 %: percent columns hold 85 for 85 %, not 0.85{CONFIRM}"
                yield row.problem(first, said, WARNING)


def years_do_not_jump(tables: Tables) -> Iterator[Problem]:
    """A year that is far from the years on both sides, while these are alike, is probably a slip of the keyboard."""
    for sheet in SHEETS.values():
        for row in tables[sheet.name] if sheet.years and sheet.name != "Budgets" else ():
            given = [(year, value) for year, value in sorted(row.years.items()) if value]
            for (_, before), (year, value), (_, after) in zip(given, given[1:], given[2:], strict=False):
                if min(value / before, value / after) > JUMP or max(value / before, value / after) < 1 / JUMP:
                    said = f"{value:,.12g} stands between {before:,.12g} and {after:,.12g}: is a digit too many or too few?{CONFIRM}"
                    if not row.confirmed:
                        yield row.problem(year, said, WARNING)


CHECKS = (
    ores_find_a_refinery,
    demand_rows_differ,
    recipes_make_nothing_from_nothing,
    capex_is_like_its_stage,
    values_are_usual,
    percents_are_not_shares,
    years_do_not_jump,
)
