"""What demand gets: the tables Demand and Origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from didymium.case.case import FREE_BELOW
from didymium.engine.matrix import Floats
from didymium.engine.solve import Solution
from didymium.plan.content import Content, content
from didymium.plan.mixing import Mixture
from didymium.plan.rows import ORIGIN_LEVELS, number, place_of, without_noise
from didymium.results import as_row
from didymium.results.deliveries import DemandRow, OriginRow


def demand(s: Solution) -> Iterator[DemandRow]:
    """Yield every demand row: what was wanted, at which origin level it was met, and what was short, t a year."""
    for d, n in s.net.shorts:
        row, node = s.net.case.demands[d], s.net.tree.nodes[n]
        served = [without_noise(s.values.get("serve", {}).get((d, k, n), 0.0)) for k in ORIGIN_LEVELS]
        yield {
            **place_of(node),
            "demand": d,
            "region": row.region,
            "segment": row.segment,
            "commodity": row.commodity,
            "wanted_t": s.net.tree.demand(row, node),
            "level_0_t": served[0],
            "level_1_t": served[1],
            "level_2_t": served[2],
            "level_3_t": served[3],
            "level_4_t": served[4],
            "designed_out_t": without_noise(s.values.get("substitution", {}).get((d, n), 0.0)),
            "short_t": without_noise(s.values["short"][d, n]),
            "probability": node.probability,
        }


SUMMED = (
    *(f"level_{k}_t" for k in ORIGIN_LEVELS),
    "designed_out_t",
    "short_t",
    *(f"content_free_{stage}_t" for stage in FREE_BELOW),
)
"""What Origin tells in percent of what is wanted, in its order."""


def origin(s: Solution, mixtures: Mapping[str, Mixture]) -> Iterator[OriginRow]:
    """Yield the origin level of what each region and segment received, and how much of its content is China-free, both
    in percent of what it wanted.

    By content a tonne delivered counts by the share of its rare earths that is China-free at the stage (see
    plan.content).
    """
    total: dict[tuple[str, int, str, str], Floats] = defaultdict(lambda: np.zeros(1 + len(SUMMED)))
    contents = content(s, mixtures)
    at = {(n.scenario, n.year): n.name for n in s.net.tree.nodes.values()}
    for row in demand(s):
        branch, year, region, segment = row["branch"], row["year"], row["region"], row["segment"]
        tonnes = {**row, **_free_by_content(row, contents[at[branch, year]])}
        amounts = np.array([number(tonnes, name) for name in ("wanted_t", *SUMMED)])
        for key in ((region, segment), (region, "*"), ("*", segment), ("*", "*")):
            total[branch, year, *key] += amounts
    for (branch, year, region, segment), sums in total.items():
        wanted, *others = sums.tolist()
        where = {"branch": branch, "year": year, "region": region, "segment": segment, "wanted_t": wanted}
        percents = {
            name.replace("_t", "_percent"): 100 * tonnes / wanted for name, tonnes in zip(SUMMED, others, strict=True)
        }
        yield as_row(OriginRow, {**where, **percents})


def _free_by_content(row: DemandRow, shares: Content) -> dict[str, float]:
    """Return the tonnes of a row of Demand that are China-free by content at each stage; what is designed out counts in
    full."""
    place = (row["region"], row["commodity"])
    delivered = {k: tonnes for k in ORIGIN_LEVELS if (tonnes := number(row, f"level_{k}_t"))}
    return {
        f"content_free_{stage}_t": row["designed_out_t"]
        + sum(tonnes * shares.share(stage, (*place, k)) for k, tonnes in delivered.items())
        for stage in FREE_BELOW
    }
