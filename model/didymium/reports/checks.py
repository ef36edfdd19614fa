"""The sheet Checks: live formulas that re-add the plan from its own sheets, and the independent re-check."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from didymium.excel.book import HEADER_ROW, INK, Area, Book, Sheet
from didymium.excel.headings import heading, words_of
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number, number
from didymium.plan.tables import ORIGIN_LEVELS
from didymium.recheck import TOLERANCE
from didymium.reports import balance, cross_checks, targets_sheet
from didymium.reports.inputs import Places
from didymium.reports.palette import KIND_WORDS
from didymium.reports.row_checks import NEAR, SHARE
from didymium.reports.row_formulas import TableFormulas
from didymium.results import PlanTables, Record, by_name, number_format

NOISE = 1e-6  # a smaller breach comes from the solver's tolerance or from rounding; its place means nothing
OVERALL = (1, 3)  # 0-based row and column of the cell with the overall verdict
HEADS = ("check", "this way", "that way", "difference", "pass", "where")
Tables = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Line:
    """One check: its name, two formulas for the same number, their values, and by how much they may differ; `where` is
    the formula that names the place that does not agree, where there is one."""

    name: str
    left: str
    right: str
    values: tuple[float, float]
    near: float | None = None
    where: str = ""

    @property
    def allowed(self) -> float:
        """The difference allowed: half of the last digit shown, and what the tolerance of the solver
        allows."""
        return NEAR + SHARE * abs(self.values[0]) if self.near is None else self.near

    @property
    def good(self) -> bool:
        """Whether the two values agree."""
        a, b = self.values
        return abs(a - b) <= self.allowed


def write(book: Book, plan: Answer, areas: dict[str, Area], where: Places) -> bool:
    """Write the sheet Checks; return whether every check passes."""
    page = book.sheet(
        "Checks",
        "Do the numbers add up?",
        "Live formulas over the other sheets; below, the largest breach of each rule found without the optimiser",
    )
    for k, text in enumerate(HEADS):
        page.text(HEADER_ROW, k, text, bold=True, bg_color=INK, font_color="#FFFFFF")
    found = [
        *lines(plan.tables, plan.expected_cost, areas),
        *_rows(plan, areas, where),
        *_controls(plan.tables_by_name(), areas),
    ]
    for row, line in enumerate(found, HEADER_ROW + 1):
        _write_line(page, row, line)
    area = _breaches(page, plan, HEADER_ROW + len(found) + 2)
    passed = all(line.good for line in found) and all(b.size <= TOLERANCE for b in plan.breaches.values())
    _overall(page, len(found), area, passed)
    _colour_verdicts(book, page, area)
    for column, width in enumerate((88, 20, 60, 16, 9, 24)):
        page.page.set_column(column, column, width)
    return passed


def _overall(page: Sheet, count: int, breaches: Area, passed: bool) -> None:
    """Write the overall verdict: whether every line and every rule passes."""
    page.text(OVERALL[0], OVERALL[1] - 1, "all checks", bold=True, align="right")
    lines_pass = f'COUNTIF(E{HEADER_ROW + 2}:E{HEADER_ROW + 1 + count},"pass")={count}'
    first, last = breaches.top + 2, breaches.top + max(1, breaches.rows) + 1
    rules_pass = f'COUNTIF(E{first}:E{last},"pass")={breaches.rows}'
    verdict = "pass" if passed else "FAIL"
    page.formula(*OVERALL, f'=IF(AND({lines_pass},{rules_pass}),"pass","FAIL")', verdict, bold=True, font_size=14)


def _colour_verdicts(book: Book, page: Sheet, breaches: Area) -> None:
    """Colour pass and FAIL, also when a formula changes between them."""
    last = breaches.top + max(1, breaches.rows) + 1
    for verdict, colour in (("pass", "#CDE8DA"), ("FAIL", "#F4A9A0")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{verdict}"', "format": book.style(bg_color=colour)}
        page.page.conditional_format(*OVERALL, *OVERALL, rule)
        page.page.conditional_format(HEADER_ROW + 1, 4, breaches.top - 1, 4, rule)
        page.page.conditional_format(breaches.top + 1, 4, last, 4, rule)


def _breaches(page: Sheet, plan: Answer, top: int) -> Area:
    """The largest breach of every rule, from a row on."""
    worst: list[Record] = [
        {
            "rule": rule,
            "largest_breach": b.size,
            "where": b.where if b.size > NOISE else "",
            "allowed": TOLERANCE,
            "pass": "pass" if b.size <= TOLERANCE else "FAIL",
        }
        for rule, b in plan.breaches.items()
    ]
    columns = ["rule", "largest_breach", "where", "allowed", "pass"]
    return page.table(worst, columns, at=(top, 0), freeze=False, cells={"pass": _verdict}, computed={"pass"})


def _verdict(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    page.formula(
        row, column, f'=IF(B{row + 1}<=D{row + 1},"pass","FAIL")', str(record["pass"]), bold=True, align="center"
    )


def _write_line(page: Sheet, row: int, line: Line) -> None:
    r = row + 1
    a, b = line.values
    page.text(row, 0, line.name)
    page.formula(row, 1, f"={line.left}", a, num_format="#,##0.000")
    page.formula(row, 2, f"={line.right}", b, num_format="#,##0.000")
    page.formula(row, 3, f"=B{r}-C{r}", a - b, num_format="0.000000")
    verdict = f'=IF(ISNUMBER(D{r}),IF(ABS(D{r})<={line.allowed:.6g},"pass","FAIL"),"FAIL")'
    page.formula(row, 4, verdict, "pass" if line.good else "FAIL", bold=True, align="center")
    if line.where:
        page.formula(
            row, 5, f'=IF(E{r}="pass","-",{line.where})', "-" if line.good else "see the sheet", align="center"
        )


def _rows(plan: Answer, areas: Mapping[str, Area], where: Places) -> Iterator[Line]:
    """How many rows do not agree with another sheet (none), and the last of them."""
    for check in cross_checks.cross_checks(plan, areas, where):
        area = areas[check.table]
        column = area.range(area.columns[0])
        place = f'"{area.sheet} row "&SUMPRODUCT(MAX(({check.wrong.formula})*ROW({column})))'
        name = f"rows of {_place(area.sheet, check.table)}: {check.name}: none"
        yield Line(
            name,
            f"SUMPRODUCT(({check.wrong.formula})*1)",
            "0",
            (check.wrong.total(), 0.0),
            0.5,
            place,
        )


def _place(sheet: str, table: str) -> str:
    """A table by its sheet, and by its own name where that differs."""
    return sheet if table == sheet.lower() else f"{sheet} ({words_of(table)})"


def _controls(tables: Tables, areas: Mapping[str, Area]) -> Iterator[Line]:
    """The sum of every column of the plan's tables when it was written; for texts, their number of characters."""
    for table, area in areas.items():
        rows = tables.get(table, ())
        for column in (c for c in area.columns if c in rows[0]) if rows else ():
            named = f"{_place(area.sheet, table)}, {heading(column)}"
            values = [row.get(column) for row in rows]
            if str in set(map(type, values)) and any(isinstance(v, str) and v for v in values):
                letters = float(sum(len(str(v)) for v in values if v is not None))
                yield Line(
                    f"{named}: characters, as written",
                    f"SUMPRODUCT(LEN({area.range(column)}))",
                    f"{letters:.0f}",
                    (letters, letters),
                    0.5,
                )
            else:
                total = math.fsum(map(as_number, values))
                yield Line(
                    f"{named}: sum, as written",
                    f"SUM({area.range(column)})",
                    f"{total:.15g}",
                    (total, total),
                    _half(column),
                )


