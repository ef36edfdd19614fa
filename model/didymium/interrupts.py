"""Ctrl-C during a job: the job ends with what it has, instead of a traceback and a solver that runs on."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from didymium.engine.control import Interrupt
from didymium.jobs import stop_requested

AGAIN = 0.5  # s within which further signals are the same one: a closing terminal and `timeout` send two
HANG_UP: int | None = getattr(signal, "SIGHUP", None)  # of a closed terminal, where the system has it


@contextmanager
def stop_on_signals(
    interrupt: Interrupt, numbers: Sequence[signal.Signals], on_stop: Callable[[], None]
) -> Iterator[None]:
    """Turn the first of some signals into a request to stop; a second one raises KeyboardInterrupt, but for what comes
    with the first (AGAIN) and a terminal that is closed.

    `on_stop` is called at the first. Outside the main thread, where Python allows no handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    came = -math.inf  # when the first one did

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal came
        now = time.monotonic()
        if interrupt.requested:
            if number == HANG_UP or now - came < AGAIN:
                return
            raise KeyboardInterrupt
        came = now
        drop_dead_streams()
        interrupt.request()
        on_stop()

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def drop_dead_streams() -> None:
    """Send what is still printed nowhere where its terminal is closed: a sentence that nobody reads must not cost the
    plan."""
    for stream in (1, 2):
        try:
            os.write(stream, b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


@contextmanager
def job_interrupt() -> Iterator[Interrupt]:
    """Let a job in a process of its own end with its best result when the parent requests that; also where the request
    came before the job could notice."""
    interrupt = Interrupt()
    with stop_on_signals(interrupt, [signal.SIGINT], lambda: None):
        if stop_requested():
            interrupt.request()
        yield interrupt


@contextmanager
def interruptible(interrupt: Interrupt | None, on_status: Callable[[str], None], result: str) -> Iterator[Interrupt]:
    """Let Ctrl-C in a script or notebook end a job with its best result so far; `result` says what that is.

    A caller who has a handler of SIGINT already keeps it: then only the caller's own `interrupt` ends the job.
    """
    interrupt = interrupt or Interrupt()
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return
    with stop_on_signals(
        interrupt,
        [signal.SIGINT],
        lambda: on_status(f"stopping; {result} is returned (Ctrl-C once more leaves at once)"),
    ):
        yield interrupt
