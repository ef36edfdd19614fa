"""The algebra of rules as text: what each rule becomes on a world, held to its file in tests/golden.

To accept a change: `python tests/test_algebra.py`, or `ACCEPT=1 pytest` of the file that calls `holds`, rewrites the
text; read its diff before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pyomo.environ as pyo
from worlds import World, ask

from didymium.case.network import Network
from didymium.case.tree import path_tree
from didymium.rules import build_model

GOLDEN = Path(__file__).parent / "golden"
COST = "cost"


def texts(w: World) -> dict[str, str]:
    """Return every constraint of the model of a world, and its objective, by name: its rows, one a line."""
    case = ask(w).case
    model, _ = build_model(Network(case, path_tree(case, "base")))
    rules = {
        rule.local_name: "\n".join(f"{row.name}: {_text(row.expr)}" for row in rule.values())
        for rule in model.component_objects(pyo.Constraint)
    }
    return {**rules, COST: _text(model.cost.expr).replace(" + ", "\n+ ").replace(" - ", "\n- ")}


def _text(expression: object) -> str:
    return re.sub(r"(\d+\.\d{6})\d+", r"\1", str(expression))


def holds(rule: str, w: World) -> bool:
    """Does a rule become on a world what its file in tests/golden says?"""
    path, text = GOLDEN / f"{rule}.txt", texts(w)[rule] + "\n"
    if os.environ.get("ACCEPT"):
        path.write_text(text)
    return text == path.read_text()
