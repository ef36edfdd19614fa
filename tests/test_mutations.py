"""A small, fixed sample of the mutations; `explore` in mutations.py tries fresh ones for as long as it is given."""

from __future__ import annotations

import random

import mutations


def test_the_default_case_has_nothing_to_say_before_a_slip() -> None:
    assert [str(p) for p in mutations.problems() if p.severity != "notice"] == []


def test_the_cause_of_a_slip_is_among_the_first_three_errors() -> None:
    """25 single slips of headings and cells: no fault, and the cause is named at once in all but one in twenty."""
    count = mutations.Count(missed=[])
    for slips in random.Random(7).sample(mutations.singles(7), 25):
        count.add(slips)
    assert count.errors > 15 and count.share >= 0.95, count.missed


def test_a_cause_of_two_slips_is_among_the_first_three_errors() -> None:
    count = mutations.Count(missed=[])
    for slips in mutations.pairs(11, 10):
        count.add(slips)
    assert count.errors > 7 and count.share >= 0.95, count.missed
