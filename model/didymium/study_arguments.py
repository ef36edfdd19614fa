"""The flags of the studies: frontier, alternatives, sensitivity and explain."""

from __future__ import annotations

from pathlib import Path

from didymium.option_kinds import RESULT, Commands, Parser, add_output, add_solver, count


def add_frontier(commands: Commands[Parser]) -> None:
    """Add `didymium frontier`."""
    frontier = _of_a_workbook(commands, "frontier", "find what each level of the targets costs, and what it builds")
    frontier.add_argument(
        "--target", nargs="+", metavar="ID", help="scale only these targets (default: all of them together)"
    )
    frontier.add_argument(
        "--steps", type=count, default=11, metavar="N", help="how many levels (default: 11, so 0, 10, ... 100 %%)"
    )
    frontier.add_argument(
        "--from", type=float, dest="low", default=0.0, metavar="%", help="the laxest level, percent of the full targets"
    )
    frontier.add_argument(
        "--to", type=float, dest="high", default=100.0, metavar="%", help="the strictest one (default: 100)"
    )
    _add_searches(frontier, "frontier", "each level this near to its least cost", "each level")


def add_alternatives(commands: Commands[Parser]) -> None:
    """Add `didymium alternatives`."""
    other = _of_a_workbook(
        commands, "alternatives", "find which projects every good plan builds, which some do, and which none does"
    )
    other.add_argument(
        "--within", type=float, default=1.0, metavar="%", help="a good plan costs so much more at most (default: 1)"
    )
    other.add_argument("--plans", type=count, default=8, metavar="K", help="plans as unlike as possible (default: 8)")
    other.add_argument("--scenarios", action="store_true", help="also solve every scenario: how often each is built")
    other.add_argument(
        "--frontier", type=Path, metavar="DIR", help="a frontier of the same case (default: the folder frontier beside)"
    )
    other.add_argument(
        "--start", type=Path, metavar="RESULT", help=f"{RESULT}: a plan of the case, which is then known"
    )
    _add_searches(other, "alternatives", "the first plan this near to the least cost", "each search")


def add_sensitivity(commands: Commands[Parser]) -> None:
    """Add `didymium sensitivity`."""
    sensitivity = _of_a_workbook(
        commands,
        "sensitivity",
        "find what the least cost is at both ends of each uncertain input, the plan optimised anew",
    )
    sensitivity.add_argument(
        "--inputs",
        type=count,
        default=10,
        metavar="N",
        help="how many inputs, those of the widest range (default: 10)",
    )
    _add_searches(sensitivity, "sensitivity", "each end this near to its least cost", "each solve")


def _of_a_workbook(commands: Commands[Parser], name: str, words: str) -> Parser:
    """A study of an input."""
    study = commands.add_parser(name, help=words)
    study.add_argument("workbook", type=Path, metavar="WORKBOOK", help="an .xlsx file or a folder of CSV files")
    return study


def _add_searches(study: Parser, name: str, proven: str, stopped: str) -> None:
    """What the searches of a study of an input take, and where it is written."""
    study.add_argument("--scenario", metavar="ID", help="of this scenario, foreseen (default: the base)")
    study.add_argument("--out", type=Path, metavar="DIR", help=f"where to write (default: outputs/<workbook>/{name})")
    study.add_argument("--gap", type=float, metavar="%", help=f"prove {proven}")
    study.add_argument("--time-limit", type=float, metavar="S", help=f"stop {stopped} after so many seconds")
    add_solver(study)
    add_output(study, f"{name}.json")


def add_explain(commands: Commands[Parser]) -> None:
    """Add `didymium explain`."""
    explain = commands.add_parser(
        "explain",
        help=(
            "of a result: tell why each project is in the plan or not, and at which price it would enter; of an input:"
            " why no plan meets every hard rule, and which single cells would restore one"
        ),
    )
    explain.add_argument(
        "source",
        type=Path,
        metavar="RESULT|WORKBOOK",
        help=f"{RESULT}; or an input, an .xlsx file or a folder of CSV files",
    )
    explain.add_argument(
        "--project",
        action="append",
        metavar="P",
        help="of a result: only this one, by id or name, with searches; may be repeated",
    )
    explain.add_argument("--scenario", metavar="ID", help="of an input: this scenario, foreseen (default: the base)")
    explain.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to write (default: the folder explain beside the result, or outputs/<workbook>/explain)",
    )
    explain.add_argument("--gap", type=float, metavar="%", help="of a result: search until costs are proven this near")
    explain.add_argument(
        "--time-limit",
        type=float,
        metavar="S",
        help="of a result: stop each search after so many seconds; of an input: all of them together",
    )
    add_solver(explain)
    add_output(explain, "explain.json")
