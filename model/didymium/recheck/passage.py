"""What passed through which plant, recomputed from the rows: the share of the rare earths in every pool of goods that a
plant handled, found by mixing again and again until nothing changes.

A pool holds the goods of one commodity, region and origin level in a node. What it does not give out passes to the pool
of the next level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from didymium.recheck.inputs import LEVELS, Place, RecheckInputs, num

Pool = tuple[str, str, int]
"""(region, commodity, origin level)"""
Shares = dict[str, float]
"""Plant -> share of the rare earths in a pool that it handled."""
SWEEPS, CHANGE = 5_000, 1e-11


@dataclass(slots=True)
class Inflow:
    """Tonnes a year into a pool: from other pools, by their shares, or from its own stock of the node before; and the
    plant that made them."""

    tonnes: float
    sources: list[tuple[Pool, float]] = field(default_factory=list)
    drawn: bool = False
    plant: str = ""


@dataclass(slots=True)
class Mixture:
    """All that comes into a pool, in one: tonnes a year, shares that are known, and how much of it comes from which
    pool through plants of which stage ("": through none)."""

    tonnes: float
    own: Shares = field(default_factory=lambda: defaultdict(float))
    sources: dict[tuple[Pool, str], float] = field(default_factory=lambda: defaultdict(float))


def oxide(data: RecheckInputs) -> dict[str, float]:
    """Return the tonnes of oxide that go into a tonne of each commodity: the mean of the recipes that make it."""
    makers: dict[str, list[str]] = defaultdict(list)
    for q, (_, outputs) in data.recipes.items():
        for c in outputs:
            if data.stage[c] in ("metal", "magnet"):
                makers[c].append(q)
    known: dict[str, float] = {}

    def of(c: str) -> float:
        if c not in known:
            known[c] = 1.0  # a recipe may use what it makes
            each = []
            for q in makers[c]:
                inputs, outputs = data.recipes[q]
                made = sum(t for o, t in outputs.items() if data.stage[o] != "scrap")
                put_in = sum(t * of(i) for i, t in inputs.items()) / made if made else 0.0
                each += [put_in] if put_in > 0 else []
            known[c] = sum(each) / len(each) if each else 1.0
        return known[c]

    return {c: of(c) for c in data.stage}


def wanted_goods(data: RecheckInputs) -> set[str]:
    """Return what demand wants and all from which it can be made."""
    found = {r.text("commodity") for r in data.tables["Demand"]}
    while more := {c for ins, outs in data.recipes.values() if found & outs.keys() for c in ins if c not in found}:
        found |= more
    return found


def handled(data: RecheckInputs, plants: Collection[str], every_plant: bool = False) -> dict[Place, dict[Pool, Shares]]:
    """Return, for every node, what share of each pool each of some plants handled; of each stage the last counts.

    With `every_plant` all on the way count, from the stocks of the node and from recyclers on.
    """
    found: dict[Place, dict[Pool, Shares]] = {}
    for place in data.places:
        path = data.before(place)
        before = found[path[-2]] if len(path) > 1 and not every_plant else {}
        found[place] = _mixed(data, _inflows(data, place), before, plants, every_plant)
    return found


def _inflows(data: RecheckInputs, place: Place) -> dict[Pool, list[Inflow]]:
    """Return what comes into every pool of a node."""
    weights: dict[str, float] = data.once(("oxide",), lambda: oxide(data))
    found: dict[Pool, list[Inflow]] = data.once(("inflows", place), lambda: _pass_up(*_flows(data, place, weights)))
    return found


def _flows(
    data: RecheckInputs, place: Place, weights: dict[str, float]
) -> tuple[dict[Pool, list[Inflow]], dict[Pool, float]]:
    """Return what comes into every pool, and the tonnes that each gives out."""
    into: dict[Pool, list[Inflow]] = defaultdict(list)
    out: dict[Pool, float] = defaultdict(float)
    for row in data.rows_at("production", place):
        p, origin_level, inputs = str(row["project"]), int(num(row, "level")), data.recipes[str(row["recipe"])][0]
        region, total = data.projects[p].text("region"), sum(t * weights[c] for c, t in inputs.items())
        sources = [((region, c, origin_level), t * weights[c] / total) for c, t in inputs.items() if total]
        for c, made_level, tonnes in data.made(row):
            into[region, c, made_level].append(Inflow(tonnes, sources, plant=p))
        for c, t in inputs.items():
            out[region, c, origin_level] += t * num(row, "throughput_t")
    for row in data.rows_at("trade", place):
        c, origin_level, tonnes = str(row["commodity"]), int(num(row, "level")), num(row, "tonnes_t")
        start, end = (str(row["from"]), c, origin_level), (str(row["to"]), c, origin_level)
        if row["kind"] != "buy":
            out[start] += tonnes
        if row["kind"] != "sell":
            into[end].append(Inflow(tonnes, [(start, 1.0)] if row["kind"] == "ship" else []))
    for row in data.rows_at("demand", place):
        for origin_level in LEVELS:
            out[str(row["region"]), str(row["commodity"]), origin_level] += num(row, f"level_{origin_level}_t")
    _stocks(data, place, into, out)
    return into, out


def _stocks(data: RecheckInputs, place: Place, into: dict[Pool, list[Inflow]], out: dict[Pool, float]) -> None:
    """Add what is put in store and what comes out of it, per year of the node."""

    def pool(row: dict[str, object]) -> Pool:
        return str(row["region"]), str(row["commodity"]), int(num(row, "level"))

    span, path = data.span(place[1]), data.before(place)
    for row in data.rows_at("stockpiles", place):
        out[pool(row)] += num(row, "stock_t") / span
    if len(path) > 1:
        for row in data.rows_at("stockpiles", path[-2]):
            into[pool(row)].append(Inflow(num(row, "stock_t") / span, drawn=True))
        return
    for pile in data.tables["Stockpiles"]:
        at = pile.text("region"), pile.text("commodity"), data.opening_level(pile)
        into[at].append(Inflow(pile.num("initial_t") / span))


def _pass_up(into: dict[Pool, list[Inflow]], out: dict[Pool, float]) -> dict[Pool, list[Inflow]]:
    """Add to each pool what that of the level below does not give out."""
    for region, c in sorted({(r, c) for r, c, _ in [*into, *out]}):
        for origin_level in LEVELS[1:]:
            lower = region, c, origin_level - 1
            left = sum(flow.tonnes for flow in into.get(lower, ())) - out.get(lower, 0.0)
            if left > 0:
                into[region, c, origin_level].append(Inflow(left, [(lower, 1.0)]))
    return into


def _mixed(
    data: RecheckInputs,
    into: dict[Pool, list[Inflow]],
    before: dict[Pool, Shares],
    plants: Collection[str],
    every_plant: bool,
) -> dict[Pool, Shares]:
    """Return the shares of every pool: each is the mean of what comes in, until none changes."""
    stages = ["mine", "refinery", "metal", "magnet", "scrap"]
    order = sorted(into, key=lambda pool: (stages.index(data.stage[pool[1]]), pool))
    mixtures = {pool: _mixture(data, into[pool], before.get(pool, {}), plants, every_plant) for pool in order}
    shares: dict[Pool, Shares] = {pool: {} for pool in order}
    users: dict[Pool, set[Pool]] = defaultdict(set)
    for pool in order:
        for source, _ in mixtures[pool].sources:
            users[source].add(pool)
    takers = {p: p if every_plant else stage for p, stage in data.plant_stages.items()}
    waiting = {pool for pool in order if mixtures[pool].tonnes > 0}
    for _ in range(SWEEPS):
        for pool in (p for p in order if p in waiting):
            waiting.remove(pool)
            new, old = _mean(mixtures[pool], shares, takers), shares[pool]
            if any(abs(v - old.get(p, 0.0)) > CHANGE for p, v in new.items()):
                waiting |= {p for p in users[pool] if mixtures[p].tonnes > 0}
            shares[pool] = new
        if not waiting:
            break
    return shares


def _mixture(
    data: RecheckInputs, flows: list[Inflow], before: Shares, plants: Collection[str], every_plant: bool
) -> Mixture:
    """Add up what comes into a pool, which was of shares known `before` in its stock: many plants of a stage take from
    the same pools."""
    found = Mixture(sum(flow.tonnes for flow in flows))
    for flow in flows if found.tonnes > 0 else ():
        stage = data.plant_stages.get(flow.plant, "")
        begins = every_plant and stage == "recycler"
        for source, part in () if begins else flow.sources:
            found.sources[source, flow.plant if every_plant else stage] += flow.tonnes / found.tonnes * part
        for p, v in before.items() if flow.drawn else ():
            found.own[p] += flow.tonnes / found.tonnes * v
        if flow.plant in plants:
            found.own[flow.plant] += flow.tonnes / found.tonnes
    return found


def _mean(mixture: Mixture, shares: dict[Pool, Shares], takers: dict[str, str]) -> Shares:
    """Return the shares of a pool by those of its sources; `takers` has the plant, or its stage, that counts anew."""
    found = dict(mixture.own)
    for (source, taker), part in mixture.sources.items():
        for p, v in shares.get(source, {}).items():
            if takers[p] != taker:
                found[p] = found.get(p, 0.0) + part * v
    return found
