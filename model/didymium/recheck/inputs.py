"""The input as the re-check reads it: figures straight from the rows, and what the plan's rows say, by node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables

Plan = dict[str, list[dict[str, object]]]
Place = tuple[str, int]
"""A node: (branch, year)."""

CHINA_STAGE = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
CHINA_GOODS = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}  # scrap that inherits: 4
SMALL = 1.0  # t or M USD: amounts below are judged as if they were this large


@dataclass(frozen=True, slots=True)
class Breach:
    """How far a rule is broken, as a share of the amounts at stake, and where."""

    where: str
    size: float


def excess(where: str, over: float, scale: float) -> Breach:
    """A breach of `over` (0 if negative) where amounts of `scale` are at stake."""
    return Breach(where, max(0.0, over) / max(SMALL, abs(scale)))


def num(row: dict[str, object], name: str) -> float:
    """A figure of a plan row; 0 where the cell is empty."""
    value = row.get(name)
    return 0.0 if value is None or value == "" else float(str(value))


class RecheckInputs:
    """The input of a plan and its rows, indexed by node. One scenario alone is foreseen and certain."""

    def __init__(self, tables: Tables, plan: Plan, scenarios: list[str]) -> None:
        self.tables, self.plan = tables, plan
        self._rows: dict[str, list[tuple[Place, dict[str, object]]]] = {}
        self._at: dict[str, dict[Place, list[dict[str, object]]]] = {}
        self._found: dict[tuple[object, ...], list[float]] = {}
        self._memo: dict[tuple[object, ...], Any] = {}
        self.years = modelled_years(tables)
        rows = tables["Scenarios"]
        self.reveal = {r.text("scenario"): r["reveal_year"] for r in rows} or {"base": None}
        self.base = next(name for name, year in self.reveal.items() if year is None)
        self.parent = {r.text("scenario"): r.text("parent") or self.base for r in rows}
        self.paths = {s: [(self.acting(s, y), y) for y in self.years] for s in scenarios}
        self.places = list(dict.fromkeys(place for path in self.paths.values() for place in path))
        self._before = {place: path[: k + 1] for path in self.paths.values() for k, place in enumerate(path)}

    def acting(self, scenario: str, year: int) -> str:
        """Whose shocks act in a year on the path of a scenario: before its reveal those of the one it leaves."""
        reveal = self.reveal[scenario]
        return scenario if reveal is None or year >= int(str(reveal)) else self.acting(self.parent[scenario], year)

    def span(self, year: int) -> int:
        later = [y for y in self.years if y > year]
        return (later[0] if later else self.tables.years[-1] + 1) - year

    def span_years(self, place: Place) -> range:
        """The calendar years that a node stands for."""
        return range(place[1], place[1] + self.span(place[1]))

    def before(self, place: Place) -> list[Place]:
        """The nodes up to a node on its path, itself last."""
        return self._before[place]

    def once(self, key: tuple[object, ...], work: Callable[[], Any]) -> Any:
        """What a piece of work gives, done once for its key."""
        if key not in self._memo:
            self._memo[key] = work()
        return self._memo[key]

    def ids(self, where: str) -> dict[str, Row]:
        """The rows of a table by id; none where the sheet is missing."""
        found: dict[str, Row] = self.once(("ids", where), lambda: self.tables.ids(where))
        return found

    def discount_of(self, year: int) -> float:
        """The discount factor of a calendar year; the last one's with those of the tail."""
        return float(self.once(("discount", year), lambda: self._discount_of(year)))

    def _discount_of(self, year: int) -> float:
        rate, first, last = (
            self.number_setting("discount_rate_percent") / 100,
            self.tables.years[0],
            self.tables.years[-1],
        )
        tail = int(self.number_setting("tail_years")) if year == last else 0
        return sum(1 / (1 + rate) ** (y - first) for y in range(year, year + tail + 1))

    def discount(self, year: int) -> float:
        return sum(self.discount_of(y) for y in self.span_years(("", year)))

    def mean(self, place: Place, figure: Callable[[int], float], years: list[int] | None = None) -> float:
        """The plain mean of a yearly figure over the years of a node, or over some of them."""
        over = list(self.span_years(place)) if years is None else years
        return sum(map(figure, over)) / len(over)

    def money(self, place: Place, figure: Callable[[int], float]) -> float:
        """A yearly amount of money in a node: by discount factor, so that the node's weight makes it the sum of its
        years."""
        over = self.span_years(place)
        return sum(self.discount_of(y) * figure(y) for y in over) / sum(map(self.discount_of, over))

    def part(self, place: Place, years: Collection[int]) -> float:
        """The share of a node's years, by discount factor, that are among some."""
        return self.money(place, lambda y: float(y in years))

    def probability(self, place: Place) -> float:
        """The odds of being in a node: those of all scenarios whose path runs through it; 1 for one scenario alone."""
        if len(self.paths) == 1:
            return 1.0
        probability = {r.text("scenario"): r.num("probability_percent") / 100 for r in self.tables["Scenarios"]}
        return sum(probability[s] for s, path in self.paths.items() if place in path)

    def number_setting(self, name: str) -> float:
        return float(str(self.tables.setting(name)))

    @cached_property
    def projects(self) -> dict[str, Row]:
        return self.tables.ids("Projects.project")

    @cached_property
    def in_china(self) -> dict[str, bool]:
        return {r.text("region"): bool(r["china"]) for r in self.tables["Regions"]}

    @cached_property
    def stage(self) -> dict[str, str]:
        """The stage of every commodity: listed, concentrate or mixed."""
        listed = {r.text("commodity"): r.text("stage") for r in self.tables["Commodities"]}
        mixed = {f"mixed_{r['commodity']}": "refinery" for r in self.tables["Elements"] if r["circuit"] == "heavy"}
        return {**{p: "mine" for p, r in self.projects.items() if r["stage"] == "mine"}, **mixed, **listed}

    @cached_property
    def _shocks(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.tables["Shocks"]:
            found[row.text("kind"), row.text("scenario")].append(row)
        return found

    def shocks(self, kind: str, scenario: str, year: int, **names: str) -> list[float]:
        """The values of the shocks of a kind that act in a year on what is named."""
        key = (kind, scenario, year, *sorted(names.items()))
        if key not in self._found:
            self._found[key] = list(self._acting_shocks(kind, scenario, year, names))
        return self._found[key]

    def _acting_shocks(self, kind: str, scenario: str, year: int, names: dict[str, str]) -> Iterator[float]:
        for row in self._shocks.get((kind, scenario), ()):
            start = (
                row["from_year"] if row["from_year"] is not None else (self.reveal[scenario] or self.tables.years[0])
            )
            end = row["to_year"] if row["to_year"] is not None else self.tables.years[-1]
            if int(str(start)) <= year <= int(str(end)) and all(row[k] in ("*", v) for k, v in names.items()):
                yield 1.0 if kind == "outage" else row.num("value")

    def factor(self, kind: str, scenario: str, year: int, **names: str) -> float:
        result = 1.0
        for value in self.shocks(kind, scenario, year, **names):
            result *= value
        return result

    def plant(self, project: str) -> dict[str, str]:
        """The selectors of a plant."""
        row = self.projects[project]
        return {"stage": row.text("stage"), "region": row.text("region"), "project": project}

    def lead(self, project: str) -> int:
        row = self.projects[project]
        return int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))

    def own(self, project: str, column: str) -> float:
        """A project's cost of capital or overrun, percent: its own where given, else its region's."""
        row = self.projects[project]
        return (
            row.num(column) if row[column] is not None else self.ids("Regions.region")[row.text("region")].num(column)
        )

    def overnight(self, project: str) -> float:
        """M USD of a module, the overrun included."""
        return self.projects[project].num("capex_musd_per_module") * (
            1 + self.own(project, "cost_overrun_percent") / 100
        )

    def outage(self, project: str, scenario: str, year: int) -> bool:
        return bool(self.shocks("outage", scenario, year, **self.plant(project)))

    @cached_property
    def built(self) -> dict[str, list[tuple[Place, float]]]:
        """project -> (node of decision, modules)."""
        found: dict[str, list[tuple[Place, float]]] = defaultdict(list)
        for row in self.plan["investments"]:
            found[str(row["project"])].append(
                ((str(row["branch"]), int(num(row, "decision_year"))), num(row, "modules"))
            )
        return found

    def existing_capacity(self, project: str, year: int) -> float:
        """Existing capacity, t/year."""
        row = self.projects[project]
        return (
            row.num("existing_t_per_year") if row["retires_year"] is None or year < row.integer("retires_year") else 0.0
        )

    def modules(self, project: str, place: Place, year: int) -> list[tuple[float, int]]:
        """(modules, age) of what was decided on the path of a node and lives in one of its years; age 0 in the first
        year on line."""
        found = []
        for decided, modules in self.built.get(project, []):
            if decided in self.before(place):
                planned = decided[1] + self.lead(project)
                late = self.shocks("delay", self.acting(place[0], planned), planned, **self.plant(project))
                age = year - planned - int(sum(late))
                if 0 <= age < self.projects[project].integer("life_years"):
                    found.append((modules, age))
        return found

    def online_in(self, project: str, place: Place, year: int) -> tuple[float, float]:
        """(existing, modules at their ramp) on line in a year, t/year; nothing in an outage."""
        row = self.projects[project]
        if self.outage(project, place[0], year):
            return 0.0, 0.0
        ramped = sum(k * self.ramp(row, age) for k, age in self.modules(project, place, year))
        return self.existing_capacity(project, year), ramped * (row.num("module_t_per_year") if ramped else 0.0)

    def online(self, project: str, place: Place) -> float:
        """Capacity on line, ramp, delay and outages counted: the mean over the node's years, t/year."""
        return self.mean(place, lambda y: sum(self.online_in(project, place, y)))

    def charged(self, project: str, place: Place, year: int) -> float:
        """The capacity on which fixed opex is paid in a year: what stands, and modules whole from their first day."""
        whole = sum(k for k, _ in self.modules(project, place, year))
        return self.existing_capacity(project, year) + (
            whole * self.projects[project].num("module_t_per_year") if whole else 0.0
        )

    def ramp(self, row: Row, age: int) -> float:
        if row["ramp"] is None or age > 4:
            return 1.0
        return self.ids("Ramps.ramp")[row.text("ramp")].num(f"year_{age + 1}_percent") / 100

    def rows(self, table: str) -> list[tuple[Place, dict[str, object]]]:
        """The rows of a plan table, each with its node."""
        if table not in self._rows:
            self._rows[table] = [((str(row["branch"]), int(num(row, "year"))), row) for row in self.plan[table]]
        return self._rows[table]

    def rows_at(self, table: str, place: Place) -> list[dict[str, object]]:
        """The rows of a plan table in one node."""
        if table not in self._at:
            found: dict[Place, list[dict[str, object]]] = defaultdict(list)
            for at, row in self.rows(table):
                found[at].append(row)
            self._at[table] = found
        return self._at[table].get(place, [])

    @cached_property
    def throughput(self) -> dict[tuple[str, Place], float]:
        """(project, node) -> t/year."""
        found: dict[tuple[str, Place], float] = defaultdict(float)
        for place, row in self.rows("production"):
            found[str(row["project"]), place] += num(row, "throughput_t")
        return found

    @cached_property
    def recipes(self) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
        """recipe -> (tonnes in, tonnes out) per tonne of capacity unit; a refinery's recipe is the mine's name."""
        found: dict[str, tuple[dict[str, float], dict[str, float]]] = defaultdict(lambda: ({}, {}))
        for row in self.tables["Recipes"]:
            found[row.text("recipe")][row["direction"] == "out"][row.text("commodity")] = row.num("t_per_t")
        assays, recoveries = self.tables.ids("Assays.mine"), self.tables.ids("Recoveries.ore_type")
        for mine, project in self.projects.items():
            if project["stage"] != "mine":
                continue
            found[f"dig {mine}"] = ({}, {mine: 1.0})
            out: dict[str, float] = defaultdict(float)
            for element in self.tables["Elements"]:
                name = ("mixed_" if element["circuit"] == "heavy" else "") + element.text("commodity")
                symbol = element.text("element")
                out[name] += (
                    assays[mine].shares[symbol] / 100 * recoveries[project.text("ore_type")].shares[symbol] / 100
                )
            found[mine] = ({mine: 1.0}, out)
        return found

    @cached_property
    def scrap_inherits(self) -> bool:
        return self.tables.setting("scrap_origin") == "inherited"

    def china_level(self, commodity: str) -> int:
        """The level of what is Chinese when it is bought or lies in stock."""
        stage = self.stage[commodity]
        return 4 if stage == "scrap" and self.scrap_inherits else CHINA_GOODS[stage]

    def made(self, row: dict[str, object]) -> list[tuple[str, int, float]]:
        """(commodity, level, t/year) that a row of production makes; scrap is clean unless it inherits."""
        _, outputs = self.recipes[str(row["recipe"])]
        level, tonnes = int(num(row, "level")), num(row, "throughput_t")
        clean = {c for c in outputs if self.stage[c] == "scrap" and not self.scrap_inherits}
        return [(c, 0 if c in clean else level, t * tonnes) for c, t in outputs.items()]

    @cached_property
    def offers(self) -> dict[str, dict[str, Row]]:
        """offer -> its row of tonnes and its row of prices."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.tables["Imports"]:
            found[row.text("offer")][row.text("measure")] = row
        return found

    def route(self, row: dict[str, object]) -> Row | None:
        """The route a shipment took: the row of its stage, else the one for all stages."""
        stage = self.stage[str(row["commodity"])]
        rows = {
            r.text("stage"): r
            for r in self.tables["Routes"]
            if r["from_region"] == row["from"] and r["to_region"] == row["to"]
        }
        return rows.get(stage) or rows.get("*")
