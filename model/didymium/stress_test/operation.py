"""The operation of a plan in one scenario: an LP built once, of which each run sets right-hand sides, bounds and
prices.

It is the planning model without its investment decisions: capacity on line is on the right-hand side. Take-or-pay,
offtakes and minimum stocks can be relaxed at a price above every other, because no operator can run a plant on nothing;
targets can be missed at their penalty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.matrix import CostArrays, Floats, Matrix
from didymium.engine.persistent import LPData
from didymium.engine.solve import prepare
from didymium.engine.sparse import csc_matrix, csr_matrix, hstack, vstack
from didymium.stress_test.fixed_investments import Built, Stock
from didymium.stress_test.parameters import OperatingParameters

Integers = NDArray[np.int64]
Entry = tuple[str, tuple[object, ...]]
"""The name of a row's rule or a column's decision, and its index."""
INVESTMENTS = ("build", "support")  # decisions that are the plan's
ON_PLANTS = ("capex", "delay", "outage")  # kinds of shock that reach the LP through the parameters of a run
RELAXED = ("take_or_pay", "stock_minimum", "offtake")  # rules with slack, so that there always is an operation
CLEANER = 1e-6  # M USD/t: a tonne cleaner by one level is preferred where it costs less than 1 USD more
SLACK_FACTOR = 1000  # slack costs this many times the highest shortage cost or penalty; at 10 some was used needlessly
FOREVER = 10_000  # years


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of the rows or columns of one kind in the LP, each with its item and its year in the parameters."""

    at: Integers
    item: Integers
    year: Integers


