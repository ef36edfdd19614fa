"""Signed results: who signed just this, and what was changed since; storing a workbook again changes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from test_algebra import tiny
from worlds import solve

import didymium
from didymium.cli import main
from didymium.reports.content_hash import content_of
from didymium.reports.result_reader import blocks_of, read_grids
from didymium.result_folder import is_complete, replace_files

pytest.importorskip("cryptography", reason="needs the extra sign")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result in the folder `out`, signed, beside the keys `mine` and `other`."""
    folder = tmp_path_factory.mktemp("signed")
    solve(tiny()).save(folder / "out")
    for name in ("mine", "other"):
        didymium.keys(folder / name)
    didymium.sign(folder / "out", folder / "mine")
    return folder


@pytest.fixture
def copy(signed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed, tmp_path / "copy"))


def faults(folder: Path, key: str = "mine.pub") -> list[tuple[str, str]]:
    statement = didymium.verify(folder / "out", folder / key)
    assert statement.signature is not None
    assert statement.holds is (not statement.signature.faults and not statement.differences)
    return statement.signature.faults


def test_a_signed_result_says_by_whom_and_when(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(signed / "out"), "--key", str(signed / "mine.pub")]) == 0
    (entry,) = json.loads((signed / "out" / "manifest.sig").read_text())
    said = capsys.readouterr().out
    assert f"signed on {entry['signed']['signed_at']} with the key {entry['key']}\neverything holds" in said
    assert (len(entry["key"]), set(entry["signed"]["files"])) == (64, {"report.html", "solver.log", "summary.json"})
    assert main(["verify", str(signed / "out")]) == 0
    assert "manifest.sig was not looked at" in capsys.readouterr().out


def test_without_a_signature_or_by_another_key(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ((place, text),) = faults(copy, "other.pub")
    assert (place, text[:19]) == ("manifest.sig", "is by another key: ")
    didymium.sign(copy / "out", copy / "other")  # a second person signs; the first signature stays
    assert faults(copy) == faults(copy, "other.pub") == []
    (copy / "out" / "manifest.sig").unlink()
    assert main(["verify", str(copy / "out"), "--key", str(copy / "mine.pub")]) == 2
    assert "FAIL: manifest.sig is not there: nobody has signed this result" in capsys.readouterr().out


def stored_again(folder: Path) -> None:
    openpyxl.load_workbook(folder / "results.xlsx").save(folder / "results.xlsx")


def another_number(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "results.xlsx")
    book["Capacity"]["F5"] = 12345
    book.save(folder / "results.xlsx")


def forged(folder: Path) -> None:
    """Another result altogether, with a manifest of its own: all of it holds, and it is not what was signed."""
    signature = (folder / "manifest.sig").read_bytes()
    world = tiny()
    world["settings"].append({"setting": "title", "value": "another"})
    solve(world).save(folder)
    assert not (folder / "manifest.sig").exists()  # it went with the older run
    (folder / "manifest.sig").write_bytes(signature)


def another_log(folder: Path) -> None:
    (folder / "solver.log").write_text("all is well\n" + (folder / "solver.log").read_text())


def another_date(folder: Path) -> None:
    text = (folder / "manifest.sig").read_text()
    (folder / "manifest.sig").write_text(text.replace('"signed_at": "20', '"signed_at": "19'))


def a_file_more(folder: Path) -> None:
    replace_files(folder, {"brief.pptx": lambda path: path.write_text("slides")})


NOT_THE_ONE = ("manifest.json", "is not the one that was signed: files were written after, and have to be signed anew")
OTHER = "is not the file that was signed"
CHANGED = ("the workbook", "does not hold what was signed: a value was changed after")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (stored_again, []),
        (another_number, [CHANGED]),
        (
            forged,
            [CHANGED, *((n, "is not the file that was signed") for n in ("report.html", "summary.json")), NOT_THE_ONE],
        ),
        (another_log, [("solver.log", OTHER)]),
        (another_date, [("manifest.sig", "is false: it was changed, or not made by this key")]),
        (a_file_more, [NOT_THE_ONE]),
    ],
)
def test_what_was_changed_after_is_named(
    change: Callable[[Path], None], expected: list[tuple[str, str]], copy: Path
) -> None:
    change(copy / "out")
    assert [fault for fault in faults(copy) if fault[0] != "solver.log" or change is another_log] == expected


