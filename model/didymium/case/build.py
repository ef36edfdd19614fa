"""Tables to case: the only place where units are converted and defaults filled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import Any

from didymium.case.case import (
    ALL,
    NO_RECIPE,
    STAGE_LEVEL,
    Case,
    Commodity,
    Contract,
    Demand,
    Hold,
    Instrument,
    Limit,
    Offer,
    Project,
    Recipe,
    Region,
    Route,
    Scenario,
    Shock,
    Stockpile,
    Target,
)
from didymium.checks.projects import can_run
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

MUSD = 1e-6  # M USD in a USD
MAX_RISK_WEIGHT = 0.999  # above it, what happens outside the tail would be left to chance
PERCENT = 0.01


def build_case(tables: Tables) -> Case:
    """Return the case that checked tables describe. Only for tables without errors: nothing is checked here."""
    regions = {r.text("region"): _region(r) for r in tables["Regions"]}
    scenarios = scenarios_of(tables)
    return Case(
        title=str(tables.setting("title") or tables.source.stem),
        first_year=tables.years[0],
        last_year=tables.years[-1],
        milestones=tuple(modelled_years(tables)),
        discount_rate=_setting(tables, "discount_rate_percent") * PERCENT,
        hard_targets=tables.setting("target_policy") == "hard",
        max_public_share=_setting(tables, "max_public_share_percent") * PERCENT,
        carbon_price=_setting(tables, "carbon_price_usd_per_t") * MUSD,
        risk_weight=min(_setting(tables, "risk_weight"), MAX_RISK_WEIGHT),
        risk_tail=_setting(tables, "risk_tail_percent") * PERCENT,
        gap=_setting(tables, "mip_gap_percent") * PERCENT,
        time_limit=_setting(tables, "time_limit_s"),
        regions=regions,
        commodities=_commodities(tables),
        recipes=_recipes(tables),
        projects={r.text("project"): _project(r, tables, regions) for r in tables["Projects"]},
        demands=_demands(tables),
        offers=_offers(tables),
        routes=_routes(tables),
        targets={r.text("target"): _target(r, tables) for r in tables["Targets"]},
        stockpiles={(s.region, s.commodity): s for s in map(_stockpile, tables["Stockpiles"])},
        instruments={r.text("instrument"): _instrument(r) for r in tables["Finance"]},
        budgets={r.text("government"): _year_values(r) for r in tables["Budgets"]},
        limits={r.text("limit"): _limit(r) for r in tables["Limits"]},
        scenarios=scenarios,
        shocks=tuple(_shock(r, tables, scenarios) for r in tables["Shocks"]),
        tail_years=int(_setting(tables, "tail_years")),
        scrap_inherits=tables.setting("scrap_origin") == "inherited",
        public_funds=_setting(tables, "cost_of_public_funds_percent") * PERCENT,
        concentrate_payable=_setting(tables, "concentrate_payable_percent") * PERCENT,
        mixed_payable=_setting(tables, "mixed_payable_percent") * PERCENT,
        contracts={r.text("contract"): _contract(r) for r in tables["Contracts"]},
        holds=tuple(_hold(r, tables) for r in tables["Holds"]),
        home=_home_regions(tables),
    )


def _setting(tables: Tables, name: str) -> float:
    value = tables.setting(name)
    assert isinstance(value, (int, float)), name
    return float(value)


def _year_values(row: Row, factor: float = 1.0) -> dict[int, float]:
    """The filled cells of a year sheet: year -> value x `factor`."""
    return {year: value * factor for year, value in row.years.items() if value is not None}


def _home_regions(tables: Tables) -> dict[str, str]:
    """Government -> the region whose money it is: as Budgets says, else the region of the same name."""
    given = {r.text("government"): r.text("region") for r in tables["Budgets"] if r["region"]}
    return {r.text("region"): r.text("region") for r in tables["Regions"]} | given


def _region(row: Row) -> Region:
    return Region(
        row.text("region"),
        row.num("wacc_percent") * PERCENT,
        row.num("cost_overrun_percent") * PERCENT,
        bool(row["china"]),
    )


def _commodities(tables: Tables) -> dict[str, Commodity]:
    """The listed commodities, every mine's concentrate, and every mixed heavy."""
    prices = {r.text("commodity"): _year_values(r, MUSD) for r in tables["Prices"]}
    prices = {name: {y: p for y, p in priced.items() if y in tables.years} for name, priced in prices.items()}
    listed = {r.text("commodity"): _commodity(r, prices.get(r.text("commodity"), {})) for r in tables["Commodities"]}
    concentrates = {mine: Commodity(mine, "mine", prices=prices.get(mine, {})) for mine in tables.ids("Concentrates")}
    mixed = {
        name: Commodity(
            name, "refinery", disposal_cost=0.0, prices=prices.get(name, {}), mixed_of=row.text("commodity")
        )
        for name, row in tables.ids("Mixed").items()
    }
    return {**concentrates, **mixed, **listed}


