"""The layer of named expressions: without Pyomo, and the same in the model, in the tables and in the sums by hand."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest
from pytest import approx
from test_algebra import tiny
from worlds import solution

from didymium.engine.solve import Solution
from didymium.expressions.balance import supply, use
from didymium.expressions.capacity import available, owed, throughput
from didymium.expressions.cost import KINDS, existing_opex
from didymium.expressions.demand import accounted
from didymium.expressions.money import spent_so_far
from didymium.expressions.terms import amount, evaluate, scaled
from didymium.plan.accounts import plants

PACKAGE = Path(__file__).parents[1] / "model" / "didymium"


@pytest.fixture(scope="module")
def solved() -> Solution:
    return solution(tiny())


def test_expressions_know_neither_pyomo_nor_a_solver() -> None:
    for path in [*(PACKAGE / "expressions").glob("*.py"), *(PACKAGE / "case").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(("pyomo", "highspy", "didymium.engine"))], path


def test_a_sum_over_decisions_by_hand() -> None:
    # 2 x 1.5 + 4 x 3 modules (2.9999999 is the solver's) + 1 x 0 (no such decision) + 5 = 20
    values = {"run": {("p",): 1.5}, "build": {("p", "y"): 2.9999999}}
    terms = [(2.0, "run", ("p",)), (4.0, "build", ("p", "y")), (1.0, "idle", ("p",))]
    assert evaluate(terms, values, 5.0) == 20.0
    assert evaluate(scaled(-1.0, terms), values, 5.0) == -10.0
    assert amount(values, "idle", ("p",)) == 0.0


def test_the_kinds_of_cost_come_to_what_the_model_charges(solved: Solution) -> None:
    for k, kind in enumerate(KINDS):
        by_node: dict[str, float] = defaultdict(float)
        for n, rate, decision, index in kind(solved.net):
            by_node[n] += rate * amount(solved.values, decision, index)
        for (_, n), opex in existing_opex(solved.net).items() if kind.__name__ == "fixed_opex" else ():
            by_node[n] += opex
        assert [by_node[n] for n in solved.net.tree.nodes] == approx(solved.costs[k].tolist(), abs=1e-9), kind.__name__


def test_the_accounts_of_plants_come_to_their_kinds(solved: Solution) -> None:
    rows = list(plants(solved))
    for kind in ("capital", "fixed_opex", "variable_opex"):
        total = float(solved.costs[solved.kinds.index(kind)].sum())
        assert sum(float(str(dict(row)[f"{kind}_musd_per_year"])) for row in rows) == approx(total)


def test_every_rule_holds_as_an_expression(solved: Solution) -> None:
    net, values, near = solved.net, solved.values, 1e-6
    for p, n in net.online:
        existing, terms = available(net, p, n)
        assert evaluate(throughput(net, p, n), values) <= evaluate(terms, values, existing) + near
    for k, n in net.offtakes:
        made = throughput(net, net.case.contracts[k].project, n)
        existing, terms = owed(net, k, n)
        left = amount(values, "untaken", (k, n))
        assert evaluate(made, values) + left >= evaluate(terms, values, existing) - near
    for d, n in net.shorts:
        wanted = net.tree.demand(net.case.demands[d], net.tree.nodes[n])
        assert evaluate(accounted(net, d, n), values) == approx(wanted)
    for government in net.case.budgets:
        for node in net.tree.nodes.values():
            spent = evaluate(spent_so_far(net, government, node.name), values)
            assert spent <= net.tree.available(government, node) + near


def test_supply_is_use_and_what_is_thrown_away(solved: Solution) -> None:
    net = solved.net
    left: dict[tuple[str, str, str], float] = defaultdict(float)
    for sign, flows in ((1.0, supply(net)), (-1.0, use(net))):
        for flow in flows:
            left[flow.region, flow.commodity, flow.node] += sign * evaluate([flow.term], solved.values)
    for (r, c), pile in net.case.stockpiles.items():
        root = next(n for n in net.tree.nodes.values() if n.parent is None)
        left[r, c, root.name] += pile.initial / root.span
    for (r, c, n), tonnes in left.items():
        assert tonnes == approx(amount(solved.values, "dump", (r, c, n)), abs=1e-6), (r, c, n)
