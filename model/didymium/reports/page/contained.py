"""How much of the elements shown a tonne of every good contains, so that ore, oxides, metals and magnets can be
compared.

Everything is counted as oxide. A tonne of an oxide, separated or mixed, is a tonne; ore contains what its assay states;
scrap what its recyclers recover from it; a metal or magnet what its recipe puts into it, less what leaves as scrap.
Only refining and separation have losses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from didymium.checks.reach import stage_of
from didymium.plan.answer import Answer
from didymium.plan.rows import number
from didymium.tables.rows import Tables

GROUPS = {"NdPr": ("Nd", "Pr"), "Dy and Tb": ("Dy", "Tb")}
MEANING = (
    "Contained, counted as oxide: a tonne of oxide is a tonne; ore contains what its assay states; metals and magnets"
    " what their recipes put into them, less what leaves as scrap; scrap what recyclers recover from it. Goods without"
    " these elements (cerium, lanthanum) are not drawn."
)
Content = dict[str, float]


class Contents:
    """The content of a group of elements in a tonne of each commodity, and in what each recipe makes."""

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
        """Calculate the goods of a stage from those before it; with several recipes, their mean."""
        for commodity in goods:
            if kind == "scrap":
                shares = [
                    sum(t * self.of.get(c, 0.0) for c, t in sides["out"].items()) / sides["in"][commodity]
                    for sides in self.flows.values()
                    if sides["in"].get(commodity)
                ]
            else:
                shares = [self.made(q, commodity) for q, sides in self.flows.items() if sides["out"].get(commodity)]
            self.of[commodity] = sum(shares) / len(shares) if shares else 0.0


def oxides_and_ores(tables: Tables, elements: tuple[str, ...]) -> Content:
    """Return the content of oxides, separated and mixed, and of the concentrate of every mine, by the assays of the
    case."""
    becomes = {r.text("element"): r.text("commodity") for r in tables["Elements"]}
    found: Content = {}
    all_of: dict[str, float] = defaultdict(float)
    chosen: dict[str, float] = defaultdict(float)
    for row in tables["Assays"]:
        found[row.text("mine")] = sum(row.shares.get(e, 0.0) for e in elements) / 100
        for element, share in row.shares.items():
            all_of[becomes.get(element, "")] += share
            chosen[becomes.get(element, "")] += share if element in elements else 0.0
    for commodity in set(becomes.values()):
        counted = [e in elements for e, c in becomes.items() if c == commodity]
        part = (
            float(all(counted))
            if len(set(counted)) == 1
            else chosen[commodity] / all_of[commodity]
            if all_of[commodity]
            else 0.0
        )
        found[commodity] = found[f"mixed_{commodity}"] = part
    return found


def _flows(plan: Answer) -> dict[str, dict[str, dict[str, float]]]:
    """The inputs and outputs of every recipe of the case, tonnes by commodity; of mines and refineries only those that
    ran."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: {"in": {}, "out": {}})
    rows: list[Mapping[str, object]] = [
        *plan.tables["recipe_flows"],
        *({c: r[c] for c in _NEEDED} for r in plan.source["Recipes"]),
    ]
    for r in rows:
        found[str(r["recipe"])][str(r["direction"])][str(r["commodity"])] = number(r, "t_per_t")
    return found


_NEEDED = ("recipe", "direction", "commodity", "t_per_t")
