"""The HTML report: one file that needs nothing else, whose numbers are the plan's and whose texts are only texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pytest import approx
from test_algebra import tiny
from worlds import World, by_year, commodity, magnets, mine, offer, plant, recipe, solve, tree_plan, wants, world, write

import didymium
from didymium.cli import main
from didymium.reports.chart_specs import ChartSpec
from didymium.reports.page.contained import Contents
from didymium.reports.page.data import page_data
from didymium.reports.page.flows import chain, network
from didymium.reports.page.write import in_script, write_page


@pytest.fixture(scope="module")
def plan() -> didymium.Plan:
    return solve(tiny())


def data_of(path: Path) -> dict[str, object]:
    script = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL
    )
    assert script
    found: dict[str, object] = json.loads(script[1], parse_int=float)
    return found


def test_the_page_asks_for_nothing_from_outside(plan: didymium.Plan, tmp_path: Path) -> None:
    write_page(plan, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    ours = text.split("<script>")[0] + text.split("<script>")[-1]
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', ours)
    assert "default-src 'none'" in text
    assert not re.search(r"<!--[A-Z]+-->", text)
    assert (tmp_path / "report.html").stat().st_size < 6 * 2**20


def test_its_numbers_are_those_of_the_plan(plan: didymium.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    data_of_page = data_of(tmp_path / "report.html")
    key_numbers = {f["name"]: f["value"] for f in data_of_page["key_numbers"]}  # type: ignore[attr-defined]
    assert key_numbers["cost"] == plan.summary["objective_musd"]
    assert key_numbers["investments"] == len(plan.investments)
    assert [i["project"] for i in data_of_page["investments"]] == plan.investments["project"].tolist()  # type: ignore[attr-defined]
    tables = {t["name"]: t for t in data_of_page["tables"]}  # type: ignore[attr-defined]
    for name in ("trade", "demand", "costs"):
        assert tables[name]["columns"] == [c for c in plan.tables[name][0] if c != "branch"], "one path needs no branch"
        rows = [list(row.values()) for row in plan.tables[name]]
        assert len(tables[name]["rows"]) == len(rows)
        for a, b in zip(tables[name]["rows"], rows, strict=True):
            assert [x for x in a if isinstance(x, float)] == approx(
                [float(y) for y in b if isinstance(y, (int, float))], rel=1e-6
            )


def test_names_stand_before_ids_and_headings_are_words(plan: didymium.Plan) -> None:
    data_of_page = page_data(plan)
    tables = {t["name"]: t for t in data_of_page["tables"]}
    for name in ("investments", "capacity", "production", "plants"):
        columns = tables[name]["columns"]
        assert columns.index("project_name") == columns.index("project") - 1
    assert [data_of_page["headings"][c] for c in ("project_name", "capex_musd", "level_0_t")] == [
        "Project",
        "Capex (M USD)",
        "Never in China (t)",
    ]
    columns = {c for t in data_of_page["tables"] for c in t["columns"]}
    assert [c for c in columns if "_" in data_of_page["headings"][c]] == []


def test_a_line_is_wider_than_those_drawn_over_it() -> None:
    """Three solid lines and two dashed ones; equal ones would hide each other but for their edges."""
    line = ChartSpec(
        "share",
        "%",
        "line",
        ("year",),
        {"mine": "#1", "metal": "#2", "goal": "#1", "magnet": "#3", "aim": "#2"},
        [],
        ("goal", "aim"),
    )
    assert [line.width(s) for s in ("mine", "metal", "magnet")] == [5, 3.25, 1.5]
    assert [line.width(s) for s in ("goal", "aim")] == [1.75, 1]


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    w = tiny()
    bad = "</script><script>alert(1)</script><!--SCRIPT--><img src=x onerror=alert(1)>"
    w["settings"].append({"setting": "title", "value": bad})
    for row in w["projects"]:
        row["note"] = bad
    plan = didymium.solve(didymium.read(write(w, tmp_path / "case")))
    write_page(plan, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in text
    assert "<img src=x" not in text
    assert data_of(tmp_path / "report.html")["title"] == bad
    assert in_script('"</script>&\u2028"') == '"\\u003c/script\\u003e\\u0026\\u2028"'


def test_the_network_and_the_chain_by_hand() -> None:
    # Of the 20 t of magnets wanted 10 are made, from 5 t of metal, of 5 t of oxide, of 5 t of the 10 that can be dug:
    # digging costs a little, so no more is dug. The other 10 t are bought from China
    w = world()
    magnets(w)
    mine(w, existing=10, variable_opex_usd_per_t=1)
    w["projects"] += [plant("works", "refinery", 10), plant("smelter", "metal", 5), plant("maker", "magnet", 10)]
    offer(w, "china_magnet", "magnet", 10, 100, china=True)
    wants(w, "magnet", 20)
    plan = solve(w)
    # Contained, counted as oxide: 1 in ore, oxide and metal (1 t of oxide a tonne), 0.5 in a magnet
    (year,) = network(plan)
    amounts = {p["stage"]: [p["online"], p["ran"], p["NdPr"]] for p in year["plants"] if p["region"] == "Here"}  # type: ignore[attr-defined]
    assert amounts == {
        "mine": approx([10, 5, 5]),
        "refinery": approx([10, 5, 5]),
        "metal": approx([5, 5, 5]),
        "magnet": approx([10, 10, 5]),
    }
    assert [(a["from"], a["to"], a["stage"], a["NdPr"], a["Dy and Tb"]) for a in year["trade_links"]] == [
        ("China (offers)", "Here", "magnet", approx(5), 0)
    ]
    (flow,) = chain(plan)
    links = {(f["from"], f["to"], f["level"]): f["NdPr"] for f in flow["links"]}  # type: ignore[attr-defined]
    assert links[("Oxides", "Metal plants, Here", 0)] == approx(5)
    assert links[("Metals", "Magnet plants, Here", 0)] == approx(5)
    assert links[("Magnet plants, Here", "Magnets", 0)] == approx(5)
    assert links[("China (offers)", "Magnets", 4)] == approx(5)
    assert (links[("Magnets", "Demand, Here", 0)], links[("Magnets", "Demand, Here", 4)]) == (approx(5), approx(5))


def test_what_goods_contain_by_hand() -> None:
    """Nd and Dy in one ore, 90 to 10. A tonne of metal takes 1.2 t of oxide; a magnet 0.4 t of it and 0.02 t of Dy
    metal (1 t of oxide a tonne), and gives 0.25 t of swarf, from which recyclers get 0.3 t of NdPr oxide and 0.02 t of
    Dy oxide a tonne. Left in the magnet:
    0.4 x 1.2 - 0.25 x 0.3 = 0.405 t of NdPr and 0.02 - 0.25 x 0.02 = 0.015 t of Dy."""
    w = world()
    w["elements"] = [
        {"element": "Nd", "commodity": "oxide", "circuit": "light"},
        {"element": "Dy", "commodity": "dy_oxide", "circuit": "heavy"},
    ]
    w["recoveries"] = [{"ore_type": "rock", "Nd": 100, "Dy": 100}]
    for name, stage in (
        ("dy_oxide", "refinery"),
        ("metal", "metal"),
        ("dy_metal", "metal"),
        ("magnet", "magnet"),
        ("swarf", "scrap"),
    ):
        commodity(w, name, stage)
    recipe(w, "cook", "metal", {"oxide": 1.2}, {"metal": 1.0})
    recipe(w, "cook_dy", "metal", {"dy_oxide": 1.0}, {"dy_metal": 1.0})
    recipe(w, "press", "magnet", {"metal": 0.4, "dy_metal": 0.02}, {"magnet": 1.0, "swarf": 0.25})
    recipe(w, "back", "recycler", {"swarf": 1.0}, {"oxide": 0.3, "dy_oxide": 0.02})
    mine(w, existing=10)
    w["assays"][0] |= {"Nd": 90, "Dy": 10}
    plan = solve(w)
    amounts = {
        c: (Contents(plan, "NdPr").of[c], Contents(plan, "Dy and Tb").of[c])
        for c in ("pit", "oxide", "mixed_dy_oxide", "metal", "swarf", "magnet")
    }
    assert amounts == {
        "pit": approx((0.9, 0.1)),
        "oxide": (1, 0),
        "mixed_dy_oxide": (0, 1),
        "metal": approx((1.2, 0)),
        "swarf": approx((0.3, 0.02)),
        "magnet": approx((0.405, 0.015)),
    }


def test_plants_lose_nothing_but_where_ore_is_refined_and_oxides_are_separated() -> None:
    """What is contained in what a metal plant or a recycler takes is contained in what it makes."""
    plan = solve(tiny())
    for year in chain(plan):
        for group in ("NdPr", "Dy and Tb"):
            for kind in ("Metal plants", "Recyclers"):
                taken = sum(f[group] for f in year["links"] if f["to"].startswith(kind))  # type: ignore[attr-defined]
                made = sum(f[group] for f in year["links"] if f["from"].startswith(kind))  # type: ignore[attr-defined]
                assert made == approx(taken, rel=1e-6, abs=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_the_chain_never_runs_in_a_circle_and_pools_cover_what_leaves_them(seed: int, tmp_path: Path) -> None:
    from random_cases import random_case, write_case

    folder = write_case(random_case(seed), tmp_path / "case")
    try:
        plan = didymium.solve(didymium.read(folder))
    except didymium.NoPlan:
        return
    for year in chain(plan):
        links = year["links"]
        after: dict[str, set[str]] = {}
        for link in links:  # type: ignore[attr-defined]
            after.setdefault(link["from"], set()).add(link["to"])

        def reaches(a: str, b: str, after: dict[str, set[str]] = after) -> bool:
            return b in after.get(a, ()) or any(reaches(c, b) for c in after.get(a, ()))

        assert not any(reaches(name, name) for name in after)


def two_futures() -> World:
    """10 t of Chinese metal a year at 0.1 M USD/t, which in half of the futures stops in 2027; going without costs 1 M
    USD/t."""
    w = world(2026, 2027)
    magnets(w)
    offer(w, "china_metal", "metal", 10, 100_000, china=True)
    wants(w, "metal", 10)
    w["scenarios"] = [
        {"scenario": "calm", "probability_percent": 50},
        {"scenario": "storm", "probability_percent": 50, "reveal_year": 2027},
    ]
    w["shocks"] = [{"scenario": "storm", "kind": "china_limit", "from_year": 2027, "value": 0}]
    return w


def test_scenarios_side_by_side_by_hand() -> None:
    # calm: 1 + 1 M USD, nothing short; storm: 1 + 10 x 1, 10 t short
    calm, storm = page_data(tree_plan(two_futures()))["scenarios"]
    assert (calm["scenario"], calm["cost_musd"], calm["not_met_t"]) == ("calm", approx(2), 0)
    assert (storm["scenario"], storm["cost_musd"], storm["not_met_t"]) == ("storm", approx(11), approx(10))
    assert (calm["metal_china_free_in_2027_percent"], calm["magnet_china_free_in_2027_percent"]) == (0, approx(100))
    assert page_data(solve(two_futures()))["scenarios"] == []


def test_a_page_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    plan = solve(world())
    write_page(plan, tmp_path / "report.html")
    assert page_data(plan)["investments"] == []


def test_a_large_plan_leaves_tables_to_the_workbook(plan: didymium.Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from didymium.reports.page import data

    monkeypatch.setattr(data, "MAX_CELLS", 30)
    tables = page_data(plan)["tables"]
    assert any(t["left_out"] and not t["rows"] for t in tables)


def test_the_report_is_written_again_from_a_result(
    plan: didymium.Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.save(tmp_path)
    before = data_of(tmp_path / "report.html")
    (tmp_path / "report.html").unlink()
    assert main(["report", str(tmp_path)]) == 0
    assert "report.html" in capsys.readouterr().out
    after = data_of(tmp_path / "report.html")
    assert after["headline"] == before["headline"]
    assert after["key_numbers"] == before["key_numbers"]
    for name in ("charts", "network", "chain", "investments", "targets"):
        assert json.dumps(after[name], sort_keys=True) == json.dumps(before[name], sort_keys=True), name


def test_a_target_missed_is_told(tmp_path: Path) -> None:
    w = world(target_penalty_usd_per_t=1)
    magnets(w)
    offer(w, "china_metal", "metal", 10, 100, china=True)
    wants(w, "metal", 10)
    w["targets"] = [{"target": "clean", "type": "min_china_free_share", "stage": "metal", **by_year(w, 50)}]
    assert page_data(solve(w))["targets"] == [
        {
            "target": "clean",
            "met_from": None,
            "years_missed": 1,
            "shortfall_t": approx(5),
            "name": "metal: China-free, all demand",
        }
    ]
