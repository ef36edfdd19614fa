"""A case as a folder of CSV files, one a sheet."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

from didymium.tables.csv_folder import inert
from didymium.template.content import Content


def write_folder(folder: Path, content: Content) -> None:
    """Write every sheet as a CSV file, an empty one as its header alone.

    Raises FileExistsError rather than touch a folder that is there.
    """
    if folder.exists():
        raise FileExistsError(folder)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        for sheet, rows in content.rows.items():
            _write(part / f"{sheet.casefold()}.csv", content.columns[sheet], rows)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(path: Path, columns: list[str], rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: inert(value) for column, value in row.items()} for row in rows)