def _commodity(row: Row, prices: dict[int, float]) -> Commodity:
    price, limit = row["sale_price_usd_per_t"], row["sale_limit_t_per_year"]
    # What comes out of joint production may be thrown away
    free = 0.0 if row["stage"] in ("refinery", "scrap") else None
    return Commodity(
        row.text("commodity"),
        row.text("stage"),
        row.num("reference_price_usd_per_t") * MUSD,
        None if price is None else row.num("sale_price_usd_per_t") * MUSD,
        None if limit is None else row.num("sale_limit_t_per_year"),
        free if row["disposal_cost_usd_per_t"] is None else row.num("disposal_cost_usd_per_t") * MUSD,
        prices,
    )


def _recipes(tables: Tables) -> dict[str, Recipe]:
    """The recipes of the sheet, one per mine that digs its ore, and one per mine that a refinery runs on its ore.

    A mine's own is named `dig <mine>` (no id holds a space, so no recipe can be called so); a refinery's as the mine.
    """
    recipes = {NO_RECIPE: Recipe(NO_RECIPE, {}, {})}
    recipes |= {name: _refining(name, row, tables) for name, row in tables.ids("Concentrates").items()}
    recipes |= {dig(mine): Recipe(dig(mine), {}, {mine: 1.0}) for mine in tables.ids("Concentrates")}
    for row in tables["Recipes"]:
        recipe = recipes.setdefault(row.text("recipe"), Recipe(row.text("recipe"), {}, {}))
        side = recipe.inputs if row["direction"] == "in" else recipe.outputs
        side[row.text("commodity")] = row.num("t_per_t")
    return recipes


def dig(mine: str) -> str:
    """Return the name of the recipe that a mine runs."""
    return f"dig {mine}"


def _refining(mine: str, project: Row, tables: Tables) -> Recipe:
    """1 t REO of a mine's concentrate yields assay[m,e] x recovery[o,e] t of each element's commodity."""
    assay = tables.ids("Assays.mine")[mine].shares
    recovery = tables.ids("Recoveries.ore_type")[project.text("ore_type")].shares
    outputs: dict[str, float] = defaultdict(float)
    for row in tables["Elements"]:
        element = row.text("element")
        name = row.text("commodity") if row["circuit"] == "light" else f"mixed_{row['commodity']}"
        outputs[name] += assay[element] * PERCENT * recovery[element] * PERCENT
    return Recipe(mine, {mine: 1.0}, {name: tonnes for name, tonnes in outputs.items() if tonnes > 0})


