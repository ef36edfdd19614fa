"""Random cases and trees, one after the other, each against the reference model, which shares no line with the first.

    python tests/explore_cases.py FIRST COUNT

Ends with code 1 where one differs; `python tests/explore_cases.py SEED 1` shows it again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from random_cases import random_case, with_a_third_scenario, write_case
from reference import optimum, tree_optimum

import didymium


def differs(expected: float | None, inputs: didymium.CaseInputs, scenario: str | None) -> str:
    """Return how the least cost of a scenario, or (None) of the tree, differs; empty where it does not."""
    try:
        cost = didymium.solve(inputs, scenario, stochastic=scenario is None).cost
    except didymium.NoPlan as refusal:
        return "" if expected is None else f"no plan ({refusal}), the reference has one of {expected}"
    if expected is None:
        return f"a plan of {cost}, the reference has none"
    return "" if abs(cost - expected) <= max(1e-5, 3e-5 * abs(expected)) else f"{cost}, by the reference {expected}"


def wrong(seed: int) -> list[str]:
    """Return what differs in the case of a seed, by scenario; every third case has a third scenario."""
    tables = random_case(seed)
    if "scenarios" in tables and seed % 3 == 0:
        tables = with_a_third_scenario(tables, seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_case(tables, Path(scratch) / "case")
        inputs = didymium.read(folder)
        found = {s: differs(optimum(folder, s), inputs, s) for s in inputs.case.scenarios}
        if len(found) > 1:
            found["all together"] = differs(tree_optimum(folder), inputs, None)
    return [f"{scenario}: {words}" for scenario, words in found.items() if words]


def main(first: int, count: int) -> int:
    """Return how many of the cases from seed `first` on differ; print each."""
    failed = 0
    for seed in range(first, first + count):
        try:
            differences = wrong(seed)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            differences = [f"{type(error).__name__}: {error}"]
        if differences:
            failed += 1
            print(f"FAILED {'; '.join(differences)}\n  again: python tests/explore_cases.py {seed} 1", flush=True)
    print(
        f"cases {first} to {first + count - 1}: {count - failed} agree with the reference, {failed} do not", flush=True
    )
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), int(sys.argv[2])) else 0)
