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
from datetime import date, datetime, time, timedelta

PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SNAKE_CASE = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
LARGEST = 1e12  # beyond this no planner's figure is meant, and the solver could not tell it from infinity
LONGEST_TEXT = 32_767  # what an Excel cell can hold
FIRST_LIKELY_DATE = 36_526  # 1 January 2000 as Excel counts days; below it, a number formatted as a date is more likely a number
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_TOTALS = frozenset({"total", "totals", "sum", "subtotal", "grand_total", "average", "mean", "count"})


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A cell that Excel shows as #REF! and the like."""

    text: str


@dataclass(frozen=True, slots=True)
class NoStoredValue:
    """A formula whose result was never saved with the file."""

    formula: str


@dataclass(frozen=True, slots=True)
class DateNumber:
    """A number in a cell that is formatted as a date; `shown` is the date that Excel shows."""

    serial: float
    shown: str


class Unreadable(ValueError):
    """The cell cannot be read as what its column holds."""


def tidy(value: object) -> object:
    """Drop the spaces and invisible characters around a text, and make an empty one None; leave everything else alone."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value)
    while text != (text := text.strip().strip(_INVISIBLE)):
        pass
    return text or None


def whatever(value: object) -> object:
    """Take the cell as it is. Raises Unreadable for one that holds no value though it looks as if it did."""
    if isinstance(value, ErrorValue):
        raise Unreadable(f"the cell holds the error {value.text}; mend the formula")
    if isinstance(value, NoStoredValue):
        raise Unreadable(f"the formula {value.formula[:80]!r} has no stored value; open the file in Excel and save it")
    if isinstance(value, (datetime, date, time, timedelta)):
        raise Unreadable(f"the cell holds a date ({value}); format it as a number or text and type it again")
    if isinstance(value, DateNumber):
        raise Unreadable(f"the cell holds a date ({value.shown}); Excel turns some names and numbers into dates: format the cell as text and type it again")
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise Unreadable(f"the text is longer than the {LONGEST_TEXT:,} characters that a cell can hold")
        if bad := _UNPRINTABLE.search(value):
            raise Unreadable(f"the text holds the unprintable character U+{ord(bad[0]):04X}; type it again")
    return value


def number(value: object, textual: bool = False) -> float:
    """Read a finite number. In a `textual` source (CSV) a plain number in text is a number."""
    if isinstance(value, DateNumber):
        if value.serial >= FIRST_LIKELY_DATE:
            raise Unreadable(f"the cell holds a date ({value.shown}); if {value.serial:g} is meant, format the cell as a number, else type the number again")
        value = value.serial
    whatever(value)
    if isinstance(value, bool):
        raise Unreadable(f"{str(value).upper()} is not a number")
    if not isinstance(value, (int, float)) and not (textual and isinstance(value, str) and PLAIN_NUMBER.fullmatch(value)):
        raise Unreadable(not_a_number(str(value)))
    result = float(value)
    if not math.isfinite(result) or abs(result) > LARGEST:
        raise Unreadable(f"{value if isinstance(value, str) else f'{result:g}'} is too large; numbers go up to {LARGEST:g}")
    return result


def not_a_number(text: str) -> str:
    """What to say of a text where a number is meant, with the number that was probably meant."""
    meant = _meant(unicodedata.normalize("NFKC", text))
    shown = repr(text if len(text) <= 60 else text[:57] + "...")
    if meant is not None:
        return f"{shown} is text that looks like a number; type {meant} without spaces, separators or signs"
    if text.strip().casefold() in {"-", "--", "tbc", "tbd", "n/a", "na", "none", "null", "nil", "?", "x", "."}:
        return f"{shown} is not a number; clear the cell where a blank is allowed, else write the number (0 for none)"
    return f"{shown} is not a number"


def _meant(text: str) -> str | None:
    """The plain number behind separators, signs, currency and brackets; None where there is none."""
    bare = re.sub(r"[\s,$€£¥%_'’]", "", text).replace("\u2212", "-").replace("\u2013", "-")
    bracketed = re.fullmatch(r"\((.*)\)", bare)
    if bracketed:
        bare = f"-{bracketed[1]}"
    if "," in text and "." in text and text.rindex(",") > text.rindex("."):  # 1.000,5
        bare = re.sub(r"[^\d,eE+-]", "", text).replace(",", ".")
    if not PLAIN_NUMBER.fullmatch(bare) or not math.isfinite(float(bare)):
        return None
    return f"{float(bare):.12g}"


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
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()


def identifier(value: object) -> str:
    """Read an id: lower_snake_case."""
    name = text(value)
    if name.casefold().replace(" ", "_") in _TOTALS:
        raise Unreadable(f"{name!r} looks like the label of a total; take totals out of the table, or choose another id")
    if not SNAKE_CASE.fullmatch(name):
        raise Unreadable(f"{name[:60]!r} is not a lower_snake_case id; try {suggestion(name)!r}")
    return name


def suggestion(name: str) -> str:
    """The lower_snake_case id that comes nearest to `name`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold())[:60].strip("_") or "name"


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
