"""The sheet Checks: live formulas that re-add the plan from its own sheets, and the independent re-check."""

from __future__ import annotations

from collections.abc import Sequence

from didymium.office.book import HEADER_ROW, INK, Area, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.tables import LEVELS
from didymium.recheck import TOLERANCE

NEAR = 1e-4  # share of the sum that two ways of adding may differ by


def write(book: Book, plan: Answer, areas: dict[str, Area]) -> bool:
    """Write the sheet; returns whether every check passes."""
    page = book.sheet(
        "Checks", "Do the numbers add up?", "Live formulas over the sheets before; below, the largest breach of each rule found without the optimiser"
    )
    for k, text in enumerate(("check", "this way", "that way", "difference", "pass")):
        page.text(HEADER_ROW, k, text, bold=True, bg_color=INK, font_color="#FFFFFF")
    row = HEADER_ROW + 1
    passed = True
    for name, left, right, values in _formulas(plan, areas):
        passed &= _line(page, row, name, left, right, values)
        row += 1
    row += 1
    worst = [
        {"rule": rule, "largest_breach": b.size, "where": b.where if b.size else "", "pass": "pass" if b.size <= TOLERANCE else "FAIL"}
        for rule, b in plan.breaches.items()
    ]
    page.table(worst, ["rule", "largest_breach", "where", "pass"], at=(row, 0), freeze=False)
    page.page.set_column(0, 0, 66)
    page.page.set_column(1, 1, 18)
    page.page.set_column(2, 2, 60)
    return passed and all(b.size <= TOLERANCE for b in plan.breaches.values())


def _line(page: Sheet, row: int, name: str, left: str, right: str, values: tuple[float, float]) -> bool:
    """One check: two ways to the same number, their difference, pass or fail."""
    r = row + 1
    a, b = values
    good = abs(a - b) <= NEAR * max(1.0, abs(a))
    page.text(row, 0, name)
    page.formula(row, 1, f"={left}", a, num_format="#,##0.000")
    page.formula(row, 2, f"={right}", b, num_format="#,##0.000")
    page.formula(row, 3, f"=B{r}-C{r}", a - b, num_format="0.000000")
    page.formula(row, 4, f'=IF(ABS(D{r})<={NEAR}*MAX(1,ABS(B{r})),"pass","FAIL")', "pass" if good else "FAIL", bold=True)
    return good


def _total(plan: Answer, table: str, column: str, where: tuple[str, str] | None = None) -> float:
    rows = plan.tables[table]
    return sum(float(str(r.get(column) or 0.0)) for r in rows if where is None or r[where[0]] == where[1])


def _formulas(plan: Answer, areas: dict[str, Area]) -> Sequence[tuple[str, str, str, tuple[float, float]]]:
    """(what, formula one way, formula the other way, their values)."""
    cost, demand, trade, capacity = areas["costs"], areas["demand"], areas["trade"], areas["capacity"]
    kinds = [c for c in cost.columns if c.endswith("_musd_per_year") and not c.startswith("total")]
    weighted = [f"SUMPRODUCT({cost.range(k)},{cost.range('weight')})" for k in kinds]
    objective = plan.cost
    total = sum(float(str(r["weight"])) * sum(float(str(r[k])) for k in kinds) for r in plan.tables["costs"])
    found = [
        ("expected discounted cost, M USD: sum of nodes against the headline", f"SUM({cost.range('weighted_musd')})", f"{objective!r}", (_total(plan, "costs", "weighted_musd"), objective)),
        ("expected discounted cost, M USD: sum of kinds against sum of nodes", "+".join(weighted), f"SUM({cost.range('weighted_musd')})", (total, _total(plan, "costs", "weighted_musd"))),
    ]  # fmt: skip
    if demand.rows:
        served = [f"level_{k}_t" for k in LEVELS] + ["designed_out_t", "short_t"]
        met = sum(_total(plan, "demand", c) for c in served)
        found.append(("demand, t: wanted against served + designed out + short", f"SUM({demand.range('wanted_t')})", "+".join(f"SUM({demand.range(c)})" for c in served), (_total(plan, "demand", "wanted_t"), met)))  # fmt: skip
    if capacity.rows:
        over = sum(max(0.0, float(str(r["throughput_t"])) - float(str(r["online_t_per_year"]))) for r in plan.tables["capacity"])
        used, online = capacity.range("throughput_t"), capacity.range("online_t_per_year")
        found.append(("throughput above what is on line, t", f"SUMPRODUCT(({used}>{online})*({used}-{online}))", "0", (over, 0.0)))
    if trade.rows:
        for kind, column in (("ship", "shipping"), ("buy", "imports"), ("sell", "byproduct_sales")):
            at = (_total(plan, "trade", "cost_musd", ("kind", kind)), _total(plan, "costs", f"{column}_musd_per_year"))
            found.append((f"{column}, M USD in all modelled years: Trade against Costs", f'SUMIF({trade.range("kind")},"{kind}",{trade.range("cost_musd")})', f"SUM({cost.range(column + '_musd_per_year')})", at))  # fmt: skip
    if areas["finance"].rows:
        money = (_total(plan, "finance", "support_musd"), _total(plan, "investments", "support_musd"))
        found.append(("public money, M USD: Finance against Investments", f"SUM({areas['finance'].range('support_musd')})", f"SUM({areas['investments'].range('support_musd')})", money))  # fmt: skip
    return found
