"""What a desk's store holds after a run: every command once and whole, and all that follows from it, beside it.

Commands are looked up by asking the desk for them again under their keys, over a store that begins no writing unit:
what is on record is answered, and what is not cannot come about now. Each fact of the log then belongs to one command.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define, frozen

from svcdelivery.clock import read_clocks
from svcdelivery.communication import latest_obligation
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import NotPermittedError, ServiceDeliveryError
from svcdelivery.escalation import next_actions, running_of
from svcdelivery.facts import Fact, to_plain, type_of
from svcdelivery.satisfaction import SurveyInvited, next_reminder, open_survey
from svcdelivery.security import SECURITY_STREAM, Decided
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.protocol import Query, Store, Unit
from svcdelivery.testing.conformance.kit import later
from svcdelivery.testing.conformance.nemesis import Flaw, RunHistory, StoreVerdict
from svcdelivery.testing.time import HeldTime
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    INCIDENT,
    REQUEST,
    Accepted,
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    RequestReceived,
    Resolved,
    Resumed,
    Started,
    fold_work,
)
from tests.durability.desk.play import (
    AGREEMENT,
    CHANNEL,
    REFUSALS,
    REQUESTER,
    SETTING,
    TENANT,
    WRITERS_MOST,
    Asked,
    command_of,
    open_desk,
    set_up,
)

__all__ = ["check_desk"]

_ALL = 100_000_000
_ALWAYS = later(4000 * 86_400_000_000)
_JUST_AFTER = timedelta(microseconds=1)
_SAYS: dict[str, tuple[type, ...]] = {
    "receive": (RequestReceived, IncidentRecorded),
    "accept": (Accepted,),
    "assign": (Assigned,),
    "start": (Started,),
    "put_on_hold": (PutOnHold,),
    "resume": (Resumed,),
    "post": (MessagePosted,),
    "change_priority": (PriorityChanged,),
    "fulfill": (Fulfilled,),
    "resolve": (Resolved,),
    "close": (Closed,),
    "cancel": (Cancelled,),
}
"""What each command puts on record of its item, first."""

Facts = tuple[Fact[Any], ...]


def check_desk(store: Store, seed: int, history: RunHistory) -> StoreVerdict:
    """Read all a store holds, and hold it against what writers were told and against itself."""
    found = _Found()
    try:
        with store.unit(TENANT, write=False) as unit:
            facts = _log(unit, found)
            _derived(unit, facts, found)
        _commands(store, facts, seed, history, found)
    except ServiceDeliveryError as error:
        found.flaw("failed", f"the store cannot be read: {error}")
        facts = ()
    commands = len(found.there) + len(found.denied)
    return StoreVerdict(commands=commands, facts=len(facts), lost=frozenset(found.lost), flaws=tuple(found.flaws))


@define
class _Found:
    """What was found.

    Attributes:
        there: The facts of each command that is on record and was allowed, by key; setting up is left out.
        denied: Commands on record that were denied.
    """

    flaws: list[Flaw] = Factory(list)
    there: dict[str, Facts] = Factory(dict)
    denied: dict[str, Asked] = Factory(dict)
    lost: set[str] = Factory(set)

    def flaw(self, kind: str, what: str) -> None:
        self.flaws.append(Flaw(kind=kind, what=what))


def _log(unit: Unit, found: _Found) -> Facts:
    report = verify(entries_of(unit.feed, page=2000), TENANT, head=unit.feed.head())
    if report.finding is not None:
        found.flaw("gap", f"the chain: {report.finding.message}")
    facts = tuple(unit.feed.read(0, limit=_ALL))
    versions: Counter[str] = Counter()
    for position, fact in enumerate(facts, 1):
        versions[fact.stream] += 1
        if (fact.position, fact.version) != (position, versions[fact.stream]):
            found.flaw("gap", f"{fact.stream}/{fact.version} at {fact.position} where {position} is due")
    return facts


# -- commands ----------------------------------------------------------------------------------------------------------


class _NotThereError(ServiceDeliveryError):
    """A command would have to be done now."""


@frozen
class _OnRecord:
    """A store that begins no writing unit."""

    inner: Store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def unit(self, tenant: str, *, write: bool = True) -> AbstractContextManager[Unit]:
        if write:
            raise _NotThereError
        return self.inner.unit(tenant, write=False)


def _commands(store: Store, facts: Facts, seed: int, history: RunHistory, found: _Found) -> None:
    desk = open_desk(_OnRecord(store), HeldTime(facts[-1].recorded_at if facts else None))
    belongs: dict[int, str] = {}
    for key in _keys(history):
        _look_up(desk, command_of(seed, key), found)
    _of_setting(desk, belongs, found)
    for key, own in found.there.items():
        _take(key, own, belongs, found)
        _compare_with(command_of(seed, key), own, found)
    _told(history, found)
    _of_nobody([fact for fact in facts if fact.position not in belongs], found)


def _keys(history: RunHistory) -> Iterator[str]:
    """Yield every key a writer may have given: each kill may have passed over one more."""
    last = dict.fromkeys((f"writer{number}" for number in range(WRITERS_MOST)), 0)
    for key in (*history.done, *history.denied):
        name, _, number = key.rpartition("-")
        last[name] = max(last.get(name, 0), int(number))
    for name, most in last.items():
        yield from (f"{name}-{number}" for number in range(most + 2 + history.counts["writers killed"]))


def _look_up(desk: ServiceDesk, command: Asked, found: _Found) -> None:
    try:
        found.there[command.key] = command.ask(desk).facts
    except NotPermittedError:
        found.denied[command.key] = command
    except (_NotThereError, *REFUSALS):
        pass


def _of_setting(desk: ServiceDesk, belongs: dict[int, str], found: _Found) -> None:
    names = iter(("agreement", *(command.key for command in SETTING)))
    try:
        for outcome in set_up(desk):
            _take(next(names), outcome.facts, belongs, found)
    except (_NotThereError, *REFUSALS):
        # Nobody came that far, or what everybody relied on is gone.
        if found.there:
            found.flaw("lost", "what all writers had put on record first")


def _take(key: str, own: Facts, belongs: dict[int, str], found: _Found) -> None:
    positions = [fact.position for fact in own]
    if positions != list(range(positions[0], positions[0] + len(positions))):
        found.flaw("torn", f"{key} is at {positions}")
    for position in positions:
        if position in belongs:
            found.flaw("doubled", f"position {position} belongs to {belongs[position]} and to {key}")
        belongs[position] = key


def _compare_with(command: Asked, own: Facts, found: _Found) -> None:
    """Make sure of the decision, of what was said, and of the invitation that a delivery calls for."""
    decided = [fact.body for fact in own if isinstance(fact.body, Decided)]
    if [(one.allowed, one.action, one.item) for one in decided] != [(True, command.action, command.stream)]:
        found.flaw("disagreement", f"{command.key} was decided on as {decided}")
    said = [fact for fact in own if fact.stream == command.stream]
    if not said or not isinstance(said[0].body, _SAYS[command.action]) or said[0].actor != command.by:
        found.flaw("torn", f"{command.key}, {command.action} of {command.stream}, put {said} on record")
    delivered = any(isinstance(fact.body, Fulfilled | Resolved) for fact in said)
    if delivered != any(isinstance(fact.body, SurveyInvited) for fact in said):
        found.flaw("torn", f"{command.key} delivered and invited nobody, or invited and delivered nothing")


def _told(history: RunHistory, found: _Found) -> None:
    for key, (first, size) in history.done.items():
        own = found.there.get(key)
        if own is None:
            found.lost.add(key)
            found.flaw("lost", f"{key}, acknowledged at {first}")
        elif (own[0].position, len(own)) != (first, size):
            found.flaw("doubled", f"{key} was acknowledged at {first} and is at {own[0].position}")
    for key in sorted(history.denied - found.denied.keys()):
        found.lost.add(key)
        found.flaw("lost", f"{key}, which was told to be denied")


def _of_nobody(left: Sequence[Fact[Any]], found: _Found) -> None:
    """Make sure that facts no allowed command answers for are the denials on record, one each."""
    denials = Counter(
        (fact.actor, fact.body.action, fact.body.item)
        for fact in left
        if fact.stream == SECURITY_STREAM and isinstance(fact.body, Decided) and not fact.body.allowed
    )
    for fact in left:
        if not (isinstance(fact.body, Decided) and not fact.body.allowed):
            found.flaw("torn", f"{type_of(fact.body)} at {fact.position}, of {fact.stream}, belongs to no command")
    asked = Counter((command.by, command.action, command.stream) for command in found.denied.values())
    for who in (denials - asked) + (asked - denials):
        found.flaw("doubled", f"denials of {who}: {denials[who]} on record, {asked[who]} asked for")


# -- what follows from the log -----------------------------------------------------------------------------------------


def _derived(unit: Unit, facts: Facts, found: _Found) -> None:
    items: dict[str, list[Fact[Any]]] = {}
    for fact in facts:
        if fact.stream.startswith((REQUEST.stream(""), INCIDENT.stream(""))):
            items.setdefault(fact.stream, []).append(fact)
    _compare(found, "record", dict(_records(unit)), {stream: _record(own) for stream, own in items.items()})
    _compare(found, "invitation", dict(_invitations(unit)), _invited(facts))
    armed = {(timer.stream, timer.name): timer.due_at for timer in unit.timers.due(_ALWAYS, limit=_ALL)}
    _compare(found, "wake-up", armed, dict(wake for own in items.values() for wake in _wakes(tuple(own))))
    waiting = unit.outbox.waiting(_ALWAYS, limit=_ALL)
    told = {one.id: (one.topic, one.stream, one.data["recipient"]) for one in waiting}
    _compare(found, "message", told, dict(one for own in items.values() for one in _messages(own)))


def _records(unit: Unit) -> Iterator[tuple[str, object]]:
    for kind in (REQUEST, INCIDENT):
        for row in unit.records.find(Query(kind=kind.name), limit=_ALL).items:
            yield row.stream, (row.version, dict(row.columns), row.data)


def _record(own: Sequence[Fact[Any]]) -> object:
    work = fold_work(own)
    if work is None:
        return None
    columns = {
        "status": work.status.value,
        "phase": work.phase.value,
        "customer": work.customer,
        "service": work.service,
        "agreement": work.agreement,
        "priority": work.priority,
        "team": work.team,
        "assignee": work.assignee,
    }
    return own[-1].version, {name: value for name, value in columns.items() if value}, to_plain(work)


def _invitations(unit: Unit) -> Iterator[tuple[str, object]]:
    for row in unit.records.find(Query(kind="invitation"), limit=_ALL).items:
        yield row.id, (row.stream, row.version, row.data["token"])


def _invited(facts: Facts) -> dict[str, object]:
    invited = (fact for fact in facts if isinstance(fact.body, SurveyInvited))
    return {fact.body.requester: (fact.stream, fact.version, fact.body.token) for fact in invited}


def _wakes(own: Facts) -> Iterator[tuple[tuple[str, str], Instant]]:
    """Yield what clocks, status updates, escalation and survey of an item ask to be woken for."""
    stream, now = own[0].stream, own[-1].occurred_at
    for reading in read_clocks(AGREEMENT, own, now):
        open_or_late = (reading.is_open and not reading.due_is_provisional) or reading.verdict.value == "breached"
        if reading.due_at is not None and open_or_late:
            yield (stream, f"due:{reading.target}"), _just_after(reading.due_at)
    update = latest_obligation(own)
    if update is not None:
        yield (stream, "status-update"), _just_after(update.due_at)
    for running in running_of(AGREEMENT, own):
        decision = next_actions(running.state, running.policy, now)
        due = [*(firing.due_at for firing in decision.firings), *filter(None, [decision.next_wakeup])]
        if due:
            yield (stream, f"escalation:{running.policy.name}"), min(due)
    survey = open_survey(own, now)
    reminder = None if survey is None else next_reminder(survey, _SURVEY)
    if reminder is not None:
        yield (stream, "survey"), reminder


_TERMS = AGREEMENT.revisions[0].survey
assert _TERMS is not None, "the terms of the run ask for satisfaction"
_SURVEY = _TERMS


def _just_after(at: Instant) -> Instant:
    return datetime.__add__(at, _JUST_AFTER)


def _messages(own: Sequence[Fact[Any]]) -> Iterator[tuple[str, object]]:
    """Yield what the requester is told: what staff write, that the work is done or given up, and the survey."""
    for fact in own:
        match fact.body:
            case SurveyInvited(token=token):
                yield f"survey|{token}|0|{CHANNEL}|{REQUESTER.id}", (CHANNEL, fact.stream, REQUESTER.id)
            case MessagePosted(audience=Audience.REQUESTER) | Fulfilled() | Resolved() | Cancelled():
                id = f"{fact.stream}|{fact.version}|requester|{CHANNEL}|{REQUESTER.id}"
                yield id, (CHANNEL, fact.stream, REQUESTER.id)
            case _:  # of whatever else is recorded nobody is told
                pass


def _compare(found: _Found, what: str, is_there: Mapping[Any, Any], follows: Mapping[Any, Any]) -> None:
    for key in _unequal(is_there, follows):
        found.flaw("disagreement", f"{what} {key} is {is_there.get(key)}, by the facts {follows.get(key)}")


def _unequal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> Iterable[Any]:
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
