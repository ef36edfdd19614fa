"""`make bench`: what the tool costs around the solver, on the default case, as ratios of one run.

The baseline is built here: the same rules written as plain Python sums, handed over by Pyomo's stock appsi interface.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import highspy
from pyomo.contrib.appsi.solvers.highs import Highs

import didymium
from didymium import rules
from didymium.case.network import Network
from didymium.case.tree import path_tree
from didymium.engine.matrix import load
from didymium.engine.solve import prepare
from didymium.rules import algebra, build_model

ALLIED = Path(__file__).parents[1] / "inputs" / "allied.xlsx"
TIMES = 7
BARS = {
    "build and hand-over against plain rules through appsi": 4.0,
    "build share of the run": 0.10,
    "all but the solver, share of the run": 0.25,
}


def plain(terms: Iterable[algebra.Term], constant: float = 0.0) -> object:
    """The sum as a modeller would write it."""
    return sum(coefficient * variable for coefficient, variable in terms if coefficient) + constant


def with_linear(form: Callable[..., object]) -> None:
    """Let every rule write its sums in this form."""
    for module in pkgutil.iter_modules(rules.__path__, "didymium.rules."):
        loaded = importlib.import_module(module.name)
        if hasattr(loaded, "linear"):
            loaded.linear = form  # type: ignore[attr-defined]


def median_time(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        gc.collect()
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def ours(asked: didymium.CaseInputs) -> None:
    _, matrix, _ = prepare(asked.case, path_tree(asked.case, asked.case.base.name))
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    load(highs, matrix)


def stock(asked: didymium.CaseInputs) -> None:
    model, _ = build_model(Network(asked.case, path_tree(asked.case, asked.case.base.name)))
    Highs().set_instance(model)


def main() -> int:
    """Print one line per figure; returns how many bars were missed."""
    asked = didymium.read(ALLIED)
    fast = median_time(lambda: ours(asked))
    linear = algebra.linear
    with_linear(plain)
    slow = median_time(lambda: stock(asked))
    with_linear(linear)
    plan = didymium.solve(asked, on_status=lambda words: print(f"  {words}", file=sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        written = plan.save(folder)
        megabytes = written[0].stat().st_size / 2**20
    seconds = plan.summary["seconds"]
    assert isinstance(seconds, dict)
    total = seconds["total"]
    figures = {
        "build and hand-over against plain rules through appsi": slow / fast,
        "build share of the run": seconds["build"] / total,
        "all but the solver, share of the run": 1 - seconds["solve"] / total,
    }
    print(
        f"default case to {plan.summary['gap_percent']:.2f} %: "
        + ", ".join(f"{k} {v:.1f} s" for k, v in seconds.items())
    )
    print(f"peak memory {plan.summary['peak_memory_mb']:.0f} MB; results.xlsx {megabytes:.2f} MB")
    missed = 0
    for name, value in figures.items():
        met = value >= BARS[name] if BARS[name] > 1 else value <= BARS[name]
        missed += not met
        print(f"{name}: {value:.2f} (bar {BARS[name]:g}) {'met' if met else 'MISSED'}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
