"""The sheet Summary: a one-page brief with figures that follow the sheets behind them, and charts."""

from __future__ import annotations

from textwrap import wrap

from didymium.excel.book import INK, PAPER, Area, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions
from didymium.plan.tables import Record
from didymium.reports import charts
from didymium.reports.chart_specs import chart_specs
from didymium.reports.checks import OVERALL
from didymium.reports.names import spoken
from didymium.reports.palette import STAGES
from didymium.reports.words import amount, expected, front_page, status_in_words, targets_met

_LEFT, _RIGHT = 0, 6  # first columns of the two halves
_CHARTS = (("share", "timeline"), ("supply", "origin"), ("capacity", "spending"))  # as they stand, two a row
_SIZE = 645, 425  # of a chart, pixels
_LINE = 200  # characters that stand side by side on the printed page


def write(book: Book, page: Sheet, plan: Answer, areas: dict[str, Area], passed: bool) -> None:
    """Status, sentences, figures, decisions and targets; charts; and the tables that they show."""
    page.page.set_portrait()  # all of it on one page
    page.page.set_column(0, 0, 24)
    page.page.set_column(1, 20, 13)
    page.text(
        2,
        0,
        status_in_words(plan.summary),
        bold=True,
        font_size=12,
        font_color="#B2182B" if "NOT" in status_in_words(plan.summary) else "#117733",
    )
    row = _sentences(page, front_page(plan), 3) + 1
    _figures(page, plan, areas, passed, row)
    decided = _decided(page, plan, row + 5)
    met = _targets(page, plan, row + 5)
    top = max(decided, met) + 2
    charts.gallery(book, page, chart_specs(plan), _CHARTS, top, (_LEFT, _RIGHT), _SIZE, _RIGHT + 6)


