"""The world stories act in: the desk, the held time, one item at a time, and the tally of what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import Factory, define

from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, StatusUpdatesEnded
from svcdelivery.desk import Outcome, ServiceDesk
from svcdelivery.errors import NotPermittedError, TransitionRefusedError
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.simulator.people import Service
from svcdelivery.testing.time import HeldTime
from svcdelivery.timeline import Instant

__all__ = ["Item", "Story", "World"]

Story = Generator[Instant, None, None]
"""What somebody does, one thing after another; it yields the instant at which it goes on."""

_RETRIED = 0.015
_SOON = timedelta(seconds=30)


@define(eq=False)
class Item:
    """A request or incident as the story about it knows it.

    Attributes:
        pace: How slow everything goes; 1 is usual.
        survey: The token of the latest invitation.
        told_until: When the requester must be told the status again; None where nothing is owed.
        what: What is wrong or wanted.
        is_major: Whether it was declared a major incident.
    """

    kind: str
    id: str
    service: Service
    requester: str
    random: Random
    pace: float = 1.0
    assignee: str = ""
    priority: str = "P3"
    survey: str = ""
    told_until: Instant | None = None
    goals: dict[str, timedelta] = Factory(dict)
    hours: dict[str, ServiceHours] = Factory(dict)
    commands: int = 0
    what: str = ""
    is_major: bool = False

    @property
    def user(self) -> Actor:
        """The end user it is for."""
        return Actor.end_user(self.requester)

    @property
    def staff(self) -> Actor:
        """Who works on it."""
        return Actor.staff(self.assignee)


class World:
    """What stories share.

    Attributes:
        troubles: Resolved incidents by service and what was wrong, the earliest first.
        workarounds: The known error whose workaround helps, by service and what is wrong.
    """

    def __init__(self, desk: ServiceDesk, time: HeldTime, random: Random) -> None:
        self.desk = desk
        self.time = time
        self.random = random
        self.counts: Counter[str] = Counter()
        self.troubles: dict[tuple[str, str], list[Item]] = {}
        self.workarounds: dict[tuple[str, str], str] = {}

    @property
    def now(self) -> Instant:
        """The simulated instant."""
        return self.time.now()

    def later(self, **duration: float) -> Instant:
        """Answer the instant so much wall time from now."""
        return datetime.__add__(self.now, timedelta(**duration))

    def side(self, item: Item) -> Any:
        """Answer the part of the desk that has the item's kind of work."""
        return self.desk.requests if item.kind == "request" else self.desk.incidents

    def act(self, item: Item, action: str, *, by: Actor, **said: Any) -> Outcome[Any]:
        """Run a command on the item, now and then twice, as programs do that lost the first answer."""
        item.commands += 1
        key = f"{item.id}/{item.commands}"
        outcome = self.ask(lambda: getattr(self.side(item), action)(item.id, by=by, key=key, **said))
        self.counts[_counted(action, said)] += 1
        self.note(item, outcome)
        return outcome

    def ask(self, command: Callable[[], Outcome[Any]]) -> Outcome[Any]:
        """Run a command and, now and then, ask for it again; the second answer must be the first one."""
        outcome = command()
        self.counts["commands"] += 1
        if self.random.random() < _RETRIED:
            again = command()
            assert again.replayed, "a key asked again is answered, not run"
            assert again.facts == outcome.facts, "the first answer stands"
            self.counts["commands asked again"] += 1
        return outcome

    def note(self, item: Item, outcome: Outcome[Any]) -> None:
        """Keep what the outcome says about the item's duties."""
        own = f"{item.kind}:{item.id}"
        for fact in (fact for fact in outcome.facts if fact.stream == own):
            match fact.body:
                case StatusUpdateDue(due_at=due_at):
                    item.told_until = due_at
                case StatusUpdatesEnded() | StatusUpdateMissed():
                    item.told_until = None
                case SurveyInvited(token=token):
                    item.survey = token
                    self.counts["surveys sent"] += 1
                case _:
                    pass

    def refused(self, kind: str, command: Callable[[], Outcome[Any]]) -> None:
        """Run what the desk must refuse, and count why it did."""
        try:
            command()
        except NotPermittedError as error:
            self.counts[f"refused: {error.reasons[0].replace('_', ' ')}"] += 1
        except TransitionRefusedError:
            self.counts[f"refused: {kind}"] += 1
        else:
            raise AssertionError(f"the desk allowed what it had to refuse: {kind}")

    def wait(self, item: Item, until: Instant) -> Story:
        """Let time pass and meanwhile tell the requester the status in time, or forget to."""
        while item.told_until is not None and item.told_until < until:
            if item.random.random() < 0.1 * item.pace:
                break
            early = timedelta(minutes=item.random.uniform(2, 15))
            yield max(datetime.__sub__(item.told_until, early), datetime.__add__(self.now, _SOON))
            owed = item.told_until
            self.act(item, "post", by=item.staff, text=item.random.choice(_STILL))
            if item.told_until == owed:
                break
        yield max(until, self.now)

    def spend(self, item: Item, measure: str, share: float) -> Instant:
        """Answer the instant at which so much of the measure's goal has passed in its service hours."""
        goal = max(item.goals[measure] * share, timedelta(seconds=40))
        hours = item.hours.get(measure)
        return hours.add(self.now, goal) if hours is not None else datetime.__add__(self.now, goal)


_STILL = (
    "We are still on it.",
    "No news yet, we will write again.",
    "The cause is narrowed down.",
    "We wait for a part and will tell you as soon as it is here.",
)
_DONE = {
    "accept": "requests accepted", "answer_survey": "surveys answered", "assign": "assigned", "cancel": "cancelled",
    "change_priority": "priorities changed", "close": "closed", "declare_major": "major incidents declared",
    "fulfill": "requests fulfilled", "link": "incidents linked to problems",
    "reject": "requests rejected", "reopen": "reopened", "resolve": "incidents resolved", "resume": "resumed",
    "stand_down": "major incidents stood down", "start": "started",
}  # fmt: skip


def _counted(action: str, said: dict[str, Any]) -> str:
    if action == "post":
        return "internal notes" if said.get("internal") else "messages"
    if action == "put_on_hold":
        return f"put on hold: {said['reason']}"
    return _DONE[action]
