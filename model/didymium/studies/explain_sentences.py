"""A candidate of a plan explained in words: why it is in the plan or not, at which price it enters, what changes."""

from __future__ import annotations

from didymium.reports.display import names
from didymium.reports.names import listed
from didymium.reports.numbers import rounded
from didymium.reports.rule_names import good_in_words, offer_in_words
from didymium.studies.alternatives_rows import costs_in_words, more_than_best
from didymium.studies.entry_floors import Floor
from didymium.studies.entry_prices import Price
from didymium.studies.explain import Changes, Explanation, Reason

USD = 1e6  # in a M USD
MAX_NAMES = 4  # projects that a sentence names at most
NEAR_MARKET = 3.0  # times the market price up to which a price floor is worth naming


def is_decided(explained: Explanation, reason: Reason) -> bool:
    """Return whether it is proven that the way which the cheapest plan found does not take costs something, or that it
    costs nothing."""
    costs = explained.found.cost_of(reason.entry, not reason.entry.built)
    small = 1e-7 * max(1.0, abs(explained.found.cost))
    return costs is None or costs[0] > small or (costs[1] is not None and costs[1] <= small)


def sentence(explained: Explanation, reason: Reason) -> str:
    """Return why a candidate is in the plan of the result or not, in a sentence that is true within the gap."""
    found, entry = explained.found, reason.entry
    where = "In the plan" if reason.in_plan else "Not in the plan"
    if reason.in_plan is not entry.built:
        other = "builds it" if entry.built else "leaves it out"
        return f"{where}; the cheaper plan found {other}: {costs_in_words(found, entry, reason.in_plan)}."
    if is_decided(explained, reason):
        return f"{where}: {costs_in_words(found, entry, not entry.built)}.{_entry(explained, reason)}"
    more = more_than_best(found, entry.side(not entry.built).found)
    what, other = ("to forbid it", "without") if entry.built else ("to force it in", "with")
    high = (found.cost_of(entry, not entry.built) or (None, None))[1]
    if high is None or more is None:
        return f"{where}, but the gap does not decide this: what it costs {what} is not known."
    return (
        f"{where}, but the gap does not decide this: the cheapest plan found {other} it costs {rounded(more)} M USD"
        f" more, and {what} costs at most {rounded(high)} M USD.{_entry(explained, reason)}"
    )


def _entry(explained: Explanation, reason: Reason) -> str:
    """The prices at which it enters, where it is not in the plan: as proven, else against the best plan found. Where
    the gap does not decide its cost, a proven price is that of the whole gap, and tells little of the project."""
    if reason.cut is not None and reason.cut.low > 1:
        return " It would not enter even if its capex were 0."
    decided = is_decided(explained, reason)
    proven = _prices(explained, reason, proven=True) if decided else []
    if proven:
        return f" It enters {', or '.join(proven)}."
    plan = "The cheapest plan found with it" if decided else "That plan"
    idle = reason.changes is not None and not reason.changes.runs and not reason.in_plan
    parts = [f"{plan} builds it and does not run it"] if idle else []
    if price := _against_the_best(explained, reason):
        parts.append(f"{'it' if idle else plan} would cost {price}")
    return f" {'; '.join(parts)}." if parts else ""


def _against_the_best(explained: Explanation, reason: Reason) -> str:
    """At which price the cheapest plan found with it costs no more than the best one, in words; empty where no price
    is known."""
    prices = ", or ".join(_prices(explained, reason, proven=False))
    if _is_too_dear(reason):
        but = f", but no more {prices}" if prices else ""
        return f"more than the cheapest one found even without its capex{but}"
    return f"no more than the cheapest one found {prices}" if prices else ""


def _is_too_dear(reason: Reason) -> bool:
    """Whether the cheapest plan found with it costs more than the best one even without its capex."""
    return reason.cut is not None and reason.cut.found is not None and reason.cut.found > 1


