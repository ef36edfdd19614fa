"""Rows that sheets and the HTML page make of a plan's tables: scenarios side by side, decisions, checks, evidence."""

from __future__ import annotations

from typing import Annotated, TypedDict

from didymium.results.columns import BREACH, FLAG, ID, MONEY, NUMBER, PERCENT, TEXT, TONNES, YEAR, Column
from didymium.results.decisions import DecisionYear
from didymium.results.shared import Project, Region, Stage


class WaitingRow(TypedDict):
    """A decision, and whether it is due now or waits for what is revealed."""

    project: Project
    stage: Stage
    region: Region
    decision_year: DecisionYear
    modules: Annotated[str, Column(TEXT, "modules decided, by branch where they differ", "Modules")]
    capex_musd: Annotated[float, Column(MONEY, "overnight capex, where it is decided", "Capex (M USD)")]
    when: Annotated[str, Column(TEXT, "now, or what it waits for", "Now, or waiting for what")]
    odds_percent: Annotated[float, Column(PERCENT, "the probability that it is taken", "Probability (%)")]


class TimelineColumns(TypedDict):
    """What the timeline adds to an investment."""

    ends_year: Annotated[int, Column(YEAR, "the year in which its life ends", "Leaves in")]


_PassColumn = TypedDict("_PassColumn", {"pass": Annotated[str, Column(FLAG, "pass or FAIL")]})


class BreachRow(_PassColumn):
    """The largest breach of a rule that the re-check found."""

    rule: Annotated[str, Column(ID, "the rule of the model")]
    largest_breach: Annotated[float, Column(BREACH, "by how much it is broken, relative", "Largest breach")]
    where: Annotated[str, Column(TEXT, "where that is")]
    allowed: Annotated[float, Column(NUMBER, "the tolerance")]


class CostAttributionRow(TypedDict):
    """How much of the cost rests on an input, and how well it is known."""

    sheet: Annotated[str, Column(ID, "the input sheet")]
    input: Annotated[str, Column(TEXT, "the input row")]
    what: Annotated[str, Column(TEXT, "what it is used for")]
    cost_musd: Annotated[float, Column(MONEY, "the cost that rests on it", "Cost (M USD)")]
    share_of_cost_percent: Annotated[float, Column(PERCENT, "the same as a share of the cost", "Share of the cost (%)")]
    confidence: Annotated[str, Column(ID, "reported, derived, assumed or unsourced")]
    note: Annotated[str | None, Column(TEXT, "the note of the input row")]


_ShareOf = TypedDict(
    "_ShareOf", {"share of": Annotated[str, Column(TEXT, "what is attributed to its inputs", "Share of")]}
)


class ReasonRow(TypedDict):
    """Why there is no plan: a rule that would have to be relaxed, and by how much."""

    rule: Annotated[str, Column(ID, "the rule of the model")]
    name: Annotated[str, Column(ID, "the input row")]
    short_by: Annotated[float, Column(NUMBER, "by how much it would have to be relaxed", "Short by")]
    unit: Annotated[str, Column(TEXT, "the unit of that amount")]
    text: Annotated[str, Column(TEXT, "the same in a sentence")]


class ScenarioRow(TypedDict):
    """What a plan comes to in a scenario, as if that were certain."""

    scenario: Annotated[str, Column(ID, "the scenario")]
    probability_percent: Annotated[float, Column(PERCENT, "its probability")]
    cost_musd: Annotated[float, Column(MONEY, "cost along its path, discounted", "Cost (M USD)")]
    not_met_t: Annotated[float, Column(TONNES, "demand that is not met, all years together")]


REPORT_ROWS: tuple[type, ...] = (
    WaitingRow,
    TimelineColumns,
    BreachRow,
    CostAttributionRow,
    _ShareOf,
    ReasonRow,
    ScenarioRow,
)