def _sentences(page: Sheet, said: list[str], row: int) -> int:
    """Every sentence, on as many lines as it takes; a warning in colour. Returns the first row below."""
    for sentence in said:
        style = {"font_color": "#B2182B", "bold": True} if sentence.startswith("Warning") else {}
        for k, line in enumerate(wrap(sentence, _LINE * 9 // 10 if style else _LINE)):
            page.text(row, 0, line, **style, **({"indent": 2} if k else {}))
            row += 1
    return row


def _figures(page: Sheet, plan: Answer, areas: dict[str, Area], passed: bool, row: int) -> None:
    """Figures as formulas over the sheets behind, each with a link to its sheet."""
    built, demand = plan.tables["investments"], plan.tables["demand"]
    inv, wanted, short = areas["investments"], expected(demand, "wanted_t"), expected(demand, "short_t")
    short_f, wanted_f = (
        f"SUMPRODUCT({areas['demand'].range(c)},{areas['demand'].range('probability')})"
        for c in ("short_t", "wanted_t")
    )
    told = [
        ("Cost, discounted, M USD", f"SUM({areas['costs'].range('weighted_musd')})", sum(amount(r, "weighted_musd") for r in plan.tables["costs"]), "#,##0", "Costs"),
        ("Investments", _count(inv, plan), float(len(decisions(built))), "0", "Investments"),
        ("Capex decided, M USD", f"SUMPRODUCT({inv.range('capex_musd')},{inv.range('probability')})", expected(built, "capex_musd"), "#,##0", "Investments"),
        ("Public money, M USD", f"SUMPRODUCT({inv.range('support_musd')},{inv.range('probability')})", expected(built, "support_musd"), "#,##0", "Finance"),
        ("Demand not met, %", f"IF({wanted_f}=0,0,100*{short_f}/{wanted_f})", 100 * short / wanted if wanted else 0.0, "0.00", "Demand"),
    ]  # fmt: skip
    page.page.set_row(row + 1, 24)
    for k, (label, formula, value, shape, sheet) in enumerate(told):
        at = 2 * k
        for line in range(row, row + 3):
            for column in (at, at + 1):
                page.cell(line, column, None, bg_color=PAPER)
        page.text(row, at, label, font_color="#444444", bg_color=PAPER)
        page.formula(
            row + 1,
            at,
            f"={formula}",
            value,
            bold=True,
            font_size=16,
            num_format=shape,
            font_color=INK,
            bg_color=PAPER,
            align="left",
        )
        page.link(row + 2, at, f"internal:'{sheet}'!A1", f"see {sheet}", bg_color=PAPER)
    at = 2 * len(told)
    for line in range(row, row + 3):
        for column in (at, at + 1):
            page.cell(line, column, None, bg_color=PAPER)
    page.text(row, at, "All checks", font_color="#444444", bg_color=PAPER)
    overall = f"Checks!{'ABCDEFG'[OVERALL[1]]}{OVERALL[0] + 1}"
    page.formula(
        row + 1,
        at,
        f"={overall}",
        "pass" if passed else "FAIL",
        bold=True,
        font_size=16,
        font_color="#117733" if passed else "#B2182B",
        bg_color=PAPER,
    )
    page.link(row + 2, at, "internal:'Checks'!A1", "see Checks", bg_color=PAPER)


def _count(investments: Area, plan: Answer) -> str:
    """A formula that counts each project and year once, on however many branches it is decided."""
    project, year = (investments.range(c) for c in ("project", "decision_year"))
    if len(plan.scenarios) < 2 or not investments.rows:
        return f"COUNTA({project})"
    return f"SUMPRODUCT(1/COUNTIFS({project},{project},{year},{year}))"


def _decided(page: Sheet, plan: Answer, row: int) -> int:
    """Decisions by stage: what the plan chooses, then what is committed; returns the last row used."""
    rows = plan.tables["investments"]
    row = _by_stage(
        page,
        "Chosen by this plan",
        [_part(r, amount(r, "modules") - amount(r, "committed_modules")) for r in rows],
        row,
    )
    committed = [_part(r, amount(r, "committed_modules")) for r in rows]
    return (
        _by_stage(page, "Committed before", committed, row + 2) if any(amount(r, "modules") for r in committed) else row
    )


def _part(row: Record, modules: float) -> Record:
    """So many modules of a decision: capacity and money in proportion."""
    share = modules / amount(row, "modules")
    return {
        **row,
        "modules": modules,
        **{c: share * amount(row, c) for c in ("capacity_t_per_year", "capex_musd", "support_musd")},
    }


def _by_stage(page: Sheet, title: str, parts: list[Record], row: int) -> int:
    """One line a stage; returns the last row used."""
    for k, text in enumerate((title, "investments", "t/year", "M USD", "public M USD", "years")):
        page.text(row, k, text, bold=True, bottom=1, align="right" if k else "left")
    for stage, colour in STAGES.items():
        rows = [r for r in parts if r["stage"] == stage and amount(r, "modules")]
        row += 1
        page.text(row, 0, stage, left=5, left_color=colour, indent=1)
        page.number(row, 1, len(decisions(rows)))
        for k, column in enumerate(("capacity_t_per_year", "capex_musd", "support_musd"), 2):
            page.number(row, k, expected(rows, column), num_format="#,##0")
        if rows:
            years = [int(str(r["decision_year"])) for r in rows]
            page.text(row, 5, f"{min(years)}-{max(years)}" if min(years) < max(years) else str(years[0]), align="right")
    return row


def _targets(page: Sheet, plan: Answer, row: int) -> int:
    """By when each target is met; returns the last row used."""
    for k, text in enumerate(("Target", "", "", "met from", "years missed", "t missed")):
        page.text(row, _RIGHT + k, text, bold=True, bottom=1, **({"align": "right"} if k else {"indent": 2}))
    for met in targets_met(plan):
        row += 1
        page.text(row, _RIGHT, spoken(met.target), indent=2)
        page.text(row, _RIGHT + 3, str(met.met_from or "never"), align="right")
        page.number(row, _RIGHT + 4, met.years_missed)
        page.number(row, _RIGHT + 5, met.missed_t, num_format="#,##0")
    return row
