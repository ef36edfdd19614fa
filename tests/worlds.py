"""Tiny worlds to be solved on paper: one region, one mine that sells its ore, unless a test says more.

Money is given in USD as planners give it: 1_000_000 USD/t is 1 M USD/t, so sums in M USD stay small.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.engine.highs import Options
from didymium.engine.solve import Solution, solve_tree
from didymium.plan.summary import summarise
from didymium.plan.tables import plan_tables
from didymium.tables.schema import SHEETS

Row = dict[str, object]
World = dict[str, list[Row]]
M = 1_000_000  # USD in a M USD


def world(first: int = 2026, last: int = 2026, **settings: object) -> World:
    """A region `here` without plants or demand; money costs nothing (no discount, no interest)."""
    base = {"first_year": first, "last_year": last, "discount_rate_percent": 0, "mip_gap_percent": 0, **settings}
    w: World = {sheet.casefold(): [] for sheet, s in SHEETS.items() if not s.optional}
    w["settings"] = [{"setting": k, "value": v} for k, v in base.items()]
    w["regions"] = [region("here")]
    w["elements"] = [{"element": "Nd", "commodity": "oxide", "circuit": "light"}]
    w["commodities"] = [{"commodity": "oxide", "stage": "refinery"}]
    w["recoveries"] = [{"ore_type": "rock", "Nd": 100}]
    w["segments"] = [{"segment": "cars", "shortage_cost_usd_per_t": M}]
    return w


def region(name: str, china: bool = False, wacc: float = 0, overrun: float = 0) -> Row:
    return {"region": name, "wacc_percent": wacc, "cost_overrun_percent": overrun, "china": "yes" if china else "no"}


def plant(name: str, stage: str, existing: float = 0, region: str = "here", **more: object) -> Row:
    """A plant that stands; with max_modules it can be built (0 years of permitting and construction unless given)."""
    row: Row = {"project": name, "stage": stage, "region": region, "existing_t_per_year": existing, "max_modules": 0}
    row |= {"fixed_opex_usd_per_t_capacity": 0, "variable_opex_usd_per_t": 0}
    if more.get("max_modules"):
        row |= {"module_t_per_year": 10, "capex_musd_per_module": 0, "permitting_years": 0, "construction_years": 0}
    return {**row, **more}


def mine(w: World, name: str = "pit", existing: float = 0, **more: object) -> None:
    """Add a mine whose ore is all Nd, with its assay."""
    w["projects"].append(plant(name, "mine", existing, ore_type="rock", **more))
    w["assays"].append({"mine": name, "Nd": 100})


def wants(
    w: World, commodity: str, tonnes: float | dict[int, float], region: str = "here", segment: str = "cars"
) -> None:
    """Add demand: the same every year, or by year."""
    first, last = years(w)
    amounts = tonnes if isinstance(tonnes, dict) else dict.fromkeys(range(first, last + 1), tonnes)
    w["demand"].append({"region": region, "segment": segment, "commodity": commodity, **amounts})


def offer(
    w: World,
    name: str,
    commodity: str,
    limit: float,
    price: float,
    china: bool = False,
    to: str = "here",
    tariff: float = 0,
) -> None:
    """Add an offer, the same every year."""
    first, last = years(w)
    same = {
        "offer": name,
        "supplier": "x",
        "china": "yes" if china else "no",
        "commodity": commodity,
        "destination": to,
        "tariff_percent": tariff,
    }
    for measure, value in (("limit_t", limit), ("price_usd_per_t", price)):
        w["imports"].append({**same, "measure": measure, **dict.fromkeys(range(first, last + 1), value)})


def commodity(w: World, name: str, stage: str, **more: object) -> None:
    w["commodities"].append({"commodity": name, "stage": stage, **more})


def recipe(w: World, name: str, stage: str, ins: dict[str, float], outs: dict[str, float]) -> None:
    for way, side in (("in", ins), ("out", outs)):
        w["recipes"] += [
            {"recipe": name, "stage": stage, "commodity": c, "direction": way, "t_per_t": t} for c, t in side.items()
        ]


def magnets(w: World) -> None:
    """Metal from 1 t oxide a tonne, magnets from 0.5 t metal a tonne."""
    commodity(w, "metal", "metal")
    commodity(w, "magnet", "magnet")
    recipe(w, "cook", "metal", {"oxide": 1.0}, {"metal": 1.0})
    recipe(w, "press", "magnet", {"metal": 0.5}, {"magnet": 1.0})


def by_year(w: World, value: object) -> Row:
    first, last = years(w)
    return dict.fromkeys(range(first, last + 1), value)


def years(w: World) -> tuple[int, int]:
    settings = {r["setting"]: r["value"] for r in w["settings"]}
    return int(str(settings["first_year"])), int(str(settings["last_year"]))


def write(w: World, folder: Path) -> Path:
    """Write a world as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in w.items():
        sheet = next(s for s in SHEETS.values() if s.name.casefold() == name)
        first, last = years(w)
        columns = [c.name for c in sheet.columns] + ([str(y) for y in range(first, last + 1)] if sheet.years else [])
        columns += ["Nd"] if sheet.elements else []
        columns += [str(c) for row in rows for c in row if str(c) not in columns]
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(columns)), restval="")
            writer.writeheader()
            writer.writerows({str(k): v for k, v in row.items()} for row in rows)
    return folder


