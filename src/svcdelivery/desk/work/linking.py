"""What a command on one item tells the items and problems linked to it, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.clock import read_clocks
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.rows import PROBLEMS, work_row
from svcdelivery.desk.work.duties import timers_of
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    Absorbed,
    Incident,
    Linked,
    LinkKind,
    Resolved,
    SurvivorMoved,
    Work,
    causes_of,
    fold_work,
    kind_of_stream,
    still_valid,
)
from svcdelivery.work.problem import (
    IncidentLinked,
    IncidentUnlinked,
    ProblemRecord,
    ProblemStatus,
    WorkaroundApplied,
    WorkaroundReleased,
    fold_problem,
    problem_stream,
)

__all__ = ["Told", "link_to", "linked_beside", "told_others", "told_problems", "workaround_in_place"]


@frozen
class Told:
    """A linked item, or a problem, and what it is told."""

    stream: str
    facts: tuple[Fact[Any], ...]
    bodies: tuple[Any, ...]

    def write(self, *, by: Actor, now: Instant) -> Write:
        """Answer the write that tells it; not before what is on record of it."""
        last = self.facts[-1]
        at = max(now, last.occurred_at)
        return Write(stream=self.stream, expected=last.version, facts=new_facts(self.bodies, by=by, now=at))

    def written(
        self, engine: Engine, unit: Unit, recorded: Sequence[Fact[Any]], now: Instant
    ) -> tuple[Record, list[Due]]:
        """Answer the item's row and timers once the fact is recorded."""
        facts = (*self.facts, *(fact for fact in recorded if fact.stream == self.stream))
        kind = kind_of_stream(self.stream)
        if kind is None:
            problem = fold_problem(facts)
            assert problem is not None, "recorded facts fold"
            return PROBLEMS.row(problem), []
        work = fold_work(facts)
        assert work is not None, "recorded facts fold"
        record = engine.agreement(unit, work.agreement) if work.agreement else None
        now, agreement = max(now, facts[-1].occurred_at), None if record is None else record.agreement
        readings = () if agreement is None else read_clocks(agreement, facts, now)
        return work_row(kind, work), timers_of(agreement, facts, readings, unit.timers.of(self.stream), now=now)


def link_to(unit: Unit, stream: str, facts: Sequence[Fact[Any]], *, kind: LinkKind, to: str, ground: str) -> Linked:
    """Answer the fact that links an item to another one, or to the problem that caused it.

    Raises:
        InvalidValueError: To itself, where one of the two has another item that stands for it already, or to a problem
            that was given up.
        NotFoundError: There is no such item.
    """
    if to == stream:
        raise InvalidValueError(what="another item", value=to, path="to")
    if kind is LinkKind.CAUSED_BY and stream.startswith("incident:") and to.startswith(problem_stream("")):
        problem = _problem(unit, to)
        if problem.status is ProblemStatus.CANCELLED:
            raise InvalidValueError(what="a problem that was not given up", value=to, path="to")
        return Linked(kind=kind, item=to, received_at=problem.recorded_at, ground=ground)
    other = tuple(unit.journal.load(to)) if kind_of_stream(to) is not None else ()
    work = fold_work(other)
    if work is None:
        raise NotFoundError(what="item", id=to)
    if kind.absorbs:
        for item, known in ((stream, facts), (to, other)):
            survivor = _survivor(known)
            if survivor is not None:
                hint = f"it is a part of `{survivor}` already"
                raise InvalidValueError(what="an item that stands for itself", value=item, path="to", hint=hint)
    return Linked(kind=kind, item=to, received_at=work.received_at, ground=ground)


def told_others(
    unit: Unit, stream: str, before: Sequence[Fact[Any]], *, work: Work, was: Work, body: Any
) -> list[Told]:
    """Answer what other items are told of a command: the survivor of its link, those absorbed of its end.

    Args:
        before: The item's facts without the command's; `was` is the record they tell, `work` the one with it.
    """
    if isinstance(body, Linked):
        absorbed = Absorbed(item=stream, received_at=work.received_at)
        return [Told(body.item, tuple(unit.journal.load(body.item)), (absorbed,))] if body.kind.absorbs else []
    is_done = was.phase.is_open and work.phase in (Phase.DONE, Phase.CLOSED)
    if not is_done and not (work.phase.is_open and not was.phase.is_open):
        return []
    moved = SurvivorMoved(item=stream, is_done=is_done)
    return [Told(item, tuple(unit.journal.load(item)), (moved,)) for item in _absorbed(before)]


def workaround_in_place(unit: Unit, id: str) -> str:
    """Answer the stream of a problem whose workaround may resolve an incident now.

    Raises:
        NotFoundError: There is no such problem.
        InvalidValueError: It has no workaround, or is resolved: then its fix is to be used.
    """
    stream = problem_stream(id)
    problem = _problem(unit, stream)
    if not problem.phase.is_open or not problem.workaround:
        status = problem.status.value.replace("_", " ")
        hint = "document one first" if problem.phase.is_open else f"it is {status}"
        raise InvalidValueError(what="a problem with a workaround in place", value=id, path="workaround_of", hint=hint)
    return stream


def linked_beside(unit: Unit, facts: Sequence[Fact[Any]], body: Any) -> list[Any]:
    """Answer the link that stands beside a resolution by a workaround, where there is none yet."""
    if not isinstance(body, Resolved) or not body.workaround_of or body.workaround_of in causes_of(facts):
        return []
    problem = _problem(unit, body.workaround_of)
    cause, ground = LinkKind.CAUSED_BY, "resolved by its workaround"
    return [Linked(kind=cause, item=body.workaround_of, received_at=problem.recorded_at, ground=ground)]


def told_problems(
    unit: Unit, stream: str, before: Sequence[Fact[Any]], after: Sequence[Fact[Any]], *, work: Work, was: Work
) -> list[Told]:
    """Answer what problems are told of a command: incidents they caused, and incidents that rest on a workaround.

    Read from how the incident stands before and after, so that corrections are told as well.
    """
    if not isinstance(work, Incident) or not isinstance(was, Incident):
        return []
    told: dict[str, list[Any]] = {}
    had, has = causes_of(before), causes_of(after)
    for problem in has:
        if problem not in had:
            told.setdefault(problem, []).append(IncidentLinked(item=stream, received_at=work.received_at))
    for problem in had:
        if problem not in has:
            told.setdefault(problem, []).append(IncidentUnlinked(item=stream))
    if was.rests_on != work.rests_on:
        if was.rests_on:
            told.setdefault(was.rests_on, []).append(WorkaroundReleased(item=stream))
        if work.rests_on:
            told.setdefault(work.rests_on, []).append(WorkaroundApplied(item=stream))
    problems = {name: bodies for name, bodies in told.items() if name.startswith(problem_stream(""))}
    return [Told(name, tuple(unit.journal.load(name)), tuple(bodies)) for name, bodies in problems.items()]


def _problem(unit: Unit, stream: str) -> ProblemRecord:
    problem = fold_problem(unit.journal.load(stream))
    if problem is None:
        raise NotFoundError(what="problem", id=stream.partition(":")[2])
    return problem


def _absorbed(facts: Sequence[Fact[Any]]) -> Iterator[str]:
    valid = (fact.body for fact in still_valid(facts))
    yield from dict.fromkeys(body.item for body in valid if isinstance(body, Absorbed))


def _survivor(facts: Sequence[Fact[Any]]) -> str | None:
    bodies = [fact.body for fact in still_valid(facts) if isinstance(fact.body, Linked)]
    return next((body.item for body in bodies if body.kind.absorbs), None)
