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

from didymium.tables.numerals import PLAIN_NUMBER, readings, unit_in

SNAKE_CASE = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
LONGEST_ID = 40  # characters of a text that is taken for an id though it is not written as one
_WORDS = re.compile(r"[A-Za-z0-9]+([ _-]+[A-Za-z0-9]+)*", re.ASCII)
LARGEST = 1e12  # beyond this no planner's figure is meant, and the solver could not tell it from infinity
LONGEST_TEXT = 32_767  # what an Excel cell can hold
FIRST_LIKELY_DATE = 10_959  # 1 January 1930 as Excel counts days: the earliest that it makes of a slip such as 5-1-30
# Units in which 30 % is written 0.3, as Excel stores it
SHARES = frozenset({"share", "t/t", "factor", "factor or years"})
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
    timed: bool = False  # is the format one of hours or seconds?


class PercentNumber(float):
    """A number in a cell that is formatted as a percentage: Excel shows 0.4 as 40 %."""

    @property
    def shown(self) -> str:
        """What Excel shows for the number, such as `40 %`."""
        return f"{100 * self:.10g} %"


class Unreadable(ValueError):
    """The cell cannot be read as what its column holds."""


def tidy(value: object) -> object:
    """Return a text without the spaces and invisible characters around it, None for an empty one.

    Anything else comes back as it is.
    """
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value)
    while text != (text := text.strip().strip(_INVISIBLE)):
        pass
    return text or None


def whatever(value: object) -> object:
    """Return the cell as it is.

    Raises Unreadable for one that holds no value though it looks as if it did: an error, a date, an empty formula.
    """
    if isinstance(value, ErrorValue):
        raise Unreadable(f"the cell holds the error {value.text}; mend the formula")
    if isinstance(value, NoStoredValue):
        raise Unreadable(f"the formula {value.formula[:80]!r} has no stored value; open the file in Excel and save it")
    if isinstance(value, (datetime, date, time, timedelta)):
        raise Unreadable(f"the cell holds a date ({value}); format it as a number or text and type it again")
    if isinstance(value, DateNumber):
        raise Unreadable(
            f"the cell holds a date ({value.shown}); Excel turns some names and numbers into dates: format the cell as"
            " text and type it again"
        )
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise Unreadable(f"the text is longer than the {LONGEST_TEXT:,} characters that a cell can hold")
        if bad := _UNPRINTABLE.search(value):
            raise Unreadable(f"the text holds the unprintable character U+{ord(bad[0]):04X}; type it again")
    return value


def number(value: object, textual: bool = False, unit: str = "") -> float:
    """Return a finite number of a unit. Raises Unreadable.

    In a `textual` source (CSV) a plain number in text is a number.
    """
    if isinstance(value, DateNumber):
        value = _no_date(value)
    whatever(value)
    if isinstance(value, bool):
        raise Unreadable(f"{str(value).upper()} is not a number")
    if not isinstance(value, (int, float)) and not (
        textual and isinstance(value, str) and PLAIN_NUMBER.fullmatch(value)
    ):
        raise Unreadable(not_a_number(str(value), unit))
    if isinstance(value, PercentNumber):
        _no_percentage(value, unit)
    result = float(value)
    if not math.isfinite(result) or abs(result) > LARGEST:
        raise Unreadable(
            f"{value if isinstance(value, str) else f'{result:g}'} is too large; numbers go up to {LARGEST:g}"
        )
    return result


def _no_date(value: DateNumber) -> float:
    """The number behind a date format, where nobody can have meant the date."""
    if value.timed:
        raise Unreadable(
            f"the cell holds a time ({value.shown}); Excel makes one of 2:1 and the like: format the cell as a number"
            " and type it again"
        )
    if value.serial >= FIRST_LIKELY_DATE:
        meant = f"if {value.serial:g} is meant, format the cell as a number, else type the number again"
        raise Unreadable(f"the cell holds a date ({value.shown}); {meant} (Excel turns 1/5 and 2.5 into dates)")
    return value.serial


def _no_percentage(value: PercentNumber, unit: str) -> None:
    """Refuse a percentage where a share of 1 is not what the column holds; 0 % is 0 in either reading."""
    if not value or unit in SHARES:
        return
    plain = f"{float(value):.10g}"
    if unit == "%":
        explanation = f"a percent column holds 40 for 40 %, so the stored {plain} would be read as {plain} %"
        both = f"if {value.shown} is meant type {100 * value:.10g}, if {plain} % is meant type {plain}"
        raise Unreadable(
            f"the cell is formatted as a percentage and shows {value.shown}; {explanation}. Format it as a number,"
            " then:"
            f" {both}"
        )
    raise Unreadable(
        f"the cell is formatted as a percentage and shows {value.shown}; the column holds {unit or 'plain numbers'}:"
        f" format the cell as a number and look whether {plain} is meant"
    )


