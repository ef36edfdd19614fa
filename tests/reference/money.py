"""Capital, public money and contracts: rules 13 and 15, and their cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from reference.book import MUSD, Book, Plant
from reference.paths import Node
from reference.plants import on_line
from reference.program import Name
from reference.tables import Row, given, listed, num, share


def write_money(book: Book) -> None:
    """Annuities, public money in decisions, budgets."""
    spent: dict[str, list[tuple[int, Name]]] = defaultdict(list)
    for p in book.chain.projects:
        plant = Plant(book, p)
        for decided, build in book.builds[p].items():
            capital = plant.overnight * plant.annuity(plant.wacc)
            years = _charges(book, plant, decided, lambda y: book.path.factor("capex", y, **plant.what))  # noqa: B023
            book.cost("capital", build, capital * years)
            for instrument, support in _support(book, plant, decided, build):
                spent[instrument["government"]].append((decided.year, support))
    for row in book.tables["budgets"]:
        _budget(book, row, spent[row["government"]])


def _charges(book: Book, plant: Plant, decided: Node, factor: Callable[[int], float] = lambda _: 1.0) -> float:
    """Discounted years in which a module's annuity is paid, each times a factor."""
    paid = lambda y: factor(y) if plant.charged(decided.year, y) else 0.0
    return sum(book.path.paid(node, paid) for node in book.nodes)


def _support(book: Book, plant: Plant, decided: Node, build: Name) -> list[tuple[Row, Name]]:
    """Public money in a decision, by instrument, with what it saves and what it costs the public."""
    found = []
    for row in book.tables["finance"]:
        required = (("stages", "stage"), ("regions", "region"), ("projects", "project"))
        if not all(listed(row, plural) & {"*", plant.row[singular]} for plural, singular in required):
            continue
        support = book.variable(decided, "support", plant.p, row["instrument"])
        book.program.row([(support, 1), (build, -share(row, "max_share_percent") * plant.overnight)], high=0)
        saving = plant.annuity(plant.wacc) - share(row, "repaid_percent", 100) * plant.annuity(
            share(row, "rate_percent")
        )
        years = _charges(book, plant, decided)
        book.cost("public saving", support, -saving * years)
        book.cost(
            "public funds", support, share(book.settings, "cost_of_public_funds_percent") * max(0.0, saving) * years
        )
        found.append((row, support))
    maximum = share(book.settings, "max_public_share_percent", 100) * plant.overnight
    book.program.row([*((support, 1) for _, support in found), (build, -maximum)], high=0)
    return found


def _budget(book: Book, row: Row, spent: list[tuple[int, Name]]) -> None:
    """What a government has spent by a node is within what became available up to its own year."""
    government = str(row["government"])
    for node in book.nodes:
        years = range(book.path.first, node.year + 1)
        available = sum(num(row, str(y)) * book.path.factor("budget", y, item=government) for y in years)
        book.program.row([(support, 1) for year, support in spent if year <= node.year], high=available)


def write_contracts(book: Book) -> None:
    """Offtakes, which bind, and price floors, which only cost public funds."""
    for row in book.tables["contracts"]:
        for node in book.nodes:
            in_force = [y for y in node.years if num(row, "from_year") <= y <= num(row, "to_year")]
            if in_force:
                (_offtake if row["kind"] == "offtake" else _floor)(book, row, node, in_force)


def _offtake(book: Book, row: Row, node: Node, years: list[int]) -> None:
    """Make the tonnes, or pay for those not taken; the tonnes shrink with what is on line of the plant."""
    plant = Plant(book, str(row["project"]))
    existing_capacity, modules = on_line(book, plant, years)
    full = plant.existing or plant.maximum * plant.module
    if full == 0:
        return
    tonnes = num(row, "tonnes_per_year") / full
    untaken = []
    if given(row, "price_usd_per_t"):
        untaken = [book.variable(node, "untaken", row["contract"])]
        paid = num(row, "price_usd_per_t") * sum(book.path.worth(y) for y in years)
        book.cost("untaken", untaken[0], paid * MUSD)
    owed = [] if plant.existing else [(build, -tonnes * share) for build, share in modules]
    delivered = [(v, 1) for v in (*(run for _, run in book.runs[plant.p, node]), *untaken)]
    book.program.row([*delivered, *owed], low=tonnes * existing_capacity if plant.existing else 0.0)


def _floor(book: Book, row: Row, node: Node, years: list[int]) -> None:
    """What a government pays under a price floor costs the plan its cost of public funds, no more."""
    p, commodity = str(row["project"]), str(row["commodity"])
    public = share(book.settings, "cost_of_public_funds_percent")
    gap = lambda y: max(0.0, num(row, "price_usd_per_t") - book.chain.price(commodity, y, book.path))
    top_up = sum(book.path.worth(y) * gap(y) for y in years)
    for recipe, run in book.runs[p, node]:
        made = book.chain.recipes[recipe][1].get(commodity, 0.0)
        book.cost("public funds", run, public * top_up * made * MUSD)
