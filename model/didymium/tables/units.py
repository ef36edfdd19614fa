"""Units that a heading states: the same as ours, in whatever words, or another, which would turn every figure below
into a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from openpyxl.utils import get_column_letter

from didymium.errors import Problem
from didymium.tables.columns import Sheet
from didymium.tables.grid import Grid
from didymium.tables.header import Header, words

_SAME = {
    "t": (
        "t",
        "tonne",
        "tonnes",
        "metric tonne",
        "metric tonnes",
        "t reo",
        "treo",
        "t co2",
        "tco2",
        "tonnes reo",
        "tonnes co2",
    ),
    "year": ("year", "years", "yr", "yrs", "y", "a", "pa", "p.a.", "annum", "annually", "yearly"),
    "usd": ("usd", "us$", "$", "us dollar", "us dollars", "dollars", "dollar"),
    "m usd": (
        "m usd",
        "musd",
        "usd m",
        "usdm",
        "us$m",
        "$m",
        "m$",
        "m us$",
        "million usd",
        "usd million",
        "million us$",
        "million $",
        "mn usd",
        "usd mn",
        "usd mio",
        "mio usd",
    ),
    "%": ("%", "percent", "per cent", "pct", "percentage"),
    "m3": ("m3", "m^3", "m³", "cubic metre", "cubic metres", "cubic meters"),
    "s": ("s", "sec", "second", "seconds"),
    "share": ("share", "share of 1", "fraction"),
    "module": ("module", "modules", "number", "count"),
}
_PLAIN = {stated: ours for ours, spoken in _SAME.items() for stated in spoken}
_SHORT = {
    "tpa": "t/year",
    "t pa": "t/year",
    "t p.a.": "t/year",
    "tpy": "t/year",
    "t a year": "t/year",
    "usd a t": "usd/t",
}
# What makes a text in brackets a unit at all, whether one of ours or not.
_MASSES = "kt mt gt kg kgs g mg lb lbs oz ton tons ktpa mtpa kilotonne kilotonnes kilogram kilograms pound pounds"
_MONEY = "eur euro euros € aud cad cny rmb yuan jpy yen ¥ gbp £ krw inr chf a$ c$ kusd busd cent cents"
_MULTIPLES = "k m mn bn tn thousand thousands million millions billion billions basis bp bps permille ‰ ppm"
_TIMES = "day days week weeks month months hour hours minutes"
_VOLUMES = "l litres liters gal gallons ml"
_OTHERS = frozenset(f"{_MASSES} {_MONEY} {_MULTIPLES} {_TIMES} {_VOLUMES}".split())
_UNIT_WORDS = frozenset(
    {*_OTHERS, *_PLAIN, *_SHORT}
    - {"a", "y", "s", "number", "count", "share", "fraction", "share of 1", "m", "k", "basis"}
)
# Units only where nothing stands beside them
_ALONE = frozenset({"share", "share of 1", "fraction", "number", "count", "a", "y", "s"})
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]\s*$")


def unit_problems(sheet: Sheet, grid: Grid, header: Header) -> Iterator[Problem]:
    """Yield an error for each heading, or unit in the row over it, whose unit differs from the column's."""
    units = {c.name: c.unit for c in sheet.columns}
    years = sheet.years.unit if sheet.years else ""
    columns = {
        **{n: (at, units[n]) for n, at in header.columns.items()},
        **{n: (at, years) for n, at in header.years.items()},
    }
    columns |= {n: (at, "%") for n, at in header.elements.items()}
    for name, (at, ours) in columns.items():
        over = words(_cell(grid, header.row - 1, at)) if header.row else ""
        stated = in_brackets(words(_cell(grid, header.row, at)))
        for row, text in ((header.row, stated), (header.row - 1, over if _is_unit(over) else "")):
            if text and ours and differs(text, ours):
                place = f"{sheet.name}!{get_column_letter(at + 1)}{row + 1}"
                message = (
                    f"the unit {text!r} is stated for {name}, whose figures are read as {ours}; convert the figures,"
                    f" then write {ours} here, or no unit"
                )
                yield Problem(place, message, code="header")
    yield from _in_names(sheet, header)


def _in_names(sheet: Sheet, header: Header) -> Iterator[Problem]:
    """An unknown column that is one of ours in another unit, such as module_kt_per_year: renaming it alone would be
    wrong."""
    for name, at in header.extras.items():
        for column in sheet.columns:
            stated, ours = set(_split(name)), set(_split(column.name))
            if stated - ours and stated - ours <= _OTHERS and ours - stated and len(ours & stated) >= 2:
                place = f"{sheet.name}!{get_column_letter(at + 1)}{header.row + 1}"
                message = (
                    f"the column {name!r} states another unit than {column.name}, whose figures are read as"
                    f" {column.unit}; convert the figures, then rename it"
                )
                yield Problem(place, message, code="header")


def _cell(grid: Grid, row: int, column: int) -> object:
    raw = grid.rows[row] if row < len(grid.rows) else []
    return raw[column] if column < len(raw) else None


def in_brackets(heading: str) -> str:
    """Return what stands in brackets at the end of a heading."""
    found = _BRACKETS.search(unicodedata.normalize("NFKC", heading).strip())
    return found[1].strip() if found else ""


def differs(stated: str, ours: str) -> bool:
    """Return whether a text is a unit, and another one than the column's.

    A remark that is no unit is none; `t` for `t/year` is the same figure.
    """
    if not _tokens(stated) & _UNIT_WORDS and stated.strip().casefold() not in _ALONE:
        return False
    meant = {_plain(unit) for unit in ours.split(" or ")}
    meant |= {unit.removesuffix("/year") for unit in meant if unit.startswith("t/")}
    return (
        ours not in ("as measured", "as in unit", "factor or years", "factor, years or %")
        and _plain(stated) not in meant
    )


def _plain(unit: str) -> str:
    """A unit in our words: every part of `a/b` or `a per b`; what is not known stays as it is."""
    bare = re.sub(r"\b(19|20)\d\d\b|\breal\b|\bnominal\b|,", " ", unicodedata.normalize("NFKC", unit).casefold())
    bare = re.sub(r"\s+", " ", bare).strip()
    bare = _SHORT.get(bare, bare)
    parts = [part.strip() for part in re.split(r"/|\bper\b(?! cent)", bare)]
    return "/".join(_PLAIN.get(part, part) for part in parts)


def _tokens(stated: str) -> set[str]:
    return {unicodedata.normalize("NFKC", stated).casefold().strip(), *_split(stated)}


def _split(stated: str) -> list[str]:
    """The words of a unit, without figures such as the 000 of '000 t."""
    return [
        t.strip("'0123456789.")
        for t in re.split(r"[\s/,;*·_-]+|\bper\b", unicodedata.normalize("NFKC", stated).casefold())
    ]


def _is_unit(text: str) -> bool:
    """Is a text over a heading a unit and nothing else, and not a remark for people?"""
    known = _UNIT_WORDS | {"", "m", "k", "reo", "co2", "a"}
    return len(text) <= 20 and all(token in known for token in _split(text))
