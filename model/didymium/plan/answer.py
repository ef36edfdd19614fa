"""The answer to a case: the plan as tables, with the input it answers and the re-check it passed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from didymium.plan.calibration import calibration
from didymium.plan.decisions import decisions
from didymium.plan.frames import TableFrames
from didymium.plan.rows import as_number
from didymium.recheck.inputs import Breach
from didymium.results import CALIBRATION, TABLES, PlanTables, Record, by_name
from didymium.results.proof import Proof
from didymium.statuses import Status
from didymium.tables.rows import Tables

if TYPE_CHECKING:  # a solve needs no DataFrame
    import pandas as pd


@dataclass(slots=True, repr=False)
class Answer(TableFrames):
    """The plan that answers a case: `tables` are its rows by name, `summary` is what summary.json holds.

    `scenarios` are those planned for; `breaches` the largest breach of every rule that the re-check found;
    `clean_labels` whether origin levels were made as low as flows allow.
    """

    source: Tables
    scenarios: list[str]
    tables: PlanTables
    summary: Record
    breaches: dict[str, Breach]
    clean_labels: bool
    log: str = ""
    warnings: list[str] = field(default_factory=list)
    proof: Proof | None = None  # of the bound by duals

    def tables_by_name(self) -> dict[str, list[Record]]:
        """Return the plan's rows by table: investments, capacity, production, trade, origin, targets, demand, ..."""
        return by_name(self.tables)

    def columns_by_name(self) -> dict[str, list[str]]:
        """Return the columns of every table, which one without rows has as well."""
        return {name: table.names for name, table in TABLES.items()}

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table as a DataFrame. Raises UnknownTable, which is a KeyError, with the nearest name."""
        return self.calibration if table == "calibration" else TableFrames.__getitem__(self, table)

    def __repr__(self) -> str:
        """One line: file, scenarios, years, decisions, cost and how it was proven."""
        scenarios = self.scenarios[0] if len(self.scenarios) == 1 else f"{len(self.scenarios)} scenarios as one tree"
        years, gap = self.source.years, self.summary.get("gap_percent")
        return (
            f"<{type(self).__name__} {self.source.source.name}, {scenarios}, {years[0]}-{years[-1]}:"
            f" {len(decisions(self.tables['investments']))} decisions, {self.cost:,.1f} M USD discounted,"
            f" {self.status}{'' if gap is None else f', gap {as_number(gap):.2f} %'}>"
        )

    @property
    def investments(self) -> pd.DataFrame:
        """Return the decisions to build, one a row: project, stage, region, years, modules, t/year, M USD."""
        return self["investments"]

    @property
    def calibration(self) -> pd.DataFrame:
        """Return what was observed beside the plan's first years, a row for each row of the sheet Observed."""
        import pandas as pd

        return pd.DataFrame(
            calibration(self.source, self.tables, self.scenarios), columns=[c.name for c in CALIBRATION]
        )

    @property
    def cost(self) -> float:
        """Return what was minimised, M USD: the expected discounted cost, mixed with the mean of the worst scenarios
        (CVaR) where the case weighs risk."""
        return as_number(self.summary["objective_musd"])

    @property
    def weighs_risk(self) -> bool:
        """Return whether the cost that was minimised holds the mean of the worst scenarios (CVaR) too."""
        return len(self.scenarios) > 1 and bool(self.source.setting("risk_weight"))

    @property
    def expected_cost(self) -> float:
        """Return the expected discounted cost, M USD."""
        if not self.weighs_risk:
            return self.cost
        kinds = self.summary["cost_musd"]
        assert isinstance(kinds, dict)
        return float(sum(kinds.values()))

    @property
    def status(self) -> Status:
        """How the search ended: optimal, gap_reached, time_limit or interrupted."""
        return Status(str(self.summary["status"]))
