"""Requests to an application without a server or a client library, as they are written: no address is tidied up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")


class Client:
    """Sends requests under one name of the host, with the cookie it was given."""

    def __init__(self, app: Any, host: str) -> None:
        self.app, self.host, self.cookie = app, host, ""

    def get(self, address: str, **headers: str) -> Answer:
        return self._send("GET", address, b"", headers)

    def post(self, address: str, form: Mapping[str, Any] | bytes, **headers: str) -> Answer:
        content = form if isinstance(form, bytes) else urlencode(form, doseq=True).encode()
        return self._send("POST", address, content, headers)

    def _send(self, method: str, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """`origin="..."` sends the header Origin; `sec_fetch_site` Sec-Fetch-Site."""
        path, _, query = address.partition("?")
        sent = {"host": self.host, "cookie": self.cookie, **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in sent.items()], "client": ("127.0.0.1", 1), "server": None,
        }  # fmt: skip
        messages: list[dict[str, Any]] = []
        bodies = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if bodies:
                return bodies.pop()
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        asyncio.run(self.app(scope, receive, send))
        found = {k.decode().lower(): v.decode() for k, v in messages[0]["headers"]}
        if "set-cookie" in found:
            self.cookie = found["set-cookie"].split(";")[0]
        return Answer(messages[0]["status"], found, b"".join(m.get("body", b"") for m in messages[1:]))
