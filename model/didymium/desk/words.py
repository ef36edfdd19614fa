"""The words of the pages: one file a language in strings/, English so far."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "strings"


class Words:
    """Words by their names: `words.book.run`; a sentence with places is filled in by `fill`."""

    def __init__(self, entries: dict[str, Any]) -> None:
        self._entries = entries

    def __getattr__(self, name: str) -> Any:
        try:
            found = self._entries[name]
        except KeyError:
            raise AttributeError(name) from None
        return Words(found) if isinstance(found, dict) else found

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def as_dict(self) -> dict[str, Any]:
        """Return the words as they are in the file."""
        return self._entries


def words(language: str = "en") -> Words:
    """Return the words of a language."""
    return Words(tomllib.loads((_HERE / f"{language}.toml").read_text(encoding="utf-8")))


def fill(sentence: str, **values: object) -> str:
    """Put values into the places of a sentence."""
    return sentence.format(**values)


def count(number: int, one: str, plural: str) -> str:
    """Return `1 error`, `3,000 errors`: the word for one, or for several, behind a number."""
    return f"{number:,} {one if number == 1 else plural}"
