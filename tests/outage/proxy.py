"""A TCP port in front of a Unix socket that lets everything through, until it is told to fail."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

_CHUNK = 65_536


class Proxy:
    """Connects each caller with the socket at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = threading.Event()
        self._open.set()
        self._delay = 0.0
        self._last_words: bytes | None = None
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the one who waits for callers
        self._serving.join()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection; new ones are made."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def hang(self) -> None:
        """Take everything, and pass nothing on."""
        self._open.clear()

    def slow_down(self, seconds: float) -> None:
        """Pass each piece on that much later."""
        self._delay = seconds

    def cut_after(self, words: bytes) -> None:
        """Pass on what holds `words`, once, and none of the answer: end the connection instead."""
        self._last_words = words

    def restore(self) -> None:
        """Pass everything on again, what was held back first."""
        self._delay = 0.0
        self._last_words = None
        self._open.set()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                callee = socket.socket(socket.AF_UNIX)
                try:
                    callee.connect(str(self._path))
                except OSError:
                    caller.close()
                    continue
                with self._lock:
                    self._sockets |= {caller, callee}
                answering = threading.Event()
                answering.set()
                for one, other in ((caller, callee), (callee, caller)):
                    threading.Thread(target=self._pass_on, args=(one, other, answering), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, answering: threading.Event) -> None:
        with suppress(OSError):
            while (piece := one.recv(_CHUNK)) and answering.is_set():
                self._open.wait()
                time.sleep(self._delay)
                if self._last_words is not None and self._last_words in piece:
                    self._last_words = None
                    answering.clear()
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
