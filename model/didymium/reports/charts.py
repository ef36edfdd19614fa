"""Native Excel charts over small tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from didymium.excel.book import INK, Area, Book, Sheet
from didymium.reports.chart_specs import ChartSpec

ROWS = 22  # that a chart takes


def gallery(
    book: Book,
    page: Sheet,
    shown: Mapping[str, ChartSpec],
    order: Sequence[Sequence[str]],
    top: int,
    columns: Sequence[int],
    size: tuple[int, int],
    last: int,
) -> None:
    """Draw charts from a row on: `order` names those of each line, `columns` the column in which each begins; their
    tables follow on the next page. Columns up to `last` are printed.
    """
    data = top + ROWS * len(order) + 1
    page.text(data, 0, "The numbers of the charts", bold=True, font_color=INK, font_size=12)
    areas = tables(page, shown, data + 1)
    for line, names in enumerate(order):
        for name, column in zip(names, columns, strict=True):
            draw(book, page, shown[name], areas[name], (top + line * ROWS, column), size)
    page.page.set_h_pagebreaks([data])
    page.page.print_area(0, 0, max(a.top + a.rows for a in areas.values()) + 1, last)


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
    if len(spec.groups) == 2:
        outer = spec.groups[0]
        for before, row in zip([None, *spec.rows], rows, strict=False):
            if before is not None and before[outer] == row[outer]:
                row[outer] = None
    return rows


def draw(book: Book, page: Sheet, spec: ChartSpec, area: Area, at: tuple[int, int], size: tuple[int, int]) -> None:
    """Draw one chart over its table; only a note where there is nothing to draw."""
    line = spec.kind == "line"
    series = [name for name in spec.colours if line or any(row.get(name) for row in spec.rows)]
    if area.rows == 0 or not series:
        page.text(*at, f"{spec.title}: there is nothing to show", italic=True, font_color="#555555")
        return
    chart = book.file.add_chart({"type": "line"} if line else {"type": "column", "subtype": "stacked"})
    first, last = (area.left + area.columns.index(g) for g in (spec.groups[0], spec.groups[-1]))
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
    ends = {"min": 0, "max": 100} if spec.unit.startswith("%") else {}
    chart.set_y_axis({"name": spec.unit, "num_format": "#,##0", "major_gridlines": grid, **ends})
    rotation = {"num_font": {"rotation": -45}} if len(spec.groups) == 1 else {}
    chart.set_x_axis({"label_position": "low", **rotation})
    chart.set_legend({"position": "right", "font": {"size": 8}})


def _look(spec: ChartSpec, series: str, colour: str) -> dict[str, Any]:
    if spec.kind != "line":
        return {"fill": {"color": colour}, "border": {"color": "#FFFFFF", "width": 0.25}, "gap": 40}
    dashed = series in spec.dashed
    return {"line": {"color": colour, "width": spec.width(series), **({"dash_type": "dash"} if dashed else {})}}
