"""`didymium verify`: a result compared with its checksums and with itself written again, and every rule re-checked."""

from __future__ import annotations

import argparse

from didymium.console import ConsoleProgress
from didymium.errors import BadWorkbook
from didymium.recheck import TOLERANCE
from didymium.reports.verify import Statement, verify

FACTS = (
    "status",
    "scenario",
    "objective_musd",
    "bound_musd",
    "bound_by_duals_musd",
    "input_sha256",
    "content_sha256",
    "options.gap_percent",
    "options.seed",
)


def run_verify(arguments: argparse.Namespace) -> int:
    """Print the statement; returns 0 where everything holds."""
    with ConsoleProgress(quiet=False).attached(f"re-checking {arguments.result}"):
        statement = verify(arguments.result)
    print_statement(statement)
    return 0 if statement.holds else BadWorkbook.exit_code


def print_statement(statement: Statement, maximum: int = 40) -> None:
    """Print a reviewer's statement: what was solved with what, every rule with its largest breach, every total, every
    cell that differs (at most `maximum` of them)."""
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
        verdict = "" if total.holds else f"   FAIL (Checks row {total.row})"
        print(f"{total.name:110}{total.again[0]:18,.3f}{total.again[1]:18,.3f}{verdict}")
    if statement.bound is not None and statement.bound.proven is not None:
        print(
            f"\nno plan costs less than {statement.bound.proven:,.3f} M USD: proven again, exactly, from the duals kept"
        )
    print()
    for difference in statement.differences[:maximum]:
        print(f"FAIL: {difference}")
    if len(statement.differences) > maximum:
        print(f"... and {len(statement.differences) - maximum:,} more differences")
    if not statement.same_input:
        print("FAIL: the sheet Inputs is not the input that was solved (its content hash differs)")
    for note in statement.notes:
        print(f"note: {note}")
    print("everything holds" if statement.holds else "this result does NOT hold")
