"""A good workbook damaged at random: either the same case is read, or an error that names the place. Never a traceback,
never a number changed in silence."""

from __future__ import annotations

import random
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packages import parts_of, save, sheet_part
from worlds import sound, write

import didymium
from didymium.tables.cells import ErrorValue, NoStoredValue
from didymium.tables.grid import Grid, Source
from didymium.tables.read import read_source, read_tables, tables_from_source
from didymium.tables.schema import SHEETS

FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PLACE = re.compile(r"[A-Za-z][\w ]*(![A-Z]{1,3}\d+|!row \d+)?$")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    return didymium.export(write(sound(), folder / "case"), folder / "good.xlsx")


def outcome(path: Path) -> tuple[str | None, list[didymium.Problem]]:
    """What a damaged file says: the hash of its case, or None with the errors that name where."""
    try:
        checked = didymium.api.examine(path)
    except didymium.BadWorkbook as error:
        return None, error.problems
    assert all(count.adds_up for count in checked.counts.values())
    if any(p.is_error for p in checked.problems):
        return None, checked.problems
    return read_tables(path)[0].content_sha256(), checked.problems


def named(problems: list[didymium.Problem], path: Path) -> bool:
    """Does every error say where? The file itself, a sheet, or a cell."""
    return all(p.place == path.name or PLACE.fullmatch(p.place) for p in problems if p.is_error)


@FUZZ
@given(st.data())
def test_flipped_bytes_never_change_the_case(good: Path, data: st.DataObject) -> None:
    """Parts carry checksums, so a flip inside one is damage; one outside (names, times) changes nothing or breaks the
    file."""
    raw = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.xlsx"
        path.write_bytes(raw)
        said, problems = outcome(path)
        assert said == read_tables(good)[0].content_sha256() or (said is None and named(problems, path))


@FUZZ
@given(st.floats(0, 1))
def test_a_file_cut_short_is_refused(good: Path, share: float) -> None:
    raw = good.read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.xlsx"
        path.write_bytes(raw[: int(share * (len(raw) - 1))])
        said, problems = outcome(path)
        assert said is None and named(problems, path)


TOKENS = re.compile(rb"<[^>]*>|[^<]+")


@FUZZ
@given(st.integers(0, 10**9))
def test_spoilt_xml_is_the_same_case_or_an_error_with_a_place(good: Path, seed: int) -> None:
    """Tokens of a part dropped, doubled, swapped or edited, and packed with a right checksum. What still reads as a
    sound case may differ from the good one only in a cell that was itself edited, never through a place that was
    not."""
    rng = random.Random(seed)
    parts = parts_of(good)
    part = rng.choice(
        [
            sheet_part(parts, rng.choice(list(SHEETS))),
            "xl/workbook.xml",
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/_rels/workbook.xml.rels",
        ]
    )
    tokens = TOKENS.findall(parts[part])
    at = rng.randrange(len(tokens))
    damage = rng.choice(["drop", "double", "swap", "edit", "cut"])
    if damage == "drop":
        del tokens[at]
    elif damage == "double":
        tokens.insert(at, tokens[at])
    elif damage == "swap":
        other = rng.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif damage == "cut":
        del tokens[at:]
    else:
        token = bytearray(tokens[at])
        token[rng.randrange(len(token))] = rng.randrange(256)
        tokens[at] = bytes(token)
    with tempfile.TemporaryDirectory() as scratch:
        path = save(Path(scratch) / "a.xlsx", {**parts, part: b"".join(tokens)})
        said, problems = outcome(path)
        if said is None:
            assert named(problems, path), problems
        elif damage in ("drop", "double", "cut") and part.startswith("xl/worksheets"):
            lost = numbers(read_source(good)) - numbers(read_source(path))
            gained = numbers(read_source(path)) - numbers(read_source(good))
            assert len(lost) <= 1 and not gained, "one token stands for one cell at most"


