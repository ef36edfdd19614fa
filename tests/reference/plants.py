"""Plants: decisions, capacity, throughput, reserves, prerequisites (rules 1 to 4, 11 and 12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from reference.book import MUSD, Book, Plant
from reference.chain import LEVELS
from reference.paths import Node, mean
from reference.program import INF, Name
from reference.tables import given, num, share


def write_plants(book: Book) -> None:
    """Every plant's decisions, capacity and cost of running."""
    for p in book.chain.projects:
        plant = Plant(book, p)
        _decide(book, plant)
        for node in book.nodes:
            _run(book, plant, node)
            _capacity(book, plant, node)
            _fixed_opex(book, plant, node)
        if plant.row["stage"] == "mine" and given(plant.row, "reserve_t"):
            mined = [(run, len(n.years)) for n in book.nodes for _, run in book.runs[p, n]]
            book.program.row(mined, high=num(plant.row, "reserve_t"))
    for p in book.chain.projects:
        _prerequisite(book, Plant(book, p))
    _alternatives(book)
    _holds(book)


def _decide(book: Book, plant: Plant) -> None:
    for node in plant.window():
        build = book.variable(node, "build", plant.p, high=plant.maximum, integer=True)
        book.builds[plant.p][node] = build
    decided = [(build, 1) for build in book.builds[plant.p].values()]
    book.program.row(decided, num(plant.row, "min_modules"), plant.maximum)


def _run(book: Book, plant: Plant, node: Node) -> None:
    """Throughput by recipe and origin level, with what it uses, makes, costs and emits."""
    intensity = num(plant.row, "co2_t_per_t")
    opex = num(plant.row, "variable_opex_usd_per_t")
    carbon = num(book.settings, "carbon_price_usd_per_t") * intensity
    cost = book.path.paid(node, lambda y: opex * book.path.factor("variable_opex", y, **plant.what))
    emission = book.path.paid(node, lambda y: carbon * book.path.factor("carbon_price", y))
    for recipe in book.chain.runs(plant.p):
        for origin_level in LEVELS[book.chain.lowest_origin(plant.p) :]:
            run = book.variable(node, "run", plant.p, recipe, origin_level)
            book.runs[plant.p, node].append((recipe, run))
            book.cost("variable opex", run, cost * MUSD)
            book.cost("carbon", run, emission * MUSD)
            _tonnes(book, plant.row["region"], node, recipe, origin_level, run)


def _tonnes(book: Book, region: str, node: Node, recipe: str, origin_level: int, run: Name) -> None:
    used, made = book.chain.recipes[recipe]
    for c, tonnes in used.items():
        book.flow(region, c, node, origin_level, run, -tonnes)
        book.use(region, c, node, run, tonnes)
    for c, tonnes in made.items():
        book.flow(region, c, node, book.chain.made_at(c, origin_level), run, tonnes)


def on_line(book: Book, plant: Plant, years: list[int] | tuple[int, ...]) -> tuple[float, list[tuple[Name, float]]]:
    """Mean tonnes on line over years, none of them in an outage: of what stood at the start, and by decision."""
    up = {year: 0.0 if plant.out(year) else 1.0 for year in years}
    existing_capacity = mean(years, lambda y: up[y] * plant.existing_capacity(y))
    decided = {n: b for n, b in book.builds[plant.p].items() if n.year <= years[-1]}
    return existing_capacity, [
        (b, mean(years, lambda y, n=n: up[y] * plant.offered(n.year, y))) for n, b in decided.items()
    ]


def _capacity(book: Book, plant: Plant, node: Node) -> None:
    existing_capacity, modules = on_line(book, plant, node.years)
    idle = []
    if given(plant.row, "mothball_percent"):
        idle = [book.variable(node, "idle", plant.p)]
        book.program.row([*((i, 1) for i in idle), *((b, -t) for b, t in modules)], high=existing_capacity)
        saved = 1 - share(plant.row, "mothball_percent")
        book.cost("fixed opex", idle[0], -saved * _opex_of(book, plant, node, lambda _: 1.0))
    runs = [(run, 1.0) for _, run in book.runs[plant.p, node]]
    maximum = share(plant.row, "max_utilisation_percent", 100)
    minimum = share(plant.row, "min_utilisation_percent")
    book.program.row(
        [*runs, *((b, -maximum * t) for b, t in modules), *((i, maximum) for i in idle)],
        high=maximum * existing_capacity,
    )
    book.program.row(
        [*runs, *((b, -minimum * t) for b, t in modules), *((i, minimum) for i in idle)],
        low=minimum * existing_capacity,
    )


def _fixed_opex(book: Book, plant: Plant, node: Node) -> None:
    book.fixed_cost("fixed opex", _opex_of(book, plant, node, plant.existing_capacity))
    for decided, build in book.builds[plant.p].items():
        if decided.year <= node.year:
            book.cost(
                "fixed opex", build, _opex_of(book, plant, node, lambda y, d=decided: plant.charged_capacity(d.year, y))
            )


def _opex_of(book: Book, plant: Plant, node: Node, tonnes: Callable[[int], float]) -> float:
    """Discounted fixed opex of so many tonnes in each year of a node, M USD."""
    each = num(plant.row, "fixed_opex_usd_per_t_capacity") * MUSD
    return book.path.paid(node, lambda y: each * book.path.factor("fixed_opex", y, **plant.what) * tonnes(y))


def _prerequisite(book: Book, plant: Plant) -> None:
    """Modules need one of what they require, decided by then and planned on line no later than they are."""
    if not given(plant.row, "requires"):
        return
    needed = Plant(book, plant.row["requires"])
    if needed.existing > 0:
        return
    for node, build in book.builds[plant.p].items():
        in_time = [
            b
            for n, b in book.builds[needed.p].items()
            if n.year <= node.year and n.year + needed.lead_time <= node.year + plant.lead_time
        ]
        book.program.row([(build, 1), *((b, -plant.maximum) for b in in_time)], high=0)


def _alternatives(book: Book) -> None:
    groups = defaultdict(list)
    for p, row in book.chain.projects.items():
        if given(row, "exclusive_group"):
            groups[row["exclusive_group"]] += [(build, 1) for build in book.builds[p].values()]
    for builds in groups.values():
        book.program.row(builds, high=1)


def _holds(book: Book) -> None:
    """What a person holds: force, forbid or pin, over years of decision."""
    for row in book.tables["holds"]:
        if given(row, "scenario") and row["scenario"] != book.path.scenario:
            continue
        committed = num(book.chain.projects[row["project"]], "min_modules")
        first, last = num(row, "from_year", 0), num(row, "to_year", 9999)
        counted = [(b, 1) for n, b in book.builds[row["project"]].items() if first <= n.year <= last]
        modules = num(row, "modules", committed + (row["kind"] == "force"))
        if counted:
            low = 0 if row["kind"] == "forbid" else modules
            high = {"force": INF, "forbid": committed, "pin": modules}[row["kind"]]
            book.program.row(counted, low, high)
