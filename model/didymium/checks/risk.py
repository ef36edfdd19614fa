"""Risk: scenarios, their shocks, and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.guard import needs_all
from didymium.checks.magnitude.finding import CONFIRM
from didymium.errors import ERROR, WARNING, Problem
from didymium.tables.rows import Row, Tables
from didymium.tables.schema.words import ROUTE_STAGES, STAGES

_OFFER = {"stage", "commodity", "region"}
_PLANT = {"stage", "region", "project"}
SELECTORS: dict[str, set[str]] = {
    "china_limit": _OFFER,
    "china_price": _OFFER,
    "import_limit": _OFFER,
    "import_price": _OFFER,
    "demand": {"commodity", "region", "segment"},
    "capex": _PLANT,
    "delay": _PLANT,
    "outage": _PLANT,
}


def probabilities_sum_to_100(tables: Tables) -> Iterator[Problem]:
    rows = tables["Scenarios"]
    if rows and not any(row.unread for row in rows):
        total = sum(row.num("probability_percent") for row in rows)
        if abs(total - 100) > 0.01:
            yield Problem("Scenarios", f"the probabilities sum to {total:g}; they must sum to 100")


def there_is_one_base(tables: Tables) -> Iterator[Problem]:
    rows = tables["Scenarios"]
    if any(row.unread for row in rows):
        return
    base = [row for row in rows if row["reveal_year"] is None]
    if rows and not base:
        yield Problem("Scenarios", "there is no base scenario; leave the reveal_year of one of them empty")
    for row in base[1:]:
        yield row.problem("reveal_year", f"{row['scenario']} and {base[0]['scenario']} both have no reveal_year; only the base has none")


def reveals_fall_in_the_plan(tables: Tables) -> Iterator[Problem]:
    for row in tables.sound("Scenarios"):
        year = row["reveal_year"]
        if year is None or not tables.years or year in tables.years:
            continue
        late = row.whole("reveal_year") > tables.years[-1]
        said = f"reveal_year {year} lies outside the plan, {tables.years[0]} to {tables.years[-1]}"
        yield row.problem("reveal_year", said + ("; the scenario never differs from the base" if late else ""), WARNING if late else ERROR)


def shocks_select_what_their_kind_has(tables: Tables) -> Iterator[Problem]:
    for row in (*tables.sound("Shocks"), *tables.sound("Uncertainty")):
        kind, what = row.text("kind"), "shock" if row.sheet == "Shocks" else "range"
        for column in ("stage", "commodity", "region", "project", "segment"):
            if column not in SELECTORS[kind] and row[column] != "*":
                yield row.problem(column, f"a {what} of kind {kind} has no {column}; write *")
        stages = ROUTE_STAGES if SELECTORS[kind] is _OFFER else STAGES
        if "stage" in SELECTORS[kind] and row["stage"] not in {"*", *stages}:
            yield row.problem("stage", f"{row['stage']!r} is no stage of what {kind} acts on; write *, {', '.join(stages)}")


def shocks_follow_their_reveal(tables: Tables) -> Iterator[Problem]:
    reveals = {name: row["reveal_year"] for name, row in tables.ids("Scenarios.scenario").items() if not row.unread}
    for row in tables.sound("Shocks"):
        start, end, reveal = row["from_year"], row["to_year"], reveals.get(row.text("scenario"))
        if start is not None and reveal is not None and row.whole("from_year") < int(str(reveal)):
            yield row.problem("from_year", f"{start} is before {row['scenario']} is revealed, {reveal}")
        if start is not None and end is not None and row.whole("from_year") > row.whole("to_year"):
            yield row.problem("to_year", f"{end} is before from_year, {start}")


_OWN = {"from_year", "to_year", "value"}  # columns of a shock that do not tell what it hits


def shocks_do_not_repeat(tables: Tables) -> Iterator[Problem]:
    """Two shocks of one scenario that hit the same in the same year both act: a row copied by mistake acts twice."""
    seen: dict[tuple[str, ...], list[Row]] = {}
    for row in tables.sound("Shocks"):
        same = seen.setdefault(tuple(row.text(c) for c in row.values if c not in _OWN), [])
        before = next((other for other in same if _overlap(row, other)), None)
        if before and not row.confirmed and row["kind"] != "outage":
            values = (before.num("value"), row.num("value")) if row["value"] is not None and before["value"] is not None else ()
            yield row.problem("kind", f"hits the same as row {before.number} in the same years; {_both(row.text('kind'), values)}{CONFIRM}", WARNING)
        same.append(row)


def _overlap(a: Row, b: Row) -> bool:
    """Do two shocks act in a year that both have? A blank end is open."""
    return all(x is None or y is None or int(str(x)) <= int(str(y)) for x, y in ((a["from_year"], b["to_year"]), (b["from_year"], a["to_year"])))


def _both(kind: str, values: tuple[float, ...]) -> str:
    """What two shocks of a kind come to together."""
    if kind in ("delay", "tariff"):
        return f"the two are added{': ' + ' + '.join(f'{v:g}' for v in values) if values else ''}"
    return f"their factors multiply{': ' + ' x '.join(f'{v:g}' for v in values) + f' = {values[0] * values[1]:.4g}' if values else ''}"


def shock_values_make_sense(tables: Tables) -> Iterator[Problem]:
    for row in tables.sound("Shocks"):
        kind, value = row["kind"], row.num("value")
        if kind == "delay" and value != int(value):
            yield row.problem("value", f"a delay of {value:g} years; write whole years")
        if kind == "outage" and value != 1:
            yield row.problem("value", f"an outage takes all capacity away whatever its value ({value:g}); write 1", WARNING)


def ranges_are_in_order(tables: Tables) -> Iterator[Problem]:
    for row in tables.sound("Uncertainty"):
        kind, low, high, likely = row["kind"], row.num("low"), row.num("high"), row["likely"]
        if low > high:
            yield row.problem("high", f"{high:g} is below low, {low:g}")
        elif likely is not None and not low <= row.num("likely") <= high:
            yield row.problem("likely", f"{likely:g} does not lie between low and high, {low:g} and {high:g}")
        if kind == "outage" and high > 100:
            yield row.problem("high", f"{high:g} % of years; an outage takes 100 % of them at most")


def hits_nothing(tables: Tables) -> Iterator[Row]:
    """The shocks and ranges that no offer, demand or plant of the case is hit by."""
    stages = {name: row.text("stage") for name, row in tables.ids("Commodities.commodity").items()}
    stages = {**dict.fromkeys(tables.ids("Concentrates"), "mine"), **dict.fromkeys(tables.ids("Mixed"), "refinery"), **stages}
    offers = [
        (bool(r["china"]), {"commodity": r.text("commodity"), "region": r.text("destination"), "stage": stages.get(r.text("commodity"), "")})
        for r in tables.sound("Imports")
    ]
    demands = [{c: r.text(c) for c in ("region", "segment", "commodity")} for r in tables.sound("Demand")]
    plants = [{c: r.text(c) for c in ("project", "stage", "region")} for r in tables.sound("Projects")]
    for row in (*tables.sound("Shocks"), *tables.sound("Uncertainty")):
        kind = row.text("kind")
        if SELECTORS[kind] is _OFFER:
            there = [names for china, names in offers if china or kind.startswith("import")]
        else:
            there = demands if kind == "demand" else plants
        if not any(all(row[c] in ("*", name) for c, name in names.items()) for names in there):
            yield row


@needs_all
def shocks_hit_something(tables: Tables) -> Iterator[Problem]:
    for row in hits_nothing(tables):
        what = "offer" if SELECTORS[row.text("kind")] is _OFFER else "demand" if row["kind"] == "demand" else "plant"
        yield row.problem("kind", f"hits nothing: the case has no {what} that this {row['kind']} selects", WARNING)


CHECKS = (
    probabilities_sum_to_100,
    there_is_one_base,
    reveals_fall_in_the_plan,
    shocks_select_what_their_kind_has,
    shocks_follow_their_reveal,
    shocks_do_not_repeat,
    shock_values_make_sense,
    ranges_are_in_order,
    shocks_hit_something,
)
