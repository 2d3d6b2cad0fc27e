"""Components that are programs of this machine, each healthy when its address answers.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, Request, build_opener

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.system import Component, DriverAnswer, Output

__all__ = ["HttpHealth", "ProcessDriver", "Program"]

_WAIT_SECONDS = 0.05
_READ_MOST = 65_536
_OUTPUT_LINES_MOST = 10_000


@frozen(kw_only=True)
class HttpHealth:
    """Asks an address whether a component does its work: yes where it answers with a status of 200 to 299.

    Attributes:
        url: An `http` or `https` address.
        timeout_seconds: How long an answer may take.

    Raises:
        InvalidValueError: Another kind of address.
    """

    url: str
    timeout_seconds: float = 2.0
    _opener: OpenerDirector = field(factory=build_opener, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise InvalidValueError(what="an address to ask", value=self.url, path="url", hint="`http` or `https`")

    def ask(self) -> DriverAnswer:
        """Answer whether it is well."""
        try:
            with self._opener.open(Request(self.url), timeout=self.timeout_seconds) as response:  # noqa: S310 - checked
                text = response.read(_READ_MOST).decode("utf-8", "replace").strip()
                return DriverAnswer(ok=200 <= response.status < 300, detail=f"{response.status} {text}".strip())
        except URLError as error:
            return DriverAnswer(ok=False, detail=str(error.reason))
        except (OSError, HTTPException) as error:
            return DriverAnswer(ok=False, detail=str(error) or type(error).__name__)


@frozen(kw_only=True)
class Program:
    """How a component's program is run.

    Attributes:
        command: The program and its arguments; no shell reads them.
        health: Asked whether it is up; None takes a running program for healthy.
        log: Where its output goes, line by line; None keeps none.
        start_seconds: How long it may take to come up.
        stop_seconds: How long it may take to end after it was asked to; then it is ended.
    """

    command: tuple[str, ...] = field(converter=tuple)
    health: HttpHealth | None = None
    log: Path | None = None
    start_seconds: float = 10.0
    stop_seconds: float = 5.0


class ProcessDriver:
    """Operates components that are programs of this machine. It ends only what it started."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = dict(programs)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, component: Component) -> DriverAnswer:
        """Start the program, unless it runs, and wait until it is healthy."""
        program = self._programs.get(component.id)
        if program is None:
            return DriverAnswer(ok=False, detail=f"no program is known for `{component.id}`")
        if self._process(component.id) is None:
            try:
                self._running[component.id] = self._spawn(program)
            except OSError as error:
                return DriverAnswer(ok=False, detail=f"it cannot be started: {error.strerror or error}")
        return self._until_up(component, program)

    def stop(self, component: Component) -> DriverAnswer:
        """Ask the program to end, and end it when it does not."""
        process = self._process(component.id)
        if process is None:
            return DriverAnswer(ok=True, detail="it was not running")
        process.terminate()
        try:
            process.wait(self._programs[component.id].stop_seconds)
            detail = f"it ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            detail = "it did not end by itself and was ended"
        self._forget(component.id)
        return DriverAnswer(ok=True, detail=detail)

    def supply(self, component: Component, data: str) -> DriverAnswer:
        """Write a line to the program's input."""
        process = self._process(component.id)
        if process is None or process.stdin is None:
            return DriverAnswer(ok=False, detail="it is not running")
        try:
            process.stdin.write(f"{data}\n".encode())
            process.stdin.flush()
        except OSError as error:
            return DriverAnswer(ok=False, detail=str(error))
        return DriverAnswer(ok=True)

    def control(self, component: Component, command: str) -> DriverAnswer:
        """Write a command to the program's input, as `supply` does."""
        return self.supply(component, command)

    def collect(self, component: Component) -> tuple[Output, ...]:
        """Answer the lines of the program's log, each once by its number."""
        program = self._programs.get(component.id)
        if program is None or program.log is None or not program.log.exists():
            return ()
        lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines()[:_OUTPUT_LINES_MOST]
        return tuple(
            Output(id=f"{component.id}:{number}", kind="log", text=line) for number, line in enumerate(lines, start=1)
        )

    def is_healthy(self, component: Component) -> DriverAnswer:
        """Answer whether the program runs and its address answers."""
        process, program = self._process(component.id), self._programs.get(component.id)
        if process is None or program is None:
            return DriverAnswer(ok=False, detail="it is not running")
        return program.health.ask() if program.health is not None else DriverAnswer(ok=True, detail="it runs")

    def close(self) -> None:
        """End every program this driver started and that still runs."""
        for id in list(self._running):
            self.stop(Component(id=id))

    def _process(self, id: str) -> subprocess.Popen[bytes] | None:
        process = self._running.get(id)
        if process is not None and process.poll() is not None:
            self._forget(id)
            return None
        return process

    def _forget(self, id: str) -> None:
        process = self._running.pop(id, None)
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        # The command is the host's own configuration, and no shell reads it.
        with (program.log or Path(os.devnull)).open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                program.command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    def _until_up(self, component: Component, program: Program) -> DriverAnswer:
        give_up = time.monotonic() + program.start_seconds
        while True:
            answer = self.is_healthy(component)
            ended = self._process(component.id) is None
            if answer.ok or ended or time.monotonic() > give_up:
                return DriverAnswer(ok=False, detail="it ended at once") if ended else answer
            time.sleep(_WAIT_SECONDS)
