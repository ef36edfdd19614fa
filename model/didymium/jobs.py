"""Independent jobs on several processes, or machines: each in a process of its own, so that one that dies takes no
other along.

Our own runner shares the jobs out on this machine; a dask.distributed cluster (the extra `cluster`) only where the
caller names one. A job's process imports the job's module and nothing of the caller's script, so that scripts
need no `if __name__ == "__main__"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from didymium.cluster import Cluster
from didymium.processes import Done, Listener, Lost, ProcessRunner, Stop, Work, stop_requested

__all__ = ["Listener", "WorkerPool", "run_apart", "stop_requested"]


class WorkerPool:
    """Who runs jobs: `workers` processes of this machine, or a `cluster`: the address of a dask.distributed scheduler,
    or `slurm` or `kubernetes`, which give so many workers. A `with` block ends them.

    One worker and no cluster: this process, one job after the other, unless they are to be `apart` from it all the
    same.
    """

    def __init__(self, workers: int = 1, cluster: str | None = None, apart: bool = False) -> None:
        self.workers, self.cluster, self.apart = workers, cluster, apart
        self._on_cluster: Cluster | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on_cluster is not None:
            self._on_cluster.close()
        self._on_cluster = None

    @property
    def is_alone(self) -> bool:
        """Whether jobs run in this process."""
        return self.workers < 2 and self.cluster is None and not self.apart

    def run(
        self,
        work: Work,
        jobs: Sequence[tuple[Any, ...]],
        done: Done | None = None,
        stop: Stop | None = None,
        lost: Lost | None = None,
        listener: Listener | None = None,
    ) -> list[Any]:
        """Return work(*job) for every job, in the order of the jobs.

        `done` is called with the place and the result of each as it ends. Once `stop` returns True no other is begun;
        what was not done is None. An error of a job, or of `done`, is raised here; the other jobs then end.
        Where a job's process died every time that it was tried, its result is what `lost` makes of the LostJob; without
        `lost` that is raised. A `listener` follows jobs on processes of this machine.
        """
        done, stop = done or _ignore, stop or _never
        if self.cluster is not None:
            self._on_cluster = self._on_cluster or Cluster(self.cluster, self.workers)
            return self._on_cluster.run(work, jobs, done, stop, lost)
        if not self.is_alone:
            return ProcessRunner(work, jobs, done, stop, lost, listener).run(self.workers)
        results: list[Any] = [None] * len(jobs)
        for k, job in enumerate(jobs):
            if stop():
                break
            results[k] = work(*job)
            done(k, results[k])
        return results


def run_apart(work: Work, job: tuple[Any, ...], stop: Stop) -> Any:
    """Return work(*job), done in a process of its own, which is told to end early once `stop` returns True; begun anew
    where it dies. Raises LostJob where it dies every time."""
    return ProcessRunner(work, [job], _ignore, stop, None).run(1)[0]


def _ignore(place: int, result: Any) -> None:
    """A callback for callers that have none."""


def _never() -> bool:
    return False
