"""Ctrl-C, SIGTERM and a closed terminal during a command: it ends with what it has, which is written."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from didymium.console import ConsoleProgress
from didymium.engine.control import Interrupt
from didymium.interrupts import stop_on_signals
from didymium.jobs import stop_requested


@contextmanager
def stop_by_hand(progress: ConsoleProgress, then: str = "the best plan so far will be written") -> Iterator[Interrupt]:
    """Let Ctrl-C, SIGTERM or SIGHUP request a stop with what there is; a second one leaves at once. `then` says what
    follows."""
    interrupt = Interrupt()
    if stop_requested():
        interrupt.request()
    with stop_on_signals(
        interrupt,
        [signal.SIGINT, signal.SIGTERM, *_hang_ups()],
        lambda: progress.stage(f"stopping; {then} (once more to leave at once)"),
    ):
        yield interrupt


def _hang_ups() -> list[signal.Signals]:
    """The signal of a closed terminal, where the system has one and `nohup` does not ignore it."""
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)
    return [] if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN else [hang_up]
