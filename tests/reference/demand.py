"""Demand, redesign, targets and limits: rules 9, 10 and 14."""

from __future__ import annotations

from reference.book import MUSD, Book, Plant
from reference.chain import LEVELS
from reference.paths import Node, mean
from reference.program import INF, Coefficients
from reference.tables import Row, given, named, num, share, yes

BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}
INTENSITY = {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}


def wanted(book: Book, d: int, year: int) -> float:
    """Tonnes a year of a row of Demand, after shocks."""
    row = book.tables["demand"][d]
    what = {"commodity": row["commodity"], "region": row["region"], "segment": row["segment"], "item": row["segment"]}
    return num(row, str(year)) * book.path.factor("demand", year, **what)


def write_demand(book: Book) -> None:
    """Every row of demand: served, designed out, or short."""
    segments = {row["segment"]: row for row in book.tables["segments"]}
    for d, row in enumerate(book.tables["demand"]):
        shortage = num(segments[row["segment"]], "shortage_cost_usd_per_t")
        for node in book.nodes:
            amount = mean(node.years, lambda y: wanted(book, d, y))  # noqa: B023
            serves = [book.variable(node, "serve", d, origin_level) for origin_level in LEVELS]
            for origin_level, serve in enumerate(serves):
                book.flow(row["region"], row["commodity"], node, origin_level, serve, -1)
                book.use(row["region"], row["commodity"], node, serve, 1)
            short = book.variable(node, "short", d)
            book.cost("shortage", short, book.path.paid(node, lambda _: shortage) * MUSD)  # noqa: B023
            book.program.row([(v, 1) for v in (*serves, short, _redesigned(book, d, node))], amount, amount)
        _redesign_stays(book, d)


def _redesigned(book: Book, d: int, node: Node) -> object:
    """Tonnes designed out, up to the mean of the share allowed times demand."""
    swap = _substitution(book, d)
    maximum = mean(node.years, lambda y: share(swap, str(y)) * wanted(book, d, y))
    out = book.variable(node, "substitution", d, high=maximum)
    book.cost("redesign", out, book.path.paid(node, lambda _: num(swap, "cost_usd_per_t")) * MUSD)
    return out


def _substitution(book: Book, d: int) -> Row:
    segment = book.tables["demand"][d]["segment"]
    return next((row for row in book.tables["substitution"] if row["segment"] == segment), {})


def _redesign_stays(book: Book, d: int) -> None:
    """The share designed out does not fall from one node with demand to the next, but as far as the share allowed
    falls.
    """
    swap = _substitution(book, d)
    before = None
    for node in book.nodes:
        amount = mean(node.years, lambda y: wanted(book, d, y))
        if amount <= 0:
            continue
        out = (book.variable(node, "substitution", d), 1 / amount)
        allowed = mean(node.years, lambda y: share(swap, str(y)) * wanted(book, d, y)) / amount
        if before is not None:
            (earlier, each), was_allowed = before
            book.program.row([out, (earlier, -each)], low=-max(0.0, was_allowed - allowed))
        before = out, allowed


def write_targets(book: Book) -> None:
    """Every target in every node that holds a year in which it is given."""
    for row in book.tables["targets"]:
        for node in book.nodes:
            years = [y for y in node.years if given(row, str(y))]
            if years:
                _target(book, row, node, years)


def _target(book: Book, row: Row, node: Node, years: list[int]) -> None:
    hard = book.settings.get("target_policy") == "hard"
    target_shortfall = book.variable(node, "target_shortfall", row["target"], high=0.0 if hard else INF)
    usual = num(book.settings, "target_penalty_usd_per_t", 1e6)
    paid = num(row, "penalty_usd_per_t", usual) * sum(book.path.worth(y) for y in years)
    book.cost("penalty", target_shortfall, paid * MUSD)
    required = {y: share(row, str(y)) * book.path.factor("target", y, item=str(row["target"])) for y in years}
    if row["type"] == "min_china_free_share":
        rows = _demanded(book, row)
        free = [
            (book.variable(node, "serve", d, origin_level), 1)
            for d in rows
            for origin_level in range(BELOW[str(row["stage"])])
        ]
        out = [(book.variable(node, "substitution", d), 1) for d in rows]
        needed = mean(years, lambda y: required[y] * sum(wanted(book, d, y) for d in rows))
        book.program.row([*free, *out, (target_shortfall, 1)], low=needed)
        return
    maximum = mean(years, lambda y: required[y])
    coefficients = (
        _region_share(book, row, node, maximum)
        if row["type"] == "max_region_share"
        else _import_share(book, row, node, maximum)
    )
    book.program.row([*coefficients, (target_shortfall, -1)], high=0)


def _demanded(book: Book, row: Row) -> list[int]:
    """Rows of Demand that a target counts."""
    rows = enumerate(book.tables["demand"])
    return [d for d, r in rows if all(named(row, column) in ("*", r[column]) for column in ("region", "segment"))]


def _region_share(book: Book, row: Row, node: Node, maximum: float) -> Coefficients:
    """A region's throughput at a stage, less its share of that of all regions outside China."""
    for p, project in book.chain.projects.items():
        if project["stage"] == row["stage"]:
            counts = (project["region"] == row["region"]) - maximum * (not book.chain.china[project["region"]])
            yield from ((run, counts) for _, run in book.runs[p, node])


def _import_share(book: Book, row: Row, node: Node, maximum: float) -> Coefficients:
    """What is bought from China, or from one supplier, less its share of what is used; all outside China."""
    c = str(row["commodity"])
    for buy, offer in book.bought[c, node]:
        if yes(offer, "china") if row["type"] == "max_china_import_share" else offer.get("supplier") == row["supplier"]:
            yield buy, 1.0
    yield from ((name, -maximum * tonnes) for name, tonnes in book.used[c, node])


def write_limits(book: Book) -> None:
    """What a region can carry: decisions and capital over the years given, burdens on average over them."""
    for row in book.tables["limits"]:
        for node in book.nodes:
            years = [y for y in node.years if given(row, str(y))]
            maximum = {y: num(row, str(y)) * book.path.factor("limit", y, item=row["limit"]) for y in years}
            if years:
                summed = row["measure"] in ("decisions", "capex_musd")
                book.program.row(_burden(book, row, node), high=sum(maximum.values()) / (1 if summed else len(years)))


def _burden(book: Book, row: Row, node: Node) -> Coefficients:
    for p, project in book.chain.projects.items():
        if not all(named(row, column) in ("*", project[column]) for column in ("region", "stage")):
            continue
        if row["measure"] in INTENSITY:
            each = num(project, INTENSITY[str(row["measure"])])
            yield from ((run, each) for _, run in book.runs[p, node])
        elif node in book.builds[p]:
            yield book.builds[p][node], 1.0 if row["measure"] == "decisions" else Plant(book, p).overnight
