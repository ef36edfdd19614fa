"""What a plan with milestones cannot see: between two of them figures count in the mean and nothing is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from didymium.errors import WARNING, Problem
from didymium.tables.cells import Unreadable
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Row, Tables
from didymium.tables.schema import SHEETS

FAR = 1.02  # times by which a figure may change within a span before it is reported
SUMS = ("decisions", "capex_musd")  # limits that hold for the sum over a span
COMBINED_DELAYS = 4  # shocks of delay that are combined with one another
Happening = tuple[Row, str | int, set[int]]
"""A row, its column, and the years between milestones in which something happens by it."""
Event = tuple[str, Sequence[Happening]]
"""A kind of event in words, for one and for several, and where and when it happens."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The milestones of a plan, the years that each stands for where they are several, and the shocks of delay."""

    milestones: list[int]
    long: list[range]
    last_year: int
    delays: list[Row]

    @property
    def between(self) -> set[int]:
        """The years that are no milestones."""
        return {year for span in self.long for year in span[1:]}


When = Callable[[Row, Tables, Spans], set[int]]


def spans(tables: Tables) -> Spans:
    """Return the spans of a plan. Raises Unreadable as `modelled_years`."""
    years = modelled_years(tables)
    ends = [*years[1:], tables.years[-1] + 1]
    long = [range(a, b) for a, b in zip(years, ends, strict=True) if b - a > 1]
    return Spans(years, long, tables.years[-1], [r for r in tables.sound("Shocks") if r["kind"] == "delay"])


def years_in_a_span_are_alike(tables: Tables) -> Iterator[Problem]:
    """Yield one warning for a plan with milestones in which something happens between them: what, in which years, and
    the milestones with which the plan would see it."""
    try:
        known = spans(tables) if tables.years else None
    except Unreadable:
        return
    setting = next((r for r in tables["Settings"] if r["setting"] == "milestone_years"), None)
    if known is None or setting is None:
        return
    found = {words: happenings for words, happenings in _events(tables, known) if happenings}
    if found:
        listed = "; ".join(_in_words(words, happenings) for words, happenings in found.items())
        years = {year for happenings in found.values() for _, _, at in happenings for year in at}
        message = (
            "between milestones figures count in the mean and nothing is decided, so the answer may differ from that"
            f" of every year: {listed}. {_remedy(known, years, tables.years)}"
        )
        yield setting.problem("value", message, WARNING)


def _remedy(known: Spans, years: set[int], all_years: range) -> str:
    wanted = sorted({*known.milestones, *years})
    if wanted == list(all_years):
        return "To see this in its years, leave milestone_years blank"
    return f"To see this in its years, write {_text(wanted, '; ')}; for every year leave it blank"


def _in_words(words: str, happenings: Sequence[Happening]) -> str:
    """What happens how often, in which years, and where it is written first."""
    one, _, several = words.partition("|")
    row, column, _ = happenings[0]
    years = _text(sorted({year for _, _, at in happenings for year in at}), ", ")
    return f"{len(happenings)} {one if len(happenings) == 1 else several} in {years} ({row.cell(column)})"


