"""A quick screen before any solve: what targets ask of each year, and the most that could be on line by then, in
tonnes.

Every figure of supply is an upper bound: all plants outside China built as early as they may be and run as hard as they
can, all clean offers bought, all stock kept. So a target that fails here fails in every plan; one that passes may
still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from didymium.checks.chain import recipes
from didymium.checks.guard import needs_all
from didymium.checks.projects import can_run, decision_years
from didymium.checks.reach import ore_products, stage_of
from didymium.errors import WARNING, Problem
from didymium.tables.rows import Row, Tables

STAGES = ("mine", "refinery", "metal", "magnet")
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Screened:
    """One year and stage: tonnes of magnets that must be China-free at the stage, and the most that can be."""

    year: int
    stage: str
    demand: float
    required: float
    possible: float


class Screen:
    """The bounds of one case. It needs a horizon; rows with unreadable cells are left out."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.years = tables.years
        self.stages = stage_of(tables)
        self.china = {i for i, r in tables.ids("Regions.region").items() if r["china"]}
        self.recipes = {name: _Recipe(rows, self.stages) for name, rows in recipes(tables).items()}
        self.ramps = {
            i: [r.num(f"year_{k}_percent") / 100 for k in range(1, 6)]
            for i, r in tables.ids("Ramps.ramp").items()
            if not r.unread
        }
        self.ores = ore_products(tables)
        self.useful = {
            c for r in self.recipes.values() for c, t in r.ins.items() if t and self.stages.get(c) == "refinery"
        }
        self.opened = {
            r.text("project"): decision_years(r, tables)
            for r in tables.sound("Projects")
            if r.integer("max_modules") and r["module_t_per_year"]
        }
        base = self._base()
        own = [s for s in tables.sound("Shocks") if s["scenario"] == base]
        self.shocks = {kind: [s for s in own if s["kind"] == kind] for kind in ("demand", "import_limit")}
        self._acting: dict[tuple[str, int], list[Row]] = {}
        self.substitution = {r.text("segment"): r.years for r in tables.sound("Substitution")}
        self.plants = [r for r in tables.sound("Projects") if r.text("region") not in self.china]
        self.runs = {r.text("project"): can_run(r, tables) for r in self.plants}
        self.offers = [r for r in tables.sound("Imports") if r["measure"] == "limit_t" and not r["china"]]

    def _base(self) -> str:
        return next((r.text("scenario") for r in self.tables.sound("Scenarios") if r["reveal_year"] is None), "")

    def capacity(self, row: Row, year: int) -> float:
        """Return the most a plant could run in a year, in its own unit."""
        retires = row["retires_year"]
        standing = row.num("existing_t_per_year") if retires is None or year < row.integer("retires_year") else 0.0
        modules = 0.0
        decided = self.opened.get(row.text("project"))
        if decided:
            age = year - decided[0] - int(row["permitting_years"] or 0) - int(row["construction_years"] or 0)  # type: ignore[call-overload]
            modules = row.num("module_t_per_year") * row.integer("max_modules") * self._ramp(row, age)
        return (standing + modules) * row.num("max_utilisation_percent") / 100

    def _ramp(self, row: Row, age: int) -> float:
        if age < 0:
            return 0.0
        profile = self.ramps.get(row.text("ramp"))
        return 1.0 if not profile or age >= len(profile) else max(profile[: age + 1])

    def made(self, stage: str, year: int, makers: tuple[str, ...]) -> float:
        """Return the most tonnes of commodities of a stage that plants of the stages `makers` could make."""
        return sum(
            self.capacity(row, year)
            * max(
                (self.recipes[q].made(stage, self.useful) for q in self.runs[row.text("project")] if q in self.recipes),
                default=0.0,
            )
            for row in self.plants
            if row["stage"] in makers
        )

    def refined(self, year: int, of_mines: bool) -> float:
        """Return the most useful oxide that refineries could make of their feed, or of all that mines produce."""
        best = {mine: sum(t for c, t in yields.items() if self._useful(c)) for mine, yields in self.ores.items()}
        if of_mines:
            return sum(
                self.capacity(row, year) * best.get(row.text("project"), 0.0)
                for row in self.plants
                if row["stage"] == "mine"
            )
        rows = [row for row in self.plants if row["stage"] == "refinery"]
        return sum(
            self.capacity(row, year) * max((best.get(m, 0.0) for m in self.runs[row.text("project")]), default=0.0)
            for row in rows
        )

    def _useful(self, commodity: str) -> bool:
        return commodity.removeprefix("mixed_") in self.useful or commodity in self.useful

    def bought(self, stages: tuple[str, ...], year: int) -> float:
        """Return the most tonnes that clean offers and stocks could add in a year."""
        offers = [r for r in self.offers if self.stages.get(r.text("commodity")) in stages]
        total = sum((row.years.get(year) or 0.0) * self.factor(row, year) for row in offers)
        stocks = [r for r in self.tables.sound("Stockpiles") if self.stages.get(r.text("commodity")) in stages]
        return total + sum(max(r.num("limit_t"), r.num("initial_t")) for r in stocks)

    def factor(self, row: Row, year: int) -> float:
        """Return what the base scenario's own shocks multiply an offer or a demand by."""
        key = row.sheet, row.number
        if key not in self._acting:
            self._acting[key] = self._shocks_on(row)
        result = 1.0
        for shock in self._acting[key]:
            first, last = shock["from_year"] or self.years[0], shock["to_year"] or self.years[-1]
            if int(str(first)) <= year <= int(str(last)):
                result *= shock.num("value")
        return result

    def _shocks_on(self, row: Row) -> list[Row]:
        """The base scenario's own shocks that act on an offer or a demand in some year."""
        demand = row.sheet == "Demand"
        known = {"commodity": row.text("commodity"), "region": row.text("region" if demand else "destination")}
        known |= {"segment": row.text("segment")} if demand else {"stage": self.stages.get(row.text("commodity"), "")}
        shocks = self.shocks["demand" if demand else "import_limit"]
        return [s for s in shocks if all(s[c] in ("*", None, v) for c, v in known.items())]

    def possible(self, stage: str, year: int) -> float:
        """Return the most tonnes of magnets that could be China-free at a stage in a year."""
        free = self.bought(("magnet",), year)
        magnets = self.made("magnet", year, ("magnet", "recycler"))
        if stage == "magnet":
            return free + magnets
        per_magnet = self._minimum_input("magnet", "metal")
        recycled = self.made("magnet", year, ("recycler",))
        metal = self.made("metal", year, ("metal", "magnet", "recycler", "heavy")) + self.bought(("metal",), year)
        best = min(magnets, recycled + _over(metal, per_magnet))
        if stage == "metal":
            return free + best
        per_metal = self._minimum_input("metal", "refinery")
        direct = self.bought(("metal",), year) + self.made("metal", year, ("recycler",))
        beside = self.made("refinery", year, ("recycler", "metal", "magnet")) + self.bought(("refinery", "mine"), year)
        oxide = self.refined(year, False) + beside
        if stage == "mine":
            oxide = min(oxide, self.refined(year, True) + beside)
        return free + min(best, recycled + _over(direct + _over(oxide, per_metal), per_magnet))

    def _minimum_input(self, out: str, into: str) -> float:
        """The least tonnes of one stage that any recipe takes for a tonne of the other."""
        found = [
            r.taken(into) / made
            for r in self.recipes.values()
            if r.stage != "recycler" and (made := r.made(out, self.useful)) > 0
        ]
        return min(found, default=inf)

    def required(self, target: Row, year: int) -> tuple[float, set[int]]:
        """Return the tonnes of magnets that a target wants China-free at its stage, less substitution, and its
        demand rows."""
        share = (target.years.get(year) or 0.0) / 100
        rows = [
            r
            for r in self.tables.sound("Demand")
            if target["region"] in ("*", r["region"]) and target["segment"] in ("*", r["segment"])
        ]
        wanted = {r.number: (r.years.get(year) or 0.0) * self.factor(r, year) for r in rows}
        total = sum(wanted.values())
        out = sum(
            wanted[r.number] * (self.substitution.get(r.text("segment"), {}).get(year) or 0.0) / 100 for r in rows
        )
        other = sum(wanted[r.number] for r in rows if self.stages.get(r.text("commodity")) != "magnet")
        return max(0.0, share * total - out - other), set(wanted)


