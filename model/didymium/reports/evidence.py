"""The sheet Evidence: which share of cost, capacity and supply depends on reported, derived, assumed or unsourced
inputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

from didymium.case.network import route_key
from didymium.excel.book import Book, Sheet
from didymium.excel.headings import readable
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.reports.display import REGIONS, name_of, names
from didymium.reports.inputs import Places
from didymium.reports.numbers import probability
from didymium.results import Record
from didymium.tables.rows import Row, Tables
from didymium.tables.schema.words import FIRMNESS

MAX_LISTED = 10  # inputs that are listed
UNSOURCED = "unsourced"
_WEAK = ("assumed", UNSOURCED)
OPERATION = "operation"
Key = tuple[str, ...]
"""Sheet and key of an input row; after a project's, OPERATION where its operating cost is meant."""
Attribution = tuple[Key, float, str]
"""The part of a result that depends on an input row: its key, M USD of expected discounted cost (either sign) or
tonnes, and what the row sets."""
_NOTE = 90  # width of the notes, characters


def confidence(tables: Tables) -> dict[Key, str]:
    """Return the confidence of the source of every input row that can carry cost, by sheet and key; of a project also
    that of its operating cost."""
    firm, firm_opex = tables.firmness(), tables.firmness("opex_source")
    found: dict[Key, str] = {}
    for sheet, columns in KEYS.items():
        for row in tables[sheet]:
            key = (sheet, *(row.text(c) for c in columns))
            found.setdefault(key, firm(row))
            if sheet == "Projects":
                found.setdefault((*key, OPERATION), firm_opex(row))
    return found


KEYS = {
    "Projects": ("project",),
    "Imports": ("offer",),
    "Routes": ("from_region", "to_region", "stage"),
    "Segments": ("segment",),
    "Substitution": ("segment",),
    "Commodities": ("commodity",),
    "Stockpiles": ("region", "commodity"),
    "Targets": ("target",),
}


def cost_attributions(plan: Answer) -> Iterator[Attribution]:
    """Yield every part of the cost, M USD, with the input row that sets its price."""
    weight = {(r["branch"], r["year"]): r["weight"] for r in plan.tables["costs"]}
    for r in plan.tables["plants"]:
        capital = weight[r["branch"], r["year"]] * r["capital_musd_per_year"]
        yield ("Projects", r["project"]), capital, "capital"
        yield ("Projects", r["project"], OPERATION), r["weighted_musd"] - capital, OPERATION
    for part in (_trade, _demand, _stockpiles, _targets):
        yield from part(plan, weight)


Weights = Mapping[tuple[str, int], float]
"""The weight of a year's cost in the expected discounted cost, by branch and year."""


def _trade(plan: Answer, weight: Weights) -> Iterator[Attribution]:
    routes = {(str(r["from_region"]), str(r["to_region"]), str(r["stage"])) for r in plan.source["Routes"]}
    for r in plan.tables["trade"]:
        money = weight[r["branch"], r["year"]] * r["cost_musd"]
        if r["kind"] == "buy":
            yield ("Imports", r["from"]), money, "price and duty"
        elif r["kind"] == "sell":
            yield ("Commodities", r["commodity"]), money, "sales"
        else:
            key = route_key(routes, str(r["from"]), str(r["to"]), str(r["stage"]))
            if key is not None:
                yield ("Routes", *key), money, "freight"


def _demand(plan: Answer, weight: Weights) -> Iterator[Attribution]:
    """The cost of demand that is not met, and of redesign."""
    segments = plan.source.ids("Segments.segment")
    redesign = plan.source.ids("Substitution.segment")
    for r in plan.tables["demand"]:
        segment, at = r["segment"], weight[r["branch"], r["year"]] / 1e6
        shortage = at * r["short_t"] * segments[segment].num("shortage_cost_usd_per_t")
        yield ("Segments", segment), shortage, "cost of shortage"
        if segment in redesign:
            money = at * r["designed_out_t"] * redesign[segment].num("cost_usd_per_t")
            yield ("Substitution", segment), money, "cost of redesign"


def _stockpiles(plan: Answer, weight: Weights) -> Iterator[Attribution]:
    prices = {
        (r.text("region"), r.text("commodity")): r.num("holding_usd_per_t_year") for r in plan.source["Stockpiles"]
    }
    for r in plan.tables["stockpiles"]:
        key = (r["region"], r["commodity"])
        money = weight[r["branch"], r["year"]] / 1e6 * r["stock_t"] * prices[key]
        yield ("Stockpiles", *key), money, "cost of holding"


def _targets(plan: Answer, weight: Weights) -> Iterator[Attribution]:
    penalty = as_number(plan.source.setting("target_penalty_usd_per_t")) / 1e6
    for r in plan.tables["targets"]:
        money = weight[r["branch"], r["year"]] * penalty * r["miss_t"]
        yield ("Targets", r["target"]), money, "penalty"


def capacity_attributions(plan: Answer) -> Iterator[Attribution]:
    """Yield capacity on line in the last year, t/year, with the row of its project."""
    chance = probability(plan)
    last = max((r["year"] for r in plan.tables["capacity"]), default=0)
    for r in plan.tables["capacity"]:
        if r["year"] == last:
            tonnes = chance[r["branch"], r["year"]] * r["online_t_per_year"]
            yield ("Projects", r["project"]), tonnes, "capacity"


