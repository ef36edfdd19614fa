"""The HTML report in a real browser, without a network: no error, every chart there, its figures those of
summary.json."""

from __future__ import annotations

import html
import itertools
import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_algebra import tiny
from worlds import solve

import didymium

pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="Chromium is not installed: pages are not opened"
)
ALLIED = Path(__file__).parents[1] / "inputs" / "allied"
QUIET = [
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--hide-scrollbars",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page")
    solve(tiny()).save(out)
    return out


def opened(page: Path, tmp_path: Path, address: str = "", *more: str) -> tuple[str, str]:
    """The page as it stands once its script has run, and what the browser said."""
    browser = shutil.which("chromium") or "chromium"
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [
        browser,
        "--headless",
        *sandbox,
        *QUIET,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
        "--virtual-time-budget=10000",
        *more,
    ]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri() + address], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def attributes(dom: str, pattern: str) -> dict[str, str]:
    return dict(re.findall(pattern, dom))


def test_it_draws_everything_without_an_error(folder: Path, tmp_path: Path) -> None:
    dom, console = opened(folder / "report.html", tmp_path)
    assert console == ""
    root = re.search(r"<html[^>]*>", dom)
    assert root and 'data-ready="yes"' in root[0] and "data-error" not in root[0]
    charts = re.findall(r'<figure id="figure-([\w-]+)"', dom)
    assert charts == [
        "share",
        "timeline",
        "supply",
        "origin",
        "capacity",
        "spending",
        "network-map",
        "chain-flow",
        "suppliers-flow",
        "timeline-bars",
        "given",
        "use",
        *(f"{kind}-{stage}" for stage in ("mine", "refinery", "metal") for kind in ("cost", "curve")),
    ]
    assert dom.count("<svg") == len(charts)
    for part in re.split(r"<figure ", dom)[1:]:
        drawing = part.split("</svg>")[0]
        assert drawing.count("<path") + drawing.count("<text") > 3, part[:60]
        assert re.search(r'role="img" aria-label="[^"]{20,}"', part), "every chart is described"


def test_its_figures_are_those_of_the_summary(folder: Path, tmp_path: Path) -> None:
    dom, _ = opened(folder / "report.html", tmp_path)
    summary = json.loads((folder / "summary.json").read_text())
    stated = {name: float(value) for name, value in re.findall(r'<dd data-name="(\w+)" data-value="([^"]+)"', dom)}
    assert stated["cost"] == pytest.approx(summary["objective_musd"], rel=1e-12)
    assert stated["investments"] == len(summary["investments"])
    assert stated["capex"] == pytest.approx(sum(i["capex_musd"] for i in summary["investments"]))
    shown = html.unescape(re.sub(r"<[^>]+>", " ", dom.split('id="charts"')[0]))
    assert f"{summary['objective_musd']:,.0f}" in shown


def test_the_link_to_scenarios_is_hidden_where_there_is_one(folder: Path, tmp_path: Path) -> None:
    """Hidden by the style as well: a link that is given a display of its own would show in spite of the attribute."""
    dom, _ = opened(folder / "report.html", tmp_path)
    assert re.search(r'<a href="#scenarios"[^>]*hidden', dom)
    style = dom.split("<style>")[1].split("</style>")[0]
    assert re.search(r"\[hidden\] \{ display: none !important; \}", style)


def _circles(dom: str) -> list[tuple[float, float, float]]:
    """(x, y, radius) of the circles of the network's picture, as drawn: a unit circle that is moved and scaled."""
    picture = dom.split('id="figure-network-map"')[1].split("</svg>")[0]
    paths = re.findall(r'<path d="M1 0A1 1[^"]*" transform="matrix\(([\d.e,-]+)\)"', picture)
    return [(m[4], m[5], m[0]) for m in ([float(n) for n in p.split(",")] for p in paths)]


def test_no_stage_lies_under_another_on_the_network(folder: Path, tmp_path: Path) -> None:
    dom, _ = opened(folder / "report.html", tmp_path, "", "--window-size=1300,900")
    circles = _circles(dom)
    assert len(circles) >= 4
    apart = [(math.hypot(a[0] - b[0], a[1] - b[1]), a[2], b[2]) for a, b in itertools.combinations(circles, 2)]
    # apart, or a stage inside its region
    assert [t for t in apart if not (t[0] >= t[1] + t[2] - 0.01 or t[0] + min(t[1:]) <= max(t[1:]))] == []


