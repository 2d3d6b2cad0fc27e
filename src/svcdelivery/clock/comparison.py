"""Why two readings differ: what changed between their explanations, and how far each change moved the due instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Self

from attrs import evolve, frozen

from svcdelivery.clock.explanation import ExplainedSpan, Explanation, SpanKind, shown_duration, shown_goal, whole_plain
from svcdelivery.clock.moving import Moves, moves_between
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import from_plain
from svcdelivery.timeline import Instant, format_duration, in_zone, parse_signed_duration, to_micros, to_zone

__all__ = ["COMPARISON_FORMAT", "Cause", "Comparison", "Difference", "compare"]

COMPARISON_FORMAT = "svcdelivery.comparison/1"
"""The name of the JSON form."""


class Cause(Enum):
    """What differs between two explanations."""

    REVISION = "revision"
    TARGET = "target"
    CYCLE = "cycle"
    SERVICE = "service"
    PRIORITY = "priority"
    MOMENT = "moment"
    START = "start"
    PAUSE = "pause"
    EXCLUSION = "exclusion"
    HOURS = "hours"
    GOAL = "goal"
    RULES = "rules"
    STOP = "stop"
    VERDICT = "verdict"


@frozen(kw_only=True)
class Difference:
    """One thing that differs.

    Attributes:
        before: What it was, in words; empty for what was not there.
        moved: How far the due instant moved because of it, later is positive; None where it has no share of its own: a
            change of revision, target or priority moves due by the goal and the hours that come with it.
        rule: The rule that applies, where it is one rule.
        actor: Who caused it, where somebody did.
    """

    cause: Cause
    before: str
    after: str
    moved: timedelta | None = None
    rule: str = ""
    actor: str = ""


@frozen(kw_only=True)
class Comparison:
    """What differs between two explanations; nothing, and false, when they say the same.

    Attributes:
        moved: How far the due instant moved, in wall time, later is positive; None where one of them has none. The
            differences with a share add up to it, unless `is_attributed` is false.
        is_attributed: Whether each difference was given its share. Explanations read from data cannot be recalculated,
            nor can one whose closed dates are not known: then only the whole is told.
        gone: Spans of which something else became in the later explanation; under which clause does not matter here.
        new: What became of that time there.
    """

    before: Explanation
    after: Explanation
    moved: timedelta | None
    is_attributed: bool = True
    differences: tuple[Difference, ...] = ()
    gone: tuple[ExplainedSpan, ...] = ()
    new: tuple[ExplainedSpan, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.differences or self.gone or self.new)

    @property
    def headline(self) -> str:
        """What became of the due instant, in one sentence."""
        due = [_shown(side.due_at, side.zone) for side in (self.before, self.after)]
        said = f"{self.after.measure}: "
        if self.moved is None:
            return said + (f"due {due[0]}, now {due[1]}" if due[0] != due[1] else "no due time")
        if not self.moved:
            return f"{said}due stays at {due[1]}"
        return f"{said}due moved {shown_move(self.moved)}, from {due[0]} to {due[1]}"

    def lines(self) -> Iterator[str]:
        """Answer the text form line by line."""
        yield self.headline
        for difference in self.differences:
            share = "" if difference.moved is None else shown_move(difference.moved)
            yield f"  {difference.cause.value:<9}  {share:>18}  {shown_difference(difference)}"
        if self.moved and not self.is_attributed:
            yield "  how much of it each of these moved cannot be told from what is at hand"
        for label, side, spans in (("gone", self.before, self.gone), ("new", self.after, self.new)):
            for span in spans:
                start, until = side.shown_bounds(span)
                actor = f" ({span.actor})" if span.actor else ""
                yield f"  {label:<4}  {start}  to {until:<23}  {span.kind.value:<8}  {span.reason}{actor}"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_data(self) -> dict[str, Any]:
        """Answer the comparison for JSON, every key given."""
        return {
            "format": COMPARISON_FORMAT,
            "headline": self.headline,
            "moved": None if self.moved is None else format_duration(self.moved),
            "is_attributed": self.is_attributed,
            "differences": [whole_plain(difference) for difference in self.differences],
            "gone": [whole_plain(span) for span in self.gone],
            "new": [whole_plain(span) for span in self.new],
            "before": self.before.to_data(),
            "after": self.after.to_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Answer the comparison of data as `to_data` gives them.

        Raises:
            InvalidValueError: Data of another format, or a value that cannot be meant.
        """
        if data.get("format") != COMPARISON_FORMAT:
            hint = f"`{COMPARISON_FORMAT}`"
            raise InvalidValueError(what="the format of a comparison", value=data.get("format"), hint=hint)
        return cls(
            before=Explanation.from_data(data["before"]),
            after=Explanation.from_data(data["after"]),
            moved=_read_move(data["moved"]),
            is_attributed=data["is_attributed"],
            differences=tuple(_read_difference(entry) for entry in data["differences"]),
            gone=tuple(from_plain(ExplainedSpan, span) for span in data["gone"]),
            new=tuple(from_plain(ExplainedSpan, span) for span in data["new"]),
        )


