"""What a person holds, and the plan does not decide: in facts."""

from __future__ import annotations

from didymium.results import Record
from didymium.tables.rows import Row, Tables


def hold_facts(tables: Tables) -> Record:
    """Return what is held, for summary.json: projects forced (with `@year` where it has one) and forbidden, how many
    decisions are pinned, and up to which year; nothing where nothing is held."""
    rows = tables["Holds"]
    if not rows:
        return {}
    pinned = [row for row in rows if row["kind"] == "pin"]
    decisions = {(r["project"], r["from_year"]) for r in pinned if r["from_year"] is not None and r["modules"]}
    facts: Record = {"forced": _listed(rows, "force"), "forbidden": _listed(rows, "forbid")}
    if pinned:
        last = [r["to_year"] for r in pinned if r["from_year"] is None]
        facts["pinned_projects"] = len({r["project"] for r in pinned})
        facts["pinned_decisions"] = len(decisions)
        facts["pinned_until"] = tables.years[-1] if None in last or not last else max(int(str(y)) for y in last)
    return {"holds": facts}


def _listed(rows: list[Row], kind: str) -> str:
    return ";".join(dict.fromkeys(_with_year(row) for row in rows if row["kind"] == kind))


def _with_year(row: Row) -> str:
    first, last = row["from_year"], row["to_year"]
    if first is None and last is None:
        return row.text("project")
    years = f"{first}" if first == last else f"{first or ''}-{last or ''}"
    return f"{row['project']}@{years}"
