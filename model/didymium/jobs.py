"""Independent jobs on several processes, or machines: each in a process of its own, so that one that dies takes no
other along.

With dask.distributed (the extra `cluster`) its scheduler shares the jobs out, here or, given its address, on a cluster;
without it a small runner of our own does so on this machine.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from didymium.errors import BadWorkbook, LostJob, Problem

TRIES = 3  # how often a job is begun whose process dies under it
BEGUN = (True, "begun: this process hears when it is told to end")
Work = Callable[..., Any]
Done = Callable[[int, Any], None]
Stop = Callable[[], bool]


class WorkerPool:
    """Who runs jobs: `workers` processes of this machine, or a dask.distributed `cluster` at an address. A `with` block
    ends them.

    One worker and no cluster: this process, one job after the other. `own`: this machine's processes by our own runner
    even where there is dask, for jobs that answer to Ctrl-C themselves.
    """

    def __init__(self, workers: int = 1, cluster: str | None = None, own: bool = False) -> None:
        self.workers, self.cluster, self.own = workers, cluster, own
        self._dask: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for part in self._dask or ():
            if part is not None:
                part.close()
        self._dask = None

    @property
    def is_alone(self) -> bool:
        return self.workers < 2 and self.cluster is None

    def run(
        self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done | None = None, stop: Stop | None = None
    ) -> list[Any]:
        """work(*job) for every job; the results in the order of the jobs.

        `done` hears of each as it ends: its place, its result. Once `stop` says so no other is begun; what was not done
        is None. An error of a job, or of `done`, is raised here; the other jobs then end.
        Raises LostJob where a job's process died every time that it was tried.
        """
        done, stop = done or _nobody, stop or _never
        if self.is_alone:
            results: list[Any] = [None] * len(jobs)
            for k, job in enumerate(jobs):
                if stop():
                    break
                results[k] = work(*job)
                done(k, results[k])
            return results
        if self.cluster is None and (self.own or not _has_dask()):
            return _here(work, jobs, self.workers, done, stop)
        return self._on_dask(work, jobs, done, stop)

    def _on_dask(self, work: Work, jobs: Sequence[tuple[Any, ...]], done: Done, stop: Stop) -> list[Any]:
        """Lost workers' jobs are begun anew by the scheduler."""
        client, as_completed = self._client()
        futures = {client.submit(work, *job, pure=False, retries=TRIES - 1): k for k, job in enumerate(jobs)}
        results: list[Any] = [None] * len(jobs)
        try:
            for future in as_completed(list(futures)):
                k = futures[future]
                results[k] = future.result()
                done(k, results[k])
                if stop():
                    break
        finally:
            client.cancel(list(futures))
        return results

    def _client(self) -> tuple[Any, Any]:
        try:
            from distributed import Client, LocalCluster, as_completed
        except ImportError as error:
            raise BadWorkbook(
                [Problem("--cluster", 'needs dask.distributed: pip install "didymium[cluster]"')]
            ) from error
        if self._dask is None:
            local = None
            if self.cluster is None:
                with _deaf():
                    local = LocalCluster(  # type: ignore[no-untyped-call]
                        n_workers=self.workers,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address="127.0.0.1:0",
                        silence_logs=logging.CRITICAL,
                    )
            self._dask = (Client(self.cluster or local), local)  # type: ignore[no-untyped-call]
        return self._dask[0], as_completed


def _nobody(place: int, result: Any) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun in this block do not hear Ctrl-C, which goes to all of a terminal: it is for this one to say what
    is to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _has_dask() -> bool:
    try:
        import distributed  # noqa: F401
    except ImportError:
        return False
    return True


@dataclass(slots=True)
class _Running:
    """A job under way in a child. `begun`: it hears when it is told to end."""

    place: int
    child: Any
    begun: bool = False

    def tell_to_end(self) -> None:
        """As Ctrl-C would; a job that does not ask goes on to its end."""
        if self.begun:
            with suppress(ProcessLookupError):
                os.kill(self.child.pid, signal.SIGINT)


def _here(work: Work, jobs: Sequence[tuple[Any, ...]], workers: int, done: Done, stop: Stop) -> list[Any]:
    """Our own runner: one child a job, begun anew where it dies without a word."""
    context = multiprocessing.get_context("spawn")
    waiting, tried = list(range(len(jobs)))[::-1], [0] * len(jobs)
    running: dict[Connection, _Running] = {}
    results: list[Any] = [None] * len(jobs)
    told = False
    try:
        while waiting or running:
            if stop() and not told:
                waiting.clear()
                told = True
                for job in running.values():
                    job.tell_to_end()
            while waiting and len(running) < workers:
                k = waiting.pop()
                tried[k] += 1
                ours, theirs = context.Pipe(duplex=False)
                child = context.Process(target=_child, args=(theirs, work, jobs[k]), daemon=True)
                with _deaf():
                    child.start()
                theirs.close()
                running[ours] = _Running(k, child)
            for ready in wait(list(running), timeout=0.5):
                assert isinstance(ready, Connection)
                job, said = running[ready], _received(ready)
                if said == BEGUN:
                    job.begun = True
                    if told:
                        job.tell_to_end()
                    continue
                del running[ready]
                ready.close()
                job.child.join()
                if said is None and tried[job.place] < TRIES and not told:
                    waiting.append(job.place)
                    continue
                results[job.place] = _result(said, job.place)
                done(job.place, results[job.place])
    finally:
        for job in running.values():
            job.child.terminate()
    return results


_interrupt_requested = threading.Event()


def interrupt_requested() -> bool:
    """Has this process, a child with a job, been asked to end before the job itself could listen?"""
    return _interrupt_requested.is_set()


def _child(theirs: Connection, work: Work, job: tuple[Any, ...]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C at the terminal is for the parent, which passes it on once
    signal.signal(signal.SIGINT, lambda number, frame: _interrupt_requested.set())
    theirs.send_bytes(pickle.dumps(BEGUN))
    try:
        said = pickle.dumps((True, work(*job)))
    except BaseException as error:  # noqa: BLE001 (raised again in the parent)
        said = pickle.dumps((False, _portable(error)))
    theirs.send_bytes(said)
    theirs.close()


def _portable(error: BaseException) -> BaseException:
    """The error itself where it survives the journey between processes, else its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 (any failure means it does not travel)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _received(ready: Connection) -> tuple[bool, Any] | None:
    """What a child said; None where it died first."""
    try:
        said: tuple[bool, Any] = pickle.loads(ready.recv_bytes())
    except EOFError:
        return None
    return said


def _result(said: tuple[bool, Any] | None, k: int) -> Any:
    if said is None:
        raise LostJob(f"job {k + 1} died {TRIES} times (out of memory?); fewer workers at a time may help")
    good, result = said
    if not good:
        raise result
    return result
