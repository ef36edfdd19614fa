"""Policy: targets, public money."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.checks.guard import needs_all
from didymium.errors import WARNING, Problem
from didymium.tables.cells import alike
from didymium.tables.rows import Tables

# For each type of target: the cells that must name something, and those that may.
_CELLS: dict[str, tuple[set[str], set[str]]] = {
    "min_china_free_share": ({"stage"}, {"region", "segment"}),
    "max_region_share": ({"region", "stage"}, set()),
    "max_china_import_share": ({"commodity"}, set()),
    "max_supplier_share": ({"commodity", "supplier"}, set()),
}


def targets_say_what_they_count(tables: Tables) -> Iterator[Problem]:
    """Yield an error for each target with a cell that its type lacks, or without one that its type needs."""
    for row in tables.sound("Targets"):
        kind = row.text("type")
        must, may = _CELLS[kind]
        for column in ("region", "segment", "stage", "commodity", "supplier"):
            named = row[column] not in (None, "*")
            if column in must and not named:
                yield row.problem(column, f"a target of type {kind} must name its {column}")
            if named and column not in must | may:
                yield row.problem(column, f"a target of type {kind} has no {column}; clear the cell or write *")
        if kind == "min_china_free_share" and row["stage"] in {"heavy", "recycler"}:
            yield row.problem("stage", f"{row['stage']!r} is no stage of origin; write mine, refinery, metal or magnet")


@needs_all
def instruments_have_money(tables: Tables) -> Iterator[Problem]:
    """Yield a warning for each instrument whose government has no budget."""
    budgets = tables.ids("Budgets.government")
    for row in tables.sound("Finance"):
        if row.text("government") not in budgets:
            name = row.text("government")
            text = f"{name} has no row in Budgets, so what {row['instrument']} can pay has no limit"
            yield row.problem("government", text + alike(name, budgets), WARNING)


def instruments_reach_their_projects(tables: Tables) -> Iterator[Problem]:
    """An instrument that names projects covers their stage and region."""
    projects = tables.ids("Projects.project")
    for row in tables.sound("Finance"):
        for name in row.list("projects"):
            project = projects.get(name)
            if project is not None and not all(
                {"*", project.text(c)} & set(row.list(f"{c}s")) for c in ("stage", "region")
            ):
                yield row.problem(
                    "projects",
                    f"{row['instrument']} names {name}, but not its stage or region: it cannot pay there",
                    WARNING,
                )


def suppliers_offer_something(tables: Tables) -> Iterator[Problem]:
    """The supplier of a target offers its commodity."""
    offers = {(r.text("supplier"), r.text("commodity")) for r in tables["Imports"]}
    for row in tables.sound("Targets"):
        if (
            row["type"] == "max_supplier_share"
            and row["supplier"]
            and (row.text("supplier"), row.text("commodity")) not in offers
        ):
            message = f"no offer of {row['commodity']} is of the supplier {row['supplier']!r}: the target asks nothing"
            hint = alike(row.text("supplier"), {supplier for supplier, _ in offers})
            yield row.problem("supplier", message + hint, WARNING)


def shocked_shares_stay_below_100(tables: Tables) -> Iterator[Problem]:
    """A target that shocks raise above 100 % cannot be reached; it is not cut."""
    targets = tables.ids("Targets.target")
    for row in tables.sound("Shocks"):
        if row["kind"] != "target" or row["value"] is None or not tables.years:
            continue
        first, last = row["from_year"] or tables.years[0], row["to_year"] or tables.years[-1]
        for name in targets if row["item"] == "*" else [row.text("item")]:
            raised = (
                {
                    y: v * row.num("value")
                    for y, v in targets[name].years.items()
                    if v and int(str(first)) <= y <= int(str(last))
                }
                if name in targets
                else {}
            )
            if raised and max(raised.values()) > 100:
                year = next(y for y, share in raised.items() if share > 100)
                yield row.problem(
                    "value",
                    f"raises {name} to {raised[year]:g} % in {year}; a share above 100 % cannot be reached",
                    WARNING,
                )
                break


CHECKS = (
    targets_say_what_they_count,
    instruments_have_money,
    instruments_reach_their_projects,
    suppliers_offer_something,
    shocked_shares_stay_below_100,
)
