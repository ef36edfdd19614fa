"""Input workbooks written: new ones, copies in the current template, and copies with their problems shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from didymium.annotations import annotate as annotate_copy
from didymium.case_inputs import CaseInputs, check
from didymium.errors import BadWorkbook, OutputInUse, Problem
from didymium.tables.rows import Tables
from didymium.template import blank, write_folder, write_workbook, written
from didymium.template.chosen import Parts, chosen
from didymium.template.source import tables_of

DEFAULT_YEARS = range(2026, 2041)


def new(path: str | Path, example: bool = False, years: range | None = None, parts: Parts | None = None) -> Path:
    """Write a blank input workbook, or the default case filled in, for the years given (default: 2026 to 2040).

    `parts` keeps some regions, stages or elements of the default case, and what goes with them. Returns where it is.
    Raises FileExistsError rather than replace a file, BadWorkbook for years or parts that the default case does not
    have.
    """
    path = Path(path)
    path = path if path.suffix else path.with_suffix(".xlsx")
    if example:
        tables = example_tables()
        tables = chosen(tables, parts) if parts else tables
        covered = tables.years
        if years and not set(years) <= set(covered):
            text = f"{years[0]}-{years[-1]} reaches beyond the default case, which holds {covered[0]}-{covered[-1]}"
            raise BadWorkbook([Problem("--years", text)])
        content = written(tables, years)
    elif parts:
        raise BadWorkbook([Problem("--regions, --stages, --elements", "go with --example: they keep parts of it")])
    else:
        content = blank(years or DEFAULT_YEARS)
    write_workbook(path, content)
    return path


def export(source: str | Path | CaseInputs, path: str | Path) -> Path:
    """Write the rows of a workbook, CSV folder, result or case in memory again: into a current workbook (`.xlsx`),
    else into a folder of CSV files.

    Returns where it is. Raises FileExistsError rather than replace anything, BadWorkbook where the source does not
    read.
    """
    path = Path(path)
    content = written(source.source if isinstance(source, CaseInputs) else tables_of(Path(source)))
    if path.suffix.casefold() == ".xlsx":
        write_workbook(path, content)
    elif path.suffix:
        raise BadWorkbook([Problem(path.name, "is neither a workbook (.xlsx) nor a folder, whose name has no ending")])
    else:
        write_folder(path, content)
    return path


def upgrade(old: str | Path, new_path: str | Path) -> Path:
    """Write an older workbook in the current template; the old file stays as it is.

    Returns where the new one is. Raises as `export`, and BadWorkbook where the new name does not end in .xlsx.
    """
    path = Path(new_path)
    if path.suffix.casefold() != ".xlsx":
        raise BadWorkbook([Problem(path.name, "must end in .xlsx; `didymium export` writes folders of CSV files")])
    return export(old, path)


def annotate(workbook: str | Path, out: str | Path, problems: Sequence[Problem] | None = None) -> Path:
    """Write a copy of the planner's own workbook in which each problem is coloured, noted and listed (`didymium check
    --mark`); the workbook stays as it is.

    `problems` are those of a check that was made already. Returns where the copy is. Raises OutputInUse where it cannot
    be written or is there already, BadWorkbook where the workbook cannot be read or changed safely.
    """
    if problems is None:
        problems = check(workbook)
    try:
        annotate_copy(Path(workbook), problems, Path(out))
    except FileExistsError as error:
        raise OutputInUse(f"{out} is there already and is not overwritten; choose another name") from error
    except OSError as error:
        raise OutputInUse(f"{out} could not be written: {error.strerror or error}") from error
    return Path(out)


def example_tables() -> Tables:
    """Return the rows of the default case."""
    return tables_of(example_case())


def example_case() -> Path:
    """Return where the default case is: inside an installed package, or in inputs/ of a working tree."""
    here = Path(__file__).parent
    packed = here / "example"
    return packed if packed.is_dir() else here.parents[1] / "inputs" / "allied"
