"""A second model of the planning page, written to be obvious rather than fast: the judge of the first.

It reads a folder of CSV files by itself, keeps every decision at every exposure level 0 to 4 in every region and
node, prunes nothing, and hands rows to HiGHS one at a time. It shares no line with the package.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import highspy

INF = highspy.kHighsInf
LEVELS = range(5)
PLANT_LEVEL = {"mine": 1, "refinery": 2, "heavy": 2, "recycler": 2, "metal": 3, "magnet": 4}
GOODS_LEVEL = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4, "scrap": 0}
BELOW = {"mine": 1, "refinery": 2, "metal": 3, "magnet": 4}


class Model:
    """Columns and rows by name; `solve` returns the optimum, or None where there is no plan.

    Scenarios are written out one after the other. What one decides before its reveal year goes by the base's name, so it is the
    base's own decision: a tree without nodes.
    """

    def __init__(self):
        self.columns, self.rows, self.costs = {}, [], {}

    def enter(self, scenario, base, reveal):
        """What follows is of this scenario."""
        self.scenario, self.base, self.reveal = scenario, base, reveal
        self.costs[scenario] = [defaultdict(float), 0.0]

    def var(self, *name, upper=INF, integer=False):
        name = (self.base if name[-1] < self.reveal else self.scenario, *name)
        self.columns.setdefault(name, [0.0, 0.0, upper, integer])
        return name

    def cost(self, name, value):
        self.costs[self.scenario][0][name] += value

    def constant(self, value):
        self.costs[self.scenario][1] += value

    def minimise(self, odds, risk_weight, tail):
        """(1 - risk weight) x expected cost + risk weight x mean of the worst outcomes, as far as the tail reaches."""
        self.offset = 0.0
        for s, (terms, constant) in self.costs.items():
            self.offset += (1 - risk_weight) * odds[s] * constant
            for name, value in terms.items():
                self.columns[name][0] += (1 - risk_weight) * odds[s] * value
        if risk_weight:
            self.columns["worst"] = [risk_weight, -INF, INF, False]
            for s, (terms, constant) in self.costs.items():
                self.columns["above", s] = [risk_weight * odds[s] / tail, 0.0, INF, False]
                self.row([(("above", s), 1), ("worst", 1), *((name, -value) for name, value in terms.items())], low=constant)

    def row(self, terms, low=-INF, high=INF):
        total = defaultdict(float)
        for name, value in terms:
            total[name] += value
        self.rows.append((total, low, high))

    def solve(self, gap):
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("mip_rel_gap", gap)
        place = {}
        for name, (cost, low, high, integer) in self.columns.items():
            place[name] = len(place)
            highs.addCol(cost, low, high, 0, [], [])
            if integer:
                highs.changeColIntegrality(place[name], highspy.HighsVarType.kInteger)
        for total, low, high in self.rows:
            terms = [(place[name], value) for name, value in total.items() if value]
            if not terms and (low > 1e-9 or high < -1e-9):
                return None
            highs.addRow(low, high, len(terms), [c for c, _ in terms], [v for _, v in terms])
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal or not self.columns:
            return highs.getInfo().objective_function_value + self.offset
        assert highs.getModelStatus() in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
        return None


def load(folder: Path):
    tables = defaultdict(list)
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return tables


def num(row, name, default=0.0):
    text = row.get(name) or ""
    return default if text == "" else float(text)


def named(row, name):
    return row.get(name) or "*"


def optimum(folder: Path, scenario: str | None = None, gap: float = 1e-6):
    """The least cost of one scenario, foreseen; None when no plan exists."""
    t = load(folder)
    chosen = scenario or base_of(t)
    model = Model()
    model.enter(chosen, chosen, 0)
    write_scenario(model, t, chosen)
    model.minimise({chosen: 1.0}, 0.0, 1.0)
    return model.solve(gap)


def tree_optimum(folder: Path, gap: float = 1e-6):
    """The least cost of all scenarios at once, when none is known before its reveal year; None when no plan exists."""
    t = load(folder)
    setting = {r["setting"]: r["value"] for r in t["settings"]}
    rows = t["scenarios"] or [{"scenario": "base", "probability_percent": 100}]
    odds = {r["scenario"]: num(r, "probability_percent") / 100 for r in rows}
    model = Model()
    for r in rows:
        model.enter(r["scenario"], base_of(t), num(r, "reveal_year"))
        write_scenario(model, t, r["scenario"])
    model.minimise(odds, num(setting, "risk_weight") if len(rows) > 1 else 0.0, num(setting, "risk_tail_percent", 10) / 100)
    return model.solve(gap)


def base_of(t):
    return next((s["scenario"] for s in t["scenarios"] if not s.get("reveal_year")), "base")


def write_scenario(model, t, chosen):
    """The whole of section 6 and 7 along the path of one scenario."""
    setting = {r["setting"]: r["value"] for r in t["settings"]}
    first, last = int(setting["first_year"]), int(setting["last_year"])
    years = []
    for part in (setting.get("milestone_years") or f"{first}-{last}").split(";"):
        ends = [int(y) for y in part.split("-")]
        years += range(ends[0], ends[-1] + 1)
    span = {y: e - y for y, e in zip(years, [*years[1:], last + 1], strict=True)}
    rate = num(setting, "discount_rate_percent") / 100
    weight = {y: sum((1 + rate) ** (first - k) for k in range(y, y + span[y])) for y in years}

    scenarios = t["scenarios"] or [{"scenario": "base", "reveal_year": ""}]
    base = base_of(t)
    reveal = next((int(s["reveal_year"]) for s in scenarios if s["scenario"] == chosen and s.get("reveal_year")), first)
    acting = {y: chosen if chosen == base or y >= reveal else base for y in range(first, last + 1)}

    def shocks(kind, year, **select):
        for s in t["shocks"]:
            start, end = num(s, "from_year", reveal if s["scenario"] != base else first), num(s, "to_year", last)
            acts = s["kind"] == kind and s["scenario"] == acting[year] and start <= year <= end
            if acts and all(named(s, k) in ("*", v) for k, v in select.items()):
                yield float(s["value"])

    def factor(kind, year, **select):
        result = 1.0
        for value in shocks(kind, year, **select):
            result *= value
        return result

    regions = {r["region"]: r for r in t["regions"]}
    china = {r: (row.get("china") or "no") == "yes" for r, row in regions.items()}
    projects = {p["project"]: p for p in t["projects"]}
    mines = [p for p, row in projects.items() if row["stage"] == "mine"]
    goods = {c["commodity"]: c for c in t["commodities"]}
    stage = {c: row["stage"] for c, row in goods.items()} | dict.fromkeys(mines, "mine")
    for e in t["elements"]:
        if e["circuit"] == "heavy":
            stage["mixed_" + e["commodity"]] = "refinery"

    recipes = defaultdict(lambda: ({}, {}))
    stage_of = {}
    for r in t["recipes"]:
        recipes[r["recipe"]][r["direction"] == "out"][r["commodity"]] = float(r["t_per_t"])
        stage_of[r["recipe"]] = r["stage"]
    assays = {a["mine"]: a for a in t["assays"]}
    recoveries = {r["ore_type"]: r for r in t["recoveries"]}
    for m in mines:
        out = defaultdict(float)
        for e in t["elements"]:
            name = e["commodity"] if e["circuit"] == "light" else "mixed_" + e["commodity"]
            out[name] += num(assays[m], e["element"]) / 100 * num(recoveries[projects[m]["ore_type"]], e["element"]) / 100
        recipes["refine " + m] = ({m: 1.0}, {c: v for c, v in out.items() if v > 0})
        recipes["dig " + m] = ({}, {m: 1.0})

    def runs_of(p):
        row, accepts = projects[p], set((projects[p].get("accepts") or "*").split(";"))
        if row["stage"] == "mine":
            return ["dig " + p]
        if row["stage"] == "refinery":
            return ["refine " + m for m in mines if accepts & {"*", m, projects[m]["ore_type"]}]
        return [q for q, s in stage_of.items() if s == row["stage"] and accepts & {"*", q}]

    makes, takes = defaultdict(set), defaultdict(set)
    for p, row in projects.items():
        for q in runs_of(p):
            makes[row["region"]] |= set(recipes[q][1])
            takes[row["region"]] |= set(recipes[q][0])
    for row in [*t["demand"], *t["stockpiles"]]:
        takes[row["region"]].add(row["commodity"])
    stores = {(s["region"], s["commodity"]) for s in t["stockpiles"]}

    flow = defaultdict(list)  # (region, commodity, year) -> (level, name, +supply or -use)
    carbon = num(setting, "carbon_price_usd_per_t")
    throughput = defaultdict(list)
    made = defaultdict(list)

    # plants
    builds, online, overnight = {}, {}, {}
    for p, row in projects.items():
        lead = int(num(row, "permitting_years") + num(row, "construction_years"))
        region = regions[row["region"]]
        select = {"stage": row["stage"], "region": row["region"], "project": p}
        overnight[p] = num(row, "capex_musd_per_module") * (1 + num(region, "cost_overrun_percent") / 100)
        wacc, life, construction = num(region, "wacc_percent") / 100, int(num(row, "life_years", 30)), num(row, "construction_years")

        def payment(i, life=life, construction=construction):
            crf = 1 / life if i == 0 else i / (1 - (1 + i) ** -life)
            return (1 + i) ** (construction / 2) * crf

        ramp = next((r for r in t["ramps"] if r["ramp"] == row.get("ramp")), {})
        window = [
            y
            for y in years
            if num(row, "max_modules") > 0 and num(row, "first_decision_year", first) <= y <= num(row, "last_decision_year", last) and y + lead <= last
        ]
        builds[p] = {y: model.var("build", p, y, upper=num(row, "max_modules"), integer=True) for y in window}
        model.row([(b, 1) for b in builds[p].values()], num(row, "min_modules"), num(row, "max_modules"))
        for n in years:
            standing = num(row, "existing_t_per_year") if n < num(row, "retires_year", 9999) else 0.0
            modules = []
            for b, var in builds[p].items():
                planned = b + lead
                if planned <= n < planned + life:
                    model.cost(var, weight[n] * overnight[p] * payment(wacc) * factor("capex", n, **select))
                late = sum(shocks("delay", planned, **select)) if planned <= last else 0
                age = n - planned - int(late)
                if b <= n and 0 <= age < life:
                    share = num(ramp, f"year_{age + 1}_percent", 100) / 100 if age < 5 else 1.0
                    modules.append((var, share * num(row, "module_t_per_year")))
                    model.cost(var, weight[n] * num(row, "fixed_opex_usd_per_t_capacity") * 1e-6 * share * num(row, "module_t_per_year"))
            model.constant(weight[n] * num(row, "fixed_opex_usd_per_t_capacity") * 1e-6 * standing)
            out = list(shocks("outage", n, **select))
            floor = PLANT_LEVEL[row["stage"]] if china[row["region"]] else 0
            for q in runs_of(p):
                for level in LEVELS:
                    if level < floor:
                        continue
                    run = model.var("run", p, q, level, n)
                    model.cost(run, weight[n] * 1e-6 * (num(row, "variable_opex_usd_per_t") + carbon * num(row, "co2_t_per_t")))
                    throughput[p, n].append(run)
                    for c, v in recipes[q][0].items():
                        flow[row["region"], c, n].append((level, run, -v))
                    for c, v in recipes[q][1].items():
                        flow[row["region"], c, n].append((0 if stage[c] == "scrap" else level, run, v))
                        made[c, n].append((run, v))
            for column, sign in (("max_utilisation_percent", 1), ("min_utilisation_percent", -1)):
                use = num(row, column, 100 if sign == 1 else 0) / 100 * (0 if out else 1)
                terms = [(run, sign) for run in throughput[p, n]] + [(var, -sign * use * tonnes) for var, tonnes in modules]
                model.row(terms, high=sign * use * standing)
            online[p, n] = (standing, modules)
        if row["stage"] == "mine" and row.get("reserve_t"):
            model.row([(run, span[n]) for n in years for run in throughput[p, n]], high=num(row, "reserve_t"))

    # how projects hang together
    for p, row in projects.items():
        q = row.get("requires")
        if q and num(projects[q], "existing_t_per_year") == 0:
            for n, var in builds[p].items():
                model.row([(var, 1)] + [(b, -num(row, "max_modules")) for y, b in builds[q].items() if y <= n], high=0)
    for group in {row.get("exclusive_group") for row in projects.values()} - {None, ""}:
        model.row([(b, 1) for p, row in projects.items() if row.get("exclusive_group") == group for b in builds[p].values()], high=1)

    # public money
    spent = defaultdict(list)
    for p, row in projects.items():
        for n, var in builds[p].items():
            supports = []
            for i in t["finance"]:
                if not set((i.get("stages") or "*").split(";")) & {"*", row["stage"]}:
                    continue
                if not set((i.get("regions") or "*").split(";")) & {"*", row["region"]}:
                    continue
                s = model.var("support", p, i["instrument"], n)
                supports.append(s)
                spent[i["government"]].append((n, s))
                model.row([(s, 1), (var, -num(i, "max_share_percent") / 100 * overnight[p])], high=0)
                region, life, construction = regions[row["region"]], int(num(row, "life_years", 30)), num(row, "construction_years")
                pay = []
                for r in (num(i, "rate_percent") / 100, num(region, "wacc_percent") / 100):
                    pay.append((1 + r) ** (construction / 2) * (1 / life if r == 0 else r / (1 - (1 + r) ** -life)))
                planned = n + int(num(row, "permitting_years") + construction)
                for y in years:
                    if planned <= y < planned + life:
                        model.cost(s, weight[y] * (pay[0] - pay[1]))
            model.row([(s, 1) for s in supports] + [(var, -num(setting, "max_public_share_percent", 100) / 100 * overnight[p])], high=0)
    budgets = {b["government"]: b for b in t["budgets"]}
    for gov, money in spent.items():
        for n in years:
            so_far = sum(num(budgets.get(gov, {}), str(y)) for y in range(first, n + 1))
            model.row([(s, 1) for y, s in money if y <= n], high=so_far)

    # trade
    for a in regions:
        for b in regions:
            for c in stage:
                if a == b or not (c in makes[a] or (a, c) in stores) or c not in takes[b]:
                    continue
                rows = {named(r, "stage"): r for r in t["routes"] if r["from_region"] == a and r["to_region"] == b}
                route = rows.get(stage[c]) or rows.get("*")
                if route is None:
                    continue
                price = num(route, "cost_usd_per_t") + num(route, "tariff_percent") / 100 * num(goods.get(c, {}), "reference_price_usd_per_t")
                for n in years:
                    for level in LEVELS:
                        ship = model.var("ship", a, b, c, level, n)
                        model.cost(ship, weight[n] * price * 1e-6)
                        flow[a, c, n].append((level, ship, -1))
                        flow[b, c, n].append((level, ship, 1))
    bought = defaultdict(list)
    for o in {r["offer"] for r in t["imports"]}:
        limit = next(r for r in t["imports"] if r["offer"] == o and r["measure"] == "limit_t")
        price = next(r for r in t["imports"] if r["offer"] == o and r["measure"] == "price_usd_per_t")
        c, to, chinese = limit["commodity"], limit["destination"], limit["china"] == "yes"
        landing = [to] if to != "*" else [r for r in regions if not china[r] and c in takes[r]]
        select = {"stage": stage[c], "commodity": c, "region": to}
        for n in years:
            most, each = num(limit, str(n)) * factor("import_limit", n, **select), num(price, str(n)) * factor("import_price", n, **select)
            if chinese:
                most, each = most * factor("china_limit", n, **select), each * factor("china_price", n, **select)
            buys = [model.var("buy", o, r, n) for r in landing]
            model.row([(b, 1) for b in buys], high=most)
            for r, b in zip(landing, buys, strict=True):
                model.cost(b, weight[n] * each * (1 + num(limit, "tariff_percent") / 100) * 1e-6)
                flow[r, c, n].append((GOODS_LEVEL[stage[c]] if chinese else 0, b, 1))
                bought[c, n].append((b, chinese))
    for c, row in goods.items():
        if not row.get("sale_price_usd_per_t"):
            continue
        for n in years:
            sold = []
            for r in regions:
                if c in makes[r] or (r, c) in stores:
                    for level in LEVELS:
                        sell = model.var("sell", r, c, level, n)
                        model.cost(sell, -weight[n] * num(row, "sale_price_usd_per_t") * 1e-6)
                        flow[r, c, n].append((level, sell, -1))
                        sold.append(sell)
            if row.get("sale_limit_t_per_year"):
                model.row([(s, 1) for s in sold], high=num(row, "sale_limit_t_per_year"))

    # stock
    opening = defaultdict(float)
    for s in t["stockpiles"]:
        r, c = s["region"], s["commodity"]
        start = GOODS_LEVEL[stage[c]] if (s.get("initial_china") or "no") == "yes" else 0
        for k, n in enumerate(years):
            total = []
            for level in LEVELS:
                stock = model.var("stock", r, c, level, n)
                model.cost(stock, weight[n] * num(s, "holding_usd_per_t_year") * 1e-6)
                total.append((stock, 1))
                flow[r, c, n].append((level, stock, -1 / span[n]))
                if k:
                    flow[r, c, n].append((level, model.var("stock", r, c, level, years[k - 1]), 1 / span[n]))
                elif level == start:
                    opening[r, c, n, level] = num(s, "initial_t") / span[n]
            model.row(total, num(s, "minimum_t"), num(s, "limit_t"))

    # demand
    segments = {s["segment"]: s for s in t["segments"]}
    swap = {s["segment"]: s for s in t["substitution"]}
    served, out, wanted = {}, {}, {}
    for d, row in enumerate(t["demand"]):
        for n in years:
            amount = num(row, str(n)) * factor("demand", n, commodity=row["commodity"], region=row["region"], segment=row["segment"])
            wanted[d, n] = amount
            served[d, n] = [model.var("serve", d, level, n) for level in LEVELS]
            for level, s in enumerate(served[d, n]):
                flow[row["region"], row["commodity"], n].append((level, s, -1))
            short = model.var("short", d, n)
            model.cost(short, weight[n] * num(segments[row["segment"]], "shortage_cost_usd_per_t") * 1e-6)
            change = swap.get(row["segment"], {})
            out[d, n] = model.var("design_out", d, n, upper=num(change, str(n)) / 100 * amount)
            model.cost(out[d, n], weight[n] * num(change, "cost_usd_per_t") * 1e-6)
            model.row([(v, 1) for v in [*served[d, n], short, out[d, n]]], amount, amount)

    for (r, c, n), terms in flow.items():
        for level in LEVELS:
            start = sum(opening[r, c, n, k] for k in LEVELS if k <= level)
            model.row([(name, v) for at, name, v in terms if at <= level], low=-start)

    # targets
    hard = setting.get("target_policy") == "hard"
    for g in t["targets"]:
        for n in years:
            if not g.get(str(n)):
                continue
            share = num(g, str(n)) / 100
            miss = model.var("miss", g["target"], n, upper=0 if hard else INF)
            model.cost(miss, weight[n] * num(setting, "target_penalty_usd_per_t", 1e6) * 1e-6)
            if g["type"] == "min_china_free_share":
                rows = [d for d, row in enumerate(t["demand"]) if named(g, "region") in ("*", row["region"]) and named(g, "segment") in ("*", row["segment"])]
                free = [(served[d, n][level], 1) for d in rows for level in range(BELOW[g["stage"]])]
                model.row([*free, *((out[d, n], 1) for d in rows), (miss, 1)], low=share * sum(wanted[d, n] for d in rows))
            elif g["type"] == "max_region_share":
                terms = [(miss, -1)]
                for p, row in projects.items():
                    if row["stage"] == g["stage"]:
                        value = (row["region"] == g["region"]) - share * (not china[row["region"]])
                        terms += [(run, value) for run in throughput[p, n]]
                model.row(terms, high=0)
            else:
                c = g["commodity"]
                terms = [(b, chinese - share) for b, chinese in bought[c, n]] + [(run, -share * v) for run, v in made[c, n]]
                model.row([*terms, (miss, -1)], high=0)

    # limits
    for k in t["limits"]:
        for n in years:
            if not k.get(str(n)):
                continue
            terms = []
            for p, row in projects.items():
                if named(k, "region") not in ("*", row["region"]) or named(k, "stage") not in ("*", row["stage"]):
                    continue
                if k["measure"] in ("decisions", "capex_musd"):
                    terms += [(builds[p][n], 1 if k["measure"] == "decisions" else overnight[p])] if n in builds[p] else []
                else:
                    each = num(row, {"co2_t": "co2_t_per_t", "water_m3": "water_m3_per_t", "radioactive_t": "radioactive_t_per_t"}[k["measure"]])
                    terms += [(run, each) for run in throughput[p, n]]
            model.row(terms, high=num(k, str(n)) * (span[n] if k["measure"] in ("decisions", "capex_musd") else 1))
