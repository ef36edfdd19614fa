"""`--cluster slurm` and `kubernetes`: workers that others give, by a stand-in for `sbatch` that runs the job here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from quick_jobs import square

from didymium import cluster, jobs
from didymium.errors import BadWorkbook

SBATCH = """#!/bin/sh
setsid sh "$1" >>"{folder}/job.log" 2>&1 &
echo $! >>"{folder}/begun"
cp "$1" "{folder}/job.sh"
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
for id in "$@"; do echo "$id" >>"{folder}/ended"; kill -9 "-$id" 2>/dev/null; done
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with `sbatch` and `scancel`, and dask's settings of a worker; what was begun ends with the test."""
    if find_spec("dask_jobqueue") is None:
        pytest.skip("needs dask-jobqueue")
    cluster._imported("dask_jobqueue", "slurm", "slurm")  # with the handlers of signals as they were
    import dask

    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(script.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.chdir(tmp_path)
    worker = {"cores": 1, "memory": "1GB", "walltime": "00:10:00", "queue": "short", "interface": None}
    with dask.config.set({"jobqueue.slurm": {**dask.config.get("jobqueue.slurm"), **worker}}):
        yield tmp_path
    for pid in (tmp_path / "begun").read_text().split() if (tmp_path / "begun").exists() else ():
        with suppress(ProcessLookupError):
            os.killpg(int(pid), signal.SIGKILL)


def test_what_gives_the_workers_leaves_the_handlers_of_signals_alone() -> None:
    """dask_jobqueue ends the process at the first Ctrl-C, in which a run would lose its best plan."""
    code = (
        "import signal; from didymium.cluster import _imported; before = signal.getsignal(signal.SIGINT);"
        "_imported('dask_jobqueue', 'slurm', 'slurm'); assert signal.getsignal(signal.SIGINT) == before"
    )
    if find_spec("dask_jobqueue") is None:
        pytest.skip("needs dask-jobqueue")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_slurm_gives_workers_that_end_with_the_jobs(slurm: Path, tmp_path: Path) -> None:
    with jobs.WorkerPool(workers=2, cluster="slurm") as pool:
        assert pool.run(square, [(x, tmp_path) for x in (2, 3, 4)]) == [4, 9, 16]
    begun, ended = ((slurm / name).read_text().split() for name in ("begun", "ended"))
    assert len(begun) == 2
    assert set(begun) <= set(ended)
    script = (slurm / "job.sh").read_text()
    for line in ("#SBATCH -p short", "#SBATCH -t 00:10:00", "#SBATCH --cpus-per-task=1"):
        assert line in script


def test_settings_that_are_missing_are_named(slurm: Path) -> None:
    import dask

    with (
        dask.config.set({"jobqueue.slurm.cores": None}),
        pytest.raises(BadWorkbook, match=r"slurm gives no workers: .*cores"),
    ):
        jobs.WorkerPool(workers=2, cluster="slurm").run(square, [(2, slurm)])


@pytest.mark.parametrize(("where", "module"), [("slurm", "dask_jobqueue"), ("kubernetes", "dask_kubernetes.operator")])
def test_what_is_not_installed_is_named(where: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    expected = rf'{where} needs {module.split(".")[0].replace("_", "-")}: pip install "didymium\[{where}\]"'
    with pytest.raises(BadWorkbook, match=expected):
        jobs.WorkerPool(workers=2, cluster=where).run(square, [])


def test_kubernetes_is_asked_for_so_many_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its class, played by a cluster of this machine."""
    distributed = pytest.importorskip("distributed", reason="needs dask.distributed")
    asked: list[tuple[int, int]] = []

    class KubeCluster(distributed.LocalCluster):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__(n_workers=0, threads_per_worker=1, dashboard_address="127.0.0.1:0")

        def adapt(self, minimum: int, maximum: int) -> None:
            asked.append((minimum, maximum))
            self.scale(1)

    module = ModuleType("dask_kubernetes.operator")
    module.KubeCluster = KubeCluster  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dask_kubernetes", ModuleType("dask_kubernetes"))
    monkeypatch.setitem(sys.modules, "dask_kubernetes.operator", module)
    with jobs.WorkerPool(workers=7, cluster="kubernetes") as pool:
        assert pool.run(square, [(3, tmp_path)]) == [9]
    assert asked == [(7, 7)]


def test_an_address_at_which_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dask = pytest.importorskip("dask", reason="needs dask.distributed")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        for address in ("tcp://127.0.0.1:9", "nonsense://x"):
            with pytest.raises(BadWorkbook, match=f"no scheduler answers at {address}"):
                jobs.WorkerPool(cluster=address).run(square, [(2, tmp_path)])
