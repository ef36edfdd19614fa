"""The commands and flags of `didymium`, and what a misspelt one was meant to be.

Nothing slow is imported here, so that `didymium --help` answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from didymium.option_kinds import (
    COMPARISON,
    RESULT,
    Commands,
    Parser,
    add_output,
    add_solver,
    add_workers,
    count,
    positive,
    years,
)
from didymium.run_arguments import add_run, add_runs
from didymium.study_arguments import add_alternatives, add_explain, add_frontier, add_sensitivity

ROUTES = ("auto", "whole", "branches")  # options.Route, which is not imported here
SHELLS = ("bash", "zsh", "fish")
STUDIES = ("frontier", "alternatives", "sensitivity", "explain", "stress")  # the commands of many solves of one case


class _Version(argparse.Action):
    """`--version`: looks the version up only when it is wanted."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *unused: Any) -> None:
        from importlib.metadata import version

        print(f"didymium {version('didymium')}")
        parser.exit()


def parser() -> Parser:
    """Return the parser of all commands and their flags."""
    top = Parser(
        prog="didymium",
        description="Plans allied investment in rare earths.",
        epilog="`didymium COMMAND --help` explains a command.",
    )
    top.add_argument("--version", action=_Version, dest="version", help="print the version and exit")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_new(commands)
    _add_check(commands)
    _add_solve(commands)
    _add_resume(commands)
    _add_stress(commands)
    add_frontier(commands)
    add_alternatives(commands)
    add_sensitivity(commands)
    add_explain(commands)
    _add_verify(commands)
    _add_compare(commands)
    report = commands.add_parser("report", help="write the HTML report of a result again")
    report.add_argument("result", type=Path, metavar="RESULT", help=RESULT)
    report.add_argument("--pdf", action="store_true", help="print it to report.pdf too, by a Chromium, Chrome or Edge")
    brief = commands.add_parser("brief", help="print page one of a result, or write it as slides")
    brief.add_argument("result", type=Path, metavar="RESULT", help=RESULT)
    brief.add_argument(
        "--pptx", action="store_true", help="write brief.pptx beside the result: its sentences and native charts"
    )
    _add_export(commands)
    _add_open(commands)
    add_run(commands)
    add_runs(commands)
    _add_completion(commands)
    return top


def command_line(arguments: argparse.Namespace) -> list[str]:
    """Return the words after `didymium` that are parsed to these arguments."""
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    assert isinstance(commands, dict)
    words, flags = [], []
    for action in commands[arguments.command]._actions:
        value = getattr(arguments, action.dest, None)
        if value is None or value == action.default:
            continue
        if not action.option_strings:
            words += [str(word) for word in (value if isinstance(value, list) else [value])]
        elif action.nargs == 0:
            flags.append(action.option_strings[0])
        elif action.nargs is not None:
            flags += [action.option_strings[0], *map(str, value)]
        else:
            flags += [f"{action.option_strings[0]}={one}" for one in (value if isinstance(value, list) else [value])]
    return [arguments.command, *words, *flags]


def _add_new(commands: Commands[Parser]) -> None:
    new = commands.add_parser("new", help="write a blank input workbook, or the default case filled in")
    new.add_argument("path", type=Path, metavar="PATH")
    new.add_argument("--example", action="store_true", help="fill in the default case")
    new.add_argument("--years", type=years, metavar="A-B", help="the years of the plan (default: 2026-2040)")
    for part, words in (("regions", "regions"), ("stages", "stages of plants"), ("elements", "elements in magnets")):
        new.add_argument(
            f"--{part}", nargs="+", default=(), metavar="ID", help=f"with --example: keep only these {words}"
        )


def _add_check(commands: Commands[Parser]) -> None:
    check = commands.add_parser("check", help="report every problem of a workbook, by sheet and cell")
    check.add_argument("workbook", type=Path, metavar="WORKBOOK", help="an .xlsx file or a folder of CSV files")
    check.add_argument(
        "--mark", type=Path, metavar="COPY", help="write a copy of the workbook with the cells coloured and commented"
    )
    check.add_argument("--json", action="store_true", help="print the problems for machines")