@pytest.mark.parametrize("number", [48.543689320388346, 64.74074074074075, 1 - 1e-16, 0.12345678905, 1e-300, 0.0])
def test_the_content_has_one_hash_however_an_office_stores_it(number: float, signed: Path) -> None:
    """Whatever it does with the digits from the 15th on; 0.12345678905 is in the middle between two of ten digits."""
    grids = read_grids(signed / "out" / "results.xlsx")
    blocks, production = blocks_of(grids), grids["Production"].rows[4]
    k = next(k for k, value in enumerate(production) if isinstance(value, (int, float)))
    before = content_of(grids, blocks).sha256
    production[k] = number
    content = content_of(grids, blocks)
    assert content.sha256 != before
    for stored in (
        number,
        *(float(f"{number:.{digits}g}") for digits in (15, 16)),
        *(number * (1 + s * 5e-15) for s in (-1, 1)),
    ):
        production[k] = stored
        assert content_of(grids, blocks, content.sides).sha256 == content.sha256
    production[k] = number * (1 + 1e-9) if number else 1e-9
    assert content_of(grids, blocks, content.sides).sha256 != content.sha256


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_a_key_that_others_can_read_signs_nothing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (copy / "mine").stat().st_mode & 0o077 == 0
    (copy / "mine").chmod(0o640)
    assert main(["sign", str(copy / "out"), "--key", str(copy / "mine")]) == 2
    assert "can be read by others" in capsys.readouterr().out


def test_a_passphrase_is_asked_for(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter(["secret", "secrte", "secret", "secret", "wrong", "secret"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    make, sign = ["keys", str(copy / "locked")], ["sign", str(copy / "out"), "--key", str(copy / "locked")]
    assert [main(make), main(make), main(make)][:2] == [2, 0]
    assert b"ENCRYPTED" in (copy / "locked").read_bytes()
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed_now.pop(0))
    typed_now = ["wrong", "secret"]
    assert [main(sign), main(sign)] == [2, 0]
    assert "the passphrase is not that of" in capsys.readouterr().out
    assert faults(copy, "locked.pub") == []


def test_keys_that_are_none_are_refused_before_anything_is_verified(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(copy / "out")
    rsa = copy / "rsa"
    subprocess.run(["openssl", "genrsa", "-out", rsa, "2048"], check=True, capture_output=True)
    rsa.chmod(0o600)
    for call, words in (
        (["verify", out, "--key", str(copy / "mine")], "is a private key, which only its owner needs"),
        (["verify", out, "--key", str(copy / "out" / "solver.log")], "is no public key in a PEM file"),
        (["verify", out, "--key", str(copy / "gone")], "is no file with a key"),
        (["sign", out, "--key", str(copy / "mine.pub")], "can be read by others"),
        (["sign", out, "--key", str(rsa)], "is no Ed25519 key"),
    ):
        assert main(call) == 2
        assert words in capsys.readouterr().out


def test_what_does_not_hold_is_not_signed(copy: Path) -> None:
    another_number(copy / "out")
    with pytest.raises(didymium.BadWorkbook, match="does not hold, so it is not signed"):
        didymium.sign(copy / "out", copy / "other")


def test_a_key_is_never_replaced(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (copy / "mine").read_bytes()
    assert main(["keys", str(copy / "mine"), "--no-passphrase"]) == 6
    assert "is there already and is not replaced" in capsys.readouterr().err
    assert (copy / "mine").read_bytes() == before


def test_a_signature_does_not_make_the_folder_somebody_elses(copy: Path) -> None:
    """The folder is still exchanged in one step."""
    didymium.report(copy / "out")
    assert is_complete(copy / "out")
    assert (copy / "out" / "manifest.sig").exists()
