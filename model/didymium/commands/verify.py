"""`didymium verify`: a result compared with its checksums and with itself written again, every rule re-checked, and who
signed it; `didymium sign` and `didymium keys`."""

from __future__ import annotations

import argparse
import getpass

from didymium import api
from didymium.console import ConsoleProgress
from didymium.errors import BadWorkbook, Problem
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
        statement = verify(arguments.result, arguments.key)
    print_statement(statement)
    return 0 if statement.holds else BadWorkbook.exit_code


def run_sign(arguments: argparse.Namespace) -> int:
    """Sign a result that holds; a passphrase is prompted for. Returns 0."""

    def ask() -> str:
        return getpass.getpass(f"passphrase of {arguments.key}: ")

    with ConsoleProgress(quiet=False).attached(f"re-checking {arguments.result}"):
        signature = api.sign(arguments.result, arguments.key, ask)
    print(f"wrote {signature}")
    return 0


def run_keys(arguments: argparse.Namespace) -> int:
    """Make a pair of keys. Returns 0. Raises BadWorkbook where the passphrase is not typed twice."""
    passphrase = ""
    if not arguments.no_passphrase:
        passphrase = getpass.getpass(f"passphrase of {arguments.path} (none: press Enter): ")
        if passphrase and getpass.getpass("once more: ") != passphrase:
            raise BadWorkbook([Problem("passphrase", "was typed in two ways; nothing was written")])
    private, public = api.keys(arguments.path, passphrase)
    print(f"wrote {private}: keep it to yourself; it signs")
    print(f"wrote {public}: give it to those who verify")
    return 0


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
    print_signature(statement)
    for note in statement.notes:
        print(f"note: {note}")
    print("everything holds" if statement.holds else "this result does NOT hold")


def print_signature(statement: Statement) -> None:
    """Print who signed, and when, or why the signature does not hold; nothing where none was to be checked."""
    signature = statement.signature
    if signature is None:
        return
    for place, text in signature.faults:
        print(f"FAIL: {place} {text}")
    if not signature.faults:
        print(f"signed on {signature.signed_at} with the key {signature.key}")
