"""Clocks of work that follows one revision after another, since an amendment applies to what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from attrs import evolve

from svcdelivery.agreement import AgreementRevision, Followed, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock.applying import shown_choice
from svcdelivery.clock.asking import Attributes, attributes_along
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.carrying import Part, reckon_parts
from svcdelivery.clock.counting import Counting, counting_of
from svcdelivery.clock.course import Course
from svcdelivery.clock.due import Reckoned, Span
from svcdelivery.clock.excluding import excluding, exclusions_of
from svcdelivery.clock.judged import judged, unjudged
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.segments import Segment, rests_of, segments_of
from svcdelivery.clock.turns import InTurn, Piece, Turns, turns_of
from svcdelivery.clock.verdict import ClockPhase
from svcdelivery.errors import InvalidValueError, NotCoveredError
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import Step, WorkKind

__all__ = ["Amended"]


class Amended:
    """The clocks of one item along the revisions it follows.

    Args:
        followed: Those that apply by `now`.
        steps: Those of the item up to `now`.
        holds: The holds of the item.
        suspended: The time every clock of the agreement stands still.
    """

    def __init__(
        self,
        agreement: ServiceAgreement,
        followed: Sequence[Followed],
        steps: Sequence[Step],
        *,
        kind: WorkKind,
        holds: Sequence[Segment],
        suspended: Sequence[Segment],
        now: Instant,
    ) -> None:
        key = ("turns", kind.name, str(followed[0].revision.number), str(len(followed)))
        turns: list[Turns] | None = agreement.derived.get(key)
        if turns is None:
            turns = agreement.derived[key] = turns_of(followed, kind)
        self._agreement, self._measures = agreement, turns
        self._steps, self._holds, self._suspended, self._now = steps, holds, suspended, now
        asked = any(measure.asks_attributes for measure in turns)
        self._attributes: Attributes = attributes_along(steps) if asked else {}

    def readings(self) -> Iterator[ClockReading]:
        """Answer every clock, in the order of the targets of the latest terms."""
        for turns in self._measures:
            for course in turns.courses(self._steps, self._attributes):
                terms = turns.applied(self._steps, course)
                if terms.target is None:
                    continue
                if terms.start is None:
                    yield unjudged(terms.target, self._now, phase=ClockPhase.WAITING, cycle=course.cycle)
                elif not terms.pieces or course.cancelled is not None:
                    started, cycle = from_micros(terms.start), course.cycle
                    yield unjudged(terms.target, self._now, phase=ClockPhase.CANCELLED, started_at=started, cycle=cycle)
                else:
                    yield self._judged(course, terms)

    def _judged(self, course: Course, terms: InTurn) -> ClockReading:
        stopped, pieces = course.stopped, terms.pieces
        end = stopped.micros if stopped is not None else to_micros(self._now)
        ends = [*(piece.since for piece in pieces[1:]), end]
        parts = [self._part(course, piece, until, terms.chosen_at) for piece, until in zip(pieces, ends, strict=True)]
        found: Reckoned | None = None
        findings: tuple[str, ...] = ()
        try:
            found = reckon_parts(parts, self._steps)
        except (NotCoveredError, InvalidValueError) as error:
            findings = (str(error),)
        whole = Span(parts[-1].span.segments, parts[0].span.start, end, parts[-1].span.paused)
        basis = self._basis(terms, parts)
        return judged(pieces[-1].target, course, self._now, found, whole, findings=findings, basis=basis)

    def _part(self, course: Course, piece: Piece, until: int, scope: Step) -> Part:
        rules, target, revision = piece.promises.rules, piece.target, piece.promises.revision
        rests = rests_of(rules.standstills(self._steps, self._attributes), rules.name) if rules.pause else []
        segments, held = segments_of(
            course, self._holds, rests, target.pause_on, start=piece.since, end=until, suspended=self._suspended
        )
        span = Span(segments, piece.since, until, held and course.stopped is None)
        return Part(target, self._counting(revision, target, scope), revision.service_hours(target.hours), span)

    def _counting(self, revision: AgreementRevision, target: ServiceLevelTarget, scope: Step) -> Counting:
        counting = counting_of(revision, target)
        if not target.excludes:
            return counting
        excluded = exclusions_of(self._agreement, revision, self._steps, to_micros(self._now))
        return excluding(counting, target, excluded, scope.service)

    def _basis(self, terms: InTurn, parts: Sequence[Part]) -> Basis:
        of_parts = [self._basis_of(terms, *pair) for pair in zip(terms.pieces, parts, strict=True)]
        return evolve(of_parts[-1], earlier=tuple(of_parts[:-1]))

    def _basis_of(self, terms: InTurn, piece: Piece, part: Part) -> Basis:
        return Basis(
            revision=piece.promises.revision,
            target=part.target,
            counting=part.counting,
            span=part.span,
            choice=partial(shown_choice, piece.promises, terms.chosen_at),
            steps=self._steps,
            chosen_at=terms.chosen_at,
        )