def _prices(explained: Explanation, reason: Reason, proven: bool) -> list[str]:
    """A cut and a premium in words, as far as they are known and can be."""
    overnight = explained.found.inputs.case.projects[reason.entry.candidate.name].overnight
    parts = []
    ends = _ends(reason.cut, proven)
    if ends and 0 < ends[1] <= 1 and overnight > 0:
        percent, grant = (
            _between(unit * ends[0], unit * ends[1], word) for unit, word in ((100, "%"), (overnight, "M USD"))
        )
        parts.append(f"at a capex lower by {percent} (a grant of {grant} a module)")
    ends = _ends(reason.premium, proven)
    if ends and ends[1] > 0:
        floor = _floor_in_words(explained, reason, ends)
        parts.append(f"at a premium of {_between(USD * ends[0], USD * ends[1], 'USD')} on each tonne{floor}")
    return parts


def _floor_in_words(explained: Explanation, reason: Reason, premium: tuple[float, float]) -> str:
    """The price floor that a premium is worth, where the plant has a good with a market price. One far above that
    price is named only where solves verified the premium."""
    floor = reason.floor
    if floor is None:
        return ""
    good, near = _good(explained, reason, floor), NEAR_MARKET * floor.market
    low, high = (floor.at(USD * end) for end in premium)
    if high <= near or (reason.premium is not None and reason.premium.verified):
        price = f"at most {rounded(high)} USD" if premium[0] <= 0 else _between(low, high, "USD")
        return (
            f" (a price floor for its {good} of {price} a tonne in {floor.year}, where the market price is"
            f" {rounded(floor.market)} USD)"
        )
    if low <= near:
        return ""
    return (
        f" (no price floor near the market price of its {good}, {rounded(floor.market)} USD a tonne in {floor.year},"
        " is worth as much)"
    )


def _good(explained: Explanation, reason: Reason, floor: Floor) -> str:
    ore = floor.commodity in reason.entry.candidate.projects
    return "ore" if ore else good_in_words(explained.found.inputs.source, floor.commodity)


def floor_cell(explained: Explanation, reason: Reason) -> str:
    """Return the price floor that the proven premium is worth, else that of the cheapest plan found with it, as a cell
    has it."""
    for proven in (True, False):
        ends = _ends(reason.premium, proven)
        if ends is not None and (text := _floor_in_words(explained, reason, ends)):
            which = "" if proven else " that equals the best plan found"
            return text.strip(" ()").replace("is worth as much", f"is worth as much as the premium{which}")
    return ""


def _ends(price: Price | None, proven: bool) -> tuple[float, float] | None:
    if price is None:
        return None
    if not proven:
        return None if price.found is None else (price.found, price.found)
    return None if price.high is None else (price.low, price.high)


def _between(low: float, high: float, unit: str) -> str:
    """A price that is known, or from its least to its most."""
    if high - low <= 0.02 * max(abs(high), 1e-9):
        return f"{rounded(high)} {unit}"
    if low <= 0:
        return f"at most {rounded(high)} {unit}"
    return f"{rounded(low)} to {rounded(high)} {unit}"


def changes_in_words(explained: Explanation, changes: Changes | None) -> str:
    """Return what the other plan does otherwise, in words."""
    if changes is None:
        return ""
    source = explained.found.inputs.source
    known = names(source)
    parts = [] if changes.runs else ["it is built, and runs in no year"]
    for projects, words in ((changes.leaves, "leaves"), (changes.enters, "enters")):
        if projects:
            verb = words if len(projects) == 1 else words.removesuffix("s")
            parts.append(f"{listed([known.get(p, p) for p in projects], MAX_NAMES)} {verb}")
    for offer, tonnes in changes.bought:
        more = "more" if tonnes > 0 else "less"
        parts.append(f"{rounded(abs(tonnes))} t {more} {offer_in_words(source, offer)}")
    return "; ".join(parts)
