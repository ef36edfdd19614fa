"""What past decisions hand over to later years, and a price LP that the solver calls infeasible at first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explore_trees import outcome, tree
from pytest import approx
from test_engine import trickle
from worlds import World, ask, hedge, mine, wants, world, write

import didymium
from didymium import api, cli
from didymium.case.tree import path_tree
from didymium.engine import prices
from didymium.engine.continued import ROOM, continuing
from didymium.engine.highs import HighsSolve, Options, Outcome
from didymium.engine.matrix import Matrix, Values
from didymium.engine.solve import continue_from, prepare, solve_tree
from didymium.solving import SolveCallbacks


def two_years(**more: object) -> World:
    """A pit of 5 t that may get a module of 5 t more; ore can be stored; its reserve is 12 t."""
    w = world(2026, 2027)
    mine(w, existing=5, max_modules=1, module_t_per_year=5, capex_musd_per_module=1, reserve_t=12, **more)
    w["stockpiles"] = [
        {"region": "here", "commodity": "pit", "initial_t": 0, "limit_t": 9, "holding_usd_per_t_year": 0}
    ]
    wants(w, "pit", {2026: 4, 2027: 8})
    return w


def handed_over(held: Values) -> tuple[Matrix, Matrix]:
    """The model of two years, and what is left of it once 2026 is fixed."""
    case = ask(two_years()).case
    net, matrix, _ = prepare(case, path_tree(case, "base"))
    return matrix, continuing(matrix, net, held, 2027)


def row(matrix: Matrix, rule: str, node: str | None = None) -> tuple[float, float]:
    k = next(k for k, (name, index) in enumerate(matrix.rows) if name == rule and node in (None, index[-1]))
    return matrix.low[k], matrix.high[k]


def test_amounts_have_room_above_the_tolerance_and_modules_none() -> None:
    # dug in 2026: 5 t, 1 stored; the reserve of 12 t then has a little room, 2027's capacity has none
    held: Values = {
        "build": {("pit", "y2026"): 1.0000004},
        "run": {("pit", "dig pit", 0, "y2026"): 5.0},
        "stock": {("here", "pit", 0, "y2026"): 1.0},
    }
    whole, rest = handed_over(held)
    assert row(rest, "reserve")[1] == approx(12 + ROOM, abs=1e-12)
    assert row(rest, "capacity", "y2027") == row(whole, "capacity", "y2027"), (
        "handed over is one module, a whole number"
    )
    assert row(rest, "balance", "y2027")[0] == approx(row(whole, "balance", "y2027")[0] - ROOM, abs=1e-12)
    assert row(rest, "capacity", "y2026") == (-np.inf, np.inf), "over past decisions alone"
    built = next(k for k, (name, index) in enumerate(rest.columns) if (name, index) == ("build", ("pit", "y2026")))
    assert (rest.lower[built], rest.upper[built]) == (1, 1)


def test_noise_is_not_handed_over() -> None:
    whole, rest = handed_over({"stock": {("here", "pit", 0, "y2026"): 3e-8}})
    k = next(k for k, (name, index) in enumerate(rest.columns) if name == "stock" and index[-1] == "y2026")
    assert (rest.lower[k], rest.upper[k]) == (0, 0)
    assert row(rest, "balance", "y2027") == row(whole, "balance", "y2027"), (
        "nothing is handed over, so there is no room"
    )


def test_a_reserve_that_is_overdrawn_by_the_tolerance_leaves_a_plan() -> None:
    # 6 t a year at least from a pit whose 12 t are then dug to the last: 2026 took 6.0000001
    w = world(2026, 2027)
    mine(w, existing=6, reserve_t=12, min_utilisation_percent=100)
    wants(w, "pit", 6)
    case = ask(w).case
    path = path_tree(case, "base")
    first = solve_tree(case, path, Options(gap=0))
    key = ("pit", next(q for _, q, _, _ in first.values["run"]), 0, "y2026")
    first.values["run"][key] = 6 + 1e-7
    assert continue_from(case, path, first.values, 2027, Options(gap=0)).objective == approx(0, abs=1e-9)


@pytest.mark.parametrize("seed", [891])
def test_a_tree_that_was_called_broken(seed: int) -> None:
    """The price LP of the plan that trusts the base was called infeasible: a capacity of nothing had room of just the
    tolerance."""
    asked = tree(seed)
    assert asked is not None
    assert outcome(asked) == "plan"


def test_a_price_lp_that_fails_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[dict[str, object]] = []

    class Failing(HighsSolve):
        def __init__(self, matrix: Matrix, options: Options, log: Path | None = None, **more: object) -> None:
            ways.append(more)
            super().__init__(matrix, options, log, **more)

        def solve(self, *arguments: object, **named: object) -> Outcome:
            done = super().solve()
            return replace(done, stopped="infeasible", x=None) if len(ways) < 3 else done

    monkeypatch.setattr(prices, "HighsSolve", Failing)
    assert prices.price_lp(trickle(), np.array([1.0, 1.0]), Options()).objective == approx(1000.5)
    assert [bool(way) for way in ways] == [False, True, True]


@pytest.mark.parametrize(
    "error",
    [
        didymium.BrokenPlan("broken"),
        didymium.LostJob("lost"),
        didymium.Unfinished("slow"),
        MemoryError("much"),
        RuntimeError("odd"),
    ],
)
def test_the_values_of_information_never_cost_the_plan(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*arguments: object) -> None:
        assert (tmp_path / "out" / "summary.json").exists(), "the plan is written before they are begun"
        raise error

    monkeypatch.setattr(api, "value", fails)
    folder = str(write(hedge(), tmp_path / "case"))
    assert cli.main(["solve", folder, "--stochastic", "--value", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["objective_musd"], "value" in summary) == (approx(5.15), False)
    assert "the plan stands without them" in capsys.readouterr().err


def test_a_broken_part_of_the_values_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    import didymium.value as module

    solve = module.checked_plan

    def broken(asked: object, tree: object, options: object, watch: object, by: object = None) -> object:
        if by is not None:
            raise didymium.BrokenPlan("does not survive")
        return solve(asked, tree, options, watch)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "checked_plan", broken)
    asked = ask(hedge())
    said: list[str] = []
    told = module.value(asked, didymium.solve(asked, stochastic=True), Options(), SolveCallbacks(said.append))
    assert (told["trust_base_musd"], told["wait_and_see_musd"]) == (None, approx(3.5))
    assert any("not found; the values that need it stay unknown (does not survive)" in line for line in said)
