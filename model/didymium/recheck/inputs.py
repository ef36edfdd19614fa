"""What the re-check reads: figures straight from the input rows, and the rows of the plan by node."""

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

LEVELS = range(5)  # of origin
CHINA_STAGE = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
CHINA_GOODS = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}  # scrap that inherits its origin: 4
SMALL = 1.0  # t or M USD: breaches of smaller amounts are shares of this


@dataclass(frozen=True, slots=True)
class Breach:
    """By how much a rule is broken, as a share of the amounts at stake, and where."""

    where: str
    size: float


def excess(where: str, over: float, scale: float) -> Breach:
    """Return a breach of `over` (0 if negative) where amounts of `scale` are at stake."""
    return Breach(where, max(0.0, over) / max(SMALL, abs(scale)))


def num(row: dict[str, object], name: str) -> float:
    """Return a figure of a plan row; 0 where the cell is empty."""
    value = row.get(name)
    if type(value) is float:  # as nearly all are
        return value
    return 0.0 if value is None or value == "" else float(str(value))


class RecheckInputs:
    """The input rows and plan rows that the re-check reads, by node.

    A plan of one scenario alone has perfect foresight, and the scenario a probability of 1.
    """

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
        self._known_before = {place: frozenset(path) for place, path in self._before.items()}

    def acting(self, scenario: str, year: int) -> str:
        """Return the scenario whose shocks act in a year: before its reveal year, its parent's."""
        reveal = self.reveal[scenario]
        return scenario if reveal is None or year >= int(str(reveal)) else self.acting(self.parent[scenario], year)

    def span(self, year: int) -> int:
        """Return how many calendar years a modelled year represents."""
        return int(self.once(("span", year), lambda: self._span(year)))

    def _span(self, year: int) -> int:
        later = [y for y in self.years if y > year]
        return (later[0] if later else self.tables.years[-1] + 1) - year

    def span_years(self, place: Place) -> range:
        """Return the calendar years that a node represents."""
        return range(place[1], place[1] + self.span(place[1]))

    def before(self, place: Place) -> list[Place]:
        """Return the nodes up to a node on its path, itself last."""
        return self._before[place]

    def is_known(self, decided: Place, place: Place) -> bool:
        """Return whether what is decided in a node is decided on the path of another, or in that itself."""
        return decided in self._known_before[place]

    def once(self, key: tuple[object, ...], work: Callable[[], Any]) -> Any:
        """Return the result of a computation, done once for its key."""
        if key not in self._memo:
            self._memo[key] = work()
        return self._memo[key]

    def ids(self, where: str) -> dict[str, Row]:
        """Return the rows of a table by id; none where the sheet is missing."""
        found: dict[str, Row] = self.once(("ids", where), lambda: self.tables.ids(where))
        return found

    @cached_property
    def first_places(self) -> list[Place]:
        """Return the first node of every path, each once."""
        return list(dict.fromkeys(path[0] for path in self.paths.values()))

    def discount_of(self, year: int) -> float:
        """Return the discount factor of a calendar year; that of the last includes the tail years."""
        return float(self.once(("discount", year), lambda: self._discount_of(year)))

    def _discount_of(self, year: int) -> float:
        rate = self.number_setting("discount_rate_percent") / 100
        first, last = self.tables.years[0], self.tables.years[-1]
        tail = int(self.number_setting("tail_years")) if year == last else 0
        return sum(1 / (1 + rate) ** (y - first) for y in range(year, year + tail + 1))

    def discount(self, year: int) -> float:
        """Return the sum of the discount factors of the years that a modelled year represents."""
        return float(self.once(("discounts", year), lambda: sum(self._factors(year).values())))

    def mean(self, place: Place, figure: Callable[[int], float], years: list[int] | None = None) -> float:
        """Return the plain mean of a yearly figure over the years of a node, or over some of them."""
        over = self.span_years(place) if years is None else years
        return sum(map(figure, over)) / len(over)

    def money(self, place: Place, figure: Callable[[int], float]) -> float:
        """Return the mean of a yearly amount of money over the years of a node, weighted by discount factor.

        Times the weight of the node it is the discounted sum over its years.
        """
        factors = self._factors(place[1])
        return sum([factor * figure(y) for y, factor in factors.items()]) / self.discount(place[1])

    def _factors(self, year: int) -> dict[int, float]:
        """Return the discount factor of each of the years that a modelled year represents."""
        found: dict[int, float] = self.once(
            ("factors", year), lambda: {y: self.discount_of(y) for y in self.span_years(("", year))}
        )
        return found

    def part(self, place: Place, years: Collection[int]) -> float:
        """Return the share, by discount factor, of a node's years that are among the given ones."""
        return self.money(place, lambda y: float(y in years))

    def probability(self, place: Place) -> float:
        """Return the probability of a node: that of all scenarios whose path includes it; 1 for one scenario alone."""
        return float(self.once(("probability", place), lambda: self._probability(place)))

    def _probability(self, place: Place) -> float:
        if len(self.paths) == 1:
            return 1.0
        probability = {r.text("scenario"): r.num("probability_percent") / 100 for r in self.tables["Scenarios"]}
        return sum(probability[s] for s, path in self.paths.items() if place in path)

    def number_setting(self, name: str) -> float:
        """Return a setting that is a number."""
        return float(self.once(("setting", name), lambda: float(str(self.tables.setting(name)))))

    @cached_property
    def funds_share(self) -> float:
        """Return the cost of public funds as a share of the money that governments do not get back."""
        return self.number_setting("cost_of_public_funds_percent") / 100

    @cached_property
    def projects(self) -> dict[str, Row]:
        """Return the rows of Projects by id."""
        return self.tables.ids("Projects.project")

    @cached_property
    def plant_stages(self) -> dict[str, str]:
        """Return the stage of every plant."""
        return {name: row.text("stage") for name, row in self.projects.items()}

    @cached_property
    def in_china(self) -> dict[str, bool]:
        """Return for each region whether it counts as China."""
        return {r.text("region"): bool(r["china"]) for r in self.tables["Regions"]}

    @cached_property
    def stage(self) -> dict[str, str]:
        """Return the stage of every commodity: listed, ore of a mine, or mixed heavy oxide."""
        listed = {r.text("commodity"): r.text("stage") for r in self.tables["Commodities"]}
        mixed_oxides = {
            f"mixed_{r['commodity']}": "refinery" for r in self.tables["Elements"] if r["circuit"] == "heavy"
        }
        return {**{p: "mine" for p, r in self.projects.items() if r["stage"] == "mine"}, **mixed_oxides, **listed}

    @cached_property
    def _shocks(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.tables["Shocks"]:
            found[row.text("kind"), row.text("scenario")].append(row)
        return found

    def shocks(self, kind: str, scenario: str, year: int, **names: str) -> list[float]:
        """Return the values of the shocks of a kind that act in a year on what the selectors name."""
        if (kind, scenario) not in self._shocks:  # as mostly
            return []
        key = (kind, scenario, year, *sorted(names.items()))
        if key not in self._found:
            self._found[key] = list(self._acting_shocks(kind, scenario, year, names))
        return self._found[key]

    def _acting_shocks(self, kind: str, scenario: str, year: int, names: dict[str, str]) -> Iterator[float]:
        for row in self._shocks[kind, scenario]:
            start = (
                row["from_year"] if row["from_year"] is not None else (self.reveal[scenario] or self.tables.years[0])
            )
            end = row["to_year"] if row["to_year"] is not None else self.tables.years[-1]
            if int(str(start)) <= year <= int(str(end)) and all(row[k] in ("*", v) for k, v in names.items()):
                yield 1.0 if kind == "outage" else row.num("value")

    def factor(self, kind: str, scenario: str, year: int, **names: str) -> float:
        """Return the product of the shocks of a kind that act in a year on what the selectors name."""
        result = 1.0
        for value in self.shocks(kind, scenario, year, **names):
            result *= value
        return result

    def plant(self, project: str) -> dict[str, str]:
        """Return the selectors of a plant."""
        return self._plants[project]

    @cached_property
    def _plants(self) -> dict[str, dict[str, str]]:
        return {
            name: {"stage": row.text("stage"), "region": row.text("region"), "project": name}
            for name, row in self.projects.items()
        }

    def lead_time(self, project: str) -> int:
        """Return the years from decision to planned start."""
        row = self.projects[project]
        return int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))

    def own(self, project: str, column: str) -> float:
        """Return a project's cost of capital or overrun, percent: its own where filled in, else its region's."""
        row = self.projects[project]
        of_region = self.ids("Regions.region")[row.text("region")]
        return row.num(column) if row[column] is not None else of_region.num(column)

    def overnight(self, project: str) -> float:
        """Return the overnight capex of a module with the cost overrun, M USD."""
        overrun = self.own(project, "cost_overrun_percent") / 100
        return self.projects[project].num("capex_musd_per_module") * (1 + overrun)

    def overnight_of(self, project: str, place: Place) -> float:
        """Return the overnight capex decided in a project in a node, M USD."""
        modules = sum(count for at, count in self.built.get(project, []) if at == place)
        return modules * self.overnight(project) if modules else 0.0

    def supports(self, project: str, decided: Place) -> list[tuple[float, Row]]:
        """Return the public money in a decision: (M USD of capex, its instrument)."""
        return self._supports.get((project, decided), [])

    @cached_property
    def _supports(self) -> dict[tuple[str, Place], list[tuple[float, Row]]]:
        """The public money in every decision."""
        found: dict[tuple[str, Place], list[tuple[float, Row]]] = defaultdict(list)
        for row in self.plan["finance"]:
            decided = str(row["branch"]), int(num(row, "decision_year"))
            instrument = self.ids("Finance.instrument")[str(row["instrument"])]
            found[str(row["project"]), decided].append((num(row, "support_musd"), instrument))
        return found

    @cached_property
    def built(self) -> dict[str, list[tuple[Place, float]]]:
        """Return the builds of each project: (node of the decision, modules)."""
        found: dict[str, list[tuple[Place, float]]] = defaultdict(list)
        for row in self.plan["investments"]:
            found[str(row["project"])].append(
                ((str(row["branch"]), int(num(row, "decision_year"))), num(row, "modules"))
            )
        return found

    def rows(self, table: str) -> list[tuple[Place, dict[str, object]]]:
        """Return the rows of a plan table, each with its node."""
        if table not in self._rows:
            self._rows[table] = [((str(row["branch"]), int(num(row, "year"))), row) for row in self.plan[table]]
        return self._rows[table]

    def rows_at(self, table: str, place: Place) -> list[dict[str, object]]:
        """Return the rows of a plan table in one node."""
        if table not in self._at:
            found: dict[Place, list[dict[str, object]]] = defaultdict(list)
            for at, row in self.rows(table):
                found[at].append(row)
            self._at[table] = found
        return self._at[table].get(place, [])

    def rows_of(self, table: str, place: Place, project: str) -> list[dict[str, object]]:
        """Return the rows of a plan table in one node that are of a project."""
        found: dict[str, list[dict[str, object]]] = self.once(("of", table, place), lambda: defaultdict(list))
        if not found:
            for row in self.rows_at(table, place):
                found[str(row["project"])].append(row)
        return found.get(project, [])

    @cached_property
    def price_floors(self) -> dict[str, list[Row]]:
        """Return the rows of Contracts that are price floors, by project."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in (r for r in self.tables["Contracts"] if r["kind"] == "price_floor"):
            found[row.text("project")].append(row)
        return found

    @cached_property
    def throughput(self) -> dict[tuple[str, Place], float]:
        """Return the throughput of each (project, node), t/year."""
        found: dict[tuple[str, Place], float] = defaultdict(float)
        for place, row in self.rows("production"):
            found[str(row["project"]), place] += num(row, "throughput_t")
        return found

    @cached_property
    def recipes(self) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
        """Return recipe -> (tonnes in, tonnes out) per tonne of throughput; a refinery's recipe has the mine's name."""
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
                recovery = recoveries[project.text("ore_type")].shares[symbol]
                out[name] += assays[mine].shares[symbol] / 100 * recovery / 100
            found[mine] = ({mine: 1.0}, out)
        return found

    @cached_property
    def recipe_stages(self) -> dict[str, set[str]]:
        """Return the stages of plants at which each listed recipe runs."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.tables["Recipes"]:
            found[row.text("recipe")].add(row.text("stage"))
        return found

    @cached_property
    def scrap_inherits(self) -> bool:
        """Return whether scrap has the origin of what it fell from."""
        return self.tables.setting("scrap_origin") == "inherited"

    def china_level(self, commodity: str) -> int:
        """Return the origin level of what is Chinese when it is bought or in an opening stock."""
        stage = self.stage[commodity]
        return 4 if stage == "scrap" and self.scrap_inherits else CHINA_GOODS[stage]

    def opening_level(self, pile: Row) -> int:
        """Return the origin level of the opening stock of a row of Stockpiles."""
        return self.china_level(pile.text("commodity")) if pile["initial_china"] else 0

    def made(self, row: dict[str, object]) -> list[tuple[str, int, float]]:
        """Return (commodity, origin level, t/year) of what a row of production makes; scrap is 0 unless it inherits."""
        _, outputs = self.recipes[str(row["recipe"])]
        origin_level, tonnes = int(num(row, "level")), num(row, "throughput_t")
        clean = {c for c in outputs if self.stage[c] == "scrap" and not self.scrap_inherits}
        return [(c, 0 if c in clean else origin_level, t * tonnes) for c, t in outputs.items()]

    @cached_property
    def offers(self) -> dict[str, dict[str, Row]]:
        """Return offer -> its row of tonnes and its row of prices."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.tables["Imports"]:
            found[row.text("offer")][row.text("measure")] = row
        return found

    def route(self, row: dict[str, object]) -> Row | None:
        """Return the row of Routes that covers a shipment: that of its stage, else the one for all stages."""
        start, end, stage = row["from"], row["to"], self.stage[str(row["commodity"])]
        return self._routes.get((start, end, stage)) or self._routes.get((start, end, "*"))

    @cached_property
    def _routes(self) -> dict[tuple[object, object, str], Row]:
        return {(r["from_region"], r["to_region"], r.text("stage")): r for r in self.tables["Routes"]}
