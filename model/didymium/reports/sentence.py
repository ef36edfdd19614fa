"""A sentence of page one, with the numbers it was written from: columns of the result's tables, facts of its run, and
columns of its input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from didymium.plan.answer import Answer


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and what it rests on: `costs.weighted_musd` a column of a table, `run.gap_musd` a fact of the sheet
    Run (and all parts of it), `inputs.Scenarios.probability_percent` a column of an input sheet."""

    text: str
    rests_on: tuple[str, ...]

    @property
    def is_warning(self) -> bool:
        """Return whether it warns of something."""
        return self.text.startswith("Warning")


Composer = Callable[[Answer], str | Iterable[str]]
"""Writes a sentence about a plan, or several, or none."""
Parts = Iterable[tuple[Composer, tuple[str, ...]]]
"""What writes sentences, each with what these rest on."""


def sentences_of(plan: Answer, parts: Parts) -> Iterator[Sentence]:
    """Yield the sentences about a plan, in their order."""
    for compose, rests_on in parts:
        found = compose(plan)
        yield from (Sentence(text, rests_on) for text in ([found] if isinstance(found, str) else found))