def _half(column: str) -> float:
    """Half of the last digit shown of a column's numbers."""
    shape = number_format(column) or "0.000"
    return 0.5 * 0.1 ** len(shape.partition(".")[2])


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over columns of the sheets: its formula, and its value. Sums can be added."""

    formula: str
    value: float

    def __add__(self, other: Sum) -> Sum:
        return Sum(f"{self.formula}+{other.formula}", self.value + other.value)


@dataclass(frozen=True, slots=True)
class Sums:
    """The plan's tables with their positions, from which sums are made."""

    tables: PlanTables
    areas: Mapping[str, Area]

    def of(self, table: str, column: str, *where: tuple[str, str]) -> Sum:
        """Return the sum of a column, over the rows alone whose columns have the values of `where`."""
        rows: Iterable[Record] = by_name(self.tables)[table]
        for c, value in where:
            rows = [r for r in rows if r[c] == value]
        return Sum(self.formula(table, column, *where), sum([number(r, column) for r in rows]))

    def formula(self, table: str, column: str, *where: tuple[str, str]) -> str:
        """Return the formula of the same sum."""
        area = self.areas[table]
        if not where:
            return f"SUM({area.range(column)})"
        conditions = ",".join(f'{area.range(c)},"{v}"' for c, v in where)
        return f"SUMIFS({area.range(column)},{conditions})"

    def weighted(self, column: str) -> Sum:
        """Return the sum of a column of Costs, each row times its weight."""
        area = self.areas["costs"]
        value = sum(r["weight"] * number(r, column) for r in self.tables["costs"])
        return Sum(f"SUMPRODUCT({area.range(column)},{area.range('weight')})", value)