class Operation:
    """The LP of operating, in one scenario, what the fixed investments of any scenario put on line."""

    def __init__(self, case: Case, scenario: str, built: Iterable[Built]) -> None:
        self.case = case
        operated = _operated_case(case, list(built))
        tree = path_tree(operated, scenario)
        self.net, matrix, costs = prepare(operated, tree)
        self.discount = np.array([n.discount for n in tree.nodes.values()])
        self.span = np.array([float(n.span) for n in tree.nodes.values()])
        self.years = [n.year for n in tree.nodes.values()]
        self._node = {name: k for k, name in enumerate(tree.nodes)}
        operating, kept = _without_investments(matrix)
        self.matrix = self._with_stock_drawing(self._with_slack(operating), len(kept))
        self._index_rows()
        self._index_columns()
        self.kinds = costs.kinds
        self._rates = _rates(costs, kept, len(self.matrix.cost))

    def _with_slack(self, matrix: Matrix) -> Matrix:
        """Return the matrix with a column of slack for every row of a rule that can be relaxed.

        An offtake whose tonnes not taken can be paid for is not relaxed.
        """
        paid = set(self.net.untakens)
        relaxed = [k for k, (rule, index) in enumerate(matrix.rows) if rule in RELAXED and index not in paid]
        node = [self.year_of(matrix.rows[k][1]) for k in relaxed]
        cost = SLACK_FACTOR * _highest_price(self.case) * self.discount[node] if relaxed else np.zeros(0)
        entries = csr_matrix((np.ones(len(relaxed)), (relaxed, range(len(relaxed)))), (len(matrix.rows), len(relaxed)))
        return _with_columns(matrix, entries, cost, [("slack", matrix.rows[k][1]) for k in relaxed])

    def _with_stock_drawing(self, matrix: Matrix, decisions: int) -> Matrix:
        """Return the matrix with a row for every stock in every node, and a column by which it is drawn below that.

        The rows bind only operators without foresight, who keep what the plan keeps. Drawing costs half the lowest
        shortage cost: less than going short, more than any gain from selling.
        """
        piles = [(r, c, n) for r, c in self.case.stockpiles for n in self._node]
        count = len(piles)
        lowest = min((d.shortage_cost for d in self.case.demands.values()), default=0.0)
        cost = lowest / 2 * self.discount[[self._node[n] for _, _, n in piles]] if piles else np.zeros(0)
        columns: list[Entry] = [("drawn", pile) for pile in piles]
        wide = _with_columns(matrix, csr_matrix((len(matrix.rows), count)), cost, columns)
        column_of = {index: k for k, (name, index) in enumerate(matrix.columns[:decisions]) if name == "stock"}
        stored = [
            (j, column_of[r, c, origin_level, n])
            for j, (r, c, n) in enumerate(piles)
            for origin_level in self.net.levels_of(r, c)
        ]
        stock = csr_matrix(
            (np.ones(len(stored)), ([j for j, _ in stored], [k for _, k in stored])), (count, len(matrix.columns))
        )
        drawn = csr_matrix((np.ones(count), (range(count), range(count))), (count, count))
        return replace(
            wide,
            a=csc_matrix(vstack([wide.a, hstack([stock, drawn])])),
            low=np.concatenate([wide.low, np.zeros(count)]),
            high=np.concatenate([wide.high, np.full(count, np.inf)]),
            rows=wide.rows + [("stock_kept", pile) for pile in piles],
        )

    def _index_rows(self) -> None:
        """Find the rows whose right-hand sides a run sets."""
        demands, offers, plants = list(self.case.demands), list(self.case.offers), list(self.case.projects)
        rows = self.matrix.rows
        self.demand_rows = self._positions(rows, "demand", demands)
        self.capacity_rows = self._positions(rows, "capacity", plants)
        self.minimum_rows = self._positions(rows, "take_or_pay", plants)
        self.idle_rows = self._positions(rows, "mothball", plants)
        self.offtake_rows = self._positions(rows, "offtake", list(self.case.contracts))
        self.redesign_rows = self._positions(rows, "redesign_stays", demands)
        self.offer_rows = self._positions(rows, "offer_limit", offers)
        self.target_rows = self._positions(rows, "min_china_free_share", list(self.case.targets))
        self.stock_rows = np.array([k for k, (rule, _) in enumerate(rows) if rule == "stock_kept"], dtype=int)
        self.max_use = np.array([p.max_use for p in self.case.projects.values()])
        self.min_use = np.array([p.min_use for p in self.case.projects.values()])
        self._plant_of = np.array([plants.index(k.project) for k in self.case.contracts.values()], dtype=int)

    def _index_columns(self) -> None:
        """Find the columns whose bounds and prices a run sets, and those of which it reads the values."""
        demands, columns = list(self.case.demands), self.matrix.columns
        self.buys = self._positions(columns, "buy", list(self.case.offers))
        rank = {destination: k for k, destination in enumerate(self.net.import_destinations)}
        self._destination = np.array(
            [rank[str(columns[k][1][0]), str(columns[k][1][1])] for k in self.buys.at], dtype=int
        )
        self.substitutions = self._positions(columns, "substitution", demands)
        self.shortages = self._positions(columns, "short", demands)
        self.serves = self._positions(columns, "serve", demands)
        self.shortfalls = self._positions(columns, "target_shortfall", list(self.case.targets))
        self.origin_level = np.array([int(str(columns[k][1][1])) for k in self.serves.at], dtype=int)
        self.slacks = np.array([k for k, (component, _) in enumerate(columns) if component == "slack"], dtype=int)
        self.column_year = np.array([self.year_of(index) for _, index in columns], dtype=int)

    def _positions(self, entries: list[Entry], name: str, order: list[str]) -> Positions:
        """Return the entries of one component or rule, whose index begins with an item and ends with a node."""
        rank = {item: k for k, item in enumerate(order)}
        found = [
            (k, rank[str(index[0])], self.year_of(index))
            for k, (component, index) in enumerate(entries)
            if component == name
        ]
        return Positions(*(np.array([f[j] for f in found], dtype=int) for j in range(3)))

    def year_of(self, index: tuple[object, ...]) -> int:
        """Return the column of the parameters that belongs to the node with which an index ends."""
        return self._node[str(index[-1])]

    def lp_data(self, f: OperatingParameters, stock: Stock | None = None) -> LPData:
        """Return what changes in the LP from run to run: sides, bounds and costs (t/year, M USD/t).

        `stock` is what to keep in store at the end of each year, for an operator who cannot look ahead.
        """
        low, high = self._sides(f)
        if stock is not None:
            for k in self.stock_rows.tolist():
                r, c, n = map(str, self.matrix.rows[k][1])
                low[k] = stock.get((r, c, self.years[self._node[n]]), 0.0)
        upper, cost = self._bounds_and_costs(f)
        return LPData(low, high, self.matrix.lower, upper, cost)

    def _sides(self, f: OperatingParameters) -> tuple[Floats, Floats]:
        """Return the lower and upper sides of all rows, t/year."""
        low, high, on_line = self.matrix.low.copy(), self.matrix.high.copy(), f.online * f.available
        p = self.demand_rows
        low[p.at] = high[p.at] = f.demand[p.item, p.year]
        p = self.capacity_rows
        high[p.at] = self.max_use[p.item] * on_line[p.item, p.year]
        p = self.minimum_rows
        low[p.at] = self.min_use[p.item] * on_line[p.item, p.year]
        p = self.idle_rows
        high[p.at] = on_line[p.item, p.year]
        p = self.offtake_rows
        low[p.at] = f.offtake[p.item, p.year] * f.available[self._plant_of[p.item], p.year] if len(p.at) else 0.0
        p = self.redesign_rows
        low[p.at] = -f.redesign_fall[p.item, p.year]
        p = self.offer_rows
        high[p.at] = f.limit[p.item, p.year]
        p = self.target_rows
        low[p.at] = f.target[p.item, p.year]
        return low, high

    def _bounds_and_costs(self, f: OperatingParameters) -> tuple[Floats, Floats]:
        """Return the upper bounds, t/year, and the discounted costs, M USD/t, of all columns."""
        upper, cost = self.matrix.upper.copy(), self.matrix.cost.copy()
        p = self.buys
        upper[p.at] = f.limit[p.item, p.year]
        cost[p.at] = self.discount[p.year] * f.price[self._destination, p.year]
        p = self.substitutions
        upper[p.at] = f.redesign[p.item, p.year]
        cost[self.serves.at] += CLEANER * self.origin_level * self.discount[self.serves.year]
        return upper, cost

    def costs(self, f: OperatingParameters, x: Floats) -> Floats:
        """Return the cost of an operation by kind and year, M USD a year before weighting: kind x year.

        The price of slack is no cost.
        """
        total: Floats = (self._rates @ x).reshape(len(self.kinds), len(self.years))
        kind = {name: k for k, name in enumerate(self.kinds)}
        total[kind["capital"]] = f.annuity.sum(axis=0) + f.saving[0]
        total[kind["fixed_opex"]] += f.opex.sum(axis=0)  # less what mothballing saves
        total[kind["public_funds"]] += f.public_funds[0]
        total[kind["imports"]] = 0.0
        np.add.at(total[kind["imports"]], self.buys.year, f.price[self._destination, self.buys.year] * x[self.buys.at])
        return total

    def sums(self, positions: Positions, x: Floats, by: Integers, size: int) -> Floats:
        """Return column values added up by a group of each and year: group x year."""
        total = np.zeros((size, len(self.years)))
        np.add.at(total, (by, positions.year), x[positions.at])
        return total