def not_a_number(text: str, unit: str = "") -> str:
    """Return the message for a text where a number of a unit belongs, with the number that was probably meant."""
    shown = repr(text if len(text) <= 60 else text[:57] + "...")
    meant = readings(text)
    if "%" in text and meant and unit != "%":
        return (
            f"{shown} is a percentage in words; the column holds {unit or 'plain numbers'}: type the number that is"
            " meant in that unit"
        )
    if len(meant) == 1:
        return f"{shown} is text that looks like a number; type {meant[0]} without spaces, separators or signs"
    if meant:
        return (
            f"{shown} is text that may mean {meant[0]} or {meant[1]}; type the one that is meant, with a point before"
            " decimals and without separators"
        )
    if text.strip().casefold() in {"-", "--", "tbc", "tbd", "n/a", "na", "none", "null", "nil", "?", "x", "."}:
        return f"{shown} is not a number; clear the cell where a blank is allowed, else write the number (0 for none)"
    if named := unit_in(text):
        return f"{shown} names a unit ({named}); type the number alone, in {unit or 'the unit of the column'}"
    return f"{shown} is not a number"


def integer(value: object, textual: bool = False, unit: str = "") -> int:
    """Return a whole number of a unit. Raises Unreadable."""
    result = number(value, textual, unit)
    if result != int(result):
        raise Unreadable(f"{result:g} is not a whole number")
    return int(result)


def yes_no(value: object) -> bool:
    """Return whether a cell is yes (in any case) or no. Raises Unreadable."""
    whatever(value)
    text = str(value).casefold()
    if isinstance(value, bool) or text not in {"yes", "no"}:
        raise Unreadable(f"{value!r} is neither yes nor no")
    return text == "yes"


def text(value: object) -> str:
    """Return a text; a number typed where a name belongs becomes its digits. Raises Unreadable."""
    whatever(value)
    if isinstance(value, bool):
        raise Unreadable(f"{str(value).upper()} is not a text; put an apostrophe before it if it is meant")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value).strip()


def identifier(value: object) -> str:
    """Return an id in lower_snake_case. Raises Unreadable.

    Capitals, accents, spaces and hyphens are read as the id that comes nearest.
    """
    name = text(value)
    if name.casefold().replace(" ", "_") in _TOTALS:
        raise Unreadable(
            f"{name!r} looks like the label of a total; take totals out of the table, or choose another id"
        )
    if SNAKE_CASE.fullmatch(name):
        return name
    if len(name) <= LONGEST_ID and (plain := as_id(name)):
        return plain
    raise Unreadable(f"{name[:60]!r} is not a lower_snake_case id; {_instead(name)}")


def as_id(name: str) -> str:
    """Return the id for a few words (southeast_asia for `Southeast Asia`), empty for anything but words."""
    return suggestion(name) if _WORDS.fullmatch(_unaccented(name).replace("\u00a0", " ")) else ""


def _instead(name: str) -> str:
    """What to do about a text that is no id: a long one is a note that stands in the wrong place."""
    if len(name.split()) > 4:
        return "if it is a note, move it above the header or into the column note"
    return f"try {suggestion(name)!r}"


def _unaccented(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def suggestion(name: str) -> str:
    """Return the lower_snake_case id that comes nearest to `name`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold())[:60].strip("_") or "name"


def names(value: object) -> tuple[str, ...]:
    """Return the entries of a list separated by `;`. Raises Unreadable for an empty entry."""
    parts = [part.strip() for part in text(value).split(";")]
    if not all(parts):
        raise Unreadable(f"{value!r} has an empty entry between its semicolons")
    return tuple(parts)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for a known name that is near, else a list of a few known ones, else nothing."""
    options = sorted(set(known))
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not options:
        return ""
    shown = ", ".join(options[:8]) + (", ..." if len(options) > 8 else "")
    return f"; known: {shown}"


def alike(name: str, others: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` where another name is nearly the same, else nothing."""
    close = difflib.get_close_matches(name, sorted(set(others) - {name}), n=1, cutoff=0.8)
    return f"; did you mean {close[0]!r}?" if close else ""