def _add_verify(commands: Commands[Parser]) -> None:
    verify = commands.add_parser("verify", help="re-check a result workbook against every rule, without the optimiser")
    verify.add_argument("result", type=Path, metavar="RESULT", help=RESULT)
    verify.add_argument(
        "--key", type=Path, metavar="PUBLIC", help="also tell whether the owner of this public key signed just this"
    )
    sign = commands.add_parser("sign", help="re-check a result, and sign it with a private key")
    sign.add_argument("result", type=Path, metavar="RESULT", help=RESULT)
    sign.add_argument("--key", type=Path, metavar="PRIVATE", required=True, help="an Ed25519 key, which you alone read")
    keys = commands.add_parser("keys", help="make a key to sign results with, and its public key")
    keys.add_argument("path", type=Path, metavar="NEW", help="a new file; the public key is written beside it, .pub")
    keys.add_argument("--no-passphrase", action="store_true", help="prompt for none: the file alone signs")


def _add_compare(commands: Commands[Parser]) -> None:
    compare = commands.add_parser(
        "compare", help="write one workbook of what differs between results, or between inputs"
    )
    compare.add_argument(
        "results",
        type=Path,
        nargs="+",
        metavar="RESULT",
        help=(
            "results.xlsx files or the folders that hold them, or input workbooks and CSV folders; the first is what"
            " the others are compared with"
        ),
    )
    compare.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        default=COMPARISON,
        help=f"where to write (default: {COMPARISON.as_posix()})",
    )


def _add_export(commands: Commands[Parser]) -> None:
    export = commands.add_parser(
        "export", help="write the data of a workbook or result again, as a workbook or a folder of CSV files"
    )
    export.add_argument(
        "source", type=Path, metavar="SOURCE", help="an input workbook, a folder of CSV files, or a result"
    )
    export.add_argument("path", type=Path, metavar="PATH", help="a new .xlsx file, or a new folder for CSV files")
    upgrade = commands.add_parser(
        "upgrade", help="write an older workbook in the current template; the old file stays as it is"
    )
    upgrade.add_argument("source", type=Path, metavar="OLD")
    upgrade.add_argument("path", type=Path, metavar="NEW")


def _add_open(commands: Commands[Parser]) -> None:
    desk = commands.add_parser("open", help="open the desk: a local page to check, run and compare without a terminal")
    desk.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("."),
        metavar="FOLDER",
        help="the folder that holds your workbooks (default: this one); results go into outputs/ below it",
    )
    desk.add_argument(
        "--port", type=count, metavar="N", help="the port of the page (default: 8350, or the next one that is free)"
    )
    desk.add_argument("--no-browser", action="store_true", help="only print the address of the page, do not open it")
    desk.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="so many runs at a time, others wait (default: half of the processor's cores)",
    )


def _add_completion(commands: Commands[Parser]) -> None:
    completion = commands.add_parser(
        "completion",
        help="print a script by which a shell completes commands and flags",
        description="Prints a script by which a shell completes the commands and flags of didymium.",
        epilog=(
            'bash: put  eval "$(didymium completion bash)"  into ~/.bashrc; zsh: put  eval "$(didymium completion zsh)"'
            "  into ~/.zshrc, after compinit; fish: run  didymium completion fish >"
            " ~/.config/fish/completions/didymium.fish"
        ),
    )
    completion.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def _add_solve(commands: Commands[Parser]) -> None:
    solve = commands.add_parser("solve", help="find the least-cost plan, by default of the base scenario")
    solve.add_argument(
        "workbooks", type=Path, nargs="+", metavar="WORKBOOK", help=".xlsx files or folders of CSV files"
    )
    which = solve.add_mutually_exclusive_group()
    which.add_argument("--scenario", metavar="ID", help="solve this scenario, foreseen (default: the base)")
    which.add_argument(
        "--stochastic", action="store_true", help="one plan for all scenarios, when nobody knows which it will be"
    )
    which.add_argument("--each-scenario", action="store_true", help="each scenario alone, foreseen")
    solve.add_argument(
        "--route",
        choices=ROUTES,
        default="auto",
        help="with --stochastic: the tree as one model (whole), branch by branch, or by its size",
    )
    solve.add_argument(
        "--value",
        action="store_true",
        help="with --stochastic: also what knowing the future, and planning for not knowing it, are worth; the latter"
        " against planning for the base, and for each other scenario alone",
    )
    add_workers(solve)
    _add_search(solve)
    solve.add_argument(
        "--again", action="store_true", help="of several solves: also those that an earlier call has finished"
    )
    add_output(solve, "summary.json, or of several solves a list of how each ended,")
    solve.set_defaults(below=False)  # of one of several solves: its folder is below --out


