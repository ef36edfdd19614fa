"""`make bench`, third part: what writing and verifying results costs, for the default case and for one ten times as
large."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import didymium
from didymium.reports.verify import verify

ALLIED = Path(__file__).parents[1] / "inputs" / "allied"
SHARED = ("probability", "weight", "weighted_musd")


def tenfold(plan: didymium.Plan) -> didymium.Plan:
    """The same plan told once for each of ten branches, each with a tenth of the odds: ten times the rows, the same
    cost."""
    branches = [row.text("scenario") for row in plan.source["Scenarios"]]
    tables = {}
    for name, rows in plan.tables.items():
        many = (
            [(row, branch) for branch in branches for row in rows]
            if rows and "branch" in rows[0]
            else [(row, "") for row in rows]
        )
        tables[name] = [
            {
                k: branch if k == "branch" else float(str(v)) / len(branches) if k in SHARED else v
                for k, v in row.items()
            }
            for row, branch in many
        ]
    return didymium.Plan(plan.source, branches, tables, plan.summary, plan.breaches, plan.clean_labels, plan.log)


def main() -> int:
    """One line a job; returns how many missed their bar."""
    missed = 0
    plan = didymium.solve(didymium.read(ALLIED), gap_percent=2)
    for name, answer, seconds, megabytes in (
        ("the default case", plan, 5, 5),
        ("one ten times as large", tenfold(plan), 60, 60),
    ):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            files = answer.save(folder)
            spent = time.perf_counter() - started
            sizes = {path.name: path.stat().st_size / 2**20 for path in files}
            met = (
                spent <= seconds
                and sizes["results.xlsx"] <= megabytes
                and sizes["report.html"] <= 6 * (1 if megabytes == 5 else 10)
            )
            missed += not met
            rows = sum(len(t) for t in answer.tables.values())
            told = ", ".join(f"{file} {size:.2f} MB" for file, size in sizes.items() if size > 0.1)
            print(
                f"write {name} ({rows:,} rows): {spent:.1f} s (bar {seconds}), {told} {'met' if met else 'MISSED'}",
                flush=True,
            )
            if answer is plan:
                started = time.perf_counter()
                holds = verify(Path(folder)).holds
                print(
                    f"verify it: {time.perf_counter() - started:.1f} s, {'holds' if holds else 'does NOT hold'}",
                    flush=True,
                )
                missed += not holds
    return missed


if __name__ == "__main__":
    sys.exit(main())
