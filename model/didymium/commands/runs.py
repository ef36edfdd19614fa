"""`didymium runs`: the registry of runs, listed, looked through, compared, noted and pruned."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from didymium import registry
from didymium.errors import BadWorkbook, Problem
from didymium.registry import RunRecord
from didymium.tables.cells import nearest

Words = Sequence[str]
HEADINGS = ("id", "began", "s", "kind", "workbook", "scenario", "status", "M USD", "gap %", "why")
SHOWN = 20  # runs that are listed where no number is given
HOW = {  # what follows each word
    "show": "ID",
    "compare": "ID ID",
    "note": "ID TEXT",
    "prune": "nothing, but --older-than or --kept",
}


def run_runs(arguments: argparse.Namespace) -> int:
    """List runs, or do what the first word says; returns the exit code."""
    words = arguments.words
    if not words:
        return _list(arguments)
    if words[0].isdigit():
        words = ["show", *words]
    doing = {"show": _show, "compare": _compare, "note": _note, "prune": _prune}.get(words[0])
    if doing is None:
        raise _refusal(f"{words[0]!r} is nothing that it does{nearest(words[0], list(HOW))}")
    return doing(arguments, words[1:])


def _refusal(text: str) -> BadWorkbook:
    return BadWorkbook([Problem("didymium runs", text)])


def _found(arguments: argparse.Namespace, limit: int | None) -> list[RunRecord]:
    return registry.runs(
        workbook=arguments.workbook,
        hash=arguments.hash,
        kind=arguments.kind,
        status=arguments.status,
        since=arguments.since,
        limit=limit,
    )


def _list(arguments: argparse.Namespace) -> int:
    """Print the latest runs, the latest last, where a person looks first."""
    found = _found(arguments, SHOWN if arguments.limit is None else arguments.limit)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    if not found:
        print(f"no such run in {registry.registry_file()}")
        return 0
    print("\n".join(table(found)))
    return 0


def table(found: Sequence[RunRecord]) -> list[str]:
    """Return the lines of a table of runs, the latest last."""
    rows = [[*HEADINGS], *(_cells(row) for row in reversed(found))]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADINGS))]
    right = [heading in ("id", "s", "M USD", "gap %") for heading in HEADINGS]  # numbers
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _cells(row: RunRecord) -> list[str]:
    """A run as a row of the table."""
    path = Path(str(row["workbook"]))
    why = " ".join(str(part) for part in (row["reason"], row["notes"] and f"[{row['notes']}]") if part)
    return [
        str(row["id"]),
        str(row["began"])[:16].replace("T", " "),
        _number(row["seconds"], "{:.0f}"),
        str(row["kind"]),
        path.name,
        str(row["scenario"] or ""),
        str(row["status"]),
        _number(row["cost_musd"], "{:,.1f}"),
        _number(row["gap_percent"], "{:.2f}"),
        why if len(why) <= 60 else f"{why[:57]}...",
    ]


def _number(value: object, form: str) -> str:
    return form.format(value) if isinstance(value, (int, float)) else ""


def _show(arguments: argparse.Namespace, words: Words) -> int:
    """Print all that is known of one run."""
    row = _run(words, "show", 1)[0]
    if arguments.json:
        print(json.dumps(row, indent=1))
    else:
        width = max(map(len, row))
        print("\n".join(f"{name:<{width}}  {value}" for name, value in row.items() if value is not None))
    return 0


def _compare(arguments: argparse.Namespace, words: Words) -> int:
    """Compare the folders of two runs, as `didymium compare` does."""
    from didymium.comparison import compare

    rows = _run(words, "compare", 2)
    problems = [problem for row in rows for problem in _without_results(row)]
    if problems:
        raise BadWorkbook(problems)
    print(compare([str(row["folder"]) for row in rows], arguments.out))
    return 0


def _without_results(row: RunRecord) -> Iterator[Problem]:
    """What is wrong where the results of a run are not in its folder any more."""
    folder = Path(str(row["folder"]))
    if row["exit_code"] not in registry.WROTE or not (folder / "results.xlsx").exists():
        yield Problem(f"run {row['id']}", f"has no results in {folder}")
        return
    later = [r for r in registry.runs(kind=str(row["kind"])) if r["folder"] == row["folder"]]
    written = [int(str(r["id"])) for r in later if r["exit_code"] in registry.WROTE]
    if written[0] != row["id"]:
        yield Problem(f"run {row['id']}", f"has no results any more: run {written[0]} wrote into {folder} since")


def _note(arguments: argparse.Namespace, words: Words) -> int:
    """Put words to a run."""
    row = _run(words[:1], "note", 1)[0]
    if len(words) < 2:
        raise _refusal(f"note takes {HOW['note']}")
    registry.note(int(str(row["id"])), " ".join(words[1:]))
    return 0


def _prune(arguments: argparse.Namespace, words: Words) -> int:
    """Forget runs, and say which."""
    if words:
        raise _refusal(f"prune takes {HOW['prune']}")
    ids, removed = registry.prune(arguments.older_than, arguments.kept)
    print(f"{len(ids)} runs are forgotten; no result was touched")
    for path in removed:
        print(f"removed {path}")
    return 0


def _run(words: Words, doing: str, count: int) -> list[RunRecord]:
    """The runs of some ids, in this order. Raises BadWorkbook where they are not so many, or not in the registry."""
    if len(words) != count or not all(word.isdigit() for word in words):
        raise _refusal(f"{doing} takes {HOW[doing]}; `didymium runs` lists the ids")
    known = {row["id"]: row for row in registry.runs(ids=[int(word) for word in words])}
    unknown = [word for word in words if int(word) not in known]
    if unknown:
        raise _refusal(f"there is no run {', '.join(unknown)}; `didymium runs` lists them")
    return [known[int(word)] for word in words]
