"""A command that the desk runs: a process of its own that outlives the desk, and leaves word of how it ended.

`python -m didymium.desk.child FOLDER ARGUMENT...` runs the command as the command line would. A file `stop` in FOLDER
is Ctrl-C (a signal would not do on Windows, nor after a restart of the desk); `kill` ends it at once.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
import time
from _thread import interrupt_main
from contextlib import suppress
from pathlib import Path

STOP, KILL, BEAT, ENDED = "stop", "kill", "beat", "ended.json"
OUTPUT, ERRORS, PROGRESS = "stdout.txt", "stderr.txt", "progress.jsonl"
LOOK = 0.25  # s between two looks for a request
KILLED = -9


def main() -> None:
    """Run the command; its exit code is written when it ends, however it does."""
    folder, arguments = Path(sys.argv[1]), sys.argv[2:]
    sys.argv = ["didymium", *arguments]
    code = 1
    try:
        threading.Thread(target=_follow_requests, args=(folder,), daemon=True, name="desk requests").start()
        runpy.run_module("didymium", run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        code = 5
    finally:
        _leave_word(folder, code)
    sys.exit(code)


def _follow_requests(folder: Path) -> None:
    """Show that the process lives, and pass requests on."""
    passed = False
    while True:
        with suppress(OSError):
            (folder / BEAT).touch()
        if (folder / KILL).exists():
            _leave_word(folder, KILLED)
            os._exit(1)
        if not passed and (folder / STOP).exists():
            passed = True
            interrupt_main(signal.SIGINT) if sys.platform == "win32" else os.kill(os.getpid(), signal.SIGINT)
        time.sleep(LOOK)


def _leave_word(folder: Path, code: int) -> None:
    part = folder / f"{ENDED}.part"
    with suppress(OSError):
        part.write_text(json.dumps({"code": code}), encoding="utf-8")
        os.replace(part, folder / ENDED)


if __name__ == "__main__":
    main()
