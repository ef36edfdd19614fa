"""Random small cases in which every feature of version 3 meets every other and all those of version 2."""

from __future__ import annotations

import random

from random_cases import Table, _Maker

Row = dict[str, object]
_GOODS = ("stage", "commodity", "region")
_PLANT = ("stage", "region", "project")
_OUTLET = ("stage", "commodity")
# What selects in each kind of shock, and the table whose rows `item` names.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("china_limit", "china_price", "import_limit", "import_price"), (_GOODS, "imports")),
    "demand": (("commodity", "region", "segment"), "segments"),
    **dict.fromkeys(("capex", "delay", "outage", "fixed_opex", "variable_opex"), (_PLANT, "")),
    "route_cost": (_GOODS, ""),
    "tariff": (_GOODS, "imports"),
    **dict.fromkeys(("sale_price", "sale_limit", "market_price"), (_OUTLET, "")),
    "carbon_price": ((), ""),
    "target": ((), "targets"),
    "budget": ((), "budgets"),
    "limit": ((), "limits"),
}
_IDS = {"imports": "offer", "segments": "segment", "targets": "target", "budgets": "government", "limits": "limit"}


def version_3_case(seed: int) -> dict[str, Table]:
    """Return the tables of a case; the same seed gives the same case."""
    return _Version3(random.Random(seed)).tables()


