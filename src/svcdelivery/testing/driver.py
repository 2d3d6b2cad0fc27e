"""A driver without anything behind it, for tests: it does what it was told to and remembers what it was asked."""

from __future__ import annotations

from svcdelivery.system import Component, DriverAnswer, Output

__all__ = ["FakeDriver"]


class FakeDriver:
    """Operates nothing.

    Attributes:
        asked: What it was asked, in order, such as `start web`.
        answers: Answers to give instead of success, by what is asked.
        outputs: What each component puts out, by its id.
        up: Components it was told to start and not to stop.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, DriverAnswer] = {}
        self.outputs: dict[str, tuple[Output, ...]] = {}
        self.up: set[str] = set()

    def start(self, component: Component) -> DriverAnswer:
        """Take it for up."""
        answer = self._asked(f"start {component.id}", "it is up")
        if answer.ok:
            self.up.add(component.id)
        return answer

    def stop(self, component: Component) -> DriverAnswer:
        """Take it for down."""
        answer = self._asked(f"stop {component.id}", "it is down")
        if answer.ok:
            self.up.discard(component.id)
        return answer

    def supply(self, component: Component, data: str) -> DriverAnswer:
        """Take it in."""
        return self._asked(f"supply {component.id} {data}", "taken")

    def control(self, component: Component, command: str) -> DriverAnswer:
        """Take it for done."""
        return self._asked(f"control {component.id} {command}", "done")

    def collect(self, component: Component) -> tuple[Output, ...]:
        """Answer what was put into `outputs`."""
        self._asked(f"collect {component.id}", "")
        return self.outputs.get(component.id, ())

    def is_healthy(self, component: Component) -> DriverAnswer:
        """Answer whether it is up."""
        known = self.answers.get(f"check {component.id}")
        self.asked.append(f"check {component.id}")
        return known or DriverAnswer(ok=component.id in self.up, detail="up" if component.id in self.up else "down")

    def _asked(self, what: str, detail: str) -> DriverAnswer:
        self.asked.append(what)
        return self.answers.get(what, DriverAnswer(ok=True, detail=detail))
