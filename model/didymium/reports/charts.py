"""Native Excel charts over small tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from didymium.excel.book import INK, Area, Book, Sheet
from didymium.reports.chart_specs import ChartSpec

ROWS = 22  # that a chart takes
CROWDED = 16  # bars from which on a chart is higher
FLAT = ("bar", "stacked bar")  # kinds of chart with the groups one above the other


def gallery(
    book: Book,
    page: Sheet,
    shown: Mapping[str, ChartSpec],
    order: Sequence[Sequence[str]],
    top: int,
    columns: Sequence[int],
    size: tuple[int, int],
    last: int,
    numbers: bool = True,
) -> None:
    """Draw charts from a row on: `order` names those of each line, `columns` the column in which each begins; their
    tables follow on the next page, where `numbers` are printed. Columns up to `last` are printed.
    """
    tops = _tops(shown, order, top)
    data = tops[-1] + 1
    page.text(data, 0, "The numbers of the charts", bold=True, font_color=INK, font_size=12)
    areas = tables(page, shown, data + 1)
    for k, names in enumerate(order):
        for name, column in zip(names, columns, strict=False):
            draw(book, page, shown[name], areas[name], (tops[k], column), (size[0], size[1] * _heights(shown[name])))
    page.page.set_h_pagebreaks([data])
    bottom = max(a.top + a.rows for a in areas.values()) + 1 if numbers else data - 2
    page.page.print_area(0, 0, bottom, last)


def _tops(shown: Mapping[str, ChartSpec], order: Sequence[Sequence[str]], top: int) -> list[int]:
    """The row in which each line of charts begins, and the row below the last."""
    found = [top]
    for names in order:
        found.append(found[-1] + ROWS * max(_heights(shown[name]) for name in names))
    return found


def _heights(spec: ChartSpec) -> int:
    """How many times as high as others a chart is: one of many bars is twice as high."""
    return 2 if spec.kind == "bar" and len(spec.rows) > CROWDED else 1


def tables(page: Sheet, shown: Mapping[str, ChartSpec], row: int) -> dict[str, Area]:
    """Write the table of every chart, one under the other from a row on; return their areas."""
    found = {}
    for name, spec in shown.items():
        page.text(row, 0, spec.title, italic=True, font_color="#555555")
        columns = [*spec.groups, *spec.colours]
        found[name] = page.table(_grouped(spec), columns, at=(row + 1, 0), freeze=False, shape="#,##0.0")
        row += len(spec.rows) + 4
    return found


def _grouped(spec: ChartSpec) -> list[dict[str, object]]:
    """The rows; with two groups, the outer is named only where it begins, as Excel wants it for two lines of labels."""
    rows = [dict(row) for row in spec.rows]
    if len(spec.groups) == 2 and spec.kind != "step":
        outer = spec.groups[0]
        for before, row in zip([None, *spec.rows], rows, strict=False):
            if before is not None and before[outer] == row[outer]:
                row[outer] = None
    return rows


_TYPES = {
    "line": {"type": "line"},
    "column": {"type": "column", "subtype": "stacked"},
    "bar": {"type": "bar"},
    "stacked bar": {"type": "bar", "subtype": "stacked"},
    "step": {"type": "scatter", "subtype": "straight"},
}


def draw(book: Book, page: Sheet, spec: ChartSpec, area: Area, at: tuple[int, int], size: tuple[int, int]) -> None:
    """Draw one chart over its table; only a note where there is nothing to draw."""
    series = [name for name in spec.colours if not spec.stacked or any(row.get(name) for row in spec.rows)]
    if area.rows == 0 or not series:
        page.text(*at, f"{spec.title}: there is nothing to show", italic=True, font_color="#555555")
        return
    chart = book.file.add_chart(_TYPES[spec.kind])
    outer = spec.groups[-1] if spec.kind == "step" else spec.groups[0]
    first, last = (area.left + area.columns.index(g) for g in (outer, spec.groups[-1]))
    categories = [area.sheet, area.top + 1, first, area.top + area.rows, last]
    for name in series:
        look = _look(spec, name, spec.colours[name])
        chart.add_series({"name": name, "categories": categories, "values": area.series(name), **look})
    _label(chart, spec)
    chart.set_size({"width": size[0], "height": size[1]})
    page.page.insert_chart(*at, chart, {"description": spec.title, "x_offset": 4, "y_offset": 4})


def _label(chart: Any, spec: ChartSpec) -> None:
    """Set title, axes and legend."""
    chart.set_title({"name": spec.title, "name_font": {"size": 11}, "overlay": False})
    grid = {"visible": True, "line": {"color": "#DDDDDD"}}
    ends = {"min": 0, "max": 100} if spec.unit.startswith("%") else {"min": 0} if spec.kind == "step" else {}
    values = {"name": spec.unit, "num_format": spec.axis_format, "major_gridlines": grid, **ends}
    flat = spec.kind in FLAT
    chart.set_y_axis(_categories(spec) if flat else values)
    chart.set_x_axis(values if flat else _categories(spec))
    chart.set_legend({"position": "bottom" if flat or spec.kind == "step" else "right", "font": {"size": 8}})


def _categories(spec: ChartSpec) -> dict[str, Any]:
    """The axis of the groups."""
    if spec.kind == "step":
        last = max(float(str(row[spec.groups[-1]])) for row in spec.rows)
        return {
            "name": spec.across,
            "num_format": "#,##0.00" if last < 1 else "#,##0.0" if last < 10 else "#,##0",
            "min": 0,
            "max": last,
            "major_gridlines": {"visible": False},
        }
    if spec.kind in FLAT:
        size = 8 if len(spec.rows) <= CROWDED else 7
        return {
            "label_position": "low",
            "num_font": {"size": size},
            "interval_unit": 1,
            "major_gridlines": {"visible": False},
        }
    rotation = {"num_font": {"rotation": -45}} if len(spec.groups) == 1 else {}
    return {"label_position": "low", **rotation}


def _look(spec: ChartSpec, series: str, colour: str) -> dict[str, Any]:
    if spec.kind in ("column", *FLAT):
        return {"fill": {"color": colour}, "border": {"color": "#FFFFFF", "width": 0.25}, "gap": 40}
    dashed = series in spec.dashed
    marks = {"marker": {"type": "none"}} if spec.kind == "step" else {}
    return {
        "line": {"color": colour, "width": spec.width(series), **({"dash_type": "dash"} if dashed else {})},
        **marks,
    }
