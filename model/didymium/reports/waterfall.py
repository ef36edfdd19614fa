"""The sheet Waterfall of a comparison: by which kinds of cost the second result comes to cost more or less than the
first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from didymium.excel.book import HEADER_ROW, Area, Book, Cell, Sheet, address
from didymium.plan.rows import as_number, number
from didymium.reports.numbers import axis_format
from didymium.reports.result_differences import Answers
from didymium.results import Record

INK, MORE, LESS = "#1F3A4D", "#B2182B", "#117733"
NOTHING = 1e-9  # M USD
COLUMNS = ("step", "change", "after", "below", "total", "more", "less")
HEADINGS = {
    "step": "Step",
    "change": "Change (M USD)",
    "after": "After it (M USD)",
    "below": "Below the bar",
    "total": "Total",
    "more": "Costs more",
    "less": "Costs less",
}


def write(book: Book, answers: Answers, rows: Sequence[Record], costs: Area) -> None:
    """Write the steps from the cost of the first result to that of the second, as live formulas over the sheet Costs
    (`rows`, at `costs`), and their chart."""
    a, b = list(answers)[:2]
    page = book.sheet("Waterfall", f"From the cost of {a} to that of {b}, M USD, discounted", _note(answers, a, b))
    steps = waterfall(rows, a, b)
    area = page.table(steps, COLUMNS, cells=_cells(costs, a, b, len(steps)), computed=COLUMNS[1:], headings=HEADINGS)
    page.page.set_column(0, 0, 34)
    page.page.set_column(1, len(COLUMNS), 14)
    if min(as_number(row["below"]) for row in steps) >= 0:
        _chart(book, page, area, steps)


def waterfall(rows: Sequence[Record], a: str, b: str) -> list[Record]:
    """Return the steps, M USD: the cost of the first result, the change by each kind of cost that differs, the cost of
    the second; `row` is the place of each among the rows of Costs, whose last is the total."""
    last, after = len(rows) - 1, number(rows[-1], a)
    found: list[Record] = [_step(a, last, None, after)]
    for k, row in enumerate(rows[:-1]):
        change = number(row, b) - number(row, a)
        if abs(change) > NOTHING:
            after += change
            found.append(_step(str(row["kind"]), k, change, after))
    return [*found, _step(b, last, None, number(rows[-1], b))]


def _step(name: str, row: int, change: float | None, after: float) -> Record:
    if change is None:
        numbers = {"after": after, "below": 0.0, "total": after, "more": 0.0, "less": 0.0}
        return {"step": name, "row": row, "change": None, **numbers}
    return {
        "step": name,
        "row": row,
        "change": change,
        "after": after,
        "below": min(after, after - change),
        "total": 0.0,
        "more": max(change, 0.0),
        "less": max(-change, 0.0),
    }


def _note(answers: Answers, a: str, b: str) -> str:
    """How far the two costs are proven, for the gap does not decide what is smaller."""
    gaps = [answers[name].summary.get("gap_musd") for name in (a, b)]
    if any(gap is None for gap in gaps):
        return "One of the costs is not proven within any gap: a step may be chance"
    first, second = (f"{as_number(gap):,.1f}" for gap in gaps)
    return f"Proven gaps, M USD: {first} of {a}, {second} of {b}. A change of cost smaller than these is not a finding"


def _cells(costs: Area, a: str, b: str, count: int) -> dict[str, Cell]:
    """How to write the columns of numbers: as formulas over Costs, and over the row above."""

    def write(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
        name, value = COLUMNS[column], record[COLUMNS[column]]
        formula = _formula(name, row, record["change"] is None, _of_costs(costs, record, a, b, row, count))
        if value is not None:
            page.formula(row, column, f"={formula}", as_number(value), num_format="#,##0.0")

    return dict.fromkeys(COLUMNS[1:], write)


def _of_costs(costs: Area, record: Record | Mapping[str, object], a: str, b: str, row: int, count: int) -> str:
    """The cell of Costs that a step shows: a total of a result, or the difference of a kind."""
    is_first, at = row == HEADER_ROW + 1, costs.top + 1 + int(as_number(record["row"]))
    column = a if is_first else b if row == HEADER_ROW + count else f"{b} less {a}"
    return f"{costs.sheet}!{address(at, costs.left + costs.columns.index(column))}"


def _formula(name: str, row: int, is_total: bool, of_costs: str) -> str:
    change, after, above = (address(row, 1), address(row, 2), address(row - 1, 2))
    if is_total:
        return {"after": of_costs, "total": after}.get(name, "0")
    return {
        "change": of_costs,
        "after": f"{above}+{change}",
        "below": f"MIN({above},{after})",
        "total": "0",
        "more": f"MAX({change},0)",
        "less": f"MAX(-{change},0)",
    }[name]


def _chart(book: Book, page: Sheet, area: Area, steps: Sequence[Record]) -> None:
    """Columns that begin where the one before ended: dearer steps up, cheaper ones down."""
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    for name, colour in (("below", None), ("total", INK), ("more", MORE), ("less", LESS)):
        fill = {"none": True} if colour is None else {"color": colour}
        series = {"name": HEADINGS[name], "categories": area.series("step"), "values": area.series(name)}
        chart.add_series({**series, "fill": fill, "border": {"none": True}, "gap": 40})
    ends = [as_number(row["after"]) for row in steps]
    low = max(0.0, min(ends) - 0.5 * (max(ends) - min(ends)))
    chart.set_y_axis(
        {
            "min": low,
            "num_format": axis_format(map(abs, ends)),
            "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}},
        }
    )
    chart.set_x_axis({"num_font": {"rotation": -45}})
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    chart.set_title(
        {"name": f"Cost by step, M USD{'; the axis does not begin at 0' if low else ''}", "name_font": {"size": 11}}
    )
    chart.set_size({"width": 900, "height": 420})
    below = area.top + area.rows + 2
    page.page.insert_chart(below, 0, chart, {"description": "Waterfall of the cost by kind"})
    page.page.print_area(0, 0, below + 22, len(COLUMNS))
