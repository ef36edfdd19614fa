"""Who may talk to the desk: only pages of its own, in a browser that was given the token of the address it printed.

It listens on this machine alone; but any page in the browser, and any program of another user, can reach it too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOME = "127.0.0.1"
NAMES = (HOME, "localhost")  # by which a browser of this machine calls it
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REPORT_CSP = (  # of a report in its frame: its own script, and no way out of it
    "sandbox allow-scripts allow-downloads; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " img-src data:; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SAFE = ("GET", "HEAD")


class Keys:
    """The token of one start of the desk, and what is made of it: the cookie and the word that forms carry."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.port, self.token = port, token or secrets.token_urlsafe(24)
        self.cookie = f"didymium_desk_{port}"  # cookies do not tell ports apart
        self.session, self.form = self._made("session"), self._made("form")
        self.hosts = tuple(f"{name}:{port}" for name in NAMES)

    @property
    def address(self) -> str:
        """What is printed, and opened in the browser."""
        return f"http://{HOME}:{self.port}/?token={self.token}"

    def _made(self, use: str) -> str:
        return hmac.new(self.token.encode(), use.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Return whether two secrets are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


class Guard:
    """In front of all pages: refuses what comes under another name, from another site or without the token, and adds
    the headers that keep what a page shows from doing anything."""

    def __init__(self, app: ASGIApp, keys: Keys, refusals: Mapping[str, str]) -> None:
        self.app, self.keys, self.refusals = app, keys, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [
                    (k.lower().encode(), v.encode()) for k, v in HEADERS.items() if k.lower().encode() not in given
                ]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        answer = self._answer(Request(scope))
        await (answer or self.app)(scope, receive, with_headers)

    def _answer(self, request: Request) -> Response | None:
        """The refusal of a request, or the way in; None for one that may pass."""
        headers, keys = request.headers, self.keys
        if headers.get("host", "") not in keys.hosts:  # another name for this machine: DNS rebinding
            return self._refused("host")
        origin = headers.get("origin")
        if origin is None and request.method not in SAFE:
            return self._refused("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            return self._refused("origin")
        token = request.query_params.get("token")
        if token is not None and request.method == "GET" and same(token, keys.token):
            return self._let_in(request)
        if not same(request.cookies.get(keys.cookie, ""), keys.session):
            return self._refused("token")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self._refused("origin")
        return None

    def _let_in(self, request: Request) -> Response:
        """Hand out the cookie, and take the token out of the address."""
        kept = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "token"])
        answer = RedirectResponse(request.url.path + (f"?{kept}" if kept else ""), status_code=303)
        answer.set_cookie(self.keys.cookie, self.keys.session, httponly=True, samesite="strict", path="/")
        return answer

    def _refused(self, why: str) -> Response:
        return PlainTextResponse(self.refusals[why], status_code=403)
