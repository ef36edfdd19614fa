"""The input as the re-check reads it: figures straight from the rows, and what the plan's rows say, by node."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from didymium.tables.horizon import milestones
from didymium.tables.rows import Row, Tables

Plan = dict[str, list[dict[str, object]]]
Place = tuple[str, int]
"""A node: (branch, year)."""

CHINA_STAGE = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
CHINA_GOODS = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}
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


class World:
    """The input of a plan and its rows, indexed by node. One scenario alone is foreseen and certain."""

    def __init__(self, tables: Tables, plan: Plan, scenarios: list[str]) -> None:
        self.tables, self.plan = tables, plan
        self._rows: dict[str, list[tuple[Place, dict[str, object]]]] = {}
        self._at: dict[str, dict[Place, list[dict[str, object]]]] = {}
        self.years = milestones(tables.setting("milestone_years"), tables.years)
        self.reveal = {r.text("scenario"): r["reveal_year"] for r in tables["Scenarios"]} or {"base": None}
        self.base = next(name for name, year in self.reveal.items() if year is None)
        self.paths = {s: [self.place(s, y) for y in self.years] for s in scenarios}
        self.places = list(dict.fromkeys(place for path in self.paths.values() for place in path))

    def place(self, scenario: str, year: int) -> Place:
        """The node of a scenario in a year: the base's until it is revealed."""
        reveal = self.reveal[scenario]
        return (self.base if reveal is not None and year < int(str(reveal)) else scenario, year)

    def span(self, year: int) -> int:
        later = [y for y in self.years if y > year]
        return (later[0] if later else self.tables.years[-1] + 1) - year

    def before(self, place: Place) -> list[Place]:
        """The nodes up to a node on its path, itself last."""
        path = next(path for path in self.paths.values() if place in path)
        return path[: path.index(place) + 1]

    def discount(self, year: int) -> float:
        rate = self.number_setting("discount_rate_percent") / 100
        first = self.tables.years[0]
        return sum(1 / (1 + rate) ** (y - first) for y in range(year, year + self.span(year)))

    def probability(self, place: Place) -> float:
        """The odds of being in a node: those of all scenarios whose path runs through it; 1 for one scenario alone."""
        if len(self.paths) == 1:
            return 1.0
        odds = {r.text("scenario"): r.num("probability_percent") / 100 for r in self.tables["Scenarios"]}
        return sum(odds[s] for s, path in self.paths.items() if place in path)

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
        found = []
        for row in self._shocks.get((kind, scenario), ()):
            start = row["from_year"] if row["from_year"] is not None else (self.reveal[scenario] or self.tables.years[0])
            end = row["to_year"] if row["to_year"] is not None else self.tables.years[-1]
            if int(str(start)) <= year <= int(str(end)) and all(row[k] in ("*", v) for k, v in names.items()):
                found.append(row.num("value"))
        return found

    def factor(self, kind: str, place: Place, **names: str) -> float:
        result = 1.0
        for value in self.shocks(kind, place[0], place[1], **names):
            result *= value
        return result

    def plant(self, project: str) -> dict[str, str]:
        """The selectors of a plant."""
        row = self.projects[project]
        return {"stage": row.text("stage"), "region": row.text("region"), "project": project}

    def lead(self, project: str) -> int:
        row = self.projects[project]
        return int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))

    def delay(self, project: str, planned: int, place: Place) -> int:
        reveal = self.reveal[place[0]]
        scenario = self.base if reveal is not None and planned < int(str(reveal)) else place[0]
        return int(sum(self.shocks("delay", scenario, planned, **self.plant(project))))

    def outage(self, project: str, place: Place) -> bool:
        return bool(self.shocks("outage", place[0], place[1], **self.plant(project)))

    @cached_property
    def built(self) -> dict[str, list[tuple[Place, float]]]:
        """project -> (node of decision, modules)."""
        found: dict[str, list[tuple[Place, float]]] = defaultdict(list)
        for row in self.plan["investments"]:
            found[str(row["project"])].append(((str(row["branch"]), int(num(row, "decision_year"))), num(row, "modules")))
        return found

    def online(self, project: str, place: Place) -> float:
        """Standing capacity and modules on line, ramp and delay counted, outages not, t/year."""
        row = self.projects[project]
        retires = row["retires_year"]
        total = row.num("existing_t_per_year") if retires is None or place[1] < int(str(retires)) else 0.0
        path = self.before(place)
        for decided, modules in self.built.get(project, []):
            if decided not in path:
                continue
            planned = decided[1] + self.lead(project)
            age = place[1] - planned - self.delay(project, planned, place)
            if 0 <= age < row.whole("life_years"):
                total += modules * row.num("module_t_per_year") * self.ramp(row, age)
        return total

    def ramp(self, row: Row, age: int) -> float:
        if row["ramp"] is None or age > 4:
            return 1.0
        return self.tables.ids("Ramps.ramp")[row.text("ramp")].num(f"year_{age + 1}_percent") / 100

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
                out[name] += assays[mine].shares[symbol] / 100 * recoveries[project.text("ore_type")].shares[symbol] / 100
            found[mine] = ({mine: 1.0}, out)
        return found

    def made(self, row: dict[str, object]) -> list[tuple[str, int, float]]:
        """(commodity, level, t/year) that a row of production makes; scrap is always clean."""
        _, outputs = self.recipes[str(row["recipe"])]
        level, tonnes = int(num(row, "level")), num(row, "throughput_t")
        return [(c, 0 if self.stage[c] == "scrap" else level, t * tonnes) for c, t in outputs.items()]

    @cached_property
    def offers(self) -> dict[str, dict[str, Row]]:
        """offer -> its row of tonnes and its row of prices."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.tables["Imports"]:
            found[row.text("offer")][row.text("measure")] = row
        return found

    def offer_factor(self, offer: str, what: str, place: Place) -> float:
        row = self.offers[offer]["limit_t"]
        names = {"stage": self.stage[row.text("commodity")], "commodity": row.text("commodity"), "region": row.text("destination")}
        factor = self.factor(f"import_{what}", place, **names)
        return factor * self.factor(f"china_{what}", place, **names) if row["china"] else factor

    def route(self, row: dict[str, object]) -> Row | None:
        """The route a shipment took: the row of its stage, else the one for all stages."""
        stage = self.stage[str(row["commodity"])]
        rows = {r.text("stage"): r for r in self.tables["Routes"] if r["from_region"] == row["from"] and r["to_region"] == row["to"]}
        return rows.get(stage) or rows.get("*")

    def wanted(self, region: str, segment: str, commodity: str, place: Place) -> list[float]:
        """The tonnes of the demand rows of that name, shocks counted."""
        factor = self.factor("demand", place, commodity=commodity, region=region, segment=segment)
        rows = [r for r in self.tables["Demand"] if (r["region"], r["segment"], r["commodity"]) == (region, segment, commodity)]
        return [(r.years[place[1]] or 0.0) * factor for r in rows]
