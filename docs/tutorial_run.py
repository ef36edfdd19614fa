"""The commands of the tutorials, run once on the default case; what they print and find is kept in docs/tutorial.json,
from which the pages of the tutorials take every number. `make tutorial` runs them: some minutes of two cores."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl

import didymium
from didymium.reports.names import project_name
from didymium.tables.read import read_tables

Steps = dict[str, dict[str, object]]
DOCS = Path(__file__).parent
FOUND = DOCS / "tutorial.json"
LEFT_OUT = "vara_mada"  # the mine that the planner's tutorial tries to do without
LOOKED_AT = "dubbo_heap_leach"  # the project that the reviewer's tutorial asks about
MINE = "outputs/mine"
COMMANDS = {
    "new": "didymium new my_case.xlsx --example",
    "slip": "didymium check my_case.xlsx --mark my_case_with_notes.xlsx",
    "check": "didymium check my_case.xlsx",
    "solve": f"didymium solve my_case.xlsx --gap 1 --time-limit 300 --out {MINE}",
    "without": (
        f"didymium solve my_case.xlsx --gap 1 --time-limit 300 --start {MINE} --forbid {LEFT_OUT} --out outputs/without"
    ),
    "compare": f"didymium compare {MINE} outputs/without --out outputs/difference.xlsx",
    "scenarios": (
        "didymium solve my_case.xlsx --each-scenario --gap 2 --time-limit 120 --workers 2 --out outputs/scenarios"
    ),
    "again": (
        "didymium solve my_case.xlsx --each-scenario --gap 2 --time-limit 120 --workers 2 --out outputs/scenarios"
    ),
    "stress": f"didymium stress {MINE} --draws 50 --seed 1 --regret 0 --workers 2",
    "frontier": "didymium frontier my_case.xlsx --steps 3 --gap 1 --time-limit 120 --out outputs/frontier",
    "verify": f"didymium verify {MINE}",
    "changed": "didymium verify outputs/changed",
    "explain": f"didymium explain {MINE} --project {LOOKED_AT} --time-limit 60",
    "brief": f"didymium brief {MINE}",
}
SLIP = ("Projects", "goschen", "capex_musd_per_module", "400 million")  # sheet, row, column, what is typed
UNDECIDED = "So it may cost nothing: at this gap that is not decided. To know, solve both to a smaller gap."
DECIDED = "So it does cost something, whichever plans are the best."
CHANGED = ("Costs", 10)  # sheet of the result and row in which a copy is changed by a tenth


def run_commands(folder: Path) -> None:
    """Run every command in `folder` and write docs/tutorial.json. After a stop, what is done is not done again."""
    done, inputs = folder / "steps.json", inputs_hash()
    kept = json.loads(done.read_text(encoding="utf-8")) if done.exists() else {}
    if kept.get("content_sha256") != inputs:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        kept = {"content_sha256": inputs, "steps": {}}
    steps: Steps = kept["steps"]
    for name, line in COMMANDS.items():
        if name not in steps or steps[name]["command"] != line:
            print(line, flush=True)
            steps[name] = run_step(folder, name, line)
            done.write_text(json.dumps(kept), encoding="utf-8")
    found = {
        "content_sha256": inputs,
        "values": values(folder, steps),
        "steps": {name: steps[name] for name in COMMANDS},
    }
    FOUND.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run_step(folder: Path, name: str, line: str) -> dict[str, object]:
    """Run one command, and do before and after it what the tutorial says that a person does."""
    if name == "slip":
        shutil.copy(folder / "my_case.xlsx", folder / "as_it_was.xlsx")
        type_into(folder / "my_case.xlsx", *SLIP)
    if name == "changed":
        change_result(folder)
    program = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(program, check=False, cwd=folder, capture_output=True, text=True)
    if name == "slip":
        shutil.move(folder / "as_it_was.xlsx", folder / "my_case.xlsx")
    return {"command": line, "exit": done.returncode, "printed": done.stdout}


def inputs_hash() -> str:
    """The hash of what the default case says, however its files are written."""
    return read_tables(DOCS.parent / "inputs" / "allied")[0].content_sha256()


def type_into(path: Path, sheet: str, row: str, column: str, text: str) -> None:
    """Type a text into a cell, as a person would."""
    book = openpyxl.load_workbook(path)
    cells = book[sheet]
    header = next(r for r in cells.iter_rows() if str(r[0].value).split()[0] == "project")
    place = [str(cell.value).split()[0] for cell in header].index(column)
    found = next(r for r in cells.iter_rows(min_row=header[0].row + 1) if r[0].value == row)
    found[place].value = text
    book.save(path)


def change_result(folder: Path) -> None:
    """A copy of the result in which one number was made larger by a tenth, and nothing else touched."""
    shutil.copytree(folder / MINE, folder / "outputs" / "changed", dirs_exist_ok=True)
    path = folder / "outputs" / "changed" / "results.xlsx"
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet, row = CHANGED
    place = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"].decode()).index(sheet) + 1
    part = f"xl/worksheets/sheet{place}.xml"
    cell = re.compile(rf'(<c r="[A-Z]+{row}" s="\d+"><v>)(\d+\.\d+)(?=</v>)')
    text, changed = cell.subn(lambda m: f"{m[1]}{1.1 * float(m[2])!r}", parts[part].decode(), count=1)
    assert changed, f"{sheet} has no number in row {row}"
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def values(folder: Path, steps: Steps) -> dict[str, object]:
    """The values that the tutorials name, from the files that the commands wrote."""
    plan, without = (summary(folder / "outputs" / name) for name in ("mine", "without"))
    least = max(0.0, without["bound_musd"] - plan["objective_musd"])  # to forbid is never cheaper
    most = without["objective_musd"] - plan["bound_musd"]
    kept = ("objective_musd", "bound_musd", "gap_percent", "gap_musd", "china_free_share")
    return {
        "slip": dict(zip(("sheet", "row", "column", "typed"), SLIP, strict=True)),
        "plan": {key: plan[key] for key in kept},
        "counts": counts(folder),
        "without": {
            "name": project_name(didymium.load(folder / MINE).source, LEFT_OUT),
            "objective_musd": without["objective_musd"],
            "bound_musd": without["bound_musd"],
            "costs_at_least": least,
            "costs_at_most": most,
            "reading": DECIDED if least > 0 else UNDECIDED,
        },
        "scenarios": {**scenarios(folder / "outputs" / "scenarios"), "exit": steps["scenarios"]["exit"]},
        "stress": {"draws": int(COMMANDS["stress"].split("--draws ")[1].split()[0])},
        "changed": {"sheet": CHANGED[0], "exit": steps["changed"]["exit"]},
        "evidence": evidence(str(steps["brief"]["printed"])),
    }


def summary(result: Path) -> dict[str, Any]:
    """summary.json of a result."""
    found: dict[str, Any] = json.loads((result / "summary.json").read_text(encoding="utf-8"))
    return found


def counts(folder: Path) -> dict[str, object]:
    """How many decisions the plan takes, how many of them are committed, and the largest three of the others."""
    plan = didymium.load(folder / MINE)
    built = plan.investments
    chosen = built[built["committed"] == "no"].sort_values("capex_musd", ascending=False).head(3)
    largest = "; ".join(
        f"{project_name(plan.source, r.project)} ({r.stage}, decided in {r.decision_year}, {r.capex_musd:,.0f} M USD)"
        for r in chosen.itertuples()
    )
    return {"decisions": len(built), "committed": int((built["committed"] == "yes").sum()), "largest": largest}


def scenarios(folder: Path) -> dict[str, object]:
    """Each scenario as runs.csv lists it, as a table; the cheapest and the dearest; how many the second call
    skipped."""
    with (folder / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["objective_musd"]))
    lines = [
        f"| {row['scenario']} | {float(row['bound_musd']):,.0f} | {float(row['objective_musd']):,.0f} "
        f"| {float(row['gap_percent']):.2f} | {row['exit_code']} |"
        for row in rows
    ]
    head = ["| scenario | at least, M USD | plan found, M USD | gap, % | code |", "|---|---|---|---|---|"]
    cheapest, dearest = (
        {"scenario": row["scenario"], "cost": float(row["objective_musd"])} for row in (rows[0], rows[-1])
    )
    skipped = sum(row["skipped"] == "True" for row in rows)
    return {"table": "\n".join([*head, *lines]), "cheapest": cheapest, "dearest": dearest, "skipped": skipped}


def evidence(brief: str) -> str:
    """What page one says of the confidence of the inputs: so many percent reported, derived, assumed, unsourced."""
    line = next(line for line in brief.splitlines() if line.startswith("Evidence:"))
    return line.split("by their sources, ")[1].rstrip(".")


if __name__ == "__main__":
    run_commands(Path(sys.argv[1]))
