"""What number a text may mean: separators of thousands and decimals, signs, currency.

The two ways of writing, 1,200.5 and 1.200,5, contradict each other. Where a text may be read in both, both numbers are
given; one of them is never chosen, since the other is a thousand times as large.
"""

from __future__ import annotations

import math
import re
import unicodedata

PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_AROUND = re.compile(r"^[\s'’$€£¥]+|[\s'’$€£¥%]+$")
_BLANKS = re.compile(r"[\s'’_]")
_BY_BLANKS = re.compile(r"\d{1,3}([\s'’_]\d{3})+([.,]\d*)?", re.ASCII)
_GROUPS = r"\d{1,3}(?:%s\d{3})+"  # 1,200,000
_LAKHS = r"\d{1,2}(?:%s\d{2})+%s\d{3}"  # 12,00,000, as in India
_UNIT = re.compile(r"(?P<number>[+-]?[\d.,\s]*\d)\s*(?P<unit>[A-Za-zµ€$][A-Za-z€$/ .]{0,20})", re.ASCII)


def readings(text: str) -> tuple[str, ...]:
    """Return the plain numbers that a text may mean: none, one, or two where the separator is ambiguous."""
    bare = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-").strip()
    sign = 1.0
    if bracketed := re.fullmatch(r"[\s$€£¥]*\((.*)\)[\s%]*", bare):
        bare, sign = bracketed[1], -1.0
    bare = _AROUND.sub("", bare)
    if bare[:1] in ("+", "-"):
        sign, bare = (-sign if bare[0] == "-" else sign), _AROUND.sub("", bare[1:])
    if bare[:1] in ("+", "-"):
        return ()
    mantissa, exponent = _without_exponent(bare)
    if _BLANKS.search(mantissa):
        if not _BY_BLANKS.fullmatch(mantissa):
            return ()
        # Blanks part the thousands, so this one is a decimal sign
        mantissa = _BLANKS.sub("", mantissa).replace(",", ".")
        plain = [mantissa]
    else:
        plain = _separated(mantissa)
    return _typed([f"{each}{exponent}" for each in plain], sign)


def unit_in(text: str) -> str:
    """Return the unit behind a number in a text such as `5 kt`; empty where there is none."""
    found = _UNIT.fullmatch(text.strip())
    return found["unit"].strip() if found else ""


def _without_exponent(bare: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)([eE][+-]?\d+)?", bare, re.DOTALL)
    assert found is not None
    return found[1], found[2] or ""


def _typed(plain: list[str], sign: float) -> tuple[str, ...]:
    """The distinct finite numbers, as one would type them."""
    values = [sign * float(each) for each in plain if PLAIN_NUMBER.fullmatch(each)]
    return tuple(dict.fromkeys(f"{value:.12g}" for value in values if math.isfinite(value)))


def _separated(digits: str) -> list[str]:
    """The readings of digits with points and commas between them."""
    if "," in digits and "." in digits:
        thousands, decimal = (",", ".") if digits.rindex(".") > digits.rindex(",") else (".", ",")
        integer_part, _, rest = digits.rpartition(decimal)
        return (
            [f"{integer_part.replace(thousands, '')}.{rest}"]
            if _grouped(integer_part, thousands) and rest.isdecimal()
            else []
        )
    separator = "," if "," in digits else "."
    parts = digits.split(separator)
    if len(parts) == 1:
        return [digits]
    if len(parts) > 2:
        return ["".join(parts)] if _grouped(digits, separator) else []
    decimal = ".".join(parts)
    return ["".join(parts), decimal] if _grouped(digits, separator) and not digits.startswith("0") else [decimal]


def _grouped(digits: str, separator: str) -> bool:
    """Do the separators stand where those of thousands do?"""
    sign = re.escape(separator)
    return bool(re.fullmatch(_GROUPS % sign, digits, re.ASCII) or re.fullmatch(_LAKHS % (sign, sign), digits, re.ASCII))
