"""The bound that duals prove: by hand, in floats rounded outward and once more exactly; below the optimum in random
cases; proven again from a result's own duals, where tampering is named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx
from random_cases import random_case, with_a_third_scenario, write_case
from test_rounding import NO, program
from worlds import ask, hedge, wants

import didymium
from didymium.case.tree import full_tree, path_tree
from didymium.engine.bound import _exact_reduced_costs, in_row_order, safe_bound
from didymium.engine.cases import one_case, proof_of
from didymium.engine.highs import HighsSolve, Options
from didymium.engine.matrix import Floats, Matrix
from didymium.engine.solve import prepare
from didymium.recheck.bound import LinearProgram, proven_bound
from didymium.reports.reprove import _program
from didymium.reports.sentences import status_in_words
from didymium.reports.verify import verify
from didymium.results import proof

FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def exactly(matrix: Matrix, duals: Floats) -> float | None:
    return proven_bound(_program(matrix), duals.tolist())


def test_duals_prove_the_same_exactly_as_in_floats_by_hand() -> None:
    """min 2 x + 3 y, x + y >= 4, x <= 3: 9 at x = 3, y = 1. Dual 3: 3 x 4 + min((2 - 3) x, 0 <= x <= 3) = 12 - 3. Dual
    2: 8. Dual 1: 4. A dual of -1 proves nothing, for the row has no upper side: 0."""
    m = program([2, 3], [([1, 1], 4, NO)], [3, NO])
    for dual, bound in ((3.0, 9), (2.0, 8), (1.0, 4), (-1.0, 0)):
        assert exactly(m, np.array([dual])) == bound
        assert safe_bound(m, np.array([dual])) == approx(bound, rel=1e-9)


def test_a_third_is_not_rounded_up() -> None:
    """min x / 3 as the nearest float, x >= 1, dual 0.1: d = 1/3 - 0.1 of these floats, exactly, is above 0, and x is at
    least 1 by its own bound: 0.1 + d = 1/3 as a float. The float sum would do as well; the largest float not above is
    kept."""
    m = replace(program([1 / 3], [([1], 1, NO)], [9]), lower=np.array([1.0]))
    assert exactly(m, np.array([0.1])) == 1 / 3


def test_where_a_column_has_no_bound_one_is_taken_from_a_row() -> None:
    """min -x, x + y <= 5: with dual 0, x <= 5 by the row, -5. x - y <= 5 bounds nothing. Through two rows, x <= y and
    y <= 7: -7."""
    assert exactly(program([-1, 0], [([1, 1], -NO, 5)], [NO, NO]), np.zeros(1)) == approx(-5, rel=1e-12)
    assert exactly(program([-1, 0], [([1, -1], -NO, 5)], [NO, NO]), np.zeros(1)) is None
    two = program([-1, 0], [([1, -1], -NO, 0), ([0, 1], -NO, 7)], [NO, NO])
    assert exactly(two, np.zeros(2)) == approx(-7, rel=1e-12)


def test_a_price_without_limit_is_kept_with_all_its_digits() -> None:
    """Bought without limit at 0.4, sold without limit at 1/3: min 0.4 b - s / 3, b - s >= 0. Any dual from 1/3 to 0.4
    proves 0; 1/3 with the digits that are kept of others is below 1/3 and would prove nothing at all."""
    m = program([0.4, -1 / 3], [([1, -1], 0, NO)], [NO, NO])
    assert proof.as_kept(np.array([1 / 3]))[0] < 1 / 3
    found = proof_of(m, one_case(np.array([1 / 3])))
    assert found is not None
    assert (found.bound, exactly(m, found.duals[0])) == (0, 0)


FACTORS = st.floats(-1e8, 1e8, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(FACTORS, FACTORS), min_size=1, max_size=6), FACTORS)
def test_a_reduced_cost_is_exact_but_for_rounding_down(entries: list[tuple[float, float]], cost: float) -> None:
    """d = cost - sum of a x y, in fractions: what is found is the largest float that is not above it."""
    a, y = ([pair[side] for pair in entries] for side in (0, 1))
    m = program([cost], [([entry], 0, NO) for entry in a], [NO])
    (found,) = _exact_reduced_costs(m, np.array(y), np.array([0]))
    exact = Fraction(cost) - sum((Fraction(p) * Fraction(q) for p, q in entries), Fraction(0))
    assert Fraction(found) <= exact < Fraction(np.nextafter(found, np.inf))


def test_duals_come_back_from_their_texts_as_they_were_kept() -> None:
    duals = proof.as_kept(np.array([0.0, 1 / 3, -2e5 / 7, 1e-13, 0.1]))
    assert duals == approx([0, 1 / 3, -2e5 / 7, 0, 0.1], rel=2e-11, abs=1e-12)
    many = np.resize(duals * np.pi, 20_000)
    kept = proof.as_kept(many)
    texts = proof.to_cells(kept)
    assert max(map(len, texts)) <= proof.CELL
    assert (proof.from_cells(texts, len(kept)) == kept).all()
    for spoiled in (texts[:-1], ["§"], [texts[0][:-9], *texts[1:]]):
        with pytest.raises(ValueError, match="dual"):
            proof.from_cells(spoiled, len(kept))


def test_the_tail_is_an_expectation_with_other_weights_by_hand() -> None:
    """The hedge, half of the weight on the worst half: the cost is 0.5 x E + 0.5 x the mean of the worst 50 %, so of
    calm and storm at even odds 0.25 x calm + 0.75 x storm. The relaxation builds the parts that are worth it; its duals
    prove its cost, within what is kept of them, though the value at risk has no bounds at all."""
    case = ask(hedge(risk_weight=0.5, risk_tail_percent=50)).case
    _, matrix, _ = prepare(case, full_tree(case))
    relaxed = HighsSolve(matrix.relaxed(), Options(), solver="simplex").solve()
    assert relaxed.row_duals is not None
    found = proof_of(matrix, one_case(relaxed.row_duals))
    assert found is not None
    assert found.bound == approx(relaxed.objective, rel=1e-7)
    again = exactly(matrix, in_row_order(matrix, found.duals[0]))
    assert again is not None
    assert found.bound <= again <= (relaxed.objective or 0.0) + 1e-9
    # Weights of the tail that are too large are cut to what they may be, 0.5 for storm: then calm has none.
    tail = np.array([rule == "tail_excess" for rule, _ in matrix.rows])
    exact = exactly(matrix, np.where(tail, 9.0, relaxed.row_duals))
    assert exact is not None
    assert exact <= (relaxed.objective or 0.0) + 1e-9


@FEW
@given(seed=st.integers(0, 10_000), weight=st.sampled_from([0.0, 0.4]), noise=st.sampled_from([0.0, 0.1]))
def test_any_duals_bound_the_optimum_of_random_cases(
    tmp_path_factory: pytest.TempPathFactory, seed: int, weight: float, noise: float
) -> None:
    tables = with_a_third_scenario(random_case(seed), seed) if "scenarios" in random_case(seed) else random_case(seed)
    tables["settings"] += [{"setting": "risk_weight", "value": weight}, {"setting": "risk_tail_percent", "value": 20}]
    case = didymium.read(write_case(tables, tmp_path_factory.mktemp("bound") / "case")).case
    tree = full_tree(case) if len(case.likely) > 1 else path_tree(case, case.base.name)
    _, matrix, _ = prepare(case, tree)
    relaxed = HighsSolve(matrix.relaxed(), Options(), solver="simplex").solve()
    if relaxed.row_duals is None or relaxed.objective is None:
        return
    random = np.random.default_rng(seed)
    duals = relaxed.row_duals * (1 + noise * random.standard_normal(len(matrix.rows)))
    found = proof_of(matrix, one_case(duals))
    slack = 1e-6 * max(1.0, abs(relaxed.objective))
    if found is None:
        assert noise or weight
        return
    assert found.bound <= relaxed.objective + slack
    again = exactly(matrix, in_row_order(matrix, found.duals[0]))
    assert again is not None
    assert found.bound <= again + 1e-9 * max(1.0, abs(again))
    assert again <= relaxed.objective + slack


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    w = hedge()
    w["projects"] = [{**w["projects"][0], "capex_musd_per_module": 4}]
    w["demand"] = []
    wants(w, "metal", {2026: 0, 2027: 6})
    plan = didymium.solve(ask(w), stochastic=True, gap_percent=0)
    # One plant of 10 t for 4 M USD, 6 t wanted: the relaxation builds six tenths of it, 2.4. A whole one costs 4, none
    # (0.6 + 6) / 2 = 3.3.
    assert plan.cost == approx(3.3)
    assert plan.summary["bound_by_duals_musd"] == approx(2.4)
    assert plan.summary["bound_musd"] == approx(3.3)
    return plan.save(tmp_path_factory.mktemp("out"))[0].parent


def changed(folder: Path, to: Path, sheet: str, fact: str, value: object) -> Path:
    """The result with the value of a fact changed, wherever it stands on the sheet."""
    copy = Path(shutil.copytree(folder, to / "copy"))
    book = openpyxl.load_workbook(copy / "results.xlsx")
    row = next(r for r in book[sheet].iter_rows() if r[0].value == fact)
    row[1].value = value
    book.save(copy / "results.xlsx")
    return copy


def test_a_bound_is_proven_again_and_what_rests_on_the_search_is_told(written: Path) -> None:
    statement = verify(written)
    assert statement.holds
    assert statement.bound is not None
    assert statement.bound.proven == approx(2.4)
    assert "proven by duals up to 2.400 M USD; from there to 3.300 it rests on the solver's search" in "".join(
        statement.notes
    )
    words = status_in_words(statement.facts)
    assert words == (
        "Proven least cost. Dual values, checked outside the solver, prove 27.27 %; the rest rests on the solver's"
        " search."
    )


def test_a_tampered_bound_is_named(written: Path, tmp_path: Path) -> None:
    copy = changed(written, tmp_path, "Run", "bound_by_duals_musd", 3.1)
    found = {d.place: d for d in verify(copy).differences}
    assert (found["Proof, the bound"].found, found["Proof, the bound"].expected[:13]) == (
        "3.100 M USD",
        "at most 2.400",
    )


def test_tampered_duals_are_named(written: Path, tmp_path: Path) -> None:
    """Duals of nothing prove what is paid whatever is decided, here 0."""
    found = verify(_with_duals(written, tmp_path, 0.0))
    assert not found.holds
    assert (
        "at most 0.000, which the duals prove" in {d.place: d for d in found.differences}["Proof, the bound"].expected
    )


def _with_duals(folder: Path, to: Path, times: float) -> Path:
    book = openpyxl.load_workbook(folder / "results.xlsx")
    facts = {r[0].value: r[1].value for r in book["Proof"].iter_rows()}
    count = int(str(facts["duals"]))
    duals = proof.from_cells([facts["duals_part_1"]], count) * times
    return changed(folder, to, "Proof", "duals_part_1", proof.to_cells(duals)[0])


def test_duals_that_cannot_be_read_or_are_gone_are_named(written: Path, tmp_path: Path) -> None:
    copy = changed(written, tmp_path, "Proof", "duals_part_1", "nothing")
    assert "no duals that can be read" in {d.found for d in verify(copy).differences}


def test_a_result_of_before_holds_and_says_that_its_bound_was_not_proven_again(written: Path, tmp_path: Path) -> None:
    plan = didymium.load(written)
    assert plan.as_written is not None
    plan.proof = None
    for facts in (plan.summary, plan.as_written):
        del facts["bound_by_duals_musd"]
    folder = plan.save(tmp_path)[0].parent
    statement = verify(folder)
    assert statement.holds, statement.differences
    assert statement.notes == ["The bound was not proven again: the result has no duals for it."]
    assert status_in_words(plan.summary) == "Proven least cost."


def test_a_program_in_plain_lists_needs_no_arrays() -> None:
    one = LinearProgram([1.0], 0.5, [0, 1], [0], [1.0], [2.0], [NO], [0.0], [NO], [False], [("x", ())], [("row", ())])
    assert proven_bound(one, [1.0]) == 2.5
