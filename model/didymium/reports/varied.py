"""What the ranges of a study vary, and what they leave as it is, in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from didymium.plan.rows import number
from didymium.tables.schema.words import SHOCK_KINDS, UNCERTAIN_KINDS

KIND_WORDS = {
    "china_limit": "what China offers",
    "china_price": "China's prices",
    "import_limit": "what is offered",
    "import_price": "prices of what is offered",
    "outage": "outages of plants",
    "delay": "delays of builds",
    "fixed_opex": "fixed running costs",
    "variable_opex": "variable running costs",
    "route_cost": "freight",
    "tariff": "tariffs",
    "sale_price": "sale prices",
    "sale_limit": "sale limits",
    "market_price": "market prices",
    "carbon_price": "the carbon price",
    "target": "targets",
    "budget": "budgets",
    "limit": "limits",
}
_WIDER = {"china_limit": "import_limit", "china_price": "import_price"}  # of all offers, those of China too
_NO_KIND = ("recoveries", "the discount rate")  # of which no shock and no range speaks at all


def varied_kinds(ranges: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the kinds of the ranges (rows with kind, low and high) that leave anything open. An outage does wherever
    it may happen: it is drawn by its chance."""
    found = [
        str(r["kind"])
        for r in ranges
        if number(r, "high") > number(r, "low") or (r["kind"] == "outage" and number(r, "high") > 0)
    ]
    return [kind for kind in UNCERTAIN_KINDS if kind in found]


def varied_in_words(kinds: Collection[str], varies: str) -> list[str]:
    """Return what is varied, and what is not, in two sentences. Not varied is every other kind of figure that a
    scenario may change, and what not even a scenario changes. `varies` is who varies it: `Draws vary`."""
    fixed = [kind for kind in SHOCK_KINDS if not {kind, _WIDER.get(kind)} & {*kinds}]
    named = ", ".join([*(_words(kind) for kind in fixed), *_NO_KIND])
    what = ", ".join(_words(kind) for kind in UNCERTAIN_KINDS if kind in kinds) or "nothing"
    return [f"{varies} {what} (sheet Ranges).", f"Not varied, but as the input and its scenario have them: {named}."]


def _words(kind: str) -> str:
    return KIND_WORDS.get(kind, kind)
