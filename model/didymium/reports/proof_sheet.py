"""The hidden sheet Proof: the duals that prove the bound of a result, kept so that `didymium verify` can prove it again
without the solver."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from didymium.excel.book import HEADER_ROW, Book
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.results import Record
from didymium.results.proof import Proof, from_cells, splits_of, to_cells
from didymium.tables.grid import Grid

SHEET = "Proof"
BOUND, MODEL, COUNT, DUALS = "bound_by_duals_musd", "model_sha256", "duals", "duals_part"
SPLIT_LIMIT = 1_000
SPLITS = "splits"  # as JSON: [column, most in the first case], or null for a case


def write(book: Book, plan: Answer) -> None:
    """Write the duals of a plan's bound, where it has them."""
    proof = plan.proof
    if proof is None:
        return
    page = book.sheet(
        SHEET,
        "The dual values that prove the bound",
        "`didymium verify` works out from them again, exactly and without the solver, what no plan can cost less than",
    )
    facts: Record = {BOUND: proof.bound, MODEL: proof.model, COUNT: len(proof.duals[0])}
    facts[SPLITS] = json.dumps(proof.splits)
    facts |= {f"{DUALS}_{k}": text for k, text in enumerate(to_cells(np.concatenate(proof.duals)), 1)}
    page.table([{"fact": name, "value": value} for name, value in facts.items()], ["fact", "value"])
    page.page.hide()


def read(grids: Mapping[str, Grid]) -> Proof | None:
    """Return the proof in a workbook; None where it has no such sheet, or one that is damaged."""
    if SHEET not in grids:
        return None
    facts = {str(row[0]): row[1] for row in grids[SHEET].rows[HEADER_ROW + 1 :] if row and row[0] is not None}
    parts = [value for name, value in facts.items() if name.startswith(f"{DUALS}_")]
    try:
        count, splits = int(as_number(facts[COUNT])), _splits(facts.get(SPLITS))
        cases = splits.count(None)
        duals = from_cells(parts, count * cases).reshape(cases, count)
        return Proof(as_number(facts[BOUND]), list(duals), str(facts[MODEL]), splits)
    except (KeyError, ValueError, TypeError):
        return None


def _splits(text: object) -> list[tuple[str, int] | None]:
    """The splits of a proof from their text; one case where there is none, as in older results. Raises ValueError where
    it is none."""
    if text is None:
        return [None]
    found = splits_of(json.loads(str(text)))
    if len(found) > SPLIT_LIMIT:
        raise ValueError("more splits than a proof has")
    return found
