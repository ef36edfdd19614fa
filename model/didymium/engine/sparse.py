"""SciPy's sparse matrices, without its statistics: Pyomo imports scipy.stats as soon as anyone imports scipy, which
costs each start 0.8 CPU s, and no rule needs it.

Pyomo watches imports by a finder of its own; that steps aside while the sparse matrices are imported.
"""

from __future__ import annotations

import sys

import numpy as np  # noqa: F401 (watched: Pyomo takes numbers of numpy for numbers from here on)
from pyomo.common.dependencies import DeferredImportCallbackFinder

_watching = [finder for finder in sys.meta_path if isinstance(finder, DeferredImportCallbackFinder)]
sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in _watching]
try:
    from scipy.sparse import coo_matrix, csc_matrix, csr_matrix, hstack, identity, vstack
    from scipy.sparse.linalg import splu, spsolve
finally:
    sys.meta_path[:0] = _watching

__all__ = ["coo_matrix", "csc_matrix", "csr_matrix", "hstack", "identity", "splu", "spsolve", "vstack"]
