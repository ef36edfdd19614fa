"""A planner's input as records in one system of units: t, year, M USD, shares of 1.

No cell, no percent and no spreadsheet beyond this point; `case.build` alone converts, and fills what is a `column`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ALL = "*"
STAGE_LEVEL = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
"""The exposure level of what a plant of each stage makes in China."""
COMMODITY_LEVEL = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}
"""The exposure level at which a commodity of each stage enters when it is bought from China, where scrap is clean."""
FREE_BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}
"""A tonne is China-free at a stage when its exposure level is below this."""


def column(name: str, factor: float | None = None) -> Any:
    """Return a field that is an input column as it stands: a text, None where blank; with a factor a number times it.

    `case.build` fills it: a column declared so needs no conversion of its own.
    """
    return field(default=None if factor is None else 0.0, metadata={"column": name, "factor": factor})


@dataclass(frozen=True, slots=True)
class Region:
    """A place where plants stand and goods are wanted."""

    name: str
    wacc: float  # share a year, of projects without one of their own
    overrun: float  # share of the estimate, of projects without one of their own
    china: bool


@dataclass(frozen=True, slots=True)
class Commodity:
    """A good that moves between stages, its prices and what may become of it."""

    name: str
    stage: str  # mine, refinery, metal, magnet, scrap
    reference_price: float = 0.0  # M USD/t
    sale_price: float | None = None  # M USD/t; None: not sold
    sale_limit: float | None = None  # t/year; None: no limit
    disposal_cost: float | None = None  # M USD/t; None: may not be thrown away
    prices: dict[int, float] = field(default_factory=dict)  # M USD/t, the years filled on the sheet Prices
    mixed_of: str | None = None  # of a mixed heavy: the oxide that is in it


NO_RECIPE = "no recipe"
"""The recipe of a plant that must run but accepts nothing that exists: it makes nothing, and its throughput is 0."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Tonnes in and out per tonne of a plant's capacity unit. A mine runs its own, a refinery one per mine."""

    name: str
    inputs: dict[str, float]
    outputs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Project:
    """A plant that stands, may be built, or both: its size, cost, times and recipes."""

    name: str
    stage: str
    region: str
    existing: float  # t/year
    retires: int | None
    module: float  # t/year
    max_modules: int
    min_modules: int
    overnight: float  # M USD per module, the region's overrun included
    fixed_opex: float  # M USD per t/year of capacity
    variable_opex: float  # M USD/t
    first_decision: int
    last_decision: int
    permitting: int
    construction: int
    ramp: tuple[float, ...]
    life: int
    max_use: float
    min_use: float
    reserve: float | None  # t
    recipes: tuple[str, ...]
    floor: int  # the lowest exposure level at which it can run
    wacc: float  # share a year
    mothball: float | None  # share of fixed opex that idle capacity still costs; None: it may not be mothballed
    requires: str | None = column("requires")  # the project that must be on line first
    group: str | None = column("exclusive_group")
    co2: float = column("co2_t_per_t", 1.0)  # t/t
    water: float = column("water_m3_per_t", 1.0)  # m3/t
    radioactive: float = column("radioactive_t_per_t", 1.0)  # t/t

    @property
    def lead_time(self) -> int:
        """Return the years from decision to planned start: permitting and construction."""
        return self.permitting + self.construction

    def existing_capacity(self, year: int) -> float:
        """Return the capacity that exists before any decision, in a year, t/year."""
        return self.existing if self.retires is None or year < self.retires else 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What a segment of a region wants of a commodity, and what going without or redesign costs."""

    name: str
    region: str
    segment: str
    commodity: str
    tonnes: dict[int, float]
    shortage_cost: float  # M USD/t
    redesign_cost: float  # M USD/t
    redesign_share: dict[int, float]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier outside the regions would sell, at which price and with which tariff."""

    name: str
    supplier: str
    china: bool
    commodity: str
    destination: str  # a region, or ALL
    tariff: float
    limit: dict[int, float]  # t/year
    price: dict[int, float]  # M USD/t


@dataclass(frozen=True, slots=True)
class Route:
    """What moving a tonne costs, and how much may move."""

    cost: float  # M USD/t
    tariff: float  # share of the market price
    limit: float | None  # t/year of all goods that move under it; None: no limit


@dataclass(frozen=True, slots=True)
class Target:
    """A share that is to be reached or kept below, by year, and the price of a miss."""

    name: str
    kind: str
    region: str
    segment: str
    stage: str
    commodity: str
    supplier: str
    penalty: float  # M USD/t
    share: dict[int, float]  # only the years in which the target is set


@dataclass(frozen=True, slots=True)
class Stockpile:
    """A store of a commodity in a region: its content at the start, its limits and its cost."""

    region: str
    commodity: str
    initial: float  # t
    limit: float  # t
    minimum: float  # t
    holding: float  # M USD/t/year
    initial_china: bool


@dataclass(frozen=True, slots=True)
class Instrument:
    """A way of giving public money to projects, and its terms."""

    name: str
    government: str
    stages: frozenset[str]
    regions: frozenset[str]
    projects: frozenset[str]
    rate: float
    max_share: float
    repaid: float  # share of the principal

    def covers(self, project: Project) -> bool:
        """Can the instrument support a decision on the project?"""
        named = bool({ALL, project.name} & self.projects)
        return named and bool({ALL, project.stage} & self.stages) and bool({ALL, project.region} & self.regions)