def _without_investments(matrix: Matrix) -> tuple[Matrix, Integers]:
    """Return the matrix without investment decisions and the rows that bind nothing else, and the columns kept."""
    kept = np.array([k for k, (component, _) in enumerate(matrix.columns) if component not in INVESTMENTS], dtype=int)
    a = csr_matrix(matrix.a[:, kept])
    rows = np.flatnonzero(np.diff(a.indptr) > 0)
    operating = Matrix(
        matrix.cost[kept], 0.0, csc_matrix(a[rows]), matrix.low[rows], matrix.high[rows], matrix.lower[kept],
        matrix.upper[kept],
        np.zeros(len(kept), dtype=bool), [matrix.columns[k] for k in kept], [matrix.rows[k] for k in rows],
    )  # fmt: skip
    return operating, kept


def _with_columns(matrix: Matrix, entries: csr_matrix, cost: Floats, columns: list[Entry]) -> Matrix:
    """Return the matrix with continuous columns of 0 or more added on its right."""
    count = len(columns)
    return replace(
        matrix,
        cost=np.concatenate([matrix.cost, cost]),
        a=csc_matrix(hstack([matrix.a, entries])),
        lower=np.concatenate([matrix.lower, np.zeros(count)]),
        upper=np.concatenate([matrix.upper, np.full(count, np.inf)]),
        integer=np.zeros(len(matrix.columns) + count, dtype=bool),
        columns=matrix.columns + columns,
    )


def _highest_price(case: Case) -> float:
    """Return the highest shortage cost or target penalty of a case, M USD/t; at least 0.1."""
    penalties = (t.penalty for t in case.targets.values())
    return max([0.1, *penalties, *(d.shortage_cost for d in case.demands.values())])


def _operated_case(case: Case, built: list[Built]) -> Case:
    """Return the case without shocks on plants, in which a project can be decided in just the years in which it is.

    Candidates that are never built stay, as they make and use goods in the sense of rule 6 of docs/model.md. A module
    lasts for ever, because one that comes late also retires later; what is on line is set by each run.
    """
    years: dict[str, set[int]] = {}
    for investments in built:
        for p, year in investments:
            years.setdefault(p, set()).add(year)
    projects = {
        p.name: replace(
            p, requires=None, group=None, min_modules=0, life=FOREVER,
            max_modules=p.max_modules if p.name in years else 0,
            first_decision=min(years.get(p.name, {0})), last_decision=max(years.get(p.name, {0})),
        )
        for p in case.projects.values()
    }  # fmt: skip
    shocks = tuple(s for s in case.shocks if s.kind not in ON_PLANTS)
    return replace(case, projects=projects, shocks=shocks, instruments={}, hard_targets=False, risk_weight=0.0)


def _rates(costs: CostArrays, kept: Integers, columns: int) -> csr_matrix:
    """Return M USD a year per unit of each column, by (kind, node); 0 for investments, slack and stock drawing."""
    place = np.full(int(max(costs.column.max(initial=-1), kept.max(initial=-1))) + 1, -1)
    place[kept] = np.arange(len(kept))
    column = place[costs.column]
    own = column >= 0
    row = costs.kind[own].astype(int) * len(costs.nodes) + costs.node[own]
    return csr_matrix((costs.rate[own], (row, column[own])), (len(costs.kinds) * len(costs.nodes), columns))
