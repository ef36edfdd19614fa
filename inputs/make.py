"""Regenerate inputs/*.xlsx from the CSV folders of the same name, which are what is edited and compared."""

from pathlib import Path

from didymium.api import export

for folder in sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir()):
    workbook = folder.with_suffix(".xlsx")
    workbook.unlink(missing_ok=True)
    export(folder, workbook)
    print(f"wrote {workbook}")