def supply_attributions(plan: Answer) -> Iterator[Attribution]:
    """Yield tonnes of magnets in all years: made, with the row of the plant; bought, with the row of the offer."""
    chance = probability(plan)
    years = {(r["branch"], r["year"]): chance[r["branch"], r["year"]] * r["span_years"] for r in plan.tables["costs"]}
    for run in plan.tables["production"]:
        if run["stage"] == "magnet":
            tonnes = years[run["branch"], run["year"]] * run["throughput_t"]
            yield ("Projects", run["project"]), tonnes, "made"
    for traded in plan.tables["trade"]:
        if traded["kind"] == "buy" and traded["stage"] == "magnet":
            tonnes = years[traded["branch"], traded["year"]] * traded["tonnes_t"]
            yield ("Imports", traded["from"]), tonnes, "bought"


def shares(plan: Answer) -> list[Record]:
    """Return the share of cost (without its sign), of capacity in the last year and of magnets that depends on each
    kind of confidence, percent."""
    firm = confidence(plan.source)
    found: list[Record] = []
    for what, attributions in (
        ("cost, discounted", cost_attributions(plan)),
        ("capacity on line in the last year", capacity_attributions(plan)),
        ("magnets made and bought", supply_attributions(plan)),
    ):
        by_row = _amount_by_input(attributions)
        total = sum(abs(money) for money in by_row.values())
        by_confidence = {
            name: sum(abs(a) for key, a in by_row.items() if firm.get(key, UNSOURCED) == name) for name in FIRMNESS
        }
        found.append(
            {
                "share of": what,
                **{f"{name}_percent": 100 * part / total if total else 0.0 for name, part in by_confidence.items()},
            }
        )
    return found


def weak_inputs(plan: Answer) -> list[Record]:
    """Return the assumed or unsourced input rows with the largest cost, the largest first."""
    firm, attributions = confidence(plan.source), [*cost_attributions(plan)]
    costs, how = _amount_by_input(attributions), {key: what for key, _, what in attributions}
    total = sum(abs(money) for money in costs.values())
    weak = [key for key, money in costs.items() if firm.get(key, UNSOURCED) in _WEAK and abs(money) > 1e-9]
    regions, rows = names(plan.source, REGIONS), _rows_by_key(plan.source)
    return [
        {
            "sheet": key[0],
            "input": _input_name(rows.get(_row_key(key)), _row_key(key)[1:], regions),
            "what": how[key],
            "cost_musd": costs[key],
            "share_of_cost_percent": 100 * abs(costs[key]) / total,
            "confidence": firm.get(key, UNSOURCED),
            "note": _note(rows.get(_row_key(key))),
            "key": _row_key(key),
        }
        for key in sorted(weak, key=lambda key: (-abs(costs[key]), key))[:MAX_LISTED]
    ]


def _row_key(key: Key) -> Key:
    """The sheet and key of the input row itself."""
    return key[:2] if key[0] == "Projects" else key


def _amount_by_input(attributions: Iterable[Attribution]) -> dict[Key, float]:
    """The sum of the attributions to each input row."""
    found: dict[Key, float] = defaultdict(float)
    for key, amount, _ in attributions:
        found[key] += amount
    return found


def _rows_by_key(tables: Tables) -> dict[Key, Row]:
    """Input rows by sheet and key; of several with the same key the first."""
    return {
        (sheet, *(row.text(c) for c in columns)): row
        for sheet, columns in KEYS.items()
        for row in reversed(tables[sheet])
    }


def _input_name(row: Row | None, key: tuple[str, ...], regions: Mapping[str, str]) -> str:
    """The name of an input row, or its key in words."""
    return (
        name_of(row, key[0]) if row and len(key) == 1 else " / ".join(regions.get(part, readable(part)) for part in key)
    )


def _note(row: Row | None) -> str:
    return str(row.extra.get("note", "")) if row else ""


def write(book: Book, plan: Answer, where: Places) -> None:
    """Write the sheet Evidence: shares by confidence, and the ten weak inputs with the largest cost, each with a link
    to its row."""
    page = book.sheet(
        "Evidence",
        "How reliable are the inputs behind the answer?",
        "Shares by the confidence of the source of the input row behind each amount; a row without a source is"
        " unsourced. Costs without their sign",
    )
    area = page.table(shares(plan), ["share of", *(f"{name}_percent" for name in FIRMNESS)])
    top = area.top + area.rows + 3
    page.text(top - 1, 0, "The ten assumed or unsourced inputs with the largest part of the cost", bold=True)
    columns = ["input", "sheet", "what", "cost_musd", "share_of_cost_percent", "confidence", "note"]
    page.table(
        weak_inputs(plan),
        columns,
        at=(top, 0),
        freeze=False,
        cells={"note": _wrapped},
        links={"input": lambda r: where.link(*(str(k) for k in r["key"]))},  # type: ignore[attr-defined]
    )
    for column, width in enumerate((44, 16, 24, 18, 22, 16, _NOTE)):
        page.page.set_column(column, column, width)


def _wrapped(page: Sheet, row: int, column: int, record: Mapping[str, object]) -> None:
    """Write a note on as many lines as it needs, in a row of that height."""
    page.page.set_row(row, 15 * max(1, len(wrap(str(record["note"]), _NOTE - 5))))
    page.text(row, column, record["note"], text_wrap=True)