class _Version3(_Maker):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.last = self.first + rng.choice([0, 1, 2, 3, 4, 5])
        self.years = range(self.first, self.last + 1)
        self.regions = ["anna", "bob", "cleo"][: rng.choice([1, 2, 2, 3])]
        self.china = rng.choice(self.regions) if len(self.regions) > 1 and self.chance(0.4) else None

    def some(self, probability: float, low: float, high: float) -> object:
        """A number, at times 0; blank else."""
        return (0 if self.chance(0.15) else self.pick(low, high)) if self.chance(probability) else ""

    def tables(self) -> dict[str, Table]:
        t = super().tables()
        self._goods(t)
        self._plants(t)
        self._trade(t)
        self._policy(t)
        if self.chance(0.5):
            t["prices"] = self._prices(t)
        if self.chance(0.6):
            t["contracts"] = self._contracts(t)
        if self.chance(0.4):
            self._origin_matters(t)
        t.pop("scenarios", None)
        t.pop("shocks", None)
        if self.chance(0.75):
            t["scenarios"] = self._scenarios()
        if self.chance(0.85):
            names = [str(row["scenario"]) for row in t.get("scenarios", [])] or ["base"]
            t["scenarios"] = t.get("scenarios") or [
                {"scenario": "base", "probability_percent": 100, "reveal_year": "", "parent": ""}
            ]
            t["shocks"] = [self._shock(t, self.rng.choice(names)) for _ in range(self.rng.randint(1, 9))]
        return {name: rows for name, rows in t.items() if rows}

    def settings(self) -> Table:
        rows = [
            row
            for row in super().settings()
            if row["setting"] not in ("milestone_years", "mip_gap_percent", "target_policy", "discount_rate_percent")
        ]
        more = {
            "mip_gap_percent": 0,
            "discount_rate_percent": self.some(1, 0.5, 12),
            "target_policy": "hard" if self.chance(0.1) else "soft",
            "milestone_years": self._milestones() if self.chance(0.6) else "",
            "tail_years": self.rng.randint(0, 4) if self.chance(0.4) else "",
            "scrap_origin": self.rng.choice(["clean", "inherited", ""]),
            "cost_of_public_funds_percent": self.some(0.75, 5, 150),
            "concentrate_payable_percent": self.some(0.3, 0, 100),
            "mixed_payable_percent": self.some(0.3, 0, 100),
            "risk_weight": self.rng.choice([0.2, 0.7, 1]) if self.chance(0.35) else "",
            "risk_tail_percent": self.pick(5, 70) if self.chance(0.5) else "",
        }
        return rows + [{"setting": k, "value": v} for k, v in more.items()]

    def _milestones(self) -> str:
        """Some of the years, at times without the first, at times with a range."""
        few = sorted(self.rng.sample(list(self.years), self.rng.randint(1, len(self.years))))
        if len(few) > 1 and few[1] > few[0] + 1 and self.chance(0.3):
            return "; ".join([f"{few[0]}-{few[1] - 1}", *map(str, few[1:])])
        return "; ".join(map(str, few))

    def projects(self) -> Table:
        counts = {
            "mine": (1, 2),
            "refinery": (1, 2),
            "heavy": (0, 1),
            "metal": (1, 2),
            "magnet": (1, 2),
            "recycler": (0, 1),
        }
        rows: Table = []
        for stage, (minimum, maximum) in counts.items():
            rows += [self.project(stage, f"{stage}_{k}") for k in range(self.rng.randint(minimum, maximum))]
        self.tie(rows)
        return rows

    def project(self, stage: str, name: str) -> Row:
        """Plants as in version 2, with their own money and mothballing; few must run."""
        row = super().project(stage, name)
        row["min_utilisation_percent"] = (
            self.pick(5, 30) if stage not in ("metal", "magnet") and self.chance(0.15) else ""
        )
        if stage == "metal" and self.chance(0.05):
            row |= {"existing_t_per_year": 0, "max_modules": 0, "min_modules": ""}
        row["wacc_percent"] = self.some(0.3, 0, 20)
        row["cost_overrun_percent"] = self.some(0.3, -30, 100)
        row["mothball_percent"] = self.some(0.4, 0, 90)
        return row

    def tie(self, rows: Table) -> None:
        super().tie(rows)
        can = [row for row in rows if row["max_modules"]]
        if len(can) > 1 and self.chance(0.5):
            early, late = sorted(self.rng.sample(range(len(can)), 2))
            can[late].setdefault("requires", can[early]["project"])
        self._without_circles(rows)

    def _without_circles(self, rows: Table) -> None:
        """No project waits for itself, by however many steps."""
        by_name = {row["project"]: row for row in rows}
        for row in rows:
            at, steps = row.get("requires"), 0
            while at and at != row["project"] and steps < len(rows):
                at, steps = by_name[at].get("requires"), steps + 1
            if at == row["project"]:
                row.pop("requires")

    def _goods(self, t: dict[str, Table]) -> None:
        for row in t["assays"]:
            row |= self.rng.choice(
                [{}, {"Nd": 30, "Pr": 10, "La": 59.5, "Dy": 0}, {"Nd": 12, "Pr": 4, "La": 34, "Dy": 50}]
            )
        for row in t["commodities"]:
            probability = 0.5 if row["stage"] in ("refinery", "scrap") else 0.3
            row["disposal_cost_usd_per_t"] = self.some(probability, 1, 9000)
            if row["sale_price_usd_per_t"] == "" and self.chance(0.1):
                row["sale_price_usd_per_t"] = 0

    def _plants(self, t: dict[str, Table]) -> None:
        """Fixed opex that is worth saving, recyclers with work, modules that pay."""
        for row in t["projects"]:
            if row["mothball_percent"] != "" and self.chance(0.5):
                row["fixed_opex_usd_per_t_capacity"] = self.pick(1000, 30_000)
            if row["stage"] == "recycler" and self.chance(0.6):
                row |= {
                    "existing_t_per_year": self.pick(100, 900),
                    "variable_opex_usd_per_t": self.pick(0, 500),
                    "retires_year": "",
                }
            if row["max_modules"] and self.chance(0.5):
                row["capex_musd_per_module"] = self.pick(0, 9)

    def demand(self) -> Table:
        """Rows of version 2, at times with years in which nothing is wanted."""
        rows = super().demand()
        for row in rows:
            if self.chance(0.2):
                row |= {y: 0 for y in self.years if self.chance(0.4)}
        return rows

    def _trade(self, t: dict[str, Table]) -> None:
        """Limits of routes, suppliers, offers by year; scrap is plenty and cheap at times."""
        for row in t["routes"]:
            row["limit_t_per_year"] = self.some(0.4, 1, 200)
        offers: dict[object, tuple[str, float, float]] = {}
        for row in t["imports"]:
            supplier, size, price = offers.setdefault(row["offer"], self._offered(row))
            row["supplier"] = supplier
            scale = size if row["measure"] == "limit_t" else price
            row |= {
                y: round(scale * float(str(row[y])) * (self.pick(0.5, 1.5) if self.chance(0.5) else 1), 2)
                for y in self.years
            }

    def _offered(self, row: Row) -> tuple[str, float, float]:
        """A supplier, and factors on the tonnes and the price of an offer."""
        scrap = row["commodity"] == "swarf" and self.chance(0.7)
        return self.rng.choice(["near", "far"]), 4 if scrap else 1, 0.02 if scrap else self.rng.choice([1, 0.3])

    def _policy(self, t: dict[str, Table]) -> None:
        """Targets on what is bought, their penalties, money tied to projects; budgets and limits that bind."""
        for row in t.get("targets", []):
            self._bought(t, row)
            row["penalty_usd_per_t"] = self.some(0.4, 500, 300_000)
        for row in t.get("finance", []):
            names = [str(p["project"]) for p in t["projects"]]
            row["projects"] = (
                ";".join(self.rng.sample(names, min(3, len(names)))) if self.chance(0.4) else self.rng.choice(["", "*"])
            )
            row["repaid_percent"] = self.rng.choice(["", 0, 50, 100, self.pick(0, 100)])
        if "budgets" in t and self.chance(0.3):
            t["budgets"] = t["budgets"][:1]
        for row in [*t.get("budgets", []), *t.get("limits", [])]:
            tight = self.rng.choice([1, 0.2]) if row.get("measure") != "decisions" else 1
            row |= {y: round(tight * float(str(row[y])), 3) for y in self.years if row.get(y, "") != ""}

    def _bought(self, t: dict[str, Table], row: Row) -> None:
        """A share of what is bought from China or one supplier, mostly of what they offer indeed."""
        if row["type"] != "max_china_import_share" and not self.chance(0.25):
            return
        offer = self.rng.choice([o for o in t["imports"] if o["china"] == "yes"] or t["imports"])
        goods = (
            offer["commodity"]
            if self.chance(0.8)
            else self.rng.choice(["nd_metal", "dy_oxide", "plain", "strong", "nd_oxide"])
        )
        row |= {"region": "*", "segment": "*", "stage": "", "commodity": goods}
        if row["type"] != "max_china_import_share" or self.chance(0.3):
            row |= {"type": "max_supplier_share", "supplier": offer["supplier"]}

    def _origin_matters(self, t: dict[str, Table]) -> None:
        """China is cheap and plenty, and what owes nothing to it is asked for at a high penalty."""
        for row in t["imports"]:
            if row["china"] == "yes" or row["commodity"] == "swarf":
                factor = 3 if row["measure"] == "limit_t" else 0.1
                row |= {"china": "yes"} | {y: round(factor * float(str(row[y])), 2) for y in self.years}
        for row in t.get("stockpiles", []):
            row |= {"initial_t": self.pick(30, 80), "initial_china": self.rng.choice(["yes", "yes", "no"])}
        stage = self.rng.choice(["refinery", "metal", "magnet", "magnet"])
        row = {
            "target": "clean",
            "type": "min_china_free_share",
            "region": "*",
            "segment": "*",
            "stage": stage,
            "commodity": "",
        }
        row |= {"penalty_usd_per_t": self.pick(100_000, 400_000)}
        t.setdefault("targets", []).append(row | {y: self.pick(50, 100) for y in self.years})
        clean = self.chance(0.3)
        t["settings"] = [r for r in t["settings"] if r["setting"] not in ("scrap_origin", "target_policy")]
        t["settings"].append({"setting": "scrap_origin", "value": "clean" if clean else "inherited"})

    def _prices(self, t: dict[str, Table]) -> Table:
        """An outlook with gaps, for some goods; for ore and mixed heavies it is there from the first year."""
        listed = [str(row["commodity"]) for row in t["commodities"]]
        implied = ["mixed_dy_oxide", *(str(row["mine"]) for row in t["assays"])]
        rows: Table = []
        for c in [*self.rng.sample(listed, self.rng.randint(1, 5)), *(c for c in implied if self.chance(0.25))]:
            cells = {y: self.some(0.6, 10, 90_000) for y in self.years}
            if c in implied and cells[self.first] == "":
                cells[self.first] = self.pick(10, 30_000)
            rows.append({"commodity": c, **cells})
        return rows

    def _contracts(self, t: dict[str, Table]) -> Table:
        rows: Table = []
        for k in range(self.rng.randint(1, 3)):
            plant = self.rng.choice(t["projects"])
            start = self.rng.randint(self.first - 1, self.last)
            row: Row = {
                "contract": f"contract_{k}",
                "project": plant["project"],
                "from_year": start,
                "to_year": start + self.rng.randint(0, 5),
            }
            rows.append(row | (self._offtake(plant) if self.chance(0.55) else self._floor(plant)))
        return rows

    def _offtake(self, plant: Row) -> Row:
        """Tonnes for part of the plant, seldom without a price for those not taken."""
        size = float(str(plant["existing_t_per_year"])) or float(str(plant["module_t_per_year"] or 0)) * float(
            str(plant["max_modules"])
        )
        price = self.some(0.85, 100, 60_000)
        return {
            "kind": "offtake",
            "tonnes_per_year": round(size * self.pick(0.05, 0.3 if price == "" else 1.3), 2),
            "price_usd_per_t": price,
        }

    def _floor(self, plant: Row) -> Row:
        made = {
            "mine": [plant["project"]],
            "refinery": ["nd_oxide", "la_oxide", "mixed_dy_oxide"],
            "heavy": ["dy_oxide"],
            "metal": ["nd_metal", "dy_metal"],
            "magnet": ["plain", "strong", "swarf"],
            "recycler": ["nd_oxide", "dy_oxide"],
        }[str(plant["stage"])]
        government = self.rng.choice(["north", "south"])
        plant |= {"variable_opex_usd_per_t": 100} if self.chance(0.5) else {}
        return {
            "kind": "price_floor",
            "commodity": self.rng.choice(made),
            "government": government,
            "price_usd_per_t": self.pick(10_000, 120_000),
        }

    def _scenarios(self) -> Table:
        """A base and up to three more; some leave another's branch, some have 0 %."""
        rows: Table = [{"scenario": "calm", "reveal_year": "", "parent": ""}]
        for name in ("storm", "gale", "frost")[: self.rng.randint(1, 3)]:
            reveal = self.last + 1 if self.chance(0.05) else self.rng.randint(self.first, self.last)
            earlier = [row["scenario"] for row in rows[1:] if int(str(row["reveal_year"])) < reveal]
            parent = self.rng.choice([*earlier, *earlier, "", "calm"]) if earlier else ""
            rows.append({"scenario": name, "reveal_year": reveal, "parent": parent})
        probability = [0 if self.chance(0.25) else self.rng.randint(5, 30) for _ in rows[1:]]
        for row, percent in zip(rows, [100 - sum(probability), *probability], strict=True):
            row["probability_percent"] = percent
        self.rng.shuffle(rows)
        return rows

    def _shock(self, t: dict[str, Table], scenario: str) -> Row:
        kind = self.rng.choice(list(KINDS))
        selectors, items = KINDS[kind]
        row: Row = {"scenario": scenario, "kind": kind}
        row |= dict.fromkeys(("stage", "commodity", "region", "project", "segment", "item"), "*") | self._selected(
            t, selectors
        )
        ids = sorted({str(r[_IDS[items]]) for r in t.get(items, [])}) if items else []
        if ids and self.chance(0.4):
            row["item"] = self.rng.choice(ids)
        reveal = next(str(r["reveal_year"]) for r in t["scenarios"] if r["scenario"] == scenario)
        earliest = int(reveal or self.first)
        if self.chance(0.5):
            row["from_year"] = self.rng.randint(earliest, max(earliest, self.last))
            row["to_year"] = self.rng.randint(int(str(row["from_year"])), self.last + 2) if self.chance(0.7) else ""
        return row | {"value": self._value(kind)}

    def _selected(self, t: dict[str, Table], selectors: tuple[str, ...]) -> Row:
        """Most selectors are *; those that name something name what the case has."""
        plant = self.rng.choice(t["projects"])
        goods = self.rng.choice(t["commodities"])
        known = goods if "project" not in selectors else plant
        names = {
            "stage": known["stage"],
            "commodity": goods["commodity"],
            "region": self.region(),
            "project": plant["project"],
            "segment": "arms",
        }
        return {column: names[column] for column in selectors if self.chance(0.3)}

    def _value(self, kind: str) -> object:
        if kind == "delay":
            return self.rng.randint(1, 2)
        if kind == "tariff":
            return self.pick(-30, 60)
        return "" if kind == "outage" else self.some(1, 0, 2)