def _agree(name: str, left: Sum, right: Sum) -> Line:
    return Line(name, left.formula, right.formula, (left.value, right.value))


def lines(tables: PlanTables, expected: float, areas: Mapping[str, Area]) -> list[Line]:
    """Return the checks of sums that the tables allow."""
    sums = Sums(tables, areas)
    return [
        *_total_cost(sums, expected),
        *_costs(sums),
        *_tonnes(sums),
        *_balances(sums),
        *_verdicts(tables, areas),
    ]


_OWN = ("capital_musd_per_year", "fixed_opex_musd_per_year", "variable_opex_musd_per_year")  # kinds of cost of plants


def _total_cost(sums: Sums, expected: float) -> Iterator[Line]:
    """The total cost: headline, nodes, kinds, plants."""
    columns = [c for c in sums.areas["costs"].columns if c.endswith("_musd_per_year") and not c.startswith("total")]
    kinds = {c: sums.weighted(c) for c in columns}
    nodes = sums.of("costs", "weighted_musd")
    name = "expected discounted cost, M USD"
    yield _agree(f"{name}: sum of nodes against the headline", nodes, Sum(f"{expected:.15g}", expected))
    yield _agree(f"{name}: sum of kinds against sum of nodes", reduce(add, kinds.values()), nodes)
    others = reduce(add, (kinds[c] for c in columns if c not in _OWN))
    by_plant = sums.of("plants", "weighted_musd") + others
    yield _agree(f"{name}: sum of plants and of all other costs against sum of nodes", by_plant, nodes)


def _costs(sums: Sums) -> Iterator[Line]:
    """Kinds of cost and public money on two sheets."""
    for column in _OWN:
        kind = words_of(column.removesuffix("_musd_per_year"))
        name = f"{kind}, M USD in all modelled years: plants against nodes"
        yield _agree(name, sums.of("plants", column), sums.of("costs", column))
    for kind, cost in (("ship", "shipping"), ("buy", "imports"), ("sell", "byproduct_sales")):
        name = f"{KIND_WORDS[cost]}, M USD in all modelled years: Trade against Costs"
        yield _agree(name, sums.of("trade", "cost_musd", ("kind", kind)), sums.of("costs", f"{cost}_musd_per_year"))
    name = "public money, M USD: Finance against Investments"
    yield _agree(name, sums.of("finance", "support_musd"), sums.of("investments", "support_musd"))
    yield from _public_money(sums)


