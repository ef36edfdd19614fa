"""How much memory this process uses, as the system reports it; how much a solve will use at its peak."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path

_STATUS, _MACHINE = Path("/proc/self/status"), Path("/proc/meminfo")  # Linux only
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
# MB of the process itself, a variable and an integer of its model: fitted to the peaks of whole runs, files included.
# Integers stand for decisions, of which results and searches grow; nonzeros add nothing to the fit.
PROCESS, PER_VARIABLE, PER_INTEGER = 130.0, 3.3e-3, 0.04


FEW, OFTEN, RARELY = 50_000, 20, 20  # objects until the youngest are looked through, and how often before all are


def collect_seldom() -> None:
    """Let Python look less often for objects that only hold each other, and never among those there are now.

    A run makes millions of rows and few such circles: looking for them takes 5 % of its time, for 4 % less memory.
    """
    gc.freeze()
    gc.set_threshold(FEW, OFTEN, RARELY)


def expected_memory_mb(size: Mapping[str, int]) -> int:
    """Return about how much memory a solve as one model of this `size` (as `didymium.size`) uses at its peak, MB."""
    return round(PROCESS + PER_VARIABLE * size["variables"] + PER_INTEGER * size["integers"])


def free_memory_mb() -> float | None:
    """Return how much memory new processes can take without swapping, MB: of the machine, or of the container where
    that has less; None where the system does not tell."""
    machine = _kilobytes(_MACHINE, "MemAvailable:")
    limit, used = (_integer(path) for path in _CONTAINER)
    container = None if limit is None or used is None else max(0.0, (limit - used) / 2**20)
    known = [mb for mb in (machine, container) if mb is not None]
    return min(known, default=None)


def memory_mb() -> float | None:
    """Return the memory that this process uses now, MB; its peak where the system reports only that, None where it
    reports neither."""
    now = _kilobytes(_STATUS, "VmRSS:")
    return peak_memory_mb() if now is None else now


def peak_memory_mb() -> float | None:
    """Return the highest memory that this process has used, MB; None where the system does not report it.

    What the system counts for `getrusage` begins with what the parent used when it began this process.
    """
    own = _kilobytes(_STATUS, "VmHWM:")
    if own is not None:
        return own
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024  # bytes there, kilobytes elsewhere


def _integer(path: Path) -> int | None:
    """The number that a file holds, if it does."""
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _kilobytes(file: Path, name: str) -> float | None:
    """A line of a file of the system, which is in kilobytes, in MB."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), None)
