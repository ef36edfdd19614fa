"""What a planner asks, as records in one system of units: t, year, M USD, shares of 1.

No cell, no percent and no spreadsheet beyond this point; `case.build` alone converts.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = "*"
STAGE_LEVEL = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
"""The exposure level that a plant of each stage gives what it makes when it stands in China."""
COMMODITY_LEVEL = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}
"""The exposure level at which a commodity of each stage enters when it is bought from China."""
FREE_BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}
"""A tonne is China-free at a stage when its exposure level is below this."""


@dataclass(frozen=True, slots=True)
class Region:
    name: str
    wacc: float  # share a year
    overrun: float  # share of the estimate
    china: bool


@dataclass(frozen=True, slots=True)
class Commodity:
    name: str
    stage: str  # mine, refinery, metal, magnet, scrap
    reference_price: float = 0.0  # M USD/t
    sale_price: float | None = None  # M USD/t; None: not sold
    sale_limit: float | None = None  # t/year; None: no limit

    @property
    def china_level(self) -> int:
        return COMMODITY_LEVEL[self.stage]


NO_RECIPE = "no recipe"
"""What a plant runs that must run but accepts nothing that exists: it makes nothing, and its throughput is 0."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Tonnes in and out per tonne of a plant's capacity unit. A mine runs its own, a refinery one per mine."""

    name: str
    inputs: dict[str, float]
    outputs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Project:
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
    requires: str | None
    group: str | None
    co2: float  # t/t
    water: float  # m3/t
    radioactive: float  # t/t
    floor: int  # the lowest exposure level at which it can run

    @property
    def lead(self) -> int:
        return self.permitting + self.construction

    def stands(self, year: int) -> float:
        """Standing capacity in a year, t/year."""
        return self.existing if self.retires is None or year < self.retires else 0.0


@dataclass(frozen=True, slots=True)
class Demand:
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
    cost: float  # M USD/t
    tariff: float  # share of the reference price


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    kind: str
    region: str
    segment: str
    stage: str
    commodity: str
    share: dict[int, float]  # only the years in which something is asked


@dataclass(frozen=True, slots=True)
class Stockpile:
    region: str
    commodity: str
    initial: float  # t
    limit: float  # t
    minimum: float  # t
    holding: float  # M USD/t/year
    initial_china: bool


@dataclass(frozen=True, slots=True)
class Instrument:
    name: str
    government: str
    stages: frozenset[str]
    regions: frozenset[str]
    rate: float
    max_share: float

    def covers(self, project: Project) -> bool:
        return bool({ALL, project.stage} & self.stages) and bool({ALL, project.region} & self.regions)


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    measure: str
    region: str
    stage: str
    most: dict[int, float]  # only the years in which there is a limit

    def covers(self, project: Project) -> bool:
        return self.region in (ALL, project.region) and self.stage in (ALL, project.stage)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    probability: float
    reveal: int | None  # None: the base


@dataclass(frozen=True, slots=True)
class Shock:
    scenario: str
    kind: str
    stage: str
    commodity: str
    region: str
    project: str
    segment: str
    start: int
    end: int
    value: float

    def hits(self, year: int, **selectors: str) -> bool:
        """Does it act in a year on what the selectors (stage=, commodity=, ...) name?"""
        return self.start <= year <= self.end and all(getattr(self, key) in (ALL, name) for key, name in selectors.items())


@dataclass(frozen=True, slots=True)
class Case:
    """Everything asked. Mappings are by id, in the order of the input."""

    title: str
    first_year: int
    last_year: int
    milestones: tuple[int, ...]
    discount_rate: float
    hard_targets: bool
    target_penalty: float  # M USD/t
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

    @property
    def base(self) -> Scenario:
        return next(s for s in self.scenarios.values() if s.reveal is None)
