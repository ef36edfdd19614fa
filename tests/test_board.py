"""The board of many runs: what it says of each, how it moves on a terminal, and what a pipe gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_console import screen_of

from didymium import board, console
from didymium.board import Board
from didymium.engine.control import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of now, in its one entry."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_has_a_line_a_run_and_one_of_all(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("TERM", "xterm")
    screen = screen_of(monkeypatch, True)
    shown = Board(quiet=False, total=3)
    shown.begin(1, "one")
    shown.begin(2, "two")
    shown.hear(1, "reading one")
    shown.hear(2, Progress(5.0, 120.0, 114.0, "rounding", 20.0))
    clock[0] += 3.0
    shown._show()
    # gap = (120 - 114) / 120 = 5 %; 20 s left three seconds ago
    drawn = [
        "  one: reading one, 3 s so far",
        "  two: gap 5.00 %, 17 s left, rounding, 3 s so far",
        "[   3.0 s] 0 of 3 ended, 2 under way, 1 waiting",
    ]
    assert screen.getvalue().splitlines() == drawn
    shown.end(1, "one: exit code 3", failed=True, skipped=False)
    shown._show()
    after = screen.getvalue().split("\x1b[3F\x1b[J")[1].splitlines()
    assert after == [
        "[   3.0 s] one: exit code 3 (1 of 3)",
        "  two: gap 5.00 %, 17 s left, rounding, 3 s so far",
        "[   3.0 s] 1 of 3 ended, 1 without a proven plan, 1 under way, 1 waiting",
    ]


def test_a_pipe_gets_ends_at_once_and_the_rest_now_and_then(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    screen = screen_of(monkeypatch, False)
    shown = Board(quiet=False, total=2)
    assert shown._longest() == board.BETWEEN
    shown.end(1, "one: skipped, finished before", failed=False, skipped=True)
    shown.begin(2, "two")
    shown.hear(2, Progress(5.0, None, None, "rounding", None))
    clock[0] += 31.0
    shown._show()
    assert screen.getvalue().splitlines() == [
        "[   0.0 s] one: skipped, finished before (1 of 2)",
        "[  31.0 s] 1 of 2 ended, 1 of them skipped, 1 under way, 0 waiting; two: no plan yet, rounding, 31 s so far",
    ]


def test_the_file_of_progress_has_what_each_run_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    screen_of(monkeypatch, False)
    shown = Board(quiet=True, total=1, file=tmp_path / "progress")
    shown.begin(1, "one")
    shown.hear(1, "building the model")
    lines = [json.loads(line) for line in (tmp_path / "progress").read_text(encoding="utf-8").splitlines()]
    assert [(line["run"], line["stage"]) for line in lines] == [("one", "building the model")]


def test_a_quiet_board_says_errors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, False)
    shown = Board(quiet=True, total=1)
    shown.begin(1, "one")
    shown._show()
    shown.show_output("bad cell\n")
    shown.end(1, "one: exit code 2", failed=True, skipped=False)
    assert screen.getvalue() == "bad cell\n"
