"""Targets in words: their names, since when they are met, and which of them bind in which years."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.reports.display import REGIONS, names
from didymium.reports.names import row_name
from didymium.reports.numbers import NOISE, probability
from didymium.reports.rule_names import good_in_words
from didymium.results.deliveries import TargetRow

FLOOR = "min_china_free_share"  # the kind of target that asks for at least so much
LISTED = 4  # missed targets that a sentence names
BINDING = 8  # binding targets that a sentence names
NEAR = 1e-6  # of what is counted against; a target that is reached so nearly has nothing to spare


@dataclass(frozen=True, slots=True)
class TargetResult:
    """The result for one target: the first year from which it is always met on every branch (None: never), the number
    of years missed on any branch, and the expected shortfall, t."""

    target: str
    met_from: int | None
    years_missed: int
    shortfall_t: float


def targets_met(plan: Answer) -> list[TargetResult]:
    """Return the result for every target, in the order of the sheet."""
    chance = probability(plan)
    found = []
    for target, rows in _by_target(plan).items():
        short = [r for r in rows if r["miss_t"] > 0]
        last = max((r["year"] for r in short), default=0)
        after = [r["year"] for r in rows if r["year"] > last]
        tonnes = sum(chance[r["branch"], r["year"]] * r["miss_t"] for r in short)
        found.append(TargetResult(target, min(after, default=None), len({r["year"] for r in short}), tonnes))
    return found


def target_names(plan: Answer) -> dict[str, str]:
    """Return the name of every target: that of the input, or what it asks for, as `mine: China-free, all demand`;
    with its id in words where two ask for the same."""
    known = plan.source.ids("Targets.target")
    found = {
        target: (target in known and row_name(known[target])) or _words(plan, rows[0])
        for target, rows in _by_target(plan).items()
    }
    same = Counter(found.values())
    return {target: f"{name} ({words_of(target)})" if same[name] > 1 else name for target, name in found.items()}


def is_floor(row: TargetRow) -> bool:
    """Return whether a target asks for a share of at least so much; the others, of at most so much."""
    return row["type"] == FLOOR


def met(plan: Answer) -> str:
    """Return how many targets are met, and since when."""
    targets = targets_met(plan)
    missed = [t for t in targets if t.years_missed]
    if not targets:
        return "No targets are set."
    first = max(rows[0]["year"] for rows in _by_target(plan).values())
    if not missed:
        if len(targets) == 1:
            return f"The target is met in every year in which it applies, from {first} on."
        return f"All {len(targets)} targets are met in every year in which they apply; the last begins in {first}."
    by_id = target_names(plan)
    listed = "; ".join(
        f"{by_id[t.target]} {'never' if t.met_from is None else f'from {t.met_from} on'}" for t in missed[:LISTED]
    )
    years = [t.met_from for t in targets if t.met_from is not None]
    of_all = f" All are met from {max(years)} on." if len(years) == len(targets) else ""
    return (
        f"{len(targets) - len(missed)} of {len(targets)} targets are met in every year; of the others:"
        f" {listed}{'; ...' if len(missed) > LISTED else ''}.{of_all}"
    )


def binding(plan: Answer) -> list[str]:
    """Return which targets bind, and in which years, on any branch."""
    found = {target: years for target, rows in _by_target(plan).items() if (years := _binding_years(rows))}
    if not plan.tables["targets"]:
        return []
    if not found:
        return ["No target binds: the plan does more than each asks for."]
    listed = _alike({target: (name, found[target]) for target, name in target_names(plan).items() if target in found})
    named = "; ".join(f"{name} ({_spans(years, plan)})" for name, years in listed[:BINDING])
    more = f"; and {len(listed) - BINDING} more (sheet Targets)" if len(listed) > BINDING else ""
    return [f"Targets that bind (missed, just reached, or a stricter one would cost more): {named}{more}."]


def _alike(found: Mapping[str, tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """Return names and years, one for targets that ask the same of several stages in the same years: `mine, metal:
    China-free, all demand`."""
    groups: dict[tuple[str, tuple[int, ...]], list[str]] = defaultdict(list)
    for name, years in found.values():
        first, colon, rest = name.rpartition(": ")
        groups[colon + rest, tuple(years)].append(first)
    return [(", ".join(firsts) + rest, list(years)) for (rest, years), firsts in groups.items()]


def binds(row: TargetRow) -> bool:
    """Return whether a target binds in a node: it is missed, a point more costs something with the build-out fixed, or
    it is just reached. A share of all, or of nothing, is always just reached: there the cost alone tells, if known."""
    of_a_point = row["marginal_cost_of_a_point_with_build_out_fixed_musd_per_year"]
    if row["miss_t"] > 0 or (of_a_point or 0.0) > NOISE:
        return True
    required, base = row["asked_percent"], row["base_t"]
    spare = abs(required / 100 * base - row["counted_t"])
    asks = required > 0 if is_floor(row) else required < 100
    inside = 0 < required < 100 or of_a_point is None
    return base > NOISE and asks and inside and spare <= NEAR * max(1.0, base)


def _by_target(plan: Answer) -> dict[str, list[TargetRow]]:
    found: dict[str, list[TargetRow]] = defaultdict(list)
    for row in plan.tables["targets"]:
        found[row["target"]].append(row)
    return {target: sorted(rows, key=lambda r: r["year"]) for target, rows in found.items()}


def _words(plan: Answer, row: TargetRow) -> str:
    """What a target asks for, in words."""
    region = names(plan.source, REGIONS).get(row["region"], words_of(row["region"]))
    if is_floor(row):
        whose = "all demand" if row["segment"] == "*" else words_of(row["segment"])
        return f"{row['stage']}: China-free, {whose}{'' if row['region'] == '*' else f' of {region}'}"
    if row["type"] == "max_region_share":
        return f"{row['stage']}: share of {region}"
    seller = "China" if row["type"] == "max_china_import_share" else words_of(row["supplier"])
    return f"{good_in_words(plan.source, row['commodity'])}: bought from {seller}"


def _binding_years(rows: Sequence[TargetRow]) -> list[int]:
    return sorted({r["year"] for r in rows if binds(r)})


def _spans(years: Sequence[int], plan: Answer) -> str:
    """Return years in words, those that follow each other in the plan together: `2028, 2030 to 2040`."""
    modelled = sorted({r["year"] for r in plan.tables["costs"]})
    spans: list[list[int]] = []
    for year in years:
        if spans and modelled.index(spans[-1][-1]) + 1 == modelled.index(year):
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]} to {s[-1]}" for s in spans)
