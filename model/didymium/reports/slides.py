"""brief.pptx: page one as slides, with its sentences and native charts; python-pptx is the extra `slides`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from didymium.errors import BadWorkbook, Problem
from didymium.plan.answer import Answer
from didymium.reports.brief import Part, decided_now, groups, place_of_project
from didymium.reports.chart_specs import ChartSpec, chart_specs
from didymium.reports.numbers import rounded
from didymium.reports.sentences import status_in_words

INK, TEXT, SOFT, BAD = "1F3A4D", "1B1B1B", "54606A", "A01222"
WIDE, HIGH, EDGE = 13.333, 7.5, 0.55  # inches
LETTERS = 11.6  # characters of one point size that a line of an inch holds, times the size: how wide letters are
MAX_POINTS, MIN_POINTS = 20, 11
MAX_ROWS = 11  # of a table on a slide, some of them in two lines


def write_slides(plan: Answer, path: Path) -> None:
    """Write the slides. Raises BadWorkbook where python-pptx is not installed, OSError when the file cannot be
    written."""
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError:
        text = 'needs python-pptx: pip install "didymium[slides]"'
        raise BadWorkbook([Problem("--pptx", text)]) from None
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    deck.core_properties.title = _title(plan)
    found, specs = groups(plan), chart_specs(plan)
    _sentences(deck, _title(plan), [status_in_words(plan.summary), *found["answer"]])
    _with_chart(deck, "How free of China is what we use?", specs["share"], specs["origin"])
    _sentences(deck, "Who, where and when", found["named"])
    _decided(deck, plan)
    _with_chart(deck, "What is invested and built", specs["timeline"], specs["capacity"])
    _sentences(deck, "What this rests on", found["premises"])
    last = [*found["studies"], *found["warnings"]]
    if last:
        studied = plan.summary.keys() & {"stress", "alternatives"}
        _sentences(deck, "Risks, safe bets, evidence" if studied else "Evidence and warnings", last)
    deck.save(str(path))


def _title(plan: Answer) -> str:
    return str(plan.source.setting("title") or plan.source.source.stem)


def _slide(deck: Any, title: str) -> Any:
    """Add a slide with a title."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title alone
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = map(_inches, (EDGE, 0.3, WIDE - 2 * EDGE, 0.9))
    shape.text_frame.text = title
    shape.text_frame.word_wrap = True
    paragraph = shape.text_frame.paragraphs[0]
    paragraph.alignment = 1  # left
    _font(paragraph.runs[0], 30, INK, bold=True)
    return slide


def _inches(value: float) -> Any:
    from pptx.util import Inches

    return Inches(value)


