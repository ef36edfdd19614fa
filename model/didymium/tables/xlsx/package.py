"""The file as an archive of XML parts, behind a guard that refuses what is no healthy workbook before it is
unpacked."""

from __future__ import annotations

import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO
from xml.parsers import expat

from didymium.errors import BadWorkbook, Problem

LARGEST_FILE = 200 * 2**20  # bytes, packed
LARGEST_CONTENT = 2**30  # bytes, unpacked
MAX_PARTS = 5_000
HIGHEST_RATIO = 300  # unpacked to packed; ordinary workbooks stay below 30
SMALL = 10 * 2**20  # bytes; parts below this may be packed as tightly as they like
MAX_ELEMENTS = 30_000_000  # XML elements in all parts that are read
CHUNK = 1 << 16

_KINDS = (
    (b"%PDF", "a PDF"),
    (b"<", "an HTML or XML page; open it in Excel and save it as an Excel workbook (.xlsx)"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z", "a 7-Zip archive; unpack it first"),
)
_SAVE_AS = "open it and use Save As, Excel workbook (.xlsx)"
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    KeyError,
)
_XML_FAULTS = (expat.ExpatError, LookupError, ValueError)

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class Damaged(Exception):
    """The file is not what it seems; the text says what and what to do."""


class Package:
    """The parts of a workbook. Every method raises Damaged where the file does not hold what it should."""

    def __init__(self, path: Path) -> None:
        self.path = path
        look_at(path)
        try:
            self.archive = zipfile.ZipFile(path)
            self.parts = {info.filename.lstrip("/"): info for info in self.archive.infolist()}
        except _ZIP_FAULTS as error:
            raise Damaged(f"is damaged or only partly copied ({error})") from error
        self._elements = 0
        _refuse_bombs(self.archive.infolist(), path.stat().st_size)
        self._refuse_other_kinds()
        self._refuse_document_types()

    def close(self) -> None:
        """Close the file."""
        self.archive.close()

    def stream(self, part: str) -> IO[bytes]:
        """A part to be read through."""
        if part not in self.parts:
            raise Damaged(f"is damaged: its part {part} is missing")
        try:
            return self.archive.open(self.parts[part])
        except _ZIP_FAULTS as error:
            raise Damaged(f"is damaged or only partly copied ({part}: {error})") from error

    def parse(self, part: str, start: Start, end: End | None = None, text: Text | None = None) -> None:
        """Stream a part through expat; names come without their namespace prefix."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        local: dict[str, str] = {}

        def on_start(name: str, attributes: dict[str, str]) -> None:
            self._elements += 1
            if self._elements > MAX_ELEMENTS:
                raise Damaged(
                    f"holds more than {MAX_ELEMENTS:,} cells and other elements; clear the formats of blank rows and"
                    " columns"
                )
            short = local.get(name)
            if short is None:
                short = local[name] = name.rpartition(":")[2]
            start(short, attributes)

        parser.StartElementHandler = on_start
        if end is not None:
            on_end = end
            parser.EndElementHandler = lambda name: on_end(local[name])
        if text is not None:
            parser.CharacterDataHandler = text
        self._feed(part, parser)

    def _feed(self, part: str, parser: expat.XMLParserType) -> None:
        with self.stream(part) as stream:
            try:
                while chunk := stream.read(CHUNK):
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
            except _XML_FAULTS as error:
                raise Damaged(f"is damaged: its part {part} does not read ({error})") from error
            except _ZIP_FAULTS as error:
                raise Damaged(f"is damaged or only partly copied ({part}: {error})") from error

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """For each relation of a part: its kind (the last word of its type) and the part it leads to, or the address
        outside."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}
        if rels not in self.parts:
            return found

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = (
                        posixpath.normpath(posixpath.join(folder, target)) if not target.startswith("/") else target[1:]
                    )
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)

        self.parse(rels, start)
        return found

    def _refuse_other_kinds(self) -> None:
        names = set(self.parts)
        if "mimetype" in names and self.parts["mimetype"].file_size < 200:
            with self.stream("mimetype") as stream:
                if b"opendocument" in stream.read():
                    raise Damaged(f"is not an .xlsx workbook but an OpenDocument file (.ods); {_SAVE_AS}")
        if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
            raise Damaged(f"is not an .xlsx workbook but a binary workbook (.xlsb); {_SAVE_AS}")
        for folder, kind in (("word/", "a Word document"), ("ppt/", "a PowerPoint file")):
            if any(name.startswith(folder) for name in names):
                raise Damaged(f"is not an .xlsx workbook but {kind}")
        if "[Content_Types].xml" not in names:
            raise Damaged(f"is a zip archive but not an .xlsx workbook; {_SAVE_AS}")

    def _refuse_document_types(self) -> None:
        """No part of a real workbook declares a document type: those are how XML bombs and thefts begin."""
        for part in self.parts:
            if part.endswith((".xml", ".rels", ".vml")):
                parser = expat.ParserCreate()
                parser.StartDoctypeDeclHandler = _refuse_document_type
                with self.stream(part) as stream:
                    try:
                        parser.Parse(stream.read(2048), False)
                    except _XML_FAULTS:
                        pass  # reported with more words where the part is read
                    except _ZIP_FAULTS as error:
                        raise Damaged(f"is damaged or only partly copied ({part}: {error})") from error


