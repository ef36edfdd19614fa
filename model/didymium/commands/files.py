"""The commands that write a file from others: new, export, upgrade, compare, report."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from didymium.console import ConsoleProgress
from didymium.errors import BadWorkbook, OutputInUse, Problem
from didymium.template.chosen import Parts
from didymium.workbooks import export, new, upgrade


def run_new(arguments: argparse.Namespace) -> int:
    """`didymium new`: a blank input workbook, or the default case filled in."""
    kept = Parts(*(tuple(ids) for ids in (arguments.regions, arguments.stages, arguments.elements)))
    parts = kept if kept != Parts() else None
    return _write(arguments.path, lambda: new(arguments.path, arguments.example, arguments.years, parts))


def run_export(arguments: argparse.Namespace) -> int:
    """`didymium export`: the rows of a workbook or result as a workbook or a folder of CSV files."""
    return _write(arguments.path, lambda: export(arguments.source, arguments.path))


def run_upgrade(arguments: argparse.Namespace) -> int:
    """`didymium upgrade`: an older workbook in the current template."""
    return _write(arguments.path, lambda: upgrade(arguments.source, arguments.path))


def run_compare(arguments: argparse.Namespace) -> int:
    """`didymium compare`: one workbook of what differs."""
    from didymium.comparison import compare

    return _write(arguments.out, lambda: compare(arguments.results, arguments.out))


def run_report(arguments: argparse.Namespace) -> int:
    """`didymium report`: the HTML report of a result again, and with `--pdf` printed."""
    from didymium.api import report

    with ConsoleProgress(quiet=False).attached(f"reading {arguments.result}"):
        page = report(arguments.result, pdf=arguments.pdf)
    print(f"wrote {page}")
    return 0


def _write(path: Path, write: Callable[[], Path]) -> int:
    """Run a writer that never replaces a file, and print where it wrote."""
    try:
        with ConsoleProgress(quiet=False).attached(f"writing {path}"):
            written = write()
        print(f"wrote {written}")
    except FileExistsError:
        raise BadWorkbook(
            [Problem(path.name, "is there already and is not overwritten; choose another name")]
        ) from None
    except OSError as error:
        raise OutputInUse(f"{path} could not be written: {error.strerror or error}") from error
    return 0
