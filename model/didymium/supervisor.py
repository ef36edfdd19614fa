"""The parent of a command that solves: it passes signals on, ends what ignores its limit, and explains what died.

The solver is a library that may crash, or be killed where memory runs out. So it runs in a child, which keeps its best
plan as it comes; when the child dies, a second one finishes that plan and writes it. Nothing slow is imported here.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from didymium.errors import Unfinished
from didymium.interrupts import AGAIN, HANG_UP, drop_dead_streams
from didymium.processes import STOP, framed
from didymium.search_limits import LOOK, Clock, Search

CHILD = "import sys; sys.path.insert(0, sys.argv.pop(1)); from didymium.__main__ import child; sys.exit(child())"
UNFINISHED = Unfinished.exit_code
CODES = range(7)  # those with which a command ends by itself


def supervise(words: Sequence[str]) -> int:
    """Run the command in a child, with the words after `didymium`; returns its exit code."""
    with tempfile.TemporaryDirectory(prefix="didymium-", ignore_cleanup_errors=True) as folder:
        return _Supervisor(words, Path(folder) / "child.json").run()


class _Supervisor:
    """One command, its child, and what the two know of each other."""

    def __init__(self, words: Sequence[str], report: Path) -> None:
        self.words, self.report = words, report
        self.child: subprocess.Popen[bytes] | None = None
        self.begun, self.clock = 0.0, Clock()  # when that was begun
        self.stopped: float | None = None  # when the first signal came
        self.left = False  # at once, at the second

    def run(self) -> int:
        """Run the command; where its child dies, finish what that had kept."""
        names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        for number in (getattr(signal, name) for name in names):
            if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:  # `nohup` ignores hang-ups
                signal.signal(number, self._pass_on)
        code, why = self._run_child("")
        if self.left:
            return self._end(f"left at once, by hand; nothing more was written{self._resume()}")
        if not why and code == UNFINISHED and self._about().get("out_of_memory") and self._kept():
            why = "there was not enough memory"
        if not why:
            return code
        if not self._kept():
            if self.stopped is not None:
                return self._end("stopped by hand before any plan was found; nothing was written")
            found = "" if self._about().get("study") else "no plan had been found, and "
            return self._end(f"{why}; {found}nothing was written{self._resume()}")
        print(f"{why}; the best plan that was kept is being finished", file=sys.stderr, flush=True)
        code, again = self._run_child(why)
        if self.left or again:
            return self._end(
                f"the plan that was kept is not written: {again or 'left at once, by hand'}{self._resume()}"
            )
        return code

    def _run_child(self, finishing: str) -> tuple[int, str]:
        """Run one child to its end; return its exit code, and, where that is none of its own, what became of it."""
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: Ctrl-C is the parent's alone
        package, limit = str(Path(__file__).parents[1]), ""
        command = [sys.executable, "-P", "-c", CHILD, package, str(self.report), finishing, sys.argv[0], *self.words]
        self.begun, self.clock = time.monotonic(), Clock()
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, creationflags=group)
        if self.stopped is not None:  # just before it began
            self._ask_to_stop()
        while True:
            with suppress(subprocess.TimeoutExpired):
                code = self.child.wait(LOOK)
                break
            limit = limit or self._overrun()
            if limit:
                self.child.kill()
        with suppress(OSError):
            assert self.child.stdin is not None
            self.child.stdin.close()
        return code, "" if code in CODES else limit or _explained(code)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        """The first signal asks the child to stop, once; the second ends it."""
        now = time.monotonic()
        if self.stopped is None:
            self.stopped = now
            drop_dead_streams()
            self._ask_to_stop()
        elif now - self.stopped > AGAIN and number != HANG_UP:
            self.left = True
            if self.child is not None:
                self.child.kill()

    def _ask_to_stop(self) -> None:
        if self.child is not None and self.child.stdin is not None:
            with suppress(OSError, ValueError):  # it has died: that is explained elsewhere
                self.child.stdin.write(framed(STOP))
                self.child.stdin.flush()

    def _overrun(self) -> str:
        """What the child does not keep: its limit, or the request to stop; '' where it keeps both, or does not search
        now."""
        now, about = self.clock.look(), self._about()
        search, since = about.get("search"), about.get("since")
        if not isinstance(search, list) or not isinstance(since, float) or since < self.begun:
            return ""  # or what the child before this one told
        return Search(*search).overrun(now - since, None if self.stopped is None else now - self.stopped)

    def _about(self) -> dict[str, object]:
        """What the child last told of itself."""
        with suppress(OSError, ValueError):
            found = json.loads(self.report.read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        return {}

    def _kept(self) -> bool:
        """Whether the child kept a plan."""
        kept = self._about().get("kept")
        return bool(kept) and os.path.exists(os.path.join(str(kept), "plan.json"))

    def _resume(self) -> str:
        """What a message says of going on later."""
        kept = self._about().get("kept")
        if not kept or not os.path.exists(os.path.join(str(kept), "run.json")):
            return ""
        beside = Path(str(kept)).parent  # .NAME.kept beside NAME, or .kept inside it
        name = beside.name.removeprefix(".").removesuffix("kept").removesuffix(".")
        return f"; `didymium resume {beside.parent / name}` goes on"

    def _end(self, words: str) -> int:
        """Say how the run ended without the child, also to the registry."""
        print(words, file=sys.stderr)
        run, began = self._about().get("run"), self._about().get("began")
        if isinstance(run, int) and isinstance(began, float):
            from didymium import registry  # slow, and seldom needed

            ending = {"exit_code": UNFINISHED, "status": registry.STATUS[UNFINISHED], "reason": words}
            with suppress(OSError, sqlite3.Error):
                registry.finish(run, {"seconds": round(time.monotonic() - began, 1), **ending})
        return UNFINISHED


def _explained(code: int) -> str:
    """What a child met that did not end by itself."""
    if code >= 0:
        return f"the solver's process died (code {code:#x})"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    if name == "SIGKILL":
        return "the solver's process was killed (SIGKILL), as the system does where memory runs out"
    if name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"):
        return f"the solver's process crashed ({name})"
    return f"the solver's process was ended by {name}"
