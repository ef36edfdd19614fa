"""`make bench`, second part: what checking and writing workbooks costs, each in a process of its own. Prints seconds
and peak memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from didymium.tables.read import read_tables
from didymium.template import Content, write_workbook, written

ALLIED = Path(__file__).parents[1] / "inputs" / "allied"
# A child's ru_maxrss starts from its parent's, so the child tells the high-water mark of its own memory.
COMMAND = """
import sys
from didymium.cli import main
code = main(sys.argv[1:])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""
LARGE = {"Shocks": 11_000, "Imports": 5_000, "Sources": 2_500, "Projects": 1_000, "Demand": 500}


def grown(content: Content) -> Content:
    """The default case with rows repeated under new ids, to 20,000 in all."""
    for sheet, rows in LARGE.items():
        first = content.rows[sheet]
        key = content.columns[sheet][0]
        for k in range(1, rows // len(first) + 1):
            fresh = sheet in ("Imports", "Sources", "Projects")
            content.rows[sheet] = content.rows[sheet] + [
                {**row, **({key: f"{row[key]}_{k}"} if fresh else {})} for row in first
            ]
        content.rows[sheet] = content.rows[sheet][:rows]
    mines = {str(row["project"]) for row in content.rows["Projects"] if row["stage"] == "mine"}
    assays = {str(row["mine"]): row for row in content.rows["Assays"]}
    content.rows["Assays"] = [{**assays[m if m in assays else m.rpartition("_")[0]], "mine": m} for m in sorted(mines)]
    return content


def blank_rows(path: Path, source: Path) -> None:
    """A workbook with a million formatted blank rows under its table of segments."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet10.xml":
                begin, _, end = content.rpartition(b"</sheetData>")
                content = (
                    begin
                    + b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (r, r) for r in range(1_000, 1_001_000))
                    + b"</sheetData>"
                    + end
                )
            new.writestr(name, content)


def run(*arguments: str) -> tuple[float, float]:
    """Seconds and peak MB of one command."""
    started = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return time.perf_counter() - started, int(child.stderr.split()[-1]) / 1024


def main() -> int:
    """One line a job; returns how many missed their bar."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        content = written(read_tables(ALLIED)[0])
        default, large, empty = folder / "default.xlsx", folder / "large.xlsx", folder / "empty.xlsx"
        write_workbook(default, content)
        write_workbook(large, grown(content))
        blank_rows(empty, default)
        rows = sum(len(r) for r in content.rows.values())
        jobs = [
            ("check the default workbook", ("check", str(default)), 3, 500),
            ("write the default workbook", ("new", str(folder / "new.xlsx"), "--example"), 5, 500),
            (f"check a workbook of {rows:,} rows", ("check", str(large)), 15, 500),
            ("mark it", ("check", str(large), "--mark", str(folder / "marked.xlsx")), 30, 1000),
            ("check one with a million formatted blank rows", ("check", str(empty)), 20, 500),
        ]
        missed = 0
        for name, arguments, seconds, memory in jobs:
            spent, peak = run(*arguments)
            met = spent <= seconds and peak <= memory
            missed += not met
            print(
                f"{name}: {spent:.1f} s (bar {seconds}), {peak:.0f} MB (bar {memory}) {'met' if met else 'MISSED'}",
                flush=True,
            )
        return missed


if __name__ == "__main__":
    sys.exit(main())
