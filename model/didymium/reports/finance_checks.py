"""Checks of the sheets Finance and Support row by row: their own arithmetic, and one table against another."""

from __future__ import annotations

from collections.abc import Iterator

from didymium.plan.answer import Answer
from didymium.reports.row_checks import CrossCheck, differs, few
from didymium.reports.row_formulas import TableFormulas, Where

_KINDS = (
    "loans_musd",
    "grants_musd",
    "subsidy_equivalent_musd",
    "capital_subsidy_in_plan_musd",
    "floor_payments_musd",
)
_SUPPLY = ("delivered_t", "sold_outside_t", "supplied_discounted_t")


def _governments(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Governments: their own arithmetic, and against decisions and plants."""
    for table in ("governments", "supported_plants"):
        grants, loan, subsidy = s.pick(table, "grants_musd", "loan_subsidy_musd", "subsidy_equivalent_musd")
        wrong = differs(grants + loan, subsidy)
        yield CrossCheck("grants and subsidy in loans against subsidy equivalent", table, wrong)
        capital, floors, given = s.pick(
            table, "capital_subsidy_in_plan_musd", "floor_payments_musd", "given_in_plan_musd"
        )
        wrong = differs(capital + floors, given)
        yield CrossCheck("capital subsidy and floor payments against what is given", table, wrong)
    government = s.keys("governments", "government")
    if len(plan.scenarios) == 1:
        both = s.col("governments", "loans_musd") + s.col("governments", "grants_musd")
        wrong = differs(both, s.sums("finance", "support_musd", **government))
        yield CrossCheck("loans and grants against decisions, by government", "governments", wrong)
    for kind in _KINDS:
        wrong = differs(s.col("governments", kind), s.sums("supported_plants", kind, **government))
        name = kind.removesuffix("_musd").replace("_", " ")
        yield CrossCheck(f"{name} against plants, by government", "governments", wrong)
    given, own = s.pick("governments", "given_in_plan_musd", "own_region_percent")
    stays = s.sums("supported_use", "given_share_musd", **government, stays="yes")
    wrong = differs(own * given / 100.0, stays)
    yield CrossCheck("share for its own region against regions of use", "governments", wrong)


def _stages(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Stages and targets against plants."""
    where = s.keys("supported_stages", "government", "stage")
    for column in ("given_in_plan_musd", *_SUPPLY):
        wrong = differs(s.col("supported_stages", column), s.sums("supported_plants", column, **where))
        name = column.rpartition("_")[0].replace("_", " ")
        yield CrossCheck(f"{name} against plants, by government and stage", "supported_stages", wrong)
    of_stage = s.sums("supported_stages", "given_in_plan_musd", **s.keys("supported_targets", "government", "stage"))
    given, points, each = s.pick(
        "supported_targets", "given_in_plan_musd", "discounted_point_years", "musd_per_point_year"
    )
    yield CrossCheck("what is given against stages", "supported_targets", differs(given, of_stage))
    wrong = differs(points * each, given)
    yield CrossCheck("given per point and year against what is given and points", "supported_targets", wrong)


def _plants(s: TableFormulas, plan: Answer) -> Iterator[CrossCheck]:
    """Plants against regions of use, and what is given for a tonne."""
    for table in ("supported_stages", "supported_plants"):
        given, tonnes, each = s.pick(table, "given_in_plan_musd", "supplied_discounted_t", "given_usd_per_t")
        wrong = tonnes.above(0.05) * differs(tonnes * each / 1e6, given)
        yield CrossCheck("given per tonne against what is given and tonnes", table, wrong)
    if not few(s, "supported_plants", "supported_use"):
        return
    where: dict[str, Where] = s.keys("supported_plants", "government", "project")
    both = s.across("supported_plants", ("delivered_t", "sold_outside_t"))
    wrong = differs(both, s.sums("supported_use", "supplied_t", **where))
    yield CrossCheck("delivered and sold outside against regions of use", "supported_plants", wrong)
    outside = s.sums("supported_use", "supplied_t", **where, use_region="outside")
    wrong = differs(s.col("supported_plants", "sold_outside_t"), outside)
    yield CrossCheck("sold outside against regions of use", "supported_plants", wrong)
    wrong = differs(
        s.col("supported_plants", "given_in_plan_musd"), s.sums("supported_use", "given_share_musd", **where)
    )
    yield CrossCheck("what is given against regions of use", "supported_plants", wrong)
    of_plant = s.keys("supported_use", "government", "project")
    total = s.sums("supported_plants", "delivered_t", **of_plant) + s.sums(
        "supported_plants", "sold_outside_t", **of_plant
    )
    tonnes, percent = s.pick("supported_use", "supplied_t", "of_plant_percent")
    yield CrossCheck(
        "tonnes against their share of the plant's", "supported_use", differs(percent * total / 100.0, tonnes)
    )


CHECKS = (_governments, _stages, _plants)
"""Functions that yield the checks, in the order of the sheet Checks."""
