"""What the command prints: problems, counts, the quick screen, and progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import groupby

from didymium.checks.checked import Checked
from didymium.engine.highs import Progress
from didymium.errors import ERROR, NOTICE, WARNING, Problem
from didymium.recheck import TOLERANCE
from didymium.reports.verify import Statement


def print_problems(problems: Sequence[Problem], most: int = 200) -> None:
    """Problems by sheet, errors before warnings before notices; the first two hundred, and how many more there are."""
    for sheet, rows in groupby(problems[:most], key=lambda p: p.sheet):
        print(sheet)
        for problem in rows:
            print(f"  {'ERROR' if problem.is_error else problem.severity}  {problem}")
    if len(problems) > most:
        print(f"... and {len(problems) - most} more")


def print_checked(checked: Checked, name: str) -> None:
    """All that a check found: problems, what became of every row, and targets against what could be on line."""
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
    """Asked and possible tonnes by year and stage."""
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


FACTS = (
    "status",
    "scenario",
    "objective_musd",
    "bound_musd",
    "input_sha256",
    "content_sha256",
    "options.gap_percent",
    "options.seed",
)


def print_statement(statement: Statement, most: int = 40) -> None:
    """A reviewer's statement: what was solved with what, every rule with its largest breach, every total, every cell
    that differs."""
    facts = statement.facts
    for fact in (*FACTS, *sorted(f for f in facts if f.startswith("versions."))):
        print(f"{fact}: {facts.get(fact)}")
    print(f"\n{'rule':22} largest breach  where (allowed {TOLERANCE:g})")
    for rule, breach in statement.breaches.items():
        print(
            f"{rule:22} {breach.size:14.2e} "
            f" {breach.where if breach.size else ''}{'   FAIL' if breach.size > TOLERANCE else ''}"
        )
    print(f"\n{'total':110}{'this way':>18}{'that way':>18}")
    for total in statement.totals:
        print(
            f"{total.name:110}{total.again[0]:18,.3f}{total.again[1]:18,.3f}{'' if total.holds else f'   FAIL (Checks row {total.row})'}"
        )
    print()
    for difference in statement.differences[:most]:
        print(f"FAIL: {difference}")
    if len(statement.differences) > most:
        print(f"... and {len(statement.differences) - most:,} more differences")
    if not statement.same_input:
        print("FAIL: the sheet Inputs is not the input that was solved (its content hash differs)")
    for note in statement.notes:
        print(f"note: {note}")
    print("everything holds" if statement.holds else "this result does NOT hold")


class ConsoleProgress:
    """Progress on standard error: one line that moves on a terminal, plain lines in a pipe."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.moving = quiet, sys.stderr.isatty()
        self.started = self.last = time.monotonic()
        self.open = False

    def stage(self, words: str) -> None:
        """A new stage, on a line of its own."""
        if not self.quiet:
            print(
                f"{chr(10) if self.open else ''}[{time.monotonic() - self.started:6.1f} s] {words}",
                file=sys.stderr,
                flush=True,
            )
            self.open = False

    def progress(self, p: Progress) -> None:
        """The solver's best plan, bound and gap; in a pipe not more than once in five seconds."""
        now = time.monotonic()
        if self.quiet or (not self.moving and now - self.last < 5):
            return
        self.last = now
        best = "no plan yet" if p.best is None else f"best plan {p.best:,.0f} M USD"
        bound = "" if p.bound is None else f", at least {p.bound:,.0f}"
        gap = "" if p.gap is None else f", gap {100 * p.gap:.2f} %"
        line = f"[{now - self.started:6.1f} s] {best}{bound}{gap}"
        print(f"\r{line:<78}" if self.moving else line, end="" if self.moving else "\n", file=sys.stderr, flush=True)
        self.open = self.moving
