"""A result workbook read back: its seals, its formulas' totals, and the plan held against every rule without the optimiser."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from didymium.errors import BadWorkbook, Problem
from didymium.office.book import HEADER_ROW, Area
from didymium.office.headings import column_of
from didymium.plan.tables import Record
from didymium.recheck import TOLERANCE, headline, recheck
from didymium.recheck.world import Breach
from didymium.report import checks, inputs, seal
from didymium.report.sheets import LAYOUT
from didymium.report.shown import taken_back
from didymium.tables.rows import Tables

# The tables of each sheet, from left to right.
SHEETS = {
    "Investments": ("investments",),
    "Capacity": ("capacity",),
    "Production": ("production",),
    "Trade": ("trade",),
    "Origin": ("origin",),
    "Demand": ("demand",),
    "Targets": ("targets",),
    "Stockpiles": ("stockpiles",),
    "Finance": ("finance", "budgets"),
    "Costs": ("costs", "plants"),
    "Prices": ("prices",),
    "Balance": ("balance", "recipe_flows"),
}
SAME = 1e-9  # share by which a stored total may differ from the sheets' own sum


@dataclass(frozen=True, slots=True)
class Total:
    """A total of the sheet Checks: as stored, and as the sheets add up; both ways of adding."""

    name: str
    row: int
    stored: tuple[float, float]
    again: tuple[float, float]
    good: bool

    @property
    def holds(self) -> bool:
        near = all(abs(a - b) <= SAME * max(1.0, abs(b)) for a, b in zip(self.stored, self.again, strict=True))
        return near and self.good


@dataclass(slots=True)
class Statement:
    """What a reviewer is told of a result: facts of the run, rows changed, totals, breaches of rules, and whether all holds."""

    facts: dict[str, object]
    breaches: dict[str, Breach]
    same_input: bool
    changed: list[tuple[str, int]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        rules = all(b.size <= TOLERANCE for b in self.breaches.values())
        return self.same_input and rules and not self.changed and all(t.holds for t in self.totals)


@dataclass(slots=True)
class Result:
    """A result workbook: the input it answers, the plan's tables and where they stand, and the facts of the run."""

    book: Workbook
    tables: Tables
    plan: dict[str, list[Record]]
    areas: dict[str, Area]
    facts: dict[str, object]

    @property
    def scenarios(self) -> list[str]:
        return str(self.facts["scenario"]).split(";")

    @property
    def expected_cost(self) -> float:
        """As the run stated it, M USD; what was minimised holds more where the case minds the tail of several scenarios."""
        if len(self.scenarios) > 1 and self.tables.setting("risk_weight"):
            return sum(float(str(value)) for fact, value in self.facts.items() if fact.startswith("cost_musd."))
        return float(str(self.facts["objective_musd"]))


def verify(path: Path) -> Statement:
    """Re-check a result workbook (or the folder that holds it) against every rule, without the optimiser.

    Raises BadWorkbook when the file is no result with a plan, or its sheets no longer read.
    """
    result = read_result(path)
    same = result.facts.get("content_sha256") == result.tables.content_sha256()
    plan = {**result.plan, "headline": headline(result.facts)}
    statement = Statement(result.facts, recheck(result.tables, plan, result.scenarios), same)
    statement.changed = list(seal.broken(result.book)) if seal.SHEET in result.book.sheetnames else [(seal.SHEET, 1)]
    statement.totals = _totals(result)
    return statement


def read_result(path: Path) -> Result:
    """Read a result workbook, or the folder that holds it. Raises BadWorkbook when it is none with a plan."""
    path = path / "results.xlsx" if path.is_dir() else path
    if not path.exists():
        raise BadWorkbook([Problem(path.name, f"there is no file {str(path)!r}")])
    try:
        book = load_workbook(path, data_only=True)
        facts = {str(row["fact"]): row["value"] for row in _first_table(book["Run"])}
        if facts.get("result_layout") != LAYOUT:
            raise BadWorkbook([Problem(path.name, f"was written in layout {facts.get('result_layout', 1)}, and this didymium reads {LAYOUT}: solve again")])
        plan: dict[str, list[Record]] = {}
        areas: dict[str, Area] = {}
        for sheet, names in SHEETS.items():
            for name, (area, rows) in zip(names, read_tables(book[sheet]), strict=True):
                plan[name], areas[name] = rows, area
        tables = inputs.read(path, book)
        plan = {name: taken_back(rows, tables, str(facts["scenario"]).split(";")) for name, rows in plan.items()}
    except BadWorkbook:
        raise
    except Exception as error:  # openpyxl leaks many exception types on damaged files
        raise BadWorkbook([Problem(path.name, f"is not a result workbook with a plan ({type(error).__name__}: {error})")]) from error
    return Result(book, tables, plan, areas, facts)


def read_tables(page: Worksheet) -> list[tuple[Area, list[Record]]]:
    """The tables of a sheet, headed in the fourth row and parted by blank columns, each down to its first blank row."""
    rows = list(page.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    heading = [None if c is None else str(c) for c in rows[0]] if rows else []
    starts = [k for k, c in enumerate(heading) if c is not None and (k == 0 or heading[k - 1] is None)]
    found = []
    for left in starts:
        right = next((k for k in range(left, len(heading)) if heading[k] is None), len(heading))
        columns = [column_of(str(c)) for c in heading[left:right]]
        records: list[Record] = []
        for row in rows[1:]:
            if row[left] is None:
                break
            records.append(dict(zip(columns, row[left:right], strict=True)))
        found.append((Area(page.title, HEADER_ROW, left, columns, len(records)), records))
    return found


def _first_table(page: Worksheet) -> list[Record]:
    return read_tables(page)[0][1]


def _totals(result: Result) -> list[Total]:
    """Every total of the sheet Checks, added up again from the rows as they stand."""
    again = {line.name: line for line in checks.lines(result.plan, result.expected_cost, result.areas)}
    found = []
    for cells in result.book["Checks"].iter_rows(min_row=HEADER_ROW + 2, max_col=3):
        line = again.pop(str(cells[0].value), None)
        if line is not None:
            stored = tuple(float(str(c.value)) if isinstance(c.value, (int, float)) else float("nan") for c in cells[1:3])
            found.append(Total(line.name, cells[0].row, (stored[0], stored[1]), line.values, line.good))
    return found + [Total(f"{name}: no longer on the sheet Checks", 0, (0.0, 0.0), line.values, False) for name, line in again.items()]
