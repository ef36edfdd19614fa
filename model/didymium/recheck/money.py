"""Rule 13: public money within the shares and reach of its instruments and the budgets of governments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from didymium.recheck import yearly
from didymium.recheck.inputs import Breach, Place, RecheckInputs, excess, num
from didymium.recheck.rule import rechecks
from didymium.tables.rows import Row


@rechecks("13 public money")
def public_money(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 13 (instrument_share, public_share, budget)."""
    yield from instrument_share(data)
    yield from public_share(data)
    yield from budget(data)


def instrument_share(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 13: an instrument pays at most its share of the overnight capex of a decision, and only for its projects."""
    for name, place, instrument, money in _supports(data):
        project, overnight = data.projects[name], data.overnight_of(name, place)
        maximum = instrument.num("max_share_percent") / 100 * overnight
        where = f"{name} {place} {instrument['instrument']}"
        yield excess(where, max(money - maximum, -money), overnight)
        selected = (("stages", project.text("stage")), ("regions", project.text("region")), ("projects", name))
        eligible = all({"*", value} & set(instrument.list(column)) for column, value in selected)
        yield excess(where, 0.0 if eligible else money, money)


def public_share(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 13: all public money is at most a share of the overnight capex of a decision."""
    by_decision: dict[tuple[str, Place], float] = defaultdict(float)
    for name, place, _, money in _supports(data):
        by_decision[name, place] += money
    maximum = data.number_setting("max_public_share_percent") / 100
    for (name, place), money in by_decision.items():
        overnight = data.overnight_of(name, place)
        yield excess(f"{name} {place}", money - maximum * overnight, overnight)


def budget(data: RecheckInputs) -> Iterator[Breach]:
    """Rule 13: a government spends along a path at most what its budgets have made available by then."""
    spent: dict[tuple[str, Place], float] = defaultdict(float)
    for _, place, instrument, money in _supports(data):
        spent[instrument.text("government"), place] += money
    for government in {name for name, _ in spent}:
        for place in data.places:
            available = yearly.available(data, government, place)
            if available is not None:
                total = sum(spent.get((government, at), 0.0) for at in data.before(place))
                yield excess(f"{government} {place}", total - available, available)


def _supports(data: RecheckInputs) -> Iterator[tuple[str, Place, Row, float]]:
    """Yield every support of the plan: project, node of the decision, instrument and M USD."""
    instruments = data.ids("Finance.instrument") if data.tables["Finance"] else {}
    for row in data.plan["finance"]:
        place = (str(row["branch"]), int(num(row, "decision_year")))
        yield str(row["project"]), place, instruments[str(row["instrument"])], num(row, "support_musd")