@dataclass(slots=True)
class _Recipe:
    """Tonnes in and out of one recipe per tonne of capacity unit."""

    rows: list[Row]
    stages: dict[str, str]

    @property
    def stage(self) -> str:
        return self.rows[0].text("stage")

    @property
    def ins(self) -> dict[str, float]:
        return {r.text("commodity"): r.num("t_per_t") for r in self.rows if r["direction"] == "in"}

    def made(self, stage: str, useful: set[str]) -> float:
        outs = [r for r in self.rows if r["direction"] == "out" and self.stages.get(r.text("commodity")) == stage]
        return sum(r.num("t_per_t") for r in outs if stage != "refinery" or r.text("commodity") in useful)

    def taken(self, stage: str) -> float:
        return sum(t for c, t in self.ins.items() if self.stages.get(c) == stage)


def _over(tonnes: float, per: float) -> float:
    """Tonnes of product from tonnes of input; nothing limits it where no input is needed."""
    return inf if per == 0 else tonnes / per if per < inf else 0.0


def _targets(tables: Tables) -> list[Row]:
    return [r for r in tables.sound("Targets") if r["type"] == "min_china_free_share" and r["stage"] in STAGES]


def screened(tables: Tables, screen: Screen | None = None) -> list[Screened]:
    """Return, for each stage and year of a target: demand, the most required and the most possible, tonnes.

    No tonne of demand is counted twice.
    """
    targets = _targets(tables)
    if not targets or not tables.years:
        return []
    screen = screen or Screen(tables)
    found = []
    for stage in STAGES:
        for year in screen.years:
            asks = [screen.required(t, year) for t in targets if t["stage"] == stage and t.years.get(year)]
            if asks:
                found.append(
                    Screened(year, stage, _demand(screen, year), _together(asks), screen.possible(stage, year))
                )
    return found


