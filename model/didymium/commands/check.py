"""`didymium check`: every problem of a workbook, what became of every row, and targets against what is within reach."""

from __future__ import annotations

import argparse
import json
import sys

from didymium.case_inputs import examine
from didymium.checks.checked import Checked
from didymium.console import ConsoleProgress, print_problems
from didymium.errors import ERROR, NOTICE, WARNING, BadWorkbook
from didymium.workbooks import annotate


def run_check(arguments: argparse.Namespace) -> int:
    """Print what was found before the copy is written, so that a copy that cannot be written costs nobody the
    problems."""
    try:
        with ConsoleProgress(quiet=False).attached(f"checking {arguments.workbook}"):
            checked = examine(arguments.workbook)
    except BadWorkbook as error:  # the file cannot be read at all, so there is nothing to annotate
        checked = Checked(error.problems)
    if arguments.json:
        print(json.dumps(checked.as_record(), indent=1))
    else:
        print_checked(checked, str(arguments.workbook))
    if arguments.mark and checked.counts:
        sys.stdout.flush()
        with ConsoleProgress(quiet=False).attached(f"writing {arguments.mark}"):
            annotate(arguments.workbook, arguments.mark, checked.problems)
        if not arguments.json:
            print(f"wrote {arguments.mark}")
    return BadWorkbook.exit_code if checked.count(ERROR) else 0


def print_checked(checked: Checked, name: str) -> None:
    """Print all that a check found: problems, what became of every row, and targets against what could be on line."""
    print_problems(checked.problems)
    if checked.counts:
        _print_counts(checked)
    if checked.screen:
        _print_screen(checked)
    print(f"{name}: {checked.count(ERROR)} errors, {checked.count(WARNING)} warnings, {checked.count(NOTICE)} notices")


def _print_counts(checked: Checked) -> None:
    print(f"\n{'sheet':14}{'rows read':>10}{'used':>7}{'ignored':>9}{'defaults':>10}   why ignored")
    for sheet, count in checked.counts.items():
        why = ", ".join(f"{n} {reason}" for reason, n in count.rows_ignored.items())
        print(
            f"{sheet:14}{count.rows_read:10,}{count.rows_used:7,}{count.rows_ignored.total():9,}{count.defaults:10,}  "
            f" {why}".rstrip()
        )
    ignored = checked.cells_ignored
    read = sum(count.cells_read for count in checked.counts.values())
    print(
        f"{read:,} cells read, {read - ignored.total():,} used; ignored: "
        + (", ".join(f"{n:,} {reason}" for reason, n in ignored.items()) or "none")
    )


def _print_screen(checked: Checked) -> None:
    """Required and possible tonnes by year and stage."""
    stages = list(dict.fromkeys(row.stage for row in checked.screen))
    cells = {(row.year, row.stage): row for row in checked.screen}
    print(
        "\nQuick screen: tonnes of magnets that targets want China-free at a stage / most that could be by then, before"
        " any solve"
    )
    print(f"{'year':6}{'demand':>9}" + "".join(f"{stage:>19}" for stage in stages))
    for year in sorted({row.year for row in checked.screen}):
        rows = [cells.get((year, stage)) for stage in stages]
        demand = next(row.demand for row in rows if row)
        print(
            f"{year:<6}{demand:9,.0f}"
            + "".join(f"{row.required:9,.0f} /{row.possible:8,.0f}" if row else f"{'':19}" for row in rows)
        )
    print()
