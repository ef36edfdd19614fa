"""Independent jobs on several processes, or machines: each in a process of its own, so that one that dies takes no
other along.

Our own runner shares the jobs out on this machine; a dask.distributed cluster (the extra `cluster`) only where the
caller gives its address. A job's process imports the job's module and nothing of the caller's script, so that scripts
need no `if __name__ == "__main__"`.
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
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from didymium.errors import BadWorkbook, LostJob, Problem

TRIES = 3  # how often a job is begun whose process dies under it
Work = Callable[..., Any]
Done = Callable[[int, Any], None]
Stop = Callable[[], bool]
Lost = Callable[[LostJob], Any]
Message = tuple[bool, Any]  # of a job: whether it ended well, and its result or its error
STOP = b"stop"


class WorkerPool:
    """Who runs jobs: `workers` processes of this machine, or the dask.distributed `cluster` at an address. A `with`
    block ends them.

    One worker and no cluster: this process, one job after the other.
    """

    def __init__(self, workers: int = 1, cluster: str | None = None) -> None:
        self.workers, self.cluster = workers, cluster
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    @property
    def is_alone(self) -> bool:
        """Whether jobs run in this process."""
        return self.workers < 2 and self.cluster is None

    def run(
        self,
        work: Work,
        jobs: Sequence[tuple[Any, ...]],
        done: Done | None = None,
        stop: Stop | None = None,
        lost: Lost | None = None,
    ) -> list[Any]:
        """Return work(*job) for every job, in the order of the jobs.

        `done` is called with the place and the result of each as it ends. Once `stop` returns True no other is begun;
        what was not done is None. An error of a job, or of `done`, is raised here; the other jobs then end.
        Where a job's process died every time that it was tried, its result is what `lost` makes of the LostJob; without
        `lost` that is raised.
        """
        done, stop = done or _ignore, stop or _never
        if self.cluster is not None:
            return self._run_on_cluster(work, jobs, done, stop, lost)
        if not self.is_alone:
            return _Runner(work, jobs, done, stop, lost).run(self.workers)
        results: list[Any] = [None] * len(jobs)
        for k, job in enumerate(jobs):
            if stop():
                break
            results[k] = work(*job)
            done(k, results[k])
        return results

    def _run_on_cluster(
        self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done, stop: Stop, lost: Lost | None
    ) -> list[Any]:
        """As `run`; the jobs of lost workers are begun anew by the scheduler."""
        try:
            from distributed import Client, KilledWorker, as_completed
        except ImportError as error:
            text = 'needs dask.distributed: pip install "didymium[cluster]"'
            raise BadWorkbook([Problem("--cluster", text)]) from error
        if self._client is None:
            self._client = Client(self.cluster)  # type: ignore[no-untyped-call]
        client = self._client
        futures = {client.submit(work, *job, pure=False, retries=TRIES - 1): k for k, job in enumerate(jobs)}
        results: list[Any] = [None] * len(jobs)
        try:
            for future in as_completed(list(futures)):
                k = futures[future]
                try:
                    results[k] = future.result()
                except KilledWorker as error:
                    if lost is None:
                        raise
                    results[k] = lost(LostJob(str(error)))
                done(k, results[k])
                if stop():
                    break
        finally:
            client.cancel(list(futures))
        return results


def _ignore(place: int, result: Any) -> None:
    """A callback for callers that have none."""


def _never() -> bool:
    return False


class _Runner:
    """Our own runner: one process a job, begun anew where it dies without a message."""

    def __init__(self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done, stop: Stop, lost: Lost | None) -> None:
        self.work, self.jobs, self.done, self.stop, self.lost = work, jobs, done, stop, lost
        self.waiting, self.tries = list(range(len(jobs)))[::-1], [0] * len(jobs)
        self.results: list[Any] = [None] * len(jobs)
        self.running: dict[int, _Child] = {}
        self.messages: queue.Queue[tuple[int, bytes]] = queue.Queue()
        self.stopping = False

    def run(self, workers: int) -> list[Any]:
        """Run all jobs, so many at a time, and return their results in order."""
        try:
            while self.waiting or self.running:
                if not self.stopping and self.stop():
                    self._stop()
                while self.waiting and len(self.running) < workers:
                    self._begin(self.waiting.pop())
                with suppress(queue.Empty):
                    self._end(*self.messages.get(timeout=0.5))
        finally:
            for child in self.running.values():
                child.kill()
        return self.results

    def _begin(self, place: int) -> None:
        self.tries[place] += 1
        content = pickle.dumps((sys.path, pickle.dumps((self.work, self.jobs[place]))))
        self.running[place] = _Child(content, lambda message: self.messages.put((place, message)))

    def _stop(self) -> None:
        """Begin no other job, and request each that is under way to end."""
        self.stopping = True
        self.waiting.clear()
        for child in self.running.values():
            child.request_stop()

    def _end(self, place: int, content: bytes) -> None:
        """Take the message of a job: its result or its error; nothing, or half of it, where its process died first."""
        self.running.pop(place).close()
        message: Message | None = None
        with suppress(EOFError, pickle.UnpicklingError):
            message = pickle.loads(content)
        if message is None and self.tries[place] < TRIES and not self.stopping:
            self.waiting.append(place)
            return
        if message is None:
            text = f"job {place + 1} died {TRIES} times (out of memory?); fewer workers at a time may help"
            if self.lost is None:
                raise LostJob(text)
            message = True, self.lost(LostJob(text))
        good, result = message
        if not good:
            raise result
        self.results[place] = result
        self.done(place, result)


class _Child:
    """A process with one job. It reads the job, and later perhaps a request to stop, from its standard input, and
    writes its message to its standard output."""

    def __init__(self, content: bytes, on_end: Callable[[bytes], None]) -> None:
        package = str(Path(__file__).parents[1])
        code = "import sys; sys.path.insert(0, sys.argv[1]); from didymium.jobs import serve; serve()"
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: as a session of its own elsewhere
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for the parent, which passes it on once
            creationflags=group,
        )
        self._sent = threading.Lock()
        self._thread = threading.Thread(target=self._talk, args=(content, on_end), daemon=True, name="didymium job")
        self._thread.start()

    def _talk(self, content: bytes, on_end: Callable[[bytes], None]) -> None:
        """Hand the job over and wait for its message, in a thread of the parent."""
        assert self._process.stdout is not None
        self._send(content)
        on_end(self._process.stdout.read())

    def _send(self, content: bytes) -> None:
        assert self._process.stdin is not None
        with self._sent, suppress(OSError, ValueError):  # it has died, or is closed: its message says so
            self._process.stdin.write(framed(content))
            self._process.stdin.flush()

    def request_stop(self) -> None:
        """As Ctrl-C would; a job that does not look for it goes on to its end."""
        threading.Thread(target=self._send, args=(STOP,), daemon=True).start()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Wait for the process, which has written its message or died, and let go of its streams and thread."""
        self._process.wait()
        self._thread.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()