def _project(row: Row, tables: Tables, regions: dict[str, Region]) -> Project:
    stage, region, years = row.text("stage"), regions[row.text("region")], tables.years
    overrun = region.overrun if row["cost_overrun_percent"] is None else row.num("cost_overrun_percent") * PERCENT
    can_build = row.integer("max_modules") > 0
    first, last = row["first_decision_year"], row["last_decision_year"]
    return Project(
        name=row.text("project"),
        stage=stage,
        region=region.name,
        existing=row.num("existing_t_per_year"),
        retires=None if row["retires_year"] is None else row.integer("retires_year"),
        module=row.num("module_t_per_year") if can_build else 0.0,
        max_modules=row.integer("max_modules"),
        min_modules=row.integer("min_modules"),
        overnight=row.num("capex_musd_per_module") * (1 + overrun) if can_build else 0.0,
        fixed_opex=row.num("fixed_opex_usd_per_t_capacity") * MUSD,
        variable_opex=row.num("variable_opex_usd_per_t") * MUSD,
        first_decision=years[0] if first is None else row.integer("first_decision_year"),
        last_decision=years[-1] if last is None else row.integer("last_decision_year"),
        permitting=row.integer("permitting_years") if can_build else 0,
        construction=row.integer("construction_years") if can_build else 0,
        ramp=_ramp(row, tables),
        life=row.integer("life_years"),
        max_use=row.num("max_utilisation_percent") * PERCENT,
        min_use=row.num("min_utilisation_percent") * PERCENT,
        reserve=row.num("reserve_t") if stage == "mine" and row["reserve_t"] is not None else None,
        recipes=_runs(row, tables),
        floor=STAGE_LEVEL[stage] if region.china else 0,
        wacc=region.wacc if row["wacc_percent"] is None else row.num("wacc_percent") * PERCENT,
        mothball=None if row["mothball_percent"] is None else row.num("mothball_percent") * PERCENT,
        **_columns(Project, row),
    )


def _columns(record: type, row: Row) -> dict[str, Any]:
    """The fields of a record that are columns as they stand (`case.column`), by name."""
    declared = {f.name: f.metadata for f in fields(record) if "column" in f.metadata}
    return {
        name: row.text(meta["column"]) or None if meta["factor"] is None else row.num(meta["column"]) * meta["factor"]
        for name, meta in declared.items()
    }


def _runs(row: Row, tables: Tables) -> tuple[str, ...]:
    """The recipes a plant runs. One that must run but has none keeps its rule, and makes the case infeasible."""
    if row["stage"] == "mine":
        return (dig(row.text("project")),)
    owed = any(
        k["project"] == row["project"] and k["kind"] == "offtake" and k["price_usd_per_t"] is None
        for k in tables["Contracts"]
    )
    return tuple(can_run(row, tables)) or ((NO_RECIPE,) if owed or row.num("min_utilisation_percent") > 0 else ())


def _ramp(row: Row, tables: Tables) -> tuple[float, ...]:
    """Share of a module's capacity by age, years 1 to 5; empty: full at once."""
    if row["ramp"] is None:
        return ()
    ramp = tables.ids("Ramps.ramp")[row.text("ramp")]
    return tuple(ramp.num(f"year_{k}_percent") * PERCENT for k in range(1, 6))


def _demands(tables: Tables) -> dict[str, Demand]:
    """Every row of Demand under a name of its own: `region|segment|commodity`, `#2` for its second row."""
    shortage = {r.text("segment"): r.num("shortage_cost_usd_per_t") * MUSD for r in tables["Segments"]}
    redesign = tables.ids("Substitution.segment") if tables["Substitution"] else {}
    demands: dict[str, Demand] = {}
    for row in tables["Demand"]:
        parts = (row.text("region"), row.text("segment"), row.text("commodity"))
        name = stem = "|".join(parts)
        repeat = 1
        while name in demands:
            repeat += 1
            name = f"{stem}#{repeat}"
        swap = redesign.get(parts[1])
        demands[name] = Demand(
            name,
            *parts,
            tonnes=_year_values(row),
            shortage_cost=shortage[parts[1]],
            redesign_cost=swap.num("cost_usd_per_t") * MUSD if swap else 0.0,
            redesign_share=_year_values(swap, PERCENT) if swap else {},
        )
    return demands


def _offers(tables: Tables) -> dict[str, Offer]:
    years: dict[str, dict[str, dict[int, float]]] = defaultdict(dict)
    for row in tables["Imports"]:
        years[row.text("offer")][row.text("measure")] = _year_values(
            row, MUSD if row["measure"] == "price_usd_per_t" else 1.0
        )
    return {
        name: Offer(
            name,
            row.text("supplier"),
            bool(row["china"]),
            row.text("commodity"),
            row.text("destination"),
            row.num("tariff_percent") * PERCENT,
            years[name]["limit_t"],
            years[name]["price_usd_per_t"],
        )
        for name, row in sorted(tables.ids("Imports.offer").items(), key=lambda item: item[1].number)
    }


def _routes(tables: Tables) -> dict[tuple[str, str, str], Route]:
    return {(r.text("from_region"), r.text("to_region"), r.text("stage")): _route(r) for r in tables["Routes"]}


