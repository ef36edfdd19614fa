"""Cells that may make a plan possible: those behind the rules and decisions on which the proof rests that none exists.

Each has a direction in which it can only help, so that the least change is found by halving.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from didymium.case.case import Case, Project
from didymium.case.network import Network
from didymium.case.tree import Node
from didymium.engine.elastic import RELAXED, Conflict, key_of
from didymium.engine.matrix import Matrix
from didymium.excel.headings import heading, words_of
from didymium.expressions.targets import set_years
from didymium.reports.names import row_name
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

MORE_MODULES = 10  # of a project: how many more are tried at once
MANIFOLD = 100.0  # times its size: how much larger a plant is tried at once
MINIMUM_SHARE = "min_china_free_share"
KINDS = (
    "policy",
    "target",
    "limit",
    "date",
    "size",
    "supply",
    "contract",
    "demand",
)  # the order in which they are tried


@dataclass(frozen=True, slots=True)
class Lever:
    """A cell that can be changed: `now` is its value, `end` the furthest that helps (None: a blank; a text for a cell
    of words).

    `number` is the value that a blank `now` stands for. `relaxes` are the rows of the model that alone it acts on; none
    where it acts on others too. `buys` are the columns whose sum it limits, where it limits what is bought. `adds`:
    whether at its end every plan of the case as it is would still be one.
    """

    kind: str
    row: Row
    column: str
    now: object
    end: object
    number: float | None
    integer: bool = False
    relaxes: frozenset[int] = frozenset()
    buys: frozenset[int] = frozenset()
    adds: bool = False

    @property
    def screen(self) -> str:
        """Return how several such cells can be ruled out together; nothing where they cannot."""
        return "rows" if self.relaxes else "offers" if self.buys else "case" if self.adds else ""

    @property
    def cheap(self) -> bool:
        """Return whether the relaxation of the case as it is says the least change, or there is but one."""
        return bool(self.relaxes or self.buys) or self.kind == "policy"

    @property
    def place(self) -> str:
        """Return its place: `Targets!H7`."""
        return self.row.cell(self.column)

    @property
    def rises(self) -> bool:
        """Whether a higher value helps."""
        return self.end is None or (isinstance(self.end, (int, float)) and self.end > (self.number or 0.0))

    @property
    def what(self) -> str:
        """Return what the cell holds, in words: `target us defence magnet, 2028`."""
        sheet = SHEETS[self.row.sheet]
        if self.row.sheet == "Settings":
            return words_of(self.row.text("setting"))
        ids = [self.row.text(c) for c in (sheet.key or tuple(c.name for c in sheet.columns[:3]))]
        name = row_name(self.row) or ", ".join(words_of(i) for i in ids if i and i != "*")
        column = self.column if self.column.isdigit() else heading(self.column).lower()
        return f"{name}, {column}"


class Levers:
    """The levers of a case without a plan. `rows` are the rows of its model that must be relaxed."""

    def __init__(self, tables: Tables, net: Network, matrix: Matrix) -> None:
        self.tables, self.net, self.matrix = tables, net, matrix
        self.case: Case = net.case

    def found(self, rows: Iterable[int], conflict: Conflict | None) -> list[Lever]:
        """Return every lever, those of `rows` first, then those on which the proof rests most."""
        all_of = list(self._policy())
        for row in rows:
            all_of += self._of_row(row)
        if conflict is not None:
            for row, _ in sorted(conflict.rows.items(), key=lambda item: -abs(item[1])):
                all_of += self._of_row(row)
            for column, _ in sorted(conflict.columns.items(), key=lambda item: -abs(item[1])):
                all_of += self._of_column(*self.matrix.columns[column])
            all_of += self._producers(conflict)
        distinct = {(lever.place, lever.column, lever.row.number, lever.end): lever for lever in reversed(all_of)}
        return [replace(lever, adds=self._adds(lever)) for lever in reversed(distinct.values())]

    def _adds(self, lever: Lever) -> bool:
        """Whether the lever takes nothing away: more room, time or choice, and nothing that must run for it."""
        if lever.row.sheet != "Projects":
            return lever.row.sheet in ("Routes", "Commodities", "Substitution")
        project = self.case.projects[lever.row.text("project")]
        if lever.relaxes or project.min_use > 0:
            return False
        earlier = lever.column in ("permitting_years", "construction_years")  # then its life ends earlier as well
        return not earlier or project.first_decision + project.life > self.case.last_year

    def _policy(self) -> Iterator[Lever]:
        """Targets that may be missed for a penalty."""
        for row in self.tables["Settings"]:
            if row["setting"] == "target_policy" and row["value"] == "hard" and row.number:
                yield Lever("policy", row, "value", "hard", "soft", None)

    def _of_row(self, row: int) -> Iterator[Lever]:
        rule, index = self.matrix.rows[row]
        name = str(index[0])
        node = self.net.tree.nodes.get(str(index[-1]))
        if name in self.case.targets and node is not None and rule == self.case.targets[name].kind:
            yield from self._target(name, node, row)
        elif rule == "limits" and node is not None:
            for each in self._rows("Limits", limit=name):
                yield from self._years("limit", each, node.years, None, frozenset([row]))
        elif rule in ("committed", "take_or_pay", "reserve", "build_limit", "capacity", "prerequisite"):
            yield from self._project(rule, self.case.projects[name], row)
        elif rule in ("stock_minimum", "stock_limit"):
            yield from self._stock(rule, name, str(index[1]), row)
        elif rule in ("hold_minimum", "hold_maximum"):
            yield from self._hold(rule, int(str(index[1])), row)
        elif rule == "offtake":
            yield from self._contract(name, row)
        elif rule == "offer_limit":
            yield from self._offer(name, node)
        elif rule == "route_limit":
            found = self._rows("Routes", from_region=name, to_region=str(index[1]))
            for each in found:
                if each.text("stage") in (str(index[2]), ""):
                    yield from _cell("supply", each, "limit_t_per_year", None)
        elif rule == "sale_limit":
            for each in self._rows("Commodities", commodity=name):
                yield from _cell("supply", each, "sale_limit_t_per_year", None)
        elif rule == "exclusive":
            for each in self._rows("Projects", exclusive_group=name):
                yield Lever("size", each, "exclusive_group", name, None, None)
        elif rule == "demand" and node is not None:
            yield from self._demand(name, node)

    def _of_column(self, component: str, index: tuple[object, ...]) -> Iterator[Lever]:
        node = self.net.tree.nodes.get(str(index[-1]))
        if component == "buy":
            yield from self._offer(str(index[0]), node)
        elif component == "build":
            yield from self._project("build_limit", self.case.projects[str(index[0])], None)

    def _producers(self, conflict: Conflict) -> Iterator[Lever]:
        """The dates of projects that make what is scarce in the proof, those first that could be on line first."""
        scarce = {str(self.matrix.rows[row][1][1]) for row in conflict.rows if self.matrix.rows[row][0] == "balance"}
        recipes = self.case.recipes
        able = [
            p
            for p in self.case.projects.values()
            if p.max_modules and any(c in scarce for q in p.recipes if q in recipes for c in recipes[q].outputs)
        ]
        for p in sorted(able, key=lambda p: (p.first_decision + p.lead_time, -p.module * p.max_modules)):
            yield from self._dates(p)
            yield from self._project("build_limit", p, None)

    def _target(self, name: str, node: Node, row: int) -> Iterator[Lever]:
        target = self.case.targets[name]
        end = 0.0 if target.kind == MINIMUM_SHARE else 100.0
        for each in self._rows("Targets", target=name):
            yield from self._years("target", each, set_years(target, node), end, frozenset([row]))

    def _project(self, rule: str, project: Project, row: int | None) -> Iterator[Lever]:
        """The cells of a plant that loosen one of its rules."""
        own = frozenset() if row is None or rule not in RELAXED else self._same_rule(row)
        for each in self._rows("Projects", project=project.name):
            if rule == "committed":
                yield from _cell("size", each, "min_modules", 0, own, integer=True)
            elif rule == "take_or_pay":
                yield from _cell("size", each, "min_utilisation_percent", 0.0, own)
            elif rule == "reserve":
                yield from _cell("size", each, "reserve_t", None, own)
            elif rule == "prerequisite":
                yield Lever("size", each, "requires", each["requires"], None, None)
            if rule in ("build_limit", "capacity") and project.max_modules:
                yield from _cell("size", each, "max_modules", project.max_modules + MORE_MODULES, integer=True)
            if rule in ("build_limit", "capacity") and project.max_modules:
                yield from _cell("size", each, "module_t_per_year", MANIFOLD * project.module)
            if rule == "capacity":
                yield from _cell("size", each, "max_utilisation_percent", 100.0)
            if rule == "capacity" and project.existing:
                yield from _cell("size", each, "existing_t_per_year", MANIFOLD * project.existing)
            if rule == "capacity" and each["retires_year"] is not None:
                yield Lever("date", each, "retires_year", each["retires_year"], None, project.retires, integer=True)
        yield from self._dates(project)

    def _dates(self, project: Project) -> Iterator[Lever]:
        """When modules of a project can be decided, and how long they take."""
        if not project.max_modules:
            return
        for each in self._rows("Projects", project=project.name):
            if project.first_decision > self.case.first_year:
                yield _date(each, "first_decision_year", self.case.first_year, project.first_decision)
            for column in ("permitting_years", "construction_years"):
                if (each[column] or 0) != 0:
                    yield _date(each, column, 0, each.integer(column))
            if each["ramp"] is not None:
                yield Lever("date", each, "ramp", each["ramp"], None, None)
            if project.last_decision < self.case.last_year:
                yield _date(each, "last_decision_year", self.case.last_year, project.last_decision)

    def _stock(self, rule: str, region: str, commodity: str, row: int) -> Iterator[Lever]:
        own = self._same_rule(row)
        for each in self._rows("Stockpiles", region=region, commodity=commodity):
            limit = each.num("limit_t")
            if rule == "stock_minimum":
                yield from _cell("limit", each, "minimum_t", 0.0, own)
                if each.num("initial_t") < limit:
                    yield from _cell("supply", each, "initial_t", limit)
            else:
                yield from _cell("limit", each, "limit_t", 10 * max(limit, each.num("initial_t"), 1.0), own)

    def _hold(self, rule: str, number: int, row: int) -> Iterator[Lever]:
        """The cells of what a person holds: fewer modules forced, or more allowed; other years."""
        each, hold = self.tables["Holds"][number], self.case.holds[number]
        if not each.number:
            return
        modules = each["modules"]
        if isinstance(modules, int):
            fewest = 0 if hold.kind == "pin" else self.case.projects[hold.project].min_modules + 1
            end = min(fewest, modules) if rule == "hold_minimum" else modules + MORE_MODULES
            if end != modules:
                yield Lever("policy", each, "modules", modules, end, modules, True, self._same_rule(row))
        if rule == "hold_minimum":
            ends = (("from_year", hold.start, self.case.first_year), ("to_year", hold.end, self.case.last_year))
        else:
            ends = (("from_year", hold.start, hold.end), ("to_year", hold.end, hold.start))
        for column, now, end in ends:
            if now != end:
                yield Lever("date", each, column, each[column], end, now, integer=True)
        yield from self._dates(self.case.projects[hold.project])

    def _contract(self, name: str, row: int) -> Iterator[Lever]:
        contract = self.case.contracts[name]
        for each in self._rows("Contracts", contract=name):
            yield from _cell("contract", each, "tonnes_per_year", 0.0, self._same_rule(row))
            for column, now, end in (
                ("from_year", contract.start, contract.end),
                ("to_year", contract.end, contract.start),
            ):
                if now != end:
                    yield Lever("date", each, column, each[column], end, now, integer=True)

    def _offer(self, name: str, node: Node | None) -> Iterator[Lever]:
        for each in self._rows("Imports", offer=name, measure="limit_t"):
            if node is not None:
                buys = frozenset(
                    k
                    for k, (component, index) in enumerate(self.matrix.columns)
                    if component == "buy" and index[0] == name and index[-1] == node.name
                )
                for lever in self._years("supply", each, node.years, 1e6, frozenset()):
                    yield replace(lever, buys=buys)

    def _demand(self, name: str, node: Node) -> Iterator[Lever]:
        demand = self.case.demands[name]
        for each in self._rows("Substitution", segment=demand.segment):
            yield from self._years("demand", each, node.years, 100.0, frozenset())
        for each in self._rows("Demand", region=demand.region, segment=demand.segment, commodity=demand.commodity):
            yield from self._years("demand", each, node.years, 0.0, frozenset())

    def _years(
        self, kind: str, row: Row, years: Sequence[int], end: float | None, relaxes: frozenset[int]
    ) -> Iterator[Lever]:
        """The cells of a row in some years."""
        for year in years:
            now = row.years.get(year)
            if now is not None and now != end:
                yield Lever(kind, row, str(year), now, end, now, self._counts(row), relaxes)

    def _counts(self, row: Row) -> bool:
        return row.sheet == "Limits" and row["measure"] == "decisions"

    def _same_rule(self, row: int) -> frozenset[int]:
        """The rows of the model that belong to the rule of one of them."""
        rule, _ = self.matrix.rows[row]
        key = key_of(self.matrix, row)
        return frozenset(k for k, (r, i) in enumerate(self.matrix.rows) if r == rule and (r, i[:-1]) == key)

    def _rows(self, sheet: str, **where: str) -> list[Row]:
        """The rows of a sheet with these values; a blank stands for all."""
        return [
            row
            for row in self.tables[sheet]
            if row.number and all((row.text(c) or "*") == (v or "*") for c, v in where.items())
        ]


def _cell(
    kind: str, row: Row, column: str, end: float | None, relaxes: frozenset[int] = frozenset(), integer: bool = False
) -> Iterator[Lever]:
    """A cell with a number, where it has one that is not at its end yet."""
    now = row[column]
    if isinstance(now, (int, float)) and now != end:
        yield Lever(kind, row, column, now, end, float(now), integer, relaxes)


def _date(row: Row, column: str, end: int, now: int) -> Lever:
    return Lever("date", row, column, row[column], end, now, integer=True)