def _public_money(sums: Sums) -> Iterator[Line]:
    """What governments give, against decisions, costs and contracts."""
    inv, rows = sums.areas["investments"], sums.tables["investments"]
    of_decisions = Sum(
        f"SUMPRODUCT({inv.range('support_musd')},{inv.range('probability')})",
        sum(r["support_musd"] * r["probability"] for r in rows),
    )
    both = sums.of("governments", "loans_musd") + sums.of("governments", "grants_musd")
    yield _agree(
        "public money, M USD, expected: loans and grants of governments against Investments", both, of_decisions
    )
    name = "cost of public funds, M USD, discounted: governments against Costs"
    yield _agree(name, sums.of("governments", "public_funds_musd"), sums.weighted("public_funds_musd_per_year"))
    s = TableFormulas(by_name(sums.tables), sums.areas)
    paid = s.sums("contracts", "paid_musd_per_year", **s.keys("costs", "branch", "year"), kind="price_floor")
    floors = s.col("costs", "weight") * paid
    name = "floor payments, M USD, discounted: governments against Contracts"
    yield _agree(
        name, sums.of("governments", "floor_payments_musd"), Sum(f"SUMPRODUCT({floors.formula})", floors.total())
    )


def _tonnes(sums: Sums) -> Iterator[Line]:
    """Demand is met, designed out or not met; Capacity agrees with Production."""
    parts = [f"level_{k}_t" for k in ORIGIN_LEVELS] + ["designed_out_t", "short_t"]
    met = reduce(add, (sums.of("demand", c) for c in parts))
    name = "demand, t: wanted against delivered + designed out + not met"
    yield _agree(name, sums.of("demand", "wanted_t"), met)
    name = "throughput, t: Capacity against Production"
    yield _agree(name, sums.of("capacity", "throughput_t"), sums.of("production", "throughput_t"))


def _balances(sums: Sums) -> Iterator[Line]:
    """Balance agrees with the other sheets: made and used by recipe, shipped, bought, sold, served."""
    by_recipe = balance.throughput(sums.tables)
    for flow, direction, word in (("made_t", "out", "made"), ("used_t", "in", "used")):
        rows = [r for r in sums.tables["recipe_flows"] if r["direction"] == direction]
        moved = sum(balance.moved(r, by_recipe) for r in rows)
        formula = sums.formula("recipe_flows", "moved_t", ("direction", direction))
        name = f"{word}, t of all commodities: Balance against recipes times Production"
        yield _agree(name, sums.of("balance", flow), Sum(formula, moved))
    for flow, kind in (("shipped_in_t", "ship"), ("shipped_out_t", "ship"), ("bought_t", "buy"), ("sold_t", "sell")):
        name = f"{words_of(flow.removesuffix('_t'))}, t: Balance against Trade"
        yield _agree(name, sums.of("balance", flow), sums.of("trade", "tonnes_t", ("kind", kind)))
    delivered = reduce(add, (sums.of("demand", f"level_{k}_t") for k in ORIGIN_LEVELS))
    yield _agree("served, t: Balance against Demand", sums.of("balance", "served_t"), delivered)


def _verdicts(tables: PlanTables, areas: Mapping[str, Area]) -> Iterator[Line]:
    """How many rows of Balance and Targets do not hold (none)."""
    for table, name, test in (
        (
            "balance",
            "balances of a commodity, region and year in which supply differs from use and disposal: none",
            balance.holds,
        ),
        ("targets", "targets in a year that are not reached as stated: none", targets_sheet.holds),
    ):
        broken = float(sum(not test(r) for r in by_name(tables)[table]))
        yield Line(name, f'COUNTIF({areas[table].range("holds")},"FAIL")', "0", (broken, 0.0))
