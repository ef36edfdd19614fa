"""Our reader of workbooks held against openpyxl, on the shipped workbooks and on random ones: the same cells, every
one."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didymium.tables.cells import DateNumber, ErrorValue, NoStoredValue, tidy
from didymium.tables.xlsx import read_workbook

ROOT = Path(__file__).parents[1]
SHIPPED = [*sorted((ROOT / "inputs").glob("*.xlsx")), *sorted((ROOT / "tests" / "samples").glob("*.xlsx"))]


def theirs(path: Path) -> dict[str, dict[str, object]]:
    """What openpyxl reads, said in our words."""
    stored, typed = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    found: dict[str, dict[str, object]] = {}
    for page in typed.worksheets:
        cells = found[page.title] = {}
        for row in page.iter_rows():
            for cell in row:
                shown = stored[page.title][cell.coordinate]
                value: object = ErrorValue(str(shown.value)) if shown.data_type == "e" else tidy(shown.value)
                if value is None and cell.data_type == "f" and shown.data_type != "s":
                    value = NoStoredValue(str(getattr(cell.value, "text", cell.value)))
                if value is not None:
                    cells[cell.coordinate] = str(value) if isinstance(value, datetime) else value
    return found


def ours(path: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for grid in read_workbook(path).grids:
        cells = found[grid.name] = {}
        for r, row in enumerate(grid.rows, 1):
            for c, value in enumerate(row, 1):
                if value is not None:
                    cells[f"{openpyxl.utils.get_column_letter(c)}{r}"] = (
                        value.shown if isinstance(value, DateNumber) else value
                    )
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_the_shipped_workbooks_read_alike(path: Path) -> None:
    assert ours(path) == theirs(path)


VALUES = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9, allow_subnormal=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
        lambda t: not t.startswith("=") and t.strip() == t and "_x" not in t
    ),
    st.sampled_from(["#REF!", "#N/A", "=1+1", "=SUM(A1:A3)"]),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 30)), VALUES, max_size=40))
def test_random_workbooks_read_alike(cells: dict[tuple[int, int], object]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.xlsx"
        book = openpyxl.Workbook()
        for (row, column), value in cells.items():
            book.active.cell(row, column, value)
        book.save(path)
        assert ours(path) == theirs(path)
