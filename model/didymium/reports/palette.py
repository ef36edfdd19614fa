"""One colour for each region, stage and exposure level, the same on every chart and page; people with colour blindness
can tell them apart."""

from __future__ import annotations

from collections.abc import Iterable

from didymium.excel.headings import heading
from didymium.results import COST_KINDS, PER_YEAR

STAGES = {
    "mine": "#999933",
    "refinery": "#5E4FD1",
    "heavy": "#CC77BB",
    "metal": "#2E9E8F",
    "magnet": "#B02A5B",
    "recycler": "#2F8F46",
}
LEVELS = ("#2166AC", "#92C5DE", "#FEE0B6", "#F4A582", "#B2182B")  # from never in China to made there
LEVEL_WORDS = ("never in China", "mined there", "refined there", "metal made there", "magnet made there")
SUBSTITUTED, SHORT = "#BDBDBD", "#252525"
_REGIONS = (
    "#4477AA",
    "#EE6677",
    "#228833",
    "#CCBB44",
    "#66CCEE",
    "#AA3377",
    "#EE8866",
    "#44BB99",
    "#FFAABB",
    "#999999",
)
KINDS = {kind: column.colour for kind, column in COST_KINDS.items()}  # kinds of cost, in the order of the model
KIND_WORDS = {kind: heading(f"{kind}{PER_YEAR}").partition(" (")[0].lower() for kind in KINDS}
CONFIDENCE = {"reported": "#117733", "derived": "#88CCEE", "assumed": "#DDCC77", "unsourced": "#882255"}


def kind_colours() -> dict[str, str]:
    """Return a colour for each kind of cost, by its words."""
    return {KIND_WORDS[kind]: colour for kind, colour in KINDS.items()}


def regions(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each region, in the order given."""
    return {name: _REGIONS[k % len(_REGIONS)] for k, name in enumerate(names)}
