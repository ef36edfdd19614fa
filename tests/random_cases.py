"""Random small cases in which every feature of the planning page meets every other, as folders of CSV files."""

from __future__ import annotations

import csv
import random
from pathlib import Path

Table = list[dict[str, object]]


def random_case(seed: int) -> dict[str, Table]:
    """The tables of a case; the same seed gives the same case."""
    return _Maker(random.Random(seed)).tables()


def write_case(tables: dict[str, Table], folder: Path) -> Path:
    """Write tables as CSV files; empty tables keep their header where they have columns."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(c for row in rows for c in row))
        if not columns:
            continue
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def with_a_third_scenario(t: dict[str, Table], seed: int) -> dict[str, Table]:
    """A tree of two scenarios with one more, which leaves the base in a year of its own and is hit otherwise."""
    rng = random.Random(seed)
    storm = t["scenarios"][1]
    first, last = (
        int(str(next(r["value"] for r in t["settings"] if r["setting"] == name)))
        for name in ("first_year", "last_year")
    )
    reveal = rng.randint(first, last)
    gale = {"scenario": "gale", "probability_percent": 15, "reveal_year": reveal}
    hits = [{**row, "scenario": "gale", "from_year": "", "to_year": ""} for row in t["shocks"] if rng.random() < 0.5]
    hits.append(
        {
            **dict.fromkeys(("stage", "commodity", "region", "project", "segment"), "*"),
            "scenario": "gale",
            "kind": "demand",
            "value": 1.2,
        }
    )
    return {
        **t,
        "scenarios": [t["scenarios"][0], {**storm, "probability_percent": 25}, gale],
        "shocks": [*t["shocks"], *hits],
    }


def with_offer_anywhere(t: dict[str, Table], seed: int) -> dict[str, Table]:
    """A case with one more offer, to all regions, of what another offer sells: their goods are the same, not their
    ends."""
    rng = random.Random(seed)
    name = rng.choice([str(row["offer"]) for row in t["imports"]])
    more = [{**row, "offer": "anywhere", "destination": "*"} for row in t["imports"] if row["offer"] == name]
    return {**t, "imports": [*t["imports"], *more]}


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.first = 2026
        self.last = self.first + rng.randint(1, 6)
        self.years = range(self.first, self.last + 1)
        self.regions = ["anna", "bob", "cleo", "dan"][: rng.randint(1, 4)]
        self.china = rng.choice(self.regions) if len(self.regions) > 1 and self.chance(0.4) else None

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 2)

    def region(self) -> str:
        return self.rng.choice(self.regions)

    def star(self, name: str, probability: float = 0.5) -> str:
        return "*" if self.chance(probability) else name

    def tables(self) -> dict[str, Table]:
        t: dict[str, Table] = {}
        t["settings"] = self.settings()
        t["regions"] = [
            {
                "region": r,
                "wacc_percent": self.pick(0, 12),
                "cost_overrun_percent": self.pick(0, 50),
                "china": "yes" if r == self.china else "no",
            }
            for r in self.regions
        ]
        t["elements"] = [
            {"element": "Nd", "commodity": "nd_oxide", "circuit": "light"},
            {"element": "Pr", "commodity": "nd_oxide", "circuit": "light"},
            {"element": "La", "commodity": "la_oxide", "circuit": "light"},
            {"element": "Dy", "commodity": "dy_oxide", "circuit": "heavy"},
        ]
        t["commodities"] = self.commodities()
        t["recipes"] = self.recipes()
        t["recoveries"] = [
            {"ore_type": o, **{e: self.pick(50, 100) for e in ("Nd", "Pr", "La", "Dy")}} for o in ("hard", "clay")
        ]
        t["projects"] = self.projects()
        t["assays"] = [
            {"mine": p["project"], "Nd": 20, "Pr": 8, "La": 60, "Dy": 12} for p in t["projects"] if p["stage"] == "mine"
        ]
        t["segments"] = [
            {"segment": s, "shortage_cost_usd_per_t": self.pick(20_000, 900_000)} for s in ("cars", "arms")
        ]
        t["demand"] = self.demand()
        t["imports"] = self.imports()
        t["routes"] = self.routes()
        if self.chance(0.5):
            t["substitution"] = [
                {
                    "segment": "cars",
                    "cost_usd_per_t": self.pick(10_000, 300_000),
                    **{y: self.pick(0, 40) for y in self.years},
                }
            ]
        if self.chance(0.5):
            t["ramps"] = [{"ramp": "slow", "year_1_percent": 40, "year_2_percent": 70, "year_3_percent": ""}]
        else:
            for p in t["projects"]:
                p.pop("ramp", None)
        if self.chance(0.8):
            t["targets"] = self.targets()
        if self.chance(0.5):
            t["stockpiles"] = self.stockpiles()
        if self.chance(0.5):
            self.money(t)
        if self.chance(0.5):
            t["limits"] = self.limits()
        if self.chance(0.6):
            self.risk(t)
        return t

    def settings(self) -> Table:
        rows = {
            "first_year": self.first,
            "last_year": self.last,
            "discount_rate_percent": self.pick(0, 10),
            "target_policy": "hard" if self.chance(0.25) else "soft",
            "target_penalty_usd_per_t": self.pick(1000, 400_000),
            "max_public_share_percent": self.pick(20, 100),
            "carbon_price_usd_per_t": self.pick(0, 100) if self.chance(0.5) else 0,
            "mip_gap_percent": 0.001,
            "time_limit_s": 60,
        }
        if self.last - self.first >= 3 and self.chance(0.4):
            later = sorted(
                self.rng.sample(range(self.first + 1, self.last + 1), self.rng.randint(1, self.last - self.first - 1))
            )
            rows["milestone_years"] = "; ".join(map(str, [self.first, *later]))
        return [{"setting": k, "value": v} for k, v in rows.items()]

    def commodities(self) -> Table:
        stages = {
            "nd_oxide": "refinery",
            "la_oxide": "refinery",
            "dy_oxide": "refinery",
            "nd_metal": "metal",
            "dy_metal": "metal",
            "plain": "magnet",
            "strong": "magnet",
            "swarf": "scrap",
        }
        rows: Table = []
        for c, stage in stages.items():
            sold = c == "la_oxide" or self.chance(0.2)
            rows.append(
                {
                    "commodity": c,
                    "stage": stage,
                    "reference_price_usd_per_t": self.pick(0, 90_000),
                    "sale_price_usd_per_t": self.pick(100, 9000) if sold else "",
                    "sale_limit_t_per_year": self.pick(0, 200) if sold and self.chance(0.6) else "",
                }
            )
        return rows

    def recipes(self) -> Table:
        def recipe(name: str, stage: str, ins: dict[str, float], outs: dict[str, float]) -> Table:
            return [
                {"recipe": name, "stage": stage, "commodity": c, "direction": way, "t_per_t": v}
                for way, side in (("in", ins), ("out", outs))
                for c, v in side.items()
            ]

        return [
            *recipe("split", "heavy", {"mixed_dy_oxide": 1.0}, {"dy_oxide": 0.9}),
            *recipe("cook_nd", "metal", {"nd_oxide": 1.2}, {"nd_metal": 1.0}),
            *recipe("cook_dy", "metal", {"dy_oxide": 1.25}, {"dy_metal": 1.0}),
            *recipe("press_plain", "magnet", {"nd_metal": 0.35}, {"plain": 1.0, "swarf": 0.2}),
            *recipe("press_strong", "magnet", {"nd_metal": 0.3, "dy_metal": 0.06}, {"strong": 1.0, "swarf": 0.25}),
            *recipe("press_lean", "magnet", {"nd_metal": 0.42}, {"strong": 1.0}),
            *recipe("recover", "recycler", {"swarf": 1.0}, {"nd_oxide": 0.3, "dy_oxide": 0.03}),
        ]

    def projects(self) -> Table:
        counts = {
            "mine": (1, 3),
            "refinery": (1, 2),
            "heavy": (0, 2),
            "metal": (1, 3),
            "magnet": (1, 3),
            "recycler": (0, 2),
        }
        rows: Table = []
        for stage, (minimum, maximum) in counts.items():
            rows += [self.project(stage, f"{stage}_{k}") for k in range(self.rng.randint(minimum, maximum))]
        self.tie(rows)
        return rows

    def project(self, stage: str, name: str) -> dict[str, object]:
        existing = self.pick(10, 300) if self.chance(0.5) else 0
        modules = self.rng.choice([0, 1, 1, 2, 3]) if existing else self.rng.choice([1, 1, 2, 3])
        row: dict[str, object] = {
            "project": name,
            "stage": stage,
            "region": self.region(),
            "existing_t_per_year": existing,
            "retires_year": self.rng.randint(self.first, self.last + 1) if self.chance(0.15) else "",
            "module_t_per_year": self.pick(20, 400) if modules else "",
            "max_modules": modules,
            "min_modules": 1 if modules and self.chance(0.12) else "",
            "capex_musd_per_module": self.pick(0, 60) if modules else "",
            "fixed_opex_usd_per_t_capacity": self.pick(0, 3000),
            "variable_opex_usd_per_t": self.pick(0, 9000),
            "first_decision_year": self.rng.randint(self.first - 1, self.last) if modules and self.chance(0.2) else "",
            "last_decision_year": self.rng.randint(self.first, self.last + 1) if modules and self.chance(0.2) else "",
            "permitting_years": self.rng.randint(0, 1) if modules else "",
            "construction_years": self.rng.randint(0, 2) if modules else "",
            "ramp": "slow" if self.chance(0.5) else "",
            "life_years": self.rng.choice(["", 2, 20]),
            "max_utilisation_percent": self.rng.choice(["", 90]),
            "min_utilisation_percent": self.pick(5, 40) if self.chance(0.12) else "",
            "co2_t_per_t": self.pick(0, 9),
            "water_m3_per_t": self.pick(0, 9),
            "radioactive_t_per_t": self.pick(0, 2),
        }
        if stage == "mine":
            row["ore_type"] = self.rng.choice(["hard", "clay"])
            row["reserve_t"] = self.pick(50, 2000) if self.chance(0.4) else ""
        elif stage == "refinery":
            row["accepts"] = self.rng.choice(["", "*", "*", "hard;clay", "hard", "mine_0"])
        elif stage == "magnet":
            row["accepts"] = self.rng.choice(["", "*", "press_plain;press_strong", "press_lean;press_plain"])
        return row

    def tie(self, rows: Table) -> None:
        """Requirements and exclusive groups; committed projects must be able to be decided."""
        for row in rows:
            if row.get("min_modules"):
                row["first_decision_year"] = row["last_decision_year"] = ""
                row["permitting_years"] = row["construction_years"] = 0
            window = [row["first_decision_year"], row["last_decision_year"]]
            if "" not in window:
                row["first_decision_year"], row["last_decision_year"] = sorted(window, key=int)  # type: ignore[call-overload]
        can = [r for r in rows if r["max_modules"]]
        if len(can) > 2 and self.chance(0.4):
            a, b = self.rng.sample(can, 2)
            a["requires"] = b["project"]
        single = [r for r in can if r["max_modules"] == 1 and not r.get("min_modules")]
        if len(single) > 1 and self.chance(0.4):
            for r in self.rng.sample(single, 2):
                r["exclusive_group"] = "either"

    def demand(self) -> Table:
        rows: Table = []
        for _ in range(self.rng.randint(1, 5)):
            start = self.pick(5, 300)
            commodity = self.rng.choice(["plain", "strong", "strong", "plain", "nd_metal"])
            amounts = {y: round(start * (1 + 0.1 * (y - self.first)), 1) for y in self.years}
            rows.append(
                {
                    "region": self.region(),
                    "segment": self.rng.choice(["cars", "arms"]),
                    "commodity": commodity,
                    **amounts,
                }
            )
        return rows

    def imports(self) -> Table:
        rows: Table = []
        wanted = [
            "plain",
            "strong",
            "nd_metal",
            "dy_metal",
            "nd_oxide",
            "dy_oxide",
            "swarf",
            "mine_0",
            "mixed_dy_oxide",
        ]
        for k, c in enumerate(self.rng.sample(wanted, self.rng.randint(2, len(wanted)))):
            china = self.chance(0.65)
            same = {
                "offer": f"offer_{k}",
                "supplier": "china" if china else "friend",
                "china": "yes" if china else "no",
                "commodity": c,
                "destination": self.star(self.region(), 0.4),
                "tariff_percent": self.pick(0, 30) if self.chance(0.5) else "",
            }
            limit, price = self.pick(0, 400), self.pick(2000, 90_000)
            rows.append({**same, "measure": "limit_t", **dict.fromkeys(self.years, limit)})
            rows.append({**same, "measure": "price_usd_per_t", **dict.fromkeys(self.years, price)})
        return rows

    def routes(self) -> Table:
        rows: Table = [
            {"from_region": "anna", "to_region": "anna", "stage": "*", "cost_usd_per_t": 1, "tariff_percent": 0}
        ]
        for a in self.regions:
            for b in self.regions:
                if a != b and self.chance(0.8):
                    rows.append(
                        {
                            "from_region": a,
                            "to_region": b,
                            "stage": self.rng.choice(["", "*"]),
                            "cost_usd_per_t": self.pick(10, 2000),
                            "tariff_percent": self.pick(0, 20),
                        }
                    )
                if a != b and self.chance(0.3):
                    stage = self.rng.choice(["mine", "refinery", "metal", "magnet", "scrap"])
                    rows.append(
                        {
                            "from_region": a,
                            "to_region": b,
                            "stage": stage,
                            "cost_usd_per_t": self.pick(10, 2000),
                            "tariff_percent": "",
                        }
                    )
        return rows

    def targets(self) -> Table:
        rows: Table = []
        for k in range(self.rng.randint(1, 4)):
            kind = self.rng.choice(
                ["min_china_free_share", "min_china_free_share", "max_region_share", "max_china_import_share"]
            )
            row: dict[str, object] = {
                "target": f"t{k}",
                "type": kind,
                "region": "*",
                "segment": "*",
                "stage": "",
                "commodity": "",
            }
            if kind == "min_china_free_share":
                row |= {
                    "region": self.star(self.region()),
                    "segment": self.star("arms"),
                    "stage": self.rng.choice(["mine", "refinery", "metal", "magnet"]),
                }
            elif kind == "max_region_share":
                row |= {
                    "region": self.region(),
                    "stage": self.rng.choice(["mine", "refinery", "heavy", "metal", "magnet", "recycler"]),
                }
            else:
                row["commodity"] = self.rng.choice(["nd_metal", "dy_oxide", "plain", "strong"])
            row |= {y: self.pick(0, 100) if self.chance(0.7) else "" for y in self.years}
            rows.append(row)
        return rows

    def stockpiles(self) -> Table:
        places = self.rng.sample(
            [(r, c) for r in self.regions for c in ("nd_oxide", "dy_oxide", "nd_metal", "strong", "swarf", "mine_0")], 2
        )
        return [
            {
                "region": r,
                "commodity": c,
                "initial_t": self.pick(0, 80) if self.chance(0.7) else 0,
                "limit_t": self.pick(80, 300),
                "minimum_t": self.pick(0, 20) if self.chance(0.3) else "",
                "holding_usd_per_t_year": self.pick(0, 900),
                "initial_china": self.rng.choice(["yes", "no", ""]),
            }
            for r, c in places
        ]

    def money(self, t: dict[str, Table]) -> None:
        t["finance"] = [
            {
                "instrument": f"loan_{k}",
                "government": self.rng.choice(["north", "south"]),
                "stages": self.rng.choice(["", "*", "mine;refinery", "magnet", "metal;magnet;heavy"]),
                "regions": self.star(self.region()),
                "rate_percent": self.pick(0, 9),
                "max_share_percent": self.pick(10, 80),
            }
            for k in range(self.rng.randint(1, 3))
        ]
        t["budgets"] = [
            {"government": g, **{y: self.pick(0, 20) for y in self.years if self.chance(0.8)}}
            for g in ("north", "south")
        ]

    def limits(self) -> Table:
        scale = {"decisions": 2, "capex_musd": 80, "co2_t": 3000, "water_m3": 3000, "radioactive_t": 800}
        rows: Table = []
        for k in range(self.rng.randint(1, 3)):
            measure = self.rng.choice(list(scale))
            maximum = {
                y: self.rng.randint(0, 3) if measure == "decisions" else self.pick(0, scale[measure])
                for y in self.years
            }
            blank = {y: maximum[y] if self.chance(0.7) else "" for y in self.years}
            stage = self.star(self.rng.choice(["mine", "refinery", "metal", "magnet"]))
            rows.append(
                {"limit": f"limit_{k}", "measure": measure, "region": self.star(self.region()), "stage": stage, **blank}
            )
        return rows

    def risk(self, t: dict[str, Table]) -> None:
        reveal = self.rng.randint(self.first, self.last)
        t["scenarios"] = [
            {"scenario": "calm", "probability_percent": 60, "reveal_year": ""},
            {"scenario": "storm", "probability_percent": 40, "reveal_year": reveal},
        ]
        names = [str(p["project"]) for p in t["projects"]]
        t["shocks"] = [self.shock(reveal, names) for _ in range(self.rng.randint(1, 7))]

    def shock(self, reveal: int, projects: list[str]) -> dict[str, object]:
        kind = self.rng.choice(
            ["china_limit", "china_price", "import_limit", "import_price", "demand", "capex", "delay", "outage"]
        )
        scenario = self.rng.choice(["calm", "storm", "storm"])
        row: dict[str, object] = {
            "scenario": scenario,
            "kind": kind,
            "stage": "*",
            "commodity": "*",
            "region": "*",
            "project": "*",
            "segment": "*",
        }
        if kind.startswith(("china", "import")):
            row |= {
                "stage": self.star(self.rng.choice(["metal", "magnet", "refinery"])),
                "commodity": self.star("strong", 0.7),
                "region": self.star(self.region()),
            }
        elif kind == "demand":
            row |= {"commodity": self.star("strong"), "region": self.star(self.region()), "segment": self.star("arms")}
        else:
            row |= {
                "stage": self.star("magnet"),
                "region": self.star(self.region()),
                "project": self.star(self.rng.choice(projects)),
            }
        earliest = reveal if scenario == "storm" else self.first
        if self.chance(0.6):
            row["from_year"] = self.rng.randint(earliest, self.last)
            row["to_year"] = self.rng.randint(int(row["from_year"]), self.last)
        row["value"] = {"delay": self.rng.randint(1, 2), "outage": 1}.get(kind, self.pick(0, 2))
        return row
