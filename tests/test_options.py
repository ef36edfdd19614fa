"""Options that cannot be, a folder that cannot be written, streams that are closed, memory that is short: a sentence,
before anything runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_algebra import tiny
from worlds import ask, hedge, write

import didymium
from didymium import api
from didymium.cli import main
from didymium.commands import solve
from didymium.options import max_threads

BAD = {
    ("--gap", "-5"): "--gap: is -5.0, and must be a percentage from 0 to 100, such as 0.5",
    ("--gap", "nan"): "--gap: is nan, and must be a percentage",
    ("--gap", "101"): "--gap: is 101.0, and must be a percentage",
    ("--time-limit", "-1"): "--time-limit: is -1.0, and must be a number of seconds above 0",
    ("--time-limit", "0"): "--time-limit: is 0.0, and must be",
    ("--time-limit", "inf"): "--time-limit: is inf, and must be",
    ("--threads", "5000"): f"--threads: is 5000, and must be a whole number from 0 to {max_threads()}",
    ("--threads", "-1"): "--threads: is -1, and must be",
    ("--seed", "-1"): "--seed: is -1, and must be a whole number from 0 to 2,147,483,647",
    ("--seed", "2147483648"): "--seed: is 2147483648, and must be",
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return write(tiny(), tmp_path / "case")


@pytest.mark.parametrize("option", BAD, ids=" ".join)
def test_an_option_that_cannot_be_returns_2_before_anything_runs(
    option: tuple[str, str],
    case: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "read", lambda path: pytest.fail("the workbook was read"))
    assert main(["solve", str(case), *option, "--out", str(tmp_path / "out")]) == 2
    assert BAD[option] in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "out").exists()


def test_every_wrong_option_is_told_at_once(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(case), "--gap", "-5", "--time-limit", "-1", "--threads", "5000", "--seed", "-1"]) == 2
    told = capsys.readouterr()
    assert all(f"{option}" in told.out for option in ("--gap", "--time-limit", "--threads", "--seed"))
    assert "4 errors; nothing was solved" in told.err


@pytest.mark.parametrize(
    "wrong",
    [
        {"gap_percent": -5},
        {"gap_percent": float("nan")},
        {"time_limit": -1},
        {"threads": 5000},
        {"threads": 1.5},
        {"seed": -1},
        {"seed": True},
    ],
)
def test_python_refuses_them_too(wrong: dict[str, float]) -> None:
    with pytest.raises(didymium.BadWorkbook, match="and must be"):
        didymium.solve(ask(tiny()), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"draws": -1}, {"draws": 2.5}, {"seed": -1}, {"workers": 0}])
def test_python_refuses_a_stress_that_cannot_be(wrong: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(didymium.BadWorkbook, match="and must be a whole number"):
        didymium.stress(tmp_path, **wrong)


def test_what_can_be_is_taken(case: Path, tmp_path: Path) -> None:
    options = ["--gap", "0", "--time-limit", "60", "--threads", "1", "--seed", "2147483647"]
    assert main(["solve", str(case), *options, "--out", str(tmp_path / "new" / "deep" / "out"), "--quiet"]) == 0
    assert (tmp_path / "new" / "deep" / "out" / "results.xlsx").exists()


@pytest.mark.parametrize("out", ["file", "file/below", "n" * 300])
def test_a_folder_that_cannot_be_returns_2_before_anything_runs(
    out: str, case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(api, "read", lambda path: pytest.fail("the workbook was read"))
    assert main(["solve", str(case), "--out", str(tmp_path / out)]) == 2
    assert "nothing can be written to" in capsys.readouterr().out
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="a folder that even root cannot write to is known on Linux alone"
)
def test_a_folder_that_the_system_refuses_returns_2(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(case), "--out", "/proc/self/out"]) == 2
    assert "nothing can be written to /proc/self/out" in capsys.readouterr().out


def test_looking_at_the_folder_leaves_nothing_behind(case: Path, tmp_path: Path) -> None:
    (case / "demand.csv").write_text("nonsense")
    (tmp_path / "out").mkdir()
    before = (tmp_path / "out").stat().st_mode
    assert main(["solve", str(case), "--out", str(tmp_path / "out")]) == 2
    assert list((tmp_path / "out").iterdir()) == []
    assert (tmp_path / "out").stat().st_mode == before


def test_short_memory_ends_with_a_sentence(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*arguments: object, **named: object) -> None:
        raise MemoryError

    monkeypatch.setattr(solve, "solve_case", greedy)
    assert main(["solve", str(case), "--out", str(tmp_path / "out"), "--quiet"]) == 5
    told = capsys.readouterr().err
    assert "there is not enough memory for this" in told
    assert "Traceback" not in told


def didymium_in_a_shell(line: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more, "PYTHON": sys.executable}
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")
def test_a_closed_output_is_said_and_the_files_are_written(case: Path, tmp_path: Path) -> None:
    done = didymium_in_a_shell(f'"$PYTHON" -m didymium solve {case} --out {tmp_path / "out"} --json --quiet >&-')
    assert done.returncode == 0
    assert done.stderr == "standard output is closed: what would be printed is not shown\n"
    assert (tmp_path / "out" / "summary.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_output_ends_with_a_sentence(case: Path) -> None:
    done = didymium_in_a_shell(f'"$PYTHON" -m didymium check {case} > /dev/full')
    assert done.returncode == 6
    assert done.stderr == "the output could not be written: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
def test_a_reader_that_has_seen_enough_is_no_fault(case: Path) -> None:
    done = didymium_in_a_shell(f'("$PYTHON" -m didymium check {case}; echo "code $?" >&2) | true')
    assert done.stderr == "code 0\n"


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_while_the_program_starts_ends_with_a_sentence() -> None:
    # the start waits in the midst of its imports, where Ctrl-C comes
    wait = "import sys, time; sys.modules.pop('didymium.cli', None)\n"
    hook = (
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'didymium.case_inputs':\n"
        "            print('importing', flush=True); time.sleep(60)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from didymium.__main__ import main\n"
        "sys.exit(main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", wait + hook, "check", "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (5, "stopped by hand before anything was begun\n")


def test_the_package_itself_imports_nothing_slow() -> None:
    slow = "import sys, didymium; print([m for m in ('pandas', 'highspy', 'pyomo', 'openpyxl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", slow], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert didymium.__version__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = didymium.nonsense  # type: ignore[attr-defined]


def test_a_stress_folder_that_cannot_be_returns_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    didymium.solve(ask(hedge()), stochastic=True).save(tmp_path / "out")
    (tmp_path / "file").write_text("in the way")
    assert main(["stress", str(tmp_path / "out"), "--draws", "1", "--out", str(tmp_path / "file")]) == 2
    assert "nothing can be written to" in capsys.readouterr().out
