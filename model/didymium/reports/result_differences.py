"""The tables of differences between results: costs by kind, China-free shares, targets, and the projects built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from didymium.plan.answer import Answer
from didymium.reports.numbers import expected
from didymium.reports.palette import KIND_WORDS, KINDS
from didymium.results import Record
from didymium.results.decisions import InvestmentRow

Answers = Mapping[str, Answer]
SIZES = ("modules", "years", "capacity_t_per_year", "capex_musd")  # of a project in each result


def cost_rows(answers: Answers) -> list[Record]:
    """Return the discounted cost by kind and in total, M USD, of each result."""
    rows: list[Record] = []
    for kind in (*KINDS, "total"):
        rows.append({"kind": KIND_WORDS.get(kind, kind), **{name: _cost(a, kind) for name, a in answers.items()}})
    return rows


def _cost(answer: Answer, kind: str) -> float:
    costs = answer.summary["cost_musd"]
    assert isinstance(costs, dict)
    return float(sum(costs.values()) if kind == "total" else costs.get(kind, 0.0))


def origin_rows(answers: Answers) -> list[Record]:
    """Return the China-free share of demand, percent, for every stage and year that any result has."""
    shares = {name: a.summary["china_free_share"] for name, a in answers.items()}
    keys = dict.fromkeys(
        (stage, year)
        for share in shares.values()
        if isinstance(share, dict)
        for stage, by_year in share.items()
        for year in by_year
    )
    rows: list[Record] = []
    for stage, year in keys:
        by_result = {
            name: share.get(stage, {}).get(year) if isinstance(share, dict) else None for name, share in shares.items()
        }
        rows.append(
            {
                "stage": stage,
                "year": year,
                **{name: None if v is None else 100 * float(v) for name, v in by_result.items()},
            }
        )
    return rows


def target_rows(answers: Answers) -> list[Record]:
    """Return what targets reach, percent, for every target and year; the mean over branches where there are several."""
    reached: dict[tuple[str, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    required: dict[tuple[str, int], float] = {}
    for name, answer in answers.items():
        for r in answer.tables["targets"]:
            key = (r["target"], r["year"])
            reached[key][name].append(r["reached_percent"])
            required.setdefault(key, r["asked_percent"])
    return [
        {
            "target": t,
            "year": y,
            "asked_percent": required[t, y],
            **{name: sum(v) / len(v) if (v := by_name.get(name)) else None for name in answers},
        }
        for (t, y), by_name in reached.items()
    ]


def build_columns(names: Sequence[str]) -> list[str]:
    """Return the columns of the projects built: their size and years in each result."""
    return [f"{name}: {size}" for name in names for size in SIZES]


def build_differences(answers: Answers) -> list[Record]:
    """Return every project that any result builds: how much and when in each, and how they differ."""
    built: dict[str, dict[str, list[InvestmentRow]]] = defaultdict(lambda: defaultdict(list))
    for name, answer in answers.items():
        for r in answer.tables["investments"]:
            built[r["project"]][name].append(r)
    rows: list[Record] = []
    for project, by_name in sorted(
        built.items(), key=lambda item: (build_verdict(answers, item[1]) == "the same", item[0])
    ):
        first = next(iter(by_name.values()))[0]
        row: Record = {
            "project": project,
            "stage": first["stage"],
            "region": first["region"],
            "verdict": build_verdict(answers, by_name),
        }
        for name in answers:
            its_rows = by_name.get(name, [])
            row |= {
                f"{name}: modules": expected(its_rows, "modules") or None,
                f"{name}: years": _years(its_rows) or None,
            }
            row |= {f"{name}: {c}": expected(its_rows, c) or None for c in ("capacity_t_per_year", "capex_musd")}
        rows.append(row)
    return rows


def _years(rows: Sequence[InvestmentRow]) -> str:
    return ", ".join(str(year) for year in sorted({r["decision_year"] for r in rows}))


def build_verdict(answers: Answers, by_name: Mapping[str, list[InvestmentRow]]) -> str:
    """Return how the results differ in one project: only in some, moved to other years, other in size, or the same."""
    absent = [name for name in answers if not by_name.get(name)]
    if absent:
        return f"only in {', '.join(name for name in answers if name not in absent)}"
    sizes = {round(expected(rows, "modules"), 6) for rows in by_name.values()}
    if len(sizes) > 1:
        return "other in size"
    return "moved" if len({_years(rows) for rows in by_name.values()}) > 1 else "the same"
