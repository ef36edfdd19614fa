"""How a command ends: with its own code, or with a sentence and the code of what went wrong; never with a traceback but
for a fault of ours."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable

from didymium.console import print_problems
from didymium.errors import BadWorkbook, DidymiumError, NoPlan, OutputInUse, Unfinished

OUR_FAULT = 1
STOPPED_WITH_PLAN = 4  # by a limit or by hand, with a result that is written
FULL = (errno.ENOSPC, errno.EIO, errno.EDQUOT)  # the errors of printing into a file on a full or lost disk


def exit_code_of(run: Callable[[], int]) -> int:
    """Run a command and return its exit code, whatever becomes of it; what it printed is out by then."""
    try:
        code = run()
        sys.stdout.flush()
        return code
    except DidymiumError as error:
        return print_error(error)
    except BrokenPipeError:  # the reader of our output has seen enough, as `| head` has
        _drop_output()
        return 0
    except KeyboardInterrupt:
        print("stopped by hand; nothing more was written", file=sys.stderr)
        return Unfinished.exit_code
    except MemoryError:
        print(
            "there is not enough memory for this: close other programs, run fewer at a time, or thin late years by"
            " milestone_years",
            file=sys.stderr,
        )
        return Unfinished.exit_code
    except OSError as error:
        if sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None:
            _drop_output()  # so Windows says that the reader has seen enough
            return 0
        if error.errno == errno.ENOENT and _folder_is_gone():
            print("the folder in which this was called is gone: change into one that exists", file=sys.stderr)
            return OutputInUse.exit_code
        if error.errno not in FULL:
            return _our_fault()
        _drop_output()
        print(f"the output could not be written: {error.strerror}", file=sys.stderr)
        return OutputInUse.exit_code
    except Exception:  # noqa: BLE001 (the last stop: whatever is left is our fault)
        return _our_fault()


def code_of(error: BaseException) -> int:
    """Return the exit code of what ended a command, without a word."""
    if isinstance(error, DidymiumError):
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, MemoryError)):
        return Unfinished.exit_code
    if isinstance(error, BrokenPipeError):
        return 0
    return OutputInUse.exit_code if isinstance(error, OSError) and error.errno in FULL else OUR_FAULT


def why(error: BaseException) -> str:
    """Return what ended a command, in a line."""
    if isinstance(error, BadWorkbook):
        errors = [str(p) for p in error.problems if p.is_error]
        return errors[0] + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "") if errors else str(error)
    if isinstance(error, NoPlan) and error.reasons:
        return str(error.reasons[0]["text"])
    if isinstance(error, MemoryError):
        return "there was not enough memory"
    if isinstance(error, KeyboardInterrupt):
        return "stopped by hand"
    words = " ".join(str(error).split())
    return words if code_of(error) != OUR_FAULT else f"a fault of ours: {type(error).__name__}: {words}"


def print_error(error: DidymiumError) -> int:
    """Print what went wrong and what to do; returns the exit code."""
    if isinstance(error, BadWorkbook):
        print_problems([p for p in error.problems if p.is_error])
        errors = sum(p.is_error for p in error.problems)
        print(f"{errors} error{'s' if errors != 1 else ''}; nothing was solved", file=sys.stderr)
    elif isinstance(error, NoPlan):
        print("No plan meets everything that is required. The least that must be relaxed:", file=sys.stderr)
        for reason in error.reasons:
            print(f"  {reason['text']}", file=sys.stderr)
        print("`didymium explain` looks for single cells whose change restores a plan", file=sys.stderr)
    else:
        print(error, file=sys.stderr)
    return error.exit_code


def _folder_is_gone() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _our_fault() -> int:
    traceback.print_exc()
    print("\nThis is a fault of ours, not of your input; please report it with the lines above.", file=sys.stderr)
    return OUR_FAULT


def _drop_output() -> None:
    """Send what is still printed nowhere, so that the end of the program does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
