"""The charts of a workbook: their titles, what their series are called, where these take their cells from, and what
they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from didymium.tables.xlsx.package import Damaged, Package, bad
from didymium.tables.xlsx.workbook import sheet_parts


@dataclass(slots=True)
class Chart:
    """A chart on a sheet: `texts` are its titles, in order; `series` has (name, cells of the categories, cells of the
    values, values)."""

    sheet: str
    texts: list[str] = field(default_factory=list)
    series: list[tuple[str, str, str, list[str]]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Return the first of its texts; empty where it has none."""
        return self.texts[0] if self.texts else ""


def charts_of(path: Path) -> list[Chart]:
    """Every chart, by sheet. Raises BadWorkbook when the file does not read."""
    try:
        package = Package(path)
        try:
            return [chart for name, part in sheet_parts(package) for chart in _on_sheet(package, name, part)]
        finally:
            package.close()
    except Damaged as fault:
        raise bad(path, fault) from fault


def _on_sheet(package: Package, sheet: str, part: str) -> list[Chart]:
    drawings = [target for kind, target in package.relations(part).values() if kind == "drawing"]
    charts = [target for drawing in drawings for kind, target in package.relations(drawing).values() if kind == "chart"]
    return [_read(package, sheet, chart) for chart in charts if chart in package.parts]


def _read(package: Package, sheet: str, part: str) -> Chart:
    """One chart part, streamed: the path of elements says what a text means."""
    chart = Chart(sheet)
    trail: list[str] = []
    pieces: list[str] = []
    name, cats, refs, values = "", "", "", []  # type: str, str, str, list[str]

    def start(element: str, _: dict[str, str]) -> None:
        nonlocal name, cats, refs, values
        trail.append(element)
        pieces.clear()
        if element == "ser":
            name, cats, refs, values = "", "", "", []
        elif element == "title":
            chart.texts.append("")

    def end(element: str) -> None:
        nonlocal name, cats, refs
        text = "".join(pieces).strip()
        pieces.clear()
        if element == "ser":
            chart.series.append((name, cats, refs, values))
        elif element == "t" and "title" in trail:
            chart.texts[-1] += text
        elif element == "v" and "tx" in trail and "ser" in trail:
            name = text
        elif element == "f" and "cat" in trail:
            cats = text
        elif element == "f" and "val" in trail:
            refs = text
        elif element == "v" and "val" in trail:
            values.append(text)
        trail.pop()

    package.parse(part, start, end, pieces.append)
    return chart
