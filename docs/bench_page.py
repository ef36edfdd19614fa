"""The page docs/bench.md, made of docs/bench.json, which `python tests/bench_peers.py --keep` measures."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "bench.json"
Run = dict[str, Any]
NAMES = {
    "didymium": "Didymium",
    "highs": "HiGHS alone",
    "scip": "SCIP alone",
    "build-didymium": "Didymium (Pyomo)",
    "build-linopy": "linopy",
    "build-pyoptinterface": "PyOptInterface",
    "default": "default case",
    "allied_plus": "default case with trading allies",
    "tree": "tree of ten scenarios",
    "2x": "2 times as large",
    "5x": "5 times as large",
    "10x": "10 times as large",
}
TIMES_AS_LARGE = {"default": 1, "2x": 2, "5x": 5, "10x": 10}
LEVELS = (15, 5, 1)  # percent from the least cost


def bench_page() -> str:
    """Return the page: what was measured, on what, and how to measure it again."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    runs: list[Run] = [run for run in kept["runs"] if "failed" not in run]
    versions = ", ".join(f"{name} {number}" for name, number in kept["versions"].items())
    parts = [
        "# Bench",
        (
            "This page is made of [bench.json](bench.json) by `make docs`; `python tests/bench_peers.py --keep`"
            " measures it again. `make bench` also runs the other benches, which print their figures."
        ),
        (
            f"Measured on {kept['date']}, {kept['cores']} cores ({kept['machine']}), Python {kept['python']},"
            f" {versions}. The machine was shared with other work, so times are CPU seconds of the whole process, all"
            " threads; compare the columns of one table with each other, not with another machine."
        ),
        "## From a workbook to result files",
        (
            "Each line is the whole command: read, check, build, search, prices, labels, re-check, files. Only the"
            " search differs: ours, or the solver as it comes. Medians over seeds where there are several."
        ),
        _searches(runs),
        (
            "A level says when the first plan was there that is so near to the least cost, by the bound at the"
            " end. `-`: not reached, or no plan at all, within the limit, which is processor time of the search."
            " Where HiGHS alone ended at its limit, ours is at most so large a part of what it takes (≤). SCIP does"
            " not report its plans on the way."
        ),
        "## Default case, seed by seed",
        _seeds(runs),
        "## Building the model",
        (
            "CPU seconds to build the model and hand it to HiGHS, best of three. Ours starts from the case and"
            " works out which decisions and rules there are; the peers are given the terms of every row as lists or"
            " arrays, and only write them down, so their figures are a floor of what the same model would take"
            " with them."
        ),
        _builds(runs),
        "## Growth",
        (
            "Cases made of the default case, every project so many times, slightly different, in a world as many"
            " times as large. The exponents are fitted: a figure that grows with exponent 1 doubles with the case."
        ),
        _growth(runs),
    ]
    return "\n\n".join(parts) + "\n"


def _searches(runs: list[Run]) -> str:
    rows = []
    for case, who, found in _groups(runs, ("didymium", "highs", "scip")):
        highs = [r for r in runs if r["case"] == case and r["who"] == "highs"]
        alone, spent = _median(highs, "cpu_s"), _median(found, "cpu_s")
        stopped = who == "didymium" and not all(r.get("reached", True) for r in highs)
        rows.append(
            [
                NAMES[case],
                NAMES[who],
                str(len(found)),
                _number(_median(found, "limit_cpu_s"), 0),
                _number(_median(found, "gap_percent"), 2),
                _number(spent, 1),
                ("≤ " if stopped else "") + _number(spent / alone if alone and spent else None, 2),
                *(_number(_median_level(found, level), 1) for level in LEVELS),
                _number(_median(found, "peak_mb"), 0),
            ]
        )
    levels = [f"plan within {level} %, CPU s" for level in LEVELS]
    head = ["case", "search", "runs", "limit, CPU s", "proven gap, %", "CPU s", "of HiGHS alone", *levels, "memory, MB"]
    return _table(head, rows)


def _seeds(runs: list[Run]) -> str:
    by_seed: dict[int, dict[str, Run]] = {}
    for run in runs:
        if run["case"] == "default" and not run["who"].startswith("build"):
            by_seed.setdefault(run["seed"], {})[run["who"]] = run
    rows = []
    for seed, found in sorted(by_seed.items()):
        ours, alone = found.get("didymium"), found.get("highs")
        ratio = ours["cpu_s"] / alone["cpu_s"] if ours and alone else None
        cells = [f"{r['cpu_s']:.1f} ({_number(r['gap_percent'], 2)} %)" if r else "-" for r in (ours, alone)]
        rows.append([str(seed), *cells, _number(ratio, 2)])
    return _table(["seed", "Didymium, CPU s (gap)", "HiGHS alone, CPU s (gap)", "ratio"], rows)


def _builds(runs: list[Run]) -> str:
    rows = [
        [NAMES[case], NAMES[who], f"{found[0]['nonzeros']:,}", _number(_median(found, "build_cpu_s"), 2)]
        for case, who, found in _groups(runs, ("build-didymium", "build-linopy", "build-pyoptinterface"))
    ]
    return _table(["case", "in", "nonzeros", "CPU s"], rows)


def _growth(runs: list[Run]) -> str:
    ours = {r["case"]: r for r in runs if r["who"] == "didymium" and r["case"] in TIMES_AS_LARGE and r.get("model")}
    built = {r["case"]: r["build_cpu_s"] for r in runs if r["who"] == "build-didymium"}
    rows = []
    series: dict[str, dict[int, float | None]] = {}
    for case, times in TIMES_AS_LARGE.items():
        if case not in ours:
            continue
        run = ours[case]
        figures = {
            "nonzeros": float(run["model"]["nonzeros"]),
            "build, CPU s": built.get(case),
            "memory, MB": run["peak_mb"],
            "plan within 5 %, CPU s": _level(run, 5),
            "plan within 1 %, CPU s": _level(run, 1),
        }
        for name, value in figures.items():
            series.setdefault(name, {})[times] = value
    for name, values in series.items():
        cells = [
            _number(values.get(times), 0 if (values.get(times) or 0) > 100 else 1) for times in TIMES_AS_LARGE.values()
        ]
        rows.append([name, *cells, _number(_exponent(values), 2)])
    return _table(["figure", *(f"{times}x" for times in TIMES_AS_LARGE.values()), "exponent"], rows)


def _exponent(values: dict[int, float | None]) -> float | None:
    """The slope of the figure over the size, both as logarithms, by least squares."""
    points = [(math.log(times), math.log(value)) for times, value in values.items() if value]
    if len(points) < 2:
        return None
    mean_x, mean_y = (statistics.fmean(p[k] for p in points) for k in (0, 1))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def _groups(runs: list[Run], who: Iterable[str]) -> Iterable[tuple[str, str, list[Run]]]:
    for case in NAMES:
        for one in who:
            found = [run for run in runs if run["case"] == case and run["who"] == one]
            if found:
                yield case, one, found


def _median(runs: list[Run], name: str) -> float | None:
    found = [run[name] for run in runs if run.get(name) is not None]
    return statistics.median(found) if found else None


def _level(run: Run, level: float) -> float | None:
    """CPU s until the first plan that is within so many percent of the least cost."""
    return next((cpu for cpu, gap in run.get("plans", []) if gap <= level), None)


def _median_level(runs: list[Run], level: float) -> float | None:
    found = [_level(run, level) for run in runs]
    return None if None in found or not found else statistics.median(x for x in found if x is not None)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *(["--:"] * (len(head) - 1))], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
