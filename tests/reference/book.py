"""What is written down along the path of one scenario: decisions, tonnes by place, cost by kind."""

from __future__ import annotations

from collections import defaultdict

from reference.chain import Chain
from reference.paths import Node, Path
from reference.program import INF, Name, Program
from reference.tables import Row, given, num, share

MUSD = 1e-6  # M USD in a USD
Flow = tuple[int, Name, float]  # level, variable, tonnes of supply (+) or use (-) for each of its units


class Book:
    """A scenario's path through a program; nodes that scenarios share have one name, so their decisions are one."""

    def __init__(self, program: Program, path: Path, chain: Chain) -> None:
        self.program, self.path, self.chain = program, path, chain
        self.tables, self.settings, self.nodes = path.tables, path.settings, path.nodes
        self.costs: dict[Name, float] = defaultdict(float)
        self.constant = 0.0
        self.kinds: dict[str, dict[Name, float]] = defaultdict(lambda: defaultdict(float))
        self.builds: dict[str, dict[Node, Name]] = defaultdict(dict)
        self.runs: dict[tuple[str, Node], list[tuple[str, Name]]] = defaultdict(list)  # recipe, throughput
        self.flows: dict[tuple[str, str, Node], list[Flow]] = defaultdict(list)
        self.opening: dict[tuple[str, str, Node, int], float] = defaultdict(float)
        self.used: dict[tuple[str, Node], list[tuple[Name, float]]] = defaultdict(list)  # outside China
        self.bought: dict[tuple[str, Node], list[tuple[Name, Row]]] = defaultdict(list)  # landed outside China

    def variable(self, node: Node, *name: object, high: float = INF, integer: bool = False) -> Name:
        """A decision of a node, 0 or more."""
        return self.program.variable((node.branch, node.year, *name), 0.0, high, integer)

    def cost(self, kind: str, name: Name, musd: float) -> None:
        """Discounted cost of each unit of a decision."""
        self.costs[name] += musd
        self.kinds[kind][name] += musd

    def fixed_cost(self, kind: str, musd: float) -> None:
        """Discounted cost that no decision changes."""
        self.constant += musd
        self.kinds[kind][None] += musd

    def flow(self, region: str, commodity: str, node: Node, origin_level: int, name: Name, tonnes: float) -> None:
        """Supply (tonnes above 0) or use of a commodity in a region."""
        self.flows[region, commodity, node].append((origin_level, name, tonnes))

    def use(self, region: str, commodity: str, node: Node, name: Name, tonnes: float) -> None:
        """What counts as used in the targets on imports: eaten, served or sold outside China."""
        if not self.chain.china[region]:
            self.used[commodity, node].append((name, tonnes))


class Plant:
    """A project as a path sees it: lead time, capacity, what it costs to build."""

    def __init__(self, book: Book, p: str) -> None:
        self.p, self.row, self.path, self.chain = p, book.chain.projects[p], book.path, book.chain
        self.region = self.chain.region[self.row["region"]]
        self.what = {"stage": self.row["stage"], "region": self.row["region"], "project": p}
        self.construction = int(num(self.row, "construction_years"))
        self.lead_time = int(num(self.row, "permitting_years")) + self.construction
        self.life = int(num(self.row, "life_years", 30))
        self.maximum = num(self.row, "max_modules")
        self.module = num(self.row, "module_t_per_year")
        self.existing = num(self.row, "existing_t_per_year")
        own = next(row for row in (self.row, self.region) if row is self.region or given(row, "cost_overrun_percent"))
        self.overnight = num(self.row, "capex_musd_per_module") * (1 + share(own, "cost_overrun_percent"))
        self.wacc = share(self.row if given(self.row, "wacc_percent") else self.region, "wacc_percent")

    def window(self) -> list[Node]:
        """Nodes in which a module may be decided, so that it is on line within the plan."""
        first, last = self.path.first, self.path.last
        start, end = num(self.row, "first_decision_year", first), num(self.row, "last_decision_year", last)
        return [
            n
            for n in self.path.nodes
            if self.maximum > 0 and start <= n.year <= end and n.year + self.lead_time <= last
        ]

    def existing_capacity(self, year: int) -> float:
        """Tonnes that stood at the start and have not retired."""
        return self.existing if year < num(self.row, "retires_year", 9999) else 0.0

    def out(self, year: int) -> bool:
        """Is it in an outage?"""
        return any(True for _ in self.path.shocks("outage", year, **self.what))

    def age(self, decided: int, year: int) -> int:
        """Years since a module came on line; below 0 it has not."""
        planned = decided + self.lead_time
        return year - planned - int(sum(self.path.shocks("delay", planned, **self.what)))

    def charged_capacity(self, decided: int, year: int) -> float:
        """Tonnes of a module whose fixed opex is paid: all of it from its first year on line."""
        return self.module if 0 <= self.age(decided, year) < self.life else 0.0

    def offered(self, decided: int, year: int) -> float:
        """Tonnes of a module on line, as far as its ramp is."""
        profile = next((r for r in self.path.tables["ramps"] if r["ramp"] == self.row.get("ramp")), {})
        age = self.age(decided, year)
        return self.charged_capacity(decided, year) * (
            share(profile, f"year_{age + 1}_percent", 100) if age < 5 else 1.0
        )

    def charged(self, decided: int, year: int) -> bool:
        """Is the annuity of a module paid? From its planned year on line, over its life."""
        return decided + self.lead_time <= year < decided + self.lead_time + self.life

    def annuity(self, rate: float) -> float:
        """Yearly payment on 1 M USD of overnight capex."""
        recovery = 1 / self.life if rate == 0 else rate / (1 - (1 + rate) ** -self.life)
        return (1 + rate) ** (self.construction / 2) * recovery
