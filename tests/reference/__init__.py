"""A second model of the planning page, written to be obvious rather than fast: the judge of the first.

It reads tables by itself, keeps every decision at every exposure level 0 to 4 in every region and node, prunes
nothing, writes out one scenario after the other, and hands the rows to HiGHS. It shares no line with the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as Folder

from reference.book import Book
from reference.chain import Chain
from reference.demand import write_demand, write_limits, write_targets
from reference.money import write_contracts, write_money
from reference.paths import Path, scenario_rows
from reference.plants import write_plants
from reference.program import INF, Program
from reference.tables import Tables, load, num, settings, share
from reference.trade import write_balance, write_trade

Source = Folder | Mapping[str, list[dict[str, object]]]
GAP = 1e-9
WRITERS = (
    write_plants,
    write_money,
    write_contracts,
    write_trade,
    write_demand,
    write_targets,
    write_limits,
    write_balance,
)

__all__ = ["base_of", "optimum", "tree_optimum"]


def optimum(source: Source, scenario: str | None = None, gap: float = GAP) -> float | None:
    """Return the least cost of one scenario (the base), foreseen, in M USD; None when no plan exists."""
    tables = load(source)
    program = Program()
    book = written(program, tables, Chain(tables), scenario or base_of(tables))
    expect(program, {book: 1.0}, 1.0)
    return program.solve(gap)


def tree_optimum(source: Source, gap: float = GAP) -> float | None:
    """Return the least cost of all scenarios above 0 % at once, none known before its reveal year;
    None when no plan exists.
    """
    tables = load(source)
    program, chain = Program(), Chain(tables)
    probability = {row["scenario"]: share(row, "probability_percent") for row in scenario_rows(tables)}
    books = {written(program, tables, chain, name): p for name, p in probability.items() if p > 0}
    weight = min(num(settings(tables), "risk_weight"), 0.999) if len(books) > 1 else 0.0
    expect(program, books, 1 - weight)
    if weight:
        fear(program, books, weight, share(settings(tables), "risk_tail_percent", 10))
    return program.solve(gap)


def base_of(source: Source | Tables) -> str:
    """Return the name of the scenario without a reveal year."""
    return next(row["scenario"] for row in scenario_rows(load(source)) if not row.get("reveal_year"))


def written(program: Program, tables: Tables, chain: Chain, scenario: str) -> Book:
    """Return the whole of sections 6 and 7 along the path of one scenario."""
    book = Book(program, Path(tables, scenario), chain)
    for write in WRITERS:
        write(book)
    return book


def expect(program: Program, probability: Mapping[Book, float], weight: float) -> None:
    """Add to the objective a weight times the expected cost."""
    for book, p in probability.items():
        program.constant += weight * p * book.constant
        for name, value in book.costs.items():
            program.costs[name] += weight * p * value


def fear(program: Program, probability: Mapping[Book, float], weight: float, tail: float) -> None:
    """Add to the objective a weight times the mean of the worst outcomes, as far as the tail reaches."""
    worst = program.variable("worst", low=-INF)
    program.costs[worst] = weight
    for book, p in probability.items():
        above = program.variable(("above", book.path.scenario))
        program.costs[above] = weight * p / tail
        program.row(
            [(above, 1), (worst, 1), *((name, -value) for name, value in book.costs.items())], low=book.constant
        )
