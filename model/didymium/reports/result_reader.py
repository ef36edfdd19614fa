"""Read a result workbook: the input it answers, the plan's tables, the facts of the run and the end of the solver's
log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.excel.book import HEADER_ROW
from didymium.excel.headings import column_of
from didymium.plan.answer import Answer
from didymium.plan.summary import by_year_of, cost_by_kind, investment
from didymium.recheck import headline, recheck
from didymium.reports import checksum, inputs, proof_sheet
from didymium.reports.changed_cells import Grids, body_cells, cell
from didymium.reports.checksum import Block
from didymium.reports.display import rows_from_display
from didymium.reports.sheets import FACTS, LAYOUT, LOG
from didymium.results import ADDED, SHEETS, TABLES, PlanTables, Record, as_plan, by_name, tables_on
from didymium.results.proof import Proof
from didymium.tables.grid import Grid
from didymium.tables.rows import Tables
from didymium.tables.xlsx import read_workbook

OTHER_LAYOUT = "layout"  # the code of the problem that a result is of another layout


@dataclass(slots=True)
class Result:
    """The content of a result workbook."""

    path: Path
    tables: Tables
    plan: PlanTables
    facts: dict[str, object]
    log: list[str]
    proof: Proof | None = None

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios that the plan is for."""
        return str(self.facts["scenario"]).split(";")

    def answer(self) -> Answer:
        """Return the answer in the workbook, re-checked. Raises KeyError, ValueError and the like where its tables do
        not fit together."""
        summary: Record = nested({name: value for name, value in self.facts.items() if name not in OF_THE_WORKBOOK})
        summary |= {
            "cost_musd": cost_by_kind(self.plan),
            "investments": [investment(r) for r in self.plan["investments"]],
            **by_year_of(self.plan),
        }
        plan = {**by_name(self.plan), "headline": headline(self.facts)}
        breaches = recheck(self.tables, plan, self.scenarios)
        warnings = str(self.facts.get("warnings") or "")
        return Answer(
            self.tables,
            self.scenarios,
            self.plan,
            summary,
            breaches,
            True,
            "\n".join(self.log),
            [warnings] if warnings else [],
            self.proof,
        )


# Facts that the workbook has in addition to those of summary.json
OF_THE_WORKBOOK = (
    "result_layout",
    "content_sha256",
    "input_name",
    "warnings",
)


def nested(facts: dict[str, object]) -> Record:
    """Return facts with names such as `versions.pyomo` grouped into one entry, `versions`, and such as `list.0.name`
    into a list of records."""
    found: Record = {}
    for name, value in facts.items():
        outer, _, inner = name.partition(".")
        if inner:
            part = found.setdefault(outer, {})
            if not isinstance(part, dict):
                raise ValueError(f"{outer} is both a value and a group of values")
            part[inner] = value
        else:
            found[name] = value
    return {name: _grouped(part) if isinstance(part, dict) else part for name, part in found.items()}


def _grouped(part: Record) -> object:
    """The parts of an entry, grouped in turn; a list where they are numbered."""
    inner = nested(part)
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def read_result(path: Path) -> Result:
    """Return the content of a result workbook, or of the one in a folder. Raises BadWorkbook when it is no result with
    a plan."""
    path = workbook_of(path)
    grids = read_grids(path)
    try:
        return result_of(path, grids, blocks_of(grids))
    except BadWorkbook:
        raise
    except Exception as error:  # a damaged file can raise anything
        raise BadWorkbook(
            [Problem(path.name, f"is not a result workbook with a plan ({type(error).__name__}: {error})")]
        ) from error


def workbook_of(path: Path) -> Path:
    """Return the path of the workbook, also where its folder is given. Raises BadWorkbook where there is none."""
    path = path / "results.xlsx" if path.is_dir() else path
    if not path.exists():
        raise BadWorkbook([Problem(path.name, f"there is no file {str(path)!r}")])
    return path


def read_grids(path: Path) -> dict[str, Grid]:
    """Return every sheet by name. Raises BadWorkbook for a file that is damaged, or made to fill the memory."""
    return {grid.name: grid for grid in read_workbook(path).grids}


def blocks_of(grids: Grids) -> list[Block]:
    """Return the position of each table from the sheet Seal, or, where it cannot be read, from the headings."""
    try:
        return checksum.blocks(grids[checksum.SHEET])
    except (KeyError, ValueError):
        return by_headings(grids)


