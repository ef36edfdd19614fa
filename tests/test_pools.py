"""Plants that are alike run as one in the model: what that leaves out, that no optimum changes, and what a plan shows
of each plant."""

from __future__ import annotations

from pathlib import Path

from pytest import approx
from random_cases import random_case, write_case
from random_version3 import version_3_case
from worlds import M, World, ask, commodity, offer, plant, recipe, solution, solve, wants, world

import didymium
from didymium.case.network import Network
from didymium.case.pools import apart, pooled, pools_of, together
from didymium.case.tree import path_tree
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.matrix import Matrix, compile_matrix
from didymium.rules import build_model


def two_works() -> World:
    """10 t of soft and 6 t of hard magnets wanted, at 1 t of metal each. Two works make both, of 12 t at 0.1 M USD/t
    and of 8 t at 0.3; metal costs 0.5 M USD/t, 16 t are clean and any more is Chinese."""
    w = world(2026, 2026)
    commodity(w, "metal", "metal")
    for kind in ("soft", "hard"):
        commodity(w, kind, "magnet")
        recipe(w, f"press_{kind}", "magnet", {"metal": 1.0}, {kind: 1.0})
    w["projects"] = [
        plant("old", "magnet", 12, variable_opex_usd_per_t=0.1 * M),
        plant("new", "magnet", 8, variable_opex_usd_per_t=0.3 * M),
    ]
    offer(w, "metal", "metal", 16, 0.5 * M)
    offer(w, "china_metal", "metal", 99, 0.5 * M, china=True)
    wants(w, "soft", 10)
    wants(w, "hard", 6)
    return w


def matrix_of(net: Network) -> Matrix:
    model, terms = build_model(net)
    return compile_matrix(model, terms, list(net.tree.nodes))[0]


def networks(w: World) -> tuple[Network, Network]:
    case = ask(w).case
    net = Network(case, path_tree(case, "base"))
    return net, pooled(net)


def test_alike_plants_are_one_pool() -> None:
    """Two plants, two recipes, two levels (clean, reduced in China): 8 runs; a pool has 2 throughputs and 4 runs."""
    net, one = networks(two_works())
    assert pools_of(net.case) == {"old": ("old", "new")}
    assert (len(net.runs), len(one.runs), len(one.throughputs), len(one.pool_runs)) == (8, 0, 2, 4)
    rows = matrix_of(one).rows
    assert [index for rule, index in rows if rule == "pool"] == [("old", "y2026")]


def test_a_pool_costs_what_its_plants_cost() -> None:
    # 16 t of metal at 0.5, 12 t run at 0.1 and 4 t at 0.3: 8 + 1.2 + 1.2 = 10.4 M USD
    plan = solve(two_works())
    assert plan.cost == approx(10.4)
    made = {(r["project"], r["recipe"]): float(str(r["throughput_t"])) for r in plan.tables["production"]}
    # old runs 12 of 16 t, so three quarters of 10 t soft and of 6 t hard; new a quarter
    assert made == {
        ("old", "press_soft"): approx(7.5),
        ("old", "press_hard"): approx(4.5),
        ("new", "press_soft"): approx(2.5),
        ("new", "press_hard"): approx(1.5),
    }


def test_a_plant_of_its_own_kind_stays_alone() -> None:
    """Another region, other recipes, or a price floor on what it makes."""
    w = two_works()
    w["projects"].append(plant("softer", "magnet", 3, accepts="press_soft"))
    assert pools_of(ask(w).case) == {"old": ("old", "new")}
    floor = {"kind": "price_floor", "commodity": "soft", "government": "x", "price_usd_per_t": 2 * M}
    w["contracts"] = [{"contract": "k", "project": "new", "from_year": 2026, "to_year": 2026, **floor}]
    w["budgets"] = [{"government": "x", 2026: 100}]
    assert pools_of(ask(w).case) == {}


def test_values_go_apart_and_together_again() -> None:
    w = two_works()
    net, _ = networks(w)
    values = solution(w).values
    assert "pool_run" not in values
    pool = together(net, values)
    assert pool["throughput"] == {("old", "y2026"): approx(12), ("new", "y2026"): approx(4)}
    assert sum(v for (_, q, _, _), v in pool["pool_run"].items() if q == "press_soft") == approx(10)
    again = apart(net, pool)
    assert {i: v for i, v in again["run"].items() if v} == {i: approx(v) for i, v in values["run"].items() if v}


def test_a_pool_that_does_not_run_gives_no_shares() -> None:
    net, _ = networks(two_works())
    nothing = {("old", "y2026"): 0.0, ("new", "y2026"): -1e-12}
    found = apart(net, {"throughput": nothing, "pool_run": {("old", "press_soft", 0, "y2026"): 1e-11}})
    assert not found["run"]


def with_twins(tables: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """A case with every plant but mines a second time, half as large and dearer to run."""
    twins = [
        {
            **row,
            "project": f"{row['project']}_twin",
            "existing_t_per_year": float(str(row["existing_t_per_year"] or 0)) / 2,
        }
        | {"variable_opex_usd_per_t": 100 + float(str(row["variable_opex_usd_per_t"] or 0))}
        for row in tables["projects"]
        if row["stage"] != "mine"
    ]
    return {**tables, "projects": [*tables["projects"], *twins]}


def test_random_cases_cost_the_same_with_and_without_pools(tmp_path: Path) -> None:
    """The least cost of the model of every plant and recipe is that of the model of pools, to the solver's tolerance;
    its values, set apart and together again, are the same amounts."""
    pools = 0
    for seed in range(16):
        tables = with_twins(random_case(seed) if seed % 2 else version_3_case(seed))
        case = didymium.read(write_case(tables, tmp_path / str(seed))).case
        net = Network(case, path_tree(case, case.base.name))
        pools += len(pools_of(net.case))
        every, one = matrix_of(net), matrix_of(pooled(net))
        expected, found = (HighsSolve(m, Options(gap=0, time_limit=60)).solve() for m in (every, one))
        assert found.stopped == expected.stopped, seed
        if found.x is not None:
            assert found.objective == approx(expected.objective, rel=1e-6, abs=1e-6), seed
            values = one.values(found.x)
            again = together(net, apart(net, values))["pool_run"]
            assert all(values["pool_run"][index] == approx(tonnes, abs=1e-6) for index, tonnes in again.items()), seed
    assert pools > 16
