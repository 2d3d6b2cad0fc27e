"""Training and orientation at the desk: courses, who needs them, who completed them, and what they qualify for.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import COURSES, training_row
from svcdelivery.desk.operations.learning import offered_in, training_in
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, in_words
from svcdelivery.identity import Actor, identifier
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    Audience,
    Course,
    CourseOffered,
    Need,
    NeedRaised,
    NeedWithdrawn,
    Training,
    complete,
    course_stream,
    fold_training,
    needs_of_newcomer,
    training_stream,
)
from svcdelivery.timeline import Instant, to_instant

__all__ = ["TrainingDesk"]


class TrainingDesk:
    """What staff are trained in, and customers and end users are given orientation about.

    Whoever is given access by `desk.access` needs what newcomers of their kind need; for people who get it otherwise,
    such as by a role in the host's directory, ask `welcome`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- asking --------------------------------------------------------------------------------------------------------

    def courses(self) -> tuple[Course, ...]:
        """Answer the courses that are offered, as they are now, by id."""
        with self._engine.read_unit() as unit:
            return tuple(offered_in(unit).values())

    def of(self, person: str) -> Training:
        """Answer what a person has to learn and has learned; empty for somebody nothing is on record of."""
        with self._engine.read_unit() as unit:
            training = fold_training(unit.journal.load(training_stream(person)))
            training.courses = offered_in(unit)
        return training

    def qualified(self, person: str, qualification: str, *, at: datetime | None = None) -> bool:
        """Answer whether a person has a qualification now, or at an instant."""
        return self.of(person).qualified(person, qualification, at or self._engine.time.now())

    def due(self, *, at: datetime | None = None, warn: timedelta = timedelta(0)) -> tuple[Need, ...]:
        """Answer what anybody has still to learn, or to learn again, earliest due first.

        Args:
            warn: How long before it expires a completion is told.
        """
        with self._engine.read_unit() as unit:
            when = to_instant(at or self._engine.now(unit))
            return training_in(unit).due(when, warn=warn)

    # -- commanding ----------------------------------------------------------------------------------------------------

    def offer(self, course: Course, *, by: Actor, key: str) -> Outcome[Course]:
        """Put a course, or its new form, on record; one that is there already is left as it is."""
        ask = Ask(action="offer", id=course.id, by=by, key=key, said={"course": course})

        def make(known: Course | None, _unit: Unit, _now: Instant) -> Said[Course]:
            return Said(() if known == course else (CourseOffered(course),))

        return act(self._engine, _COURSE, ask, make, creates=True)

    def need(
        self, person: str, course: str, *, ground: str, due_at: datetime | None = None, by: Actor, key: str
    ) -> Outcome[Training]:
        """Say that a person needs a course, by default within the time the course gives.

        Raises:
            NotFoundError: No such course is offered.
            InvalidValueError: No ground, or the need stands already.
        """
        due = None if due_at is None else to_instant(due_at)
        ask = Ask(action="need", id=person, by=by, key=key, said={"course": course, "ground": ground, "due_at": due})

        def make(known: Training, offered: Course, now: Instant) -> tuple[NeedRaised, ...]:
            in_words(ground, "ground", what="a ground")
            if (person, course) in known.needs:
                raise InvalidValueError(what="a new need", value=course, path="course", problem="it stands already")
            until = due or to_instant(datetime.__add__(now, offered.due_within))
            return (NeedRaised(person=person, course=course, ground=ground, due_at=until),)

        return self._on_course(ask, course, make)

    def withdraw(self, person: str, course: str, *, ground: str, by: Actor, key: str) -> Outcome[Training]:
        """Say that a person does not need a course after all.

        Raises:
            InvalidValueError: No ground, or there is no such need.
        """
        ask = Ask(action="withdraw", id=person, by=by, key=key, said={"course": course, "ground": ground})

        def make(known: Training, _offered: Course, _now: Instant) -> tuple[NeedWithdrawn, ...]:
            in_words(ground, "ground", what="a ground")
            if (person, course) not in known.needs:
                raise InvalidValueError(what="a need that stands", value=course, path="course")
            return (NeedWithdrawn(person=person, course=course, ground=ground),)

        return self._on_course(ask, course, make)

    def complete(
        self, person: str, course: str, *, evidence: str, at: datetime | None = None, by: Actor, key: str
    ) -> Outcome[Training]:
        """Say that a person completed a course, now or before, and what shows it.

        Raises:
            NotFoundError: No such course is offered.
            InvalidValueError: Nothing shows it, it is still to come, or `by` is the person.
        """
        done = None if at is None else to_instant(at)
        ask = Ask(
            action="complete", id=person, by=by, key=key, said={"course": course, "evidence": evidence, "at": done}
        )

        def make(_known: Training, offered: Course, now: Instant) -> tuple[Any, ...]:
            if by.id == person:
                raise InvalidValueError(
                    what="somebody else", value=str(by), path="by", problem="nobody attests their own training"
                )
            if done is not None and done > now:
                raise InvalidValueError(what="an instant gone by", value=str(done), path="at")
            return (complete(offered, person, at=done or now, evidence=evidence),)

        return self._on_course(ask, course, make)

    def welcome(
        self, person: str, *, audience: Audience, services: Iterable[str], by: Actor, key: str
    ) -> Outcome[Training]:
        """Raise the needs of somebody who may use or deliver services from now on, but those they have already."""
        wanted = tuple(sorted(set(services)))
        said = {"audience": audience.value, "services": "\n".join(wanted)}
        ask = Ask(action="welcome", id=person, by=by, key=key, said=said)

        def make(known: Training | None, unit: Unit, now: Instant) -> Said[Training]:
            training = known or fold_training(())
            training.courses = offered_in(unit)
            return Said(needs_of_newcomer(training, person, audience, wanted, at=now))

        return act(self._engine, _person(person), ask, make, creates=True)

    def _on_course(
        self, ask: Ask, course: str, make: Callable[[Training, Course, Instant], tuple[Any, ...]]
    ) -> Outcome[Training]:
        def said(known: Training | None, unit: Unit, now: Instant) -> Said[Training]:
            offered = offered_in(unit).get(course)
            if offered is None:
                raise NotFoundError(what="course", id=course)
            return Said(make(known or fold_training(()), offered, now))

        return act(self._engine, _person(ask.id), ask, said, creates=True)


def _person(person: str) -> Aggregate[Training]:
    identifier(person, "a person")
    return Aggregate("training of", "training", training_stream, fold_training, lambda _: training_row(person))


def _course(facts: Iterable[Fact[Any]]) -> Course | None:
    found = [fact.body.course for fact in facts if isinstance(fact.body, CourseOffered)]
    return found[-1] if found else None


_COURSE: Aggregate[Course] = Aggregate("course", "course", course_stream, _course, COURSES.row)
