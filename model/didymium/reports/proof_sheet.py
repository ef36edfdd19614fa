"""The hidden sheet Proof: the duals that prove the bound of a result, kept so that `didymium verify` can prove it again
without the solver."""

from __future__ import annotations

from collections.abc import Mapping

from didymium.excel.book import HEADER_ROW, Book
from didymium.plan.answer import Answer
from didymium.plan.rows import as_number
from didymium.results import Record
from didymium.results.proof import Proof, from_cells, to_cells
from didymium.tables.grid import Grid

SHEET = "Proof"
BOUND, MODEL, COUNT, DUALS = "bound_by_duals_musd", "model_sha256", "duals", "duals_part"


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
    facts: Record = {BOUND: proof.bound, MODEL: proof.model, COUNT: len(proof.duals)}
    facts |= {f"{DUALS}_{k}": text for k, text in enumerate(to_cells(proof.duals), 1)}
    page.table([{"fact": name, "value": value} for name, value in facts.items()], ["fact", "value"])
    page.page.hide()


def read(grids: Mapping[str, Grid]) -> Proof | None:
    """Return the proof in a workbook; None where it has no such sheet, or one that is damaged."""
    if SHEET not in grids:
        return None
    facts = {str(row[0]): row[1] for row in grids[SHEET].rows[HEADER_ROW + 1 :] if row and row[0] is not None}
    parts = [value for name, value in facts.items() if name.startswith(f"{DUALS}_")]
    try:
        return Proof(as_number(facts[BOUND]), from_cells(parts, int(as_number(facts[COUNT]))), str(facts[MODEL]))
    except (KeyError, ValueError, AssertionError, TypeError):
        return None
