"""The page that makes a new workbook: from the default case, whole or in part, or blank."""

from __future__ import annotations

import asyncio
from argparse import ArgumentTypeError
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from didymium.desk.folder import plain_name
from didymium.desk.web import Desk, desk_of, page, sent, to
from didymium.errors import BadWorkbook
from didymium.option_kinds import years
from didymium.template.chosen import Parts, parts_of
from didymium.workbooks import example_tables, new

FIRST_NAME = "My case"


async def form(request: Request) -> Response:
    """The form."""
    return page(request, "new", _form(desk_of(request), None, {}))


def _form(desk: Desk, wrong: str | None, sent_form: dict[str, list[str]]) -> dict[str, object]:
    names = {book.name.casefold() for book in desk.saves.listed()}
    called = next(n for k in range(1, 1000) if f"{(n := FIRST_NAME if k == 1 else f'{FIRST_NAME} {k}')}.xlsx".casefold()
                  not in names)  # fmt: skip
    return {"called": called, "wrong": wrong, "form": sent_form, "parts": _parts()}


@cache
def _parts() -> dict[str, list[str]]:
    return parts_of(example_tables())


async def make(request: Request) -> Response:
    """Make the workbook and show its page; the form again where it cannot be."""
    answers = await sent(request)
    desk = desk_of(request)
    name = plain_name((answers.get("called") or [""])[0]).removesuffix(".xlsx")
    if not name:
        return page(request, "new", _form(desk, desk.words.new.no_name, answers), 422)
    path = desk.folder / f"{name}.xlsx"
    try:
        await asyncio.to_thread(_make, desk, path, answers)
    except FileExistsError:
        return page(request, "new", _form(desk, desk.words.new.taken, answers), 422)
    except BadWorkbook as error:
        return page(request, "new", _form(desk, " ".join(p.text for p in error.problems), answers), 422)
    except (ArgumentTypeError, OSError) as error:
        return page(request, "new", _form(desk, str(error), answers), 422)
    await asyncio.to_thread(desk.saves.seen, path.name)
    return to("book", path.name)


def _make(desk: Desk, path: object, answers: dict[str, list[str]]) -> None:
    kind = (answers.get("kind") or ["example"])[0]
    typed = "-".join(text for key in ("from", "to") if (text := (answers.get(key) or [""])[0].strip()))
    span = years(typed) if typed else None
    if kind == "part":
        parts = Parts(*(tuple(answers.get(key, ())) for key in ("regions", "stages", "elements")))
        new(str(path), True, span, parts)
    else:
        new(str(path), kind == "example", span)
