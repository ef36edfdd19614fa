"""What ties a sentence of page one to the numbers behind it: a live formula that compares them with those from which
the sentence was written, so that it turns red when one of them is changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from didymium.excel.book import Area, Book, Sheet, Written, address
from didymium.reports.inputs import Places
from didymium.reports.sentence import Sentence

HOLDS, CHANGED = "holds", "changed"
LONGEST = 200  # characters of a text in a formula; of a longer one the length counts


@dataclass(frozen=True, slots=True)
class Ties:
    """The tables of a workbook as they were written, from which the formulas of sentences are made."""

    book: Book
    areas: Mapping[str, Area]
    where: Places
    facts: Area

    def formula(self, sentence: Sentence) -> str:
        """Return the formula that is `holds` as long as every number behind a sentence is as it was written."""
        conditions = [c for name in sentence.rests_on for c in self._conditions(name)]
        return f'=IF(AND({",".join(conditions) or "TRUE"}),"{HOLDS}","{CHANGED}")'

    def _conditions(self, name: str) -> Iterator[str]:
        table, _, column = name.partition(".")
        if table == "run":
            yield from self._facts(column)
        elif table == "inputs":
            sheet, _, column = column.partition(".")
            top = self.where.tops.get(sheet)
            if top is not None and (block := self._written("Inputs", top, 0)):
                yield from _column(block, column)
        elif block := self._written(self.areas[table].sheet, self.areas[table].top, self.areas[table].left):
            yield from _column(block, column)

    def _written(self, sheet: str, top: int, left: int) -> Written | None:
        found = (w for w in self.book.written if (w.sheet, w.top, w.left) == (sheet, top, left))
        return next(found, None)

    def _facts(self, name: str) -> Iterator[str]:
        """A fact of the sheet Run; of one with parts, which follow each other, their numbers and texts together."""
        block = self._written(self.facts.sheet, self.facts.top, self.facts.left)
        rows = enumerate(zip(*block.cells.values(), strict=True) if block else (), self.facts.top + 1)
        found = [(k, value) for k, (fact, value) in rows if fact == name or str(fact).startswith(f"{name}.")]
        if not found:
            return
        first, last = (address(k, self.facts.left + 1, True, True) for k in (found[0][0], found[-1][0]))
        if len(found) == 1:
            yield _cell(f"'{self.facts.sheet}'!{first}", found[0][1])
        else:
            place, values = f"'{self.facts.sheet}'!{first}:{last}", [value for _, value in found]
            yield _sum(place, _numbers(values))
            yield f"SUMPRODUCT(ISTEXT({place})*LEN({place}))={_characters(values)}"


def _cell(at: str, value: object) -> str:
    """Return the condition that one cell is as it was written."""
    if value is None or value == "":
        return f'{at}=""'
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"ABS(N({at})-{_literal(value)})<={_near(value)}"
    text = "yes" if value is True else "no" if value is False else str(value)
    return f'EXACT({at},"{_quoted(text)}")' if len(text) <= LONGEST else f"LEN({at})={len(text)}"


def _column(block: Written, column: str) -> Iterator[str]:
    """Yield the conditions that a column is as it was written: that its numbers add up to the same, its texts are as
    long; of a table without rows, that there is none."""
    if column not in block.cells:
        return
    place = Area(block.sheet, block.top, block.left, [*block.cells], block.rows).range(column)
    values = block.cells[column]
    if not block.rows:
        yield f"COUNTA({place})=0"
    elif numbers := _numbers(values):
        yield _sum(place, numbers)
    else:
        yield f"SUMPRODUCT(LEN({place}))={_characters(values)}"


def _sum(place: str, numbers: Sequence[float]) -> str:
    """Return the condition that the numbers in a place add up to the same; texts there do not count."""
    return f"ABS(SUM({place})-{_literal(math.fsum(numbers))})<={_near(math.fsum(map(abs, numbers)))}"


def _numbers(values: Sequence[object]) -> list[float]:
    return [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]


def _characters(values: Sequence[object]) -> int:
    """Return how many characters those of values have that are written as texts."""
    texts = (v for v in values if v is not None and (isinstance(v, bool) or not isinstance(v, (int, float))))
    return sum(len("yes" if v is True else "no" if v is False else str(v)) for v in texts)


def _literal(value: float) -> str:
    return f"({value:.15g})"


def _near(size: float) -> str:
    """By how much a sum may differ: rounding alone."""
    return f"{1e-9 + 1e-11 * abs(size):.3g}"


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def turn_red(page: Sheet, rows: Sequence[int], verdict: tuple[int, int], colour: str) -> None:
    """Let the rows of a sentence turn red when the cell `verdict` says that a number behind it was changed."""
    rule = {
        "type": "formula",
        "criteria": f'={address(*verdict, True, True)}="{CHANGED}"',
        "format": page.book.style(font_color="#FFFFFF", bg_color=colour, bold=True),
    }
    page.page.conditional_format(rows[0], 0, rows[-1], 12, rule)
