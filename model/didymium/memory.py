"""How much memory this process uses, as the system reports it."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")  # Linux only


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
