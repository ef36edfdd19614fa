"""Changes within a worksheet part, by splicing its bytes: all that is not changed stays as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from didymium.errors import Severity

SIGN = '"didymium check"="didymium check"'  # the formula of our colours: always true, and known again
_ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
_CELLS_A_RULE = 200


@dataclass(slots=True)
class _Child:
    """One child of the root: its name, where it begins and ends in the bytes, its text and its relation id."""

    name: str
    begin: int
    end: int = 0
    text: list[str] = field(default_factory=list)
    relation: str = ""


class Worksheet:
    """A worksheet part and the places in it."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.prefix = ""
        self.children: list[_Child] = []
        self.close = len(raw)  # where the root's end tag begins
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.Parse(raw, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, local = name.rpartition(":")
        if self._depth == 0:
            self.prefix = f"{prefix}:" if prefix else ""
        elif self._depth == 1:
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.children.append(_Child(local, self._parser.CurrentByteIndex, relation=relation))
        self._depth += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        at = self._parser.CurrentByteIndex
        if self._depth == 1:
            child = self.children[-1]
            end = self.raw.index(b">", at) + 1
            child.end = end
        elif self._depth == 0:
            self.close = at

    def _text(self, text: str) -> None:
        if self._depth > 1 and self.children[-1].name == "conditionalFormatting":
            self.children[-1].text.append(text)

    @property
    def drawing(self) -> str:
        """The relation id of the drawing that holds the notes; empty where there is none."""
        return next((c.relation for c in self.children if c.name == "legacyDrawing"), "")

    def _before(self, name: str) -> int:
        """Where a new child of a name belongs."""
        rank = _ORDER.index(name)
        later = [c.begin for c in self.children if c.name not in _ORDER or _ORDER.index(c.name) >= rank]
        return min(later, default=self.close)

    def annotated(
        self, cells: Mapping[Severity, Sequence[str]], styles: Mapping[Severity, int], drawing: str, relations: str
    ) -> bytes:
        """Return the part with its cells coloured, a drawing for notes, and its tab no longer selected.

        Colours of an earlier check are taken out.
        """
        edits: list[tuple[int, int, bytes]] = [(c.begin, c.end, b"") for c in self.children if SIGN in "".join(c.text)]
        rules = "".join(self._rule(cells[severity], styles[severity]) for severity in cells if cells[severity])
        at = self._before("conditionalFormatting")
        edits.append((at, at, rules.encode()))
        if drawing:
            at = self._before("legacyDrawing")
            edits.append((at, at, f'<{self.prefix}legacyDrawing xmlns:r="{relations}" r:id="{drawing}"/>'.encode()))
        edits += [self._unselected(c) for c in self.children if c.name == "sheetViews"]
        result = self.raw
        for begin, end, new in sorted(edits, key=lambda e: (e[0], e[1]), reverse=True):
            result = result[:begin] + new + result[end:]
        return result

    def _rule(self, cells: Sequence[str], style: int) -> str:
        p = self.prefix
        rule = f'<{p}cfRule type="expression" dxfId="{style}" priority="1"><{p}formula>{SIGN}</{p}formula></{p}cfRule>'
        groups = [cells[k : k + _CELLS_A_RULE] for k in range(0, len(cells), _CELLS_A_RULE)]
        return "".join(
            f'<{p}conditionalFormatting sqref="{" ".join(group)}">{rule}</{p}conditionalFormatting>' for group in groups
        )

    def _unselected(self, views: _Child) -> tuple[int, int, bytes]:
        """Two selected tabs would be edited together, so only that of the problems stays selected."""
        return (
            views.begin,
            views.end,
            re.sub(rb"\stabSelected=(\"[^\"]*\"|'[^']*')", b"", self.raw[views.begin : views.end]),
        )
