"""Every figure of a case as it is in one year of one scenario: the input's value, times the factors of the
shocks that hit it."""

from __future__ import annotations

from math import prod

from didymium.case.case import Case, Demand, Limit, Offer, Project, Route, Shock, Target
from didymium.case.shocks import (
    combined,
    demand_selectors,
    goods_selectors,
    offer_kinds,
    outlet_selectors,
    plant_selectors,
)


class YearData:
    """The figures by scenario and year. Money is M USD, amounts t a year. Shocks of a kind that match together
    multiply."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._shocks: dict[tuple[str, str], list[Shock]] = {}
        for shock in case.shocks:
            self._shocks.setdefault((shock.scenario, shock.kind), []).append(shock)
        self._prices: dict[tuple[str, str, int], float] = {}

    def _hits(self, kind: str, scenario: str, year: int, **selectors: str) -> list[float]:
        return [s.value for s in self._shocks.get((scenario, kind), ()) if s.hits(year, **selectors)]

    def _factor(self, kind: str, scenario: str, year: int, **selectors: str) -> float:
        return combined(kind, self._hits(kind, scenario, year, **selectors))

    def demand(self, demand: Demand, scenario: str, year: int) -> float:
        """Return the tonnes demanded."""
        return demand.tonnes[year] * self._factor("demand", scenario, year, **demand_selectors(demand))

    def _offer_factor(self, offer: Offer, measure: str, scenario: str, year: int) -> float:
        """All factors on the limit or price of an offer; one to * is hit only by shocks on region *."""
        selectors = goods_selectors(self.case, offer.commodity, offer.destination) | {"item": offer.name}
        return prod(self._factor(kind, scenario, year, **selectors) for kind in offer_kinds(offer, measure))

    def offer_limit(self, offer: Offer, scenario: str, year: int) -> float:
        """Return the tonnes offered: limit x factors."""
        return offer.limit[year] * self._offer_factor(offer, "limit", scenario, year)

    def offer_price(self, offer: Offer, region: str, scenario: str, year: int) -> float:
        """Return the price of a tonne delivered to a region, M USD: price x factors x (1 + tariff)."""
        price = offer.price[year] * self._offer_factor(offer, "price", scenario, year)
        return price * (1 + self._tariff(offer.tariff, offer.commodity, region, offer.name, scenario, year))

    def _tariff(self, tariff: float, commodity: str, region: str, item: str, scenario: str, year: int) -> float:
        """A tariff and the points that shocks add to it, never below 0, as a share. `item` is the offer; blank for a
        route."""
        selectors = goods_selectors(self.case, commodity, region) | {"item": item}
        return max(0.0, tariff + self._factor("tariff", scenario, year, **selectors) / 100)

    def freight(self, route: Route, commodity: str, region: str, scenario: str, year: int) -> float:
        """Return what a tonne shipped to a region costs, M USD: freight x factors + tariff x market price."""
        factor = self._factor("route_cost", scenario, year, **goods_selectors(self.case, commodity, region))
        tariff = self._tariff(route.tariff, commodity, region, "", scenario, year)
        return route.cost * factor + (tariff * self.market_price(commodity, scenario, year) if tariff else 0.0)

    def _outlet_factor(self, kind: str, commodity: str, scenario: str, year: int) -> float:
        return self._factor(kind, scenario, year, **outlet_selectors(self.case, commodity))

    def sale_price(self, commodity: str, scenario: str, year: int) -> float:
        """Return the price of a commodity that is sold outside the chain, M USD/t."""
        price = self.case.commodities[commodity].sale_price
        assert price is not None
        return price * self._outlet_factor("sale_price", commodity, scenario, year)

    def sale_limit(self, commodity: str, scenario: str, year: int) -> float:
        """Return the sale limit of a commodity that has one, t."""
        limit = self.case.commodities[commodity].sale_limit
        assert limit is not None
        return limit * self._outlet_factor("sale_limit", commodity, scenario, year)

    def market_price(self, commodity: str, scenario: str, year: int) -> float:
        """Return the market price, M USD/t: the sheet Prices, else the reference price, x factors; of ore and mixed
        heavies without a price, what the oxides in them are worth."""
        key = commodity, scenario, year
        if key not in self._prices:
            self._prices[key] = self._market_price(*key)
        return self._prices[key]

    def _market_price(self, commodity: str, scenario: str, year: int) -> float:
        c = self.case.commodities[commodity]
        priced = [y for y in c.prices if y <= year]
        if not priced and c.mixed_of is not None:
            return self.case.mixed_payable * self.market_price(c.mixed_of, scenario, year)
        if not priced and c.stage == "mine":
            return self.case.concentrate_payable * self._yield_value(commodity, scenario, year)
        price = c.prices[max(priced)] if priced else c.reference_price
        return price * self._outlet_factor("market_price", commodity, scenario, year)

    def _yield_value(self, mine: str, scenario: str, year: int) -> float:
        """Market value of the oxides that a refinery gets out of a tonne of a mine's concentrate."""
        goods = (
            (self.case.commodities[c].mixed_of or c, tonnes) for c, tonnes in self.case.recipes[mine].outputs.items()
        )
        return sum(tonnes * self.market_price(c, scenario, year) for c, tonnes in goods)

    def _on_plant(self, kind: str, project: Project, scenario: str, year: int) -> float:
        if (scenario, kind) not in self._shocks:  # as mostly, for every plant, decision and year
            return combined(kind, [])
        return self._factor(kind, scenario, year, **plant_selectors(project))

    def capex_factor(self, project: Project, scenario: str, year: int) -> float:
        """Return the factor on the annuities paid in a year."""
        return self._on_plant("capex", project, scenario, year)

    def outage(self, project: Project, scenario: str, year: int) -> bool:
        """Is the plant out in a year?"""
        return bool(self._on_plant("outage", project, scenario, year))

    def delay(self, project: Project, planned: int, scenario: str) -> int:
        """Return the years by which modules planned for a year come late on the path of a scenario: the delays that hit
        there in that year, added."""
        return int(self._on_plant("delay", project, self.case.acting(scenario, planned), planned))

    def fixed_opex(self, project: Project, scenario: str, year: int) -> float:
        """Return the fixed opex, M USD per t/year of capacity."""
        return project.fixed_opex * self._on_plant("fixed_opex", project, scenario, year)

    def running_cost(self, project: Project, scenario: str, year: int) -> float:
        """Return variable opex and carbon of a tonne of throughput, M USD."""
        carbon = self.case.carbon_price * self._factor("carbon_price", scenario, year)
        return project.variable_opex * self._on_plant("variable_opex", project, scenario, year) + carbon * project.co2

    def target_share(self, target: Target, scenario: str, year: int) -> float:
        """Return the share that a target requires in a year in which it is set."""
        return target.share[year] * self._factor("target", scenario, year, item=target.name)

    def budget(self, government: str, scenario: str, year: int) -> float:
        """Return the M USD becoming available on the path of a scenario."""
        acting = self.case.acting(scenario, year)
        return self.case.budgets[government].get(year, 0.0) * self._factor("budget", acting, year, item=government)

    def limit(self, limit: Limit, scenario: str, year: int) -> float:
        """Return the maximum in a year in which the limit is set."""
        return limit.maximum[year] * self._factor("limit", scenario, year, item=limit.name)
