"""What a revision asks of one kind of work, put together once: which step may change which clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from svcdelivery.agreement import AgreementRevision
from svcdelivery.clock.applying import Promises
from svcdelivery.clock.asking import attributes_along
from svcdelivery.clock.course import Course
from svcdelivery.clock.linking import LINK_SIGNALS
from svcdelivery.clock.segments import Segment, rests_of
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Standing, Step, WorkKind

__all__ = ["Program", "program_of"]

# Within one of these, a step without a signal of a measure changes nothing for it.
_STRETCH = {Phase.NEW: 0, Phase.ACTIVE: 1, Phase.HELD: 1, Phase.DONE: 2, Phase.CLOSED: 3, Phase.CANCELLED: 4}


def program_of(revision: AgreementRevision, kind: WorkKind) -> Program:
    """Answer the revision's program for a kind of work, the same one each time."""
    key = ("program", kind.name)
    program: Program | None = revision.derived.get(key)
    if program is None:
        program = revision.derived[key] = Program(revision, kind)
    return program


class Program:
    """The measures a revision has targets for, and which of them each signal may concern.

    Attributes:
        excludes: Whether any target leaves excluded time out.
    """

    def __init__(self, revision: AgreementRevision, kind: WorkKind) -> None:
        names = dict.fromkeys(target.measure for target in revision.targets)
        self.promises = [Promises(revision, kind, revision.measure(name)) for name in names]
        self.excludes = any(target.excludes for target in revision.targets)
        self._asks_attributes = any(promises.rules.asks_attributes for promises in self.promises)
        self._concerned: dict[str, list[int]] = {}
        self._always = [index for index, promises in enumerate(self.promises) if promises.rules.signals is None]
        for index, promises in enumerate(self.promises):
            for signal in (*(promises.rules.signals or ()), *LINK_SIGNALS):
                self._concerned.setdefault(signal, []).append(index)

    def courses(
        self, steps: Sequence[Step], only: Collection[int] | None = None
    ) -> Iterator[tuple[int, Promises, list[Course], list[Segment]]]:
        """Answer for each measure its number, its cycles along the steps, and when the measure itself stands still.

        Args:
            only: The numbers of those that are asked for; None for all.
        """
        attributes = attributes_along(steps) if self._asks_attributes else {}
        for index, (promises, concerned) in enumerate(zip(self.promises, self._shared_out(steps), strict=True)):
            if only is not None and index not in only:
                continue
            rules = promises.rules
            courses = promises.courses(steps, concerned, attributes)
            rests = rests_of(rules.standstills(steps, attributes), rules.name) if rules.pause is not None else []
            yield index, promises, courses, rests

    def _shared_out(self, steps: Sequence[Step]) -> list[Sequence[Step]]:
        """Answer for each measure, in one pass, the steps at which something may change for it."""
        found: list[list[Step]] = [[] for _ in self.promises]
        concerned, always = self._concerned, self._always
        stands: Standing | None = None
        stretch = -1
        for step in steps:
            if step.stands is not stands:
                stands = step.stands
                here = _STRETCH[stands.phase]
                if here != stretch:
                    stretch = here
                    for some in found:
                        some.append(step)
                    continue
            for signal in step.signals:
                for index in concerned.get(signal, ()):
                    if not found[index] or found[index][-1] is not step:
                        found[index].append(step)
            for index in always:
                if not found[index] or found[index][-1] is not step:
                    found[index].append(step)
        return list(found)
