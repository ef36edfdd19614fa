"""The command `didymium`, also as `python -m didymium`: streams and Ctrl-C first, then the slow imports, then the
command; what solves for long runs in a child, which this process watches."""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType

STOPPED = 5  # as errors.Unfinished, which is not imported yet


def main() -> int:
    """Run the command; returns its exit code. Ctrl-C while the program starts ends it with a sentence, not a
    traceback."""
    before = signal.signal(signal.SIGINT, _leave)
    _open_streams()
    from didymium.cli import parser, prepared, processes_of, solves_one

    arguments = parser().parse_args()
    if solves_one(arguments):
        from didymium.supervisor import supervise

        return supervise(sys.argv[1:])
    if count := processes_of(arguments):
        from didymium.processes import begin_early

        begin_early(count, "didymium.commands.solve")
    run = prepared(arguments)
    signal.signal(signal.SIGINT, before)
    return run()


def child() -> int:
    """Run the command as the child of a process that watches it; returns its exit code."""
    before = signal.signal(signal.SIGINT, _leave)
    from didymium.supervised import obey_parent

    obey_parent()
    from didymium.cli import parser, prepared
    from didymium.memory import collect_seldom

    run = prepared(parser().parse_args())
    collect_seldom()
    signal.signal(signal.SIGINT, before)
    return run()


def _leave(number: int, frame: FrameType | None) -> None:
    """Nothing has begun, so nothing is lost; imports in C may hide an exception, so none is raised."""
    os.write(2, b"stopped by hand before anything was begun\n")
    os._exit(STOPPED)


def _open_streams() -> None:
    """A stream that was closed before we came goes nowhere: else the next file to be opened would take its place. A
    letter that the output cannot hold is written as its code."""
    closed = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:
        stream = open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115
        os.set_inheritable(stream.fileno(), True)
        setattr(sys, name, stream)
    if isinstance(sys.stdout, io.TextIOWrapper):  # into a pipe, Windows writes in the code page of its language
        sys.stdout.reconfigure(errors="backslashreplace")
    if "stdout" in closed:
        print("standard output is closed: what would be printed is not shown", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
