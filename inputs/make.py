"""Regenerate inputs/*.xlsx from the CSV folders of the same name, which are what is edited and compared."""

from pathlib import Path

from didymium.tables.write import write_input_workbook

for folder in sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir()):
    workbook = folder.with_suffix(".xlsx")
    workbook.unlink(missing_ok=True)
    write_input_workbook(workbook, folder)
    print(f"wrote {workbook}")
