"""The desk of a run: its terms, its people, and which command a key stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import (
    EscalationPolicy,
    IfEmpty,
    Level,
    ServiceAgreement,
    SurveyTerms,
    Unacknowledged,
    UpdateDuty,
    Wait,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError
from svcdelivery.escalation.notices import OneChannel
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import TimeSource
from svcdelivery.work import INCIDENT, REQUEST, WorkKind
from tests.desk.world import ANN, BOB, DIRECTORY, EVE, OLGA, revision

__all__ = [
    "AGREEMENT",
    "CHANNEL",
    "REFUSALS",
    "REQUESTER",
    "SETTING",
    "TENANT",
    "WRITERS_MOST",
    "Asked",
    "command_of",
    "open_desk",
    "set_up",
]

TENANT, CHANNEL = "main", "mail"
REQUESTER = ANN
REFUSALS = (TransitionRefusedError, NotFoundError, InvalidValueError)
"""What commands that write nothing are answered with."""

WRITERS_MOST = 4
_SHARED_MOST = 4
_EACH = 14

_COURSES = {
    REQUEST: "receive accept assign start post put_on_hold resume fulfill close",
    INCIDENT: "receive assign start change_priority put_on_hold resume post resolve close",
}
"""What becomes of an item, step by step."""

_BESIDE = ("post", "assign", "put_on_hold", "resume", "change_priority")
"""What everybody does with items of others, or all of them share; some of it the lifecycle refuses."""

_PAGE = EscalationPolicy(
    name="page",
    when=Unacknowledged(Wait(timedelta(minutes=5))),
    levels=(Level(targets=("role:agent",), if_empty=IfEmpty.WAIT),),
)
AGREEMENT = ServiceAgreement.of(
    revision(
        survey=SurveyTerms(reminders=(timedelta(days=3),)),
        updates=(UpdateDuty(every=timedelta(hours=4), hours="office"),),
        escalation=(_PAGE,),
    )
)


@frozen(kw_only=True)
class Asked:
    """One call of a command, the same whenever its key is asked for."""

    key: str
    kind: WorkKind
    action: str
    id: str
    by: Actor = BOB
    said: Mapping[str, Any] = field(factory=dict)

    @property
    def stream(self) -> str:
        """Of the item."""
        return self.kind.stream(self.id)

    def ask(self, desk: ServiceDesk) -> Outcome[Any]:
        """Ask it of a desk."""
        items: Any = desk.requests if self.kind is REQUEST else desk.incidents
        if self.action == "receive":
            said = {"customer": "acme", "service": "email", "requester": REQUESTER.id, "priority": "P2", **self.said}
            return items.receive(id=self.id, by=self.by, key=self.key, **said)  # type: ignore[no-any-return]
        return getattr(items, self.action)(self.id, by=self.by, key=self.key, **self.said)  # type: ignore[no-any-return]


def open_desk(store: Store, time: TimeSource) -> ServiceDesk:
    """Answer a desk whose people are told by mail."""
    return ServiceDesk(store, time=time, tenant=TENANT, directory=DIRECTORY, contacts=OneChannel(CHANNEL))


def set_up(desk: ServiceDesk) -> Iterator[Outcome[Any]]:
    """Put on record what all writers need, once: each of them asks for it, under the same keys."""
    yield desk.agreements.register(AGREEMENT, by=OLGA, key="agreement")
    for command in SETTING:
        yield command.ask(desk)


def _shared(number: int) -> str:
    return f"shared-{number}"


SETTING: tuple[Asked, ...] = tuple(
    Asked(key=f"{_shared(number)}-{action}", kind=REQUEST, action=action, id=_shared(number))
    for number in range(_SHARED_MOST)
    for action in ("receive", "accept", "start")
)


def command_of(seed: int, key: str) -> Asked:
    """Answer the command of a key `NAME-NUMBER`: a step of an item of that writer's own, or something beside it."""
    name, _, number = key.rpartition("-")
    episode, place = divmod(int(number), _EACH)
    kind, steps = _episode(seed, name, episode)
    draw = Random(f"{seed} {key}")
    match steps[place]:
        case "beside":
            # An item that somebody else is at work on, or will be, or was.
            other, at = f"writer{draw.randrange(WRITERS_MOST)}", max(0, episode - draw.randrange(2))
            where = (_episode(seed, other, at)[0], f"{other}-{at}")
            kind, id = (REQUEST, _shared(draw.randrange(_SHARED_MOST))) if draw.random() < 0.3 else where
            return _asked(key, kind, draw.choice(_BESIDE), id, draw)
        case "once more":
            return _asked(key, kind, "fulfill" if kind is REQUEST else "resolve", f"{name}-{episode}", draw)
        case step:
            return _asked(key, kind, step, f"{name}-{episode}", draw)


def _episode(seed: int, name: str, episode: int) -> tuple[WorkKind, list[str]]:
    """Answer of which kind an item is, and the steps of its course in their order, with others in between."""
    draw = Random(f"{seed} {name} {episode}")
    kind = draw.choice((REQUEST, INCIDENT))
    course = _COURSES[kind].split()
    between = ["deny", "once more", *["beside"] * (_EACH - len(course) - 2)]
    draw.shuffle(between)
    if draw.random() < 0.15:
        # Given up instead; what is left of the course is refused.
        course[draw.randrange(4, len(course))] = "cancel"
    turns = [course] * len(course) + [between] * len(between)
    draw.shuffle(turns)
    return kind, [steps.pop(0) for steps in turns]


def _asked(key: str, kind: WorkKind, step: str, id: str, draw: Random) -> Asked:
    match step:
        case "receive":
            by = draw.choice((REQUESTER, BOB))
            return Asked(key=key, kind=kind, action=step, id=id, by=by, said={"summary": f"by {key}"})
        case "deny":
            # She may not, of an item that is there or is not.
            return Asked(key=key, kind=kind, action="assign", id=id, by=EVE, said={"team": "hers"})
        case _:
            return Asked(key=key, kind=kind, action=step, id=id, said=_said(step, key, draw))


def _said(step: str, key: str, draw: Random) -> dict[str, Any]:
    match step:
        case "assign":
            return {"team": draw.choice(("desk", "network")), "assignee": draw.choice((None, "bob"))}
        case "put_on_hold":
            return {"reason": draw.choice(("customer", "supplier")), "note": key}
        case "change_priority":
            return {"priority": draw.choice(("P1", "P2", "P3")), "ground": key}
        case "post":
            return {"text": key, "internal": draw.random() < 0.3}
        case "fulfill" | "resolve":
            return {"outcome": key}
        case "cancel":
            return {"ground": key}
        case _:
            return {"note": key} if step in {"accept", "resume", "close"} else {}
