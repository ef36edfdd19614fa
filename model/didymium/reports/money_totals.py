"""The totals below the table of payers on the sheet Finance: what page one says of public money, as live formulas."""

from __future__ import annotations

from didymium.excel.book import Area, Sheet
from didymium.plan.answer import Answer
from didymium.plan.rows import number

_SUMS = (
    "loans_musd",
    "grants_musd",
    "loan_subsidy_musd",
    "subsidy_equivalent_musd",
    "capital_subsidy_in_plan_musd",
    "floor_payments_musd",
    "given_in_plan_musd",
    "public_funds_musd",
)
_SHAPE = "#,##0.0"


def write(page: Sheet, plan: Answer, governments: Area) -> None:
    """Write the total of each column of money, and loans and grants together, below the rows, a line left free."""
    rows = plan.tables["governments"]
    if not rows:
        return
    top = governments.top + governments.rows + 2
    totals = {c: sum(number(r, c) for r in rows) for c in _SUMS}
    page.text(top, governments.left, "Total", bold=True)
    for column, total in totals.items():
        at = governments.left + governments.columns.index(column)
        page.formula(top, at, f"=SUM({governments.range(column)})", total, bold=True, num_format=_SHAPE)
    both = "+".join(f"SUM({governments.range(c)})" for c in ("loans_musd", "grants_musd"))
    page.text(top + 1, governments.left, "Public money: loans and grants", bold=True)
    loans = governments.left + governments.columns.index("loans_musd")
    value = totals["loans_musd"] + totals["grants_musd"]
    page.formula(top + 1, loans, f"={both}", value, bold=True, num_format=_SHAPE)
