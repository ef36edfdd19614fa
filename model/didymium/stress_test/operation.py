"""The operation of a plan whose builds are held in one scenario: one LP made once, whose sides, bounds and prices each
run sets anew.

It is the planning model without its builds: capacity on line stands on the right-hand side. Take-or-pay, offtakes and
least stocks can give, at a price above every other, for no operator runs a plant on nothing; targets can be missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, hstack, vstack

from didymium.case.case import Case
from didymium.case.tree import path_tree
from didymium.engine.matrix import CostArrays, Floats, Matrix
from didymium.engine.persistent import LPData
from didymium.engine.solve import prepare
from didymium.stress_test.fixed_investments import Built, Stock
from didymium.stress_test.parameters import OperatingParameters

Whole = NDArray[np.int64]
HELD = ("build", "support")  # decisions that are the plan's
ON_PLANTS = ("capex", "delay", "outage")  # kinds of shock that a run tells the LP by its figures
GIVES = ("take_or_pay", "stock_minimum", "offtake")  # rules that give rather than leave no operation at all
CLEANER = 1e-6  # M USD/t: a tonne cleaner by one level is taken where it costs less than 1 USD more
DEAREST = 1000  # times the dearest shortage or miss: what a tonne that gives way costs. At 10, one that did not have to did so.
FOREVER = 10_000  # years


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows or columns of one kind stand: position, row of the figures, column (year) of the figures."""

    at: Whole
    item: Whole
    year: Whole


