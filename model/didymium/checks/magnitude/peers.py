"""Figures near those of the rows that are like theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from didymium.checks.magnitude.finding import Finding, shown, warnings
from didymium.errors import Problem
from didymium.tables.rows import Row, Tables
from didymium.tables.schema.usual import ALIKE, YEARS

BEYOND = 12  # times the largest or smallest of the others
ODD_DEMAND = 20  # times what the region's and the use's other rows let expect
_FEW = 2  # other regions and other uses that a demand is compared with, at least


@dataclass(frozen=True, slots=True)
class Peer:
    """One row's figure: of a column, or the middle of its years."""

    row: Row
    column: str
    value: float


def rows_are_like_their_peers(tables: Tables) -> Iterator[Problem]:
    """No figure far beyond all those of the rows that are like its own."""
    for (sheet, column), alike in ALIKE.items():
        groups: dict[tuple[str, ...], list[Peer]] = {}
        for row in tables[sheet]:
            for peer in _peers(row, column):
                groups.setdefault(tuple(row.text(c) for c in alike), []).append(peer)
        for words, group in groups.items():
            yield from warnings(
                f
                for peer in group
                for f in _beyond(peer, group, ", ".join(f"{c} {w}" for c, w in zip(alike, words, strict=True) if w))
            )


def _peers(row: Row, column: str) -> Iterator[Peer]:
    if column == YEARS:
        filled = [(value, year) for year, value in sorted(row.years.items()) if value]
        if filled:
            middle = sorted(filled)[len(filled) // 2]
            yield Peer(row, str(middle[1]), middle[0])
        return
    value = row[column]
    if isinstance(value, (int, float)) and value and column not in row.blank:
        yield Peer(row, column, float(value))


def _beyond(peer: Peer, group: list[Peer], words: str) -> Iterator[Finding]:
    others = [p.value for p in group if p is not peer]
    if not others:
        return
    low, high = min(others), max(others)
    if low / BEYOND <= peer.value <= high * BEYOND:
        return
    name = f"{peer.column} is {peer.value:,.12g}"
    rows_compared = f"the other {len(others)} rows" if len(others) > 1 else "the other row"
    of = f" of {words}" if words else ""
    spread = f"{shown(low)} to {shown(high)}" if low < high else shown(low)
    yield Finding(
        peer.row,
        peer.column,
        f"{name}; {rows_compared}{of} in {peer.row.sheet} hold{'s' * (len(others) == 1)} {spread}",
        f"{peer.row.sheet} {peer.column} peers",
    )


def demand_is_like_its_region_and_use(tables: Tables) -> Iterator[Problem]:
    """A region's demand for a use near what its other uses, and the same use elsewhere, let expect: region by use, as
    in a table of products."""
    rows = {_kind(peer.row): peer for row in tables.sound("Demand") for peer in _peers(row, YEARS)}
    uses: dict[str, dict[str, float]] = defaultdict(dict)  # of each region
    regions: dict[str, list[str]] = defaultdict(list)  # with each use
    for (region, use), peer in rows.items():
        uses[region][use] = peer.value
        regions[use].append(region)
    yield from warnings(f for kind, peer in rows.items() for f in _odd_demand(peer, kind, uses, regions))


def _kind(row: Row) -> tuple[str, str]:
    return row.text("region"), f"{row['segment']} {row['commodity']}"


def _odd_demand(
    peer: Peer, kind: tuple[str, str], uses: Mapping[str, Mapping[str, float]], regions: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    region, use = kind
    expected = [
        amount * there[use] / there[other]
        for elsewhere in regions[use]
        if elsewhere != region
        for there in (uses[elsewhere],)
        for other, amount in uses[region].items()
        if other != use and other in there
    ]
    if len(expected) < _FEW**2:
        return
    middle = median(expected)
    if middle / ODD_DEMAND <= peer.value <= middle * ODD_DEMAND:
        return
    text = (
        f"{peer.value:,.12g} t; as the other demand of {region}, and that of {peer.row['segment']} elsewhere, goes,"
        f" some {shown(middle)} t would be usual"
    )
    yield Finding(peer.row, peer.column, text, "demand peers")


CHECKS = (rows_are_like_their_peers, demand_is_like_its_region_and_use)