def by_headings(grids: Grids) -> list[Block]:
    """Return the tables of each sheet by their headings in the fourth row: tables are separated by blank columns and
    end at their first blank row."""
    found: list[Block] = []
    for sheet, names in {**{name: tables_on(name) for name in SHEETS}, "Run": [FACTS]}.items():
        if sheet in grids:
            found += [replace(block, name=name) for block, name in zip(_headed(grids[sheet]), names, strict=False)]
    facts = next((b for b in found if b.name == FACTS), None)
    if facts:
        top = facts.top + facts.count + 3
        found.append(Block("Run", LOG, top, 1, ["log"], max(0, len(grids["Run"].rows) - top), ["log"]))
    return found


def _headed(grid: Grid) -> list[Block]:
    heads = [None if c is None else str(c) for c in grid.rows[HEADER_ROW]] if len(grid.rows) > HEADER_ROW else []
    found = []
    for k, head in enumerate(heads):
        if head is not None and (k == 0 or heads[k - 1] is None):
            right = next((j for j in range(k, len(heads)) if heads[j] is None), len(heads))
            columns = [column_of(str(c)) for c in heads[k:right]]
            rows = range(HEADER_ROW + 2, len(grid.rows) + 2)
            last = next(r for r in rows if cell(grid, r, k + 1) is None)
            own = [c for c in columns if c not in ADDED and not c.isdigit()]
            found.append(Block(grid.name, "", HEADER_ROW + 1, k + 1, columns, last - HEADER_ROW - 2, own))
    return found


def result_of(path: Path, grids: Grids, blocks: Sequence[Block]) -> Result:
    """Return the content of the tables. Raises BadWorkbook for another layout, KeyError, ValueError and the like where
    they cannot be read."""
    found = {block.name: block for block in blocks if block.name}
    facts = {str(row["fact"]): row["value"] for row in records(grids, found[FACTS])}
    if facts.get("result_layout") != LAYOUT:
        text = f"was written in layout {facts.get('result_layout', 1)}, and this didymium reads {LAYOUT}: solve again"
        raise BadWorkbook([Problem(path.name, text, code=OTHER_LAYOUT)])
    if lacking := _lacking(found):
        text = f"has no {lacking[0]}: an earlier didymium wrote it; solve again"
        raise BadWorkbook([Problem(path.name, text, code=OTHER_LAYOUT)])
    tables = inputs.read(path, grids["Inputs"].rows)
    tables.source, tables.sha256 = Path(str(facts["input_name"])), str(facts.get("input_sha256") or "")
    scenarios = str(facts["scenario"]).split(";")
    plan = {
        name: [table.read(row) for row in rows_from_display(records(grids, found[name]), tables, scenarios)]
        for name, table in TABLES.items()
    }
    log = [str(row["log"] or "") for row in records(grids, found[LOG])]
    return Result(path, tables, as_plan(plan), facts, log, proof_sheet.read(grids))


def _lacking(blocks: Mapping[str, Block]) -> list[str]:
    """The columns that the schema declares and the sheet Seal does not know, of tables with rows."""
    known = {name: block for name, block in blocks.items() if block.sums is not None and block.count}
    return [
        f"column {c} in the table {name}"
        for name, table in TABLES.items()
        if name in known
        for c in table.names
        if c not in known[name].own and c != "branch"  # which one path does not show
    ]


def records(grids: Grids, block: Block) -> list[Record]:
    """Return the rows of a table with the plan's own columns in their own order."""
    at = [(c, block.columns.index(c)) for c in block.own]
    return [{c: row[k] for c, k in at} for row in body_cells(grids[block.sheet], block)]


def read_answer(path: Path) -> Answer:
    """Return the answer in a result workbook, or in the one in a folder. Raises BadWorkbook when it is no result with a
    plan."""
    result = read_result(path)
    try:
        return result.answer()
    except (KeyError, ValueError, TypeError) as error:
        name = path.name if path.suffix else f"{path.name}/results.xlsx"
        raise BadWorkbook(
            [
                Problem(
                    name,
                    f"has tables that do not fit together ({type(error).__name__}: {error}); `didymium verify` shows"
                    " where",
                )
            ]
        ) from error


def answer_of(plan: Answer | str | Path) -> Answer:
    """Return a plan, read from its result where it is not one yet. Raises as `read_answer`."""
    return plan if isinstance(plan, Answer) else read_answer(Path(plan))
