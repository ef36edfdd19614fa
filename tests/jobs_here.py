"""Jobs of the runner in the process of the test, which need not wait for another one to start."""

from __future__ import annotations

import pytest

from didymium.commands import runner
from didymium.jobs import WorkerPool


@pytest.fixture
def jobs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every job of the runner be done here, one after the other."""
    monkeypatch.setattr(runner, "WorkerPool", lambda *unused, **also: WorkerPool())
