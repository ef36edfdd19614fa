"""The finished parts of a study: each made once, kept as it comes, and taken over by the same study begun again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from didymium.result_folder.kept import KeptParts

Part = TypeVar("Part")
_NOT_OURS = (KeyError, TypeError, ValueError, IndexError, AttributeError)  # what a part raises that cannot be read


class Finished:
    """What a study has finished. Without `kept` nothing outlives the run; what ends after `stopped` is not finished."""

    def __init__(self, kept: KeptParts | None, stopped: Callable[[], bool]) -> None:
        self._kept, self._stopped = kept, stopped
        self._names = frozenset(() if kept is None else kept.names())

    def __contains__(self, name: object) -> bool:
        """Return whether an earlier run kept a part of this name."""
        return name in self._names

    def remember(
        self, name: str, make: Callable[[], Part], to_json: Callable[[Part], object], from_json: Callable[[Any], Part]
    ) -> Part:
        """Return a part as an earlier run kept it, else make and keep it. Where `to_json` gives None, or the run was
        stopped meanwhile, it is not kept; one that cannot be read is made again."""
        taken = self.taken(name, from_json)
        if taken is not None:
            return taken[0]
        made = make()
        self.keep(name, made, to_json)
        return made

    def taken(self, name: str, from_json: Callable[[Any], Part]) -> tuple[Part] | None:
        """Return a part as an earlier run kept it; None where there is none that can be read."""
        if self._kept is None or name not in self or (value := self._kept.get(name)) is None:
            return None
        try:
            return (from_json(value),)
        except _NOT_OURS:  # torn, or written by something else
            return None

    def keep(self, name: str, made: Part, to_json: Callable[[Part], object]) -> None:
        """Keep a part that was made, as `remember` says."""
        if self._kept is not None and not self._stopped() and (value := to_json(made)) is not None:
            self._kept.put(name, value)

    def message(self, names: list[str], what: str) -> str | None:
        """Return how many of these parts an earlier run kept, in words: `7 of 11 levels`; None where it kept none."""
        count = sum(name in self for name in names)
        were = "was" if count == 1 else "were"
        return f"{count} of {len(names)} {what} {were} kept by an earlier run" if count else None
