"""The chain: elements, commodities, plants, ores and recipes."""

from __future__ import annotations

from didymium.tables.columns import Column, Computed, Sheet
from didymium.tables.schema.words import (
    COMMODITY_IDS,
    COMMODITY_STAGES,
    STAGES,
    choice,
    identifier,
    integer,
    maybe,
    maybe_percent,
    number,
    optional_text,
    percent,
    ref,
    several,
    year,
)

# Overnight capex that options of a stage usually cost, USD per t/year of capacity: the middle nine tenths of the
# projects that are researched in the default case, rounded outward. Finishing a plant that is nearly built costs less,
# exotic ores more.
USUAL_CAPEX: dict[str, tuple[int, int]] = {
    "mine": (8_000, 150_000),
    "refinery": (8_000, 65_000),
    "heavy": (18_000, 95_000),
    "metal": (25_000, 110_000),
    "magnet": (15_000, 145_000),
    "recycler": (10_000, 60_000),
}
_STAGE_LIST = "{" + ",".join(f'"{stage}"' for stage in USUAL_CAPEX) + "}"


def _usual(end: int) -> str:
    """Excel's look-up of one end of the usual capex of the row's stage."""
    return (
        f'=IFERROR(INDEX({{{",".join(str(v[end]) for v in USUAL_CAPEX.values())}}},MATCH([@stage],{_STAGE_LIST},0)),"")'
    )


_PROJECTS: tuple[Column, ...] = (
    identifier("project", "a plant, or a phase of one", "lynas_mt_weld"),
    choice("stage", STAGES, "what kind of plant"),
    ref("region", "Regions.region", "its region", example="australia"),
    number("existing_t_per_year", "t/year", "capacity that exists today; 0: none", example=12_000),
    year("retires_year", "first year without the existing capacity; blank: never", example=2035),
    maybe("module_t_per_year", "t/year", "capacity of one module", example=5_000),
    integer("max_modules", "modules", "how many may be built; 0: none", usual=(0, 20), example=1),
    integer("min_modules", "modules", "how many are committed", optional=True, default=0, usual=(0, 5), example=0),
    maybe(
        "capex_musd_per_module",
        "M USD",
        "overnight cost of a module, before the region's overrun",
        usual=(0.1, 10_000),
        example=240,
    ),
    number(
        "fixed_opex_usd_per_t_capacity",
        "USD/t",
        "yearly cost of a tonne of capacity, from its first day on line",
        example=1_500,
    ),
    number("variable_opex_usd_per_t", "USD/t", "cost of a tonne of throughput", usual=(100, 150_000), example=4_000),
    year("first_decision_year", "first year a module may be decided; blank: first_year", example=2027),
    year("last_decision_year", "last year a module may be decided; blank: last_year", example=2035),
    integer(
        "permitting_years", "years", "from decision to building", optional=True, high=100, usual=(0, 12), example=2
    ),
    integer(
        "construction_years", "years", "from building to on line", optional=True, high=100, usual=(0, 10), example=2
    ),
    ref("ramp", "Ramps.ramp", "how it starts up; blank: full at once", optional=True, example="mine"),
    integer(
        "life_years", "years", "years a module runs", 1, optional=True, default=30, high=200, usual=(5, 60), example=25
    ),
    maybe_percent(
        "max_utilisation_percent",
        "maximum share of its capacity that a plant can use",
        100.0,
        usual=(30, 100),
        example=92,
    ),
    maybe_percent(
        "min_utilisation_percent", "minimum share that it must use (take-or-pay)", 0.0, usual=(0, 90), example=0
    ),
    maybe(
        "reserve_t",
        "t REO",
        "what a mine can extract in all; blank: no limit",
        usual=(1_000, 20_000_000),
        example=1_180_000,
    ),
    ref("ore_type", "Recoveries.ore_type", "ore of a mine", optional=True, example="monazite"),
    several(
        "accepts",
        "Recoveries.ore_type Projects.project Recipes.recipe",
        "ore types or mines (refineries), recipes (others); several separated by ;",
        example="monazite;carbonatite",
    ),
    ref("requires", "Projects.project", "project that must be decided first", optional=True, example="lynas_mt_weld"),
    optional_text("exclusive_group", "at most one project of a group is built", example="kuantan_feed"),
    maybe("co2_t_per_t", "t/t", "CO2 of a tonne of throughput", 0.0, usual=(0.05, 100), example=5),
    maybe("water_m3_per_t", "m3/t", "water of a tonne of throughput", 0.0, usual=(0.1, 5_000), example=60),
    maybe(
        "radioactive_t_per_t", "t/t", "radioactive residue of a tonne of throughput", 0.0, usual=(0.01, 20), example=1.5
    ),
    maybe_percent(
        "wacc_percent", "real cost of capital of this project; blank: its region's", usual=(2, 25), example=9
    ),
    maybe_percent(
        "cost_overrun_percent",
        "what building costs beyond the estimate; blank: its region's",
        low=-100,
        high=1_000,
        usual=(-20, 150),
        example=35,
    ),
    maybe_percent(
        "mothball_percent",
        "fixed opex still paid on mothballed capacity; blank: it may not be mothballed",
        usual=(5, 80),
        example=30,
    ),
)

