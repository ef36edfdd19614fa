"""The differences between what accompanies the tables of a result and what those tables produce: charts, report.html,
summary.json and solver.log."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.grid_differences import Difference, same_formula, same_value, value_text
from didymium.reports.later_studies import refresh_studies
from didymium.reports.page.write import page_of
from didymium.result_folder import MANIFEST, strangers
from didymium.tables.xlsx.drawings import Chart

# Keys of summary.json that only the run itself knows and that still change after the workbook is written.
EXCEPTED = ("seconds", "peak_memory_mb")
Compare = Callable[[str, Answer], Iterator[Difference]]
ROUNDED = 2e-6  # relative difference allowed for numbers of the page, which keeps seven digits of them
MAX_BYTES = 100 * 2**20  # size of the largest file of the folder that is still read
_DATA = re.compile(r'(<script type="application/json"[^>]*>)(.*?)(</script>)', re.DOTALL)


def chart_differences(found: Sequence[Chart], expected: Sequence[Chart]) -> Iterator[Difference]:
    """Yield a difference for each chart that is missing, added, or has other titles, series or values."""
    for sheet in dict.fromkeys(c.sheet for c in (*expected, *found)):
        ours, theirs = ([c for c in charts if c.sheet == sheet] for charts in (expected, found))
        if len(ours) != len(theirs):
            yield Difference(f"{sheet}, charts", f"{len(theirs)} charts", f"{len(ours)}")
            continue
        for k, (right, chart) in enumerate(zip(ours, theirs, strict=True), 1):
            yield from _chart(f"{sheet}, chart {k} ({right.title})", chart, right)


def _chart(place: str, found: Chart, expected: Chart) -> Iterator[Difference]:
    if Counter(found.texts) != Counter(expected.texts):
        yield Difference(place, f"the titles {found.texts}", f"{expected.texts}")
    if len(found.series) != len(expected.series):
        yield Difference(place, f"{len(found.series)} series", f"{len(expected.series)}")
        return
    for one, right in zip(found.series, expected.series, strict=True):
        for what, a, b in zip(
            ("the series is called", "takes its labels from", "takes its values from"), one, right, strict=False
        ):
            if not same_formula(str(a), str(b)):
                yield Difference(f"{place}, {right[0]}", f"{what} {a}", f"{b}")
        values = [_number(v) for v in one[3]], [_number(v) for v in right[3]]
        if values[0] and not (
            len(values[0]) == len(values[1]) and all(same_value(a, b) for a, b in zip(*values, strict=True))
        ):
            yield Difference(
                f"{place}, {right[0]}", "stored values that are not those of its cells", f"those of {right[2]}"
            )


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def file_differences(folder: Path, plan: Answer) -> tuple[list[Difference], list[str]]:
    """Return the differences of the other files in the folder of results.xlsx, and notes on those that are missing."""
    found: list[Difference] = []
    notes: list[str] = []
    files: dict[str, Compare] = {
        "report.html": partial(_newest_page, folder),
        "summary.json": _summary,
        "solver.log": _log,
    }
    for name, differences in files.items():
        path = folder / name
        if not path.is_file():
            notes.append(f"{name} is not in the folder of the workbook and was not compared.")
            continue
        try:
            found += differences(_text(path), plan)
        except (OSError, ValueError, RecursionError) as error:
            found.append(Difference(name, f"does not read ({error})", "as it was written"))
    named = {difference.place.split(":")[0].split(" ")[0].rstrip(",") for difference in found}
    found += [
        Difference(name, "another file", f"the one that {MANIFEST} lists, written with the others")
        for name in strangers(folder)
        if name not in named
    ]
    return found, notes


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES / 2**20:,.0f} MB")
    return path.read_text(encoding="utf-8")


def _newest_page(folder: Path, text: str, plan: Answer) -> Iterator[Difference]:
    """Compare the page as written with the workbook, or since then with the results of a stress run: whichever has
    fewer differences."""
    later = replace(plan, summary=dict(plan.summary))
    refresh_studies(later, folder)
    yield from min(([*_page(text, one)] for one in (plan, later)), key=len)


def _page(text: str, plan: Answer) -> Iterator[Difference]:
    """Compare the page without its data line by line, then its data value by value."""
    expected = page_of(plan)
    ours, theirs = _DATA.search(expected), _DATA.search(text)
    assert ours
    if theirs is None:
        yield Difference("report.html", "its data is missing", "there")
        return
    bare, meant = (_DATA.sub(r"\1\3", page, count=1).splitlines() for page in (text, expected))
    for line, (a, b) in enumerate(zip(bare, meant, strict=False), 1):
        if a != b:
            yield Difference(f"report.html line {line}", value_text(a.strip()), value_text(b.strip()))
    if len(bare) != len(meant):
        yield Difference("report.html", f"{len(bare):,} lines", f"{len(meant):,}")
    yield from _values("report.html data", json.loads(theirs[2]), json.loads(ours[2]), ROUNDED)


def _summary(text: str, plan: Answer) -> Iterator[Difference]:
    found = json.loads(text)
    if not isinstance(found, dict):
        yield Difference("summary.json", "no object", "one")
        return
    left, right = ({k: v for k, v in entries.items() if k not in EXCEPTED} for entries in (found, plan.summary))
    yield from _values("summary.json", left, right)


def _log(text: str, plan: Answer) -> Iterator[Difference]:
    """Compare the end of the log, which the sheet Run contains too."""
    expected = [line.strip() for line in plan.log.splitlines()]
    found = [line.strip() for line in text.rstrip().splitlines()[-len(expected) :]] if expected else []
    for k, (a, b) in enumerate(zip(found, expected, strict=False), 1):
        if a != b:
            yield Difference(f"solver.log, line {k} of the last {len(expected)}", value_text(a), value_text(b))
    if len(found) != len(expected):
        yield Difference("solver.log", f"{len(found)} lines", f"{len(expected)} or more")


def _values(place: str, found: object, expected: object, share: float = 0.0) -> Iterator[Difference]:
    """Yield every difference between two trees of data with its place (`summary.json: investments[3].capex_musd`)."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in dict.fromkeys((*expected, *found)):
            if key not in found or key not in expected:
                here = found.get(key, "nothing"), expected.get(key, "nothing")
                yield Difference(
                    _inner(place, f"{key}"),
                    *(value_text(v if isinstance(v, (str, int, float)) else json.dumps(v)) for v in here),
                )
            else:
                yield from _values(_inner(place, f"{key}"), found[key], expected[key], share)
    elif isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            yield Difference(place, f"{len(found)} entries", f"{len(expected)}")
        for k, (a, b) in enumerate(zip(found, expected, strict=False)):
            yield from _values(f"{place}[{k}]", a, b, share)
    elif not _same(found, expected, share):
        yield Difference(place, value_text(found), value_text(expected))


def _inner(place: str, key: str) -> str:
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"


def _same(a: object, b: object, share: float) -> bool:
    if isinstance(a, (dict, list)) or isinstance(b, (dict, list)):
        return False
    if isinstance(a, bool) or isinstance(b, bool) or not share:
        return same_value(a, b)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= max(share * abs(b), 1e-9)
    return same_value(a, b)
