"""Second looks at measures: conditions nobody can meet, and those that contradict one another."""

from __future__ import annotations

from collections.abc import Iterator

from svcdelivery.agreement.condition import Condition, PartIs, Signaled
from svcdelivery.agreement.measure import SIGNALS, STATUSES, Measure
from svcdelivery.agreement.warning import warning
from svcdelivery.agreement.worlds import World, holds_in, worlds_of
from svcdelivery.documents import Code
from svcdelivery.errors import Problem, quoted

__all__ = ["lint_measure"]


def lint_measure(measure: Measure) -> Iterator[Problem]:
    """Answer what is hardly meant about a measure of the agreement's own."""
    at = ("measures", measure.name)
    unknown = False
    for key, condition in measure.conditions:
        for problem in _unknown_names((*at, key), condition):
            unknown = True
            yield problem
    worlds = worlds_of(condition for _, condition in measure.conditions)
    if worlds is None or unknown:
        # What a fact of the user's own tells cannot be judged.
        return
    for key, condition in measure.conditions:
        if not any(map(holds_in(condition), worlds)):
            hint = "nothing can be all of it at once: say `any`, or leave it out"
            yield warning(Code.NEVER_MET, (*at, key), f"no fact can meet {quoted(str(condition))}", hint)
            return
    yield from _starts(at, measure, worlds)
    yield from _pauses(at, measure, worlds)


def _unknown_names(at: tuple[str, ...], condition: Condition) -> Iterator[Problem]:
    named: frozenset[str]
    known: tuple[str, ...]
    for leaf in condition.leaves():
        if isinstance(leaf, Signaled):
            named, known, what = leaf.signals, SIGNALS, "signal"
        elif isinstance(leaf, PartIs) and leaf.part == "status":
            named, known, what = leaf.values, STATUSES, "status"
        else:
            continue
        for name in sorted(named.difference(known)):
            hint = f"a fact or lifecycle of your own may have it; known: {', '.join(known)}"
            yield warning(Code.NEVER_MET, at, f"no fact here has the {what} {quoted(name)}", hint)


def _starts(at: tuple[str, ...], measure: Measure, worlds: list[World]) -> Iterator[Problem]:
    starts, cancels, stops = map(holds_in, (measure.start, measure.cancel, measure.stop))
    starting = [world for world in worlds if starts(world)]
    if all(map(cancels, starting)):
        yield warning(
            Code.CONTRADICTORY, (*at, "cancel"), "whatever starts it cancels it as well", "cancel comes before start"
        )
    elif not measure.repeats and all(cancels(world) or stops(world) for world in starting):
        hint = "stop comes before start; with `repeats` each fact would end one cycle and begin the next"
        yield warning(Code.CONTRADICTORY, (*at, "stop"), "whatever starts it stops it as well", hint)


def _pauses(at: tuple[str, ...], measure: Measure, worlds: list[World]) -> Iterator[Problem]:
    if measure.pause is None:
        return
    pauses, resumes = holds_in(measure.pause), holds_in(measure.resume)
    going_on = [world for world in worlds if not pauses(world)]
    if not going_on:
        yield warning(Code.NEVER_GOES_ON, (*at, "pause"), "it holds at every fact", "name what it is to wait for")
    elif measure.resume is not None and not any(map(resumes, going_on)):
        hint = "pause comes before resume: let `resume` hold where `pause` does not"
        yield warning(Code.NEVER_GOES_ON, (*at, "resume"), "wherever it holds, the pause holds as well", hint)
    elif measure.resume is None and measure.pause.passes:
        hint = "give `resume`, or pause on how the work stands, such as {phase: held}"
        yield warning(Code.PAUSE_OF_A_MOMENT, (*at, "pause"), "it ends with the next fact, whatever that is", hint)
