"""Results, or inputs without results, side by side in one workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from didymium.errors import BadWorkbook, Problem
from didymium.excel.files import write_new
from didymium.reports.compare import write_comparison
from didymium.reports.compare_inputs import write_input_comparison
from didymium.reports.result_reader import read_answer
from didymium.tables.rows import Tables
from didymium.template.source import holds_result, tables_of


def compare(sources: Sequence[str | Path], path: str | Path) -> Path:
    """Write one workbook of what differs between results, or, where any is an input without one, between inputs.
    Returns where it is.

    A source is a workbook, a folder that holds a result, or a folder of CSV files. Raises BadWorkbook for fewer than
    two or one that does not read, FileExistsError rather than replace a file.
    """
    paths = [Path(source) for source in sources]
    if len(paths) < 2:
        raise BadWorkbook([Problem("compare", "two results, or two input workbooks, or more are needed")])
    named = dict(zip(result_names(paths), paths, strict=True))
    solved = [name for name, p in named.items() if holds_result(p)]
    target = Path(path)
    if len(solved) == len(named):
        answers = {name: read_answer(p) for name, p in named.items()}
        write_new(target, lambda part: write_comparison(part, answers))
    else:
        inputs = {name: _inputs_of(name, p) for name, p in named.items()}
        write_new(target, lambda part: write_input_comparison(part, inputs, solved))
    return target


def _inputs_of(name: str, path: Path) -> Tables:
    """The rows of one of several inputs; each problem names the input it is in."""
    try:
        return tables_of(path)
    except BadWorkbook as error:
        raise BadWorkbook([replace(p, text=f"{p.text} (in {name})") for p in error.problems]) from error


def result_names(paths: Sequence[Path]) -> list[str]:
    """Return what results are called: their folders' names, with as many of the folders above as tell them apart."""
    folders = [
        (p if p.suffix != ".xlsx" else p.parent if p.name == "results.xlsx" else p.with_suffix("")).resolve()
        for p in paths
    ]
    for depth in range(1, max(len(f.parts) for f in folders) + 1):
        names = ["/".join(f.parts[-depth:]) for f in folders]
        if len(set(names)) == len(names):
            return names
    return [f"{f.name} ({k})" for k, f in enumerate(folders, 1)]