def _refuse_document_type(*_: object) -> None:
    raise Damaged("declares an XML document type or entities, which no workbook needs and attacks use; it is not read")


def look_at(path: Path) -> None:
    """Refuse by name and first bytes what cannot be an .xlsx workbook."""
    if path.name.startswith("~$"):
        raise Damaged(
            f"is Excel's lock file; the workbook itself is {path.name[2:]}, which is open in Excel: save and close it,"
            " then name it instead"
        )
    try:
        with path.open("rb") as file:
            begin = file.read(512)
            rest = file.read() if begin.startswith(b"\xd0\xcf\x11\xe0") and path.stat().st_size <= LARGEST_FILE else b""
    except PermissionError as error:
        raise Damaged(
            "cannot be opened: it is open in another program, or you may not read it; close it there and try again"
        ) from error
    except OSError as error:
        raise Damaged(f"cannot be opened: {error.strerror or error}") from error
    if not begin:
        raise Damaged("is empty (0 bytes)")
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in begin + rest:
            raise Damaged(
                "has a password; open it in Excel, File, Info, Protect Workbook, Encrypt with Password, clear the"
                " password, and save"
            )
        raise Damaged(f"is not an .xlsx workbook but an old .xls file; {_SAVE_AS}")
    for magic, kind in _KINDS:
        if begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            raise Damaged(f"is not an .xlsx workbook but {kind}")
    if not zipfile.is_zipfile(path):
        if begin.startswith(b"PK"):
            raise Damaged("is damaged or only partly copied; copy it again, or open it in Excel and save it as .xlsx")
        if _is_text(begin):
            raise Damaged(
                "is not an .xlsx workbook but plain text (CSV?); a folder of CSV files is read as a folder, one file a"
                " sheet"
            )
        raise Damaged(f"is not an .xlsx workbook, or is damaged; {_SAVE_AS}")


def _is_text(begin: bytes) -> bool:
    return not any(byte < 9 for byte in begin)


def _refuse_bombs(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse by what the archive declares; what it holds beyond that is cut off and fails its checksum."""
    content = sum(info.file_size for info in infos)
    if len(infos) > MAX_PARTS:
        raise Damaged(f"holds {len(infos):,} parts; workbooks of up to {MAX_PARTS:,} are read")
    if size > LARGEST_FILE or content > LARGEST_CONTENT:
        raise Damaged(
            f"unpacks to {content / 2**20:,.0f} MB; workbooks of up to {LARGEST_CONTENT / 2**20:,.0f} MB are read"
        )
    for info in infos:
        if info.file_size > SMALL and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
            raise Damaged(
                f"looks like a zip bomb: {info.filename} unpacks to {info.file_size / max(1, info.compress_size):,.0f}"
                " times its size"
            )


def bad(path: Path, fault: Damaged) -> BadWorkbook:
    """The fault as the error that a user sees."""
    return BadWorkbook([Problem(path.name, str(fault), code="file")])
