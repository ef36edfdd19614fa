"""Two small pictures as SVG, drawn by the desk so that they need no script: the gap as it closes, and a waterfall.

Colours are classes of the style sheet, which knows light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 78, 12, 12, 30  # of the plot inside
SPREAD = (
    4.0  # gaps above and below the best plan that are in the picture: what was far off at first is told as a number
)

CLIP = (
    f'<clipPath id="plot"><rect x="{LEFT}" y="0" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - BOTTOM}"/></clipPath>'
)

Point = tuple[float, float]


def search_of(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the progress of the search of now: the lines since the bound or the best plan last began anew."""
    found: list[Mapping[str, Any]] = []
    for line in lines:
        if "objective_musd" not in line:
            continue
        best, before = line.get("objective_musd"), found[-1].get("objective_musd") if found else None
        if before is not None and (best is None or best > before + 1e-6):
            found = []
        found.append(line)
    return found


def gap_picture(lines: Sequence[Mapping[str, Any]], words: str) -> Markup:
    """Return the cost of the best plan and the bound over the seconds; nothing before there are two points of both."""
    search = search_of(lines)
    best = [(float(p["seconds"]), float(p["objective_musd"])) for p in search if p.get("objective_musd") is not None]
    bound = [(float(p["seconds"]), float(p["bound_musd"])) for p in search if p.get("bound_musd") is not None]
    if not best or not bound:
        return Markup("")
    gap = max(best[-1][1] - bound[-1][1], abs(best[-1][1]) * 1e-4, 1e-6)
    high = min(max(y for _, y in best), best[-1][1] + SPREAD * gap)
    low = max(min(y for _, y in bound), bound[-1][1] - SPREAD * gap)
    room = 0.08 * max(high - low, gap)
    left = min(bound[0][0], best[0][0])
    box = _Box(left, search[-1]["seconds"], low - room, high + room)
    parts = [box.axes("s"), CLIP]
    for name, points in (("bound", bound), ("best", best)):
        d = box.steps(points, search[-1]["seconds"])
        parts.append(f'<path class="line {name}" clip-path="url(#plot)" d="{d}"/>')
    if best[0][1] > box.high:
        parts.append(f'<text x="{LEFT + 6}" y="{TOP + 12}">↑ {best[0][1]:,.0f}</text>')
    return _svg("".join(parts), words, "gap")


def waterfall_picture(steps: Sequence[Sequence[Any]], words: str) -> Markup:
    """Return the steps of the sheet Waterfall (step, change, after, ...), M USD, as bars from one cost to another."""
    ends = [float(step[2]) for step in steps]
    room = 0.5 * max(max(ends) - min(ends), abs(max(ends)) * 1e-3, 1e-6)
    low = min(ends) - room if min(ends) < 0 else max(0.0, min(ends) - room)
    box = _Box(0, len(steps), low, max(ends) + 0.1 * room)
    wide = (WIDTH - LEFT - RIGHT) / len(steps)
    parts, before = [box.axes("")], low
    for k, (step, end) in enumerate(zip(steps, ends, strict=True)):
        total = step[1] is None
        start = max(low, 0.0) if total else before
        top, bottom = box.y(max(start, end)), box.y(min(start, end))
        kind = "total" if total else "more" if end > start else "less"
        left, width, tall = LEFT + (k + 0.12) * wide, 0.76 * wide, max(bottom - top, 1)
        parts.append(f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{tall:.1f}"/>')
        middle, under = left + width / 2, HEIGHT - 17 + 12 * (k % 2)  # names in two lines, by turns
        parts.append(f'<text class="under" x="{middle:.1f}" y="{under}">{escape(str(step[0]))}</text>')
        before = end
    return _svg("".join(parts), words, "waterfall")


def _svg(content: str, words: str, kind: str) -> Markup:
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    return Markup(f'<svg class="picture {kind}" {box} aria-label="{escape(words)}">{content}</svg>')


class _Box:
    """The plot: numbers to pixels."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.right, self.low, self.high = left, max(right, left + 1e-3), low, max(high, low + 1e-9)

    def x(self, value: float) -> float:
        return LEFT + (value - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def steps(self, points: Sequence[Point], until: float) -> str:
        """A line that stays as it is until the next point."""
        parts = [f"M{self.x(points[0][0]):.1f} {self.y(points[0][1]):.1f}"]
        parts += [f"H{self.x(x):.1f}V{self.y(y):.1f}" for x, y in points[1:]]
        return "".join([*parts, f"H{self.x(until):.1f}"])

    def axes(self, unit: str) -> str:
        """Lines and numbers of both axes; of the lower one only with a unit."""
        digits = 0 if self.high - self.low > 5 else 2
        found = []
        for value in _ticks(self.low, self.high):
            y = self.y(value)
            found.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            found.append(f'<text class="left" x="{LEFT - 6}" y="{y + 4:.1f}">{value:,.{digits}f}</text>')
        for k in range(5 if unit else 0):
            value = self.left + (self.right - self.left) * k / 4
            found.append(f'<text class="under" x="{self.x(value):.1f}" y="{HEIGHT - 10}">{value:,.0f} {unit}</text>')
        return "".join(found)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, three to seven of them."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(f for f in (1, 2, 5, 10) if f * power >= rough)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]
