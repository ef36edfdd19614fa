"""The sparse matrices of scipy, without the rest of scipy: the engine's first import of it.

Pyomo has all of scipy.stats imported as soon as anybody imports scipy: a third of the time in which every process
begins, and 40 MB. What needs that imports it all the same.
"""

from __future__ import annotations

import sys
from importlib import import_module

import pyomo.environ  # noqa: F401 (first, or it does so when it finds scipy there)


def _import_alone() -> None:
    """Import scipy.sparse past what Pyomo put among the finders of modules."""
    finders = sys.meta_path[:]
    sys.meta_path[:] = [finder for finder in finders if not type(finder).__module__.startswith("pyomo.")]
    try:
        import_module("scipy.sparse")
    finally:
        sys.meta_path[:] = finders


_import_alone()

from scipy.sparse import csc_matrix, csr_matrix

__all__ = ["csc_matrix", "csr_matrix"]
