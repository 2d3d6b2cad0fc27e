"""Access at the desk: rules, grants and broken glass on record, what they come to, and what a reviewer should see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from svcdelivery.agreement import AgreementRecord, Term
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.shelf import rows_of
from svcdelivery.desk.operations.learning import audience_of, needs_by_grant
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import Fact, known_at
from svcdelivery.identity import Actor, identifier, names
from svcdelivery.security import (
    ACCESS_STREAM,
    SECURITY_STREAM,
    Access,
    AccessFinding,
    AccessRules,
    BreakGlass,
    BreakGlassOpened,
    Decision,
    Grant,
    Granted,
    GrantUses,
    Person,
    Recomputed,
    ReviewDue,
    WorkIndex,
    authorize,
    commands,
    decide_internal,
    fold_access,
    fold_uses,
    may,
    recompute,
    review_access,
    reviews_due,
)
from svcdelivery.storage.protocol import Receipt, Record, Unit, Write
from svcdelivery.timeline import Instant, to_instant

__all__ = ["AccessDesk"]

_PAGE = 1000


class AccessDesk:
    """Who has leave to do what. Managed by active staff, or by those of them whose role the rules name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._index = WorkIndex()
        self._followed = 0
        self._uses = GrantUses()

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self, *, at: datetime | None = None) -> Access:
        """Answer rules, grants and broken glass on record, or those that were on record at an instant."""
        with self._engine.read_unit() as unit:
            return self._known(unit, at)

    def may(self, action: str, *, actor: Actor, at: datetime | None = None) -> list[str]:
        """Answer the streams of all items the actor may do the action to: `view` for what they may see.

        The first call reads the journal once; each later one reads only what has come since. A plugged engine is asked
        once for each agreement and service, without an item.
        """
        engine = self._engine
        with engine.read_unit() as unit:
            self._follow(unit)
            now, access = to_instant(at or engine.now(unit)), self._known(unit, None)
            agreements = {record.id: record for record in self._agreements(unit)}
        return may(
            action,
            actor=actor,
            person=engine.directory.person(actor.id),
            at=now,
            index=self._index,
            agreements=agreements,
            access=access,
            authorize=lambda request: authorize(request, access, engine.authorizer),
        )

    def review(
        self, *, people: Iterable[Person], at: datetime | None = None, idle: timedelta = timedelta(days=90)
    ) -> tuple[AccessFinding, ...]:
        """Answer what a reviewer should look at, today or as access stood at an instant.

        Args:
            people: Everybody of the directory, which by itself only answers to ids.
            idle: How long a grant may lie unused.
        """
        with self._engine.read_unit() as unit:
            when = to_instant(at or self._engine.now(unit))
            return review_access(
                self._known(unit, at),
                at=when,
                agreements=self._agreements(unit),
                people=people,
                uses=self._used(unit, at).last,
                idle=idle,
            )

    def reviews_due(self) -> tuple[ReviewDue, ...]:
        """Answer broken glass that was used and that nobody has reviewed yet, by first use."""
        with self._engine.read_unit() as unit:
            return reviews_due(self._used(unit, None), self._known(unit, None))

    def recompute(self, position: int) -> Recomputed:
        """Answer a decision on record beside the one made again from what was on record before it.

        Raises:
            NotFoundError: There is no decision at that position.
        """
        with self._engine.read_unit() as unit:
            found = recompute(_facts(unit, upto=position), position)
        if found is None:
            raise NotFoundError(what="decision at position", id=str(position))
        return found

    def _known(self, unit: Unit, at: datetime | None) -> Access:
        if at is None:
            return self._engine.access(unit)
        return fold_access(known_at(unit.journal.load(ACCESS_STREAM), at))

    def _used(self, unit: Unit, at: datetime | None) -> GrantUses:
        # Every decision ever made stands there: of what is on record today only the new ones are read.
        if at is not None:
            return fold_uses(known_at(unit.journal.load(SECURITY_STREAM), at))
        known = self._uses
        self._uses = known = fold_uses(unit.journal.load(SECURITY_STREAM, after=known.version), known)
        return known

    def _agreements(self, unit: Unit) -> list[AgreementRecord]:
        records = (self._engine.agreement(unit, row.id) for row in rows_of(unit, "agreement"))
        return [record for record in records if record is not None]

    def _follow(self, unit: Unit) -> None:
        for fact in _facts(unit, after=self._followed):
            self._index.follow(fact)
            self._followed = fact.position

    # -- commanding ----------------------------------------------------------------------------------------------------

    def set_rules(self, rules: AccessRules, *, by: Actor, key: str) -> Outcome[Access]:
        """Put rules on record in place of those before."""
        ask = Ask(action="set_access_rules", id="rules", by=by, key=key, said={"rules": rules})
        return self._act(ask, lambda _access, _now: rules)

    def grant(
        self,
        id: str,
        *,
        holder: str,
        agreement: str,
        service: str,
        actions: Iterable[str],
        until: datetime | None,
        ground: str,
        start: datetime | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[Access]:
        """Entitle somebody, from `start` or now on until just before `until`; what they have to learn first is needed.

        Raises:
            InvalidValueError: The id is taken, the window is longer than the rules allow, or `by` is the holder.
        """
        window = {"start": _instant(start), "until": _instant(until)}
        said = {"holder": holder, "agreement": agreement, "service": service, "ground": ground}
        permitted = names(actions)
        ask = Ask(action="grant_access", id=id, by=by, key=key, said={**said, **window, "actions": _listed(permitted)})

        def make(access: Access, now: Instant) -> Granted:
            grant = Grant(
                id=id,
                holder=holder,
                agreement=agreement,
                service=service,
                actions=permitted,
                window=Term(start or now, until),
                granted_by=by.id,
                ground=ground,
            )
            return commands.entitle(access, grant)

        return self._act(ask, make)

    def delegate(
        self,
        source: str,
        *,
        id: str,
        to: str,
        actions: Iterable[str],
        until: datetime,
        ground: str,
        by: Actor,
        key: str,
    ) -> Outcome[Access]:
        """Let somebody else act under one's own grant, from now on: never wider, never longer, and no further.

        Raises:
            NotFoundError: There is no such grant.
            InvalidValueError: It is not the grant of `by`, does not hold, was delegated itself, or permits and lasts
                less than what is to be delegated.
        """
        permitted, end = names(actions), to_instant(until)
        said = {"source": source, "to": to, "ground": ground, "until": end, "actions": _listed(permitted)}
        ask = Ask(action="delegate_access", id=id, by=by, key=key, said=said)

        def make(access: Access, now: Instant) -> Granted:
            return commands.delegate(
                access, source, id=id, to=to, actions=permitted, until=end, ground=ground, by=by.id, now=now
            )

        return self._act(ask, make)

    def revoke(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[Access]:
        """Take a grant back, from now on, and with it what was delegated from it.

        Raises:
            NotFoundError: There is no such grant.
        """
        ask = Ask(action="revoke_access", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda access, _now: commands.revoke(access, id, ground=ground))

    def break_glass(
        self, id: str, *, holder: str, incident: str, ground: str, until: datetime, by: Actor, key: str
    ) -> Outcome[Access]:
        """Let somebody act without role or grant from now on until just before `until`; every use is to be reviewed.

        Raises:
            InvalidValueError: No ground, `by` is the holder, or the id is taken.
        """
        said = {"holder": holder, "incident": incident, "ground": ground, "until": to_instant(until)}
        ask = Ask(action="break_glass", id=id, by=by, key=key, said=said)

        def make(access: Access, now: Instant) -> BreakGlassOpened:
            opening = BreakGlass(
                id=id, holder=holder, incident=incident, ground=ground, authorized_by=by.id, window=Term(now, until)
            )
            return commands.open_glass(access, opening)

        return self._act(ask, make)

    def review_break_glass(self, id: str, *, conclusion: str, by: Actor, key: str) -> Outcome[Access]:
        """State what was found when somebody other than its holder looked at the use of broken glass.

        Raises:
            NotFoundError: There is no such broken glass.
            InvalidValueError: No conclusion, or `by` held it.
        """
        ask = Ask(action="review_break_glass", id=id, by=by, key=key, said={"conclusion": conclusion})

        return self._act(ask, lambda access, _now: commands.review_glass(access, id, conclusion=conclusion, by=by.id))

    def _act(self, ask: Ask, make: Callable[[Access, Instant], Any]) -> Outcome[Access]:
        engine = self._engine

        def judge(unit: Unit, now: Instant) -> Judged:
            access = engine.access(unit)
            decision = decide_internal(
                actor=ask.by,
                action=ask.action,
                item=ACCESS_STREAM,
                person=engine.directory.person(ask.by.id),
                at=now,
                roles=access.rules.access_roles,
            )
            if not decision.allowed:
                return Judged(decision=decision)
            body = make(access, now)
            write = Write(stream=ACCESS_STREAM, expected=access.version, facts=new_facts((body,), by=ask.by, now=now))
            needs, rows = self._needs(unit, body, ask.by, now)

            def after(recorded: tuple[Fact[Any], ...], _unit: Unit) -> Written:
                folded = fold_access([f for f in recorded if f.stream == ACCESS_STREAM], access)
                return Written(answer=(folded, ()), records=rows)

            return Judged(decision=decision, writes=(write, *needs), after=after)

        def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[Access]:
            upto = next(fact.version for fact in receipt.facts if fact.stream == ACCESS_STREAM)
            access = fold_access(unit.journal.load(ACCESS_STREAM, upto=upto))
            return Outcome(record=access, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

        identifier(ask.id, "the id of a grant")
        return engine.run(f"access.{ask.action}", ask, judge=judge, outcome=outcome)

    def _needs(self, unit: Unit, body: Any, by: Actor, now: Instant) -> tuple[tuple[Write, ...], tuple[Record, ...]]:
        """Answer what a newly authorized person has to learn, with its row."""
        if not isinstance(body, Granted):
            return (), ()
        grant, record = body.grant, self._engine.agreement(unit, body.grant.agreement)
        customer = None if record is None else record.agreement.customer
        audience = audience_of(grant.holder, self._engine.directory.person(grant.holder), customer)
        return needs_by_grant(unit, grant, audience, by=by, now=now)


def _instant(at: datetime | None) -> Instant | None:
    return None if at is None else to_instant(at)


def _listed(actions: frozenset[str]) -> str:
    # A name has no line breaks.
    return "\n".join(sorted(actions))


def _facts(unit: Unit, *, after: int = 0, upto: int | None = None) -> Iterator[Fact[Any]]:
    while page := unit.feed.read(after, limit=_PAGE):
        yield from page
        after = page[-1].position
        if upto is not None and after >= upto:
            return