def _font(run: Any, points: float, colour: str, bold: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    run.font.size, run.font.bold = Pt(points), bold
    run.font.color.rgb = RGBColor.from_string(colour)


def _sentences(deck: Any, title: str, sentences: Sequence[str]) -> None:
    """Add a slide of sentences, as large as they fit."""
    from pptx.util import Pt

    high, wide = HIGH - 1.7, WIDE - 2 * EDGE
    frame = _slide(deck, title).shapes.add_textbox(*map(_inches, (EDGE, 1.3, wide, high))).text_frame
    frame.word_wrap = True
    points = _points(sentences, wide, high)
    for k, sentence in enumerate(sentences):
        paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(0.5 * points)
        run = paragraph.add_run()
        run.text = sentence
        _font(run, points, BAD if sentence.startswith(("Warning", "NOT")) else TEXT)


def _points(sentences: Sequence[str], wide: float, high: float) -> int:
    """Return the largest size of letters, points, at which sentences fit into a box of so many inches."""
    for points in range(MAX_POINTS, MIN_POINTS, -1):
        across = wide * LETTERS * 12 / points
        lines = sum(1 + int(len(sentence) / across) for sentence in sentences)
        if (1.22 * lines + 0.5 * len(sentences)) * points / 72 <= high:
            return points
    return MIN_POINTS


def _with_chart(deck: Any, title: str, *specs: ChartSpec) -> None:
    """Add a slide with charts side by side; only a note where there is nothing to draw."""
    slide, each = _slide(deck, title), (WIDE - 2 * EDGE) / len(specs)
    for k, spec in enumerate(specs):
        place = tuple(map(_inches, (EDGE + k * each, 1.3, each - 0.15, HIGH - 1.7)))
        names = [name for name in spec.colours if not spec.stacked or any(row.get(name) for row in spec.rows)]
        if not spec.rows or not names:
            slide.shapes.add_textbox(*place).text_frame.text = f"{spec.title}: there is nothing to show."
            continue
        _chart(slide, spec, names, place)


def _chart(slide: Any, spec: ChartSpec, names: list[str], place: tuple[Any, ...]) -> None:
    """Draw a native chart: lines, or stacked columns."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    data = CategoryChartData()
    data.categories = [" ".join(str(row[g]) for g in spec.groups) for row in spec.rows]
    for name in names:
        data.add_series(name, [row.get(name) for row in spec.rows])
    kind = XL_CHART_TYPE.LINE if spec.kind == "line" else XL_CHART_TYPE.COLUMN_STACKED
    chart = slide.shapes.add_chart(kind, *place, data).chart
    chart.has_title, chart.has_legend = True, True
    chart.chart_title.text_frame.text = f"{spec.title}, {spec.unit}"
    _font(chart.chart_title.text_frame.paragraphs[0].runs[0], 14, INK, bold=True)
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.font.size = Pt(11)
    if spec.unit.startswith("%"):
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100
    labels = chart.value_axis.tick_labels
    labels.number_format, labels.number_format_is_linked = spec.axis_format, False
    for series, name in zip(chart.plots[0].series, names, strict=True):
        colour = RGBColor.from_string(spec.colours[name].lstrip("#"))
        if spec.kind == "line":
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = colour, Pt(2.25)
            series.marker.style = None
            if name in spec.dashed:
                series.format.line.dash_style = MSO_LINE.DASH
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
    if spec.kind != "line":
        chart.plots[0].gap_width, chart.plots[0].overlap = 40, 100


def _decided(deck: Any, plan: Answer) -> None:
    """Add a slide with a table of what is decided in the first year: committed before, and chosen by this plan."""
    first = plan.source.years[0]
    rows = [
        *(("chosen", part) for part in decided_now(plan, committed=False)),
        *(("committed before", part) for part in decided_now(plan, committed=True)),
    ]
    if not rows:
        return
    more = f" ({MAX_ROWS} of {len(rows)}; see Investments)" if len(rows) > MAX_ROWS else ""
    slide = _slide(deck, f"Decided in {first}{more}")
    shown = rows[:MAX_ROWS]
    heads = ("Project", "Stage", "Modules", "On line", "Capex, M USD", "Decision")
    place = map(_inches, (EDGE, 1.35, WIDE - 2 * EDGE, 0.38 * (len(shown) + 1)))
    table = slide.shapes.add_table(len(shown) + 1, len(heads), *place).table
    for column, wide in enumerate((5.4, 1.3, 1.1, 1.1, 1.5, 1.83)):
        table.columns[column].width = _inches(wide)
    lines = [heads, *(_line(plan, word, part) for word, part in shown)]
    for r, line in enumerate(lines):
        for c, text in enumerate(line):
            table.cell(r, c).text = text
            for run in table.cell(r, c).text_frame.paragraphs[0].runs:
                _font(run, 13, "FFFFFF" if r == 0 else TEXT, bold=r == 0)


def _line(plan: Answer, word: str, part: Part) -> tuple[str, ...]:
    """The cells of one decision."""
    d = part.decision
    online = min(row["online_year"] for row in d.rows)
    name = place_of_project(plan, d.project)
    return name, d.stage, f"{d.mean('modules'):g}", str(online), rounded(part.capex), word
