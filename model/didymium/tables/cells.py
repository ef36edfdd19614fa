"""What one cell may say: strict readings of numbers, years, yes/no and names.

Nothing is guessed. A reading that fails raises `Unreadable`, whose text says what to type instead.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SNAKE_CASE = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
LARGEST = 1e12  # beyond this no planner's figure is meant, and the solver could not tell it from infinity


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A cell that Excel shows as #REF! and the like."""

    text: str


@dataclass(frozen=True, slots=True)
class NoStoredValue:
    """A formula whose result was never saved with the file."""

    formula: str


class Unreadable(ValueError):
    """The cell cannot be read as what its column holds."""


def tidy(value: object) -> object:
    """Drop the spaces around a text, and make an empty one None; leave everything else alone."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value).strip().strip("\u200b\ufeff")
    return text or None


def whatever(value: object) -> object:
    """Take the cell as it is. Raises Unreadable for one that holds no value though it looks as if it did."""
    if isinstance(value, ErrorValue):
        raise Unreadable(f"the cell holds the error {value.text}; mend the formula")
    if isinstance(value, NoStoredValue):
        raise Unreadable(f"the formula {value.formula!r} has no stored value; open the file in Excel and save it")
    if isinstance(value, (datetime, date, time)):
        raise Unreadable(f"the cell holds a date ({value}); format it as a number or text and type it again")
    return value


def number(value: object, textual: bool = False) -> float:
    """Read a finite number. In a `textual` source (CSV) a plain number in text is a number."""
    whatever(value)
    if isinstance(value, bool):
        raise Unreadable(f"{str(value).upper()} is not a number")
    if not isinstance(value, (int, float)) and not (textual and isinstance(value, str) and PLAIN_NUMBER.fullmatch(value)):
        raise Unreadable(not_a_number(str(value)))
    result = float(value)
    if not math.isfinite(result) or abs(result) > LARGEST:
        raise Unreadable(f"{value} is too large; numbers go up to {LARGEST:g}")
    return result


def not_a_number(text: str) -> str:
    """What to say of a text where a number is meant, with the number that was probably meant."""
    bare = re.sub(r"[\s\u00a0,$%_']", "", text)
    if PLAIN_NUMBER.fullmatch(bare):
        return f"{text!r} is text that looks like a number; type {float(bare):.12g} without spaces, separators or signs"
    return f"{text!r} is not a number"


def whole(value: object, textual: bool = False) -> int:
    """Read a whole number."""
    result = number(value, textual)
    if result != int(result):
        raise Unreadable(f"{result:g} is not a whole number")
    return int(result)


def yes_no(value: object) -> bool:
    """Read yes or no, in any case."""
    whatever(value)
    text = str(value).casefold()
    if isinstance(value, bool) or text not in {"yes", "no"}:
        raise Unreadable(f"{value!r} is neither yes nor no")
    return text == "yes"


def text(value: object) -> str:
    """Read a text. A number typed where a name is meant is taken as its digits."""
    whatever(value)
    if isinstance(value, bool):
        raise Unreadable(f"{str(value).upper()} is not a text; put an apostrophe before it if it is meant")
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).strip()


def identifier(value: object) -> str:
    """Read an id: lower_snake_case."""
    name = text(value)
    if not SNAKE_CASE.fullmatch(name):
        raise Unreadable(f"{name!r} is not a lower_snake_case id; try {suggestion(name)!r}")
    return name


def suggestion(name: str) -> str:
    """The lower_snake_case id that comes nearest to `name`."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "name"


def names(value: object) -> tuple[str, ...]:
    """Read a list separated by `;`."""
    parts = [part.strip() for part in text(value).split(";")]
    if not all(parts):
        raise Unreadable(f"{value!r} has an empty entry between its semicolons")
    return tuple(parts)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known name comes near, else a list of a few, else nothing."""
    options = sorted(set(known))
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not options:
        return ""
    shown = ", ".join(options[:8]) + (", ..." if len(options) > 8 else "")
    return f"; known: {shown}"
