"""A workbook as grids of raw cells: its sheets, texts and styles, and its properties."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from datetime import datetime
from pathlib import Path

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
from openpyxl.utils.escape import unescape

from didymium.errors import NOTICE, Problem
from didymium.tables.grid import Grid, Source
from didymium.tables.xlsx.package import Damaged, Package, bad
from didymium.tables.xlsx.sheet import SheetReader, Styles, kind_of_format, place

MAX_STRINGS = 3_000_000


def read_workbook(path: Path, wanted: Container[str] | None = None) -> Source:
    """Every sheet of a workbook whose name, in lower case, is `wanted` (default: all); the others as empty grids.

    Raises BadWorkbook when the file is not an .xlsx that can be read whole.
    """
    try:
        package = Package(path)
        try:
            source = _Workbook(package).read(wanted)
        finally:
            package.close()
        source.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except Damaged as fault:
        raise bad(path, fault) from fault
    for lock, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        if path.with_name(lock).exists():
            source.problems.append(
                Problem(path.name, f"is open in {program}; what is read is how it was last saved", NOTICE, "file")
            )
    return source


def sheet_parts(package: Package) -> list[tuple[str, str]]:
    """The sheets of a workbook, each with its part. Raises Damaged where the file does not say."""
    book = _Workbook(package)
    return [(name, book.relations[relation][1]) for name, relation, _ in book.sheets if relation in book.relations]


class _Workbook:
    """Reads the workbook part first, then what it points to."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = _main_part(package)
        self.relations = package.relations(self.part)
        self.sheets: list[tuple[str, str, str]] = []  # name, relation id, state
        self.epoch: datetime = CALENDAR_WINDOWS_1900
        self.stale = False
        package.parse(self.part, self._start)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), relation, attributes.get("state", "visible")))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904
        elif name == "calcPr":
            self.stale = attributes.get("fullCalcOnLoad") in ("1", "true")

    def read(self, wanted: Container[str] | None) -> Source:
        strings, styles = self._strings(), self._styles()
        source = Source([], "", self._version(), self.stale)
        for name, relation, state in self.sheets:
            kind, part = self.relations.get(relation, ("", ""))
            grid = Grid(name, [], state=state)
            if wanted is None or name.strip().casefold() in wanted:
                if kind == "chartsheet":
                    grid.problems.append(
                        Problem(
                            name,
                            "is a chart sheet without cells; rename it, and give the name to the sheet with the table",
                            code="sheet",
                        )
                    )
                elif part not in self.package.parts:
                    raise Damaged(
                        f"is damaged: the part of the sheet {name!r} is missing; open it in Excel and save it"
                    )
                else:
                    self._sheet(grid, part, strings, styles)
            source.grids.append(grid)
        source.problems += self._notices(source.grids)
        return source

    def _sheet(self, grid: Grid, part: str, strings: list[str], styles: Styles) -> None:
        reader = SheetReader(grid, strings, styles)
        reader.read(self.package, part)
        relations = self.package.relations(part)
        for relation in reader.tables:
            kind, table = relations.get(relation, ("", ""))
            if kind == "table":
                self._totals(grid, table)

    def _totals(self, grid: Grid, part: str) -> None:
        """Note the totals row of an Excel table, so that it is not taken for data."""

        def start(name: str, attributes: dict[str, str]) -> None:
            count = attributes.get("totalsRowCount", "0")
            last = place(attributes.get("ref", "").rpartition(":")[2])
            if name == "table" and last and count.isdecimal() and len(count) < 3:
                grid.totals.update(range(last[0] - int(count) + 1, last[0] + 1))

        self.package.parse(part, start)

    def _notices(self, grids: list[Grid]) -> list[Problem]:
        name = self.package.path.name
        kinds = {kind for kind, _ in self.relations.values()}
        found = []
        if "vbaProject" in kinds:
            found.append(Problem(name, "holds macros; they are not run and not needed", NOTICE, "file"))
        if "connections" in kinds:
            found.append(Problem(name, "has data connections; what is read is what they last stored", NOTICE, "file"))
        if "externalLink" in kinds and not any(grid.outside for grid in grids):
            found.append(Problem(name, "has links to other files, though no input cell uses them", NOTICE, "file"))
        return found

    def _related(self, kind: str) -> str | None:
        return next((part for k, part in self.relations.values() if k == kind and part in self.package.parts), None)

    def _version(self) -> int | None:
        """The template's version, from the custom property that `didymium new` writes."""
        found: list[str] = []
        inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "property":
                inside = attributes.get("name") == VERSION_PROPERTY

        def text(piece: str) -> None:
            if inside:
                found.append(piece)

        part = next((p for k, p in self.package.relations("").values() if k == "custom-properties"), None)
        if part in self.package.parts and part is not None:
            self.package.parse(part, start, None, text)
        version = "".join(found).strip()
        return int(version) if version.isdecimal() and len(version) < 6 else None

    def _strings(self) -> list[str]:
        """The texts that cells point to by number; phonetic hints are left out."""
        part = self._related("sharedStrings")
        strings: list[str] = []
        pieces: list[str] = []
        taking = phonetic = False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal taking, phonetic
            if name == "si":
                pieces.clear()
            elif name == "rPh":
                phonetic = True
            taking = name == "t" and not phonetic

        def end(name: str) -> None:
            nonlocal taking, phonetic
            taking = False
            if name == "rPh":
                phonetic = False
            elif name == "si":
                strings.append(unescape("".join(pieces)))
                if len(strings) > MAX_STRINGS:
                    raise Damaged(f"holds more than {MAX_STRINGS:,} texts")

        def text(piece: str) -> None:
            if taking:
                pieces.append(piece)

        if part is not None:
            self.package.parse(part, start, end, text)
        return strings

    def _styles(self) -> Styles:
        part = self._related("styles")
        formats: dict[str, str] = {}
        kinds: list[str] = []
        inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                number = attributes.get("numFmtId", "0")
                code = formats.get(number) or (
                    BUILTIN_FORMATS.get(int(number)) if number.isdecimal() and len(number) < 6 else None
                )
                kinds.append(kind_of_format(code))

        def end(name: str) -> None:
            nonlocal inside
            if name == "cellXfs":
                inside = False

        if part is not None:
            self.package.parse(part, start, end)
        return Styles(kinds, self.epoch)


VERSION_PROPERTY = "didymium_template"


def _main_part(package: Package) -> str:
    part = next((p for kind, p in package.relations("").values() if kind == "officeDocument"), None)
    if part is None or part not in package.parts:
        raise Damaged("is not an .xlsx workbook, or is damaged; open it in Excel and save it as .xlsx")
    return part