def ask(w: World) -> didymium.CaseInputs:
    """Read a world."""
    with tempfile.TemporaryDirectory() as folder:
        return didymium.read(write(w, Path(folder) / "world"))


def solve(w: World, scenario: str | None = None) -> didymium.Plan:
    """Solve a world to the least cost; the re-check has passed."""
    return didymium.solve(ask(w), scenario)


def solution(w: World) -> Solution:
    """The solver's own view of a world: values and duals by component."""
    case = ask(w).case
    return solve_tree(case, path_tree(case, case.base.name), Options(gap=0))


def tree_plan(w: World) -> didymium.Plan:
    """The plan of all scenarios of a world at once, as one tree."""
    inputs = ask(w)
    found = solve_tree(inputs.case, full_tree(inputs.case), Options(gap=0))
    tables = plan_tables(found)
    summary = {
        **summarise(found, tables),
        "versions": {},
        "options": {},
        "input_sha256": inputs.source.sha256,
        "seconds": {"total": 0.0},
    }
    return didymium.Plan(inputs.source, list(found.net.tree.leaves), tables, summary, {}, True)


def total(plan: didymium.Plan, table: str, column: str, **where: object) -> float:
    """The sum of a column over the rows that match."""
    rows = [r for r in plan.tables[table] if all(r[k] == v for k, v in where.items())]
    return sum(float(str(r[column])) for r in rows)


def sound() -> World:
    """A small case without errors: a mine, a refinery, a smelter, offers, targets, two scenarios."""
    w = world(2026, 2028)
    magnets(w)
    mine(w, existing=10, max_modules=2)
    w["projects"] += [plant("works", "refinery", 10), plant("smelter", "metal", 10)]
    offer(w, "china_metal", "metal", 5, 100, china=True)
    wants(w, "metal", 10)
    w["routes"] = [{"from_region": "here", "to_region": "here", "cost_usd_per_t": 1}]
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", 2026: 50}]
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 60},
        {"scenario": "storm", "probability_percent": 40, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "china_limit", "from_year": 2027, "value": 0}]
    return w


def hedge(**more: object) -> World:
    """10 t of metal wanted in 2027 alone. Chinese metal costs 0.1 M USD/t, but in half of the futures it stops in 2027;
    going without costs 1.

    Two plants can be decided in 2026, not later: `large` makes all 10 t from free ore for 6 M USD (fixed), `small` for
    2.4 M USD only 5 t.
    """
    w = world(2026, 2027, **more)
    magnets(w)
    commodity(w, "ore", "refinery")
    recipe(w, "smelt", "metal", {"ore": 1.0}, {"metal": 1.0})
    offer(w, "ore_offer", "ore", 99, 0)
    offer(w, "china_metal", "metal", 10, 100_000, china=True)
    w["projects"] = [
        plant(
            "large",
            "metal",
            max_modules=1,
            module_t_per_year=10,
            capex_musd_per_module=6,
            life_years=1,
            construction_years=1,
            accepts="smelt",
        ),
        plant(
            "small",
            "metal",
            max_modules=1,
            module_t_per_year=5,
            capex_musd_per_module=2.4,
            life_years=1,
            construction_years=1,
            accepts="smelt",
        ),
    ]
    wants(w, "metal", {2026: 0, 2027: 10})
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "china_limit", "from_year": 2027, "value": 0}]
    return w