def test_elements_can_be_chosen_and_the_pictures_say_which_and_when(folder: Path, tmp_path: Path) -> None:
    year = max(json.loads((folder / "summary.json").read_text())["shortage_t"])
    for of in ("NdPr", "Dy and Tb"):
        dom, console = opened(folder / "report.html", tmp_path, f"#year={year}&of={of.replace(' ', '+')}")
        assert console == ""
        assert f'data-of="{of}"' in dom
        assert f"From mine to magnet in {year}: {of} contained, t a year" in dom
        assert f"What plants made and what was moved in {year}: {of} contained, t a year" in dom


def test_every_chart_has_its_legend_and_what_is_wide_can_be_reached_by_keyboard(folder: Path, tmp_path: Path) -> None:
    dom, _ = opened(folder / "report.html", tmp_path)
    data = json.loads(dom.split('<script type="application/json" id="data">')[1].split("</script>")[0])
    for name, chart in data["charts"].items():
        part = dom.split(f'id="figure-{name}"')[1].split("</figure>")[0]
        keys = re.findall(r'<button type="button" aria-pressed="true"[^>]*><span[^>]*></span>([^<]*)</button>', part)
        assert [html.unescape(k) for k in keys] == [s["name"] for s in chart["series"]], name
    for name in ("network-legend", "level-legend", "region-legend", "stage-legend"):
        assert re.search(rf'<ul id="{name}" class="legend"><li><span', dom), name
    assert re.findall(r'<div class="scroll[^"]*"(?![^>]*tabindex="0")[^>]*>', dom) == []


def test_a_dark_screen_prints_on_light_paper_with_its_colours(folder: Path, tmp_path: Path) -> None:
    if not shutil.which("pdftoppm"):
        pytest.skip("Poppler is not installed: the printed page is not looked at")
    opened(
        folder / "report.html",
        tmp_path,
        "",
        "--blink-settings=preferredColorScheme=0",
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'p.pdf'}",
    )
    subprocess.run(["pdftoppm", "-r", "40", str(tmp_path / "p.pdf"), str(tmp_path / "p")], check=True)
    pages = sorted(tmp_path.glob("p-*.ppm"))
    assert pages
    seen: set[bytes] = set()
    for page in pages:
        pixels = page.read_bytes().split(b"\n", 3)[3]
        triples = [pixels[k : k + 3] for k in range(0, len(pixels) - 2, 3)]
        assert triples[0] == b"\xff\xff\xff"
        assert sum(t == b"\xff\xff\xff" for t in triples) > 0.4 * len(triples), page.name
        seen |= set(triples)
    assert bytes.fromhex("b2182b") in seen, "the colour of magnets made in China, on a band, a bar or a swatch"


def test_the_year_in_the_address_moves_both_pictures(folder: Path, tmp_path: Path) -> None:
    years = sorted(json.loads((folder / "summary.json").read_text())["shortage_t"])
    for year in (years[0], years[-1]):
        dom, console = opened(folder / "report.html", tmp_path, f"#year={year}")
        assert console == ""
        assert f'data-year="{year}"' in dom
        assert re.search(rf'<output id="year-shown"[^>]*>{year}</output>', dom)


@pytest.mark.parametrize(
    "look", [["--window-size=400,900"], ["--blink-settings=preferredColorScheme=0"]], ids=["narrow", "dark"]
)
def test_narrow_and_dark_screens_show_the_same(look: list[str], folder: Path, tmp_path: Path) -> None:
    dom, console = opened(folder / "report.html", tmp_path, "", *look)
    assert console == ""
    assert (
        dom.count("<svg") == 9 + 2 + 6 + 1
    )  # and public money; cost and supply curve of three stages; who supplied whom
    assert 'data-ready="yes"' in dom


