"""How the limit of a run is shared out between the search and what follows it."""

from __future__ import annotations

import pytest
from pytest import approx

from didymium.engine import solve
from didymium.engine.solve import TimeLimits


@pytest.mark.parametrize(
    ("build", "left"),
    [
        (5.6, 62.1),  # as measured, 5.6e-6 s a nonzero: 60 x 1.1 + 10 - 10 spent - (1 + 1,000 x 0.0029)
        (0.1, 62.1),  # a faster machine reserves no less
        (11.2, 59.2),  # twice as slow: 1 + 2 x 2.9 are reserved
        (99.0, 53.4),  # four times as slow at most: 1 + 4 x 2.9
    ],
)
def test_what_is_reserved_grows_with_the_time_of_the_build(
    build: float, left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve.time, "monotonic", lambda: 1010.0)
    limits = TimeLimits(60.0, 1000.0, 1000, 1_000_000, build)
    assert limits.left() == approx(left)
    assert limits.search() == approx(min(60.0, left))


def test_a_search_has_a_second_where_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve.time, "monotonic", lambda: 1100.0)
    limits = TimeLimits(60.0, 1000.0, 1000, 1_000_000, 5.6)
    assert (limits.left(), limits.search()) == (0.0, 1.0)
