"""One workbook of the differences between results: inputs cell by cell, builds, costs, origin, targets. All others are
compared with the first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, address
from didymium.excel.headings import heading
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.tables import Record
from didymium.reports.input_differences import input_differences
from didymium.reports.palette import KINDS
from didymium.reports.sentences import amount, expected, headline, status_in_words, targets_met
from didymium.reports.shock_differences import SELECTORS, shock_differences

Answers = Mapping[str, Answer]


def write_comparison(path: Path, answers: Answers) -> None:
    """Write the comparison of two or more results, by name. Raises OSError when the file cannot be written."""
    names = list(answers)
    inputs, shocks = input_differences({name: a.source for name, a in answers.items()}), shock_differences(answers)
    with Book(path) as book:
        front = book.sheet("Summary", f"What differs: {', '.join(names)}", f"Differences are against {names[0]}")
        _table(
            book,
            "Inputs",
            "Input cells that differ",
            "A blank: there is no such cell or row",
            inputs,
            ["sheet", "input", "column", *names],
            _own(names),
        )
        _table(
            book,
            "Shocks",
            "Shocks that act in the scenario of one result and not in that of another",
            "Factors multiply, delays are years, an outage is 1. A blank: no such shock acts in those years",
            shocks,
            ["kind", *SELECTORS, "from_year", "to_year", *names],
            _own(names),
        )
        builds = build_differences(answers)
        _table(
            book,
            "Builds",
            "The projects that each result builds",
            "Only in some results, moved to other years, or other in size. In a plan for several scenarios: expected"
            " values",
            builds,
            ["project", "stage", "region", "verdict", *_build_columns(names)],
            {c: f"{c.partition(': ')[0]}: {heading(c.partition(': ')[2])}" for c in _build_columns(names)},
        )
        costs = _numbers(book, "Costs", "Discounted cost by kind, M USD", cost_rows(answers), ["kind"], names)
        _numbers(
            book,
            "Origin",
            "China-free share of demand by stage and year, %",
            origin_rows(answers),
            ["stage", "year"],
            names,
        )
        _numbers(
            book,
            "Targets",
            "What each target reaches, %",
            target_rows(answers),
            ["target", "year", "asked_percent"],
            names,
        )
        _summary(book, front, answers, (builds, costs), _reasons(answers, inputs, shocks))


def _table(
    book: Book, name: str, title: str, note: str, rows: list[Record], columns: list[str], own: Mapping[str, str]
) -> Area:
    return book.sheet(name, title, note).table(rows, columns, headings=own)


def _own(names: Sequence[str]) -> dict[str, str]:
    """Results keep their names as headings."""
    return {name: name for name in names}


def _numbers(book: Book, name: str, title: str, rows: list[Record], keys: list[str], names: list[str]) -> Area:
    """A table with a number for each result and, by live formula, its difference from the first."""
    columns = [*keys, *names, *(f"{other} less {names[0]}" for other in names[1:])]
    return book.sheet(name, title, f"The last columns are formulas: less {names[0]}").table(
        rows,
        columns,
        cells=_differences(columns, names),
        computed=columns[len(keys) + len(names) :],
        headings=_own(names),
    )


def _differences(columns: list[str], names: list[str]) -> dict[str, Cell]:
    """How to write the columns of results, and those of their differences from the first."""

    def result(name: str) -> Cell:
        def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
            value = record.get(name)
            page.value(row, column, value, shape=_shape(value))

        return write

    def difference(other: str) -> Cell:
        def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
            a, b = record.get(names[0]), record.get(other)
            if isinstance(a, (int, float)) and isinstance(b, (int, float)):
                here, there = (address(row, columns.index(name)) for name in (other, names[0]))
                page.formula(
                    row, column, f"={here}-{there}", float(b) - float(a), num_format=_shape(float(b) - float(a))
                )

        return write

    return {name: result(name) for name in names} | {
        f"{other} less {names[0]}": difference(other) for other in names[1:]
    }


def _shape(value: object) -> str:
    """The number format: thousands separated, decimals where there are any."""
    return "#,##0" if isinstance(value, (int, float)) and value == int(value) else "#,##0.00"


def cost_rows(answers: Answers) -> list[Record]:
    """Return the discounted cost by kind and in total, M USD, of each result."""
    rows: list[Record] = []
    for kind in (*KINDS, "total"):
        rows.append({"kind": kind.replace("_", " "), **{name: _cost(a, kind) for name, a in answers.items()}})
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
            key = (str(r["target"]), int(str(r["year"])))
            reached[key][name].append(amount(r, "reached_percent"))
            required.setdefault(key, amount(r, "asked_percent"))
    return [
        {
            "target": t,
            "year": y,
            "asked_percent": required[t, y],
            **{name: sum(v) / len(v) if (v := by_name.get(name)) else None for name in answers},
        }
        for (t, y), by_name in reached.items()
    ]


def _build_columns(names: list[str]) -> list[str]:
    return [f"{name}: {what}" for name in names for what in ("modules", "years", "capacity_t_per_year", "capex_musd")]


def build_differences(answers: Answers) -> list[Record]:
    """Return every project that any result builds: how much and when in each, and how they differ."""
    built: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for name, answer in answers.items():
        for r in answer.tables["investments"]:
            built[str(r["project"])][name].append(r)
    rows: list[Record] = []
    for project, by_name in sorted(built.items(), key=lambda item: (_verdict(answers, item[1]) == "the same", item[0])):
        first = next(iter(by_name.values()))[0]
        row: Record = {
            "project": project,
            "stage": first["stage"],
            "region": first["region"],
            "verdict": _verdict(answers, by_name),
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


def _years(rows: Sequence[Record]) -> str:
    return ", ".join(sorted({str(r["decision_year"]) for r in rows}))


def _verdict(answers: Answers, by_name: Mapping[str, list[Record]]) -> str:
    """How the results differ: only in some, moved to other years, other in size, or the same."""
    absent = [name for name in answers if not by_name.get(name)]
    if absent:
        return f"only in {', '.join(name for name in answers if name not in absent)}"
    sizes = {round(expected(rows, "modules"), 6) for rows in by_name.values()}
    if len(sizes) > 1:
        return "other in size"
    return "moved" if len({_years(rows) for rows in by_name.values()}) > 1 else "the same"


def _reasons(answers: Answers, inputs: list[Record], shocks: list[Record]) -> list[str]:
    """Sentences on whether the results differ in their inputs, their scenarios, or both."""
    names = {name: "; ".join(a.scenarios) for name, a in answers.items()}
    same = len(set(names.values())) < 2
    sentences = [f"{len(inputs)} input cells differ." if inputs else "All results have the same inputs."]
    listed = ", ".join(f"{name}: {scenarios}" for name, scenarios in names.items())
    sentences.append("All are for the same scenarios." if same else f"They are for different scenarios ({listed}).")
    sentences.append(f"{len(shocks)} shocks do not act in the same way." if shocks else "The same shocks act in all.")
    return sentences


def _summary(book: Book, page: Sheet, answers: Answers, tables: tuple[list[Record], Area], reasons: list[str]) -> None:
    """The main numbers and sentences of each result, and a chart of the costs."""
    page.page.set_portrait()
    names = list(answers)
    builds, costs = tables
    facts: list[tuple[str, Callable[[Answer], object]]] = [
        ("Scenario", lambda a: "; ".join(a.scenarios)),
        ("Cost, discounted, M USD", lambda a: a.expected_cost),
        ("Proven gap, %", lambda a: a.summary.get("gap_percent")),
        ("Investments", lambda a: len(decisions(a.tables["investments"]))),
        ("Capex decided, M USD", lambda a: expected(a.tables["investments"], "capex_musd")),
        ("Public money, M USD", lambda a: expected(a.tables["investments"], "support_musd")),
        ("Demand not met, t", lambda a: expected(a.tables["demand"], "short_t")),
        ("Targets missed in some year", lambda a: sum(m.years_missed > 0 for m in targets_met(a))),
    ]
    rows: list[Record] = [
        {"": what, **{name: value_of(answer) for name, answer in answers.items()}} for what, value_of in facts
    ]
    columns = ["figure", *names, *(f"{other} less {names[0]}" for other in names[1:])]
    area = page.table(
        [{"figure": row[""], **row} for row in rows],
        columns,
        cells=_differences(columns, names),
        computed=columns[1 + len(names) :],
        headings=_own(names),
    )
    page.page.set_column(0, 0, 34)
    page.page.set_column(1, len(columns), 22)
    at = area.top + area.rows + 2
    verdicts: dict[str, int] = defaultdict(int)
    for row in builds:
        verdicts[str(row["verdict"])] += 1
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) or "nothing is built in any"
    page.text(at, 0, f"Projects built: {counted}", bold=True)
    for sentence in reasons:
        at += 1
        page.text(at, 0, sentence)
    for name, answer in answers.items():
        at += 2
        page.text(at, 0, f"{name}: {status_in_words(answer.summary)}", bold=True)
        for sentence in headline(answer):
            at += 1
            page.text(at, 0, sentence)
    _chart(book, page, names, costs, at + 2)
    page.page.print_area(0, 0, at + 24, max(len(columns) - 1, 5))


def _chart(book: Book, page: Sheet, names: list[str], costs: Area, at: int) -> None:
    """A stacked column for each result, one colour for each kind of cost."""
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    first = costs.left + costs.columns.index(names[0])
    for k, (kind, colour) in enumerate(KINDS.items()):
        row = costs.top + 1 + k
        chart.add_series(
            {
                "name": kind.replace("_", " "),
                "categories": [costs.sheet, HEADER_ROW, first, HEADER_ROW, first + len(names) - 1],
                "values": [costs.sheet, row, first, row, first + len(names) - 1],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    chart.set_title({"name": "Discounted cost by kind, M USD", "name_font": {"size": 11}, "overlay": False})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}})
    chart.set_x_axis({"label_position": "low"})
    chart.set_size({"width": 900, "height": 380})
    page.page.insert_chart(at, 0, chart, {"description": "Discounted cost by kind for each result"})
