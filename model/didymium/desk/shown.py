"""The pages of results: their list with people's notes, each result with its report, and the choice of what to
compare."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from didymium.desk import past
from didymium.desk.folder import RESULTS, OutsideFolder, inside, plain_name
from didymium.desk.results import COMPARISONS, Result, comparisons, result_of, results
from didymium.desk.studies import studies_of
from didymium.desk.web import Desk, desk_of, page, path_of, sent, to
from didymium.desk.words import fill


async def listed(request: Request) -> Response:
    """The page of all results."""
    return page(request, "results", _listed(request))


async def live_listed(request: Request) -> Response:
    """Whether there is anything new among the results."""
    return page(request, "live_results", _listed(request))


def _listed(request: Request) -> dict[str, object]:
    desk = desk_of(request)
    found = results(desk.folder)
    return {"results": found, "notes": past.notes(desk), "comparisons": comparisons(desk.folder)}


def result_of_address(request: Request) -> Result:
    """Return the result that an address names. Raises 404 where there is none."""
    desk, path = desk_of(request), path_of(request)
    found = result_of(desk.folder, path) if path.is_dir() else None
    if found is None:
        raise HTTPException(404, desk.words.refused.path)
    return found


async def result(request: Request) -> Response:
    """The page of a result: how it ended, its report, its files, and what can be found out about it."""
    return page(request, "result", await result_page(request))


async def result_page(request: Request, **more: object) -> dict[str, object]:
    """Return what the page of a result shows."""
    desk, found = desk_of(request), result_of_address(request)
    inner = [r for r in results(desk.folder) if r.name.startswith(f"{found.name}/")]
    return {
        "result": found,
        "inner": inner,
        "note": past.notes(desk).get(found.name, ""),
        "can_go_on": past.can_go_on(desk, found.name),
        "studies": {k: s for k, s in studies_of("result").items() if s.fields} if found.is_plan else {},
        "made": {k: s for k, s in studies_of("result").items() if not s.fields} if found.is_plan else {},
        "choices": await choices(request, found) if found.is_plan else {},
        "wrong": None,
        "form": {},
        **more,
    }


async def choices(request: Request, found: Result) -> dict[str, list[list[str]]]:
    """Return what can be chosen from on the forms of a result: the projects that are explained one by one."""
    desk, key = desk_of(request), (found.name, found.written)
    if key not in desk.candidates:
        answer = await asyncio.to_thread(desk.reader.ask, {"projects": str(desk.folder / found.name)})
        desk.candidates[key] = (answer or {}).get("projects", [])
    return {"projects": desk.candidates[key]}


async def note(request: Request) -> Response:
    """Keep a person's note on a result."""
    form = await sent(request)
    found = result_of_address(request)
    text = past.note_in(form)
    past.keep_note(desk_of(request), found.name, text)
    return to("result", found.name)


async def compare(request: Request) -> Response:
    """Compare the results that were chosen, the first with all others; the comparison is a run of its own."""
    form = await sent(request)
    desk = desk_of(request)
    names = [name for name in dict.fromkeys(form.get("result", [])) if _is_plan(desk, name)]
    first = (form.get("first") or [""])[0]
    names = sorted(names, key=lambda name: name != first)
    if len(names) < 2:
        return page(request, "results", _listed(request) | {"wrong": desk.words.results.two}, 422)
    typed = plain_name((form.get("called") or [""])[0])
    called = typed or plain_name(" and ".join(name.rsplit("/", 1)[-1] for name in names)) or COMPARISONS
    target = _free_file(desk, f"{RESULTS}/{COMPARISONS}/{called}")
    title = fill(desk.words.run.compared, names=", ".join(name.removeprefix(f"{RESULTS}/") for name in names))
    run = desk.queue.add(title, "compare", target, "", ["compare", *names, f"--out={target}"])
    return to("run", str(run.id))


def _is_plan(desk: Desk, name: str) -> bool:
    try:
        path = inside(desk.folder, name)
    except OutsideFolder:
        return False
    found = result_of(desk.folder, path) if path.is_dir() else None
    return found is not None and found.is_plan


def _free_file(desk: Desk, wanted: str) -> str:
    taken = {run.source for run in desk.store.runs(10_000)}
    names = (f"{wanted}{'' if k == 1 else f' {k}'}.xlsx" for k in range(1, 100_000))
    return next(n for n in names if n not in taken and not (desk.folder / n).exists())
