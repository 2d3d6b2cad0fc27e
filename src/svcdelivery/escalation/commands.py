"""What a person may say to an escalation. Each answers the fact, or refuses; nothing is changed here."""

from __future__ import annotations

from datetime import datetime

from svcdelivery.errors import InvalidValueError, TransitionRefusedError
from svcdelivery.escalation.facts import (
    Acknowledged,
    AcknowledgementConfirmed,
    EscalatedByHand,
    EscalationStarted,
    LetGo,
    LevelChosen,
    PolicyReplaced,
    Replacing,
    Snoozed,
)
from svcdelivery.escalation.happenings import EscalationState
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.walk import Walk
from svcdelivery.facts import in_words
from svcdelivery.timeline import to_micros

__all__ = [
    "acknowledge",
    "confirm_acknowledgement",
    "escalate_now",
    "jump_to_level",
    "let_go",
    "replace_policy",
    "snooze",
    "start",
]


def start(policy: FrozenPolicy, *, agreement: str, revision: int) -> EscalationStarted:
    """Answer the fact that freezes a policy for an item."""
    return EscalationStarted(policy=policy.name, agreement=agreement, revision=revision, digest=policy.digest)


def acknowledge(state: EscalationState, policy: FrozenPolicy, *, at: datetime, note: str = "") -> Acknowledged:
    """Answer that somebody takes the work on.

    Raises:
        TransitionRefusedError: The work is done.
    """
    _open(state, policy, at, "acknowledge")
    return Acknowledged(note=note)


def confirm_acknowledgement(
    state: EscalationState, policy: FrozenPolicy, *, at: datetime, note: str = ""
) -> AcknowledgementConfirmed:
    """Answer that whoever took the work on is still on it.

    Raises:
        TransitionRefusedError: The work is done, or counts as acknowledged by nobody.
    """
    _taken(state, policy, at, "confirm the acknowledgement of")
    return AcknowledgementConfirmed(note=note)


def let_go(state: EscalationState, policy: FrozenPolicy, *, at: datetime, ground: str = "") -> LetGo:
    """Answer that whoever took the work on lets go of it.

    Raises:
        TransitionRefusedError: The work is done, or counts as acknowledged by nobody.
    """
    _taken(state, policy, at, "let go of")
    return LetGo(ground=ground)


def snooze(state: EscalationState, policy: FrozenPolicy, *, at: datetime, until: datetime, ground: str = "") -> Snoozed:
    """Answer that nobody is to be told until then.

    Raises:
        TransitionRefusedError: The work is done.
        InvalidValueError: That instant has passed.
    """
    _open(state, policy, at, "snooze")
    if to_micros(until) <= to_micros(at):
        raise InvalidValueError(what="an instant to come", value=until.isoformat(), path="until")
    return Snoozed(until=until, ground=ground)


def escalate_now(state: EscalationState, policy: FrozenPolicy, *, at: datetime, ground: str = "") -> EscalatedByHand:
    """Answer that the next level is to be told at once; after the last one the first comes again.

    Raises:
        TransitionRefusedError: The work is done, is being maintained, or the policy has no levels.
    """
    _reachable(state, policy, at, "escalate")
    return EscalatedByHand(policy=policy.name, ground=ground)


def jump_to_level(
    state: EscalationState, policy: FrozenPolicy, *, at: datetime, level: int, ground: str = ""
) -> LevelChosen:
    """Answer that a level, the first being 0, is to be told at once.

    Raises:
        TransitionRefusedError: As for `escalate_now`.
        InvalidValueError: The policy has no such level.
    """
    walk = _reachable(state, policy, at, "escalate")
    if not 0 <= level < len(walk.plan.levels):
        most = len(walk.plan.levels) - 1
        raise InvalidValueError(what="a level of the policy", value=level, path="level", hint=f"0 to {most}")
    return LevelChosen(policy=policy.name, level=level, ground=ground)


def replace_policy(
    running: FrozenPolicy,
    replacement: FrozenPolicy,
    *,
    agreement: str,
    revision: int,
    how: Replacing,
    ground: str,
) -> PolicyReplaced:
    """Answer that other terms take the place of those that run; why must be said.

    Raises:
        InvalidValueError: No reason is given, or both are the same terms.
    """
    in_words(ground, "ground")
    if (running.version, running.digest) == (replacement.version, replacement.digest):
        raise InvalidValueError(what="another policy", value=replacement.name, path="replacement")
    return PolicyReplaced(
        policy=running.name,
        replacement=replacement.name,
        agreement=agreement,
        revision=revision,
        digest=replacement.digest,
        how=how,
        ground=ground,
    )


def _open(state: EscalationState, policy: FrozenPolicy, at: datetime, action: str) -> Walk:
    walk = Walk(state, policy, to_micros(at)).run()
    if not walk.opened or walk.done:
        raise _refused(state, "done" if walk.done else "not open", action)
    return walk


def _taken(state: EscalationState, policy: FrozenPolicy, at: datetime, action: str) -> None:
    if not _open(state, policy, at, action).acknowledged:
        raise _refused(state, "not acknowledged", action)


def _reachable(state: EscalationState, policy: FrozenPolicy, at: datetime, action: str) -> Walk:
    walk = _open(state, policy, at, action)
    if walk.is_maintained(to_micros(at)):
        raise _refused(state, "being maintained", action)
    if not walk.plan.levels:
        raise _refused(state, "without levels", action)
    return walk


def _refused(state: EscalationState, status: str, action: str) -> TransitionRefusedError:
    return TransitionRefusedError(subject=state.item, status=status, action=action)
