"""A browser driven by its driver (`chromedriver`), with nothing but the standard library: what a person would click."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element, by the standard


class Browser:
    """One window of a browser; tabs are `tab`s of it."""

    def __init__(self, address: str, profile: Path) -> None:
        self.server = address
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        options = {"binary": shutil.which("chromium"), "args": [*FLAGS, *sandbox, f"--user-data-dir={profile}"]}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        wanted = {"capabilities": {"alwaysMatch": capabilities}}
        self.session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def do(self, path: str, **body: Any) -> Any:
        """Send a command of the session."""
        return self._send("POST", self.session + path, body)

    def ask(self, path: str) -> Any:
        """Return what the session knows."""
        return self._send("GET", self.session + path)

    def open(self, address: str) -> None:
        """Go to an address."""
        self.do("/url", url=address)

    def run(self, script: str, *values: Any) -> Any:
        """Run a script in the page, and return what it returns."""
        return self.do("/execute/sync", script=script, args=list(values))

    def find(self, selector: str) -> str:
        """Return the element of a CSS selector. Raises AssertionError where there is none."""
        return str(self.do("/element", using="css selector", value=selector)[ELEMENT])

    def click(self, selector: str) -> None:
        """Click an element, as a person can: one that is seen. One that the page replaces meanwhile is looked for
        again."""
        for _ in range(5):
            try:
                self.do(f"/element/{self.find(selector)}/click")
                return
            except AssertionError as error:
                if "stale element" not in str(error):
                    raise
        raise AssertionError(f"{selector} is replaced all the time")

    def type(self, selector: str, text: str) -> None:
        """Type into a field, in place of what is there."""
        field = self.find(selector)
        self.do(f"/element/{field}/clear")
        self.do(f"/element/{field}/value", text=text)

    def press(self, key: str) -> None:
        """Press a key."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.do("/actions", actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def text(self, selector: str = "main") -> str:
        """Return the text that is seen in an element."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def until(self, holds: Callable[[], Any], seconds: float = 120.0) -> Any:
        """Wait until something holds, and return it. Raises AssertionError, with the page, where it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds:g} s; the page says:\n{self.text()[:3000]}")

    def wait(self, text: str, selector: str = "main", seconds: float = 120.0) -> None:
        """Wait until a text is seen."""
        self.until(lambda: text in self.text(selector), seconds)

    def tab(self) -> str:
        """Open a new tab, and go there; returns its handle."""
        handle = str(self.do("/window/new", type="tab")["handle"])
        self.switch(handle)
        return handle

    def switch(self, handle: str) -> None:
        """Go to a tab."""
        self.do("/window", handle=handle)

    def errors(self) -> list[str]:
        """Return what the browser's console was told since the last call."""
        return [str(entry["message"]) for entry in self.do("/se/log", type="browser")]

    def picture(self, path: Path, width: int, height: int, dark: bool = False) -> None:
        """Write a picture of the page as it is, so wide and high."""
        feature = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        self.do("/goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params=feature)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.do("/goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=size)
        time.sleep(0.4)
        path.write_bytes(base64.b64decode(self.ask("/screenshot")))

    def close(self) -> None:
        """End the browser."""
        self._send("DELETE", self.session)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser of its own, whose profile is in a folder."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert driver.stdout is not None
        line = next(line for line in driver.stdout if "started successfully on port" in line)
        port = line.rsplit(" ", 1)[1].strip(" .\n")
        opened = Browser(f"http://127.0.0.1:{port}", folder / "profile")
        try:
            yield opened
        finally:
            opened.close()
    finally:
        driver.terminate()
        driver.wait()
        assert driver.stdout is not None
        driver.stdout.close()
