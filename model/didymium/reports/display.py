"""The plan's tables as people see them: a name before each project id, no branch where there is only one path; and the
way back from these to the plan's tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

from didymium.case.build import scenarios_of
from didymium.case.case import acting_branch
from didymium.excel.headings import readable, words_of
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.reports.names import row_name
from didymium.results import ADDED, Record
from didymium.results.deliveries import PATH_STEP
from didymium.tables.rows import Row, Tables

STAGES = ("mine", "recycler", "refinery", "heavy", "metal", "magnet")  # as they follow each other on a path
PATH = "path"  # the column of a path's plants, which gets a column of names for each stage before it
NAMED = {"project": "Projects.project"}  # columns of ids that get a column of names before them
GOVERNMENTS = "Budgets.government"
REGIONS = "Regions.region"  # names of places: each word begins with a capital


def name_of(row: Row, identifier: str) -> str:
    """Return the name of an input row: its `name` where it has one, else its id in words."""
    return row_name(row) or readable(identifier)


def names(tables: Tables, ids: str = "Projects.project") -> dict[str, str]:
    """Return the name of every id of a kind, given as `Projects.project`."""
    found = {identifier: name_of(row, identifier) for identifier, row in tables.ids(ids).items()}
    return (
        {i: name.title() if name == readable(i) and name != i else name for i, name in found.items()}
        if ids == REGIONS
        else found
    )


def has_branches(scenarios: Sequence[str]) -> bool:
    """Return whether a plan has branches. One scenario is one path, whatever its branches are called before and after
    its reveal."""
    return len(scenarios) > 1


def display_columns(plan: Answer, columns: Sequence[str]) -> list[str]:
    """Return the columns of a table as people see them."""
    kept = [c for c in columns if c != "branch" or has_branches(plan.scenarios)]
    stages = tuple(f"{stage}_plant" for stage in STAGES)
    return [
        column for c in kept for column in ((f"{c}_name", c) if c in NAMED else (*stages, c) if c == PATH else (c,))
    ]


def display_rows(plan: Answer, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Return the rows of a table of a plan with the name beside each project id."""
    return with_names(plan.source, rows)


def with_names(tables: Tables, rows: Sequence[Mapping[str, object]]) -> list[Record]:
    """Return rows with the name before each project id, and before a path the names of its plants by stage."""
    known = {c: names(tables, ids) for c, ids in NAMED.items() if rows and c in rows[0]}
    on_paths = plants_by_stage(tables) if rows and PATH in rows[0] else None

    def named(row: Mapping[str, object]) -> Record:
        found: Record = {}
        for column, value in row.items():
            if column in known:
                found[f"{column}_name"] = known[column].get(str(value), str(value))
            elif column == PATH and on_paths is not None:
                found |= on_paths(value)
            found[column] = value
        return found

    return [named(row) if known or on_paths else dict(row) for row in rows]


def plants_by_stage(tables: Tables) -> Callable[[object], dict[str, str | None]]:
    """Return a function that gives, for the plants of a path, their names by stage, as `mine_plant`; None where it
    passes no plant of a stage."""
    by_id = names(tables)
    stage_of = {p: row.text("stage") for p, row in tables.ids("Projects.project").items()}

    @cache
    def named(path: object) -> dict[str, str | None]:
        plants = str(path).split(PATH_STEP) if path else []
        return {
            f"{stage}_plant": " + ".join(by_id[p] for p in plants if stage_of[p] == stage) or None for stage in STAGES
        }

    return named


def rows_in_words(tables: Tables, rows: Sequence[Mapping[str, object]], ids: Collection[str]) -> list[Record]:
    """Return rows with the names of regions, and with words for the ids in the columns `ids`."""
    regions = names(tables, REGIONS)

    def words(column: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        return regions.get(value) or (words_of(value) if column in ids else value)

    return [{column: words(column, value) for column, value in row.items()} for row in rows]


def rows_from_display(rows: Sequence[Record], tables: Tables, scenarios: Sequence[str]) -> list[Record]:
    """Return rows as the plan has them: without the columns added for people, and with their branch."""
    plain = [{c: v for c, v in row.items() if c not in ADDED and not c.isdigit()} for row in rows]
    if has_branches(scenarios):
        return plain
    known = scenarios_of(tables)

    def branch(year: int) -> str:
        return acting_branch(known, scenarios[0], year) if scenarios[0] in known else scenarios[0]

    return [{"branch": branch(_year(row)), **row} if _year(row) and "branch" not in row else row for row in plain]


def _year(row: Mapping[str, object]) -> int:
    return int(as_number(row.get("year") or row.get("decision_year")))
