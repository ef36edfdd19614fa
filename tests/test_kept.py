"""What a run keeps as it goes: found again by the same request, replaced in one step, never in the way."""

from __future__ import annotations

import json
from pathlib import Path

from didymium.result_folder import KeptParts, keep_run, kept_of, kept_run, request_hash

REQUEST = "0123456789abcdef0123"


def test_the_same_request_finds_its_parts_again_and_another_does_not(tmp_path: Path) -> None:
    kept = KeptParts(tmp_path / "out", REQUEST)
    assert (kept.get("best"), kept.names()) == (None, [])
    assert kept.put("best", {"cost_musd": 0.1 + 0.2, "modules": [1, 0]})
    assert kept.put("level 90.5 / a:b", [1])
    again = KeptParts(tmp_path / "out", REQUEST)
    assert again.get("best") == {"cost_musd": 0.30000000000000004, "modules": [1, 0]}
    assert again.names() == ["best", "level 90.5 / a:b"]
    assert KeptParts(tmp_path / "out", "f" * 20).get("best") is None
    assert again.where == tmp_path / ".out.kept" / "0123456789abcdef"


def test_a_torn_or_unfinished_part_is_none(tmp_path: Path) -> None:
    kept = KeptParts(tmp_path / "out", REQUEST)
    kept.put("best", 1)
    (kept.where / "best.json").write_text('{"cost')
    (kept.where / ".best.999999.part.json").write_text("{")
    assert (kept.get("best"), kept.names()) == (None, ["best"])


def test_where_nothing_can_be_written_the_run_goes_on(tmp_path: Path) -> None:
    kept_of(tmp_path / "out").write_text("a file where the folder should be")
    assert not KeptParts(tmp_path / "out", REQUEST).put("best", 1)


def test_clearing_leaves_the_parts_of_other_requests(tmp_path: Path) -> None:
    one, other = KeptParts(tmp_path / "out", REQUEST), KeptParts(tmp_path / "out", "f" * 20)
    one.put("best", 1)
    other.put("best", 2)
    one.clear()
    assert (one.names(), other.get("best")) == ([], 2)
    other.clear()
    assert not kept_of(tmp_path / "out").exists()


def test_a_request_is_the_same_whatever_the_order_of_its_facts() -> None:
    assert request_hash("solve", {"a": 1, "b": 2}) == request_hash("solve", {"b": 2, "a": 1})
    assert request_hash("solve", {"a": 1}) != request_hash("solve", {"a": 2})
    assert len(json.dumps(request_hash())) == 66


def test_a_run_into_a_folder_ends_what_could_be_resumed_there_before(tmp_path: Path) -> None:
    source = tmp_path / "case.csv"
    source.write_text("1")
    one, other = KeptParts(tmp_path / "out", REQUEST), KeptParts(tmp_path / "out", "f" * 20)
    one.put("plan", 1)
    keep_run(one, ["solve", "case.csv"], source)
    found = kept_run(tmp_path / "out")
    assert found is not None
    assert (found.words, found.copy.read_text(), found.copy_is_complete()) == (["solve", "case.csv"], "1", True)
    source.write_text("2")
    assert (found.source_unchanged(), found.copy_is_complete()) == (False, True)
    keep_run(other, ["solve", "case.csv", "--gap=1"], source)
    found = kept_run(tmp_path / "out")
    assert found is not None
    assert (found.parts.where, found.source_unchanged()) == (other.where, True)
    other.clear()
    assert kept_run(tmp_path / "out") is None
    assert one.get("plan") == 1  # the same request would still go on from it
