"""Capacitated warehouse location from OR-Library as cases: optima that others have published.

A warehouse is a magnet plant of one module in a region of its own, open for the one year of the plan, whose capex is
the fixed cost; a customer is a region with demand, and serving it a route. 1 M USD stands for 1,000 units of cost. See
tests/data/orlib/README.md for the source.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix
from worlds import M, World, commodity, offer, plant, recipe, region, wants, world

from didymium.engine.matrix import Matrix

FOLDER = Path(__file__).parent / "data" / "orlib"
SCALE = 1000  # units of cost in a M USD
NAMES = tuple(sorted((path.stem for path in FOLDER.glob("cap*.txt")), key=lambda name: int(name[3:])))


@dataclass(frozen=True, slots=True)
class Instance:
    """Capacity and fixed cost of warehouses; demand of customers, and the cost of serving all of it by warehouse."""

    capacity: list[float]
    fixed_cost: list[float]
    demand: list[float]
    cost: list[list[float]]


def published(name: str) -> float:
    """Return the published optimal cost of an instance."""
    with (FOLDER / "optima.csv").open(newline="") as file:
        return next(float(row["optimum"]) for row in csv.DictReader(file) if row["instance"] == name)


def instance(name: str) -> Instance:
    """Return an instance as published."""
    numbers = [float(word) for word in (FOLDER / f"{name}.txt").read_text().split()]
    warehouses, customers = int(numbers[0]), int(numbers[1])
    ends = 2 + 2 * warehouses
    rows = [numbers[k : k + 1 + warehouses] for k in range(ends, len(numbers), 1 + warehouses)]
    assert len(rows) == customers and all(len(row) == 1 + warehouses for row in rows)
    return Instance(numbers[2:ends:2], numbers[3:ends:2], [row[0] for row in rows], [row[1:] for row in rows])


def case(name: str) -> World:
    """Return an instance as a world whose least cost, in M USD, is the published optimum / 1,000."""
    i = instance(name)
    warehouses = [f"w{k:03}" for k in range(1, len(i.capacity) + 1)]
    customers = [f"c{k:03}" for k in range(1, len(i.demand) + 1)]
    w = world(2026, 2026, time_limit_s=600)
    w["regions"] = [region(name) for name in (*warehouses, *customers)]
    commodity(w, "metal", "metal")
    commodity(w, "magnet", "magnet")
    recipe(w, "press", "magnet", {"metal": 1.0}, {"magnet": 1.0})
    offer(w, "metal", "metal", 2 * sum(i.demand), 0, to="*")
    for place, capacity, fixed_cost in zip(warehouses, i.capacity, i.fixed_cost, strict=True):
        open_for_a_year = {"module_t_per_year": capacity, "capex_musd_per_module": fixed_cost / SCALE, "life_years": 1}
        w["projects"].append(plant(f"plant_{place}", "magnet", region=place, max_modules=1, **open_for_a_year))
    for place, demand, costs in zip(customers, i.demand, i.cost, strict=True):
        wants(w, "magnet", demand, region=place)
        for start, cost in zip(warehouses, costs, strict=True):
            each = cost / SCALE / demand * M
            w["routes"].append({"from_region": start, "to_region": place, "cost_usd_per_t": each})
    return w


def direct(name: str) -> Matrix:
    """Return an instance as a modeller would write it for the solver, in M USD: served[w,c] and open[w].

    sum over w of served = demand; sum over c of served <= capacity x open; served <= demand x open.
    """
    i = instance(name)
    warehouses, customers = len(i.capacity), len(i.demand)
    served = np.arange(warehouses * customers).reshape(warehouses, customers)
    place, customer = np.divmod(served.ravel(), customers)
    is_open = served.size + np.arange(warehouses)
    demand, unlimited = np.array(i.demand), np.full(warehouses + served.size, -np.inf)
    entries = [  # row, column, coefficient
        (customer, served.ravel(), np.ones(served.size)),
        (customers + place, served.ravel(), np.ones(served.size)),
        (customers + np.arange(warehouses), is_open, -np.array(i.capacity)),
        (customers + warehouses + served.ravel(), served.ravel(), np.ones(served.size)),
        (customers + warehouses + served.ravel(), is_open[place], -demand[customer]),
    ]
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    columns = served.size + warehouses
    each = np.array(i.cost).T / demand / SCALE  # M USD for a tonne, warehouse x customer
    return Matrix(
        cost=np.concatenate([each.ravel(), np.array(i.fixed_cost) / SCALE]),
        offset=0.0,
        a=csc_matrix(coo_matrix((value, (row, column)))),
        low=np.concatenate([demand, unlimited]),
        high=np.concatenate([demand, np.zeros(len(unlimited))]),
        lower=np.zeros(columns),
        upper=np.concatenate([np.full(served.size, np.inf), np.ones(warehouses)]),
        integer=np.arange(columns) >= served.size,
        columns=[("served", (k,)) for k in range(served.size)] + [("open", (k,)) for k in range(warehouses)],
        rows=[("row", (k,)) for k in range(customers + len(unlimited))],
    )
