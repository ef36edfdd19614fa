"""`make bench`: the scenario tree of the default case, as one model and branch by branch; a tree four times as wide;
what each step of the search gains over HiGHS alone. Each solve is a command of its own, so that its memory can be told.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import didymium
from didymium.case.tree import Tree, full_tree, path_tree
from didymium.engine.highs import HighsSolve, Options, Outcome, relative_gap
from didymium.engine.search import Search
from didymium.engine.solve import prepare

INPUTS = Path(__file__).parents[1] / "inputs"
MINUTES_15, SIX_GIB = 900.0, 6 * 1024.0
SPLIT = (0.7, 0.9, 1.1, 1.3)  # what the wide tree multiplies the strength of every shock by


def solve(case: Path, out: Path, *options: str) -> dict[str, object]:
    """Solve a tree by the command; its summary."""
    command = [
        sys.executable,
        "-m",
        "didymium",
        "solve",
        str(case),
        "--stochastic",
        "--out",
        str(out),
        "--quiet",
        *options,
    ]
    done = subprocess.run(command, check=False)
    assert done.returncode in (0, 4), done.returncode
    summary: dict[str, object] = json.loads((out / "summary.json").read_text())
    return summary


def told(name: str, summary: dict[str, object], gap: float, seconds: float = MINUTES_15) -> int:
    """Print what a solve came to against its bars; returns how many were missed."""
    spent, options = summary["seconds"], summary["options"]
    assert isinstance(spent, dict) and isinstance(options, dict)
    reached, memory = float(str(summary["gap_percent"])), float(str(summary["peak_memory_mb"]))
    bad = (reached > gap) + (spent["total"] > seconds) + (memory > SIX_GIB)
    size = summary["model"]
    assert isinstance(size, dict)
    print(
        f"{name} ({options['route']}, {size['variables']:,} variables): {summary['objective_musd']:,.0f} M USD, at"
        f" least {summary['bound_musd']:,.0f}, gap {reached:.2f} % (bar {gap:g}), {spent['total']:.0f} s (bar"
        f" {seconds:g}), {memory:,.0f} MB (bar {SIX_GIB:,.0f}) {'MISSED' if bad else 'met'}",
        flush=True,
    )
    return int(bad)


def wide(folder: Path) -> Path:
    """The default case with every scenario but the base split in four, which its shocks hit more or less."""
    shutil.copytree(INPUTS / "allied", folder)
    scenarios, shocks = (
        list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8", newline="")))
        for name in ("scenarios", "shocks")
    )
    base = next(s["scenario"] for s in scenarios if not s["reveal_year"])
    kept = [s for s in scenarios if s["scenario"] == base]
    hits = [s for s in shocks if s["scenario"] == base]
    for s in scenarios:
        for k, strength in enumerate(SPLIT if s["scenario"] != base else ()):
            name = f"{s['scenario']}_{k}"
            kept.append(
                {**s, "scenario": name, "probability_percent": str(float(s["probability_percent"]) / len(SPLIT))}
            )
            for shock in (x for x in shocks if x["scenario"] == s["scenario"]):
                value = float(shock["value"])
                scaled = value if shock["kind"] in ("delay", "outage") else max(0.0, 1 + (value - 1) * strength)
                hits.append({**shock, "scenario": name, "value": f"{scaled:.4f}"})
    for name, rows in (("scenarios", kept), ("shocks", hits)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def gains(asked: didymium.CaseInputs, tree: Tree, name: str, gap: float, limit: float) -> int:
    """The search in steps and HiGHS alone, each to the gap or the limit; returns 1 where the steps reach it more than a
    fifth later."""
    _, matrix, _ = prepare(asked.case, tree)
    spent = []
    for who in ("search in steps", "HiGHS alone"):
        started = time.perf_counter()
        options = Options(gap=gap, time_limit=limit)
        outcome = (
            Search(matrix, options, None, None, None).run()
            if who == "search in steps"
            else HighsSolve(matrix, options).solve()
        )
        spent.append(time.perf_counter() - started)
        print(f"{name}, {who}: gap {_gap(outcome)} (asked {100 * gap:g}) after {spent[-1]:.0f} s", flush=True)
    return int(spent[0] > 1.2 * spent[1])


def _gap(outcome: Outcome) -> str:
    gap = relative_gap(outcome.objective, outcome.bound)
    return "no plan or no bound" if gap is None else f"{100 * gap:.2f} %"


def main() -> int:
    """Print one line per figure; returns how many bars were missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        missed += told(
            "default tree, every year",
            solve(INPUTS / "allied.xlsx", at / "whole", "--route", "whole", "--gap", "2", "--time-limit", "900"),
            2,
        )
        apart = ("--workers", "2", "--time-limit", "700")
        missed += told(
            "default tree by branches",
            solve(INPUTS / "allied.xlsx", at / "apart", "--route", "branches", "--gap", "2", *apart),
            2,
        )
        missed += told("tree of 37 scenarios", solve(wide(at / "case"), at / "wide", "--gap", "3", *apart), 3)
    # After the commands: a child's peak memory counts from what its parent holds
    asked = didymium.read(INPUTS / "allied.xlsx")
    missed += gains(asked, path_tree(asked.case, asked.case.base.name), "default case, base", 0.005, 120)
    missed += gains(asked, full_tree(asked.case), "default case, tree", 0.02, MINUTES_15)
    return missed


if __name__ == "__main__":
    sys.exit(main())
