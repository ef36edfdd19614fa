"""How a CSV file is written: its encoding, what stands between its cells, and its decimal sign.

A dialect other than UTF-8 with commas and decimal points is read only where the file leaves no doubt, with a notice.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from didymium.tables.numerals import PLAIN_NUMBER, readings

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LOOK_IN = 10  # lines in which the header must stand
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)  # 2,5


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written: its encoding, separator and decimal sign."""

    encoding: str
    separator: str
    decimal_comma: bool

    @property
    def unusual(self) -> str:
        """How the file differs from UTF-8 with commas and decimal points, in words; empty where it does not."""
        differences = ["as UTF-16"] if self.encoding.startswith("utf-16") else []
        differences += [f"with {SEPARATORS[self.separator]} between its cells"] if self.separator != "," else []
        return ", ".join(differences + (["with decimal commas (2,5 is 2.5)"] if self.decimal_comma else []))


def read_csv(raw: bytes, headings: Sequence[str]) -> tuple[list[list[str]], Dialect]:
    """Return the lines of a CSV file, numbers with decimal points, and its dialect.

    `headings` are those that its header may hold. Raises ValueError or csv.Error, with what is wrong, where the bytes
    are no text or no CSV.
    """
    encoding = _encoding(raw)
    text = raw.decode(encoding)
    named, text = _named_separator(text)
    separator = named or _separator(text, headings)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    commas = separator != "," and _decimal_commas(lines)
    if commas:
        lines = [[_with_point(cell) for cell in line] for line in lines]
    return lines, Dialect(encoding, separator, commas)


def _encoding(raw: bytes) -> str:
    """By its mark; without one, a text of which every other byte is zero is UTF-16."""
    for bom, encoding in _BOMS.items():
        if raw.startswith(bom):
            return encoding
    start = raw[:200]
    if len(start) > 3 and len(raw) % 2 == 0:
        if not any(start[0::2]) and all(start[1::2]):
            return "utf-16-be"
        if not any(start[1::2]) and all(start[0::2]):
            return "utf-16-le"
    return "utf-8"


def _named_separator(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`, and the text after it."""
    found = re.match(r'"?sep=([,;\t|])"?\r?\n', text, re.IGNORECASE)
    return (found[1], text[found.end() :]) if found else ("", text)


def _separator(text: str, headings: Sequence[str]) -> str:
    """The separator with which a line near the top holds most of the headings; else a comma.

    A line that begins with the first heading goes before any other: a list of years in a cell looks like a header, too.
    """
    lines = [line for _, line in zip(range(_LOOK_IN), io.StringIO(text, newline=None), strict=False)]
    best, best_score = ",", (False, 1)
    for separator in SEPARATORS:
        for line in lines:
            names = [cell.strip().strip('"').casefold() for cell in line.split(separator)]
            count = sum(name in headings or bool(re.fullmatch(r"(19|20|21)\d\d", name, re.ASCII)) for name in names)
            found = (names[0] in headings[:1] and len(names) > 1, count)
            if found > best_score:
                best, best_score = separator, found
    return best


def _decimal_commas(lines: Sequence[Sequence[str]]) -> bool:
    """Are decimals written with commas? So where a number can only be read so, and none has a decimal point."""
    cells = [cell.strip() for line in lines for cell in line]
    certain = any(_COMMA.fullmatch(cell) and len(readings(cell)) == 1 for cell in cells)
    return certain and not any("." in cell and readings(cell) for cell in cells)


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if _COMMA.fullmatch(cell.strip()) else cell


def looks_separated(lines: Sequence[Sequence[str]]) -> str:
    """Return the separator that seems to part the cells of a file read with another one, empty where there is none."""
    for separator, name in SEPARATORS.items():
        alone = [line[0] for line in lines[:_LOOK_IN] if len(line) == 1]
        if any(cell.count(separator) > 1 and not PLAIN_NUMBER.fullmatch(cell) for cell in alone):
            return name
    return ""
