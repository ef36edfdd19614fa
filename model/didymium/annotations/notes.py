"""Notes on cells: the part with their texts, and the drawing that Excel wants beside it."""

from __future__ import annotations

from collections.abc import Mapping
from xml.dom.minidom import Document, Element, Text
from xml.sax.saxutils import escape

from didymium.annotations.parts import Parts, append, child, elements, parse, root
from didymium.tables.xlsx.sheet import place

AUTHOR = "didymium check"
_MENDED = "Checked again: nothing is wrong here now."
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_VML = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_EMPTY_DRAWING = (
    f'<xml {_VML}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype'
    ' id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke'
    ' joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_FIRST_SHAPE = 900_001  # far above the numbers that Excel gives


def add_notes(parts: Parts, sheet: str, number: int, notes: Mapping[str, str], drawing_id: str) -> str:
    """Put notes on cells of the sheet part `sheet`; a note that stands there already is added to.

    Returns the relation id of a drawing that the sheet must newly refer to; empty where it has one.
    """
    relations = parts.relations(sheet)
    comments = next((part for kind, part in relations.values() if kind == "comments"), "")
    if not notes and not comments:
        return ""
    if not comments:
        comments = f"xl/comments_didymium_{number}.xml"
        parts.put(comments, f'<comments xmlns="{parts.namespace}"><authors/><commentList/></comments>'.encode())
        parts.declare(comments, _COMMENTS)
        parts.relate(sheet, "comments", comments)
    fresh = _write_texts(parts, comments, notes)
    if not fresh:
        return ""
    drawing = relations.get(drawing_id, ("", ""))[1]
    new = ""
    if not (drawing and parts.has(drawing)):
        drawing = f"xl/drawings/vmlDrawing_didymium_{number}.vml"
        parts.put(drawing, _EMPTY_DRAWING.encode())
        parts.declare_extension("vml", _DRAWING)
        new = parts.relate(sheet, "vmlDrawing", drawing)
    raw = parts.content(drawing)
    at = raw.rindex(b"</xml>")
    shapes = "".join(_shape(cell, _FIRST_SHAPE + raw.count(b"<v:shape ") + k) for k, cell in enumerate(fresh))
    parts.put(drawing, raw[:at] + shapes.encode() + raw[at:])
    return new


def _write_texts(parts: Parts, comments: str, notes: Mapping[str, str]) -> list[str]:
    """Write the texts; return the cells that had no note before. Earlier notes of ours are updated."""
    dom = parts.dom(comments)
    authors, listed = child(root(dom), "authors"), child(root(dom), "commentList")
    assert authors is not None and listed is not None
    names = ["".join(t.data for t in a.childNodes if isinstance(t, Text)) for a in elements(authors, "author")]
    if AUTHOR not in names:
        append(authors, "author").appendChild(dom.createTextNode(AUTHOR))
        names.append(AUTHOR)
    ours = str(names.index(AUTHOR))
    there = {c.getAttribute("ref"): c for c in elements(listed, "comment")}
    for cell, comment in there.items():
        if comment.getAttribute("authorId") == ours or cell in notes:
            text = child(comment, "text")
            assert text is not None
            if comment.getAttribute("authorId") == ours:
                while text.firstChild:
                    text.removeChild(text.firstChild)
            _add_text(text, notes.get(cell, _MENDED), text.firstChild is not None)
    fresh = [cell for cell in notes if cell not in there]
    for cell in fresh:
        comment = append(listed, "comment", ref=cell, authorId=ours)
        _add_text(append(comment, "text"), notes[cell], False)
    parts.put(comments, dom)
    return fresh


def _add_text(text: Element, content: str, after: bool) -> None:
    """Add a run to a note's text."""
    piece = append(append(text, "r"), "t", **{"xml:space": "preserve"})
    piece.appendChild(_document(text).createTextNode(("\n" if after else "") + content))


def _document(element: Element) -> Document:
    assert isinstance(element.ownerDocument, Document)
    return element.ownerDocument


def _shape(cell: str, number: int) -> str:
    at = place(cell)
    assert at is not None
    row, column = at[0] - 1, at[1] - 1
    anchor = f"{column + 1}, 15, {max(0, row - 1)}, 2, {column + 5}, 20, {row + 6}, 4"
    shape = (
        f'<v:shape {_VML} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;visibility:hidden"'
        ' fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:path o:connecttype="none"/><v:textbox><div'
        ' style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{escape(anchor)}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
    parse(shape.encode())  # a drawing that is not well formed would cost the planner the file
    return shape
