"""Random cases without a plan, one after the other: each repair that `explain` suggests must restore a plan.

Each suggested cell is written into the case's CSV file, at the row and column that the suggestion names, and the case
is read and solved anew. The fewest rules are held against every smaller set of rules, tried one by one.

    python tests/explore_repairs.py [SEED] [CASES]
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

from openpyxl.utils import column_index_from_string
from random_cases import Table, random_case, write_case

import didymium
from didymium.case_inputs import CaseInputs
from didymium.engine.elastic import ElasticModel
from didymium.engine.highs import Options
from didymium.engine.solve import prepare
from didymium.errors import DidymiumError
from didymium.solving import tree_for

SMALL = 400  # sets of rules that are tried one by one at most


def hard(seed: int) -> dict[str, Table]:
    """A random case whose targets must be met, a little stricter than usual."""
    tables = random_case(seed)
    settings = [row for row in tables["settings"] if row["setting"] != "target_policy"]
    return {**tables, "settings": [*settings, {"setting": "target_policy", "value": "hard"}]}


def with_cell(folder: Path, cell: str, value: object) -> None:
    """Write a value into a cell of a CSV file, the header being row 1."""
    sheet, column, row = re.fullmatch(r"(\w+)!([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
    path = folder / f"{sheet.casefold()}.csv"
    rows = list(csv.reader(path.open(newline="")))
    rows[int(row) - 1][column_index_from_string(column) - 1] = "" if value is None else str(value)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def faults_of(seed: int, counted: Counter[str]) -> list[str]:
    """What is wrong with the explanation of a case; nothing where all holds, or where it has a plan."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        inputs = didymium.read(write_case(hard(seed), folder / "case"))
        report = didymium.explain_input(inputs, options=didymium.SolveOptions(time_limit=60))
        counted[f"feasible {report.record['feasible']}"] += 1
        if report.record["feasible"] is not False:
            return []
        found = report.record["repairs"]
        assert isinstance(found, list)
        counted[f"{len(found)} repairs"] += 1
        counted.update(str(row["kind"]) for row in found)
        faults = []
        for k, row in enumerate(found):
            changed = write_case(hard(seed), folder / f"changed_{k}")
            with_cell(changed, str(row["cell"]), row["change_to"])
            try:
                didymium.solve(didymium.read(changed), gap_percent=100, time_limit=60)
            except DidymiumError as error:
                faults.append(f"{row['cell']} {row['now']} -> {row['change_to']}: {type(error).__name__} {error}")
        return [*faults, *_not_fewest(inputs, report.record["least_relaxation"])]


def _not_fewest(inputs: CaseInputs, relaxation: object) -> list[str]:
    """A smaller set of rules that is enough, where there is one."""
    if not isinstance(relaxation, dict) or not relaxation["fewest"]:
        return []
    _, matrix, _ = prepare(inputs.case, tree_for(inputs, None, False))
    model = ElasticModel(matrix, Options(time_limit=60))
    count = len({(row["rule"], row["name"]) for row in relaxation["rules"]})
    for size in range(count):
        for k, chosen in enumerate(combinations(sorted(model.rules, key=str), size)):
            if k >= SMALL:
                break
            if model._amounts(frozenset(chosen)).x is not None:
                return [f"{chosen} would be enough, of {count} rules"]
    return []


def main() -> int:
    """Explain so many random cases without a plan; returns 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("cases", type=int, nargs="?", default=60, help="cases without a plan")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so many seconds")
    arguments = parser.parse_args()
    counted: Counter[str] = Counter()
    seed, wrong, started = arguments.seed, 0, time.monotonic()
    while counted["feasible False"] < arguments.cases and time.monotonic() - started < arguments.seconds:
        try:
            faults = faults_of(seed, counted)
        except DidymiumError as error:
            counted[f"refused: {type(error).__name__}"] += 1
            faults = [] if isinstance(error, didymium.BadWorkbook) else [str(error)]
        for fault in faults:
            wrong += 1
            print(f"seed {seed}: {fault}", flush=True)
        seed += 1
    print(f"{seed - arguments.seed} cases, {wrong} faults: {dict(sorted(counted.items()))}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