def _add_resume(commands: Commands[Parser]) -> None:
    resume = commands.add_parser(
        "resume",
        help="go on with a solve or study that was stopped or died, from what it kept",
        description=(
            "Goes on with the last solve or study into a folder that was stopped or died, from what it kept, with the"
            " same flags and the same input. What was solved but could not be written is written."
        ),
    )
    resume.add_argument("folder", type=Path, metavar="FOLDER", help="where the run writes, or was to write")
    resume.add_argument(
        "--time-limit", type=float, metavar="S", help="so many seconds from now (default: as the run had)"
    )
    add_output(resume, "what the run prints for machines")


def _add_search(solve: Parser) -> None:
    """Where to write, when to stop, how to search."""
    solve.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: outputs/<workbook>/<scenario>)"
    )
    solve.add_argument(
        "--gap", type=float, metavar="%", help="stop when the plan is proven this near to the least cost"
    )
    solve.add_argument(
        "--time-limit", type=float, metavar="S", help="stop after so many seconds with the best plan so far"
    )
    add_solver(solve)
    solve.add_argument(
        "--start",
        type=Path,
        metavar="RESULT",
        help=f"{RESULT}: a plan whose decisions are tried first, last year's or that of a neighbouring case",
    )
    _add_holds(solve)
    solve.add_argument(
        "--dry-run",
        action="store_true",
        help="check and build, tell the size and the memory that a solve needs, do not solve",
    )


def _add_holds(solve: Parser) -> None:
    """What a person decides, and the plan does not."""
    solve.add_argument(
        "--pin",
        type=Path,
        metavar="RESULT",
        help=f"hold the decisions of {RESULT}, or of a CSV file with project, decision_year and modules",
    )
    solve.add_argument(
        "--hold-until", type=count, metavar="YEAR", help="with --pin: only decisions up to this year, the rest is free"
    )
    solve.add_argument(
        "--force",
        action="append",
        metavar="P[@YEAR]",
        help="a project that is built, by its id or name; with @YEAR decided in that year; may be repeated",
    )
    solve.add_argument(
        "--forbid",
        action="append",
        metavar="P",
        help="a project of which nothing is built beyond what is committed; may be repeated",
    )


def _add_stress(commands: Commands[Parser]) -> None:
    stress = commands.add_parser(
        "stress", help="hold a plan's builds and run it through scenarios, losses and random draws"
    )
    stress.add_argument("result", type=Path, metavar="RESULT", help=RESULT)
    stress.add_argument(
        "--draws", type=count, default=200, metavar="N", help="random draws of what is uncertain (default: 200)"
    )
    stress.add_argument("--seed", type=count, default=0, metavar="S", help="seed of the draws (default: 0)")
    stress.add_argument(
        "--regret",
        type=count,
        default=60,
        metavar="S",
        help="seconds to find the least cost of each scenario, builds free (default: 60; 0: no regret)",
    )
    stress.add_argument("--myopic", action="store_true", help="operate each year without knowing the next")
    stress.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: the folder stress beside the result)"
    )
    add_workers(stress)
    add_output(stress, "stress.json")
