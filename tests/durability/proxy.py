"""What stands between a server and its callers, and drops their connections when it is told to."""

from __future__ import annotations

import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

__all__ = ["Proxy", "proxied"]

_CHUNK = 65_536


class Proxy:
    """Hands on what comes, from the Unix socket it listens at to the server's and back, in a thread of its own."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = server
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._of_server: set[socket.socket] = set()
        self._doomed: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._selector = selectors.DefaultSelector()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(folder / server.name))
        self._door.listen(64)
        self._selector.register(self._door, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def drop(self, draw: Random) -> None:
        """Cut half of the connections: some now, and some just before the next answer of the server comes through."""
        with self._lock:
            for one in [one for one in self._of_server if draw.random() < 0.5]:
                if draw.random() < 0.5:
                    self._doomed.add(one)
                else:
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it, and all connections through it."""
        self._ended = True
        self._thread.join()
        self._door.close()

    def _serve(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(0.1):
                with self._lock:
                    one = key.fileobj
                    assert isinstance(one, socket.socket), "nothing else was registered"
                    if one is self._door:
                        self._welcome()
                    elif one in self._pairs:
                        self._hand_on(one)
        with self._lock:
            for one in list(self._pairs):
                self._part(one)
        self._selector.close()

    def _welcome(self) -> None:
        caller, _ = self._door.accept()
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.connect(str(self._server))
        except OSError:
            caller.close()
            server.close()
            return
        self._pairs |= {caller: server, server: caller}
        self._of_server.add(server)
        for one in (caller, server):
            self._selector.register(one, selectors.EVENT_READ)

    def _hand_on(self, one: socket.socket) -> None:
        try:
            data = one.recv(_CHUNK)
            if not data or one in self._doomed:
                self._part(one)
            else:
                self._pairs[one].sendall(data)
        except OSError:
            self._part(one)

    def _part(self, one: socket.socket) -> None:
        for end in (one, self._pairs.pop(one, one)):
            self._pairs.pop(end, None)
            self._of_server.discard(end)
            self._doomed.discard(end)
            with suppress(KeyError, ValueError):
                self._selector.unregister(end)
            end.close()


@contextmanager
def proxied(server: Path) -> Iterator[tuple[Proxy, Path]]:
    """Lend a proxy before the server's socket, and the folder its own is in."""
    with tempfile.TemporaryDirectory(prefix="px-") as folder:
        proxy = Proxy(server, Path(folder))
        try:
            yield proxy, Path(folder)
        finally:
            proxy.close()
