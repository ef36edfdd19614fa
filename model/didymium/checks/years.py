"""Years: the horizon, its milestones, and that every sheet covers it where a blank has no meaning."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.errors import WARNING, Problem
from didymium.tables.cells import Unreadable
from didymium.tables.horizon import modelled_years
from didymium.tables.rows import Tables
from didymium.tables.schema import SHEETS


def horizon_is_sound(tables: Tables) -> Iterator[Problem]:
    """Yield an error where the years of the plan, or its milestones, are not in order."""
    setting = {str(r["setting"]): r for r in tables["Settings"]}
    first, last = tables.setting("first_year"), tables.setting("last_year")
    if isinstance(first, int) and isinstance(last, int):
        if last < first:
            yield setting["last_year"].problem("value", f"last_year {last} is before first_year {first}")
        elif last - first > 99:
            yield setting["last_year"].problem(
                "value", f"{last - first + 1} years are more than the 100 that a plan can have"
            )
        else:
            try:
                modelled_years(tables)
            except Unreadable as error:
                yield setting["milestone_years"].problem("value", str(error))


def years_are_given(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each year of the plan that is blank where a blank would leave the model undefined."""
    for sheet in SHEETS.values():
        if sheet.years is None or sheet.years.blank != "error":
            continue
        rows = tables[sheet.name]
        headed = {y for row in rows[:1] for y in row.years}
        for year in tables.years:
            if rows and year not in headed:
                yield Problem(
                    sheet.name,
                    f"the column {year} is missing; every year from {tables.years[0]} to {tables.years[-1]} is needed",
                )
        for row in rows:
            for year in tables.years:
                if row.years.get(year, 0.0) is None and str(year) not in row.unread:
                    yield row.problem(year, f"{year} is empty; write 0 where there is none")


def years_have_no_holes(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each single blank year between two that are filled, where a blank has a meaning.

    It is more likely forgotten than meant.
    """
    for sheet in SHEETS.values():
        means = {"zero": "counts as 0", "none": "asks or limits nothing"}.get(sheet.years.blank if sheet.years else "")
        for row in tables[sheet.name] if means else ():
            for year in tables.years:
                beside = row.years.get(year - 1), row.years.get(year + 1)
                if (
                    row.years.get(year, 0.0) is None
                    and None not in beside
                    and str(year) not in row.unread
                    and not row.confirmed
                ):
                    message = (
                        f"{year} is blank between two years that are not; a blank {means}. Write the number, or"
                        " `confirmed: why` in the note"
                    )
                    yield row.problem(year, message, WARNING)


def years_are_used(tables: Tables) -> Iterator[Problem]:
    """Yield one warning a sheet for its columns of years outside the plan."""
    for sheet in SHEETS.values():
        beyond = sorted(
            {y for row in tables[sheet.name][:1] for y in row.years if tables.years and y not in tables.years}
        )
        if beyond:
            listed = ", ".join(map(str, beyond))
            yield Problem(sheet.name, f"columns outside the plan are not used: {listed}", WARNING)


def sheets_are_filled(tables: Tables) -> Iterator[Problem]:
    """An empty sheet is a case without that thing; without regions there is no case."""
    if not tables["Regions"] and "Regions" not in tables.missing | tables.broken:
        yield Problem("Regions", "has no rows; name the regions in which plants stand and magnets are wanted")
    for sheet, consequence in (
        ("Demand", "there is no demand"),
        ("Projects", "there is nothing that exists or could be built"),
    ):
        if not tables[sheet] and sheet not in tables.missing | tables.broken:
            yield Problem(sheet, f"has no rows: {consequence}", WARNING)


CHECKS = (sheets_are_filled, horizon_is_sound, years_are_given, years_have_no_holes, years_are_used)
