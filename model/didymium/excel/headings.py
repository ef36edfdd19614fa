"""Headings of result columns, in words and with their unit, and the column's name back from its heading.

Tables have columns by name (`capex_musd`); people read headings (`Capex (M USD)`). This is the one place that knows
both. A column that is listed has the heading written beside it; any other in the form of a name has its words, the
first with a capital, and the unit that its name ends in. What is not in the form of a name (a year, the title of a
result) is its own heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

UNITS = {
    "usd_per_t_year": "USD/t/year",
    "usd_per_t": "USD/t",
    "musd_per_year": "M USD/year",
    "t_per_year": "t/year",
    "t_per_t": "t/t",
    "musd": "M USD",
    "percent": "%",
    "points": "points",
    "years": "years",
    "t": "t",
}  # by how a column's name ends, the longest ending first
HEADINGS = {
    # which row
    "branch": "Branch of the tree",
    "project_name": "Project",
    "project": "Project id",
    "from": "From",
    "to": "To",
    "type": "Kind of target",
    "china": "From China",
    "level": "Exposure level",
    "when": "Now, or waiting for what",
    # investments and capacity
    "decision_year": "Decided in",
    "planned_online_year": "On line in, as planned",
    "online_year": "On line in",
    "ends_year": "Leaves in",
    "modules": "Modules",
    "capacity_t_per_year": "Capacity (t/year)",
    "capex_musd": "Capex (M USD)",
    "support_musd": "Public money (M USD)",
    "public_percent": "Public money (% of capex)",
    "annuity_musd_per_year": "Annuity (M USD/year)",
    "utilisation_percent": "Utilisation (%)",
    "standing_t_per_year": "Standing capacity (t/year)",
    "modules_t_per_year": "New modules (t/year)",
    "online_t_per_year": "On line (t/year)",
    "throughput_t": "Throughput (t)",
    "scenarios": "Scenarios in which it is decided",
    # tonnes and origin
    "tonnes_t": "Amount (t)",
    "cost_usd_per_t": "Cost (USD/t)",
    "wanted_t": "Wanted (t)",
    "level_0_t": "Never in China (t)",
    "level_1_t": "Mined in China (t)",
    "level_2_t": "Refined in China (t)",
    "level_3_t": "Metal made in China (t)",
    "level_4_t": "Magnet made in China (t)",
    "level_0_percent": "Never in China (%)",
    "level_1_percent": "Mined in China (%)",
    "level_2_percent": "Refined in China (%)",
    "level_3_percent": "Metal made in China (%)",
    "level_4_percent": "Magnet made in China (%)",
    "content_free_mine_percent": "China-free by content, mine (%)",
    "content_free_refinery_percent": "China-free by content, refinery (%)",
    "content_free_metal_percent": "China-free by content, metal (%)",
    "content_free_magnet_percent": "China-free by content, magnet (%)",
    "short_t": "Not met (t)",
    "short_percent": "Not met (%)",
    "stock_t": "In stock (t)",
    "stock_added_t": "Added to stock (t)",
    "served_t": "Delivered to demand (t)",
    "t_per_t": "Per tonne of throughput (t/t)",
    "ran_t": "Throughput of the recipe (t)",
    "moved_t": "Taken or given in all (t)",
    "direction": "In or out",
    "holds": "Holds",
    # targets
    "asked_percent": "Target (%)",
    "reached_percent": "Reached (%)",
    "base_t": "Counted against (t)",
    "counted_t": "Counted (t)",
    "recounted_t": "Counted again (t)",
    "miss_t": "Missed by (t)",
    "marginal_cost_of_a_point_with_build_out_fixed_musd_per_year": (
        "Marginal cost of a point, build-out fixed (M USD/year)"
    ),
    # money
    "span_years": "Years that it stands for",
    "weight": "Weight (expected, discounted)",
    "total_musd_per_year": "Total (M USD/year)",
    "weighted_musd": "Total, expected and discounted (M USD)",
    "cost_musd": "Cost (M USD)",
    "rate_percent": "Interest (%)",
    "available_musd": "Available so far (M USD)",
    "spent_musd": "Spent so far (M USD)",
    "saving_of_one_more_musd": "Saving by one more M USD (M USD)",
    "any_origin_usd_per_t": "Of any origin (USD/t)",
    "china_free_usd_per_t": "China-free (USD/t)",
    "odds_percent": "Probability (%)",
    "market_usd_per_t": "Market price (USD/t)",
    # viability
    "npv_musd": "Net present value (M USD)",
    "wacc_percent": "Its cost of capital (%)",
    "product": "Main product",
    "product_t": "Main product (t)",
    "product_discounted_t": "Main product, discounted (t)",
    "product_revenue_musd_per_year": "Revenue of main product (M USD/year)",
    "inputs_musd_per_year": "Inputs at market prices (M USD/year)",
    "revenue_musd_per_year": "Revenue at market prices (M USD/year)",
    "break_even_usd_per_t": "Break-even price (USD/t)",
    "floor_usd_per_t": "Floor payments (USD/t)",
    "gap_usd_per_t": "Support that closes the gap (USD/t)",
    "gap_musd_per_year": "Support that closes the gap (M USD/year)",
    "given_musd": "Given by governments already, discounted (M USD)",
    "may_help": "Governments whose instruments or floors can help",
    "governments": "Which governments give how much (M USD)",
    # calibration
    "observed_in": "Observed in",
    "compared_with": "Compared with the plan's",
    "planned": "In the plan",
    "deviation_percent": "Plan above what was observed (%)",
    "within_15_percent": "Within 15 %",
    "latest": "Latest of its series",
    "lowest_dual_usd_per_t": "Dual, lowest region (USD/t)",
    "highest_dual_usd_per_t": "Dual, highest region (USD/t)",
    # checks, evidence, run
    "largest_breach": "Largest breach",
    "share of": "Share of",
    "share_of_cost_percent": "Share of the cost (%)",
    "short_by": "Short by",
    # stress
    "percent_of_demand": "Percent of demand",
    "gave_t": "Gave way (t)",
    "p5": "5th percentile",
    "p25": "25th percentile",
    "p50": "Median",
    "p75": "75th percentile",
    "p95": "95th percentile",
    "swing_musd": "Moves the cost by (M USD)",
    "cost_more_musd": "Costs more (M USD)",
    "short_more_t": "Short by more (t)",
    "targets_missed_more_t": "Targets missed by more (t)",
}
_COLUMNS = {heading: column for column, heading in HEADINGS.items()}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_CHINA = re.compile(r"\bchina free\b", re.IGNORECASE)


def heading(column: str) -> str:
    """Return the heading of a column: `Capex (M USD)` for `capex_musd`."""
    if column in HEADINGS:
        return HEADINGS[column]
    return _by_rule(column) if _NAME.fullmatch(column) else column


def column_of(heading: str) -> str:
    """Return the name of the column that has this heading; a heading that belongs to none is returned as it is."""
    if heading in _COLUMNS:
        return _COLUMNS[heading]
    stem, _, unit = heading.partition(" (")
    words = stem.replace("-", " ").casefold().replace(" ", "_")
    ending = next((f"_{name}" for name, shown in UNITS.items() if unit == f"{shown})"), "")
    column = words + ending
    return column if _NAME.fullmatch(column) and _by_rule(column) == heading else heading


def headings(columns: Iterable[str]) -> list[str]:
    """Return the headings of some columns, in their order."""
    return [heading(column) for column in columns]


def words_of(identifier: str) -> str:
    """Return an id or the name of a column as words: `browns range` for `browns_range`."""
    return identifier.replace("_", " ")


def readable(identifier: str) -> str:
    """Return an id as words: `Browns range` for `browns_range`; what is no plain id is returned as it is."""
    return _capital(words_of(identifier)) if _NAME.fullmatch(identifier) else identifier


def _by_rule(column: str) -> str:
    """Return the words of a name, and the unit that it ends in."""
    ending = next((name for name in UNITS if column.endswith(f"_{name}")), "")
    words = column.removesuffix(f"_{ending}") if ending else column
    text = _CHINA.sub("China-free", _capital(words_of(words)))
    return f"{text} ({UNITS[ending]})" if ending else text


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
