"""Our own runner of jobs: processes of this machine, each with one job at a time.

A job that dies with its process is begun anew, in another one. A process that has done a small job takes the next one,
so that small jobs do not wait for Python to start; after a large one it ends, and gives its memory back.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from didymium.errors import LostJob
from didymium.memory import collect_seldom, peak_memory_mb
from didymium.search_limits import LOOK, Clock, Search

TRIES = 3  # how often a job is begun whose process dies under it
SMALL = 400.0  # MB: a process that never used more takes another job
STOP = b"stop"
Work = Callable[..., Any]
Done = Callable[[int, Any], None]
Stop = Callable[[], bool]
Lost = Callable[[LostJob], Any]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows jobs on processes: `begun` is called with the place of each that begins, `heard` with a place and
    what its job reports; a job begins beside those at other places only where `fits` says so."""

    begun: Callable[[int], None]
    heard: Callable[[int, Any], None]
    fits: Callable[[int, Sequence[int]], bool]


@dataclass(frozen=True, slots=True)
class _End:
    """The last message of a job: whether it ended well, its result or its error, and whether its process takes
    another."""

    good: bool
    result: Any
    again: bool


@dataclass(frozen=True, slots=True)
class Searching:
    """What a job reports of a search that begins, so that it is held against its limit; None: it has ended."""

    search: Search | None


class ProcessRunner:
    """Runs jobs on processes; a job whose process dies without an end is begun anew. One that does not keep the limit
    of a search is ended, and begun anew once, only to finish what it had kept."""

    def __init__(
        self,
        work: Work,
        jobs: Sequence[tuple[Any, ...]],
        done: Done,
        stop: Stop,
        lost: Lost | None,
        listener: Listener | None = None,
    ) -> None:
        self.work, self.jobs, self.done, self.stop, self.lost, self.listener = work, jobs, done, stop, lost, listener
        self.waiting, self.tries = list(range(len(jobs))), [0] * len(jobs)
        self.results: list[Any] = [None] * len(jobs)
        self.running: dict[_Process, int] = {}  # and the place of its job
        self.idle: list[_Process] = []
        self.messages: queue.Queue[tuple[_Process, bytes | None]] = queue.Queue()
        self.clock = Clock()
        self.searches: dict[_Process, tuple[Search, float]] = {}  # and when it began
        self.overran: dict[int, list[str]] = {}  # by the place of a job: how its processes did
        self.stopped: float | None = None  # when the jobs were told to stop

    def run(self, workers: int) -> list[Any]:
        """Run all jobs, at most so many at a time, and return their results in order."""
        while _early:
            self._add(_early.pop())
        try:
            while self.waiting or self.running:
                if self.stopped is None and self.stop():
                    self._stop()
                self._end_what_overruns()
                while len(self.running) < workers and (place := self._next()) is not None:
                    self._begin(place)
                with suppress(queue.Empty):
                    self._take(*self.messages.get(timeout=LOOK))
        finally:
            for process in [*self.running, *self.idle]:
                process.kill()
        return self.results

    def _next(self) -> int | None:
        """The first job that waits and fits beside those under way; alone any fits."""
        others = list(self.running.values())
        fits = None if self.listener is None or not others else self.listener.fits
        return next((place for place in self.waiting if fits is None or fits(place, others)), None)

    def _begin(self, place: int) -> None:
        self.waiting.remove(place)
        self.tries[place] += 1
        before = _Before(self.tries[place] - 1, next(iter(self.overran.get(place, [])), ""))
        content = pickle.dumps((sys.path, before, pickle.dumps((self.work, self.jobs[place]))))
        if not self.idle:
            self._add(_Process())
        process = self.idle.pop()
        self.running[process] = place
        process.give(content)
        if self.listener is not None and self.tries[place] == 1:
            self.listener.begun(place)

    def _add(self, process: _Process) -> None:
        process.attach(self.messages)
        self.idle.append(process)

    def _stop(self) -> None:
        """Begin no other job, and request each that is under way to end."""
        self.stopped = self.clock.look()
        self.waiting.clear()
        for process in self.running:
            process.give(STOP)

    def _end_what_overruns(self) -> None:
        """End the processes whose search does not keep its limit, or does not stop."""
        now = self.clock.look()
        for process, (search, since) in [*self.searches.items()]:
            why = search.overrun(now - since, None if self.stopped is None else now - self.stopped)
            if why:
                del self.searches[process]
                self.overran.setdefault(self.running[process], []).append(why)
                process.end()

    def _take(self, process: _Process, content: bytes | None) -> None:
        """Take a message of a process: what its job reports, or its end; None where the process has died."""
        place = self.running.get(process)
        if place is None:  # it died idle
            self.idle = [other for other in self.idle if other is not process]
            process.close()
        elif content is None:
            del self.running[process]
            self.searches.pop(process, None)
            process.close()
            self._begin_anew(place)
        else:
            message = pickle.loads(content)
            if isinstance(message, _End):
                self._end(process, place, message)
            elif isinstance(message, Searching):
                self._note(process, message.search)
            elif self.listener is not None:
                self.listener.heard(place, message)

    def _note(self, process: _Process, search: Search | None) -> None:
        self.searches.pop(process, None)
        if search is not None:
            self.searches[process] = search, self.clock.look()

    def _begin_anew(self, place: int) -> None:
        """Let a job wait again whose process died, but not for ever."""
        overran = self.overran.get(place, [])
        if self.tries[place] < TRIES and len(overran) < 2 and self.stopped is None:
            self.waiting.insert(0, place)
            return
        died = f"job {place + 1} died {self.tries[place]} times (out of memory?); fewer workers at a time may help"
        lost = LostJob(overran[-1] if overran else died)
        if self.lost is None:
            raise lost
        self._keep(place, self.lost(lost))

    def _end(self, process: _Process, place: int, end: _End) -> None:
        del self.running[process]
        self.searches.pop(process, None)
        if end.again:
            self.idle.append(process)
        else:
            process.close()
        if not end.good:
            raise end.result
        self._keep(place, end.result)

    def _keep(self, place: int, result: Any) -> None:
        self.results[place] = result
        self.done(place, result)


