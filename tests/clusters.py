"""Clusters of dask.distributed on this machine, for tests of `--cluster`: two processes, or two that do not see the
files of the one that asks, as on other machines."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Where a process may have no file system of its own, Python itself refuses to look into the folder that is not seen.
REFUSAL = """
import os, sys

def refuse(event, arguments):
    place = arguments[0] if event in ("open", "os.listdir", "os.scandir") and arguments else None
    if isinstance(place, (str, bytes, os.PathLike)) and os.fsdecode(place).startswith({folder!r}):
        raise FileNotFoundError(2, "not seen here", place)

sys.addaudithook(refuse)
"""


@contextmanager
def local_cluster() -> Iterator[str]:
    """The address of a scheduler with two workers, which end with the block; skipped where dask is not installed."""
    distributed = pytest.importorskip("distributed", reason="needs dask.distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield str(cluster.scheduler_address)


@contextmanager
def cluster_that_does_not_see(folder: Path, own: Path) -> Iterator[str]:
    """The address of a scheduler with two workers, in whose eyes a folder is empty: it lies under a file system of
    their own. `own` is their working folder."""
    pytest.importorskip("distributed", reason="needs dask.distributed")
    own.mkdir()
    started = [begin(["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], own, "scheduler")]
    try:
        address = _address(own)
        worker = ["worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        started += [begin(worker, own, f"worker {k}", folder) for k in range(2)]
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def begin(arguments: list[str], own: Path, name: str, unseen: Path | None = None) -> subprocess.Popen[bytes]:
    """A process of dask, which does not see one folder."""
    command = [sys.executable, "-m", "dask", *arguments]
    if arguments[0] == "scheduler":
        command += ["--scheduler-file", str(own / "scheduler.json")]
    path = [str(TESTS)]
    if unseen is not None and has_namespaces():
        hide = f'mount -t tmpfs none "{unseen}" && exec "$@"'
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", hide, "sh", *command]
    elif unseen is not None:
        (own / "sitecustomize.py").write_text(REFUSAL.format(folder=str(unseen)))
        path.insert(0, str(own))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "HOME": str(own)}
    with (own / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=own, env=environment, stdout=log, stderr=log)


def has_namespaces() -> bool:
    """Whether a process may have a file system of its own here."""
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def _address(own: Path) -> str:
    """Where the scheduler listens."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return str(json.loads((own / "scheduler.json").read_text())["address"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    raise TimeoutError((own / "scheduler.log").read_text())
