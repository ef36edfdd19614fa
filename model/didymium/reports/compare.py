"""One workbook of the differences between results: inputs cell by cell, builds, costs, origin, targets. All others are
compared with the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, address
from didymium.excel.headings import heading
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.reports import waterfall
from didymium.reports.input_differences import input_differences
from didymium.reports.numbers import axis_format, expected
from didymium.reports.palette import KIND_WORDS, KINDS
from didymium.reports.result_differences import (
    Answers,
    build_columns,
    build_differences,
    cost_rows,
    origin_rows,
    target_rows,
)
from didymium.reports.sentences import headline, status_in_words
from didymium.reports.shock_differences import SELECTORS, shock_differences
from didymium.reports.target_sentences import targets_met
from didymium.results import Record


def write_comparison(path: Path, answers: Answers) -> None:
    """Write the comparison of two or more results, by name. Raises OSError when the file cannot be written."""
    names = list(answers)
    inputs, shocks = input_differences({name: a.source for name, a in answers.items()}), shock_differences(answers)
    builds = build_differences(answers)
    with Book(path) as book:
        front = book.sheet("Summary", f"What differs: {', '.join(names)}", f"Differences are against {names[0]}")
        _inputs_and_shocks(book, names, inputs, shocks)
        _builds(book, names, builds)
        title = "Discounted cost by kind, M USD"
        rows = cost_rows(answers)
        costs = _numbers(book, "Costs", title, rows, ["kind"], names)
        waterfall.write(book, answers, rows, costs)
        title = "China-free share of demand by stage and year, %"
        _numbers(book, "Origin", title, origin_rows(answers), ["stage", "year"], names)
        title = "What each target reaches, %"
        _numbers(book, "Targets", title, target_rows(answers), ["target", "year", "asked_percent"], names)
        _summary(book, front, answers, (builds, costs), _reasons(answers, inputs, shocks))


def _inputs_and_shocks(book: Book, names: list[str], inputs: list[Record], shocks: list[Record]) -> None:
    page = book.sheet("Inputs", "Input cells that differ", "A blank: there is no such cell or row")
    page.table(inputs, ["sheet", "input", "column", *names], headings=_own(names))
    page = book.sheet(
        "Shocks",
        "Shocks that act in the scenario of one result and not in that of another",
        "Factors multiply, delays are years, an outage is 1. A blank: no such shock acts in those years",
    )
    page.table(shocks, ["kind", *SELECTORS, "from_year", "to_year", *names], headings=_own(names))


def _builds(book: Book, names: list[str], builds: list[Record]) -> None:
    columns = build_columns(names)
    page = book.sheet(
        "Builds",
        "The projects that each result builds",
        "Only in some results, moved to other years, or other in size. In a plan for several scenarios: expected"
        " values",
    )
    own = {c: f"{c.partition(': ')[0]}: {heading(c.partition(': ')[2])}" for c in columns}
    page.table(builds, ["project", "stage", "region", "verdict", *columns], headings=own)


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


def _reasons(answers: Answers, inputs: list[Record], shocks: list[Record]) -> list[str]:
    """Sentences on whether the results differ in their inputs, their scenarios, or both."""
    names = {name: "; ".join(a.scenarios) for name, a in answers.items()}
    same = len(set(names.values())) < 2
    sentences = [f"{len(inputs)} input cells differ." if inputs else "All results have the same inputs."]
    listed = ", ".join(f"{name}: {scenarios}" for name, scenarios in names.items())
    sentences.append("All are for the same scenarios." if same else f"They are for different scenarios ({listed}).")
    sentences.append(f"{len(shocks)} shocks do not act in the same way." if shocks else "The same shocks act in all.")
    return sentences


_FACTS: dict[str, Callable[[Answer], object]] = {
    "Scenario": lambda a: "; ".join(a.scenarios),
    "Cost, discounted, M USD": lambda a: a.expected_cost,
    "Proven gap, %": lambda a: a.summary.get("gap_percent"),
    "Investments": lambda a: len(decisions(a.tables["investments"])),
    "Capex decided, M USD": lambda a: expected(a.tables["investments"], "capex_musd"),
    "Public money, M USD": lambda a: expected(a.tables["investments"], "support_musd"),
    "Demand not met, t": lambda a: expected(a.tables["demand"], "short_t"),
    "Targets missed in some year": lambda a: sum(t.years_missed > 0 for t in targets_met(a)),
}


def _summary(book: Book, page: Sheet, answers: Answers, tables: tuple[list[Record], Area], reasons: list[str]) -> None:
    """Write the main numbers and sentences of each result, and a chart of the costs."""
    names = list(answers)
    builds, costs = tables
    page.page.set_portrait()
    area = _facts(page, answers)
    row = _sentences(page, answers, [_counted(builds), *reasons], area.top + area.rows + 2)
    _chart(book, page, names, costs, row + 1, axis_format(abs(answer.cost) for answer in answers.values()))
    page.page.print_area(0, 0, row + 23, max(len(area.columns) - 1, 5))


def _facts(page: Sheet, answers: Answers) -> Area:
    """Write the main numbers of each result, and their differences from the first."""
    names = list(answers)
    rows: list[Record] = [
        {"figure": fact, **{name: value_of(a) for name, a in answers.items()}} for fact, value_of in _FACTS.items()
    ]
    columns = ["figure", *names, *(f"{other} less {names[0]}" for other in names[1:])]
    cells, computed = _differences(columns, names), columns[1 + len(names) :]
    area = page.table(rows, columns, cells=cells, computed=computed, headings=_own(names))
    page.page.set_column(0, 0, 34)
    page.page.set_column(1, len(columns), 22)
    return area


def _counted(builds: list[Record]) -> str:
    """A sentence on how many projects differ, and how."""
    verdicts = Counter(str(row["verdict"]) for row in builds)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    return f"Projects built: {counted or 'nothing is built in any'}"


def _sentences(page: Sheet, answers: Answers, sentences: list[str], row: int) -> int:
    """Write how the results differ, the first sentence bold, then the sentences of each; returns the row below."""
    for k, sentence in enumerate(sentences):
        page.text(row + k, 0, sentence, **({} if k else {"bold": True}))
    row += len(sentences)
    for name, answer in answers.items():
        page.text(row + 1, 0, f"{name}: {status_in_words(answer.summary)}", bold=True)
        own = headline(answer)
        for k, sentence in enumerate(own, row + 2):
            page.text(k, 0, sentence)
        row += 2 + len(own)
    return row


def _chart(book: Book, page: Sheet, names: list[str], costs: Area, at: int, digits: str) -> None:
    """A stacked column for each result, one colour for each kind of cost; `digits` is the format of its axis."""
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    first = costs.left + costs.columns.index(names[0])
    for k, (kind, colour) in enumerate(KINDS.items()):
        row = costs.top + 1 + k
        chart.add_series(
            {
                "name": KIND_WORDS[kind],
                "categories": [costs.sheet, HEADER_ROW, first, HEADER_ROW, first + len(names) - 1],
                "values": [costs.sheet, row, first, row, first + len(names) - 1],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    chart.set_title({"name": "Discounted cost by kind, M USD", "name_font": {"size": 11}, "overlay": False})
    chart.set_y_axis({"num_format": digits, "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}})
    chart.set_x_axis({"label_position": "low"})
    chart.set_size({"width": 900, "height": 380})
    page.page.insert_chart(at, 0, chart, {"description": "Discounted cost by kind for each result"})