def _text(years: list[int], separator: str) -> str:
    """Years as a text, those in a row as a range."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return separator.join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _events(tables: Tables, known: Spans) -> Iterator[Event]:
    """Each kind of event in words for one and for several, and where and when it happens."""
    for sheet in SHEETS.values():
        rows = tables.sound(sheet.name) if sheet.years else ()
        changes = [(row, years) for row in rows if (years := _changes(row, known))]
        yield (
            f"row of {sheet.name} changes|rows of {sheet.name} change",
            [(row, min(years), years) for row, years in changes],
        )
    yield "shock begins or ends|shocks begin or end", _turns(tables.sound("Shocks"), known)
    yield "contract begins or ends|contracts begin or end", _turns(tables.sound("Contracts"), known)
    plants = list(tables.sound("Projects"))
    retiring: list[Happening] = [
        (r, "retires_year", {int(str(r["retires_year"]))}) for r in plants if r["retires_year"] in known.between
    ]
    yield "plant retires|plants retire", retiring
    candidates = [r for r in plants if r.integer("max_modules")]
    yield "project could be decided|projects could be decided", _each(candidates, _open_years, tables, known)
    yield (
        "project could come on line, ramp up or end its life|projects could come on line, ramp up or end their life",
        _each(candidates, _growing_years, tables, known),
    )
    yield from _amounts(tables, known, plants)


def _amounts(tables: Tables, known: Spans, plants: list[Row]) -> Iterator[Event]:
    """What a span uses evenly, or as one sum."""
    between = known.between
    if not between:
        return
    summed = [r for r in tables.sound("Limits") if r["measure"] in SUMS]
    yield (
        "limit of decisions counts as one for a span|limits of decisions count as one for a span",
        [(r, "measure", between) for r in summed],
    )
    stocks = [r for r in tables.sound("Stockpiles") if r.num("initial_t") > 0]
    yield (
        "opening stock is used evenly|opening stocks are used evenly",
        [(r, "initial_t", between) for r in stocks],
    )
    last = {y for span in known.long if known.last_year in span for y in span[1:]}
    kept = [r for r in tables.sound("Stockpiles") if r.num("limit_t") > 0] if last and tail_years(tables) else []
    yield (
        "stockpile is not emptied for the tail alone|stockpiles are not emptied for the tail alone",
        [(r, "limit_t", last) for r in kept],
    )
    mines = [r for r in plants if _may_end(r, tables.years)]
    yield (
        "reserve that may run out is dug evenly|reserves that may run out are dug evenly",
        [(r, "reserve_t", between) for r in mines],
    )


def _each(rows: Iterable[Row], when: When, tables: Tables, known: Spans) -> list[Happening]:
    return [(row, "project", years) for row in rows if (years := when(row, tables, known))]


def _changes(row: Row, known: Spans) -> set[int]:
    """The years between milestones in which a row changes, of spans in which it has figures in some years only, or
    larger ones in one than in another."""
    found: set[int] = set()
    for span in known.long:
        values = [row.years.get(y) for y in span]
        filled = [v for v in values if v is not None]
        if 0 < len(filled) < len(values) or (filled and max(filled) > FAR * min(filled)):
            found |= {y for y in span[1:] if row.years.get(y) != row.years.get(y - 1)}
    return found


def _turns(rows: Iterable[Row], known: Spans) -> list[Happening]:
    """Rows that begin, or have ended, in a year between milestones."""
    found: list[Happening] = []
    for row in rows:
        start, end = row["from_year"], row["to_year"]
        turns = {y for y in (start, end + 1 if isinstance(end, int) else None) if isinstance(y, int)}
        if years := turns & known.between:
            found.append((row, "from_year" if start in years else "to_year", years))
    return found


def _window(row: Row, known: Spans) -> range:
    """The years in which a project can be decided so that it comes on line within the plan."""
    first, last = row["first_decision_year"], row["last_decision_year"]
    end = known.last_year - _lead_time(row)
    return range(int(str(first or known.milestones[0])), min(int(str(last or end)), end) + 1)


def _lead_time(row: Row) -> int:
    return int(str(row["permitting_years"] or 0)) + int(str(row["construction_years"] or 0))


def _open_years(row: Row, tables: Tables, known: Spans) -> set[int]:
    """The years between milestones in which a project could be decided."""
    return known.between & set(_window(row, known))


def _growing_years(row: Row, tables: Tables, known: Spans) -> set[int]:
    """The years between milestones in which modules decided at a milestone come on line, ramp up or end their life."""
    steps, window = _steps(row, tables), _window(row, known)
    planned = [m + _lead_time(row) for m in known.milestones if m in window]
    delays = _delays(row, known)
    return known.between & {year + delay + step for year in planned for delay in delays for step in steps}


def _steps(row: Row, tables: Tables) -> set[int]:
    """The ages at which a module offers more or less than the year before."""
    ramp = tables.ids("Ramps.ramp").get(str(row["ramp"])) if row["ramp"] is not None else None
    shares = [*(ramp.num(f"year_{k}_percent") for k in range(1, 6)), 100.0] if ramp else []
    growing = {k + 1 for k, (before, after) in enumerate(pairwise(shares)) if before != after}
    return {0, row.integer("life_years"), *growing}


def _delays(row: Row, known: Spans) -> set[int]:
    """The years by which modules of a project may come late in one scenario or another; delays that match together
    add up."""
    matching = [
        r.integer("value")
        for r in known.delays
        if all(r[c] in ("*", None, row[c]) for c in ("stage", "region", "project"))
    ]
    few = matching[:COMBINED_DELAYS]
    return {sum(some) for k in range(len(few) + 1) for some in combinations(few, k)}


def _may_end(row: Row, years: range) -> bool:
    """Could a mine dig its whole reserve within the plan?"""
    reserve = row.values.get("reserve_t")
    if row["stage"] != "mine" or reserve is None:
        return False
    modules = row.integer("max_modules") * float(str(row["module_t_per_year"] or 0))
    return (row.num("existing_t_per_year") + modules) * len(years) > float(str(reserve))


def tail_years(tables: Tables) -> float:
    """Return the setting tail_years; 0 where it cannot be read."""
    setting = tables.setting("tail_years")
    return float(setting) if isinstance(setting, int | float) else 0.0


def nothing_is_kept_for_the_tail(tables: Tables) -> Iterator[Problem]:
    """Yield a warning where the tail counts the use of a stock or reserve again that is used once."""
    setting = next((r for r in tables["Settings"] if r["setting"] == "tail_years"), None)
    stocks = any(r.num("limit_t") > 0 for r in tables.sound("Stockpiles"))
    mines = [r for r in tables.sound("Projects") if tables.years and _may_end(r, tables.years)]
    if setting is not None and tail_years(tables) and (stocks or mines):
        what = " and ".join(words for words, is_there in (("stocks", stocks), ("reserves", mines)) if is_there)
        text = (
            f"the tail counts the costs of the last year again, while {what} do not see it: what is used in that year"
            " saves its cost many times, so the plan may keep too much for it; 0 has no such effect"
        )
        yield setting.problem("value", text, WARNING)


CHECKS = (years_in_a_span_are_alike, nothing_is_kept_for_the_tail)
