"""The code keeps to the words of docs/glossary.md: no name of the left column, short public names, docstrings that are
sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from didymium import results

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "model" / "didymium"
FILES = sorted(PACKAGE.rglob("*.py"))
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
MAX_WORDS = 3


@dataclass(frozen=True)
class Name:
    """An identifier, where it stands."""

    text: str
    path: str
    line: int

    @property
    def words(self) -> tuple[str, ...]:
        return words_of(self.text)

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.text}"


@dataclass(frozen=True)
class Banned:
    """A word of the column "not": the words in its place, and where it counts."""

    word: str
    instead: tuple[str, ...]
    where: str

    def found_in(self, name: Name) -> bool:
        if words_of(self.word)[0] not in name.words:
            return False
        kind, _, path = self.where.partition(" in ")
        if path and not name.path.startswith(f"model/didymium/{path.strip('`')}"):
            return False
        if kind == "class":
            return name.text == self.word
        if kind == "whole name":
            return "_".join(name.words) == self.word
        return has_part(without(name.words, [words_of(i) for i in self.instead]), words_of(self.word))


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, split at underscores and capitals, in lower case."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return tuple(word.casefold() for word in split.split("_") if word)


def has_part(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[k : k + len(part)] == part for k in range(len(words) - len(part) + 1))


def without(words: tuple[str, ...], phrases: list[tuple[str, ...]]) -> tuple[str, ...]:
    """A name without the phrases that are meant to stand there, as `lead_time` for `lead`."""
    text = f"_{'_'.join(words)}_"
    for phrase in phrases:
        if len(phrase) > 1:
            text = text.replace(f"_{'_'.join(phrase)}_", "__")
    return tuple(text.strip("_").split("_"))


def table(header: str, nth: int = 0) -> list[list[str]]:
    """The rows of a table of the page, found by its header."""
    lines = PAGE.split(header + "\n")[nth + 1].splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


BANNED = [
    Banned(word, quoted(instead), where)
    for words, instead, _, where in table("| not | but | the thing | where |")
    for word in quoted(words)
]
STAY, LONG_STAY = (
    [(name, where.strip("`")) for names, where, _ in table("| name | where | why |", nth) for name in quoted(names)]
    for nth in (0, 1)
)


def names_of(path: Path) -> Iterator[Name]:
    """Every identifier of a file, those in f-strings included, and the file's own name."""
    place = path.relative_to(ROOT).as_posix()
    yield Name(path.stem, place, 1)
    yield Name(path.parent.name, place, 1)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for field in ("name", "id", "attr", "arg", "asname", "module", "rest", "names", "kwd_attrs"):
            value = getattr(node, field, None)
            for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
                if isinstance(text, str):
                    yield from (Name(part, place, getattr(node, "lineno", 0)) for part in text.split("."))


def excused(name: Name, stay: list[tuple[str, str]]) -> bool:
    return any(fnmatchcase(name.text, pattern) and name.path.startswith(where) for pattern, where in stay)


FIRST = {(name.text, name.path): name for path in FILES for name in reversed(list(names_of(path)))}
DECLARED = ("model/didymium/results/", set(results.COLUMNS))  # where columns of results are fields
FOUND = [
    (banned, name)
    for name in FIRST.values()
    for banned in BANNED
    if banned.found_in(name) and not (name.path.startswith(DECLARED[0]) and name.text in DECLARED[1])
]


def test_the_table_is_read() -> None:
    assert len(BANNED) > 40
    assert {b.where.partition(" in ")[0] for b in BANNED} == {"any name", "whole name", "class"}
    assert not [
        b for b in BANNED if (place := b.where.partition(" in `")[2]) and not (PACKAGE / place.strip("`")).exists()
    ]
    assert words_of("HTTPServer_toldYou") == ("http", "server", "told", "you")
    lead = Banned("lead", ("lead_time",), "any name")
    assert lead.found_in(Name("_lead", "", 1))
    assert not lead.found_in(Name("max_lead_times".removesuffix("s"), "", 1))


@pytest.mark.parametrize("banned", BANNED, ids=lambda b: b.word)
def test_no_name_has_a_word_of_the_left_column(banned: Banned) -> None:
    found = [str(name) for one, name in FOUND if one == banned and not excused(name, STAY)]
    assert not found, f"write {', '.join(banned.instead)}"


def test_every_name_that_stays_is_needed() -> None:
    needed = [name for _, name in FOUND]
    assert not [one for one in STAY if not any(excused(name, [one]) for name in needed)]
    long = [name for name, _ in public() if len(name.words) > MAX_WORDS]
    assert not [one for one in LONG_STAY if not any(excused(name, [one]) for name in long)]


Documented = ast.FunctionDef | ast.ClassDef


def public() -> Iterator[tuple[Name, Documented]]:
    """Public functions and classes, and the public functions of public classes."""
    for path in FILES:
        yield from _public(ast.parse(path.read_text(encoding="utf-8")), path)


def _public(within: ast.Module | ast.ClassDef, path: Path) -> Iterator[tuple[Name, Documented]]:
    for node in within.body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield Name(node.name, path.relative_to(ROOT).as_posix(), node.lineno), node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, path)


def test_public_names_have_at_most_three_words() -> None:
    assert not [str(name) for name, _ in public() if len(name.words) > MAX_WORDS and not excused(name, LONG_STAY)]


def is_sentence(docstring: str) -> bool:
    """Does the first paragraph begin as a sentence and end as one?"""
    first = " ".join(docstring.split("\n\n")[0].split())
    begins = re.match(r"['\"*]?[A-Z]|`|[\w/]+\.\w", first)  # a capital letter, code, or the name of a file
    return bool(begins) and first.endswith((".", "?", ":")) and len(first.split()) > 2


def test_a_sentence_is_known_as_one() -> None:
    assert is_sentence("Return the price, USD/t.\n\nprice[o,n] x tariff")
    assert is_sentence("summary.json of a plan.")
    assert not is_sentence("price[o,n] x tariff")
    assert not is_sentence("Return the price")


def test_every_module_is_described_by_a_sentence() -> None:
    found = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in FILES}
    assert not [path.relative_to(ROOT).as_posix() for path, docstring in found.items() if not is_sentence(docstring)]


def test_every_public_function_and_class_is_described_by_a_sentence() -> None:
    assert not [str(name) for name, node in public() if not is_sentence(ast.get_docstring(node) or "")]
