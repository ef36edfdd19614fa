"""The parts of a workbook as bytes to be changed, and the registers (content types, relations) that new parts need."""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import Path
from xml.dom.minidom import Document, Element

from defusedxml.minidom import parseString

from didymium.tables.xlsx.package import Damaged, Package

_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "[Content_Types].xml"


class Parts:
    """Reads parts of a healthy workbook, holds those that change, and writes a new file."""

    def __init__(self, path: Path) -> None:
        self.package = Package(path)
        self.changed: dict[str, bytes] = {}
        self.main = next(part for kind, part in self.package.relations("").values() if kind == "officeDocument")
        self.namespace = root(self.dom(self.main)).namespaceURI or ""
        self.relations_base = _STRICT if "purl.oclc.org" in self.namespace else _TRANSITIONAL

    def content(self, part: str) -> bytes:
        """Return the bytes of a part, changed or as it was."""
        if part in self.changed:
            return self.changed[part]
        with self.package.stream(part) as stream:
            raw = stream.read()
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in raw[:4]:
            raise Damaged(
                f"stores its part {part} in an unusual encoding; open it in Excel, save it, and check it again"
            )
        return raw

    def dom(self, part: str) -> Document:
        """Return a part as a document of its own; nothing changes until it is put back."""
        return parse(self.content(part))

    def put(self, part: str, content: Document | bytes) -> None:
        """Change or add a part."""
        self.changed[part] = content if isinstance(content, bytes) else content.toxml(encoding="UTF-8", standalone=True)

    def has(self, part: str) -> bool:
        """Return whether there is such a part, old or new."""
        return part in self.changed or part in self.package.parts

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part as they were, as Package.relations does."""
        return self.package.relations(part)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Register that `part` leads to `target`; return the relation's id."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        dom = self.dom(rels) if self.has(rels) else parse(f'<Relationships xmlns="{_RELATIONS}"/>'.encode())
        taken = {e.getAttribute("Id") for e in elements(dom, "Relationship")}
        identity = next(f"rIdDidymium{k}" for k in range(1, len(taken) + 2) if f"rIdDidymium{k}" not in taken)
        append(root(dom), "Relationship", Id=identity, Type=f"{self.relations_base}/{kind}", Target=f"/{target}")
        self.put(rels, dom)
        return identity

    def declare(self, part: str, content_type: str) -> None:
        """Register the content type of a part."""
        dom = self.dom(_TYPES)
        if not any(e.getAttribute("PartName") == f"/{part}" for e in elements(dom, "Override")):
            append(root(dom), "Override", PartName=f"/{part}", ContentType=content_type)
        self.put(_TYPES, dom)

    def declare_extension(self, extension: str, content_type: str) -> None:
        """Register the content type of every part with an ending."""
        dom = self.dom(_TYPES)
        if not any(e.getAttribute("Extension").casefold() == extension for e in elements(dom, "Default")):
            new = append(root(dom), "Default", Extension=extension, ContentType=content_type)
            root(dom).insertBefore(new, root(dom).firstChild)
        self.put(_TYPES, dom)

    def write(self, path: Path) -> None:
        """The whole file, changed parts and all others as they were."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, info in self.package.parts.items():
                new = zipfile.ZipInfo(name, date_time=info.date_time)
                new.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(new, self.changed[name] if name in self.changed else self._raw(name))
            for name, content in self.changed.items():
                if name not in self.package.parts:
                    out.writestr(name, content)

    def _raw(self, part: str) -> bytes:
        with self.package.stream(part) as stream:
            return stream.read()


def elements(node: Document | Element, name: str) -> list[Element]:
    """Return all elements of a local name below a node, whatever their prefix."""
    return list(node.getElementsByTagNameNS("*", name))


def parse(content: bytes) -> Document:
    """Return a document from bytes. Document types and entities are refused."""
    document: Document = parseString(content, forbid_dtd=True)
    return document


def root(document: Document) -> Element:
    """Return the outermost element."""
    assert document.documentElement is not None
    return document.documentElement


def child(node: Element, name: str) -> Element | None:
    """Return the first child of a local name, None where there is none."""
    return next((c for c in node.childNodes if isinstance(c, Element) and c.localName == name), None)


def append(parent: Element, name: str, /, **attributes: str) -> Element:
    """Return a new last child in the namespace and with the prefix of its parent."""
    document = parent.ownerDocument
    assert isinstance(document, Document)
    prefix = f"{parent.prefix}:" if parent.prefix else ""
    element = document.createElementNS(parent.namespaceURI, prefix + name)
    for key, value in attributes.items():
        element.setAttribute(key, value)
    parent.appendChild(element)
    return element
