"""Workbook files taken apart and put together again, so that tests can spoil any byte of them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def save(path: Path, parts: dict[str, bytes]) -> Path:
    """Write parts as a workbook."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def sheet_part(parts: dict[str, bytes], sheet: str) -> str:
    """The part of a sheet, found through the workbook's relations."""
    relation = re.search(rf'<sheet name="{re.escape(sheet)}"[^>]*r:id="(\w+)"', parts["xl/workbook.xml"].decode())
    assert relation
    target = re.search(rf'Id="{relation[1]}"[^>]*Target="([^"]+)"', parts["xl/_rels/workbook.xml.rels"].decode())
    assert target
    return f"xl/{target[1]}"


def set_cell(path: Path, sheet: str, cell: str, xml: str) -> Path:
    """Replace what is stored for a cell; `xml` is all that follows `<c r="E6" `."""
    parts = parts_of(path)
    part = sheet_part(parts, sheet)
    text, count = re.subn(
        rf'<c r="{cell}"(?: [^>]*?)?(?:/>|>.*?</c>)', lambda _: f'<c r="{cell}" {xml}', parts[part].decode(), count=1
    )
    assert count == 1, (sheet, cell)
    return save(path, {**parts, part: text.encode()})


def change(path: Path, part: str, old: str, new: str) -> Path:
    """Replace a text within a part, once."""
    parts = parts_of(path)
    text = parts[part].decode()
    assert old in text, (part, old)
    return save(path, {**parts, part: text.replace(old, new, 1).encode()})


def bare(
    path: Path,
    sheets: dict[str, str],
    strings: str = "",
    styles: str = "",
    workbook: str = "",
    more: dict[str, str] | None = None,
) -> Path:
    """A minimal workbook: the sheetData (and what follows it) of each sheet, as other programs write it."""
    listed = "".join(f'<sheet name="{name}" sheetId="{k}" r:id="rId{k}"/>' for k, name in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="rId{k}" Type="{RELS}/worksheet" Target="worksheets/sheet{k}.xml"/>'
        for k in range(1, len(sheets) + 1)
    )
    related += f'<Relationship Id="rIdS" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/>' if strings else ""
    related += f'<Relationship Id="rIdT" Type="{RELS}/styles" Target="styles.xml"/>' if styles else ""
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{RELS}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}">{workbook}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}</Relationships>',
        **{
            f"xl/worksheets/sheet{k}.xml": f'<worksheet xmlns="{MAIN}" xmlns:r="{RELS}">{body}</worksheet>'
            for k, body in enumerate(sheets.values(), 1)
        },
        **({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'} if strings else {}),
        **({"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'} if styles else {}),
        **(more or {}),
    }
    return save(path, {name: content.encode() for name, content in parts.items()})
