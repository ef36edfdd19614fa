"""Files of the folder handed to the browser: reports for their frame, all others to be saved."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from didymium.desk.guard import REPORT_CSP
from didymium.desk.web import desk_of, path_of


async def file(request: Request) -> Response:
    """A file, to be saved."""
    path = path_of(request)
    if not path.is_file():
        raise HTTPException(404, desk_of(request).words.refused.path)
    return FileResponse(path, filename=path.name)


async def report(request: Request) -> Response:
    """A report, which may run its own script in its frame and do nothing else."""
    path = path_of(request)
    if not path.is_file() or path.suffix != ".html":
        raise HTTPException(404, desk_of(request).words.refused.path)
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": REPORT_CSP})
