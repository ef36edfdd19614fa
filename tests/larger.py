"""Larger cases made of a given one: every project several times, slightly different, in a world as many times as large.

The copies of a project differ in cost, size and place, those of a mine in its ore too; all that is counted in tonnes,
decisions or money (demand, offers, stocks, outlets, limits, budgets) grows alongside. Same numbers on every run.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

import didymium

ELEMENTS = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y")
COSTS = ("capex_musd_per_module", "fixed_opex_usd_per_t_capacity", "variable_opex_usd_per_t")
SIZES = ("existing_t_per_year", "module_t_per_year", "reserve_t")
SPREAD = 0.15  # share by which the figures of a copy differ at most
DEGREES = 2.0  # by which its place differs at most


def enlarged(inputs: didymium.CaseInputs, times: int) -> didymium.CaseInputs:
    """Return the case with every project `times` times, in a world that is as many times as large."""
    t = {name: inputs.tables[name] for name in inputs.tables}
    projects = t["projects"]
    real = projects[(projects["max_modules"] > 0) | (projects["existing_t_per_year"].fillna(0) > 0)]["project"]
    copied = set(real)
    return inputs.with_tables(
        projects=_projects(projects, copied, times),
        assays=_assays(t["assays"], copied, times),
        contracts=_contracts(t["contracts"], copied, times),
        shocks=_copies(t["shocks"], ("project",), copied, times, by="project"),
        uncertainty=_copies(t["uncertainty"], ("project",), copied, times, by="project"),
        finance=_with_lists(t["finance"], "projects", copied, times),
        demand=_multiplied(t["demand"], times),
        imports=_multiplied(t["imports"], times, t["imports"]["measure"] == "limit_t"),
        budgets=_multiplied(t["budgets"], times),
        limits=_multiplied(t["limits"], times),
        stockpiles=_stockpiles(t["stockpiles"], copied, times),
        commodities=_multiplied(t["commodities"], times, columns=["sale_limit_t_per_year"]),
        routes=_multiplied(t["routes"], times, columns=["limit_t_per_year"]),
        observed=t["observed"].iloc[:0],
    )


def copy_of(name: str, k: int) -> str:
    """Return the name of the k-th copy of a project; the first keeps its own."""
    return name if k == 0 else f"{name}_{k + 1}"


def _projects(frame: pd.DataFrame, copied: set[str], times: int) -> pd.DataFrame:
    """Every project with its copies: their costs, sizes and places a little different, their own prerequisites."""
    frame = _with_lists(frame, "accepts", copied, times)
    every = _copies(frame, ("project", "requires"), copied, times, by="project")
    random = np.random.default_rng(times)
    changed = every.duplicated("name").to_numpy()
    for column in (*COSTS, *SIZES):
        factor = 1 + SPREAD * random.uniform(-1, 1, len(every))
        every[column] = np.where(changed, (every[column] * factor).round(3), every[column])
    for column in ("latitude", "longitude"):
        moved = pd.to_numeric(every[column], errors="coerce") + DEGREES * random.uniform(-1, 1, len(every))
        every[column] = np.where(changed & moved.notna(), moved.round(2), every[column])
    number = every["project"].str.rsplit("_", n=1).str[-1]
    every["name"] = np.where(changed, every["name"] + " / " + number, every["name"])
    return every


def _assays(frame: pd.DataFrame, copied: set[str], times: int) -> pd.DataFrame:
    """Every mine's assay, and those of its copies, which are a little different and sum to 100."""
    every = _copies(frame, ("mine",), copied, times, by="mine")
    random = np.random.default_rng(times)
    shares = every[list(ELEMENTS)].to_numpy(float)
    other = shares * (1 + SPREAD * random.uniform(-1, 1, shares.shape))
    other *= (shares.sum(axis=1) / other.sum(axis=1))[:, np.newaxis]
    changed = ~every["mine"].isin(frame["mine"]).to_numpy()
    every[list(ELEMENTS)] = np.where(changed[:, np.newaxis], other.round(6), shares)
    return every


def _contracts(frame: pd.DataFrame, copied: set[str], times: int) -> pd.DataFrame:
    """Every contract once more for every copy of its plant, of no more than the smallest copy can make."""
    every = _copies(frame, ("contract", "project"), copied, times, by="project")
    other = ~every["contract"].isin(frame["contract"])
    every["tonnes_per_year"] = every["tonnes_per_year"].where(~other, (1 - SPREAD) * every["tonnes_per_year"])
    return every


def _stockpiles(frame: pd.DataFrame, copied: set[str], times: int) -> pd.DataFrame:
    """Stocks of ore once more for every copy of the mine; all others larger."""
    of_ore = frame["commodity"].isin(copied)
    larger = _multiplied(frame[~of_ore], times, columns=["initial_t", "limit_t", "minimum_t"])
    return pd.concat([larger, _copies(frame[of_ore], ("commodity",), copied, times, by="commodity")], ignore_index=True)


def _copies(frame: pd.DataFrame, columns: Iterable[str], copied: set[str], times: int, by: str) -> pd.DataFrame:
    """The rows, and those of copied projects again for every copy, the names in `columns` those of the copy."""
    parts = [frame]
    for k in range(1, times):
        part = frame[frame[by].isin(copied)].copy()
        for column in columns:
            part[column] = [copy_of(v, k) if isinstance(v, str) and v else v for v in part[column]]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _with_lists(frame: pd.DataFrame, column: str, copied: set[str], times: int) -> pd.DataFrame:
    """The rows with every project in a list followed by its copies."""

    def longer(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        names = cell.split(";")
        return ";".join(copy_of(name, k) for name in names for k in (range(times) if name in copied else range(1)))

    return frame.assign(**{column: frame[column].map(longer)})


def _multiplied(
    frame: pd.DataFrame, times: int, rows: pd.Series | None = None, columns: list[str] | None = None
) -> pd.DataFrame:
    """The rows with amounts times as large: in the columns named, or in those of the years."""
    names = columns or [c for c in frame.columns if str(c).isdigit()]
    chosen = pd.Series(True, index=frame.index) if rows is None else rows
    found = frame.copy()
    for name in names:
        found[name] = pd.to_numeric(found[name]).where(~chosen, pd.to_numeric(found[name]) * times)
    return found
