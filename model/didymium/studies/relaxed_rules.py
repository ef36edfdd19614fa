"""Rules that must be relaxed, as planners know them: the sheet and cell, what is required, and how far one can go."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from didymium.case.network import Network
from didymium.case.pools import apart
from didymium.case.tree import Node
from didymium.case_inputs import CaseInputs
from didymium.engine.elastic import Relaxation, shortfall
from didymium.engine.matrix import Matrix
from didymium.errors import BadWorkbook
from didymium.expressions.limits import PER_DECISION, allowed
from didymium.expressions.targets import set_years
from didymium.plan.targets import measured
from didymium.studies.levels import MINIMUM_SHARE
from didymium.tables.rows import Row, Tables

CellKey = tuple[str, int, str]
"""(sheet, row, column)."""


@dataclass(frozen=True, slots=True)
class RelaxedRule:
    """One rule in one year (None: in all), by how much it must be relaxed, and the cells that set it.

    `required` and `reached` are in `unit`; None where the rule is no single number. `cells` are values with which it
    is relaxed so; none where that is no matter of one value.
    """

    kind: str
    name: str
    year: int | None
    place: str
    text: str
    short_by: float
    short_unit: str
    required: float | None
    reached: float | None
    unit: str
    cells: Mapping[CellKey, float]


def relaxed_rules(tables: Tables, net: Network, matrix: Matrix, relaxation: Relaxation) -> list[RelaxedRule]:
    """Return every rule that must be relaxed, in the order of the model."""
    values = apart(net, matrix.values(relaxation.x[: len(matrix.cost)]))
    found = []
    for row, x in relaxation.by_row.items():
        rule, index = matrix.rows[row]
        words = shortfall(net, rule, index, x)
        node = net.tree.nodes.get(str(index[-1]))
        setting = _setting(tables, net, rule, index, node, x, values)
        found.append(
            RelaxedRule(
                kind=rule,
                name=str(index[0]),
                year=words["year"],  # type: ignore[arg-type]
                place=setting.place,
                text=str(words["text"]),
                short_by=x,
                short_unit=str(words["unit"]),
                required=setting.required,
                reached=setting.reached,
                unit=setting.unit,
                cells=setting.cells,
            )
        )
    return found


def with_cells(inputs: CaseInputs, rules: Iterable[RelaxedRule]) -> CaseInputs | None:
    """Return the case with every rule relaxed by its cells; None where one has none, or they do not fit together."""
    cells: dict[CellKey, float] = {}
    for rule in rules:
        if not rule.cells:
            return None
        cells |= rule.cells
    return changed(inputs, cells)


def changed(inputs: CaseInputs, cells: Mapping[CellKey, Any]) -> CaseInputs | None:
    """Return the case with some cells changed; None where they do not fit together."""
    by_sheet: dict[str, dict[tuple[int, str], Any]] = defaultdict(dict)
    for (sheet, row, column), value in cells.items():
        by_sheet[sheet][row, column] = value
    frames = {}
    for sheet, values in by_sheet.items():
        frame = inputs.tables[sheet].astype(object)
        for (row, column), value in values.items():
            frame.loc[row, int(column) if column.isdigit() else column] = value
        frames[sheet.casefold()] = frame
    try:
        return inputs.with_tables(**frames)
    except BadWorkbook:
        return None


@dataclass(frozen=True, slots=True)
class _Setting:
    """What sets a rule."""

    place: str
    required: float | None = None
    reached: float | None = None
    unit: str = ""
    cells: Mapping[CellKey, float] = field(default_factory=dict)


def _setting(
    tables: Tables,
    net: Network,
    rule: str,
    index: tuple[object, ...],
    node: Node | None,
    x: float,
    values: dict[str, dict[tuple[object, ...], float]],
) -> _Setting:
    name, case = str(index[0]), net.case
    if name in case.targets and node is not None and rule == case.targets[name].kind:
        return _target(tables, net, name, node, values)
    if rule == "limits" and node is not None:
        return _limit(tables, net, name, node, x)
    if rule in ("stock_minimum", "stock_limit"):
        sign, column = (-1, "minimum_t") if rule == "stock_minimum" else (1, "limit_t")
        return _number(_row(tables, "Stockpiles", region=name, commodity=str(index[1])), column, sign * x, "t")
    if rule == "offtake":
        return _Setting(_row(tables, "Contracts", contract=name).cell("tonnes_per_year"))
    if rule in ("hold_minimum", "hold_maximum"):
        return _Setting(tables["Holds"][int(str(index[1]))].cell("project"))
    row = _row(tables, "Projects", project=name)
    if rule == "committed":
        return _number(row, "min_modules", -math.ceil(x - 1e-6), "modules")
    if rule == "reserve":
        return _number(row, "reserve_t", x, "t")
    return _Setting(row.cell("min_utilisation_percent"))


def _row(tables: Tables, sheet: str, **where: str) -> Row:
    return next(row for row in tables[sheet] if row.number and all(row.text(c) == v for c, v in where.items()))


def _number(row: Row, column: str, change: float, unit: str) -> _Setting:
    """A rule that one number sets."""
    now = row.num(column)
    then = _outward(now + change, change)
    return _Setting(row.cell(column), now, now + change, unit, {(row.sheet, row.number, column): max(0.0, then)})


def _target(
    tables: Tables, net: Network, name: str, node: Node, values: dict[str, dict[tuple[object, ...], float]]
) -> _Setting:
    target, row = net.case.targets[name], _row(tables, "Targets", target=name)
    years = set_years(target, node)
    required, base, counted = measured(net, values, name, node.name)
    reached = counted / base if base > 0 else required
    floor = target.kind == MINIMUM_SHARE
    wanted = [row.years[y] or 0.0 for y in years]
    factor = sum(wanted) / len(wanted) / 100 / required if required else 1.0  # what shocks make of the cells' mean
    cell = _outward(100 * reached * factor, -1.0 if floor else 1.0, 0.01)
    cells = {
        ("Targets", row.number, str(y)): min(now, cell) if floor else min(100.0, max(now, cell))
        for y, now in zip(years, wanted, strict=True)
    }
    return _Setting(row.cell(years[0]), 100 * required, 100 * reached, "%", cells)


def _limit(tables: Tables, net: Network, name: str, node: Node, x: float) -> _Setting:
    limit, row = net.case.limits[name], _row(tables, "Limits", limit=name)
    maximum = allowed(net.tree, limit, node)
    years = [y for y in node.years if limit.is_set(y)]
    now = sum(row.years[y] or 0.0 for y in years)
    per_decision = limit.measure in PER_DECISION
    factor = maximum / (now if per_decision else now / len(years)) if now else 1.0
    more = _outward(x / factor, 1.0) if factor else x
    if limit.measure == "decisions":
        more = math.ceil(x / factor - 1e-6)
    raised = years[:1] if per_decision else years
    cells = {("Limits", row.number, str(y)): (row.years[y] or 0.0) + more for y in raised}
    return _Setting(row.cell(years[0]), maximum, maximum + x, limit.measure, cells)


def _outward(value: float, direction: float, step: float = 0.1) -> float:
    """A value rounded to a step in a direction, so that no more than the solver's tolerance can be missing."""
    up = math.ceil(value / step - 1e-6) if direction > 0 else math.floor(value / step + 1e-6)
    return round(up * step, 9)
