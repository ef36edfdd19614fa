"""The Start sheet counts what the check demands: it never says that all is done while the check finds an error."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import sound, write

from didymium.checks import check_tables
from didymium.errors import Problem
from didymium.tables.grid import Grid, Source
from didymium.tables.read import read_tables, tables_from_source
from didymium.tables.schema import SHEETS
from didymium.template import counts, written
from didymium.template.content import Cells, Content
from didymium.template.layout import layout


def content_of(folder: Path) -> Content:
    return written(read_tables(folder)[0])


def problems(content: Content) -> list[Problem]:
    """What the check says of the cells as a workbook would hold them."""
    grids = [
        Grid(name, [list(columns), *([row.get(c) for c in columns] for row in content.rows[name])])
        for name, columns in content.columns.items()
    ]
    tables, found = tables_from_source(Path("case.xlsx"), Source(grids, ""))
    return check_tables(tables, found)


def states(content: Content) -> list[str]:
    """What the lines of Start say of the same cells."""
    tables = layout(content, SHEETS)
    years = [c for c in content.columns["Demand"] if c.isdigit()]
    return [str(item.live.value) for item in counts.checklist(tables, years, "G6:G27")]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(sound(), tmp_path_factory.mktemp("start") / "case")


def test_a_sound_case_is_done(case: Path) -> None:
    content = content_of(case)
    assert not [p for p in problems(content) if p.is_error]
    assert set(states(content)) == {"done"}


def _filled(content: Content, rng: random.Random, kind: Callable[[str, str], bool]) -> tuple[Cells, str]:
    """A filled cell of a declared or year column that `kind` takes."""
    found = [
        (row, column)
        for sheet, rows in sorted(content.rows.items())
        for row in rows
        for column in sorted(row)
        if kind(sheet, column)
    ]
    return rng.choice(found)


def _declared(sheet: str, column: str) -> bool:
    return column in {c.name for c in SHEETS[sheet].columns} or column.isdigit()


def clear(content: Content, rng: random.Random) -> None:
    row, column = _filled(content, rng, _declared)
    del row[column]


def text_for_number(content: Content, rng: random.Random) -> None:
    row, column = _filled(
        content,
        rng,
        lambda s, c: c.isdigit() or any(k.name == c and k.kind in ("number", "integer") for k in SHEETS[s].columns),
    )
    row[column] = rng.choice(["TBC", "1,200", "12 %"])


def out_of_range(content: Content, rng: random.Random) -> None:
    row, column = _filled(
        content,
        rng,
        lambda s, c: c.isdigit() or any(k.name == c and k.kind in ("number", "integer") for k in SHEETS[s].columns),
    )
    row[column] = rng.choice([-5, 1e13, 2.5])


def unknown_id(content: Content, rng: random.Random) -> None:
    row, column = _filled(content, rng, lambda s, c: any(k.name == c and k.kind == "ref" for k in SHEETS[s].columns))
    row[column] = rng.choice(["nowhere", "*"])


def other_word(content: Content, rng: random.Random) -> None:
    row, column = _filled(
        content, rng, lambda s, c: any(k.name == c and k.kind in ("choice", "yes_no") for k in SHEETS[s].columns)
    )
    row[column] = rng.choice(["other", "*"])


def double(content: Content, rng: random.Random) -> None:
    sheet = rng.choice([s for s, rows in sorted(content.rows.items()) if rows])
    content.rows[sheet].append(dict(rng.choice(content.rows[sheet])))


def drop(content: Content, rng: random.Random) -> None:
    sheet = rng.choice([s for s, rows in sorted(content.rows.items()) if rows])
    content.rows[sheet].remove(rng.choice(content.rows[sheet]))


SLIPS = (clear, text_for_number, out_of_range, unknown_id, other_word, double, drop)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_never_all_done_while_there_are_errors(case_seed: int) -> None:
    """One to three slips of those that people make: blanks, texts, ranges, ids, words, rows twice and rows lost."""
    rng = random.Random(case_seed)
    content = content_of(_CASE)
    for _ in range(rng.randint(1, 3)):
        rng.choice(SLIPS)(content, rng)
    errors = [p for p in problems(content) if p.is_error]
    if errors:
        assert "to do" in states(content), [str(p) + p.code for p in errors]
    if not errors:
        assert set(states(content)) <= {"done", "to do"}


_CASE = Path()


@pytest.fixture(scope="module", autouse=True)
def _written(case: Path) -> None:
    global _CASE
    _CASE = case