class Operation:
    """The LP of operating, in one scenario, what the holdings of any scenario put on line."""

    def __init__(self, case: Case, scenario: str, built: Iterable[Built]) -> None:
        self.case = case
        whole = _with_all_that_may_stand(case, list(built))
        tree = path_tree(whole, scenario)
        self.net, matrix, costs = prepare(whole, tree)
        self.discount = np.array([n.discount for n in tree.nodes.values()])
        self.span = np.array([float(n.span) for n in tree.nodes.values()])
        self.years = [n.year for n in tree.nodes.values()]
        self._node = {name: k for k, name in enumerate(tree.nodes)}
        self.matrix, kept = self._operating(matrix)
        self._index()
        self.kinds = costs.kinds
        self._rates = _rates(costs, kept, len(self.matrix.cost))

    def _operating(self, matrix: Matrix) -> tuple[Matrix, Whole]:
        """The matrix without held decisions and the rows that bind nothing else, with columns by which rules give and
        stocks are drawn.

        Returns it with the columns of the planning model that its first columns are.
        """
        kept = np.array([k for k, (component, _) in enumerate(matrix.columns) if component not in HELD], dtype=int)
        a = csr_matrix(matrix.a[:, kept])
        rows = np.flatnonzero(np.diff(a.indptr) > 0)
        names = [matrix.rows[k] for k in rows]
        paid = set(self.net.untakens)  # what can be paid for need not give
        given = [k for k, (rule, index) in enumerate(names) if rule in GIVES and index not in paid]
        piles = [(r, c, n) for r, c in self.case.stockpiles for n in self._node]
        columns = [matrix.columns[k] for k in kept]
        place = {index: k for k, (component, index) in enumerate(columns) if component == "stock"}
        store = [(j, place[r, c, level, n]) for j, (r, c, n) in enumerate(piles) for level in self.net.levels_of(r, c)]
        stock = csr_matrix(
            (np.ones(len(store)), ([j for j, _ in store], [k for _, k in store])), (len(piles), len(kept))
        )
        gives = csr_matrix((np.ones(len(given)), (given, range(len(given)))), (len(rows), len(given)))
        draws = csr_matrix((np.ones(len(piles)), (range(len(piles)), range(len(piles)))), (len(piles), len(piles)))
        whole = csc_matrix(
            vstack(
                [
                    hstack([a[rows], gives, csr_matrix((len(rows), len(piles)))]),
                    hstack([stock, csr_matrix((len(piles), len(given))), draws]),
                ]
            )
        )
        worst = DEAREST * max(
            [
                0.1,
                *(t.penalty for t in self.case.targets.values()),
                *(d.shortage_cost for d in self.case.demands.values()),
            ]
        )
        least = min((d.shortage_cost for d in self.case.demands.values()), default=0.0)
        more = len(given) + len(piles)
        at = [self._node[str(names[k][1][-1])] for k in given], [self._node[n] for _, _, n in piles]
        steer = (
            np.concatenate([worst * self.discount[at[0]], least / 2 * self.discount[at[1]]]) if more else np.zeros(0)
        )
        columns += [("given", names[k][1]) for k in given] + [("drawn", pile) for pile in piles]
        return (
            Matrix(
                np.concatenate([matrix.cost[kept], steer]), 0.0, whole,
                np.concatenate([matrix.low[rows], np.zeros(len(piles))]), np.concatenate([matrix.high[rows], np.full(len(piles), np.inf)]),
                np.concatenate([matrix.lower[kept], np.zeros(more)]), np.concatenate([matrix.upper[kept], np.full(more, np.inf)]),
                np.zeros(len(columns), dtype=bool), columns, names + [("stock_kept", pile) for pile in piles],
            ),
            kept,
        )  # fmt: skip

    def _index(self) -> None:
        """Where everything stands that a run sets or reads."""
        case, columns, rows = self.case, self.matrix.columns, self.matrix.rows
        demands, offers, plants, import_destinations = (
            list(case.demands),
            list(case.offers),
            list(case.projects),
            self.net.import_destinations,
        )
        self.demand_rows = self._places(rows, "demand", demands)
        self.capacity_rows = self._places(rows, "capacity", plants)
        self.must_rows = self._places(rows, "take_or_pay", plants)
        self.idle_rows = self._places(rows, "mothball", plants)
        self.owed_rows = self._places(rows, "offtake", list(case.contracts))
        self.stay_rows = self._places(rows, "redesign_stays", demands)
        self.offer_rows = self._places(rows, "offer_limit", offers)
        self.share_rows = self._places(rows, "min_china_free_share", list(case.targets))
        self.kept_rows = np.array([k for k, (rule, _) in enumerate(rows) if rule == "stock_kept"], dtype=int)
        self.buys = self._places(columns, "buy", offers)
        rank = {landing: k for k, landing in enumerate(import_destinations)}
        self._landing = np.array([rank[str(columns[k][1][0]), str(columns[k][1][1])] for k in self.buys.at], dtype=int)
        self.designs = self._places(columns, "substitution", demands)
        self.shorts = self._places(columns, "short", demands)
        self.serves = self._places(columns, "serve", demands)
        self.misses = self._places(columns, "target_shortfall", list(case.targets))
        self.level = np.array([int(str(columns[k][1][1])) for k in self.serves.at], dtype=int)
        self.gives = np.array([k for k, (component, _) in enumerate(columns) if component == "given"], dtype=int)
        self.max_use = np.array([p.max_use for p in case.projects.values()])
        self.min_use = np.array([p.min_use for p in case.projects.values()])
        self._plant_of = np.array([plants.index(k.project) for k in case.contracts.values()], dtype=int)
        self.column_year = np.array([self._node[str(index[-1])] for _, index in columns], dtype=int)

    def _places(self, entries: list[tuple[str, tuple[object, ...]]], name: str, order: list[str]) -> Places:
        """Entries of one component or rule, whose index begins with an item and ends with a node."""
        rank = {item: k for k, item in enumerate(order)}
        found = [
            (k, rank[str(index[0])], self._node[str(index[-1])])
            for k, (component, index) in enumerate(entries)
            if component == name
        ]
        return Places(*(np.array([f[j] for f in found], dtype=int) for j in range(3)))

    def year_of(self, index: tuple[object, ...]) -> int:
        """The column of the figures that an index ends with."""
        return self._node[str(index[-1])]

    def lp_data(self, f: OperatingParameters, stock: Stock | None = None) -> LPData:
        """What the LP is told of a run. `stock` is what to keep in store, for an operator who cannot look ahead."""
        m = self.matrix
        low, high, upper, cost = m.low.copy(), m.high.copy(), m.upper.copy(), m.cost.copy()
        p = self.demand_rows
        low[p.at] = high[p.at] = f.demand[p.item, p.year]
        p, able = self.capacity_rows, f.online * f.runs
        high[p.at] = self.max_use[p.item] * able[p.item, p.year]
        p = self.must_rows
        low[p.at] = self.min_use[p.item] * able[p.item, p.year]
        p = self.idle_rows
        high[p.at] = able[p.item, p.year]
        p = self.owed_rows
        low[p.at] = f.owed[p.item, p.year] * f.runs[self._plant_of[p.item], p.year] if len(p.at) else 0.0
        p = self.stay_rows
        low[p.at] = -f.stays[p.item, p.year]
        p = self.offer_rows
        high[p.at] = f.limit[p.item, p.year]
        p = self.share_rows
        low[p.at] = f.asked[p.item, p.year]
        p = self.buys
        upper[p.at] = f.limit[p.item, p.year]
        cost[p.at] = self.discount[p.year] * f.price[self._landing, p.year]
        p = self.designs
        upper[p.at] = f.redesign[p.item, p.year]
        cost[self.serves.at] += CLEANER * self.level * self.discount[self.serves.year]
        if stock is not None:
            for k in self.kept_rows.tolist():
                r, c, n = map(str, m.rows[k][1])
                low[k] = stock.get((r, c, self.years[self._node[n]]), 0.0)
        return LPData(low, high, m.lower, upper, cost)

    def costs(self, f: OperatingParameters, x: Floats) -> Floats:
        """Cost by kind and year, M USD a year before weighting: kind x year. What rules gave is no money."""
        total: Floats = (self._rates @ x).reshape(len(self.kinds), len(self.years))
        kind = {name: k for k, name in enumerate(self.kinds)}
        total[kind["capital"]] = f.annuity.sum(axis=0) + f.saving[0]
        total[kind["fixed_opex"]] += f.opex.sum(axis=0)  # less what mothballing saves
        total[kind["public_funds"]] += f.gift[0]
        total[kind["imports"]] = 0.0
        np.add.at(total[kind["imports"]], self.buys.year, f.price[self._landing, self.buys.year] * x[self.buys.at])
        return total

    def sums(self, places: Places, x: Floats, by: Whole, size: int) -> Floats:
        """Column values added up by a group of each and year: group x year."""
        total = np.zeros((size, len(self.years)))
        np.add.at(total, (by, places.year), x[places.at])
        return total


