"""What Windows does otherwise, as far as it can be imitated here: files that are open, processes, code pages, pipes."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from didymium import endings
from didymium.excel import files
from didymium.reports.page import pdf
from didymium.result_folder.generation import replace_files


def refusing(descriptor: int) -> None:
    """Flush as Windows does: a file that was opened only to be read is refused."""
    fcntl = pytest.importorskip("fcntl", reason="Windows itself")
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def test_files_are_flushed_where_only_writers_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refusing)
    part = tmp_path / "part"
    part.write_text("new")
    assert files.put(part, tmp_path / "whole") == tmp_path / "whole"
    replace_files(tmp_path / "out", {"a.txt": lambda path: path.write_text("a") and None})
    assert (tmp_path / "out" / "a.txt").read_text() == "a"


def test_folders_that_cannot_be_exchanged_are_filled_one_file_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")  # as Windows, without renameat2
    for text in ("old", "new"):
        replace_files(tmp_path / "out", {"a.txt": lambda path, text=text: path.write_text(text) and None})
    assert (tmp_path / "out" / "a.txt").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_a_file_that_a_scanner_looks_at_is_moved_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, real = [], os.replace

    def replace(source: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "open in another program")
        real(source, target)

    monkeypatch.setattr(files, "PATIENCE", (0, 0, 0))
    monkeypatch.setattr(os, "replace", replace)
    part = tmp_path / "part"
    part.write_text("new")
    assert files.put(part, tmp_path / "whole.xlsx") == tmp_path / "whole.xlsx"
    assert len(tries) == 3


def test_a_result_that_is_open_in_excel_is_kept_and_the_new_one_gets_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, part, real = tmp_path / "results.xlsx", tmp_path / "part", os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(target) == old:
            raise PermissionError(errno.EACCES, "open in another program")
        real(source, target)

    monkeypatch.setattr(files, "PATIENCE", (0, 0, 0))
    monkeypatch.setattr(os, "replace", replace)
    old.write_text("old")
    part.write_text("new")
    assert files.put(part, old).name == "results (2).xlsx"
    assert old.read_text() == "old"


class Kernel:
    """As much of the Windows kernel as is asked: processes by id, with their exit code (259: it runs)."""

    def __init__(self, codes: dict[int, int]) -> None:
        self.codes, self.open = codes, 0

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int:
        self.open += pid in self.codes
        return pid if pid in self.codes else 0

    def GetExitCodeProcess(self, process: int, code: object) -> int:
        ctypes.cast(code, ctypes.POINTER(ctypes.c_ulong))[0] = self.codes[process]  # type: ignore[arg-type]
        return 1

    def CloseHandle(self, process: int) -> int:
        self.open -= 1
        return 1


def test_a_process_that_has_ended_or_is_another_persons_is_known() -> None:
    kernel = Kernel({7: 259, 8: 0})
    assert files.alive_on_windows(kernel, lambda: 0, 7)
    assert not files.alive_on_windows(kernel, lambda: 0, 8), "ended, and still known to another program"
    assert not files.alive_on_windows(kernel, lambda: 87, 9), "no such process"
    assert files.alive_on_windows(kernel, lambda: 5, 9), "access denied: it runs for another person"
    assert kernel.open == 0


@pytest.mark.parametrize("code_page", ["cp1252", "cp932", "ascii"])
def test_what_a_code_page_does_not_have_is_written_as_its_code(tmp_path: Path, code_page: str) -> None:
    missing = tmp_path / "プラン é Ж.xlsx"
    done = subprocess.run(
        [sys.executable, "-m", "didymium", "check", str(missing)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": code_page, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 2
    text = (done.stdout + done.stderr).decode(code_page)
    assert "Traceback" not in text
    assert (r"\u30d7" in text) == (code_page != "cp932")


def test_a_pipe_that_nobody_reads_any_more_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows calls a closed pipe an invalid argument."""
    dropped = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(endings, "_drop_output", lambda: dropped.append(True))

    def run() -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    assert endings.exit_code_of(run) == 0
    assert dropped


def test_a_browser_that_is_not_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.touch()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    assert pdf.browser() == str(edge)
    edge.unlink()
    assert pdf.browser() is None
