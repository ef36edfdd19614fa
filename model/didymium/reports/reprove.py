"""The bound of a result proven again: the model built from the result's own input, the bound from its own duals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from didymium.case.build import build_case
from didymium.case.tree import full_tree, path_tree
from didymium.engine.bound import in_row_order, model_checksum
from didymium.engine.matrix import Matrix
from didymium.engine.solve import prepare
from didymium.plan.rows import as_number
from didymium.plan.summary import versions
from didymium.recheck.bound import LinearProgram, proven_by_cases
from didymium.reports.grid_differences import Difference
from didymium.reports.proof_sheet import SHEET
from didymium.results.proof import Proof
from didymium.tables.rows import Tables

NEAR = 1e-9  # share of the bound that another machine's arithmetic may change while it builds the model
PLACE = f"{SHEET}, the bound"


@dataclass(frozen=True, slots=True)
class ProvenBound:
    """A bound as stated and as its duals prove it again, M USD; `proven` is None where that could not be worked out,
    `note` says why, or what else the bound rests on."""

    stated: float | None
    proven: float | None
    difference: Difference | None = None
    note: str = ""


def reprove(tables: Tables, scenarios: list[str], facts: Mapping[str, object], proof: Proof | None) -> ProvenBound:
    """Return what the duals of a result for some scenarios prove, in exact arithmetic; `facts` as in summary.json.

    Raises what damaged tables raise.
    """
    stated = None if facts.get("bound_by_duals_musd") is None else as_number(facts["bound_by_duals_musd"])
    if proof is None and stated is not None:
        return ProvenBound(
            stated, None, Difference(SHEET, "no duals that can be read", f"those that prove {stated:,.3f}")
        )
    if proof is None or stated is None:
        return ProvenBound(None, None, note="The bound was not proven again: the result has no duals for it.")
    matrix = _model(tables, scenarios)
    if model_checksum(matrix) != proof.model or any(len(y) != len(matrix.rows) for y in proof.duals):
        return _other_model(facts, stated)
    duals = [in_row_order(matrix, y).tolist() for y in proof.duals]
    try:
        proven = proven_by_cases(_program(matrix), proof.splits, duals)
    except ValueError as error:
        return ProvenBound(stated, None, Difference(PLACE, str(error), "splits that leave out no plan"))
    if proven is None or stated > proven + NEAR * max(1.0, abs(proven)):
        right = "no bound at all" if proven is None else f"at most {proven:,.3f}, which the duals prove"
        return ProvenBound(stated, proven, Difference(PLACE, f"{stated:,.3f} M USD", right))
    return ProvenBound(stated, proven, _gap_difference(facts), _search_note(facts, stated))


def _model(tables: Tables, scenarios: list[str]) -> Matrix:
    case = build_case(tables)
    return prepare(case, full_tree(case) if len(scenarios) > 1 else path_tree(case, scenarios[0]))[1]


def _program(matrix: Matrix) -> LinearProgram:
    a = matrix.a
    return LinearProgram(
        matrix.cost.tolist(), matrix.offset, a.indptr.tolist(), a.indices.tolist(), a.data.tolist(),
        matrix.low.tolist(), matrix.high.tolist(), matrix.lower.tolist(), matrix.upper.tolist(),
        matrix.integer.tolist(),        matrix.columns, matrix.rows,
    )  # fmt: skip


def _other_model(facts: Mapping[str, object], stated: float) -> ProvenBound:
    """Another version writes other rows, which its duals do not fit; the same version does not."""
    wrote, reads = facts.get("versions.didymium"), versions()["didymium"]
    if wrote == reads:
        return ProvenBound(stated, None, Difference(PLACE, "duals of another model", "duals of this model"))
    return ProvenBound(
        stated, None, note=f"The bound was not proven again: didymium {wrote} wrote the model otherwise than {reads}."
    )


def _gap_difference(facts: Mapping[str, object]) -> Difference | None:
    """The gap as stated, where it is not the one between the cost and the bound."""
    cost, bound, gap = (as_number(facts[name]) for name in ("objective_musd", "bound_musd", "gap_percent"))
    right = 100 * abs(cost - bound) / max(abs(cost), 1e-9)
    if abs(gap - right) <= 1e-6:
        return None
    return Difference("Run, gap_percent", f"{gap:,.6f} %", f"{right:,.6f} %, from cost and bound")


def _search_note(facts: Mapping[str, object], stated: float) -> str:
    bound = as_number(facts["bound_musd"])
    if bound <= stated + NEAR * max(1.0, abs(stated)):
        return ""
    return (
        f"The bound is proven by duals up to {stated:,.3f} M USD; from there to {bound:,.3f} it rests on the solver's"
        " search, which leaves nothing to check."
    )
