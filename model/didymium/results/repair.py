"""Rows of what stands in the way of a plan: the rules that must be relaxed, and the cells whose change restores one."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import FLAG, ID, MONEY, NUMBER, TEXT, YEAR, Column, ResultSheet, Table

Cell = Annotated[str, Column(TEXT, "sheet and cell of the input", "Cell")]


class RelaxedRuleRow(TypedDict):
    """A rule that must be relaxed, in a year: what it requires, and how far one can go while all others are kept."""

    cell: Cell
    rule: Annotated[str, Column(TEXT, "the kind of rule, as in docs/model.md")]
    name: Annotated[str, Column(ID, "the target, limit, project, contract or region")]
    year: Annotated[int | None, Column(YEAR, "the year; blank where it is all of them")]
    required: Annotated[
        float | None, Column(NUMBER, "what the rule requires or allows; blank where it is no one number")
    ]
    attainable: Annotated[
        float | None, Column(NUMBER, "how far one can go, or must, with the least relaxation", "Attainable")
    ]
    unit: Annotated[str, Column(TEXT, "the unit of both")]
    short_by: Annotated[float, Column(NUMBER, "by how much the rule is relaxed")]
    short_unit: Annotated[str, Column(TEXT, "the unit of that", "Unit of the relaxation")]
    with_cells: Annotated[
        str, Column(TEXT, "values of its cells that relax it so; blank where one value does not", "Cells that do it")
    ]
    text: Annotated[str, Column(TEXT, "the same as a sentence", "In words")]


class RepairRow(TypedDict):
    """A single cell whose change restores a plan, every other cell as it is."""

    cell: Cell
    cell_content: Annotated[str, Column(TEXT, "what the cell holds", "What the cell holds")]
    kind: Annotated[str, Column(ID, "policy, target, limit, date, size, supply, contract or demand")]
    now: Annotated[str, Column(TEXT, "its value in the input", "Now")]
    change_to: Annotated[str, Column(TEXT, "the value, rounded, with which a plan was found")]
    verified: Annotated[str, Column(FLAG, "whether the changed case was solved and its plan re-checked")]
    plan_musd: Annotated[
        float,
        Column(MONEY, "cost of the plan by which it was verified: not the least cost", "A plan then costs (M USD)"),
    ]


class RepairTables(TypedDict):
    """Every table of what stands in the way of a plan, by name."""

    repairs: Annotated[list[RepairRow], Table("Repairs")]
    relaxed: Annotated[list[RelaxedRuleRow], Table("Relaxed")]


REPAIR_SHEETS = (
    ResultSheet(
        "Repairs",
        "Single cells whose change restores a plan",
        "Each alone is enough, every other cell as it is; each was verified by a solve of the changed case",
        "The change is the least that was found, rounded to a value as planners write it",
    ),
    ResultSheet(
        "Relaxed",
        "The least relaxation: the fewest rules, then the least amounts",
        "All of these rules together must give way so far, while every other rule is kept",
    ),
)
