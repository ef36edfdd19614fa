"""What stands beside the cells of a result, held against what its tables make: its charts, report.html, summary.json
and solver.log."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from didymium.plan.answer import Answer
from didymium.reports.alike import Difference, alike, same_formula, shown
from didymium.reports.page.write import page_of
from didymium.reports.stress_found import refresh_stress
from didymium.tables.xlsx.drawings import Chart

EXCEPTED = (
    "seconds",
    "peak_memory_mb",
)  # keys of summary.json that only the run itself knows, and goes on counting after the workbook
Compare = Callable[[str, Answer], Iterator[Difference]]
ROUNDED = 2e-6  # share by which numbers of the page may differ, which keeps seven digits of them
LARGEST = 100 * 2**20  # bytes of a file beside the workbook that is still read
_DATA = re.compile(r'(<script type="application/json"[^>]*>)(.*?)(</script>)', re.DOTALL)


def charts_differ(stands: Sequence[Chart], should: Sequence[Chart]) -> Iterator[Difference]:
    """Charts that are missing, added, or say or show something else."""
    for sheet in dict.fromkeys(c.sheet for c in (*should, *stands)):
        ours, theirs = ([c for c in charts if c.sheet == sheet] for charts in (should, stands))
        if len(ours) != len(theirs):
            yield Difference(f"{sheet}, charts", f"{len(theirs)} charts", f"{len(ours)}")
            continue
        for k, (right, chart) in enumerate(zip(ours, theirs, strict=True), 1):
            yield from _chart(f"{sheet}, chart {k} ({right.title})", chart, right)


def _chart(place: str, stands: Chart, should: Chart) -> Iterator[Difference]:
    if Counter(stands.texts) != Counter(should.texts):
        yield Difference(place, f"the titles {stands.texts}", f"{should.texts}")
    if len(stands.series) != len(should.series):
        yield Difference(place, f"{len(stands.series)} series", f"{len(should.series)}")
        return
    for one, right in zip(stands.series, should.series, strict=True):
        for what, a, b in zip(
            ("the series is called", "takes its labels from", "takes its values from"), one, right, strict=False
        ):
            if not same_formula(str(a), str(b)):
                yield Difference(f"{place}, {right[0]}", f"{what} {a}", f"{b}")
        values = [_number(v) for v in one[3]], [_number(v) for v in right[3]]
        if values[0] and not (
            len(values[0]) == len(values[1]) and all(alike(a, b) for a, b in zip(*values, strict=True))
        ):
            yield Difference(
                f"{place}, {right[0]}", "stored values that are not those of its cells", f"those of {right[2]}"
            )


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def differ(folder: Path, plan: Answer) -> tuple[list[Difference], list[str]]:
    """The differences of the files beside results.xlsx, and notes on those that are not there."""
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
            notes.append(f"{name} is not beside the workbook, and was not compared.")
            continue
        try:
            found += differences(_text(path), plan)
        except (OSError, ValueError, RecursionError) as error:
            found.append(Difference(name, f"does not read ({error})", "as it was written"))
    return found, notes


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST / 2**20:,.0f} MB")
    return path.read_text(encoding="utf-8")


def _newest_page(folder: Path, said: str, plan: Answer) -> Iterator[Difference]:
    """The page as it was written with the workbook, or since then with what stress found beside it: whichever is
    nearer."""
    later = replace(plan, summary=dict(plan.summary))
    refresh_stress(later, folder)
    yield from min(([*_page(said, one)] for one in (plan, later)), key=len)


def _page(said: str, plan: Answer) -> Iterator[Difference]:
    """The page without its data, line by line; then its data, value by value."""
    should = page_of(plan)
    ours, theirs = _DATA.search(should), _DATA.search(said)
    assert ours
    if theirs is None:
        yield Difference("report.html", "its data is missing", "there")
        return
    bare, meant = (_DATA.sub(r"\1\3", text, count=1).splitlines() for text in (said, should))
    for line, (a, b) in enumerate(zip(bare, meant, strict=False), 1):
        if a != b:
            yield Difference(f"report.html line {line}", shown(a.strip()), shown(b.strip()))
    if len(bare) != len(meant):
        yield Difference("report.html", f"{len(bare):,} lines", f"{len(meant):,}")
    yield from _values("report.html data", json.loads(theirs[2]), json.loads(ours[2]), ROUNDED)


def _summary(said: str, plan: Answer) -> Iterator[Difference]:
    stands = json.loads(said)
    if not isinstance(stands, dict):
        yield Difference("summary.json", "no object", "one")
        return
    left, right = ({k: v for k, v in told.items() if k not in EXCEPTED} for told in (stands, plan.summary))
    yield from _values("summary.json", left, right)


def _log(said: str, plan: Answer) -> Iterator[Difference]:
    """The end of the log, which the sheet Run holds too."""
    should = [line.strip() for line in plan.log.splitlines()]
    stands = [line.strip() for line in said.rstrip().splitlines()[-len(should) :]] if should else []
    for k, (a, b) in enumerate(zip(stands, should, strict=False), 1):
        if a != b:
            yield Difference(f"solver.log, line {k} of the last {len(should)}", shown(a), shown(b))
    if len(stands) != len(should):
        yield Difference("solver.log", f"{len(stands)} lines", f"{len(should)} or more")


def _values(place: str, stands: object, should: object, share: float = 0.0) -> Iterator[Difference]:
    """Every value in which two trees of data differ, with its place (`summary.json: investments[3].capex_musd`)."""
    if isinstance(stands, dict) and isinstance(should, dict):
        for key in dict.fromkeys((*should, *stands)):
            if key not in stands or key not in should:
                here = stands.get(key, "nothing"), should.get(key, "nothing")
                yield Difference(
                    _inner(place, f"{key}"),
                    *(shown(v if isinstance(v, (str, int, float)) else json.dumps(v)) for v in here),
                )
            else:
                yield from _values(_inner(place, f"{key}"), stands[key], should[key], share)
    elif isinstance(stands, list) and isinstance(should, list):
        if len(stands) != len(should):
            yield Difference(place, f"{len(stands)} entries", f"{len(should)}")
        for k, (a, b) in enumerate(zip(stands, should, strict=False)):
            yield from _values(f"{place}[{k}]", a, b, share)
    elif not _same(stands, should, share):
        yield Difference(place, shown(stands), shown(should))


def _inner(place: str, key: str) -> str:
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"


def _same(a: object, b: object, share: float) -> bool:
    if isinstance(a, (dict, list)) or isinstance(b, (dict, list)):
        return False
    if share and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (a, b)):
        return abs(float(str(a)) - float(str(b))) <= max(share * abs(float(str(b))), 1e-9)
    return alike(a, b)
