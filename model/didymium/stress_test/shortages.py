"""Shortages by scenario, year and segment, and the regions and commodities that are short: in the scenario and over its
draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from didymium.excel.headings import words_of
from didymium.results.stress import DrawnShortColumns, ShortageRow, ShortColumns
from didymium.stress_test.runner import OperationResult, StressRunner


@dataclass(frozen=True, slots=True)
class YearShort:
    """What is short in a year of a scenario, t/year: by commodity, and by segment and region; only what is above 0."""

    scenario: str
    year: int
    span: float  # years that it represents
    by_commodity: dict[str, float]
    by_segment_region: dict[tuple[str, str], float]

    @property
    def tonnes(self) -> float:
        """Return all that is short in the year, t/year."""
        return sum(self.by_commodity.values())

    @property
    def by_segment(self) -> dict[str, float]:
        """Return what is short by segment, t/year."""
        return self._by(0)

    @property
    def by_region(self) -> dict[str, float]:
        """Return what is short by region, t/year."""
        return self._by(1)

    def _by(self, place: int) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for key, tonnes in self.by_segment_region.items():
            found[key[place]] += tonnes
        return dict(found)


def years_short(runner: StressRunner, own: Mapping[str, OperationResult]) -> list[YearShort]:
    """Return every year of a scenario itself in which demand is not met, by scenario and year."""
    found = []
    for name, result in own.items():
        for y, year in enumerate(runner.operation.years):
            goods = zip(runner.commodities, result.short[:, y].tolist(), strict=True)
            places = {
                (segment, region): float(result.region_short[k, r, y])
                for k, segment in enumerate(runner.segments)
                for r, region in enumerate(runner.regions)
            }
            of_year = YearShort(
                name,
                year,
                float(runner.operation.span[y]),
                {c: tonnes for c, tonnes in goods if tonnes > 0},
                {place: tonnes for place, tonnes in places.items() if tonnes > 0},
            )
            if of_year.by_commodity:
                found.append(of_year)
    return found


def shortage_rows(
    runner: StressRunner, own: Mapping[str, OperationResult], results: Sequence[OperationResult]
) -> list[ShortageRow]:
    """Return a row for every segment that goes short in a year of a scenario, itself or in any draw of it; t/year.

    The model decides which segment goes short, by shortage costs and by the grades that are in demand.
    """
    rows: list[ShortageRow] = []
    for name, result in own.items():
        drawn = [r for r in results if r.scenario == name]
        for y, year in enumerate(runner.operation.years):
            for k, segment in enumerate(runner.segments):
                short = np.array([r.segment_short[k, y] for r in drawn])
                if result.segment_short[k, y] > 0 or short.any():
                    rows.append(
                        {
                            "scenario": name,
                            "year": year,
                            "segment": segment,
                            **_in_scenario(result, k, y, runner.regions),
                            **_over(drawn, short, k, y),
                        }
                    )
    return rows


def _in_scenario(result: OperationResult, k: int, y: int, regions: Sequence[str]) -> ShortColumns:
    wanted, short = float(result.segment_wanted[k, y]), float(result.segment_short[k, y])
    by_region = dict(zip(regions, result.region_short[k, :, y].tolist(), strict=True))
    return {
        "wanted_t": wanted,
        "short_t": short,
        "short_percent": 100 * short / wanted if wanted else 0.0,
        "short_in": in_words(by_region) or None,
    }


def in_words(tonnes: Mapping[str, float]) -> str:
    """Return what is short by name, the largest first: `japan 120 t, united states 3.5 t`; names that are not short are
    left out."""
    short = sorted(((name, t) for name, t in tonnes.items() if t > 0), key=lambda item: -item[1])
    return ", ".join(f"{words_of(name)} {t:,.0f} t" if t >= 10 else f"{words_of(name)} {t:.2g} t" for name, t in short)


def _over(drawn: Sequence[OperationResult], short: np.ndarray, k: int, y: int) -> DrawnShortColumns:  # type: ignore[type-arg]
    """Return how often a segment is short among the draws of a scenario, and by how much; blank without draws."""
    if not drawn:
        return {"draws": 0, "draws_short_percent": None, "mean_short_percent": None, "worst_short_percent": None}
    wanted = np.array([r.segment_wanted[k, y] for r in drawn])
    share = 100 * np.divide(short, wanted, out=np.zeros_like(short), where=wanted > 0)
    often = 100 * float((short > 0).mean())
    return {
        "draws": len(drawn),
        "draws_short_percent": often,
        "mean_short_percent": float(share.mean()),
        "worst_short_percent": float(share.max()),
    }


def by_segment(rows: Sequence[ShortageRow], spans: Mapping[int, float]) -> dict[str, dict[str, float]]:
    """Return scenario -> segment -> t short in all years of the scenario itself.

    `rows` are those of `shortage_rows`; `spans` are the years that each modelled year represents.
    """
    found: dict[str, dict[str, float]] = {}
    for r in rows:
        by_name = found.setdefault(r["scenario"], {})
        by_name[r["segment"]] = by_name.get(r["segment"], 0.0) + r["short_t"] * spans[r["year"]]
    return found
