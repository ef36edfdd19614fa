"""Every rule's algebra on one tiny world, kept as text in tests/golden: who changes a rule sees the new inequality in
the diff.

What the tiny world lacks (a kind of plant, a commodity) is added by a function of ADDITIONS, not to `tiny` itself: the
folder of golden files of an addition holds only the rows that it adds or changes, and the others stay as they are.
To accept a change: `python tests/test_algebra.py` rewrites the files; read their diff before committing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyomo.environ as pyo
import pytest
from algebra import GOLDEN, texts
from worlds import World, ask, by_year, commodity, mine, offer, plant, recipe, region, wants, world

from didymium.case.network import Network
from didymium.case.tree import path_tree
from didymium.rules import build_model


def tiny() -> World:
    """Two regions, two milestones, one of everything: small numbers that print exactly."""
    w = world(
        2026,
        2028,
        milestone_years="2026-2027",
        target_penalty_usd_per_t=500_000,
        max_public_share_percent=50,
        cost_of_public_funds_percent=50,
    )
    w["regions"] = [region("a"), region("b", overrun=100)]
    commodity(w, "metal", "metal", sale_price_usd_per_t=250_000, sale_limit_t_per_year=6)
    w["commodities"][0] |= {"reference_price_usd_per_t": 250_000, "disposal_cost_usd_per_t": 12_500}
    recipe(w, "cook", "metal", {"oxide": 1.25}, {"metal": 1.0})
    mine(w, "pit", 8, region="a", reserve_t=64, co2_t_per_t=2)
    w["projects"] += [
        plant(
            "works",
            "refinery",
            4,
            "a",
            fixed_opex_usd_per_t_capacity=62_500,
            variable_opex_usd_per_t=31_250,
            mothball_percent=50,
        ),
        plant(
            "smelter",
            "metal",
            2,
            "b",
            min_utilisation_percent=25,
            max_modules=2,
            min_modules=1,
            capex_musd_per_module=5,
            ramp="slow",
            fixed_opex_usd_per_t_capacity=125_000,
        ),
        plant(
            "rival",
            "metal",
            0,
            "b",
            max_modules=1,
            requires="smelter_2",
            exclusive_group="either",
            capex_musd_per_module=3,
        ),
        plant("smelter_2", "metal", 0, "b", max_modules=1, exclusive_group="either", permitting_years=1),
    ]
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 50}]
    w["routes"] = [
        {"from_region": "a", "to_region": "b", "cost_usd_per_t": 125_000, "tariff_percent": 10, "limit_t_per_year": 6}
    ]
    offer(w, "china_metal", "metal", 16, 500_000, china=True, to="*")
    offer(w, "friend_oxide", "oxide", 8, 250_000, to="b")
    wants(w, "metal", 12, region="b")
    wants(w, "metal", 4, region="a")
    w["substitution"] = [{"segment": "cars", "cost_usd_per_t": 750_000, **by_year(w, 25)}]
    w["stockpiles"] = [
        {
            "region": "b",
            "commodity": "metal",
            "initial_t": 3,
            "limit_t": 9,
            "minimum_t": 1,
            "holding_usd_per_t_year": 1000,
        }
    ]
    w["targets"] = [
        {"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 50)},
        {"target": "spread", "type": "max_region_share", "region": "b", "stage": "metal", **by_year(w, 75)},
        {"target": "bought", "type": "max_china_import_share", "commodity": "metal", **by_year(w, 25)},
        {
            "target": "leaning",
            "type": "max_supplier_share",
            "commodity": "oxide",
            "supplier": "x",
            "penalty_usd_per_t": 250_000,
            **by_year(w, 50),
        },
    ]
    w["finance"] = [
        {"instrument": "loan", "government": "gov", "rate_percent": 0, "max_share_percent": 40},
        {"instrument": "grant", "government": "gov", "rate_percent": 0, "max_share_percent": 20, "regions": "b"},
    ]
    w["contracts"] = [
        {
            "contract": "owed",
            "kind": "offtake",
            "project": "works",
            "from_year": 2026,
            "to_year": 2027,
            "tonnes_per_year": 2,
            "price_usd_per_t": 25_000,
        },
        {
            "contract": "floor",
            "kind": "price_floor",
            "project": "works",
            "commodity": "oxide",
            "government": "gov",
            "from_year": 2026,
            "to_year": 2030,
        },
    ]
    w["contracts"][1]["price_usd_per_t"] = 375_000
    w["budgets"] = [{"government": "gov", 2026: 2, 2027: 3}]
    w["limits"] = [
        {"limit": "hands", "measure": "decisions", "region": "b", **by_year(w, 1)},
        {"limit": "capital", "measure": "capex_musd", **by_year(w, 20)},
        {"limit": "air", "measure": "co2_t", **by_year(w, 12)},
    ]
    return w


def algebra() -> dict[str, str]:
    """Rule -> its rows on the tiny world, one a line; of a rule that is not there, on the world of its own file."""
    return {rule: text for rule, text in texts(tiny()).items() if text}


def recycling(w: World) -> None:
    """Magnets, the scrap that falls where they are made, and a plant that makes metal of it."""
    commodity(w, "magnet", "magnet")
    commodity(w, "scrap", "scrap")
    recipe(w, "press", "magnet", {"metal": 0.5}, {"magnet": 1.0, "scrap": 0.25})
    recipe(w, "melt", "recycler", {"scrap": 1.0}, {"metal": 0.75})
    w["projects"] += [plant("press_shop", "magnet", 4, "b"), plant("melter", "recycler", 2, "b")]
    wants(w, "magnet", 2, region="b")


# What is added to the tiny world, each by itself; the name is that of its folder in tests/golden.
ADDITIONS: dict[str, Callable[[World], None]] = {"recycling": recycling}


def added(name: str) -> dict[str, str]:
    """Rule -> the rows that an addition brings or changes; what it takes away begins with a minus."""
    w = tiny()
    ADDITIONS[name](w)
    before, found = texts(tiny()), {}
    for rule, text in texts(w).items():
        old, new = before[rule].split("\n"), text.split("\n")
        names = {row.partition(": ")[0] for row in new}
        lines = [row for row in new if row not in old]
        lines += [f"- {row}" for row in old if ": " in row and row.partition(": ")[0] not in names]
        found |= {rule: "\n".join(lines)} if lines else {}
    return found


@pytest.mark.parametrize("name", ADDITIONS)
def test_algebra_of_what_is_added(name: str) -> None:
    files = {path.stem: path.read_text() for path in (GOLDEN / name).glob("*.txt")}
    assert {rule: text + "\n" for rule, text in added(name).items()} == files


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    return algebra()


def test_no_rule_without_its_text() -> None:
    assert set(texts(tiny())) == {path.stem for path in GOLDEN.glob("*.txt")}, (
        "each rule needs a file in tests/golden, each file a rule"
    )


@pytest.mark.parametrize("rule", sorted(algebra()))
def test_algebra(told: dict[str, str], rule: str) -> None:
    assert told[rule] + "\n" == (GOLDEN / f"{rule}.txt").read_text()


def test_every_rule_has_rows_here_or_on_a_world_of_its_own(told: dict[str, str]) -> None:
    """A rule without a row on the tiny world has a test file of its own that calls `algebra.holds`."""
    elsewhere = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert not [rule for rule in set(texts(tiny())) - set(told) if f'holds("{rule}"' not in elsewhere]


def test_every_variable_and_rule_has_its_unit() -> None:
    case = ask(tiny()).case
    model, _ = build_model(Network(case, path_tree(case, "base")))
    for component in model.component_objects((pyo.Var, pyo.Constraint, pyo.Objective)):
        assert re.search(r"\[.+\]$", component.doc or ""), component.name


def test_names_can_be_read_in_an_lp_file(tmp_path: Path) -> None:
    case = ask(tiny()).case
    model, _ = build_model(Network(case, path_tree(case, "base")))
    model.write(str(tmp_path / "tiny.lp"), io_options={"symbolic_solver_labels": True})
    text = (tmp_path / "tiny.lp").read_text()
    assert "capacity(smelter_y2026)" in text
    assert "run(smelter_cook_0_y2026)" in text


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for left in GOLDEN.glob("*.txt"):
        if left.stem not in texts(tiny()):
            left.unlink()
    for name, text in algebra().items():
        (GOLDEN / f"{name}.txt").write_text(text + "\n")
    for folder in ADDITIONS:
        (GOLDEN / folder).mkdir(exist_ok=True)
        for left in (GOLDEN / folder).glob("*.txt"):
            left.unlink()
        for name, text in added(folder).items():
            (GOLDEN / folder / f"{name}.txt").write_text(text + "\n")