class _Process:
    """A process that does jobs. It reads them, and perhaps a request to stop, from its standard input, and writes its
    messages to its standard output. `module` is what it imports while there is no job yet."""

    def __init__(self, module: str = __name__) -> None:
        package = str(Path(__file__).parents[1])
        code = "import sys; sys.path.insert(0, sys.argv[1]); from didymium.processes import serve; serve(sys.argv[2])"
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: as a session of its own elsewhere
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, package, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for the parent, which passes it on once
            creationflags=group,
        )
        self._wanted: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def attach(self, messages: queue.Queue[tuple[_Process, bytes | None]]) -> None:
        """Hand over and receive from now on, in threads."""
        self._threads = [
            threading.Thread(target=work, args=arguments, daemon=True, name="didymium job")
            for work, arguments in ((self._write, ()), (self._receive, (messages,)))
        ]
        for thread in self._threads:
            thread.start()

    def give(self, content: bytes) -> None:
        """Hand over a job, or a request to stop, which comes as Ctrl-C would; a job that does not look for it goes on
        to its end."""
        self._wanted.put(content)

    def _write(self) -> None:
        """Write what is to be handed over, in a thread of the parent, for the process may be busy."""
        assert self._process.stdin is not None
        while (content := self._wanted.get()) is not None:
            with suppress(OSError, ValueError):  # it has died: the end of its messages says so
                self._process.stdin.write(framed(content))
                self._process.stdin.flush()

    def _receive(self, messages: queue.Queue[tuple[_Process, bytes | None]]) -> None:
        """Pass its messages on, and None when there are no more, in a thread of the parent."""
        assert self._process.stdout is not None
        while (content := read_message(self._process.stdout)) is not None:
            messages.put((self, content))
        messages.put((self, None))

    def end(self) -> None:
        """End the process; its last message is then that it has died."""
        self._process.kill()

    def kill(self) -> None:
        """End the process at once, and let go of it."""
        self.end()
        self.close()

    def close(self) -> None:
        """Wait for the process, which ends by itself or has died, and let go of its streams and threads."""
        self._wanted.put(None)
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()


