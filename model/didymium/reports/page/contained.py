"""How much of the elements that matter a tonne of every good contains, so that ore, oxides, metals and magnets compare.

All is counted as oxide. A tonne of an oxide, separated or mixed, is a tonne; ore contains what its assay says; scrap
what its recyclers get out of it; a metal or magnet what its recipe puts into it, less what leaves in scrap. Only
refining and separating lose any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from didymium.checks.reach import stage_of
from didymium.plan.answer import Answer
from didymium.tables.rows import Tables

GROUPS = {"NdPr": ("Nd", "Pr"), "Dy and Tb": ("Dy", "Tb")}
MEANING = (
    "Contained, counted as oxide: a tonne of oxide is a tonne; ore contains what its assay says; metals and magnets"
    " what their recipes put into them, less what leaves as scrap; scrap what recyclers get out of it. Goods without"
    " any of it (cerium, lanthanum) are not drawn."
)
Content = dict[str, float]


class Contents:
    """What a tonne of each commodity, and of what each recipe makes, contains of a group of elements."""

    def __init__(self, plan: Answer, group: str) -> None:
        self.stages = stage_of(plan.source)
        self.flows = _flows(plan)
        self.of: Content = oxides_and_ores(plan.source, GROUPS[group])
        for kind in ("scrap", "metal", "magnet"):
            self._add(kind, [c for c, stage in self.stages.items() if stage == kind])

    def made(self, recipe: str, commodity: str) -> float:
        """Return the content of a tonne of a good as a recipe makes it."""
        if self.stages[commodity] not in ("metal", "magnet"):
            return self.of.get(commodity, 0.0)
        sides = self.flows[recipe]
        scrap = sum(t * self.of.get(c, 0.0) for c, t in sides["out"].items() if self.stages[c] == "scrap")
        goods = sum(t for c, t in sides["out"].items() if self.stages[c] != "scrap")
        put_in = sum(t * self.of.get(c, 0.0) for c, t in sides["in"].items())
        return max(0.0, put_in - scrap) / goods if goods else 0.0

    def _add(self, kind: str, goods: list[str]) -> None:
        """Work out the goods of a stage, those before it being known; where several recipes serve, their mean."""
        for commodity in goods:
            if kind == "scrap":
                told = [
                    sum(t * self.of.get(c, 0.0) for c, t in sides["out"].items()) / sides["in"][commodity]
                    for sides in self.flows.values()
                    if sides["in"].get(commodity)
                ]
            else:
                told = [self.made(q, commodity) for q, sides in self.flows.items() if sides["out"].get(commodity)]
            self.of[commodity] = sum(told) / len(told) if told else 0.0


def oxides_and_ores(tables: Tables, elements: tuple[str, ...]) -> Content:
    """Return the content of oxides, separated and mixed, and of the concentrate of every mine; both by the assays of
    the case."""
    becomes = {r.text("element"): r.text("commodity") for r in tables["Elements"]}
    found: Content = {}
    all_of: dict[str, float] = defaultdict(float)
    ours: dict[str, float] = defaultdict(float)
    for row in tables["Assays"]:
        found[row.text("mine")] = sum(row.shares.get(e, 0.0) for e in elements) / 100
        for element, share in row.shares.items():
            all_of[becomes.get(element, "")] += share
            ours[becomes.get(element, "")] += share if element in elements else 0.0
    for commodity in set(becomes.values()):
        mine = [e in elements for e, c in becomes.items() if c == commodity]
        part = (
            float(all(mine))
            if len(set(mine)) == 1
            else ours[commodity] / all_of[commodity]
            if all_of[commodity]
            else 0.0
        )
        found[commodity] = found[f"mixed_{commodity}"] = part
    return found


def _flows(plan: Answer) -> dict[str, dict[str, dict[str, float]]]:
    """What every recipe of the case takes and gives, tonnes by commodity; those of mines and refineries where they
    ran."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: {"in": {}, "out": {}})
    rows: list[Mapping[str, object]] = [
        *plan.tables["recipe_flows"],
        *({c: r[c] for c in _NEEDED} for r in plan.source["Recipes"]),
    ]
    for r in rows:
        found[str(r["recipe"])][str(r["direction"])][str(r["commodity"])] = float(str(r["t_per_t"]))
    return found


_NEEDED = ("recipe", "direction", "commodity", "t_per_t")
