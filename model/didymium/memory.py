"""How much memory this process uses, as the system reports it; how much a solve will use at its peak."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

_STATUS = Path("/proc/self/status")  # Linux only
# MB of the process itself and a variable and a nonzero of its model: fitted to the peaks of whole runs, files included
PROCESS, PER_VARIABLE, PER_NONZERO = 190.0, 2.3e-3, 4.2e-4


def expected_memory_mb(size: Mapping[str, int]) -> int:
    """Return about how much memory a solve as one model of this `size` (as `didymium.size`) uses at its peak, MB."""
    return round(PROCESS + PER_VARIABLE * size["variables"] + PER_NONZERO * size["nonzeros"])


def memory_mb() -> float | None:
    """Return the memory that this process uses now, MB; its peak where the system reports only that, None where it
    reports neither."""
    now = _status_mb("VmRSS:")
    return peak_memory_mb() if now is None else now


def peak_memory_mb() -> float | None:
    """Return the highest memory that this process has used, MB; None where the system does not report it."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024  # bytes there, kilobytes elsewhere


def _status_mb(name: str) -> float | None:
    """A line of the process's own status, which is in kilobytes."""
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), None)