def numbers(source: Source) -> set[tuple[str, int, int, float]]:
    """Every number with its place."""
    return {
        (grid.name, r, c, float(value))
        for grid in source.grids
        for r, row in enumerate(grid.rows)
        for c, value in enumerate(row)
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


JUNK: list[object] = [
    None,
    "",
    " ",
    "x",
    "Total",
    "1,200",
    "12 ",
    "12%",
    "-",
    "NA",
    "nan",
    "inf",
    "1e999",
    -1,
    0,
    0.5,
    101,
    1e13,
    2.5,
    True,
    False,
    "*",
    "a;;b",
    "=1",
    "here",
]
JUNK += [
    ErrorValue("#REF!"),
    NoStoredValue("=A1"),
    "\x01",
    "x" * 40_000,
    "2027",
    2027,
    "\u200b",
    "caf\u00e9",
    "yes",
    "none",
    "<b>",
    "mine",
    "metal",
    "limit_t",
]


def replace_cell(grid: Grid, rng: random.Random) -> None:
    row = rng.choice([r for r in grid.rows if r])
    row[rng.randrange(len(row))] = rng.choice(JUNK)


def drop_row(grid: Grid, rng: random.Random) -> None:
    del grid.rows[rng.randrange(len(grid.rows))]


def double_row(grid: Grid, rng: random.Random) -> None:
    at = rng.randrange(len(grid.rows))
    grid.rows.insert(at, list(grid.rows[at]))


def drop_column(grid: Grid, rng: random.Random) -> None:
    at = rng.randrange(max(len(r) for r in grid.rows))
    for row in grid.rows:
        del row[at : at + 1]


def swap_columns(grid: Grid, rng: random.Random) -> None:
    """Changes nothing but the place, unless the first column goes."""
    a, b = (rng.randrange(1, max(len(r) for r in grid.rows)) for _ in range(2))
    for row in grid.rows:
        row.extend([None] * (max(a, b) + 1 - len(row)))
        row[a], row[b] = row[b], row[a]


def rename(grid: Grid, rng: random.Random) -> None:
    grid.name = rng.choice([grid.name + "s", grid.name.lower(), grid.name + " ", "Other", rng.choice(list(SHEETS))])


HEADS: list[Callable[[Grid, random.Random], None]] = [
    replace_cell,
    replace_cell,
    replace_cell,
    drop_row,
    double_row,
    drop_column,
    swap_columns,
    rename,
]


@FUZZ
@given(st.integers(0, 10**9))
def test_spoilt_tables_are_read_as_they_stand_or_told_by_cell(good: Path, seed: int) -> None:
    """Cells, rows, columns and sheets of the tables spoilt. Every filled cell is accounted for; every error has a
    place; and the checks, the counts and the screen never fall over."""
    rng = random.Random(seed)
    source = read_source(good)
    grids = [g for g in source.grids if g.rows]
    for _ in range(rng.randint(1, 3)):
        rng.choice(HEADS)(rng.choice([g for g in grids if any(g.rows)]), rng)
    filled = sum(v is not None for g in grids for row in g.rows for v in row)
    tables, problems = tables_from_source(good, source)
    from didymium.checks import check_tables, look_ahead

    found = check_tables(tables, problems)
    look_ahead(tables, found)
    assert not any(p.code == "fault" for p in found)
    assert all(c.adds_up for c in tables.counts.values())
    unread = {p.sheet for p in problems if "unknown sheet" in p.text or "two sheets of this name" in p.text}
    if not unread:
        assert sum(c.cells_read for c in tables.counts.values()) == filled
    assert named(found, good)
    if not any(p.is_error for p in found):
        from didymium.case.build import build_case

        build_case(tables)


@FUZZ
@given(st.integers(0, 10**9))
def test_spoilt_csv_is_told_or_read(seed: int) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write(sound(), Path(scratch) / "case")
        path = rng.choice(sorted(folder.glob("*.csv")))
        raw = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 2)] = rng.choice(
                [b"", b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"9", b"-", b";", "\u2028".encode()]
            )
        path.write_bytes(raw)
        said, problems = outcome(folder)
        assert said is not None or named(problems, folder)


def test_a_zip_of_nonsense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"):
            archive.writestr(name, b"\x00nonsense<")
    said, problems = outcome(path)
    assert said is None and [p.place for p in problems] == ["a.xlsx"]