def _read_move(text: str | None) -> timedelta | None:
    return None if text is None else parse_signed_duration(text)


def _read_difference(data: Mapping[str, Any]) -> Difference:
    rest = {key: value for key, value in data.items() if key != "moved"}
    return evolve(from_plain(Difference, rest), moved=_read_move(data["moved"]))


def compare(before: Explanation, after: Explanation) -> Comparison:
    """Answer what differs between two explanations, and why the due instant moved.

    The shares are found by recalculation: what changed is put in one by one, in the order of `differences`, and each is
    given what the due instant moved by then. So they add up exactly, whatever else changed with them. Explanations of
    one clock at two instants, of two targets, or under two agreements can be compared alike.
    """
    moved, moves = None, None
    if before.due_at is not None and after.due_at is not None:
        moved = datetime.__sub__(after.due_at, before.due_at)
        if before.basis is not None and after.basis is not None:
            dues = to_micros(before.due_at), to_micros(after.due_at)
            moves = moves_between(before.basis, after.basis, due=dues[0], last=dues[1])
    differences = [*_words(before, after, moves), *_shares(before, after, moves)]
    return Comparison(
        before=before,
        after=after,
        moved=moved,
        is_attributed=moved is None or moves is not None or not differences,
        differences=tuple(differences),
        gone=_only(before.spans, after.spans),
        new=_only(after.spans, before.spans),
    )


def _only(spans: tuple[ExplainedSpan, ...], others: tuple[ExplainedSpan, ...]) -> tuple[ExplainedSpan, ...]:
    known = {_what(span) for span in others}
    return tuple(span for span in spans if _what(span) not in known)


def _what(span: ExplainedSpan) -> tuple[object, ...]:
    """What became of a span; under which clause is told once, by the differences."""
    return span.start, span.end, span.kind, span.reason, span.actor


def _words(before: Explanation, after: Explanation, moves: Moves | None) -> Iterator[Difference]:
    """What has no share of its own in the move, but for what an amendment did to an open clock."""
    amended = None if moves is None or "revision" not in moves.by_cause else moves.by_cause["revision"]
    pairs = (
        (Cause.REVISION, before.revision_label, after.revision_label),
        (Cause.TARGET, before.target, after.target),
        (Cause.CYCLE, str(before.cycle), str(after.cycle)),
        (Cause.SERVICE, before.service, after.service),
        (Cause.PRIORITY, before.priority or "none", after.priority or "none"),
        (Cause.STOP, _shown(before.stopped_at, before.zone), _shown(after.stopped_at, after.zone)),
        (Cause.VERDICT, _verdict(before), _verdict(after)),
    )
    for cause, was, became in pairs:
        moved = timedelta(microseconds=amended) if amended is not None and cause is Cause.REVISION else None
        if was != became or moved:
            yield Difference(cause=cause, before=was, after=became, moved=moved)


