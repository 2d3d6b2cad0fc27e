"""What people say to the escalations of their work: take it on, let go, snooze, escalate, replace the policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from svcdelivery.communication import StatusTold
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.work.casework import Case, Casework
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError
from svcdelivery.escalation import (
    Firing,
    FrozenPolicy,
    MaintenanceBegan,
    MaintenanceEnded,
    Replacing,
    Running,
    commands,
    running_of,
    timeline,
)
from svcdelivery.facts import in_words
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Incident, ServiceRequest, Work, WorkKind, fold_work

__all__ = ["EscalationSide"]

W = TypeVar("W", ServiceRequest, Incident)


class EscalationSide(Generic[W]):
    """The side of requests and incidents that escalations and audiences see."""

    _engine: Engine
    _kind: WorkKind
    _casework: Casework[W]

    # -- asking --------------------------------------------------------------------------------------------------------

    def escalations(self, id: str) -> tuple[Running, ...]:
        """Answer the policies that watch over an item, each as frozen when it began and as it stands.

        Raises:
            NotFoundError: No such item.
        """
        with self._engine.read_unit() as unit:
            facts = tuple(unit.journal.load(self._kind.stream(id)))
            work = fold_work(facts)
            if work is None:
                raise NotFoundError(what=self._kind.name, id=id)
            record = self._engine.agreement(unit, work.agreement) if work.agreement else None
        return () if record is None else running_of(record.agreement, facts)

    def preview(self, id: str, *, until: datetime) -> tuple[Firing, ...]:
        """Answer who will be told by then if nothing else happens, in due order; what the watch does is the same.

        Raises:
            NotFoundError: No such item.
        """
        end = to_instant(until)
        ahead = (firing for each in self.escalations(id) for firing in timeline(each.state, each.policy, end))
        return tuple(sorted(ahead, key=lambda firing: firing.due_at))

    # -- taking on -----------------------------------------------------------------------------------------------------

    def acknowledge(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[W]:
        """Take the work on: levels that an acknowledgement stops are silent from now on.

        Raises:
            TransitionRefusedError: The work is done, or no policy watches over it.
        """
        ask = Ask(action="acknowledge", id=id, by=by, key=key, said={"note": note})
        return self._say(ask, lambda each, at: commands.acknowledge(each.state, each.policy, at=at, note=note))

    def confirm_acknowledgement(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[W]:
        """State that whoever took the work on is still on it.

        Raises:
            TransitionRefusedError: As for `acknowledge`, or it counts as acknowledged by nobody.
        """
        ask = Ask(action="acknowledge", id=id, by=by, key=key, said={"note": note, "still": True})
        return self._say(
            ask, lambda each, at: commands.confirm_acknowledgement(each.state, each.policy, at=at, note=note)
        )

    def let_go(self, id: str, *, ground: str = "", by: Actor, key: str) -> Outcome[W]:
        """Take back an acknowledgement: the escalation goes on, or begins anew, as the policy says.

        Raises:
            TransitionRefusedError: As for `confirm_acknowledgement`.
        """
        ask = Ask(action="acknowledge", id=id, by=by, key=key, said={"ground": ground, "let_go": True})
        return self._say(ask, lambda each, at: commands.let_go(each.state, each.policy, at=at, ground=ground))

    def snooze(self, id: str, *, until: datetime, ground: str = "", by: Actor, key: str) -> Outcome[W]:
        """Let nobody be told until then.

        Raises:
            TransitionRefusedError: As for `acknowledge`.
            InvalidValueError: That instant has passed.
        """
        end = to_instant(until)
        ask = Ask(action="snooze", id=id, by=by, key=key, said={"until": end, "ground": ground})
        return self._say(
            ask, lambda each, at: commands.snooze(each.state, each.policy, at=at, until=end, ground=ground)
        )

    # -- escalating by hand --------------------------------------------------------------------------------------------

    def escalate(self, id: str, *, policy: str | None = None, ground: str = "", by: Actor, key: str) -> Outcome[W]:
        """Let the next level be told at once; after the last one the first comes again.

        Args:
            policy: Which one, where several watch over the work.

        Raises:
            TransitionRefusedError: The work is done, is being maintained, no policy watches over it, or without levels.
            InvalidValueError: None or several of that name.
        """
        ask = Ask(action="escalate", id=id, by=by, key=key, said={"policy": policy, "ground": ground})
        return self._say(
            ask, lambda each, at: commands.escalate_now(each.state, each.policy, at=at, ground=ground), policy=policy
        )

    def jump_to_level(
        self, id: str, *, level: int, policy: str | None = None, ground: str = "", by: Actor, key: str
    ) -> Outcome[W]:
        """Let a level, the first being 0, be told at once.

        Raises:
            TransitionRefusedError: As for `escalate`.
            InvalidValueError: As for `escalate`, or the policy has no such level.
        """
        said = {"level": level, "policy": policy, "ground": ground}
        ask = Ask(action="escalate", id=id, by=by, key=key, said=said)
        return self._say(
            ask,
            lambda each, at: commands.jump_to_level(each.state, each.policy, at=at, level=level, ground=ground),
            policy=policy,
        )

    def replace_policy(
        self,
        id: str,
        *,
        replacement: str,
        how: Replacing,
        revision: int | None = None,
        policy: str | None = None,
        ground: str,
        by: Actor,
        key: str,
    ) -> Outcome[W]:
        """Put another policy, or later terms of it, in the place of one that runs.

        Args:
            replacement: A policy of that revision.
            revision: Of the work's agreement; the one its promises follow, if none is given.
            policy: The one that runs, where several do.

        Raises:
            TransitionRefusedError: No policy watches over the work.
            InvalidValueError: Both are the same terms, the replacement runs by itself, or no reason is given.
            NotFoundError: No such revision or policy.
        """

        def make(_work: Work, case: Case) -> Any:
            running = _running(case, "escalate")
            each = _one(running, policy)
            if any(replacement in (other.name, other.policy.name) for other in running if other is not each):
                raise InvalidValueError(
                    what="a policy that does not run already", value=replacement, path="replacement"
                )
            terms = case.terms if revision is None else case.record.agreement.revision(revision)
            return commands.replace_policy(
                each.current,
                FrozenPolicy.of(terms, replacement),
                agreement=terms.agreement,
                revision=terms.number,
                how=how,
                ground=ground,
            )

        said = {"replacement": replacement, "how": how.value, "revision": revision, "policy": policy, "ground": ground}
        return self._casework.act(Ask(action="escalate", id=id, by=by, key=key, said=said), make)

    # -- maintenance and status ----------------------------------------------------------------------------------------

    def begin_maintenance(
        self, id: str, *, until: datetime | None = None, ground: str = "", by: Actor, key: str
    ) -> Outcome[W]:
        """State that what the work is about is being maintained: until then, or until it ends; nobody is told."""
        end = None if until is None else to_instant(until)
        ask = Ask(action="maintain", id=id, by=by, key=key, said={"until": end, "ground": ground})
        return self._casework.act(ask, lambda _, __: MaintenanceBegan(until=end, ground=ground))

    def end_maintenance(self, id: str, *, by: Actor, key: str) -> Outcome[W]:
        """State that the maintenance is over, on time or not."""
        ask = Ask(action="maintain", id=id, by=by, key=key)
        return self._casework.act(ask, lambda _, __: MaintenanceEnded())

    def tell(
        self, id: str, *, audience: str, text: str, next_by: datetime | None = None, by: Actor, key: str
    ) -> Outcome[W]:
        """Put out the status for an audience; those who subscribed to it are told, and the next one is owed anew.

        Args:
            next_by: When they are promised to hear again; as agreed, if it is not given.

        Raises:
            InvalidValueError: Nothing is said, or the promise has passed.
        """
        in_words(text, "text")
        promised = None if next_by is None else to_instant(next_by)

        def make(_work: Work, case: Case) -> Any:
            if promised is not None and promised <= case.now:
                raise InvalidValueError(what="an instant to come", value=str(promised), path="next_by")
            return StatusTold(audience=audience, text=text, next_by=promised)

        said = {"audience": audience, "text": text, "next_by": promised}
        return self._casework.act(Ask(action="tell", id=id, by=by, key=key, said=said), make)

    def _say(self, ask: Ask, make: Callable[[Running, Instant], Any], *, policy: str | None = None) -> Outcome[W]:
        def said(_work: Work, case: Case) -> Any:
            running = _running(case, ask.action)
            if ask.action == "escalate":
                return make(_one(running, policy), case.now)
            return _first(running, lambda each: make(each, case.now))

        return self._casework.act(ask, said)


def _running(case: Case, action: str) -> tuple[Running, ...]:
    running = running_of(case.record.agreement, case.facts)
    if not running:
        raise TransitionRefusedError(subject=case.stream, status="watched over by no policy", action=action)
    return running


def _one(running: tuple[Running, ...], policy: str | None) -> Running:
    named = [each for each in running if policy in (None, each.name, each.policy.name)]
    if len(named) != 1:
        hint = "one of " + ", ".join(f"`{each.name}`" for each in running)
        raise InvalidValueError(what="the name of one policy", value=policy, path="policy", hint=hint)
    return named[0]


def _first(running: tuple[Running, ...], make: Callable[[Running], Any]) -> Any:
    """Answer what the first policy that allows it makes of it: an acknowledgement holds for all of them."""
    for each in running[:-1]:
        try:
            return make(each)
        except TransitionRefusedError:
            continue
    return make(running[-1])
