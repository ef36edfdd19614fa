"""docs/mathematics.md: sets, decisions, objective and every rule, with the formulas that stand in the code itself, its
unit, its file and a case that was solved by hand."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from didymium.expressions.cost import KINDS
from didymium.rules import RULES
from didymium.rules.rule import Rule

DOCS = Path(__file__).parent
PROSE = re.compile(r"(where|for|that) |[A-Z]\w* [a-z]")  # how a line of a docstring begins that is no formula
# A test of tests/ for each rule and kind of cost: a case small enough to be solved on paper, the sum in its comment.
BY_HAND = {
    "build_limit": "test_capacity.py::test_max_modules_bound_a_path",
    "committed": "test_capacity.py::test_committed_modules_are_built_though_useless",
    "capacity": "test_capacity.py::test_utilisation_bounds_throughput",
    "take_or_pay": "test_capacity.py::test_take_or_pay_makes_a_plant_run_at_a_loss",
    "mothball": "test_rules_of_version_3.py::test_capacity_that_ramps_up_is_mothballed_as_far_as_it_is_on_line",
    "reserve": "test_capacity.py::test_a_reserve_bounds_what_is_dug_in_all",
    "balance": "test_chain_and_origin.py::test_clean_material_stands_in_for_tainted",
    "stock_bounds": "test_chain_and_origin.py::test_a_stock_minimum_is_kept",
    "route_limit": "test_rules_of_version_3.py::test_a_route_carries_no_more_than_its_limit_of_all_goods_together",
    "offer_limit": "test_trade.py::test_an_offer_is_limited_over_all_its_destinations",
    "sale_limit": "test_trade.py::test_sales_are_limited_over_all_regions",
    "demand": "test_capacity.py::test_existing_capacity_serves_and_the_rest_is_short",
    "redesign_stays": "test_rules_of_version_3.py::test_what_is_designed_out_stays_so",
    "min_china_free_share": "test_demand_and_targets.py::test_a_china_free_share_is_bought_when_it_pays",
    "max_region_share": "test_demand_and_targets.py::test_a_hard_region_share_moves_work",
    "max_china_import_share": "test_demand_and_targets.py::test_a_china_import_share_counts_what_is_bought_and_made",
    "max_supplier_share": "test_rules_of_version_3.py::test_a_supplier_has_at_most_its_share_of_what_is_used",
    "prerequisite": "test_capacity.py::test_a_project_waits_for_the_one_it_requires",
    "exclusive": "test_capacity.py::test_of_alternatives_one_is_built",
    "instrument_share": "test_money.py::test_public_money_pays_its_own_rate",
    "public_share": "test_money.py::test_all_instruments_together_stay_within_the_public_share",
    "budget": "test_money.py::test_a_budget_bounds_support",
    "limits": "test_money.py::test_limits_on_what_plants_give_off",
    "offtake": "test_contracts_and_prices.py::test_what_is_not_taken_is_paid_for_or_made",
    "holds": "test_holds.py::test_what_is_forced_is_built_and_what_is_forbidden_is_not",
    "capital": "test_money.py::test_an_annuity_carries_overrun_interest_and_construction",
    "fixed_opex": "test_rules_of_version_3.py::test_mothballing_saves_part_of_the_fixed_opex",
    "variable_opex": "test_money.py::test_carbon_is_paid_on_throughput",
    "shipping": "test_trade.py::test_a_route_tariff_is_levied_on_the_reference_price",
    "imports": "test_trade.py::test_an_offer_costs_price_and_duty",
    "byproduct_sales": "test_trade.py::test_by_products_are_sold_where_they_are_made",
    "stock_holding": "test_spans.py::test_stock_pays_holding_in_every_year_and_changes_by_the_span",
    "shortage": "test_capacity.py::test_shortage_is_priced_by_segment",
    "redesign": "test_demand_and_targets.py::test_redesign_takes_demand_away_up_to_its_share",
    "target_penalty": "test_demand_and_targets.py::test_a_soft_target_is_missed_at_its_price",
    "disposal": "test_rules_of_version_3.py::test_metal_with_a_disposal_cost_may_be_thrown_away",
    "untaken": "test_contracts_and_prices.py::test_what_is_not_taken_is_paid_for_or_made",
    "public_funds": "test_contracts_and_prices.py::test_the_cost_of_public_funds_is_on_what_is_given_away",
}


def mathematics_page() -> str:
    """docs/mathematics.md, from its template, the docstrings of the rules and those of the kinds of cost."""
    page = (DOCS / "templates" / "mathematics.md").read_text(encoding="utf-8")
    numbers = sorted({rule.number for rule in RULES})
    rules = "\n".join(_rule(rule) for number in numbers for rule in RULES if rule.number == number)
    return page.replace("{{rules}}", rules.rstrip()).replace("{{costs}}", "\n".join(map(_cost, KINDS)).rstrip())


def unit_of(rule: Rule) -> str:
    """The unit of a rule's rows, as the model's own description of them states it."""
    units = re.findall(r"\[([^\]\[]+)\]\"", inspect.getsource(inspect.unwrap(rule.add)))
    assert units, f"{rule.__name__} names no unit"
    return ", ".join(dict.fromkeys(units))


def _rule(rule: Rule) -> str:
    words, *rest = inspect.getdoc(rule.add).split("\n\n")  # type: ignore[union-attr]
    sentence = re.sub(r" \(rules? \d[^)]*\)", "", " ".join(words.split()))
    heading = f"### Rule {rule.number}: {rule.__name__.replace('_', ' ')}\n\n{_signs(sentence)}\n\n"
    return heading + _formulas(rest) + _places(rule.__name__, rule.add, f"Unit: {unit_of(rule)}. ")


def _cost(kind: object) -> str:
    words, *rest = (inspect.getdoc(kind) or "").split("\n\n")
    name = kind.__name__  # type: ignore[attr-defined]
    sentence = re.sub(r"^(Yield|Return) ", "", " ".join(words.split()))
    heading = f"### Cost: {name.replace('_', ' ')}\n\n{sentence[:1].upper()}{sentence[1:]}\n\n"
    return heading + _formulas(rest) + _places(name, kind, "")


def _formulas(parts: list[str]) -> str:
    """The formulas of a docstring as blocks, what follows them as text."""
    found = ""
    for part in parts:
        lines = part.splitlines()
        end = next((k for k, line in enumerate(lines) if PROSE.match(line)), len(lines))
        formula = _signs("\n".join(lines[:end]))
        found += f"```text\n{formula}\n```\n\n" if end else ""
        prose = " ".join(lines[end:])
        found += f"{prose}{'' if prose.endswith('.') else '.'}\n\n" if prose else ""
    return found


def _signs(text: str) -> str:
    return re.sub(r" x(?=\s)", " ×", text.replace("<=", "≤").replace(">=", "≥"))


def _places(name: str, of: object, before: str) -> str:
    file = Path(inspect.getfile(inspect.unwrap(of))).relative_to(DOCS.parent)  # type: ignore[arg-type]
    test_file, test = BY_HAND[name].split("::")
    where = f"[{file.as_posix().removeprefix('model/didymium/')}](../{file.as_posix()})"
    words = test.removeprefix("test_").replace("_", " ")
    return f"{before}Code: {where}. By hand: *{words}*, in [{test_file}](../tests/{test_file}).\n"
