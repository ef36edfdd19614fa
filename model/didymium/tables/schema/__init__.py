"""What an input workbook holds: every sheet and column, written down once.

The reader, the checks, the workbook's template and its documentation are all made from these pages, so a new column
is one new line in the file of its group.
"""

from __future__ import annotations

from didymium.tables.columns import Sheet
from didymium.tables.schema.chain import CHAIN
from didymium.tables.schema.market import MARKET
from didymium.tables.schema.policy import POLICY
from didymium.tables.schema.risk import RISK
from didymium.tables.schema.scope import SCOPE, SETTINGS
from didymium.tables.schema.sources import SOURCES

# The groups in the order in which one thinks, which is the order of the sheets.
GROUPS: dict[str, tuple[Sheet, ...]] = {
    "Scope": SCOPE,
    "Chain": CHAIN,
    "Market": MARKET,
    "Policy": POLICY,
    "Risk": RISK,
    "Sources": SOURCES,
}
SHEETS: dict[str, Sheet] = {sheet.name: sheet for group in GROUPS.values() for sheet in group}
START, PROBLEMS, LISTS = "Start", "Problems", "Lists"
OUR_SHEETS = (START, PROBLEMS, LISTS)  # sheets of ours that hold no input

__all__ = ["GROUPS", "LISTS", "OUR_SHEETS", "PROBLEMS", "SETTINGS", "SHEETS", "START"]
