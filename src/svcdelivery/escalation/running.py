"""The escalations of an item on record: which policies watch over it, under which terms, and how each stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRevision, ServiceAgreement
from svcdelivery.escalation.clock_views import clock_views
from svcdelivery.escalation.commands import start
from svcdelivery.escalation.facts import EscalationEnded, EscalationStarted, PolicyReplaced
from svcdelivery.escalation.happenings import EscalationState
from svcdelivery.escalation.occasions import OF_CLOCKS
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.what import What
from svcdelivery.facts import Fact
from svcdelivery.work import Standing, trace_of

__all__ = ["Running", "moved_scope", "running_of", "started"]


@frozen
class Running:
    """A policy that watches over an item.

    Attributes:
        policy: As frozen when it began.
        current: What has taken its place since, else the same.
    """

    policy: FrozenPolicy
    current: FrozenPolicy
    state: EscalationState

    @property
    def name(self) -> str:
        """What the policy is called now."""
        return self.current.name


def running_of(agreement: ServiceAgreement, facts: Sequence[Fact[Any]]) -> tuple[Running, ...]:
    """Answer the escalations that facts of an item tell, in the order they began; none that has ended.

    Raises:
        NotFoundError: They name a revision or a policy the agreement does not have.
    """
    begun = _begun(facts)
    if not begun:
        return ()

    def replacement(body: PolicyReplaced) -> FrozenPolicy:
        return _frozen(agreement.revision(body.revision), body.replacement)

    policies = [_frozen(agreement.revision(body.revision), body.policy) for body in begun]
    replaced = [replacement(fact.body) for fact in facts if isinstance(fact.body, PolicyReplaced)]
    # Clocks are read again for every fact: only where a policy looks at them.
    views = clock_views(agreement, facts) if any(map(_reads_clocks, (*policies, *replaced))) else ()
    found = []
    for policy in policies:
        state = EscalationState.of(facts[0].stream, facts, policy=policy.name, clocks=views, replacements=replacement)
        taken_over = [tells[0] for _, what, tells in state.happenings if what == What.REPLACED]
        found.append(Running(policy, taken_over[-1] if taken_over else policy, state))
    return tuple(found)


def _begun(facts: Iterable[Fact[Any]]) -> list[EscalationStarted]:
    running: dict[str, EscalationStarted] = {}
    ended: set[str] = set()
    for fact in facts:
        body = fact.body
        if isinstance(body, EscalationStarted):
            # The terms it first began under stay its terms.
            running.setdefault(body.policy, body)
            ended.discard(body.policy)
        elif isinstance(body, EscalationEnded):
            ended.add(body.policy)
    return [body for policy, body in running.items() if policy not in ended]


def _frozen(revision: AgreementRevision, name: str) -> FrozenPolicy:
    known: FrozenPolicy | None = revision.derived.get(("escalation", name))
    if known is None:
        known = revision.derived["escalation", name] = FrozenPolicy.of(revision, name)
    return known


def _reads_clocks(policy: FrozenPolicy) -> bool:
    return any(isinstance(occasion, OF_CLOCKS) for _, occasion in policy.policy.occasions)


def started(
    terms: AgreementRevision, *, kind: str, service: str, priority: str | None, but_for: Iterable[str] = ()
) -> Iterator[EscalationStarted]:
    """Answer the beginnings of the policies whose scope such work is in, but for those named."""
    running = set(but_for)
    for policy in terms.escalations_for(kind=kind, service=service, priority=priority):
        if policy.name not in running:
            yield start(_frozen(terms, policy.name), agreement=terms.agreement, revision=terms.number)


def moved_scope(
    agreement: ServiceAgreement, terms: AgreementRevision, facts: Sequence[Fact[Any]]
) -> list[EscalationStarted | EscalationEnded]:
    """Answer which policies begin and which end, since the work has another service or priority by its last fact.

    Args:
        terms: Those its promises follow now.
        facts: All of the item's; none of them says so yet.
    """
    trace = trace_of(facts)
    if trace is None:
        return []
    last, running = trace.steps[-1].stands, running_of(agreement, facts)
    gone = [each for each in running if not _is_in_scope(each, trace.kind.name, last)]
    stay = [name for each in running if each not in gone for name in (each.policy.name, each.name)]
    begin = started(terms, kind=trace.kind.name, service=last.service, priority=last.priority, but_for=stay)
    # One that comes back does so under the terms it began under.
    before = {fact.body.policy: fact.body for fact in reversed(facts) if isinstance(fact.body, EscalationStarted)}
    return [*(EscalationEnded(each.policy.name) for each in gone), *(before.get(one.policy, one) for one in begin)]


def _is_in_scope(running: Running, kind: str, stands: Standing) -> bool:
    # A policy that somebody put there by hand stays until the work is done.
    if running.current is not running.policy:
        return True
    return running.policy.policy.scope.matches(kind=kind, service=stands.service, priority=stands.priority)
