"""The notebooks run from the first cell to the last, on the first years of the default case."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

import didymium

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
SMALL = {  # what takes the place of a notebook's parameters
    "planner_first_case": 'YEARS = range(2026, 2029); FOLDER = Path("first")',
    "consultant_sweep": 'CASE = Path("case"); FOLDER = Path("sweep"); TARGETS = (1.0, 1.5); BUDGETS = (1.0,)',
    "reviewer_audit": 'RESULT = Path("base"); OTHER = Path("heavy"); FOLDER = Path("work")',
}


def cells(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def source(cell: dict[str, object]) -> str:
    lines = cell["source"]
    assert isinstance(lines, list)
    return "".join(lines)


def is_parameters(cell: dict[str, object]) -> bool:
    metadata = cell["metadata"]
    assert isinstance(metadata, dict)
    return "parameters" in metadata.get("tags", [])


def run(path: Path) -> dict[str, object]:
    """Run the code cells of a notebook, as Jupyter does: the last expression of a cell is shown."""
    space: dict[str, object] = {}
    for k, cell in enumerate(c for c in cells(path) if c["cell_type"] == "code"):
        body = ast.parse(source(cell), f"{path.name}, code cell {k}").body
        last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), f"{path.name}, code cell {k}", "exec"), space)  # noqa: S102
        if last:
            repr(eval(compile(last, f"{path.name}, code cell {k}", "eval"), space))
        if is_parameters(cell):
            exec(SMALL[path.stem], space)  # noqa: S102
    return space


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first three years of the default case, and two results of it."""
    made = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(ROOT / "inputs" / "allied", made / "case")
    settings = made / "case" / "settings.csv"
    text = settings.read_text(encoding="utf-8")
    assert "last_year,2040" in text
    settings.write_text(text.replace("last_year,2040", "last_year,2028"), encoding="utf-8")
    return made


def solve_two(folder: Path) -> None:
    inputs = didymium.read(folder / "case")
    for name, scenario in (("base", None), ("heavy", "heavy_rare_earths_only")):
        didymium.solve(inputs, scenario, gap_percent=2).save(folder / name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    if path.stem == "reviewer_audit":
        solve_two(folder)
    found = run(path)
    if path.stem == "planner_first_case":
        assert len(found["errors"]) == 1  # type: ignore[arg-type]
        assert "japn" in str(found["errors"])
    if path.stem == "consultant_sweep":
        assert len(found["plans"]) == 2  # type: ignore[arg-type]
    if path.stem == "reviewer_audit":
        assert not found["statement"].holds  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_valid_and_holds_no_output(path: Path) -> None:
    """By the format of version 4.5: what must be there, ids that are different, nothing that was run."""
    book = json.loads(path.read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert book["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in book["cells"]:
        run_of = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | run_of
        assert cell["cell_type"] in ("code", "markdown")
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert all(isinstance(line, str) for line in cell["source"])
    assert sum(map(is_parameters, book["cells"])) == 1


def test_each_notebook_has_parameters_of_a_test() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(SMALL)
