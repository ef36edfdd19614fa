"""Goods, recipes, who can make and take what, and what goods are worth: sections 2 and 3, and market prices."""

from __future__ import annotations

from collections import defaultdict

from reference.paths import Path
from reference.tables import Tables, given, listed, num, settings, share, yes

LEVELS = range(5)
PLANT_LEVEL = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
Sides = tuple[dict[str, float], dict[str, float]]


class Chain:
    """What the tables say of goods and plants, whatever the year."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.settings = settings(tables)
        self.inherited = self.settings.get("scrap_origin") == "inherited"
        self.china = {row["region"]: yes(row, "china") for row in tables["regions"]}
        self.region = {row["region"]: row for row in tables["regions"]}
        self.projects = {row["project"]: row for row in tables["projects"]}
        self.mines = [p for p, row in self.projects.items() if row["stage"] == "mine"]
        self.goods = {row["commodity"]: row for row in tables["commodities"]}
        self.mixed = {"mixed_" + e["commodity"]: e["commodity"] for e in tables["elements"] if e["circuit"] == "heavy"}
        self.stage = {c: row["stage"] for c, row in self.goods.items()}
        self.stage |= dict.fromkeys(self.mines, "mine") | dict.fromkeys(self.mixed, "refinery")
        self.assay = {row["mine"]: row for row in tables["assays"]}
        self.recovery = {row["ore_type"]: row for row in tables["recoveries"]}
        self.recipes = self._recipes()
        self._places()

    def _recipes(self) -> dict[str, Sides]:
        """Inputs and outputs by recipe: those listed, digging a mine's ore, and refining it."""
        found: dict[str, Sides] = defaultdict(lambda: ({}, {}))
        for row in self.tables["recipes"]:
            found[row["recipe"]][row["direction"] == "out"][row["commodity"]] = num(row, "t_per_t")
        for mine in self.mines:
            found["dig " + mine] = ({}, {mine: 1.0})
            found["refine " + mine] = ({mine: 1.0}, self._refined(mine))
        return dict(found)

    def _refined(self, mine: str) -> dict[str, float]:
        """Tonnes of each commodity from a tonne of a mine's ore."""
        out: dict[str, float] = defaultdict(float)
        for element in self.tables["elements"]:
            name = element["commodity"] if element["circuit"] == "light" else "mixed_" + element["commodity"]
            out[name] += self._yield(mine, element["element"])
        return {c: tonnes for c, tonnes in out.items() if tonnes}

    def _yield(self, mine: str, element: str) -> float:
        return share(self.assay[mine], element) * share(self.recovery[self.projects[mine]["ore_type"]], element)

    def runs(self, p: str) -> list[str]:
        """The recipes that a plant can run."""
        row = self.projects[p]
        accepts = listed(row, "accepts")
        if row["stage"] == "mine":
            return ["dig " + p]
        if row["stage"] == "refinery":
            return ["refine " + m for m in self.mines if accepts & {"*", m, self.projects[m]["ore_type"]}]
        known = {r["recipe"]: r["stage"] for r in self.tables["recipes"]}
        return [q for q, stage in known.items() if stage == row["stage"] and accepts & {"*", q}]

    def _places(self) -> None:
        """Where goods are made or stored, and where they are taken."""
        self.made: set[tuple[str, str]] = set()
        self.used: set[tuple[str, str]] = set()
        for p, row in self.projects.items():
            for q in self.runs(p):
                self.used |= {(row["region"], c) for c in self.recipes[q][0]}
                self.made |= {(row["region"], c) for c in self.recipes[q][1]}
        self.used |= {(row["region"], row["commodity"]) for row in (*self.tables["demand"], *self.tables["stockpiles"])}
        self.made |= {(row["region"], row["commodity"]) for row in self.tables["stockpiles"]}

    def lowest_origin(self, p: str) -> int:
        """The cleanest level at which a plant can run."""
        row = self.projects[p]
        return PLANT_LEVEL[row["stage"]] if self.china[row["region"]] else 0

    def made_at(self, commodity: str, origin_level: int) -> int:
        """The level of what a run at `level` makes; scrap is clean unless it inherits."""
        return 0 if self.stage[commodity] == "scrap" and not self.inherited else origin_level

    def origin_from_china(self, commodity: str) -> int:
        """The level of what enters from China, bought or in stock."""
        scrap = 4 if self.inherited else 0
        return {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": scrap}[self.stage[commodity]]

    def disposal(self, commodity: str) -> float | None:
        """USD a tonne thrown away; None where that is not allowed."""
        row = self.goods.get(commodity, {})
        joint = self.stage[commodity] in ("refinery", "scrap")
        return num(row, "disposal_cost_usd_per_t") if joint or given(row, "disposal_cost_usd_per_t") else None

    def price(self, commodity: str, year: int, path: Path) -> float:
        """USD/t on the market in a year of a path."""
        quoted = self._quote(commodity, year, path.first)
        if quoted is None and commodity in self.mines:
            worth = sum(
                self._yield(commodity, e["element"]) * self.price(e["commodity"], year, path)
                for e in self.tables["elements"]
            )
            return share(self.settings, "concentrate_payable_percent", 35) * worth
        if quoted is None and commodity in self.mixed:
            return share(self.settings, "mixed_payable_percent", 70) * self.price(self.mixed[commodity], year, path)
        price = num(self.goods[commodity], "reference_price_usd_per_t") if quoted is None else quoted
        return price * path.factor("market_price", year, stage=self.stage[commodity], commodity=commodity)

    def _quote(self, commodity: str, year: int, first: int) -> float | None:
        """What sheet Prices gives for a year: its own cell, or the last given before it; None where there is
        neither."""
        row = next((r for r in self.tables["prices"] if r["commodity"] == commodity), {})
        years = [y for y in range(first, year + 1) if given(row, str(y))]
        return num(row, str(years[-1])) if years else None
