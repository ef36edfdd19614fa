"""Didymium from Python: each command as a function.

`inputs = read(path); plan = solve(inputs); plan.investments; plan.save(folder)`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from didymium.case.build import build_case
from didymium.case_inputs import CaseInputs, check, examine, read
from didymium.comparison import compare
from didymium.engine.control import Interrupt, Progress
from didymium.errors import BadWorkbook, Problem
from didymium.holding import hold
from didymium.interrupts import interruptible
from didymium.logs import logged_status
from didymium.options import SolveOptions, refuse_stress_options
from didymium.plan.answer import Answer
from didymium.plan.frames import TableFrames
from didymium.plans import Plan, load
from didymium.reports import verify as verification
from didymium.reports.content_hash import content_of
from didymium.reports.files import save_stress
from didymium.reports.page.pdf import print_page
from didymium.reports.result_reader import blocks_of, read_answer, read_grids, workbook_of
from didymium.reports.verify import Statement
from didymium.result_folder import KeptParts
from didymium.results import STRESS_TABLES, Record, by_name
from didymium.solving import SolveCallbacks, save_reasons, size, solve_case
from didymium.stress_test.stress import Stress, StressOptions
from didymium.stress_test.stress import stress as run_stress
from didymium.studying import alternatives, explain, explain_input, facts_of, frontier, kept_for, sensitivity
from didymium.value import value
from didymium.workbooks import annotate, export, new, upgrade

__all__ = [
    "CaseInputs",
    "Plan",
    "SolveOptions",
    "StressOptions",
    "Stressed",
    "alternatives",
    "annotate",
    "brief",
    "check",
    "compare",
    "examine",
    "explain",
    "explain_input",
    "export",
    "frontier",
    "hold",
    "information_value",
    "keys",
    "load",
    "new",
    "read",
    "report",
    "save_reasons",
    "sensitivity",
    "sign",
    "size",
    "solve",
    "stress",
    "upgrade",
    "verify",
]
OnStatus = Callable[[str], None]
OnProgress = Callable[[Progress], None]


def solve(
    inputs: CaseInputs,
    scenario: str | None = None,
    *,
    stochastic: bool = False,
    start: Answer | str | Path | None = None,
    options: SolveOptions | None = None,
    pin: Answer | str | Path | None = None,
    force: Sequence[str] = (),
    forbid: Sequence[str] = (),
    hold_until: int | None = None,
    route: str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    gap_percent: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> Plan:
    """Find the least-cost plan of one scenario, known from the start (default: the base), or, `stochastic`, of all
    scenarios at once when nobody knows which it will be; re-checked without the optimiser.

    Options are those of `SolveOptions`, as one object or by name; a name overrides the object. `route`: how a tree is
    solved: whole, as one model; branches, scenario by scenario after shared decisions, on `workers` processes or a
    dask.distributed `cluster`; auto, by its size. `time_limit` is in seconds. `start`: a plan, or where its result is,
    whose decisions are tried first: last year's, or that of a neighbouring case; the answer is proven all the same.
    `pin`, `force`, `forbid` and `hold_until` hold decisions, as `hold` says.
    `on_status` is called with each stage in words (also logged to the logger `didymium`), `on_progress` with the
    solver's best plan and bound. `interrupt`, or Ctrl-C, ends the search with the best plan so far.
    Raises BadWorkbook (an option that cannot be), NoPlan (targets or limits cannot be met), Unfinished (no plan in
    time), BrokenPlan (a fault of ours). `save_reasons` writes what NoPlan holds.
    """
    if pin is not None or force or forbid or hold_until is not None:
        inputs = hold(inputs, pin=pin, force=force, forbid=forbid, hold_until=hold_until)
    options = _merged(
        options,
        route=route,
        workers=workers,
        cluster=cluster,
        gap_percent=gap_percent,
        time_limit=time_limit,
        threads=threads,
        seed=seed,
    )
    callbacks = SolveCallbacks(on_status, on_progress, interrupt)
    return solve_case(inputs, scenario, stochastic, start, options, callbacks)


def information_value(
    inputs: CaseInputs,
    plan: Plan,
    *,
    options: SolveOptions | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    gap_percent: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_status: OnStatus | None = None,
    on_progress: OnProgress | None = None,
    interrupt: Interrupt | None = None,
) -> Record:
    """Work out what it is worth to know the future, and to plan for not knowing it (`didymium solve --stochastic
    --value`), M USD, each from least to most, for solves stop at a gap.

    Planning for all scenarios is measured against planning for the base alone, and for each other scenario alone
    (`planned_for`, the cheapest of them `by_rule`). `plan` is the plan of all scenarios; the values are also put into
    its summary, so that `plan.save` writes them.
    None stands for what has no plan or was not found in time. Options as of `solve`. Raises BadWorkbook where the plan
    minimises more than the expected cost.
    """
    options = _merged(
        options,
        workers=workers,
        cluster=cluster,
        gap_percent=gap_percent,
        time_limit=time_limit,
        threads=threads,
        seed=seed,
    )
    status = logged_status(on_status)
    with interruptible(interrupt, status, "what is known so far") as stop:
        callbacks = SolveCallbacks(status, on_progress, stop)
        values = value(inputs, plan, options.for_solver(inputs.case), callbacks, options.workers, options.cluster)
    plan.summary["value"] = values
    return values


def _merged(options: SolveOptions | None, **named: object) -> SolveOptions:
    """Return the options with those replaced that were given by name."""
    changes = {name: value for name, value in named.items() if value is not None}
    return replace(options or SolveOptions(), **changes)  # type: ignore[arg-type]


class Stressed(TableFrames, Stress):
    """A plan under stress. `stressed.losses` and `stressed["losses"]` are DataFrames (scenarios, losses, percentiles,
    years, drivers, short, regret, draws, ranges), `stressed.rows` the same as plain rows."""

    kept: KeptParts | None = None  # what is kept until it is written

    def tables_by_name(self) -> dict[str, list[Record]]:
        """Return the rows of every table by its name."""
        return by_name(self.rows)

    def columns_by_name(self) -> dict[str, list[str]]:
        """Return the columns of every table without rows; of the others those of their rows."""
        return {name: table.names for name, table in STRESS_TABLES.items() if not by_name(self.rows)[name]}

    def __repr__(self) -> str:
        """One line: the plan, and how much was run."""
        counts = ", ".join(f"{len(self.rows[name])} {name}" for name in ("scenarios", "losses", "draws"))
        return f"<Stressed {self.plan!r}: {counts}, {self.rechecked} runs re-checked>"

    def save(self, folder: str | Path) -> list[Path]:
        """Write stress.xlsx, stress.html and stress.json into a folder; returns where they are. What was kept of a
        stress test that is complete is then removed. Raises OutputInUse when it cannot be written."""
        written = save_stress(self, Path(folder))
        if self.kept is not None and self.is_complete:
            self.kept.clear()
        return written


def stress(
    result: str | Path,
    *,
    options: StressOptions | None = None,
    draws: int | None = None,
    seed: int | None = None,
    myopic: bool | None = None,
    regret: float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    on_status: OnStatus | None = None,
    interrupt: Interrupt | None = None,
    keep: str | Path | None = None,
) -> Stressed:
    """Fix the builds of a result (a workbook, or the folder that holds it) and operate it through scenarios, losses and
    random draws.

    Options are those of `StressOptions`, as one object or by name; a name overrides the object. `regret`: seconds to
    look for the least cost of each scenario, which the plan's is compared with (0: none). An `interrupt`, or Ctrl-C,
    ends the draws. With `keep`, the folder that the files will be written to, every run that has ended is kept beside
    it until `save`: the same call again goes on from there. Raises BadWorkbook when it is no result with a plan,
    BrokenPlan when a run breaks a rule.
    """
    started = time.monotonic()
    named = {"draws": draws, "seed": seed, "myopic": myopic, "regret": regret, "workers": workers, "cluster": cluster}
    options = replace(options or StressOptions(), **{k: v for k, v in named.items() if v is not None})  # type: ignore[arg-type]
    refuse_stress_options(options.draws, options.seed, options.workers)
    status = logged_status(on_status)
    plan = read_answer(Path(result))
    with interruptible(interrupt, status, "what the draws so far show") as stop:
        kept = kept_for(keep, "stress", plan.source, facts_of(plan), asdict(replace(options, workers=1, cluster=None)))
        done = run_stress(plan.source, build_case(plan.source), plan, options, status, stop, kept)
    seconds = {"total": time.monotonic() - started}
    stressed = Stressed(options, plan, done.rows, done.years_short, done.largest_violation, done.rechecked, seconds)
    stressed.kept = kept
    return stressed


def verify(result: str | Path, key: str | Path | None = None) -> Statement:
    """Hold a result workbook, or the folder that holds it, against its checksums, itself written again, and every rule,
    without the optimiser; with `key`, the file of a public key, also against the signature of its owner.

    `statement.holds` is the verdict. Raises BadWorkbook when it cannot be read or is no result with a plan, and where
    the key cannot be used.
    """
    return verification.verify(Path(result), None if key is None else Path(key))


def sign(result: str | Path, key: str | Path, passphrase: Callable[[], str] | None = None) -> Path:
    """Sign a result, or the folder that holds it, with the private key of a file (the extra `sign`), when it has been
    verified; returns where the signature is, beside the result. Signatures by other keys stay.

    `passphrase` is called where the key has one. Raises BadWorkbook when the result does not hold, or the key cannot
    be used; OutputInUse when the signature cannot be written.
    """
    from didymium.result_folder.keys import private_key
    from didymium.result_folder.signature import sign_folder

    known, path = private_key(Path(key), passphrase), workbook_of(Path(result))
    if not verification.verify(path).holds:
        text = "does not hold, so it is not signed; `didymium verify` shows why"
        raise BadWorkbook([Problem(path.name, text)])
    grids = read_grids(path)
    return sign_folder(path.parent, asdict(content_of(grids, blocks_of(grids))), known)


def keys(path: str | Path, passphrase: str = "") -> tuple[Path, Path]:
    """Write a new Ed25519 key to sign with, which its owner alone may read, and its public key beside it, `.pub`;
    returns where they are. Raises OutputInUse rather than replace a file."""
    from didymium.result_folder.keys import make_keys

    return make_keys(Path(path), passphrase)


def report(result: str | Path, pdf: bool = False) -> Path:
    """Write the HTML report of a result again, beside its workbook, with what stress tests found since; with `pdf` it
    is printed to report.pdf too. Returns where the report, or the PDF, is.

    Raises BadWorkbook when it is no result with a plan, OutputInUse when the report cannot be written, or no browser
    that prints is installed.
    """
    path = Path(result)
    page = load(path).save_report(path if path.is_dir() else path.parent)
    if not pdf:
        return page
    print_page(page, page.with_suffix(".pdf"))
    return page.with_suffix(".pdf")


def brief(result: str | Path) -> Path:
    """Write page one of a result as slides, brief.pptx beside its workbook: the same sentences, and native charts;
    returns where it is.

    Raises BadWorkbook when it is no result with a plan, or where python-pptx (the extra `slides`) is not installed,
    OutputInUse when it cannot be written.
    """
    path = Path(result)
    return load(path).save_slides(path if path.is_dir() else path.parent)