_BESIDE_CAPEX = "capex_musd_per_module"
_COMPUTED = (
    Computed(
        "capex_usd_per_t",
        "overnight capex of a tonne a year of capacity, to compare with the usual range beside it",
        "USD per t/year",
        '=IF(N([@module_t_per_year])>0,N([@capex_musd_per_module])*1000000/[@module_t_per_year],"")',
        _BESIDE_CAPEX,
    ),
    Computed(
        "usual_low_usd_per_t",
        "low end of what options of the stage usually cost",
        "USD per t/year",
        _usual(0),
        _BESIDE_CAPEX,
    ),
    Computed(
        "usual_high_usd_per_t",
        "high end of what options of the stage usually cost",
        "USD per t/year",
        _usual(1),
        _BESIDE_CAPEX,
    ),
)

CHAIN: tuple[Sheet, ...] = (
    Sheet(
        "Elements",
        "The rare earths in an assay and the commodity each is sold as",
        (
            Column("element", "text", "chemical symbol; heads a column of Assays and Recoveries", example="Nd"),
            ref("commodity", "Commodities.commodity", "the oxide it becomes", example="ndpr_oxide"),
            choice("circuit", ("light", "heavy"), "light leaves the refinery separated, heavy as mixed_<commodity>"),
        ),
        key=("element",),
        how_to="One row an element. Elements that are sold together (Pr and Nd) may share a commodity.",
        sourced=False,
    ),
    Sheet(
        "Commodities",
        "What is made, moved and sold; concentrates and mixed heavies are implied",
        (
            identifier("commodity", "an oxide, metal, magnet or scrap", "ndpr_oxide"),
            choice("stage", COMMODITY_STAGES, "the stage that makes it"),
            maybe(
                "reference_price_usd_per_t",
                "USD/t",
                "price where Prices gives none: route tariffs and what ore is worth rest on it",
                0.0,
                usual=(100, 10_000_000),
                example=85_000,
            ),
            maybe(
                "sale_price_usd_per_t",
                "USD/t",
                "price outside the chain; blank: not sold",
                usual=(50, 5_000_000),
                example=3_000,
            ),
            maybe(
                "sale_limit_t_per_year",
                "t/year",
                "tonnes that can be sold; blank: no limit",
                usual=(1, 500_000),
                example=25_000,
            ),
            maybe(
                "disposal_cost_usd_per_t",
                "USD/t",
                "cost of disposing of a tonne; blank: 0 for oxides and scrap, not allowed for metals and magnets",
                usual=(1, 20_000),
                example=150,
            ),
        ),
        key=("commodity",),
        how_to=(
            "One row a commodity. Do not list concentrates (they take the mine's name) or mixed_ heavies: they are"
            " implied."
        ),
    ),
    Sheet(
        "Projects",
        "Every existing plant and every one that could be built",
        _PROJECTS,
        key=("project",),
        how_to=(
            "One row a plant or phase. What exists goes into existing_t_per_year; what could be built into the module"
            " columns. max_modules 0: nothing can be built, and the module, capex and lead-time cells may stay blank."
        ),
        computed=_COMPUTED,
    ),
    Sheet(
        "Ramps",
        "How much of its capacity a new module offers in its first years",
        (
            identifier("ramp", "name of the profile", "mine"),
            percent("year_1_percent", "first year on line", usual=(5, 100), example=50),
            *(
                maybe_percent(f"year_{k}_percent", f"year {k} on line", 100.0, usual=(5, 100), example=100)
                for k in range(2, 6)
            ),
        ),
        key=("ramp",),
        optional=True,
        how_to="One row a profile; after year five a module offers all of its capacity.",
        sourced=False,
    ),
    Sheet(
        "Assays",
        "Composition of each mine's concentrate",
        (ref("mine", "Projects.project", "a project of stage mine", offers="Concentrates", example="lynas_mt_weld"),),
        key=("mine",),
        elements="percent of the total rare-earth oxide",
        computed=(
            Computed(
                "sum_percent",
                "sum of the row; must be 100 within 1",
                "%",
                '=IF(COUNT([@elements])=0,"",SUM([@elements]))',
                "mine",
            ),
        ),
        how_to=(
            "One row a mine, one column an element, in percent of total rare-earth oxide; each row sums to 100 within 1"
            " and is used as written."
        ),
    ),
    Sheet(
        "Recoveries",
        "What a refinery recovers from each ore",
        (identifier("ore_type", "a group of ores that refineries treat alike", "monazite"),),
        key=("ore_type",),
        elements="percent recovered by a refinery",
        how_to=(
            "One row an ore type, one column an element: percent of the element in the feed that leaves the refinery as"
            " product."
        ),
    ),
    Sheet(
        "Recipes",
        "Tonnes in and out per tonne of a plant's capacity unit",
        (
            identifier("recipe", "name of the recipe; several rows share it", "sinter_sh"),
            choice("stage", ("heavy", "metal", "magnet", "recycler"), "the plants that can run it"),
            ref("commodity", COMMODITY_IDS, "what goes in or comes out", example="ndpr_metal"),
            choice("direction", ("in", "out"), "in or out"),
            number(
                "t_per_t", "t/t", "tonnes per tonne of capacity unit", None, above=0, usual=(0.0001, 20), example=0.31
            ),
        ),
        key=("recipe", "commodity", "direction"),
        how_to=(
            "One row for each thing that goes in or comes out. Capacity units: heavy t mixed oxide in; metal, magnet t"
            " out; recycler t scrap in."
        ),
    ),
)
