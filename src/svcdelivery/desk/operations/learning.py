"""What courses and people's training are on record, and what newcomers need in the transaction that lets them in."""

from __future__ import annotations

from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.rows import COURSES, training_row
from svcdelivery.desk.command.shelf import rows_of
from svcdelivery.identity import Actor
from svcdelivery.security import Grant, Person
from svcdelivery.storage.protocol import Record, Unit, Write
from svcdelivery.system import Audience, Course, Training, fold_training, needs_of_newcomer, training_stream
from svcdelivery.timeline import Instant

__all__ = ["audience_of", "needs_by_grant", "offered_in", "training_in"]


def offered_in(unit: Unit) -> dict[str, Course]:
    """Answer the courses on record by id."""
    return {course.id: course for course in COURSES.all(unit)}


def training_in(unit: Unit) -> Training:
    """Answer the training of everybody on record."""
    streams = [row.stream for row in rows_of(unit, "training")]
    training = fold_training(fact for stream in streams for fact in unit.journal.load(stream))
    training.courses = offered_in(unit)
    return training


def audience_of(id: str, person: Person | None, customer: str | None) -> Audience:
    """Answer what somebody is to a provider: the customer of the agreement itself, an end user of one, or staff."""
    if id == customer:
        return Audience.CUSTOMER
    return Audience.END_USER if person is not None and person.customer is not None else Audience.STAFF


def needs_by_grant(
    unit: Unit, grant: Grant, audience: Audience, *, by: Actor, now: Instant
) -> tuple[tuple[Write, ...], tuple[Record, ...]]:
    """Answer what to record, and the row, of the needs a grant raises; nothing where its holder needs nothing new."""
    stream = training_stream(grant.holder)
    facts = tuple(unit.journal.load(stream))
    training = fold_training(facts)
    training.courses = offered_in(unit)
    needs = needs_of_newcomer(training, grant.holder, audience, (grant.service,), at=now)
    if not needs:
        return (), ()
    version = facts[-1].version if facts else 0
    write = Write(stream=stream, expected=version, facts=new_facts(needs, by=by, now=now))
    return (write,), (training_row(grant.holder, version + len(needs)),)
