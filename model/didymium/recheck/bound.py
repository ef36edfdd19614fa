"""The bound of a result proven again from its duals, in exact arithmetic, without solver or code of the engine.

For min c.x + offset, low <= A x <= high, lower <= x <= upper, any numbers y of the rows prove, with d = c - A'y,

    cost >= offset + sum over i of (low[i] if y[i] > 0 else high[i]) y[i]
                   + sum over j of (lower[j] if d[j] > 0 else upper[j]) d[j]

Every number is a whole number of some power of two, so sums and products of whole numbers are exact. Where d[j] counts
on a side without a bound, one is taken from a row of that column and the bounds of the row's others, rounded outward.

A split of a column of whole numbers, at most k or k + 1 and more, makes two cases that leave out no plan; each may be
proven by numbers of its own, and no plan costs less than the least of what the cases prove.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

PASSES = 4  # over all rows, for bounds that they imply
Name = tuple[str, tuple[object, ...]]


@dataclass(slots=True)
class LinearProgram:
    """The model as plain lists: `starts`, `rows` and `entries` are its columns one after the other, as in a CSC matrix;
    names are (component or rule, index); `integer` columns take whole numbers only."""

    cost: list[float]
    offset: float
    starts: list[int]
    rows: list[int]
    entries: list[float]
    low: list[float]
    high: list[float]
    lower: list[float]
    upper: list[float]
    integer: list[bool]
    column_names: Sequence[Name]
    row_names: Sequence[Name]


def proven_by_cases(
    program: LinearProgram, splits: Sequence[tuple[str, int] | None], duals: Sequence[Sequence[float]]
) -> float | None:
    """Return what the duals of several cases prove for all plans, as `proven_bound`; None if nothing.

    `splits` in the order of a walk: a split (the column's name, the most of the first case), then all of its first
    case, then all of its second; None is a case, which takes the next duals. Raises ValueError where splits are no
    such walk, or do not split a column of whole numbers.
    """
    known = {f"{component}{index}": j for j, (component, index) in enumerate(program.column_names)}
    waiting, taken, minimum = [(program.lower, program.upper)], 0, math.inf
    for split in splits:
        if not waiting:
            raise ValueError("the proof tells more cases than its splits make")
        lower, upper = waiting.pop()
        if split is not None:
            first, second = _halves(program, known.get(split[0]), split[1], lower, upper)
            waiting += [second, first]
            continue
        if taken == len(duals):
            raise ValueError("the proof has fewer duals than cases")
        bound = proven_bound(replace(program, lower=lower, upper=upper), duals[taken])
        if bound is None:
            return None
        minimum, taken = min(minimum, bound), taken + 1
    if waiting or taken < len(duals):
        raise ValueError("the proof does not tell all cases that its splits make")
    return minimum


def _halves(
    program: LinearProgram, column: int | None, maximum: int, lower: list[float], upper: list[float]
) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
    """The bounds of the two cases of a split."""
    if column is None or not program.integer[column]:
        raise ValueError("the proof splits what is no number of modules")
    below, above = list(upper), list(lower)
    below[column], above[column] = min(below[column], float(maximum)), max(above[column], float(maximum + 1))
    return (lower, below), (above, upper)


def proven_bound(program: LinearProgram, duals: Sequence[float]) -> float | None:
    """Return what the duals prove: the largest number that is not above the exact bound, M USD; None if nothing."""
    exact = _exact_bound(program, duals)
    if exact is None:
        return None
    found = float(exact)
    return math.nextafter(found, -math.inf) if Fraction(found) > exact else found


def _exact_bound(program: LinearProgram, duals: Sequence[float]) -> Fraction | None:
    y = [_usable(dual, low, high) for dual, low, high in zip(duals, program.low, program.high, strict=True)]
    cost, offset, y = _expected(program, y)
    lower, upper = _bounds(program)
    total = offset + sum(
        (
            Fraction(dual) * Fraction(program.low[i] if dual > 0 else program.high[i])
            for i, dual in enumerate(y)
            if dual
        ),
        Fraction(0),
    )
    for j, d in _reduced_costs(program, cost, y):
        side = lower[j] if d > 0 else upper[j]
        if math.isinf(side):
            return None
        total += d * Fraction(side)
    return total


def _usable(dual: float, low: float, high: float) -> float:
    """A dual, or 0 where it would need a side that the row does not have."""
    if (dual > 0 and math.isinf(low)) or (dual < 0 and math.isinf(high)):
        return 0.0
    return dual


def _reduced_costs(
    program: LinearProgram, cost: Sequence[Fraction | float], y: Sequence[float]
) -> Iterable[tuple[int, Fraction]]:
    """Every column's cost less what its rows are worth, where that is not 0."""
    of_entries, entries = _integers(program.entries)
    of_duals, duals = _integers(y)
    for j, own in enumerate(cost):
        span = range(program.starts[j], program.starts[j + 1])
        worth = sum(entries[k] * duals[program.rows[k]] for k in span)
        if worth or own:
            d = Fraction(own) - Fraction(worth, of_entries * of_duals)
            if d:
                yield j, d


def _integers(numbers: Iterable[float]) -> tuple[int, list[int]]:
    """Numbers as whole multiples of one fraction, 1 / the first of the two returned."""
    ratios = [number.as_integer_ratio() for number in numbers]
    unit = max((denominator for _, denominator in ratios), default=1)  # all are powers of two
    return unit, [numerator * (unit // denominator) for numerator, denominator in ratios]


def _bounds(program: LinearProgram) -> tuple[list[float], list[float]]:
    """The bounds of the columns; where there is none, one a row implies, rounded outward: what is left of the row's
    side when all others are at their minimum."""
    lower, upper = list(program.lower), list(program.upper)
    rows: list[list[tuple[int, float]]] = [[] for _ in program.low]
    for j in range(len(program.cost)):
        for k in range(program.starts[j], program.starts[j + 1]):
            rows[program.rows[k]].append((j, program.entries[k]))
    directions = [(program.high[i], row) for i, row in enumerate(rows) if program.high[i] < math.inf]
    directions += [
        (-program.low[i], [(j, -a) for j, a in rows[i]]) for i in range(len(rows)) if program.low[i] > -math.inf
    ]
    without = {1: list(map(math.isinf, upper)), -1: list(map(math.isinf, lower))}
    directions = [(limit, row) for limit, row in directions if any(without[1][j] or without[-1][j] for j, _ in row)]
    for _ in range(PASSES):
        for limit, row in directions:
            _tighten(limit, row, lower, upper, without)
    return lower, upper


def _tighten(
    limit: float, row: list[tuple[int, float]], lower: list[float], upper: list[float], without: dict[int, list[bool]]
) -> None:
    """Bounds that a row of at most `limit` implies for its columns without one, where they are better than before."""
    minimum, free = 0.0, -1
    for j, a in row:
        bound = lower[j] if a > 0 else upper[j]
        if math.isinf(bound):
            if free >= 0:
                return  # two without a bound imply nothing
            free = j
        elif bound:
            minimum = _down(minimum + _down(a * bound))
    for j, a in row:
        if free in (-1, j) and without[1 if a > 0 else -1][j]:
            room = _up(limit - minimum) / a
            own = 0.0 if free == j else (lower[j] if a > 0 else upper[j])
            if a > 0:
                upper[j] = min(upper[j], _up(own + _up(room)))
            else:
                lower[j] = max(lower[j], _down(own + _down(room)))


def _up(number: float) -> float:
    return math.nextafter(number, math.inf)


def _down(number: float) -> float:
    return math.nextafter(number, -math.inf)


def _expected(program: LinearProgram, y: list[float]) -> tuple[list[Fraction | float], Fraction, list[float]]:
    """Costs, offset and duals without the tail: risk weight x CVaR is at least the sum over s of t[s] x cost of s, for
    any t[s] from 0 to risk weight x probability[s] / tail that sum to the risk weight. The tail's own duals are t."""
    offset = Fraction(program.offset)
    columns = {name: j for j, name in enumerate(program.column_names)}
    tail = columns.get(("value_at_risk", ("tail",)))
    if tail is None:
        return list(program.cost), offset, y
    rows: dict[str, dict[tuple[object, ...], int]] = {"tail_excess": {}, "cost_of_node": {}}
    for i, (rule, index) in enumerate(program.row_names):
        if rule in rows:
            rows[rule][index] = i
    limits = {s: Fraction(program.cost[columns["excess", s]]) for s in rows["tail_excess"]}
    wanted = {s: Fraction(y[i]) for s, i in rows["tail_excess"].items()}
    t = _weights(wanted, limits, Fraction(program.cost[tail]))
    cost: list[Fraction | float] = list(program.cost)
    of_row = {i: t[s] for s, i in rows["tail_excess"].items()}
    weight = {i: _worth(program, columns["node_cost", n], of_row) for n, i in rows["cost_of_node"].items()}
    for j in range(len(cost)):
        more = _worth(program, j, weight)
        cost[j] = Fraction(program.cost[j]) - more if more else program.cost[j]
    for name, j in columns.items():
        if name[0] in ("value_at_risk", "excess", "node_cost"):
            cost[j] = 0.0
    offset += sum((w * Fraction(program.low[i]) for i, w in weight.items()), Fraction(0))
    gone = of_row.keys() | weight.keys()
    return cost, offset, [0.0 if i in gone else dual for i, dual in enumerate(y)]


def _worth(program: LinearProgram, j: int, of_row: Mapping[int, Fraction]) -> Fraction:
    """What some rows are worth to a column: the sum of its entries times theirs."""
    span = range(program.starts[j], program.starts[j + 1])
    found = (Fraction(program.entries[k]) * of_row[i] for k in span if (i := program.rows[k]) in of_row)
    return sum(found, Fraction(0))


def _weights(
    wanted: Mapping[tuple[object, ...], Fraction], limits: Mapping[tuple[object, ...], Fraction], total: Fraction
) -> dict[tuple[object, ...], Fraction]:
    """Weights within their limits that sum to the total, as near to the wanted ones as it takes."""
    found = {s: min(max(t, Fraction(0)), limits[s]) for s, t in wanted.items()}
    for s, limit in limits.items():
        found[s] = min(max(found[s] + total - sum(found.values()), Fraction(0)), limit)
    return found
