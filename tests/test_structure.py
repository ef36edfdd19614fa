"""How the code is laid out: imports run one way, the re-check uses no code of the model, files and functions stay
short, the documentation names what exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "model" / "didymium"
ORDER = [
    "errors",
    "statuses",
    "logs",
    "memory",
    "search_limits",
    "processes",
    "cluster",
    "jobs",
    "results",
    "excel",
    "result_folder",
    "registry",
    "tables",
    "checks",
    "input_frames",
    "changes",
    "case",
    "expressions",
    "rules",
    "engine",
    "recheck",
    "plan",
    "stress_test",
    "reports",
    "template",
    "annotations",
    "comparison",
    "options",
    "interrupts",
    "supervised",
    "supervisor",
    "case_inputs",
    "holding",
    "variants",
    "workbooks",
    "plans",
    "solving",
    "studies",
    "value",
    "studying",
    "api",
    "console",
    "board",
    "endings",
    "option_kinds",
    "study_arguments",
    "run_arguments",
    "arguments",
    "completion",
    "desk",
    "commands",
    "cli",
    "__main__",
]
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in ORDER)


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The modules a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "didymium"}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_imports_what_comes_later(path: Path) -> None:
    used = {name.split(".")[1] for name in imports(path) if name.startswith("didymium.")}
    later = {name for name in used & set(ORDER) if ORDER.index(name) > ORDER.index(part(path))}
    assert not later


ONLY = {
    "highspy": {"engine"},
    "pyomo": {"rules", "engine"},
    "xlsxwriter": {"excel"},
    "scipy": {"engine", "stress_test"},  # where sparse matrices come from, and the one user of statistics
    "pandas": {"plan", "input_frames", "changes", "case_inputs"},
}


@pytest.mark.parametrize("library", ONLY)
def test_a_library_is_used_in_one_place(library: str) -> None:
    users = {part(path) for path in FILES if any(name.split(".")[0] == library for name in imports(path))}
    assert users == ONLY[library]


def test_the_recheck_shares_no_code_with_the_model() -> None:
    used = {
        name for path in (PACKAGE / "recheck").glob("*.py") for name in imports(path) if name.startswith("didymium.")
    }
    assert {name.split(".")[1] for name in used} == {"recheck", "tables"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = ast.get_docstring(node) or ""
            assert (node.end_lineno or 0) - node.lineno - len(docstring.splitlines()) <= 60, node.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_and_public_name_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in tree.body:
        if (
            isinstance(node, (ast.FunctionDef, ast.ClassDef))
            and not node.name.startswith("_")
            and part(path) not in ("checks", "case")
        ):
            assert ast.get_docstring(node) or isinstance(node, ast.ClassDef), node.name


def test_the_model_page_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "model.md").read_text()
    named = set(re.findall(rf"`((?:{'|'.join(ORDER)})(?:/[\w/]+)?\.py)`", text))
    assert len(named) > 50
    assert not [name for name in named if not (PACKAGE / name).exists()]


def test_the_model_page_names_every_rule() -> None:
    from didymium.rules import RULES

    text = (ROOT / "docs" / "model.md").read_text()
    assert not [rule.__name__ for rule in RULES if f"`{rule.__name__}`" not in text and rule.__name__ != "stock_bounds"]


def test_the_readme_names_every_command() -> None:
    from didymium.cli import parser

    text = (ROOT / "README.md").read_text()
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    assert not [name for name in commands if f"didymium {name}" not in text]
