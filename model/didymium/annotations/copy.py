"""The annotated copy: from the planner's workbook and its problems to a new file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from didymium.annotations.listing import add_listing, add_styles
from didymium.annotations.notes import add_notes
from didymium.annotations.parts import Parts, elements
from didymium.annotations.worksheet import Worksheet
from didymium.errors import BadWorkbook, Problem, Severity
from didymium.excel.book import Book
from didymium.excel.files import part_of, write_new
from didymium.tables.grid import Grid
from didymium.tables.read import read_source
from didymium.tables.xlsx.package import Damaged, bad

_LONGEST_NOTE = 1_500  # characters


def annotate(path: Path, problems: Sequence[Problem], copy: Path) -> None:
    """Write `copy`: the workbook with each bad cell coloured and noted, and a sheet that lists all problems with links.

    A folder of CSV files becomes a workbook with a sheet a file. Raises FileExistsError rather than replace a file,
    BadWorkbook where the workbook cannot be changed safely.
    """
    suffix = ".xlsx" if path.is_dir() else path.suffix
    if copy.suffix.casefold() != suffix.casefold():
        raise BadWorkbook([Problem(copy.name, f"the marked copy must end in {suffix}, as the workbook does")])
    if path.is_dir():
        bare = part_of(copy).with_stem(f"{part_of(copy).stem}.cells")
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            _bare_workbook(bare, read_source(path).grids)
            write_new(copy, lambda part: _write(bare, problems, part, path.name))
        finally:
            bare.unlink(missing_ok=True)
    else:
        write_new(copy, lambda part: _write(path, problems, part, path.name))


def _bare_workbook(path: Path, grids: Sequence[Grid]) -> None:
    """The cells of CSV files as a workbook, each where its file has it."""
    with Book(path) as book:
        for grid in grids:
            page = book.file.add_worksheet(grid.name[:31])
            for row, raw in enumerate(grid.rows):
                for column, value in enumerate(raw):
                    if value is not None:
                        page.write_string(row, column, str(value))


def _write(path: Path, problems: Sequence[Problem], target: Path, name: str) -> None:
    try:
        parts = Parts(path)
        try:
            _annotate(parts, problems, name)
            parts.write(target)
        finally:
            parts.package.close()
    except Damaged as fault:
        raise bad(path, fault) from fault


def _annotate(parts: Parts, problems: Sequence[Problem], name: str) -> None:
    relations = parts.relations(parts.main)
    styles = next((part for kind, part in relations.values() if kind == "styles"), "")
    if not parts.has(styles):
        raise Damaged("holds no styles; open it in Excel, save it, and check it again")
    colours, listing = add_styles(parts, styles)
    named: dict[str, str] = {}
    cells = _by_cell(problems)
    for number, element in enumerate(elements(parts.dom(parts.main), "sheet"), 1):
        title = element.getAttribute("name")
        relation = next((v for k, v in element.attributes.items() if k.endswith(":id")), "")
        kind, part = relations.get(relation, ("", ""))
        named.setdefault(title.strip().casefold(), title)
        if kind == "worksheet" and parts.has(part):
            _annotate_sheet(parts, part, number, cells.get(title.strip().casefold(), {}), colours)
    counts = {severity: sum(p.severity is severity for p in problems) for severity in Severity}
    totals = ", ".join(f"{count} {severity}s" for severity, count in counts.items())
    headline = (
        f"didymium check of {name}: {totals}. Mend the cells here or in your own file; colours and notes of this check"
        " can be taken off with Clear Rules and Delete Note."
    )
    add_listing(parts, problems, named, listing, headline)


def _by_cell(problems: Sequence[Problem]) -> dict[str, dict[str, list[Problem]]]:
    """Problems by sheet, in lower case, and cell; that of a whole row stands at its first cell."""
    found: dict[str, dict[str, list[Problem]]] = defaultdict(lambda: defaultdict(list))
    for problem in [each for p in problems for each in (p, *(replace(p, place=place, also=()) for place in p.also))]:
        row = problem.place.partition("!row ")[2]
        cell = problem.cell or (f"A{row}" if row.isdecimal() and row != "0" else "")
        if cell:
            found[problem.sheet.strip().casefold()][cell].append(problem)
    return found


def _annotate_sheet(
    parts: Parts, part: str, number: int, cells: dict[str, list[Problem]], colours: dict[Severity, int]
) -> None:
    page = Worksheet(parts.content(part))
    by_severity: dict[Severity, list[str]] = {severity: [] for severity in Severity}
    for cell, found in cells.items():
        worst = min((p.severity for p in found), key=list(Severity).index)
        by_severity[worst].append(cell)
    notes = {
        cell: "\n".join(f"{p.severity.upper()}: {p.text}" for p in found)[:_LONGEST_NOTE]
        for cell, found in cells.items()
    }
    drawing = add_notes(parts, part, number, notes, page.drawing)
    parts.put(part, page.annotated(by_severity, colours, drawing, parts.relations_base))