def _with_all_that_may_stand(case: Case, built: list[Built]) -> Case:
    """The case without shocks on plants, in which a project can be decided in just the years in which a holding does
    so.

    Candidates that no holding builds stay as what can make and take goods (MODEL.md rule 6); a module lasts for ever,
    because one that comes late also stands later, and what is on line is the run's to say.
    """
    years: dict[str, set[int]] = {}
    for holding in built:
        for p, year in holding:
            years.setdefault(p, set()).add(year)
    projects = {
        p.name: replace(
            p, requires=None, group=None, min_modules=0, life=FOREVER, max_modules=p.max_modules if p.name in years else 0,
            first_decision=min(years.get(p.name, {0})), last_decision=max(years.get(p.name, {0})),
        )
        for p in case.projects.values()
    }  # fmt: skip
    shocks = tuple(s for s in case.shocks if s.kind not in ON_PLANTS)
    return replace(case, projects=projects, shocks=shocks, instruments={}, hard_targets=False, risk_weight=0.0)


def _rates(costs: CostArrays, kept: Whole, columns: int) -> csr_matrix:
    """M USD a year per unit of each column, by (kind, node); of what is held and of what is steered, nothing."""
    place = np.full(int(max(costs.column.max(initial=-1), kept.max(initial=-1))) + 1, -1)
    place[kept] = np.arange(len(kept))
    column = place[costs.column]
    own = column >= 0
    row = costs.kind[own].astype(int) * len(costs.nodes) + costs.node[own]
    return csr_matrix((costs.rate[own], (row, column[own])), (len(costs.kinds) * len(costs.nodes), columns))
