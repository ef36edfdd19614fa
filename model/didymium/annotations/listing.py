"""The sheet that lists every problem with a link to its cell, and the styles that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.dom.minidom import Element
from xml.sax.saxutils import escape, quoteattr

from didymium.annotations.parts import Parts, append, child, elements, root
from didymium.errors import ERROR, NOTICE, WARNING, Problem, Severity
from didymium.tables.schema import PROBLEMS

# Cell, text
COLOURS = {
    ERROR: ("FFF4A9A0", "FF7A0000"),
    WARNING: ("FFFFE08A", "FF5C4400"),
    NOTICE: ("FFCFE3F7", "FF1F3A4D"),
}
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_PART = "xl/worksheets/sheet_didymium.xml"
_COLUMNS = ("severity", "sheet", "cell", "what is wrong, and what to do", "rule")


def add_styles(parts: Parts, styles: str) -> tuple[dict[Severity, int], dict[str, int]]:
    """Add to the styles part a colour for each severity and the cell styles of the listing; return their numbers."""
    dom = parts.dom(styles)
    top = root(dom)
    colours = {
        severity: _colour(_group(top, "dxfs", ("tableStyles", "colors", "extLst")), *COLOURS[severity])
        for severity in Severity
    }
    fonts, fills, cells = _group(top, "fonts"), _group(top, "fills"), _group(top, "cellXfs")
    bold, link = _font(fonts, "FFFFFFFF", "b"), _font(fonts, "FF0563C1", "u")
    dark = _fill(fills, "FF1F3A4D")
    listing = {"head": _cell(cells, bold, dark), "link": _cell(cells, link, 0), "text": _cell(cells, 0, 0)}
    listing |= {str(severity): _cell(cells, 0, _fill(fills, COLOURS[severity][0])) for severity in Severity}
    parts.put(styles, dom)
    return colours, listing


def _group(top: Element, name: str, before: Sequence[str] = ()) -> Element:
    """A group of the styles part, made where it is missing."""
    found = child(top, name)
    if found is None:
        found = append(top, name, count="0")
        later = next((c for b in before if (c := child(top, b)) is not None), None)
        if later is not None:
            top.insertBefore(found, later)
    return found


def _added(group: Element, element: Element) -> int:
    """The index of an element just appended to a counted group."""
    count = sum(isinstance(c, Element) and c.localName == element.localName for c in group.childNodes)
    group.setAttribute("count", str(count))
    return count - 1


def _colour(group: Element, cell: str, text: str) -> int:
    style = append(group, "dxf")
    font = append(style, "font")
    append(font, "b")
    append(font, "color", rgb=text)
    pattern = append(append(style, "fill"), "patternFill", patternType="solid")
    append(pattern, "fgColor", rgb=cell)
    append(pattern, "bgColor", rgb=cell)
    return _added(group, style)


def _font(group: Element, colour: str, kind: str) -> int:
    font = append(group, "font")
    append(font, kind)
    append(font, "sz", val="11")
    append(font, "color", rgb=colour)
    append(font, "name", val="Calibri")
    return _added(group, font)


def _fill(group: Element, colour: str) -> int:
    fill = append(group, "fill")
    pattern = append(fill, "patternFill", patternType="solid")
    append(pattern, "fgColor", rgb=colour)
    return _added(group, fill)


def _cell(group: Element, font: int, fill: int) -> int:
    flags = {"applyFont": "1", "applyFill": "1", "applyAlignment": "1"}
    xf = append(group, "xf", numFmtId="0", fontId=str(font), fillId=str(fill), borderId="0", xfId="0", **flags)
    append(xf, "alignment", vertical="top", wrapText="1")
    return _added(group, xf)


def add_listing(
    parts: Parts, problems: Sequence[Problem], sheets: Mapping[str, str], styles: Mapping[str, int], headline: str
) -> None:
    """Write the sheet Problems, last in the workbook and in front when it opens; one of an earlier check is
    replaced."""
    dom = parts.dom(parts.main)
    listed = elements(dom, "sheet")
    at = next((k for k, e in enumerate(listed) if e.getAttribute("name") == PROBLEMS), None)
    if at is None:
        at, part = len(listed), _PART
        relation = parts.relate(parts.main, "worksheet", part)
        parts.declare(part, _SHEET)
        number = max((int(e.getAttribute("sheetId") or 0) for e in listed), default=0) + 1
        new = append(elements(dom, "sheets")[0], "sheet", name=PROBLEMS, sheetId=str(number))
        new.setAttribute("xmlns:didymium", parts.relations_base)
        new.setAttribute("didymium:id", relation)
    else:
        relation = next(v for k, v in listed[at].attributes.items() if k.endswith(":id"))
        part = parts.relations(parts.main)[relation][1]
    for view in elements(dom, "workbookView"):
        view.setAttribute("activeTab", str(at))
    parts.put(parts.main, dom)
    parts.put(part, _page(parts, problems, sheets, styles, headline).encode())


def _page(
    parts: Parts, problems: Sequence[Problem], sheets: Mapping[str, str], styles: Mapping[str, int], headline: str
) -> str:
    rows = [_row(1, [(headline, styles["text"])]), _row(3, [(name, styles["head"]) for name in _COLUMNS])]
    links = []
    for number, problem in enumerate(problems, 4):
        sheet = sheets.get(problem.sheet.strip().casefold())
        shown = problem.cell or problem.place.partition("!")[2]
        cells = [
            (str(problem.severity), styles[str(problem.severity)]),
            (problem.sheet, styles["text"]),
            (shown or "sheet", styles["link" if sheet else "text"]),
        ]
        rows.append(_row(number, [*cells, (problem.text, styles["text"]), (problem.code, styles["text"])]))
        if sheet:
            quoted = "'" + sheet.replace("'", "''") + "'!" + (problem.cell or "A1")
            links.append(
                f'<hyperlink ref="C{number}" location={quoteattr(quoted)} display={quoteattr(shown or "sheet")}/>'
            )
    widths = "".join(
        f'<col min="{k}" max="{k}" width="{w}" customWidth="1"/>' for k, w in enumerate((11, 15, 11, 110, 34), 1)
    )
    last = max(4, len(problems) + 3)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet'
        f' xmlns="{parts.namespace}"><sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr'
        ' fitToPage="1"/></sheetPr><sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="3"'
        ' topLeftCell="A4" activePane="bottomLeft"'
        ' state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{''.join(rows)}</sheetData>"
        f'<autoFilter ref="A3:E{last}"/>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _row(number: int, cells: Sequence[tuple[str, int]]) -> str:
    content = "".join(
        f'<c r="{"ABCDE"[k]}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
        for k, (text, style) in enumerate(cells)
    )
    return f'<row r="{number}">{content}</row>'