def test_a_hostile_title_does_not_run(tmp_path: Path) -> None:
    w = tiny()
    w["settings"].append(
        {
            "setting": "title",
            "value": (
                "</title><script>document.documentElement.dataset.hacked='yes'</script><img src=x"
                " onerror=\"document.documentElement.dataset.hacked='yes'\">"
            ),
        }
    )
    solve(w).save(tmp_path / "out")
    dom, console = opened(tmp_path / "out" / "report.html", tmp_path)
    root = re.search(r"<html[^>]*>", dom)
    assert root and "hacked" not in root[0]
    assert console == ""


def test_a_plan_of_nothing_opens_too(tmp_path: Path) -> None:
    from worlds import world

    solve(world()).save(tmp_path / "out")
    dom, console = opened(tmp_path / "out" / "report.html", tmp_path)
    assert console == ""
    assert 'data-ready="yes"' in dom


def test_scenarios_have_their_own_picture(tmp_path: Path) -> None:
    from test_page import two_futures
    from worlds import offer, plant, tree_plan

    from didymium.reports.page import write_page

    w = two_futures()
    w["projects"] = [plant("now", "metal", max_modules=1, min_modules=1, last_decision_year=2026)]
    w["projects"].append(plant("later", "metal", max_modules=1, first_decision_year=2027, accepts="cook"))
    offer(w, "ore", "oxide", 99, 0)
    write_page(tree_plan(w), tmp_path / "report.html")
    dom, console = opened(tmp_path / "report.html", tmp_path)
    assert console == ""
    for name in ("tree", "scenario-costs", "scenario-distribution", "scenario-short", "scenario-free"):
        assert f'id="figure-{name}"' in dom
    assert re.search(r'data-timelines="2"', dom)
    assert re.search(r'id="decide-now"[^>]*><table.*?<td[^>]*>Now<.*?<td[^>]*>now<.*?now: in every scenario', dom)
    assert re.search(r'<a href="#scenarios"[^>]*hidden', dom) is None
    assert re.search(r'<section id="scenarios"[^>]*hidden', dom) is None


def test_the_page_of_a_stress_draws_everything_without_an_error(tmp_path: Path) -> None:
    from worlds import hedge

    plan = solve(hedge())
    plan.save(tmp_path / "out")
    didymium.stress(tmp_path / "out", draws=30).save(tmp_path / "out" / "stress")
    dom, console = opened(tmp_path / "out" / "stress" / "stress.html", tmp_path)
    assert console == ""
    assert 'data-ready="yes"' in dom and "data-error" not in dom[:500]
    # No plant is lost
    assert re.findall(r'<figure id="figure-([\w-]+)"', dom) == [
        "costs",
        "scenarios",
        "free",
        "short",
        "drivers",
        "who",
        "regret",
    ]
    assert "30 draws (seed 0): cost" in dom
    for section in ("scenarios", "percentiles", "losses"):
        assert re.search(rf'id="{section}"[^>]*><table', dom), section


def test_it_prints_every_chart_whole(folder: Path, tmp_path: Path) -> None:
    """On paper each drawing keeps its frame, so that it shrinks as a whole instead of being cut."""
    dom, _ = opened(folder / "report.html", tmp_path)
    tags = re.findall(r"<svg [^>]*>", dom)
    frames = [
        tuple(
            float(n)
            for n in (
                *re.search(r' width="([\d.]+)" height="([\d.]+)"', t).groups(),
                *re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', t).groups(),
            )
        )
        for t in tags
    ]  # type: ignore[union-attr]
    assert len(frames) == dom.count("<svg")
    assert all(frame[:2] == frame[2:] for frame in frames)


def test_the_default_case_opens(tmp_path: Path) -> None:
    plan = didymium.solve(didymium.read(ALLIED), gap_percent=5)
    plan.save(tmp_path)
    assert (tmp_path / "report.html").stat().st_size < 6 * 2**20
    dom, console = opened(tmp_path / "report.html", tmp_path, "#year=2030")
    assert console == ""
    assert dom.count("<svg") == 9 + 2 + 12 + 2  # of six stages; the map, and who supplied whom
    links = re.search(r'data-links="(\d+)" data-year="2030"', dom)
    assert links and int(links[1]) > 30
