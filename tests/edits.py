"""One cell of a result workbook changed at random, as a person or a program might, anywhere in it.

    python tests/edits.py FIRST COUNT [RESULTS]

Each edit must be named by verify with its cell. Edited is a small result solved for it, or the results.xlsx given. Ends
with code 1 where an edit is not named; `python tests/edits.py SEED 1` shows it again.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from packages import parts_of, save, sheet_part
from test_algebra import tiny
from worlds import solve

from didymium.reports.verify import Statement, verify
from didymium.tables.xlsx import read_workbook

CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
WORDS = ["changed", "0", "yes", "truce", "2031", "pass", "FAIL", "china", "t", "<b>", "100 %", "-"]


class Edited:
    """A workbook taken apart, of which one cell at a time is changed."""

    def __init__(self, path: Path) -> None:
        self.parts = parts_of(path)
        self.grids = {grid.name: grid for grid in read_workbook(path).grids}
        self.sheets = {name: sheet_part(self.parts, name) for name in self.grids}
        self.texts = {name: self.parts[part].decode() for name, part in self.sheets.items()}
        self.cells = {name: list(CELL.finditer(text)) for name, text in self.texts.items()}

    def change(self, rng: random.Random, target: Path, sheet: str | None = None) -> tuple[str, str]:
        """Write the workbook with one cell changed; returns the cell and what was done."""
        sheet = sheet or rng.choice(sorted(name for name in self.cells if self.cells[name]))
        at = rng.choice(self.cells[sheet])
        style = re.search(r' s="\d+"', at[3])
        content, change_made = self.other(rng, sheet, at)
        cell = f'<c r="{at[1]}{at[2]}"{style[0] if style else ""}{content}'
        text = self.texts[sheet]
        save(target, {**self.parts, self.sheets[sheet]: (text[: at.start()] + cell + text[at.end() :]).encode()})
        return f"{sheet}!{at[1]}{at[2]}", change_made

    def other(self, rng: random.Random, sheet: str, at: re.Match[str]) -> tuple[str, str]:
        """Another content for a cell: all that follows its reference and style."""
        inside, row, column = at[4] or "", int(at[2]), sum((ord(c) - 64) * 26**k for k, c in enumerate(reversed(at[1])))
        rows = self.grids[sheet].rows
        value = rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None
        how = rng.choice(["number", "text", "blank", "value"])
        formula = re.search(r"<f>(.*?)</f>", inside, re.DOTALL)
        if formula and how in ("value", "blank"):
            return self.formula(rng, unescape(formula[1]), value)
        if isinstance(value, (int, float)) and how in ("number", "value"):
            return plain_number(changed(rng, float(value)))
        if how == "number" or (how == "blank" and value is None):
            return plain_number(float(rng.randint(1, 3000)))
        if how == "blank":
            return "/>", "blanked"
        message = rng.choice(
            [w for w in WORDS if w != value]
            if not isinstance(value, str)
            else [value + "x", value[:-1] + "?", "changed"]
        )
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(message)}</t></is></c>', f"text {message!r}"

    def formula(self, rng: random.Random, formula: str, value: object) -> tuple[str, str]:
        """Another stored value, or another formula."""
        number = isinstance(value, (int, float))
        if rng.random() < 0.5:
            other = formula.replace("5", "6", 1) if "5" in formula else f"{formula}+1"
            kind, stored = ("", repr(value)) if number else (' t="str"', escape(str(value)))
            return f"{kind}><f>{escape(other)}</f><v>{stored}</v></c>", f"formula ={other}"
        if number:
            change_made = changed(rng, float(str(value)))
            return f"><f>{escape(formula)}</f><v>{change_made!r}</v></c>", f"stored value {change_made!r}"
        stored_text = "FAIL" if value == "pass" else "pass"
        return f' t="str"><f>{escape(formula)}</f><v>{stored_text}</v></c>', f"stored value {stored_text!r}"


def changed(rng: random.Random, value: float) -> float:
    """Another number: a digit off, a little more, another sign, another magnitude."""
    return rng.choice(
        [value + 1, value * 1.001 + 0.001, -value - 1, value * 10 + 1, value * 1.00001 + 1e-5, 0.0 if value else 1.0]
    )


def plain_number(value: float) -> tuple[str, str]:
    return f"><v>{value!r}</v></c>", f"number {value!r}"


def named(statement: Statement, cell: str) -> bool:
    """Does the statement say that it does not hold, and name the cell?"""
    return not statement.holds and any(d.place == cell for d in statement.differences)


def explore(first: int, count: int, result: Path, scratch: Path) -> list[str]:
    """Change one cell after the other, each with a seed of its own. Returns the edits that verify does not name; empty
    is well."""
    edited, missed = Edited(result), []
    for seed in range(first, first + count):
        cell, change_made = edited.change(random.Random(seed), scratch / "results.xlsx")
        try:
            statement = verify(scratch / "results.xlsx")
            message = "" if named(statement, cell) else f"not named, but {[str(d) for d in statement.differences[:5]]}"
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            message = f"{type(error).__name__}: {error}"
        if message:
            missed.append(f"FAILED {cell}, {change_made}: {message}\n  again: python tests/edits.py {seed} 1")
            print(missed[-1], flush=True)
    print(f"edits {first} to {first + count - 1}: {count - len(missed)} named, {len(missed)} not", flush=True)
    return missed


def main(first: int, count: int, result: Path | None) -> int:
    """How many edits were not named."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        path = result or solve(tiny()).save(scratch / "out")[0]
        return len(explore(first, count, path, scratch))


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None) else 0)
