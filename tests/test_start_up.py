"""The command before it does anything: help and version at once, suggestions for slips, completion in shells."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import didymium
from didymium.cli import main, parser
from didymium.completion import commands_of, script

SLOW = ("pandas", "numpy", "scipy", "pyomo", "highspy", "openpyxl", "xlsxwriter")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["solve", "--help"]], ids=" ".join)
def test_help_and_version_take_little(arguments: list[str]) -> None:
    """CPU seconds of the whole process, the lowest of three: others may be at work."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "didymium", *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("from didymium.cli import parser; parser()", ()),
        (
            "import didymium.cli as c; c.prepared(c.parser().parse_args(['check', 'x']))",
            ("numpy", "openpyxl", "xlsxwriter"),
        ),
        ("import didymium.supervisor", ()),
        ("import didymium; didymium.SolveOptions; didymium.Status; didymium.Interrupt", ()),
        ("import didymium; didymium.read", ("numpy", "openpyxl")),
    ],
)
def test_only_what_is_needed_is_imported(code: str, allowed: tuple[str, ...]) -> None:
    look = f"; import sys; print(*[m for m in {SLOW!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + look], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(allowed)


def test_a_solve_imports_no_statistics_and_whoever_wants_them_can() -> None:
    code = (
        "import sys, didymium.commands.solve; print('scipy.stats' in sys.modules)\n"
        "from scipy.stats import spearmanr; print(round(spearmanr([1, 2, 3], [1, 3, 2]).statistic, 9))\n"
        "from pyomo.common.dependencies import scipy_available; print(bool(scipy_available))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "0.5", "True"]  # ranks 1 2 3 and 1 3 2: 1 - 6 x 2 / (3 x 8) = 0.5


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"didymium {didymium.__version__}\n")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("sovle case.xlsx", "solve"),
        ("chekc case.xlsx", "check"),
        ("solve case.xlsx --stochatsic", "--stochastic"),
        ("solve case.xlsx --time-limt=3", "--time-limit"),
        ("solve --stochatsic", "--stochastic"),
        ("check --jsn case.xlsx", "--json"),
        ("solve case.xlsx --route wole", "whole"),
        ("completion bahs", "bash"),
        ("--versoin", "--version"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(line: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(line.split(), capsys).rstrip().endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize("line", ["xyzzy", "solve case.xlsx --xyzzy", "solve", "solve case.xlsx --seed no"])
def test_what_resembles_nothing_has_no_suggestion(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(line.split(), capsys)
    assert "error: " in said
    assert "did you mean" not in said


def test_every_shell_knows_every_command_and_flag(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert main(["completion", shell]) == 0
        text = capsys.readouterr().out
        assert text == script(parser(), shell)
        for command in commands_of(parser()):
            assert command.name in text
            for flag in command.flags:
                for spelling in flag.spellings:
                    assert (f"-l {spelling[2:]}" if shell == "fish" and spelling[:2] == "--" else spelling) in text


def completed(line: str, folder: Path) -> list[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    text = (
        f"{script(parser(), 'bash')}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _didymium\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(tmp_path: Path) -> None:
    assert sorted(completed("didymium s", tmp_path)) == ["sensitivity", "sign", "solve", "stress"]
    assert completed("didymium --v", tmp_path) == ["--version"]
    assert completed("didymium solve --sto", tmp_path) == ["--stochastic"]
    assert completed("didymium solve --route ", tmp_path) == ["auto", "whole", "branches"]
    assert completed("didymium solve ca", tmp_path) == []  # files are offered by bash itself
    assert completed("didymium check case.xlsx --mark -", tmp_path) == []
    assert completed("didymium completion f", tmp_path) == ["fish"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_scripts(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(script(parser(), shell))
    subprocess.run([shell, "-n", str(path)], check=True)
