"""The library's one logger, `didymium`: each stage of a job at level INFO. The library itself never prints."""

from __future__ import annotations

import logging
from collections.abc import Callable

LOGGER = logging.getLogger("didymium")
LOGGER.addHandler(logging.NullHandler())


def logged_status(on_status: Callable[[str], None] | None) -> Callable[[str], None]:
    """Return a callback that logs each stage and, where the caller has one, passes it on to the caller's callback."""

    def status(message: str) -> None:
        LOGGER.info(message)
        if on_status is not None:
            on_status(message)

    return status