def _route(row: Row) -> Route:
    limit = None if row["limit_t_per_year"] is None else row.num("limit_t_per_year")
    return Route(row.num("cost_usd_per_t") * MUSD, row.num("tariff_percent") * PERCENT, limit)


def _target(row: Row, tables: Tables) -> Target:
    return Target(
        row.text("target"),
        row.text("type"),
        row.text("region"),
        row.text("segment"),
        row.text("stage"),
        row.text("commodity"),
        row.text("supplier"),
        (
            _setting(tables, "target_penalty_usd_per_t")
            if row["penalty_usd_per_t"] is None
            else row.num("penalty_usd_per_t")
        )
        * MUSD,
        _year_values(row, PERCENT),
    )


def _stockpile(row: Row) -> Stockpile:
    return Stockpile(
        row.text("region"),
        row.text("commodity"),
        row.num("initial_t"),
        row.num("limit_t"),
        row.num("minimum_t"),
        row.num("holding_usd_per_t_year") * MUSD,
        bool(row["initial_china"]),
    )


def _instrument(row: Row) -> Instrument:
    return Instrument(
        row.text("instrument"),
        row.text("government"),
        frozenset(row.list("stages")),
        frozenset(row.list("regions")),
        frozenset(row.list("projects")),
        row.num("rate_percent") * PERCENT,
        row.num("max_share_percent") * PERCENT,
        row.num("repaid_percent") * PERCENT,
    )


def _contract(row: Row) -> Contract:
    return Contract(
        row.text("contract"),
        row.text("kind"),
        row.text("project"),
        row.text("commodity"),
        row.text("government"),
        row.integer("from_year"),
        row.integer("to_year"),
        0.0 if row["tonnes_per_year"] is None else row.num("tonnes_per_year"),
        None if row["price_usd_per_t"] is None else row.num("price_usd_per_t") * MUSD,
    )


def _hold(row: Row, tables: Tables) -> Hold:
    """What a person holds, in modules decided in its years."""
    project = tables.ids("Projects.project")[row.text("project")]
    committed, kind = project.integer("min_modules"), row.text("kind")
    modules = committed + (kind == "force") if row["modules"] is None else row.integer("modules")
    return Hold(
        row.text("project"),
        kind,
        0 if kind == "forbid" else modules,
        {"force": None, "forbid": committed, "pin": modules}[kind],
        tables.years[0] if row["from_year"] is None else row.integer("from_year"),
        tables.years[-1] if row["to_year"] is None else row.integer("to_year"),
        None if row["scenario"] is None else row.text("scenario"),
    )


def _limit(row: Row) -> Limit:
    return Limit(row.text("limit"), row.text("measure"), row.text("region"), row.text("stage"), _year_values(row))


def scenarios_of(tables: Tables) -> dict[str, Scenario]:
    """Return the scenarios of a case by name; `base` alone where the input has none."""
    rows = tables["Scenarios"]
    if not rows:
        return {"base": Scenario("base", 1.0, None)}
    base = next(r.text("scenario") for r in rows if r["reveal_year"] is None)
    return {
        r.text("scenario"): Scenario(
            r.text("scenario"),
            r.num("probability_percent") * PERCENT,
            None if r["reveal_year"] is None else r.integer("reveal_year"),
            None if r["reveal_year"] is None else r.text("parent") or base,
        )
        for r in rows
    }


def _shock(row: Row, tables: Tables, scenarios: dict[str, Scenario]) -> Shock:
    reveal = scenarios[row.text("scenario")].reveal
    start, end = row["from_year"], row["to_year"]
    return Shock(
        scenario=row.text("scenario"),
        kind=row.text("kind"),
        stage=row.text("stage") or ALL,
        commodity=row.text("commodity") or ALL,
        region=row.text("region") or ALL,
        project=row.text("project") or ALL,
        segment=row.text("segment") or ALL,
        item=row.text("item") or ALL,
        start=max(tables.years[0], reveal or 0) if start is None else row.integer("from_year"),
        end=tables.years[-1] if end is None else row.integer("to_year"),
        value=1.0 if row["value"] is None else row.num("value"),
    )
