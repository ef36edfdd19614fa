"""What demand gets: the tables Demand and Origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.case.case import FREE_BELOW
from didymium.engine.solve import Solution
from didymium.plan.content import Content, content
from didymium.plan.rows import ORIGIN_LEVELS, Record, place_of, without_noise


def demand(s: Solution) -> Iterator[Record]:
    """Yield every demand row: what was wanted, at which origin level it was met, and what was short, t a year."""
    for d, n in s.net.shorts:
        row, node = s.net.case.demands[d], s.net.tree.nodes[n]
        served = {
            origin_level: s.values.get("serve", {}).get((d, origin_level, n), 0.0) for origin_level in ORIGIN_LEVELS
        }
        yield {
            **place_of(node),
            "demand": d,
            "region": row.region,
            "segment": row.segment,
            "commodity": row.commodity,
            "wanted_t": s.net.tree.demand(row, node),
            **{f"level_{origin_level}_t": without_noise(tonnes) for origin_level, tonnes in served.items()},
            "designed_out_t": without_noise(s.values.get("substitution", {}).get((d, n), 0.0)),
            "short_t": without_noise(s.values["short"][d, n]),
            "probability": node.probability,
        }


def origin(s: Solution) -> Iterator[Record]:
    """Yield the origin level of what each region and segment received, and how much of its content is China-free, both
    in percent of what it wanted.

    By content a tonne delivered counts by the share of its rare earths that is China-free at the stage (see
    plan.content).
    """
    total: dict[tuple[object, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    names = [f"level_{origin_level}_t" for origin_level in ORIGIN_LEVELS] + [
        "designed_out_t",
        "short_t",
        *(f"content_free_{stage}_t" for stage in FREE_BELOW),
        "wanted_t",
    ]
    contents = content(s)
    at = {(n.scenario, n.year): n.name for n in s.net.tree.nodes.values()}
    for row in demand(s):
        row |= _free_by_content(row, contents[at[str(row["branch"]), int(str(row["year"]))]])
        for key in ((row["region"], row["segment"]), (row["region"], "*"), ("*", row["segment"]), ("*", "*")):
            for name in names:
                total[row["branch"], row["year"], *key][name] += float(str(row[name]))
    for (branch, year, region, segment), sums in total.items():
        percents = {name.replace("_t", "_percent"): 100 * sums[name] / sums["wanted_t"] for name in names[:-1]}
        yield {
            "branch": branch,
            "year": year,
            "region": region,
            "segment": segment,
            "wanted_t": sums["wanted_t"],
            **percents,
        }


def _free_by_content(row: Record, shares: Content) -> Record:
    """Return the tonnes of a row of Demand that are China-free by content at each stage; what is designed out counts in
    full."""
    return {
        f"content_free_{stage}_t": (
            float(str(row["designed_out_t"]))
            + sum(
                tonnes * shares[stage, (str(row["region"]), str(row["commodity"]), k)]
                for k in ORIGIN_LEVELS
                if (tonnes := float(str(row[f"level_{k}_t"])))
            )
        )
        for stage in FREE_BELOW
    }
