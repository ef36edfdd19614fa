"""The pages of the documentation, as `make site` built them; where they were not, a page says how to read them."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

import didymium
from didymium.desk.folder import OutsideFolder, inside
from didymium.desk.web import desk_of, page

SITE = Path(didymium.__file__).parent / "site"
FIRST = "index.html"
CSP = (  # its theme writes style and script into its pages; they load and send nothing but what lies beside them
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def manual(request: Request) -> Response:
    """A file of the documentation."""
    name = request.path_params.get("name", "")
    if not (SITE / FIRST).is_file():
        return page(request, "manual", {})
    if not name:
        return RedirectResponse(f"/docs/{FIRST}", status_code=303)
    try:
        path = inside(SITE, name)
    except OutsideFolder:
        path = SITE / "nowhere"
    if not path.is_file():
        raise HTTPException(404, desk_of(request).words.refused.manual)
    return FileResponse(path, headers={"Content-Security-Policy": CSP})
