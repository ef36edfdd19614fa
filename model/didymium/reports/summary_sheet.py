"""The sheet Summary: a one-page brief with numbers that follow from the sheets behind, and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from didymium.excel.book import INK, PAPER, Area, Book, Sheet
from didymium.plan.answer import Answer
from didymium.plan.decisions import decisions, part_of
from didymium.reports import charts
from didymium.reports.brief import page_one
from didymium.reports.chart_specs import chart_specs
from didymium.reports.checks import OVERALL
from didymium.reports.numbers import expected
from didymium.reports.palette import STAGES
from didymium.reports.sentence import Sentence
from didymium.reports.sentences import status_in_words
from didymium.reports.target_sentences import target_names, targets_met
from didymium.reports.ties import HOLDS, Ties, turn_red
from didymium.results.decisions import InvestmentRow

_LEFT, _RIGHT = 0, 6  # first columns of the two halves
_CHARTS = (("share", "timeline"), ("supply", "origin"), ("capacity", "spending"))  # in this order, two in a row
_SIZE = 645, 425  # of a chart, pixels
GOOD, BAD = "#117733", "#B2182B"  # text of what is proven or passes, and of what is not or fails
VERDICTS = 15  # column of the formulas that tie sentences to their numbers
_STATUS = ("run.status", "run.gap_percent", "run.objective_musd", "run.bound_musd", "run.bound_by_duals_musd")
_LINE = 200  # characters in a line of the printed page


def write(book: Book, page: Sheet, plan: Answer, areas: dict[str, Area], passed: bool, ties: Ties) -> None:
    """Write status, sentences, main numbers, decisions and targets; then charts and their tables.

    Beside each sentence, to the right of what is printed, a formula says whether the numbers it was written from are
    still there; where not, the sentence turns red.
    """
    page.page.set_portrait()  # all of it on one page
    page.page.set_column(0, 0, 24)
    page.page.set_column(1, 20, 13)
    page.text(
        2,
        0,
        status_in_words(plan.summary),
        bold=True,
        font_size=12,
        font_color=BAD if "NOT" in status_in_words(plan.summary) else GOOD,
    )
    page.text(1, VERDICTS, "Is each sentence as its numbers are?", bold=True)
    _tie(page, ties, Sentence(status_in_words(plan.summary), _STATUS), [2])
    row = _sentences(page, page_one(plan), 3, ties) + 1
    _key_numbers(page, plan, areas, passed, row)
    decided = _decided(page, plan, row + 5)
    last_target = _targets(page, plan, row + 5)
    top = max(decided, last_target) + 2
    charts.gallery(book, page, chart_specs(plan), _CHARTS, top, (_LEFT, _RIGHT), _SIZE, _RIGHT + 6)


def _sentences(page: Sheet, sentences: list[Sentence], row: int, ties: Ties) -> int:
    """Write every sentence, on as many lines as it needs; a warning in colour. Returns the first row below."""
    for sentence in sentences:
        style = {"font_color": BAD, "bold": True} if sentence.is_warning else {}
        lines = wrap(sentence.text, _LINE * 9 // 10 if style else _LINE)
        for k, line in enumerate(lines, row):
            page.text(k, 0, line, **style, **({"indent": 2} if k > row else {}))
        _tie(page, ties, sentence, range(row, row + len(lines)))
        row += len(lines)
    return row


def _tie(page: Sheet, ties: Ties, sentence: Sentence, rows: Sequence[int]) -> None:
    """Write the formula of a sentence beside it, and let the sentence turn red by it."""
    page.formula(rows[0], VERDICTS, ties.formula(sentence), HOLDS, font_color="#777777")
    turn_red(page, rows, (rows[0], VERDICTS), BAD)


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """A main number: its label, the formula over the sheet behind, its value, its number format, and that sheet."""

    label: str
    formula: str
    value: float
    shape: str
    sheet: str


def _key_numbers(page: Sheet, plan: Answer, areas: dict[str, Area], passed: bool, row: int) -> None:
    """Write the main numbers as formulas over the sheets behind, each with a link to its sheet; last, the checks."""
    page.page.set_row(row + 1, 24)
    numbers = _numbers(plan, areas)
    for k, number in enumerate(numbers):
        style = {"num_format": number.shape, "font_color": INK, "align": "left"}
        _card(page, (row, 2 * k), number.label, f"={number.formula}", number.value, number.sheet, style)
    overall = f"=Checks!{'ABCDEFG'[OVERALL[1]]}{OVERALL[0] + 1}"
    style = {"font_color": GOOD if passed else BAD}
    _card(page, (row, 2 * len(numbers)), "All checks", overall, "pass" if passed else "FAIL", "Checks", style)


def _numbers(plan: Answer, areas: dict[str, Area]) -> list[KeyNumber]:
    built, demand, inv = plan.tables["investments"], plan.tables["demand"], areas["investments"]
    wanted, short = expected(demand, "wanted_t"), expected(demand, "short_t")
    wanted_f, short_f = (_expected(areas["demand"], c) for c in ("wanted_t", "short_t"))
    weighted = f"SUM({areas['costs'].range('weighted_musd')})"
    cost = sum(r["weighted_musd"] for r in plan.tables["costs"])
    capex, support = (expected(built, c) for c in ("capex_musd", "support_musd"))
    percent = 100 * short / wanted if wanted else 0.0
    return [
        KeyNumber("Cost, discounted, M USD", weighted, cost, "#,##0", "Costs"),
        KeyNumber("Investments", _count(inv, plan), float(len(decisions(built))), "0", "Investments"),
        KeyNumber("Capex decided, M USD", _expected(inv, "capex_musd"), capex, "#,##0", "Investments"),
        KeyNumber("Public money, M USD", _expected(inv, "support_musd"), support, "#,##0", "Finance"),
        KeyNumber("Demand not met, %", f"IF({wanted_f}=0,0,100*{short_f}/{wanted_f})", percent, "0.00", "Demand"),
    ]


def _expected(area: Area, column: str) -> str:
    """The formula of the sum of a column, each row weighted by its probability."""
    return f"SUMPRODUCT({area.range(column)},{area.range('probability')})"


def _card(
    page: Sheet, at: tuple[int, int], label: str, formula: str, value: float | str, sheet: str, style: dict[str, str]
) -> None:
    """Write one main number on a ground of two by three cells: its label, its formula, and a link to its sheet."""
    row, column = at
    for line in range(row, row + 3):
        for k in (column, column + 1):
            page.cell(line, k, None, bg_color=PAPER)
    page.text(row, column, label, font_color="#444444", bg_color=PAPER)
    page.formula(row + 1, column, formula, value, bold=True, font_size=16, bg_color=PAPER, **style)
    page.link(row + 2, column, f"'{sheet}'!A1", f"see {sheet}", bg_color=PAPER)


def _count(investments: Area, plan: Answer) -> str:
    """A formula that counts each project and year once, on however many branches it is decided."""
    project, year = (investments.range(c) for c in ("project", "decision_year"))
    if len(plan.scenarios) < 2 or not investments.rows:
        return f"COUNTA({project})"
    return f"SUMPRODUCT(1/COUNTIFS({project},{project},{year},{year}))"


def _decided(page: Sheet, plan: Answer, row: int) -> int:
    """Write decisions by stage: what the plan chooses, then what is committed; returns the last row used."""
    rows = plan.tables["investments"]
    row = _by_stage(
        page,
        "Chosen by this plan",
        [part_of(r, r["modules"] - r["committed_modules"]) for r in rows],
        row,
    )
    committed = [part_of(r, r["committed_modules"]) for r in rows]
    return _by_stage(page, "Committed before", committed, row + 2) if any(r["modules"] for r in committed) else row


def _by_stage(page: Sheet, title: str, parts: list[InvestmentRow], row: int) -> int:
    """Write one line for each stage; returns the last row used."""
    for k, text in enumerate((title, "investments", "t/year", "M USD", "public M USD", "years")):
        page.text(row, k, text, bold=True, bottom=1, align="right" if k else "left")
    for stage, colour in STAGES.items():
        rows = [r for r in parts if r["stage"] == stage and r["modules"]]
        row += 1
        page.text(row, 0, stage, left=5, left_color=colour, indent=1)
        page.number(row, 1, len(decisions(rows)))
        for k, column in enumerate(("capacity_t_per_year", "capex_musd", "support_musd"), 2):
            page.number(row, k, expected(rows, column), num_format="#,##0")
        if rows:
            years = [r["decision_year"] for r in rows]
            page.text(row, 5, f"{min(years)}-{max(years)}" if min(years) < max(years) else str(years[0]), align="right")
    return row


def _targets(page: Sheet, plan: Answer, row: int) -> int:
    """Write from when each target is met; returns the last row used."""
    for k, text in enumerate(("Target", "", "", "met from", "years missed", "t missed")):
        page.text(row, _RIGHT + k, text, bold=True, bottom=1, **({"align": "right"} if k else {"indent": 2}))
    by_id = target_names(plan)
    for result in targets_met(plan):
        row += 1
        page.text(row, _RIGHT, by_id[result.target], indent=2)
        page.text(row, _RIGHT + 3, str(result.met_from or "never"), align="right")
        page.number(row, _RIGHT + 4, result.years_missed)
        page.number(row, _RIGHT + 5, result.shortfall_t, num_format="#,##0")
    return row