@dataclass(frozen=True, slots=True)
class Contract:
    """An offtake of a plant (tonnes that it must make or pay for), or a price floor that a government pays on what it
    makes."""

    name: str
    kind: str
    project: str
    commodity: str
    government: str
    start: int
    end: int
    tonnes: float  # t/year, of an offtake
    price: float | None  # M USD/t: the floor, or what a tonne not taken costs; None: every tonne must be made

    def in_force(self, year: int) -> bool:
        """Does the contract hold in a year?"""
        return self.start <= year <= self.end


@dataclass(frozen=True, slots=True)
class Limit:
    """A yearly limit on decisions, capital, CO2, water or residue."""

    name: str
    measure: str
    region: str
    stage: str
    maximum: dict[int, float]  # only the years in which there is a limit

    def is_set(self, year: int) -> bool:
        """Is there a limit in a year?"""
        return year in self.maximum

    def covers(self, project: Project) -> bool:
        """Does the limit count the project?"""
        return self.region in (ALL, project.region) and self.stage in (ALL, project.stage)


@dataclass(frozen=True, slots=True)
class Hold:
    """How many modules of a project a person wants decided in some years, along the path of a scenario."""

    project: str
    kind: str  # force, forbid, pin
    minimum: int  # modules
    maximum: int | None  # modules; None: no more than the project has
    start: int
    end: int
    scenario: str | None  # None: along every path

    def counts(self, year: int) -> bool:
        """Does it count what is decided in a year?"""
        return self.start <= year <= self.end


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which the future may go, and when it shows itself."""

    name: str
    probability: float
    reveal: int | None  # None: the base
    parent: str | None = None  # the scenario it leaves at its reveal; None: it is the base


def base_scenario(scenarios: Mapping[str, Scenario]) -> Scenario:
    """Return the scenario that is never revealed: the one that goes on where no other is."""
    return next(s for s in scenarios.values() if s.reveal is None)


def acting_branch(scenarios: Mapping[str, Scenario], scenario: str, year: int) -> str:
    """Return the scenario whose shocks hit in a year on the path of another: itself from its reveal on, before it the
    one it leaves."""
    at = scenarios[scenario]
    while at.reveal is not None and year < at.reveal:
        at = scenarios[at.parent] if at.parent else base_scenario(scenarios)
    return at.name


@dataclass(frozen=True, slots=True)
class Shock:
    """What a scenario changes, where, and in which years."""

    scenario: str
    kind: str
    stage: str
    commodity: str
    region: str
    project: str
    segment: str
    item: str
    start: int
    end: int
    value: float

    def hits(self, year: int, **selectors: str) -> bool:
        """Does it act in a year on what the selectors (stage=, commodity=, ...) name?"""
        return self.start <= year <= self.end and all(
            getattr(self, key) in (ALL, name) for key, name in selectors.items()
        )


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """All input of one problem. Mappings are by id, in the order of the input."""

    title: str
    first_year: int
    last_year: int
    milestones: tuple[int, ...]
    discount_rate: float
    hard_targets: bool
    max_public_share: float
    carbon_price: float  # M USD/t
    risk_weight: float
    risk_tail: float
    gap: float
    time_limit: float  # s
    regions: dict[str, Region]
    commodities: dict[str, Commodity]
    recipes: dict[str, Recipe]
    projects: dict[str, Project]
    demands: dict[str, Demand]
    offers: dict[str, Offer]
    routes: dict[tuple[str, str, str], Route]
    targets: dict[str, Target]
    stockpiles: dict[tuple[str, str], Stockpile]
    instruments: dict[str, Instrument]
    budgets: dict[str, dict[int, float]]
    limits: dict[str, Limit]
    scenarios: dict[str, Scenario]
    shocks: tuple[Shock, ...]
    tail_years: int  # for which the last year's costs are counted again
    scrap_inherits: bool  # scrap carries the exposure level of what it fell from
    public_funds: float  # share of the subsidy in public money that counts as cost
    concentrate_payable: float
    mixed_payable: float
    contracts: dict[str, Contract]
    holds: tuple[Hold, ...]
    home: dict[str, str]  # government -> the region whose money it is; without an entry it is not known

    def __repr__(self) -> str:
        counts = ("regions", "projects", "demands", "offers", "scenarios")
        text = ", ".join(f"{len(getattr(self, name))} {name}" for name in counts)
        return f"<Case {self.title!r}, {self.first_year}-{self.last_year}: {text}>"

    @property
    def base(self) -> Scenario:
        """Return the scenario that is never revealed: no shock tells it apart."""
        return base_scenario(self.scenarios)

    @property
    def likely(self) -> list[str]:
        """Return the scenarios of more than 0 %: those in the tree."""
        return [s.name for s in self.scenarios.values() if s.probability > 0]

    def acting(self, scenario: str, year: int) -> str:
        """Return the acting branch: the scenario whose shocks hit in a year on the path of another. Itself from its
        reveal on, before it the one it leaves."""
        return acting_branch(self.scenarios, scenario, year)

    def china_level(self, commodity: str) -> int:
        """Return the exposure level of a commodity bought from China, or kept in a Chinese stock."""
        stage = self.commodities[commodity].stage
        return max(COMMODITY_LEVEL.values()) if stage == "scrap" and self.scrap_inherits else COMMODITY_LEVEL[stage]

    def must_run(self, project: Project) -> bool:
        """Is there a rule that makes the plant run, whatever it has to run on?"""
        return project.min_use > 0 or any(
            k.project == project.name and k.kind == "offtake" and k.price is None for k in self.contracts.values()
        )
