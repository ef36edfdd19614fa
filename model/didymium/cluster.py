"""Jobs on the machines of a dask.distributed cluster: one whose scheduler is at an address, or one that Slurm or
Kubernetes gives for as long as the jobs last.

A job and its result travel whole: a worker needs this very version of Didymium, and nothing of the caller's files.
"""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

from didymium.errors import BadWorkbook, LostJob, Problem
from didymium.logs import LOGGER

POLL = 0.2  # s between two looks for jobs that have ended
LOOK = 2.0  # s between two looks of a worker whether it is to stop
GIVEN = {  # who gives a cluster: its class, and the extra that installs it
    "slurm": ("dask_jobqueue", "SLURMCluster"),
    "kubernetes": ("dask_kubernetes.operator", "KubeCluster"),
}
Stop = Callable[[], bool]
Ended = tuple[bool, Any]  # of a job: whether it was done, and its result


_job = threading.local()  # of a worker: what its thread does


class Cluster:
    """The cluster that `--cluster` names: the address of a scheduler, or `slurm` or `kubernetes`, which are requested
    to give so many workers. Raises BadWorkbook where it cannot be had."""

    def __init__(self, where: str, workers: int) -> None:
        self.where = where
        distributed = _imported("distributed", where, "cluster")
        self._given = _given(where, workers) if where in GIVEN else None
        try:
            self._client = distributed.Client(where if self._given is None else self._given)
        except (OSError, ValueError, TypeError) as error:
            text = f"no scheduler answers at {where}: {error}; start one with `dask scheduler`, or mend the address"
            raise BadWorkbook([Problem("--cluster", text)]) from error
        there = len(self._client.nthreads())
        LOGGER.info(f"the cluster has {there} workers" + ("" if there else " yet: jobs wait for the first"))

    def close(self) -> None:
        """Let go of the cluster; one that was given for these jobs ends."""
        self._client.close()
        if self._given is not None:
            self._given.close()

    def run(
        self,
        work: Callable[..., Any],
        jobs: Sequence[tuple[Any, ...]],
        done: Callable[[int, Any], None],
        stop: Stop,
        lost: Callable[[LostJob], Any] | None,
    ) -> list[Any]:
        """Return work(*job) of every job, in order; what was not done is None. The jobs of lost workers are begun anew.

        Once `stop` returns True no other is begun, and workers are told to end early with what they have. Raises what a
        job raises, and BadWorkbook where the workers have another version.
        """
        from distributed import Event, as_completed

        request = Event(f"didymium-stop-{uuid.uuid4().hex}", client=self._client)
        facts = version("didymium"), request.name, work
        futures = {self._client.submit(there, *facts, job, pure=False): k for k, job in enumerate(jobs)}
        results: list[Any] = [None] * len(jobs)
        left, ended, stopping = set(futures), as_completed(list(futures)), False
        try:
            while left:
                for future in ended.next_batch(block=False):
                    left.discard(future)
                    if not future.cancelled():
                        k, (was_done, result) = futures[future], self._ended(future, lost)
                        if was_done:
                            results[k] = result
                            done(k, result)
                if not stopping and stop():
                    stopping = True
                    request.set()
                    left -= self._cancel_waiting(left)
                time.sleep(POLL)
        finally:
            request.set()
            self._client.cancel(list(left))
        return results

    def _cancel_waiting(self, left: set[Any]) -> set[Any]:
        """Cancel the jobs that no worker has begun; return them."""
        begun = {key for keys in self._client.processing().values() for key in keys}
        waiting = {future for future in left if future.key not in begun}
        self._client.cancel(list(waiting))
        return waiting

    def _ended(self, future: Any, lost: Callable[[LostJob], Any] | None) -> Ended:
        from distributed import KilledWorker

        try:
            ended: Ended = future.result()
            return ended
        except (KilledWorker, LostJob) as error:
            gone = LostJob(str(error))
            if lost is None:
                raise gone from error
            return True, lost(gone)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("didymium"):
                raise
            text = f"the workers do not have didymium: install version {version('didymium')} where they run"
            raise BadWorkbook([Problem("--cluster", text)]) from error


def there(made_by: str, stop_name: str, work: Callable[..., Any], job: tuple[Any, ...]) -> Ended:
    """Do a job, unless it is to stop before: what a worker runs. Raises BadWorkbook where the worker's version is not
    the one that the job was made by."""
    here = version("didymium")
    if here != made_by:
        text = f"a worker has didymium {here}, and this is {made_by}: install the same version on both sides"
        raise BadWorkbook([Problem("--cluster", text)])
    _job.stop = stop = _stop_of(stop_name)
    return (False, None) if stop() else (True, work(*job))


def stop_requested() -> bool:
    """Whether the job that this thread of a worker does is to end early."""
    stop: Stop = _job.stop
    return stop()


def _stop_of(name: str) -> Stop:
    """Whether the caller told the jobs to stop, or gave this one up, as it does when it ends or is lost."""
    from distributed import Event, get_worker

    worker = get_worker()
    task = worker.get_current_task()
    request, looked = Event(name), 0.0

    def stop() -> bool:
        nonlocal looked
        known = worker.state.tasks.get(task)
        if known is None or known.state == "cancelled":
            return True
        if time.monotonic() - looked < LOOK:
            return False
        looked = time.monotonic()
        return bool(request.is_set())

    return stop


def _given(where: str, workers: int) -> Any:
    """A cluster of so many workers, with the settings of dask's own configuration files."""
    module, name = GIVEN[where]
    made = getattr(_imported(module, where, where), name)
    try:
        cluster = made()
        cluster.adapt(minimum=workers, maximum=workers)  # unlike `scale` it replaces workers whose time is over
    except Exception as error:  # whatever Slurm or Kubernetes answers is told as it is, in place of a traceback
        text = f"{where} gives no workers: {error}; docs/cluster.md tells which settings dask needs"
        raise BadWorkbook([Problem("--cluster", text)]) from error
    return cluster


def _imported(module: str, where: str, extra: str) -> Any:
    """A module of an extra. dask_jobqueue puts signal handlers of its own in the place of ours while it is imported."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        found = import_module(module)
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)
        return found
    except ImportError as error:
        text = f'{where} needs {module.split(".")[0].replace("_", "-")}: pip install "didymium[{extra}]"'
        raise BadWorkbook([Problem("--cluster", text)]) from error
