"""A study that ended before its end, by hand or by force, goes on from what it had finished: nothing is solved twice,
and its files are those of a run that was never stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest import approx
from test_alternatives import three_pits
from test_frontier import two_offers
from test_repair import committed
from test_sensitivity import metal
from worlds import World, write

import didymium
from didymium.cli import main
from didymium.engine.highs import HighsSolve
from didymium.result_folder import kept_of
from didymium.stress_test.runner import StressRunner

CASES: dict[str, tuple[Callable[[], World], list[str]]] = {
    "frontier": (lambda: two_offers(target_policy="hard"), ["--steps", "6"]),
    "alternatives": (three_pits, ["--within", "40", "--plans", "3"]),
    "sensitivity": (metal, ["--inputs", "3"]),
    "explain": (lambda: committed(9), []),
}


class Power(BaseException):
    """The power is cut: nothing that the program could catch."""


class Solves:
    """Counts solves, and cuts the power in the middle of one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.last = 0, 10**9
        real = HighsSolve.solve

        def solve(model: HighsSolve, *arguments: Any, **named: Any) -> Any:
            self.count += 1
            if self.count > self.last:
                raise Power
            return real(model, *arguments, **named)

        monkeypatch.setattr(HighsSolve, "solve", solve)

    def of(self, command: list[str], last: int = 10**9) -> int:
        """The solves that a command takes; None of them after so many."""
        self.count, self.last = 0, last
        try:
            main(command)
        except Power:
            return last
        return self.count


def record_of(folder: Path, name: str) -> object:
    """What the JSON file of a study says."""
    return json.loads((folder / f"{name}.json").read_text())


@pytest.mark.parametrize("name", CASES)
def test_after_the_power_was_cut_it_goes_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world, options = CASES[name]
    case = str(write(world(), tmp_path / "case"))
    solves = Solves(monkeypatch)

    def command(folder: str) -> list[str]:
        return [name, case, *options, "--out", str(tmp_path / folder), "--quiet"]

    whole = solves.of(command("whole"))
    cut = whole * 3 // 4
    solves.of(command("cut"), last=cut)
    assert not (tmp_path / "cut" / f"{name}.json").exists()
    kept = kept_of(tmp_path / "cut")
    assert list(kept.glob("*/*.json"))
    rest = solves.of(["resume", str(tmp_path / "cut"), "--quiet"])
    # of each part at most the solves since it began are made again
    assert rest < whole - cut // 2
    assert record_of(tmp_path / "cut", name) == record_of(tmp_path / "whole", name)
    assert not kept.exists()
    assert didymium.runs(limit=1)[0]["kind"] == name
    assert main(["resume", str(tmp_path / "cut")]) == 0
    assert f"holds a finished study ({name}); there is nothing to go on with" in capsys.readouterr().out


def test_stopped_by_hand_the_levels_so_far_are_written_and_kept(tmp_path: Path) -> None:
    inputs = didymium.read(write(two_offers(), tmp_path / "case"))
    stop, said = didymium.Interrupt(), list[str]()

    def until_the_third(message: str) -> None:
        if message.startswith("level 4"):
            stop.request()

    part = didymium.frontier(inputs, steps=6, on_status=until_the_third, interrupt=stop, keep=tmp_path / "out")
    assert part.record["complete"] is False
    part.save(tmp_path / "out")
    again = didymium.frontier(inputs, steps=6, on_status=said.append, keep=tmp_path / "out")
    assert "3 of 6 levels were kept by an earlier run" in said  # the fourth was stopped, and is solved again
    assert [p["cost_musd"] for p in again.record["points"]] == approx([1.0, 1.4, 1.8, 2.2, 4.2, 6.2])  # type: ignore[attr-defined]
    again.save(tmp_path / "out")
    assert not kept_of(tmp_path / "out").exists()


def test_another_request_takes_nothing_over(tmp_path: Path) -> None:
    inputs = didymium.read(write(two_offers(), tmp_path / "case"))
    didymium.frontier(inputs, steps=6, keep=tmp_path / "out")  # never saved
    said: list[str] = []
    didymium.frontier(inputs, steps=6, options=didymium.SolveOptions(seed=1), on_status=said.append, keep=tmp_path)
    didymium.frontier(
        inputs, steps=6, options=didymium.SolveOptions(seed=1), on_status=said.append, keep=tmp_path / "out"
    )
    assert not [message for message in said if "kept" in message]


def test_a_part_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    inputs = didymium.read(write(two_offers(), tmp_path / "case"))
    report = didymium.frontier(inputs, steps=3, keep=tmp_path / "out")
    for k, path in enumerate(sorted(kept_of(tmp_path / "out").glob("*/*.json"))):
        path.write_text(('{"cost"', "[]", '{"percent": 0}')[k % 3])
    assert didymium.frontier(inputs, steps=3, keep=tmp_path / "out").record == report.record


def test_a_stress_test_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = didymium.solve(didymium.read(write(metal(), tmp_path / "case")))
    plan.save(tmp_path / "base")
    whole = didymium.stress(tmp_path / "base", draws=12)
    ran: list[int] = []
    real = StressRunner.run_draw

    def run_draw(runner: StressRunner, d: Any) -> Any:
        ran.append(d.number)
        if len(ran) == 9:
            raise Power
        return real(runner, d)

    monkeypatch.setattr(StressRunner, "run_draw", run_draw)
    with pytest.raises(Power):
        didymium.stress(tmp_path / "base", draws=12, keep=tmp_path / "out")
    said: list[str] = []
    again = didymium.stress(tmp_path / "base", draws=12, keep=tmp_path / "out", on_status=said.append)
    assert ran == [*range(9), *range(8, 12)]
    assert "8 of 12 draws were kept by an earlier run" in said
    assert again.rows == whole.rows
    again.save(tmp_path / "out")
    assert not kept_of(tmp_path / "out").exists()


def test_an_explanation_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = didymium.solve(didymium.read(write(three_pits(), tmp_path / "case")))
    plan.save(tmp_path / "base")
    solves = Solves(monkeypatch)
    whole = didymium.explain(tmp_path / "base")
    count = solves.count
    solves.count, solves.last = 0, count * 3 // 4
    with pytest.raises(Power):
        didymium.explain(tmp_path / "base", keep=tmp_path / "out")
    solves.count, solves.last = 0, count
    again = didymium.explain(tmp_path / "base", keep=tmp_path / "out")
    assert solves.count < count // 2
    assert again.record == whole.record
