"""Processes of its own that the desk asks: so that no page waits for a slow import or a long check, and no file can
take the desk along. Requests and answers are lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

Record = dict[str, Any]


class Helper:
    """A process that runs a module and answers requests; begun when it is needed, and anew where it died or took longer
    than `limit` seconds."""

    def __init__(self, module: str, limit: float) -> None:
        self.module, self.limit = module, limit
        self._process: subprocess.Popen[str] | None = None
        self._asking = threading.Lock()

    def ask(self, request: Mapping[str, object]) -> Record | None:
        """Return the answer to a request; None where the process died or took too long."""
        with self._asking:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            clock = threading.Timer(self.limit, process.kill)
            clock.start()
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except (OSError, ValueError):
                answer = ""
            finally:
                clock.cancel()
            if not answer:
                self.close()
                return None
        found: Record = json.loads(answer)
        return found

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C at the terminal is for the desk, which closes it
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                with suppress(OSError):
                    stream.close()


def serve(answer: Callable[[Record], Record]) -> None:
    """Answer requests until there are no more: what such a process runs."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not end up in an answer
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()