@dataclass(frozen=True, slots=True)
class _Before:
    """What became of a job in other processes: how often one died under it, and how the first did not keep its
    limit."""

    deaths: int = 0
    overrun: str = ""


_early: list[_Process] = []  # begun before there was a job
_stop_requested = threading.Event()
_before = _Before()  # of the job of this process
_answers: IO[bytes] | None = None  # of a process with jobs: the stream of its messages
_answering = threading.Lock()


def begin_early(count: int, module: str) -> None:
    """Begin so many processes for the jobs that are to come: each imports a module of Didymium, while this process does
    so, too. Those that find no job end with this process."""
    _early.extend(_Process(module) for _ in range(count))


def stop_requested() -> bool:
    """Return whether this process, one with a job, was requested to end before the job itself could notice."""
    return _stop_requested.is_set()


def died_before() -> bool:
    """Return whether a process has died under the job of this one."""
    return _before.deaths > 0


def overran() -> str:
    """Return, as a sentence, how another process that had the job of this one did not keep the limit of its search, so
    that this one is only to finish what that had kept; '' where none did."""
    return _before.overrun


def has_job() -> bool:
    """Return whether this process does jobs for another one."""
    return _answers is not None


def report(value: object) -> None:
    """Tell the process that began this job something; nothing where there is none."""
    if _answers is not None:
        _answer(pickle.dumps(value))


def _answer(content: bytes) -> None:
    """Write a message: its length, and itself."""
    assert _answers is not None
    with _answering:
        _answers.write(framed(content))
        _answers.flush()


def request_stop() -> None:
    """Let this process end its job as soon as it has begun it."""
    _stop_requested.set()


def serve(module: str) -> None:
    """Import a module, do the jobs that the parent sends, one after the other, and send their messages back: what a
    process runs."""
    global _answers, _before
    _answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a job or a library prints must not end up in the messages
    wanted: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_follow_parent, args=(wanted,), daemon=True).start()
    _heed_stop()
    import_module(module)
    collect_seldom()
    again = True
    while again:
        _heed_stop()
        content = wanted.get()
        try:
            sys.path[:], _before, job = pickle.loads(content)
            work, arguments = pickle.loads(job)
            result = work(*arguments)
            again = (peak_memory_mb() or 0.0) < SMALL
            written = pickle.dumps(_End(True, result, again))
        except BaseException as error:  # noqa: BLE001 (raised again in the parent)
            written = pickle.dumps(_End(False, _portable(error), again))
        _answer(written)


def _heed_stop() -> None:
    """Note a request to stop, while there is no job that takes it itself."""
    signal.signal(signal.SIGINT, lambda number, frame: _stop_requested.set())


def _follow_parent(wanted: queue.SimpleQueue[bytes]) -> None:
    """Take jobs, pass a request to stop on as Ctrl-C; end with the parent, which keeps the stream open while it
    lives."""
    stream = os.fdopen(0, "rb", buffering=0, closefd=False)  # a buffer's lock would outlive this thread
    while (content := read_message(stream)) is not None:
        if content == STOP:
            interrupt_main(signal.SIGINT)
        else:
            wanted.put(content)
    os._exit(1)


def framed(content: bytes) -> bytes:
    """Return a message as it travels: its length before it."""
    return len(content).to_bytes(8, "big") + content


def read_message(stream: IO[bytes]) -> bytes | None:
    """Return the next message of a stream, which begins with its length; None at the end of the stream."""
    head = _exactly(stream, 8)
    return None if head is None else _exactly(stream, int.from_bytes(head, "big"))


def _exactly(stream: IO[bytes], count: int) -> bytes | None:
    """So many bytes; None where the stream ends before."""
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _portable(error: BaseException) -> BaseException:
    """The error itself where it survives the journey between processes, else its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 (any failure means it does not travel)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
