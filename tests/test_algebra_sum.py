"""`rules.algebra.Sum` rests on Pyomo internals, so Pyomo is held below the next minor version.

What it uses and no release note promises: the attributes `_nargs` and `_args_` of `LinearExpression`, that every
visitor chooses by an expression's `__class__`, and that a constraint hands its body back as it was written. To allow
another Pyomo: raise the bound in pyproject.toml, pass this file and test_engine.py with it, then raise BOUND here.
"""

from __future__ import annotations

import re
import tomllib
from io import StringIO
from pathlib import Path

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.core.expr.visitor import identify_variables
from pyomo.repn import generate_standard_repn
from pyomo.repn.plugins.lp_writer import LPWriter

from didymium.rules.algebra import Sum, linear

ROOT = Path(__file__).parents[1]
BOUND = (6, 11)


def test_pyomo_is_held_below_the_version_that_sum_was_not_tried_with() -> None:
    """Sum reads `_nargs`, `_args_` and `__class__`, which are Pyomo's own: a new minor version may change them."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (pyomo,) = [line for line in wanted if line.startswith("pyomo")]
    bound = re.search(r"<(\d+)\.(\d+)", pyomo)
    assert bound is not None, "Sum depends on Pyomo internals: pyomo needs an upper bound in pyproject.toml"
    assert tuple(map(int, bound.groups())) <= BOUND, "try Sum with the newer Pyomo first: this file says what it uses"
    pinned = re.search(r"^pyomo==(\d+)\.(\d+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert tuple(map(int, pinned.groups())) < BOUND


def model() -> tuple[pyo.ConcreteModel, Sum]:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(["a", "b"])
    return m, linear([(2.5, m.x["a"]), (0.0, m.x["b"]), (-1.0, m.x["b"])], 4.0)


def test_a_sum_is_to_pyomo_what_its_own_linear_expression_is() -> None:
    m, found = model()
    assert isinstance(found, LinearExpression)
    assert str(found) == "4.0 + 2.5*x[a] - x[b]"
    assert (found.nargs(), len(found.args), found.arg(0)) == (3, 3, 4.0)
    m.x["a"].value, m.x["b"].value = 2.0, 3.0
    assert pyo.value(found) == 6.0
    assert [v.name for v in identify_variables(found)] == ["x[a]", "x[b]"]
    repn = generate_standard_repn(found)
    assert (repn.constant, repn.linear_coefs, repn.is_linear()) == (4.0, (2.5, -1), True)


def test_a_sum_passes_through_a_constraint_and_a_file_unchanged() -> None:
    m, found = model()
    m.rule = pyo.Constraint(expr=found <= 7.0)
    low, body, high = m.rule.to_bounded_expression()
    assert (low, body is found, high) == (None, True, 7.0)
    m.least = pyo.Objective(expr=linear([(1.0, m.x["a"])]))
    text = StringIO()

    LPWriter().write(m, text, symbolic_solver_labels=True)
    assert "+2.5 x(a)" in text.getvalue()