def _verdict(side: Explanation) -> str:
    exempted = "" if side.exempted_by is None else f", exempted: {side.exempted_by}"
    return f"{side.verdict.value} ({side.phase.value}){exempted}"


def _shares(before: Explanation, after: Explanation, moves: Moves | None) -> Iterator[Difference]:
    """What has a share of its own: the shares of what is told here add up to the whole move."""

    def told(cause: Cause, was: str, became: str, rule: str = "") -> Iterator[Difference]:
        moved = None if moves is None else timedelta(microseconds=moves.by_cause.get(cause.value, 0))
        if was != became or moved:
            yield Difference(cause=cause, before=was, after=became, moved=moved, rule=rule)

    zones = before.zone, after.zone
    yield from told(Cause.MOMENT, _shown(before.at, zones[0]), _shown(after.at, zones[1]))
    yield from told(Cause.START, _shown(before.started_at, zones[0]), _shown(after.started_at, zones[1]))
    yield from _pauses(before, after, moves)
    yield from told(Cause.EXCLUSION, _excluded(before), _excluded(after))
    yield from told(Cause.HOURS, before.counting, after.counting, after.clause)
    yield from told(Cause.GOAL, shown_goal(before.goal), shown_goal(after.goal), after.clause)
    yield from told(Cause.RULES, before.clause, after.clause)


def _pauses(before: Explanation, after: Explanation, moves: Moves | None) -> Iterator[Difference]:
    old, new = (_by_start(side.spans) for side in (before, after))
    for start in sorted({*old, *new}):
        was, became = old.get(start), new.get(start)
        micros = None if moves is None else moves.by_pause.get(to_micros(start), 0)
        words = ("" if was is None else _pause(was, before), "" if became is None else _pause(became, after))
        if words[0] == words[1] and not micros:
            continue
        span = became or was
        assert span is not None, "the instant came from one of them"
        moved = None if micros is None else timedelta(microseconds=micros)
        yield Difference(
            cause=Cause.PAUSE, before=words[0], after=words[1], moved=moved, rule=span.rule, actor=span.actor
        )


def _by_start(spans: Iterable[ExplainedSpan]) -> dict[Instant, ExplainedSpan]:
    return {span.start: span for span in spans if span.kind is SpanKind.PAUSED}


def _excluded(side: Explanation) -> str:
    """Answer what is excluded by the instant of a reading, each reason once, with its time."""
    sums: dict[str, timedelta] = {}
    for span in side.spans:
        if span.kind is SpanKind.EXCLUDED:
            sums[span.reason] = sums.get(span.reason, timedelta(0)) + span.duration
    return ", ".join(f"{shown_duration(time)} {reason}" for reason, time in sums.items()) or "nothing"


def _pause(span: ExplainedSpan, side: Explanation) -> str:
    start, until = side.shown_bounds(span)
    return f"{start} to {until} {span.reason}"


# -- texts -------------------------------------------------------------------------------------------------------------


def shown_move(moved: timedelta) -> str:
    """Answer a move in words, such as `17:00:00 later`."""
    if not moved:
        return "not moved"
    return f"{shown_duration(abs(moved))} {'later' if moved > timedelta(0) else 'earlier'}"


def shown_difference(difference: Difference) -> str:
    """Answer what differs in words: what is new, what is gone, or what became of what."""
    actor = f" ({difference.actor})" if difference.actor else ""
    rule = f"; {difference.rule}" if difference.rule else ""
    if not difference.before:
        return f"new: {difference.after}{actor}{rule}"
    if not difference.after:
        return f"gone: {difference.before}{actor}{rule}"
    return f"{difference.before} → {difference.after}{actor}{rule}"


def _shown(at: Instant | None, zone: str) -> str:
    if at is None:
        return "none"
    local = in_zone(at, to_zone(zone))
    fraction = f".{local.microsecond:06d}" if local.microsecond else ""
    return f"{local:%a %Y-%m-%d %H:%M:%S}{fraction}"
