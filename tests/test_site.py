"""The pages as a site: every link leads somewhere, nothing is fetched from elsewhere, no sheet, chart or rule is left
out, and the numbers of the tutorials are those of the default case as it is."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from test_algebra import tiny
from test_command import SHEETS
from worlds import ask, hedge, solve

import didymium
from didymium.arguments import parser
from didymium.expressions.cost import KINDS
from didymium.reports.chart_specs import chart_specs
from didymium.reports.money_charts import money_charts
from didymium.reports.tree_chart import chart_specs as tree_charts
from didymium.rules import RULES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
from fill import FIELD, TEMPLATES, found
from mathematics import BY_HAND
from tutorial_run import COMMANDS, inputs_hash

READING = (DOCS / "reading.md").read_text(encoding="utf-8")
TUTORIALS = sorted(TEMPLATES.glob("tutorial_*.md"))


def test_the_tutorials_are_of_the_default_case_as_it_is() -> None:
    assert found()["content_sha256"] == inputs_hash(), "inputs/allied has changed: run `make tutorial`"
    assert {name: step["command"] for name, step in found()["steps"].items()} == COMMANDS, "run `make tutorial`"


def test_the_commands_of_the_tutorials_are_commands() -> None:
    for line in COMMANDS.values():
        program, *words = shlex.split(line)
        assert program == "didymium"
        assert parser().parse_args(words).command == words[0]


@pytest.mark.parametrize("template", TUTORIALS, ids=lambda p: p.stem)
def test_a_tutorial_has_no_number_of_its_own(template: Path) -> None:
    """What looks like a result (1,234 or 1.5 or 12 % or M USD) stands in a field, never in the text."""
    text = FIELD.sub("", template.read_text(encoding="utf-8"))
    assert FIELD.findall(template.read_text(encoding="utf-8"))
    assert not re.findall(r"\d,\d{3}|\d\.\d|\d %|\d M USD", text)


def test_no_sheet_is_left_out() -> None:
    part = READING.split("## The sheets of results.xlsx\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^### (.+)$", part, re.MULTILINE)) == {*SHEETS, "Scenarios", "Tree"}
    for paragraph in part.split("\n### ")[1:]:
        assert "*What to do:*" in paragraph, paragraph.split("\n")[0]


def chart_titles() -> set[str]:
    """The titles of all charts of a plan and of a plan for several scenarios; those by stage without the stage."""
    plan, tree = solve(tiny()), didymium.solve(ask(hedge()), stochastic=True)
    specs = [*chart_specs(plan).values(), *money_charts(plan).values(), *tree_charts(tree).values()]
    return {re.sub(r"^(Cost against price|Supply curve).*", r"\1", spec.title) for spec in specs}


def test_no_chart_is_left_out() -> None:
    parts = re.findall(r"\n## (?:The charts|Charts)[^\n]*\n(.*?)(?=\n## |\Z)", READING, re.DOTALL)
    assert set(re.findall(r"^### (.+)$", "\n".join(parts), re.MULTILINE)) == chart_titles()


def test_no_section_of_the_report_is_left_out() -> None:
    page = (ROOT / "model" / "didymium" / "reports" / "page" / "report.html").read_text(encoding="utf-8")
    part = READING.split("## The sections of report.html\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.+)$", part, re.MULTILINE) == re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def test_every_rule_and_kind_of_cost_has_a_case_by_hand() -> None:
    assert set(BY_HAND) == {rule.__name__ for rule in RULES} | {kind.__name__ for kind in KINDS}
    for place in BY_HAND.values():
        file, name = place.split("::")
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, place


class Links(HTMLParser):
    """The ids of a page, and what it links to and loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif "src" in given or (tag == "link" and "href" in given):
            self.loaded.append(given.get("src") or given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Links]:
    """The site, built as `make site` does: a warning is an error."""
    pytest.importorskip("sphinx", reason="needs the extra docs")
    top = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--doctree-dir", top / "trees", DOCS]
    done = subprocess.run([*command, top / "site"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path: Links(path) for path in sorted((top / "site").rglob("*.html"))}


def test_every_link_of_the_site_leads_to_a_page_and_a_place_on_it(site: dict[Path, Links]) -> None:
    assert {path.stem for path in site} >= {path.stem for path in DOCS.glob("*.md")}
    broken = []
    for path, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            at = unquote(parts.fragment)
            if not target.exists() or (at and target in site and at not in site[target].ids):
                broken.append((path.name, link))
    assert not broken


def test_the_site_brings_no_code_into_the_package(site: dict[Path, Links]) -> None:
    assert not list(next(iter(site)).parent.rglob("*.py"))


def test_nothing_of_the_site_is_fetched_from_elsewhere(site: dict[Path, Links]) -> None:
    for path, page in site.items():
        assert not [place for place in page.loaded if "//" in place], path.name
    for style in next(iter(site)).parent.rglob("*.css"):
        assert not re.findall(r"url\([\"']?(?:https?:)?//|@import", style.read_text(encoding="utf-8")), style.name


def test_a_page_says_what_it_is_made_from() -> None:
    for template in TEMPLATES.glob("*.md"):
        assert template.name in {path.name for path in DOCS.glob("*.md")}
    text = json.dumps(found())
    assert str(Path.home()) not in text, "a path of the machine it was run on"
