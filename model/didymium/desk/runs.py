"""The pages of runs: the queue, and of each run its progress, with a button that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from didymium.desk import books, past, shown, varied
from didymium.desk.drawing import gap_picture
from didymium.desk.folder import RESULTS, plain_name
from didymium.desk.queue import PROGRESS_FILE
from didymium.desk.results import result_of
from didymium.desk.store import QueuedRun
from didymium.desk.studies import OUT, STUDIES, BadField, Choices, Form, Study, arguments_of
from didymium.desk.web import Desk, desk_of, page, sent, to
from didymium.desk.words import fill

STEPS = (50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1)  # gaps that are told to those who do not see them drawn, %


async def listed(request: Request) -> Response:
    """The page of all runs."""
    return page(request, "runs", {"runs": desk_of(request).store.runs()})


async def live_listed(request: Request) -> Response:
    """The list of runs, which changes."""
    return page(request, "live_runs", {"runs": desk_of(request).store.runs()})


async def run(request: Request) -> Response:
    """The page of a run."""
    return page(request, "run", _run(request))


async def live_run(request: Request) -> Response:
    """How far a run is, which changes all the time."""
    return page(request, "live_run", _run(request))


async def live_state(request: Request) -> Response:
    """How a run stands, and what can be done with it: apart, so that no button is replaced under a finger."""
    return page(request, "live_run_state", _run(request))


def _run(request: Request) -> dict[str, object]:
    desk, found = desk_of(request), run_of(request)
    lines = desk.queue.progress(found)
    last: Mapping[str, Any] = next((line for line in reversed(lines) if "objective_musd" in line), {})
    stages = [line["stage"] for line in lines if "stage" in line]
    words = fill(desk.words.run.picture, best=_shown(last, "objective_musd"), bound=_shown(last, "bound_musd"))
    folder = desk.folder / found.folder
    return {
        "run": found,
        "last": last,
        "stage": stages[-1] if stages else "",
        "below": _below(last.get("gap_percent")),
        "seconds": lines[-1]["seconds"] if lines else 0,
        "picture": gap_picture(lines, words),
        "output": desk.queue.output(found) if found.is_over else "",
        "result": result_of(desk.folder, folder) if found.is_over and found.folder and folder.is_dir() else None,
        "can_go_on": found.is_over and past.can_go_on(desk, found.folder),
        "ahead": sum(other.id < found.id and not other.is_over for other in desk.store.runs()),
    }


def _below(gap: float | None) -> float | None:
    """The least of some gaps that a run is below, in percent: what a screen reader is told, a few times in a run."""
    return min((step for step in STEPS if gap is not None and gap < step), default=None)


def _shown(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    return "?" if value is None else f"{value:,.0f}"


def run_of(request: Request) -> QueuedRun:
    """Return the run that an address names. Raises 404 where there is none."""
    desk = desk_of(request)
    found = desk.store.run(request.path_params["number"])
    if found is None:
        raise HTTPException(404, desk.words.refused.path)
    return found


async def stop(request: Request) -> Response:
    """Stop a run with what it has; one that is stopping already, at once."""
    await sent(request)
    found = run_of(request)
    desk_of(request).queue.request_stop(found)
    return to("run", str(found.id))


async def again(request: Request) -> Response:
    """Put a run that is over into the queue once more, into a folder of its own."""
    await sent(request)
    desk, found = desk_of(request), run_of(request)
    folder, words = found.folder, [*found.arguments]
    flag = next((word for word in words if word.startswith(OUT)), None)
    if flag is not None and found.kind != "compare":
        earlier = flag.removeprefix(OUT)
        later = free_folder(desk, earlier)
        words = [word.replace(earlier, later, 1) for word in words]
        folder = folder.replace(earlier, later, 1)
        varied.copy_study_file(desk.folder / earlier, desk.folder / later)
    return to("run", str(desk.queue.add(found.title, found.kind, found.source, folder, words).id))


async def start(request: Request) -> Response:
    """Put what a form says into the queue; the form again where a field cannot be."""
    form = await sent(request)
    desk, name, source = desk_of(request), request.path_params["study"], request.path_params["name"]
    study = STUDIES.get(name)
    if study is None:
        raise HTTPException(404, desk.words.refused.path)
    if study.of == "result":
        result = shown.result_of_address(request)
        try:
            words = arguments_of(study, result.name, form, await shown.choices(request, result), None)
        except BadField as wrong:
            return page(request, "result", await shown.result_page(request, wrong=(name, wrong), form=form), 422)
        folder = f"{result.name}/{study.command}" if study.command in ("stress", "explain") else result.name
        return _added(desk, name, source, folder, words)
    book = books.book_of(request)
    if book.count("error"):
        raise HTTPException(409, fill(desk.words.refused.errors, name=book.name))
    try:
        folder = _folder_of(desk, study, source, form)
        if study.command == "run":
            return _vary(desk, name, source, form, folder, books.choices(book, desk.folder))
        words = arguments_of(study, source, form, books.choices(book, desk.folder), folder)
    except BadField as wrong:
        return page(request, "book", books.book_page(request, wrong=(name, wrong), form=form), 422)
    return _added(desk, name, source, folder, words)


def _vary(desk: Desk, name: str, source: str, form: Form, folder: str, choices: Choices) -> Response:
    """Put a run of changed inputs into the queue: the form becomes a study file in the folder of its results."""
    where = desk.folder / folder
    comment = fill(desk.words.run.study_file, folder=folder)
    text, scenario = varied.study_file(STUDIES[name], form, choices, desk.folder / source, where, comment)
    where.mkdir(parents=True)
    (where / varied.FILE).write_text(text, encoding="utf-8")
    words = ["run", f"{folder}/{varied.FILE}", f"{OUT}{folder}", "--quiet", "--progress", PROGRESS_FILE]
    return _added(desk, name, source, varied.answer_of(folder, source, scenario), words)


async def resume(request: Request) -> Response:
    """Go on with a run that was stopped or lost, from the best plan that it kept."""
    await sent(request)
    desk, folder = desk_of(request), request.path_params["name"]
    if not past.can_go_on(desk, folder):
        raise HTTPException(409, desk.words.refused.resume)
    title = fill(desk.words.run.went_on, name=folder.removeprefix(f"{RESULTS}/"))
    words = ["resume", folder, "--quiet", "--progress", PROGRESS_FILE]
    return to("run", str(desk.queue.add(title, "resume", folder, folder, words).id))


def _added(desk: Desk, study: str, source: str, folder: str, words: list[str]) -> Response:
    title = fill(desk.words.run.title, study=desk.words.studies[study].name, source=source.removeprefix(f"{RESULTS}/"))
    return to("run", str(desk.queue.add(title, study, source, folder, words).id))


def _folder_of(desk: Desk, study: Study, source: str, form: Form) -> str:
    """Where a run of a workbook writes: a new folder of the name that was typed, or else of the study's."""
    typed = (form.get("called") or [""])[0]
    name = plain_name(typed) or str(study.writes)
    stem = source.rsplit("/", 1)[-1].removesuffix(".xlsx")
    return free_folder(desk, f"{RESULTS}/{plain_name(stem) or 'case'}/{name}")


def free_folder(desk: Desk, wanted: str) -> str:
    """Return a folder that neither exists nor is another run's: the one that is wanted, or with a number behind it."""
    taken = {run.folder.casefold() for run in desk.store.runs(10_000)}
    names = (wanted if k == 1 else f"{wanted} {k}" for k in range(1, 100_000))
    return next(n for n in names if n.casefold() not in taken and not (desk.folder / n).exists())