def _demand(screen: Screen, year: int) -> float:
    return sum((r.years.get(year) or 0.0) * screen.factor(r, year) for r in screen.tables.sound("Demand"))


def _together(asks: list[tuple[float, set[int]]]) -> float:
    """What targets ask in all, where their demand rows do not overlap: the largest first."""
    total, taken = 0.0, set[int]()
    for tonnes, rows in sorted(asks, key=lambda ask: -ask[0]):
        if not rows & taken:
            total += tonnes
            taken |= rows
    return total


@needs_all
def targets_are_within_reach(tables: Tables) -> Iterator[Problem]:
    """Yield one warning a target, at the first year in which it requires more than could be on line."""
    if not tables.years or not _targets(tables):
        return
    screen = Screen(tables)
    rows = screened(tables, screen)
    possible = {(row.stage, row.year): row.possible for row in rows}
    reported: set[str] = set()
    for target in _targets(tables):
        if problem := _out_of_reach(target, screen, possible):
            reported.add(target.text("stage"))
            yield problem
    for row in rows:
        if row.stage not in reported and _exceeds(row.required, row.possible):
            reported.add(row.stage)
            message = (
                f"the targets at {row.stage} together ask for {row.required:,.0f} t China-free in {row.year}; at most"
                f" {row.possible:,.0f} t can be by then"
            )
            yield Problem("Targets", message, WARNING)


def _exceeds(required: float, possible: float) -> bool:
    return required > possible * (1 + _SLACK) + _SLACK


def _out_of_reach(target: Row, screen: Screen, possible: dict[tuple[str, int], float]) -> Problem | None:
    """Return the warning of one target, at its first year out of reach; None where it has none."""
    stage = target.text("stage")
    years = [(y, screen.required(target, y)[0]) for y in screen.years if target.years.get(y)]
    short = [(y, required) for y, required in years if _exceeds(required, possible[stage, y])]
    if not short:
        return None
    year, required = short[0]
    also = f"; so in {len(short) - 1} later years" if len(short) > 1 else ""
    message = (
        f"{target['target']} asks for {required:,.0f} t China-free at {stage} in {year}; at most"
        f" {possible[stage, year]:,.0f} t can be by then{also}"
    )
    return target.problem(year, message, WARNING)


CHECKS = (targets_are_within_reach,)
