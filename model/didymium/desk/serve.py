"""The desk started: the folder watched, the queue taken up, the pages served to this machine alone."""

from __future__ import annotations

import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from didymium.desk.app import app_of
from didymium.desk.folder import STATE
from didymium.desk.guard import HOME, Keys
from didymium.desk.queue import RunQueue
from didymium.desk.saves import FolderSaves
from didymium.desk.store import Store
from didymium.desk.web import Desk
from didymium.errors import BadWorkbook, OutputInUse, Problem
from didymium.result_folder import locked

PORT = 8350  # the first that is tried where none is named
TRIED = 20  # ports, from there on


def serve(
    folder: Path, port: int | None = None, at_once: int | None = None, on_open: Callable[[str], None] = print
) -> None:
    """Serve the desk of a folder until Ctrl-C or SIGTERM; `on_open` gets its address when it answers.

    Raises BadWorkbook where there is no such folder or the port is taken, OutputInUse where another desk has it open.
    """
    if not folder.is_dir():
        raise BadWorkbook(
            [Problem(str(folder), "is no folder; name the one that holds your workbooks, or make it first")]
        )
    with _one_desk(folder), _listening(port) as door:
        keys = Keys(door.getsockname()[1])
        with opened(folder, keys, at_once) as desk:
            threading.Thread(target=lambda: desk.reader.ask({}), daemon=True).start()  # its imports are slow
            config = uvicorn.Config(app_of(desk), log_level="error", lifespan="off", server_header=False, ws="none")
            server = uvicorn.Server(config)
            threading.Thread(target=lambda: _report_address(server, keys, on_open), daemon=True).start()
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server raises again what stopped it
            with suppress(KeyboardInterrupt):
                server.run(sockets=[door])


@contextmanager
def opened(folder: Path, keys: Keys, at_once: int | None = None) -> Iterator[Desk]:
    """Open the desk of a folder: its saves are checked and its queue works while the block runs."""
    store = Store(folder / STATE / "desk.sqlite")
    desk = Desk(folder, keys, FolderSaves(folder), RunQueue(folder, store, at_once), store)
    try:
        desk.saves.start()
        desk.queue.start()
        yield desk
    finally:
        desk.saves.stop()
        desk.queue.stop()
        desk.reader.close()
        store.close()


def open_browser(address: str) -> None:
    """Show the desk in the person's browser, where there is one."""
    webbrowser.open(address)


def _report_address(server: uvicorn.Server, keys: Keys, on_open: Callable[[str], None]) -> None:
    while not server.started:
        threading.Event().wait(0.05)
    on_open(keys.address)


@contextmanager
def _one_desk(folder: Path) -> Iterator[None]:
    """One desk a folder."""
    try:
        with locked(folder / STATE / "desk"):
            yield
    except OutputInUse as error:
        text = f"a desk of {folder} is open already; use its page, or close it first where it was started"
        raise OutputInUse(text) from error


@contextmanager
def _listening(port: int | None) -> Iterator[socket.socket]:
    """A socket of this machine alone. Raises BadWorkbook where the port is taken."""
    for each in [port] if port is not None else [*range(PORT, PORT + TRIED), 0]:
        try:
            door = socket.create_server((HOME, each))
        except (OSError, OverflowError):
            continue
        with door:
            yield door
        return
    raise BadWorkbook([Problem("--port", f"{port} is taken by another program; name another one, or none")])
