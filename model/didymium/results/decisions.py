"""Rows of what is decided: investments, and the public money in them."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import CAPACITY, FLAG, ID, INTEGER, MONEY, PERCENT, TEXT, YEAR, YEARLY, YEARS, Column
from didymium.results.shared import Branch, Government, NodeColumns, Probability, Project, Region, Stage, Utilisation

DecisionYear = Annotated[int, Column(YEAR, "the year in which it is decided", "Decided in")]
Support = Annotated[float, Column(MONEY, "the part of the capex that public money pays", "Public money (M USD)")]


class DecisionColumns(TypedDict):
    """What is decided: when, how large, and with whose money."""

    project: Project
    stage: Stage
    region: Region
    branch: Branch
    decision_year: DecisionYear
    planned_online_year: Annotated[
        int, Column(YEAR, "the year of decision and the lead time", "On line in, as planned")
    ]
    online_year: Annotated[int, Column(YEAR, "the same with the delays of the branch", "On line in")]
    modules: Annotated[int, Column(INTEGER, "modules decided", "Modules")]
    capacity_t_per_year: Annotated[float, Column(CAPACITY, "modules times the size of a module", "Capacity (t/year)")]
    capex_musd: Annotated[float, Column(MONEY, "overnight capex, the region's overrun included", "Capex (M USD)")]
    support_musd: Support
    annuity_musd_per_year: Annotated[
        float,
        Column(
            YEARLY, "the capex as equal payments over its life, at the private cost of capital", "Annuity (M USD/year)"
        ),
    ]


class CommittedColumns(TypedDict):
    """Whether a decision is committed, what it is charged, and whether it stands idle."""

    committed: Annotated[str, Column(FLAG, "whether the input commits it: yes, no or in part")]
    committed_modules: Annotated[int, Column(INTEGER, "modules that the input commits")]
    charges_discounted_musd: Annotated[
        float, Column(MONEY, "annuities, less what public money saves, and fixed opex over the plan, expected")
    ]
    smaller_than_gap: Annotated[
        str | None,
        Column(FLAG, "yes: its charges are below the gap, which so does not prove that it belongs in the plan"),
    ]
    idle_years: Annotated[int, Column(YEARS, "years on line in which the plant runs below 5 % of what is on line")]
    years_on_line: Annotated[int, Column(INTEGER, "years in which it is on line, where it is idle longest")]


class _Use(TypedDict):
    utilisation_percent: Utilisation
    probability: Probability
    scenarios: Annotated[
        str,
        Column(TEXT, "the scenarios in which it is decided, with `;` between them", "Scenarios in which it is decided"),
    ]


class InvestmentRow(DecisionColumns, CommittedColumns, _Use):
    """A decision to build: when, how large, with whose money, and how well it is used."""


class FinanceRow(TypedDict):
    """Public money in a decision, by instrument."""

    branch: Branch
    decision_year: DecisionYear
    project: Project
    instrument: Annotated[str, Column(ID, "the kind of public money, as on the sheet Finance of the input")]
    government: Government
    rate_percent: Annotated[float, Column(PERCENT, "interest of the public money, a year", "Interest (%)")]
    support_musd: Support


class BudgetRow(NodeColumns):
    """The public money of a government in a node, cumulative."""

    government: Government
    available_musd: Annotated[
        float, Column(MONEY, "budget up to and including the year", "Available so far (M USD)", cumulative=True)
    ]
    spent_musd: Annotated[
        float, Column(MONEY, "spent up to and including the year", "Spent so far (M USD)", cumulative=True)
    ]
    saving_of_one_more_musd: Annotated[
        float | None,
        Column(
            MONEY,
            "what one more M USD of budget would save: a dual, build-out fixed; empty where it is not known",
            "Saving by one more M USD (M USD)",
            cumulative=True,
        ),
    ]
