"""Shipping, offers, sales, stock and the balance: rules 5 to 8."""

from __future__ import annotations

from collections import defaultdict

from reference.book import MUSD, Book
from reference.chain import LEVELS
from reference.paths import Node, mean
from reference.program import Name
from reference.tables import Row, given, named, num, yes


def write_trade(book: Book) -> None:
    """All that moves goods in, out, about, or from year to year."""
    for node in book.nodes:
        _ship(book, node)
        for offer in {row["offer"] for row in book.tables["imports"]}:
            _buy(book, offer, node)
        for commodity, row in book.chain.goods.items():
            if given(row, "sale_price_usd_per_t"):
                _sell(book, commodity, row, node)
    for row in book.tables["stockpiles"]:
        _store(book, row)


def _ship(book: Book, node: Node) -> None:
    under: dict[int, list[tuple[Name, float]]] = defaultdict(list)
    for a in book.chain.china:
        for b in book.chain.china:
            for c in book.chain.stage if a != b else ():
                k = _route(book, a, b, book.chain.stage[c])
                if k is not None and (a, c) in book.chain.made and (b, c) in book.chain.used:
                    under[k] += [(ship, 1) for ship in _arc(book, a, b, c, book.tables["routes"][k], node)]
    for k, row in enumerate(book.tables["routes"]):
        if given(row, "limit_t_per_year"):
            book.program.row(under[k], high=num(row, "limit_t_per_year"))


def _route(book: Book, a: str, b: str, stage: str) -> int | None:
    """The row that covers goods of a stage: the one that names it before the one with `*`."""
    rows = {
        named(r, "stage"): k
        for k, r in enumerate(book.tables["routes"])
        if (r["from_region"], r["to_region"]) == (a, b)
    }
    return rows.get(stage, rows.get("*"))


def _arc(book: Book, a: str, b: str, c: str, route: Row, node: Node) -> list[Name]:
    what = {"stage": book.chain.stage[c], "commodity": c, "region": b}

    def cost(year: int) -> float:
        freight = num(route, "cost_usd_per_t") * book.path.factor("route_cost", year, **what)
        return freight + _tariff(book, route, year, **what) * book.chain.price(c, year, book.path)

    ships = [book.variable(node, "ship", a, b, c, origin_level) for origin_level in LEVELS]
    each = book.path.paid(node, cost) * MUSD
    for origin_level, ship in enumerate(ships):
        book.cost("shipping", ship, each)
        book.flow(a, c, node, origin_level, ship, -1)
        book.flow(b, c, node, origin_level, ship, 1)
    return ships


def _tariff(book: Book, row: Row, year: int, **what: str) -> float:
    """A duty as a share of 1, after the points that shocks add; never below 0."""
    return max(0.0, num(row, "tariff_percent") + sum(book.path.shocks("tariff", year, **what))) / 100


def _buy(book: Book, offer: str, node: Node) -> None:
    """What is bought from an offer, wherever it may land, within its mean limit."""
    limit, price = (
        next(r for r in book.tables["imports"] if r["offer"] == offer and r["measure"] == measure)
        for measure in ("limit_t", "price_usd_per_t")
    )
    c, to, chinese = limit["commodity"], limit["destination"], yes(limit, "china")
    what = {"stage": book.chain.stage[c], "commodity": c, "region": to, "item": offer}

    def factor(kind: str, year: int) -> float:
        of_china = book.path.factor("china_" + kind, year, **what) if chinese else 1.0
        return of_china * book.path.factor("import_" + kind, year, **what)

    outside = [r for r, china in book.chain.china.items() if not china and (r, c) in book.chain.used]
    buys = []
    for region in outside if to == "*" else [to]:
        lands = {**what, "region": region}
        buy = book.variable(node, "buy", offer, region)
        buys.append((buy, 1))
        each = book.path.paid(
            node,
            lambda y, at=lands: num(price, str(y)) * factor("price", y) * (1 + _tariff(book, limit, y, **at)),
        )
        book.cost("imports", buy, each * MUSD)
        book.flow(region, c, node, book.chain.origin_from_china(c) if chinese else 0, buy, 1)
        if not book.chain.china[region]:
            book.bought[c, node].append((buy, limit))
    book.program.row(buys, high=mean(node.years, lambda y: num(limit, str(y)) * factor("limit", y)))


def _sell(book: Book, c: str, row: Row, node: Node) -> None:
    """Sales outside the chain, at every place that makes or stores the commodity."""
    what = {"stage": book.chain.stage[c], "commodity": c}
    price = num(row, "sale_price_usd_per_t")
    each = book.path.paid(node, lambda y: price * book.path.factor("sale_price", y, **what))
    sold = []
    for region in book.chain.china:
        for origin_level in LEVELS if (region, c) in book.chain.made else ():
            sell = book.variable(node, "sell", region, c, origin_level)
            sold.append((sell, 1))
            book.cost("sales", sell, -each * MUSD)
            book.flow(region, c, node, origin_level, sell, -1)
            book.use(region, c, node, sell, 1)
    if given(row, "sale_limit_t_per_year"):
        limit = num(row, "sale_limit_t_per_year")
        book.program.row(sold, high=mean(node.years, lambda y: limit * book.path.factor("sale_limit", y, **what)))


def _store(book: Book, row: Row) -> None:
    """A stock at the end of each node; over a span it changes by the span times the yearly net flow."""
    region, c = row["region"], row["commodity"]
    before: list[Name] = []
    for node in book.nodes:
        span = len(node.years)
        stocks = [book.variable(node, "stock", region, c, origin_level) for origin_level in LEVELS]
        each = book.path.paid(node, lambda _: num(row, "holding_usd_per_t_year")) * MUSD
        for origin_level, stock in enumerate(stocks):
            book.cost("holding", stock, each)
            book.flow(region, c, node, origin_level, stock, -1 / span)
        for origin_level, stock in enumerate(before):
            book.flow(region, c, node, origin_level, stock, 1 / span)
        if not before:
            origin_level = book.chain.origin_from_china(c) if yes(row, "initial_china") else 0
            book.opening[region, c, node, origin_level] += num(row, "initial_t") / span
        book.program.row([(stock, 1) for stock in stocks], num(row, "minimum_t"), num(row, "limit_t"))
        before = stocks


def write_balance(book: Book) -> None:
    """Supply at levels up to each covers use at levels up to it;
    over all levels they are equal, but for what is thrown away.
    """
    for (region, c, node), flows in list(book.flows.items()):
        opening = [sum(book.opening[region, c, node, k] for k in LEVELS[: origin_level + 1]) for origin_level in LEVELS]
        for origin_level in LEVELS[:-1]:
            book.program.row([(v, t) for at, v, t in flows if at <= origin_level], low=-opening[origin_level])
        rest = [(v, t) for _, v, t in flows]
        disposal = book.chain.disposal(c)
        if disposal is not None:
            dump = book.variable(node, "dump", region, c)
            book.cost("disposal", dump, book.path.paid(node, lambda _, usd=disposal: usd) * MUSD)
            rest.append((dump, -1))
        book.program.row(rest, -opening[-1], -opening[-1])
