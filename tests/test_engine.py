"""The bridge to HiGHS: arrays as Pyomo means them, options that are taken or refused, states told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from pytest import approx
from scipy.sparse import csc_matrix
from test_algebra import tiny
from worlds import ask, mine, solution, wants, world

import didymium
from didymium.case.network import Network
from didymium.case.tree import full_tree, path_tree
from didymium.engine.highs import HighsSolve, Interrupt, Options, _warnings, relative_gap
from didymium.engine.matrix import Matrix, compile_matrix, load
from didymium.engine.prices import price_lp
from didymium.engine.search import FEW_INTEGERS, Search
from didymium.engine.solve import prepare
from didymium.rules import build_model


def test_the_arrays_are_what_pyomos_own_compiler_gives() -> None:
    case = ask(tiny()).case
    tree = path_tree(case, "base")
    model, costs = build_model(Network(case, tree))
    matrix, _ = compile_matrix(model, costs, list(tree.nodes))
    info = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    place = {name: k for k, name in enumerate(f"{c}{list(i)}" for c, i in matrix.columns)}

    def name(v: pyo.Var) -> str:
        return f"{v.parent_component().local_name}{list(v.index())}"

    columns = [place[name(v)] for v in info.columns]
    assert (abs(matrix.a[:, columns] - csc_matrix(info.A)) > 1e-15).nnz == 0
    assert matrix.cost[columns] == approx(np.asarray(info.c.todense()).ravel())
    assert matrix.offset == approx(float(info.c_offset[0]))
    sides = np.array([r.bound_type for r in info.rows])
    assert matrix.low[sides <= 0] == approx(np.asarray(info.rhs)[sides <= 0])
    assert matrix.high[sides >= 0] == approx(np.asarray(info.rhs)[sides >= 0])
    assert np.isinf(matrix.low[sides > 0]).all()
    assert np.isinf(matrix.high[sides < 0]).all()


def test_a_rule_that_writes_its_sum_otherwise_is_refused() -> None:
    case = ask(tiny()).case
    tree = path_tree(case, "base")
    model, costs = build_model(Network(case, tree))
    short = next(iter(model.short.values()))
    model.odd = pyo.Constraint(expr=2 * short + 3 * short**2 <= 4)
    with pytest.raises(TypeError, match="must write its sums with"):
        compile_matrix(model, costs, list(tree.nodes))


def trickle() -> Matrix:
    """A plant that must be built (whole) to make 1 t: min 1000 b + 0.5 x, x >= 1, x <= 1e7 b."""
    a = csc_matrix(np.array([[-1e7, 1.0]]))
    inf = np.inf
    return Matrix(
        np.array([1000.0, 0.5]), 0.0, a, np.array([-inf]), np.array([0.0]), np.array([0.0, 1.0]), np.array([1.0, inf]),
        np.array([True, False]), [("build", ("p", "n")), ("run", ("p", "q", 0, "n"))], [("capacity", ("p", "n"))],
    )  # fmt: skip


def test_a_trickle_of_a_plant_does_not_survive_rounding() -> None:
    # 1e-7 of a plant would do for 1 t; rounded it is none, and then 1 t cannot be made
    outcome = price_lp(trickle(), np.array([1e-7, 1.0]), Options())
    assert outcome.stopped == "infeasible"
    assert price_lp(trickle(), np.array([1.0, 1.0]), Options()).objective == approx(1000.5)


@pytest.mark.parametrize(
    ("number", "what"),
    [(np.nan, "coefficient"), (np.inf, "coefficient"), (1e15, "coefficient"), (1e-12, "coefficient")],
)
def test_odd_coefficients_never_reach_the_solver(number: float, what: str) -> None:
    from didymium.engine.matrix import _refuse_odd_numbers

    matrix = trickle()
    matrix.a.data[1] = number
    with pytest.raises(ArithmeticError, match=rf"the {what} .* of \('run', .*\) in \('capacity'"):
        _refuse_odd_numbers(matrix)


def test_odd_costs_never_reach_the_solver() -> None:
    from didymium.engine.matrix import _refuse_odd_numbers

    with pytest.raises(ArithmeticError, match="a cost of the model is out of range"):
        _refuse_odd_numbers(replace(trickle(), cost=np.array([np.nan, 1.0])))
    with pytest.raises(ArithmeticError, match="a right-hand side of the model is out of range"):
        _refuse_odd_numbers(replace(trickle(), high=np.array([1e21])))


def test_a_model_that_does_not_arrive_whole_is_refused() -> None:
    class Deaf:
        def passModel(self, *arrays: object) -> None:
            return None

        getNumCol = getNumRow = getNumNz = lambda self: 0

    with pytest.raises(RuntimeError, match=r"took \(0, 0, 0\) columns, rows and entries of \(2, 1, 2\)"):
        load(Deaf(), trickle())  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"mip_rel_gapp": 0.1}, {"mip_rel_gap": -1.0}, {"presolve": "sometimes"}])
def test_an_option_that_highs_does_not_take_is_an_error(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="HiGHS does not take"):
        HighsSolve(trickle(), Options(), **options)


def test_an_infeasible_model_is_told_from_an_unbounded_one() -> None:
    assert (
        HighsSolve(replace(trickle(), upper=np.array([0.0, np.inf])), Options())
        .solve()
        .stopped.startswith("infeasible")
    )
    unbounded = replace(trickle(), cost=np.array([1000.0, -0.5]), high=np.array([np.inf]))
    assert HighsSolve(unbounded.relaxed(), Options(), presolve="off").solve().stopped == "unbounded"


def test_threads_may_differ_from_one_solve_to_the_next() -> None:
    for threads in (1, 2, 1):
        assert HighsSolve(trickle(), Options(threads=threads)).solve().objective == approx(1000.5)


def test_an_interrupt_before_the_start_leaves_the_plan_of_what_is_committed() -> None:
    """Nothing is committed, so nothing is built and all that is wanted is short."""
    interrupt = Interrupt()
    interrupt.request()
    plan = didymium.solve(many_choices(), interrupt=interrupt)
    assert plan.status == "interrupted"
    assert len(plan.investments) == 0
    assert plan.summary["bound_musd"] is None
    short = plan["demand"]
    assert short["short_t"].tolist() == approx(short["wanted_t"].tolist())


def test_relative_gap() -> None:
    assert relative_gap(100, 99) == approx(0.01)
    assert relative_gap(-100, -101) == approx(0.01)
    assert relative_gap(0, 0) == 0
    assert relative_gap(None, 1) is None
    assert relative_gap(1, float("-inf")) is None


def many_choices() -> didymium.CaseInputs:
    """More whole variables than the plain search takes: 20 mines with 10 years to decide in, more wanted than is worth
    building."""
    w = world(2026, 2037, discount_rate_percent=6)
    for k in range(20):
        mine(
            w,
            f"pit_{k}",
            max_modules=1,
            capex_musd_per_module=30 + 7 * k,
            life_years=20,
            construction_years=1,
            ramp="slow",
        )
        wants(w, f"pit_{k}", 2 + k % 5)
    w["ramps"] = [{"ramp": "slow", "year_1_percent": 30, "year_2_percent": 60}]
    w["limits"] = [{"limit": "hands", "measure": "decisions", **dict.fromkeys(range(2026, 2038), 2)}]
    return ask(w)


def test_the_two_step_search_finds_what_the_plain_one_finds() -> None:
    case = many_choices().case
    _, matrix, _ = prepare(case, path_tree(case, "base"))
    assert matrix.integer.sum() > FEW_INTEGERS
    plain = HighsSolve(matrix, Options(gap=1e-6)).solve()
    for gap in (1e-6, 0.02):
        stepped = Search(matrix, Options(gap=gap), None, None, None).run()
        assert stepped.objective is not None
        assert plain.objective is not None
        assert stepped.bound is not None
        assert stepped.bound <= plain.objective * (1 + 1e-6)
        assert plain.objective * (1 - 1e-6) <= stepped.objective <= plain.objective / (1 - gap) * (1 + 1e-6)
        assert stepped.stopped == "optimal"


def test_progress_is_told_with_plan_bound_and_gap() -> None:
    heard = []
    plan = didymium.solve(many_choices(), gap_percent=0.01, on_progress=heard.append)
    assert heard[-1].best == approx(plan.cost, rel=1e-3)
    assert heard[-1].bound <= plan.cost * (1 + 1e-6)
    assert [p.elapsed for p in heard] == sorted(p.elapsed for p in heard)


def test_the_whole_tree_is_built_by_the_same_rules() -> None:
    # two scenarios from 2027 on: every rule's rows double there but for the shared 2026
    w = tiny()
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    case = ask(w).case
    _, path, _ = prepare(case, path_tree(case, "calm"))
    _, tree, _ = prepare(case, full_tree(case))
    rows = {name: sum(rule == "demand" for rule, _ in m.rows) for name, m in (("path", path), ("tree", tree))}
    assert rows == {"path": 4, "tree": 6}


def test_duals_carry_the_names_of_their_rules() -> None:
    # 7 of 10 t can be dug: one more tonne of capacity saves 1 M USD of shortage
    w = world()
    mine(w, existing=7)
    wants(w, "pit", 10)
    duals = solution(w).duals
    assert duals["capacity"]["pit", "y2026"] == approx(-1)
    assert duals["demand"]["here|cars|pit", "y2026"] == approx(1)


def test_no_plan_and_no_reason_in_time_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    mine(w, max_modules=1, min_modules=1)
    w["limits"] = [{"limit": "hands", "measure": "decisions", 2026: 0}]
    monkeypatch.setattr("didymium.engine.solve.relaxations", lambda *arguments: None)
    with pytest.raises(didymium.NoPlan, match="was not found in the time allowed"):
        didymium.solve(ask(w))


def test_the_log_ends_with_what_each_step_of_the_search_gained(tmp_path: Path) -> None:
    case = many_choices().case
    _, matrix, _ = prepare(case, path_tree(case, "base"))
    log = tmp_path / "solver.log"
    found = Search(matrix, Options(gap=1e-6), log, None, None).run()
    lines = log.read_text().split("--- steps of the search ---\n")[1].splitlines()
    assert lines[0].split() == ["after", "seconds", "best,", "M", "USD", "at", "least,", "M", "USD", "gap"]
    assert lines[1].startswith("operating what is committed")
    assert lines[2].startswith("solving the relaxation")
    best, bound = (float(lines[-1].split()[-k].replace(",", "")) for k in (4, 3))
    assert best == approx(found.objective, abs=0.05)
    assert bound == approx(found.bound, abs=0.05)


def test_warnings_of_many_solves_in_one_log_are_told_once(tmp_path: Path) -> None:
    # 748 warnings of one search were 62,000 characters, more than a cell of the result workbook holds
    log = tmp_path / "solver.log"
    log.write_text("Running HiGHS\nWARNING: small costs\nWARNING: badly scaled\n" * 400)
    assert _warnings(log) == ["WARNING: small costs", "WARNING: badly scaled"]
    assert _warnings(tmp_path / "none.log") == []
