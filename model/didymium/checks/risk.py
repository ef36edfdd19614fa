"""Risk: scenarios and their parents, when shocks act, and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.magnitude.finding import CONFIRM
from didymium.errors import ERROR, WARNING, Problem
from didymium.tables.rows import Row, Tables


def probabilities_sum_to_100(tables: Tables) -> Iterator[Problem]:
    """Yield an error where the probabilities of the scenarios do not sum to 100."""
    rows = tables["Scenarios"]
    if rows and not any(row.unread for row in rows):
        total = sum(row.num("probability_percent") for row in rows)
        if abs(total - 100) > 0.01:
            yield Problem("Scenarios", f"the probabilities sum to {total:g}; they must sum to 100")


def there_is_one_base(tables: Tables) -> Iterator[Problem]:
    """Yield an error where there is no base scenario, or more than one."""
    rows = tables["Scenarios"]
    if any(row.unread for row in rows):
        return
    base = [row for row in rows if row["reveal_year"] is None]
    if rows and not base:
        yield Problem("Scenarios", "there is no base scenario; leave the reveal_year of one of them empty")
    for row in base[1:]:
        yield row.problem(
            "reveal_year",
            f"{row['scenario']} and {base[0]['scenario']} both have no reveal_year; only the base has none",
        )


def reveals_fall_in_the_plan(tables: Tables) -> Iterator[Problem]:
    """Yield the reveal years outside the plan: before it an error, after it a warning."""
    for row in tables.sound("Scenarios"):
        year = row["reveal_year"]
        if year is None or not tables.years or year in tables.years:
            continue
        late = row.integer("reveal_year") > tables.years[-1]
        message = f"reveal_year {year} lies outside the plan, {tables.years[0]} to {tables.years[-1]}"
        yield row.problem(
            "reveal_year",
            message + ("; the scenario never differs from the one it leaves" if late else ""),
            WARNING if late else ERROR,
        )


def parents_come_before(tables: Tables) -> Iterator[Problem]:
    """A scenario leaves one that is revealed before it; the base leaves none and is never impossible."""
    rows = tables.ids("Scenarios.scenario")
    for name, row in rows.items():
        if row.unread:
            continue
        parent = rows.get(row.text("parent"))
        if row["reveal_year"] is None:
            if row["parent"] is not None:
                yield row.problem(
                    "parent", f"{name} is the base and parts from no other; clear the cell, or give its reveal_year"
                )
            if row.num("probability_percent") == 0:
                yield row.problem("probability_percent", "the base must be likelier than 0 %")
        elif (
            parent is not None
            and not parent.unread
            and parent["reveal_year"] is not None
            and parent.integer("reveal_year") >= row.integer("reveal_year")
        ):
            message = (
                f"its parent {row['parent']} is revealed in {parent['reveal_year']}, which is not before"
                f" {row['reveal_year']}"
            )
            yield row.problem("parent", message)


def parents_shocks_are_repeated(tables: Tables) -> Iterator[Problem]:
    """What hits a parent before and after a child's reveal ends for the child unless its own rows repeat it."""
    rows = {name: row for name, row in tables.ids("Scenarios.scenario").items() if not row.unread}
    base = next((name for name, row in rows.items() if row["reveal_year"] is None), None)
    shocks = list(tables.sound("Shocks"))
    for shock in shocks:
        lost = []
        for name, row in rows.items():
            reveal = row["reveal_year"]
            if (
                reveal is None
                or (row["parent"] or base) != shock["scenario"]
                or not tables.years
                or reveal not in tables.years
            ):
                continue
            start, end = shock["from_year"], shock["to_year"]
            spans = (start is None or int(str(start)) < int(str(reveal))) and (
                end is None or int(str(end)) >= int(str(reveal))
            )
            if spans and not any(_repeats(other, name, shock) for other in shocks):
                lost.append(f"{name} ({reveal})")
        if lost:
            yield shock.problem(
                "kind",
                f"ends for {', '.join(lost)} at the reveal: repeat the row for the scenario if it goes on",
                WARNING,
            )


_WHAT = ("kind", "stage", "commodity", "region", "project", "segment", "item")


def _repeats(row: Row, scenario: str, shock: Row) -> bool:
    return row["scenario"] == scenario and all(row[c] == shock[c] for c in _WHAT)


def shocks_follow_their_reveal(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each shock that begins before its scenario is revealed, or ends before it begins."""
    reveals = {name: row["reveal_year"] for name, row in tables.ids("Scenarios.scenario").items() if not row.unread}
    for row in tables.sound("Shocks"):
        start, end, reveal = row["from_year"], row["to_year"], reveals.get(row.text("scenario"))
        if start is not None and reveal is not None and row.integer("from_year") < int(str(reveal)):
            yield row.problem("from_year", f"{start} is before {row['scenario']} is revealed, {reveal}")
        if start is not None and end is not None and row.integer("from_year") > row.integer("to_year"):
            yield row.problem("to_year", f"{end} is before from_year, {start}")


_OWN = {"from_year", "to_year", "value"}  # columns of a shock that do not tell what it hits


def shocks_do_not_repeat(tables: Tables) -> Iterator[Problem]:
    """Two shocks of one scenario that hit the same in the same year both act: a row copied by mistake acts twice."""
    seen: dict[tuple[str, ...], list[Row]] = {}
    for row in tables.sound("Shocks"):
        same = seen.setdefault(tuple(row.text(c) for c in row.values if c not in _OWN), [])
        before = next((other for other in same if _overlap(row, other)), None)
        if before and not row.confirmed and row["kind"] != "outage":
            values = (
                (before.num("value"), row.num("value"))
                if row["value"] is not None and before["value"] is not None
                else ()
            )
            yield row.problem(
                "kind",
                f"hits the same as row {before.number} in the same years; {_both(row.text('kind'), values)}{CONFIRM}",
                WARNING,
            )
        same.append(row)


def _overlap(a: Row, b: Row) -> bool:
    """Do two shocks act in a year that both have? A blank end is open."""
    return all(
        x is None or y is None or int(str(x)) <= int(str(y))
        for x, y in ((a["from_year"], b["to_year"]), (b["from_year"], a["to_year"]))
    )


def _both(kind: str, values: tuple[float, ...]) -> str:
    """What two shocks of a kind come to together."""
    if kind in ("delay", "tariff"):
        return f"the two are added{': ' + ' + '.join(f'{v:g}' for v in values) if values else ''}"
    return (
        "their factors"
        f" multiply{': ' + ' x '.join(f'{v:g}' for v in values) + f' = {values[0] * values[1]:.4g}' if values else ''}"
    )


def ranges_are_in_order(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each range of Uncertainty whose figures are not in order."""
    for row in tables.sound("Uncertainty"):
        kind, low, high, likely = row["kind"], row.num("low"), row.num("high"), row["likely"]
        if low > high:
            yield row.problem("high", f"{high:g} is below low, {low:g}")
        elif likely is not None and not low <= row.num("likely") <= high:
            yield row.problem("likely", f"{likely:g} does not lie between low and high, {low:g} and {high:g}")
        if kind == "outage" and high > 100:
            yield row.problem("high", f"{high:g} % of years; an outage takes 100 % of them at most")


CHECKS = (
    probabilities_sum_to_100,
    there_is_one_base,
    reveals_fall_in_the_plan,
    parents_come_before,
    parents_shocks_are_repeated,
    shocks_follow_their_reveal,
    shocks_do_not_repeat,
    ranges_are_in_order,
)