_stop_requested = threading.Event()


def stop_requested() -> bool:
    """Whether this process, a child with a job, was requested to end before the job itself could notice."""
    return _stop_requested.is_set()


def request_stop() -> None:
    """Let this process end its job as soon as it has begun it."""
    _stop_requested.set()


def framed(content: bytes) -> bytes:
    """Return a message as it travels: its length before it."""
    return len(content).to_bytes(8, "big") + content


def serve() -> None:
    """Do the one job that the parent sends, and send its message back: what a child process runs."""
    signal.signal(signal.SIGINT, lambda number, frame: _stop_requested.set())
    jobs = os.fdopen(0, "rb", buffering=0, closefd=False)  # a buffer's lock would outlive the listening thread
    content = read_message(jobs)
    if content is None:
        return
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the job or a library prints must not end up in the message
    threading.Thread(target=_follow_parent, args=(jobs,), daemon=True).start()
    try:
        path, job = pickle.loads(content)
        sys.path[:] = path
        work, arguments = pickle.loads(job)
        message: Message = (True, work(*arguments))
        written = pickle.dumps(message)
    except BaseException as error:  # noqa: BLE001 (raised again in the parent)
        written = pickle.dumps((False, _portable(error)))
    with answer:
        answer.write(written)


def _follow_parent(jobs: IO[bytes]) -> None:
    """Pass a request to stop on as Ctrl-C; end with the parent, which keeps the stream open while it lives."""
    while (content := read_message(jobs)) is not None:
        if content == STOP:
            interrupt_main(signal.SIGINT)
    os._exit(1)


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
