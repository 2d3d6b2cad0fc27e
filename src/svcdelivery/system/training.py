"""Training and orientation: who needs to learn what, who has, and until when it counts.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 2
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from attrs import define, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.timeline import Instant, format_duration, to_instant

__all__ = [
    "Course",
    "CourseCompleted",
    "CourseOffered",
    "Need",
    "NeedRaised",
    "NeedWithdrawn",
    "Audience",
    "Training",
    "complete",
    "course_stream",
    "fold_training",
    "needs_of_newcomer",
    "training_stream",
]


class Audience(Enum):
    """Whom a course is for; customers and end users are oriented, staff are trained."""

    STAFF = "staff"
    CUSTOMER = "customer"
    END_USER = "end_user"


@frozen(kw_only=True)
class Course:
    """Something to learn.

    Attributes:
        qualifies_for: Qualifications it gives; procedures ask for them.
        audience: Whom it is for.
        on_joining: Whether everybody of the audience needs it once they may use or deliver one of the services.
        services: The services it is about; empty for all.
        valid_for: How long it counts, wall time from its completion; None for good.
        due_within: How soon a need must be met, wall time from when it was raised.
    """

    id: str = field(converter=identifier)
    title: str = ""
    audience: Audience = field(default=Audience.STAFF, converter=Audience)
    qualifies_for: frozenset[str] = field(default=frozenset(), converter=names)
    on_joining: bool = False
    services: frozenset[str] = field(default=frozenset(), converter=names)
    valid_for: timedelta | None = None
    due_within: timedelta = timedelta(days=30)

    def __attrs_post_init__(self) -> None:
        for name, value in (("valid_for", self.valid_for), ("due_within", self.due_within)):
            if value is not None and value <= timedelta(0):
                problem = "it must be longer than nothing"
                raise InvalidDurationError(value=format_duration(value), path=name, problem=problem)


def course_stream(id: str) -> str:
    """Answer the name of the stream that holds the forms of a course."""
    return f"course:{id}"


def training_stream(person: str) -> str:
    """Answer the name of the stream that holds what a person needs to learn and has learned."""
    return f"training:{person}"


@fact_type("training.course_offered/1")
@frozen
class CourseOffered:
    """A course is offered, in this form from now on."""

    course: Course


@fact_type("training.need_raised/1")
@frozen(kw_only=True)
class NeedRaised:
    """A person needs a course."""

    person: str
    course: str
    ground: str
    due_at: Instant = field(converter=to_instant)


@fact_type("training.need_withdrawn/1")
@frozen(kw_only=True)
class NeedWithdrawn:
    """A person does not need a course after all."""

    person: str
    course: str
    ground: str


@fact_type("training.completed/1")
@frozen(kw_only=True)
class CourseCompleted:
    """A person completed a course.

    Attributes:
        expires_at: From when it counts no more; None for good.
        qualifies_for: What it qualified for then; a course that changes later takes nothing away.
    """

    person: str
    course: str
    completed_at: Instant = field(converter=to_instant)
    expires_at: Instant | None = None
    qualifies_for: frozenset[str] = frozenset()
    evidence: str = ""


@frozen(kw_only=True)
class Need:
    """Something a person still has to learn, or to learn again.

    Attributes:
        is_overdue: Whether it should have been met by the instant asked for.
    """

    person: str
    course: str
    ground: str
    due_at: Instant
    is_overdue: bool


@define
class Training:
    """What people have to learn and have learned, as the facts tell it."""

    courses: dict[str, Course]
    needs: dict[tuple[str, str], NeedRaised]
    completions: list[CourseCompleted]

    def qualified(self, person: str, qualification: str, at: datetime) -> bool:
        """Answer whether a person has a qualification at an instant; at the instant it expires it is gone."""
        when = to_instant(at)
        return any(
            done.person == person
            and qualification in done.qualifies_for
            and done.completed_at <= when
            and (done.expires_at is None or when < done.expires_at)
            for done in self.completions
        )

    def due(self, at: datetime, *, warn: timedelta = timedelta(0)) -> tuple[Need, ...]:
        """Answer what is still to be learned by an instant, earliest due first.

        A need is met by a completion after it was raised or one that still counts; one that expires is needed again,
        and shown `warn` before.
        """
        when = to_instant(at)
        found = [
            self._need(raised.person, raised.course, raised.ground, raised.due_at, when)
            for raised in self.needs.values()
            if self.latest(raised.person, raised.course) is None
        ]
        for person, course in sorted({(done.person, done.course) for done in self.completions}):
            latest = self.latest(person, course)
            if latest is not None and latest.expires_at is not None and latest.expires_at <= when + warn:
                found.append(self._need(person, course, "it expires", latest.expires_at, when))
        return tuple(sorted(found, key=lambda need: (need.due_at, need.person, need.course)))

    def _need(self, person: str, course: str, ground: str, due_at: Instant, at: Instant) -> Need:
        return Need(person=person, course=course, ground=ground, due_at=due_at, is_overdue=due_at <= at)

    def latest(self, person: str, course: str) -> CourseCompleted | None:
        """Answer when a person completed a course last, None where they never did."""
        done = [one for one in self.completions if (one.person, one.course) == (person, course)]
        return max(done, key=lambda one: one.completed_at, default=None)


def fold_training(facts: Iterable[Fact[Any]]) -> Training:
    """Answer what the facts of courses and people tell."""
    training = Training({}, {}, [])
    for fact in facts:
        match fact.body:
            case CourseOffered(course=course):
                training.courses[course.id] = course
            case NeedRaised() as raised:
                training.needs.setdefault((raised.person, raised.course), raised)
            case NeedWithdrawn(person=person, course=id):
                training.needs.pop((person, id), None)
            case CourseCompleted() as done:
                training.completions.append(done)
            case _:  # what else stands in these streams
                pass
    return training


def complete(course: Course, person: str, *, at: datetime, evidence: str) -> CourseCompleted:
    """Answer the fact that a person completed a course.

    Raises:
        InvalidValueError: Nothing shows it.
    """
    if not evidence.strip():
        raise InvalidValueError(what="evidence", value=evidence, path="evidence", hint="say what shows it")
    when = to_instant(at)
    expires = None if course.valid_for is None else to_instant(datetime.__add__(when, course.valid_for))
    return CourseCompleted(
        person=identifier(person, "a person"),
        course=course.id,
        completed_at=when,
        expires_at=expires,
        qualifies_for=course.qualifies_for,
        evidence=evidence,
    )


def needs_of_newcomer(
    training: Training, person: str, audience: Audience, services: Iterable[str], *, at: datetime
) -> tuple[NeedRaised, ...]:
    """Answer the needs of somebody who may use or deliver services from now on, those they had before left out.

    Raises nothing for a person who has completed a course that still counts.
    """
    when, wanted = to_instant(at), frozenset(services)
    needs = []
    for course in sorted(training.courses.values(), key=lambda one: one.id):
        concerns = not course.services or course.services & wanted
        if not course.on_joining or course.audience is not audience or not concerns:
            continue
        latest = training.latest(person, course.id)
        counts = latest is not None and (latest.expires_at is None or when < latest.expires_at)
        if not counts and (person, course.id) not in training.needs:
            due_at = to_instant(datetime.__add__(when, course.due_within))
            about = ", ".join(sorted(course.services & wanted or wanted)) or "every service"
            needs.append(
                NeedRaised(person=person, course=course.id, ground=f"newly authorized: {about}", due_at=due_at)
            )
    return tuple(needs)
