"""The Pyomo model as arrays, checked, and handed to HiGHS in one piece.

Pyomo's own HiGHS interfaces are not used: they ignore refused rows and misspelt options, lose the plan on Ctrl-C,
and hand over many times slower.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import pyomo.core as pyo
from numpy.typing import NDArray

from didymium.engine.sparse import csc_matrix, csr_matrix
from didymium.rules.algebra import Sum
from didymium.rules.cost import CostTerms

Floats = NDArray[np.float64]
Values = dict[str, dict[tuple[object, ...], float]]
"""component -> index -> value."""
LARGEST_COEFFICIENT = 1e12
LARGEST_SIDE = 1e17  # from 1e20 on HiGHS takes a bound for infinite
SMALLEST_COEFFICIENT = 1e-9  # HiGHS drops smaller ones without a message


@dataclass(frozen=True, slots=True)
class Matrix:
    """A mixed-integer program as arrays.

    min cost.x + offset, low <= A x <= high, lower <= x <= upper, x[integer] integer.

    `columns` and `rows` name the component and index of each entry, in order.
    """

    cost: Floats
    offset: float
    a: csc_matrix
    low: Floats
    high: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    columns: list[tuple[str, tuple[object, ...]]]
    rows: list[tuple[str, tuple[object, ...]]]

    def with_bounds(self, lower: Floats, upper: Floats) -> Matrix:
        """Return the same with other bounds of the columns."""
        return replace(self, lower=lower, upper=upper)

    def relaxed(self) -> Matrix:
        """Return the same without integers: the relaxation."""
        return replace(self, integer=np.zeros_like(self.integer))

    def violation(self, x: Floats) -> float:
        """Return by how much a point breaks a row, a bound or an integer at most, each as a share of its side (at least
        1)."""
        rows = self.a @ x
        pairs = ((self.low, rows), (rows, self.high), (self.lower, x), (x, self.upper))
        sizes = (self.low, self.high, self.lower, self.upper)
        found = [float(np.abs(x[self.integer] - np.round(x[self.integer])).max(initial=0.0))]
        for (small, large), side in zip(pairs, sizes, strict=True):
            finite = np.isfinite(side)
            over = (small[finite] - large[finite]) / np.maximum(1.0, np.abs(side[finite]))
            found.append(float(over.max(initial=0.0)))
        return max(found)

    def values(self, x: Floats) -> Values:
        """Return a column vector as component -> index -> value."""
        found: Values = {}
        for (component, index), value in zip(self.columns, x.tolist(), strict=True):
            found.setdefault(component, {})[index] = value
        return found


@dataclass(frozen=True, slots=True)
class CostArrays:
    """The cost before weighting as arrays: M USD a year in (kind, node) per unit of a column."""

    kinds: tuple[str, ...]
    nodes: tuple[str, ...]
    kind: NDArray[np.int32]
    node: NDArray[np.int32]
    column: NDArray[np.int32]
    rate: Floats
    fixed: Floats  # kind x node

    def kinds_by_node(self, x: Floats) -> Floats:
        """Return the cost of a plan, M USD a year, kind x node."""
        total = self.fixed.copy()
        np.add.at(total, (self.kind, self.node), self.rate * x[self.column])
        return total


def compile_matrix(m: pyo.ConcreteModel, costs: CostTerms, nodes: list[str]) -> tuple[Matrix, CostArrays]:
    """Return the arrays of a model, in the model's order.

    The rules write every sum as rules.algebra.Sum, which is read as it stands: several times
    faster than Pyomo's general compiler, against which a test holds it. Raises ArithmeticError naming row and
    column where a number is not finite or out of range.
    """
    variables = [(c.local_name, i, v) for c in m.component_objects(pyo.Var) for i, v in c.items()]
    place = {id(v): k for k, (_, _, v) in enumerate(variables)}
    rules = [(c.local_name, i, row) for c in m.component_objects(pyo.Constraint) for i, row in c.items()]
    a, low, high = _rows([row for _, _, row in rules], place)
    cost = np.zeros(len(variables))
    objective = _sum(m.cost.expr)
    np.add.at(cost, [place[id(v)] for v in objective.variables], objective.coefficients)
    lower, upper = _column_bounds([v for _, _, v in variables])
    integer = np.concatenate(
        [np.full(len(c), bool(c) and next(iter(c.values())).is_integer()) for c in m.component_objects(pyo.Var)]
    )
    names = [(component, _index(i)) for component, i, _ in variables]
    matrix = Matrix(
        cost, objective.offset, a, low, high, lower, upper, integer, names, [(rule, _index(i)) for rule, i, _ in rules]
    )
    _refuse_odd_numbers(matrix)
    return matrix, _cost_arrays(costs, nodes, place)


def _index(index: object) -> tuple[object, ...]:
    return index if isinstance(index, tuple) else (index,)


def _rows(constraints: list[pyo.Constraint], place: dict[int, int]) -> tuple[csc_matrix, Floats, Floats]:
    """The entries of the constraints, and their bounds."""
    columns: list[int] = []
    data: list[float] = []
    starts = [0]
    low, high = np.full(len(constraints), -np.inf), np.full(len(constraints), np.inf)
    for k, constraint in enumerate(constraints):
        below, body, above = constraint.to_bounded_expression()
        row = _sum(body)
        data += row.coefficients
        columns += map(place.__getitem__, map(id, row.variables))
        starts.append(len(columns))
        if below is not None:
            low[k] = below
        if above is not None:
            high[k] = above
    entries = csr_matrix(
        (np.array(data, float), np.array(columns, np.int32), np.array(starts, np.int32)), (len(constraints), len(place))
    )
    a = entries.tocsc()
    a.sum_duplicates()
    a.eliminate_zeros()
    return a, low, high


def _sum(expression: object) -> Sum:
    """The sum that a rule wrote."""
    if not isinstance(expression, Sum):
        raise TypeError(f"a rule must write its sums with rules.algebra.linear, not as {expression}")
    return expression


def _column_bounds(columns: list[pyo.Var]) -> tuple[Floats, Floats]:
    bounds = [v.bounds for v in columns]
    lower = np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float)
    upper = np.array([np.inf if high is None else high for _, high in bounds], dtype=float)
    return lower, upper


def _cost_arrays(costs: CostTerms, nodes: list[str], place: dict[int, int]) -> CostArrays:
    order = {name: k for k, name in enumerate(nodes)}
    entries = [
        (k, order[n], place[id(v)], rate) for k, terms in enumerate(costs.terms.values()) for n, rate, v in terms
    ]
    kind, node, column, rate = zip(*entries, strict=True) if entries else ((), (), (), ())
    kinds = tuple(costs.terms)
    fixed = np.zeros((len(kinds), len(nodes)))
    for name, by_node in costs.fixed.items():
        for n, cost in by_node.items():
            fixed[kinds.index(name), order[n]] += cost
    int32 = np.int32
    return CostArrays(
        kinds,
        tuple(nodes),
        np.array(kind, int32),
        np.array(node, int32),
        np.array(column, int32),
        np.array(rate, float),
        fixed,
    )


def _refuse_odd_numbers(matrix: Matrix) -> None:
    """A NaN or huge number reaching the solver could make it solve another model without a message."""
    data = np.abs(matrix.a.data)
    wrong = ~np.isfinite(data) | (data > LARGEST_COEFFICIENT) | ((data > 0) & (data < SMALLEST_COEFFICIENT))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        column = int(np.searchsorted(matrix.a.indptr, at, side="right")) - 1
        row = int(matrix.a.indices[at])
        raise ArithmeticError(
            f"the coefficient {matrix.a.data[at]:g} of {matrix.columns[column]} in {matrix.rows[row]} is out of range"
        )
    sides = (("cost", matrix.cost), ("offset", np.array([matrix.offset])), ("right-hand side", _finite_side(matrix)))
    for name, numbers in sides:
        odd = ~np.isfinite(numbers) | (np.abs(numbers) > LARGEST_SIDE)
        if odd.any():
            raise ArithmeticError(f"a {name} of the model is out of range: {numbers[odd][:3]}")


def _finite_side(matrix: Matrix) -> Floats:
    return np.where(np.isfinite(matrix.low), matrix.low, np.where(np.isinf(matrix.high), 0.0, matrix.high))


def load(highs: highspy.Highs, matrix: Matrix) -> None:
    """Hand a matrix to HiGHS, and check that all of it arrived.

    Raises RuntimeError when HiGHS refuses it or counts other rows, columns or entries.
    """
    a = matrix.a
    kind = np.where(
        matrix.integer, int(highspy.HighsVarType.kInteger.value), int(highspy.HighsVarType.kContinuous.value)
    )
    status = highs.passModel(
        a.shape[1], a.shape[0], a.nnz,
        int(highspy.MatrixFormat.kColwise.value), int(highspy.ObjSense.kMinimize.value), matrix.offset,
        matrix.cost, matrix.lower, matrix.upper, matrix.low, matrix.high,
        a.indptr.astype(np.int32), a.indices.astype(np.int32), a.data.astype(float), kind.astype(np.int32),
    )  # fmt: skip
    arrived = (highs.getNumCol(), highs.getNumRow(), highs.getNumNz())
    if status == highspy.HighsStatus.kError or arrived != (a.shape[1], a.shape[0], a.nnz):
        raise RuntimeError(
            f"HiGHS took {arrived} columns, rows and entries of {(a.shape[1], a.shape[0], a.nnz)} ({status})"
        )
