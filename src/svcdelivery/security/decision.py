"""Decisions: the answer to an access request, with every reason, and the fact that puts it on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen

from svcdelivery.facts import fact_type
from svcdelivery.identity import Actor
from svcdelivery.security.access import Access
from svcdelivery.security.changes import grants_told, next_change
from svcdelivery.security.directory import Person
from svcdelivery.security.request import AccessRequest
from svcdelivery.security.vocabulary import SENTENCES
from svcdelivery.timeline import Instant

__all__ = ["SECURITY_STREAM", "Basis", "Decided", "Decision", "Verdict"]

SECURITY_STREAM = "security"
"""The stream that holds every decision, allowed or denied."""


Basis = tuple[AccessRequest, Access, "Callable[[AccessRequest, Access], Decision]"]
"""What was asked, of which record, and what answers it."""


Verdict = tuple[str, tuple[str, ...], int | None, tuple[str, ...], tuple[str, ...]]
"""What the checks came to: the reason, those that fail, the revision, on which grounds, what it obliges to."""

_new = object.__new__


# Made for every command: without slots, attrs writes the fields of a frozen value in a third of the time.
@frozen(kw_only=True, slots=False)
class Decision:
    """The answer to an access request.

    Attributes:
        reason: The primary reason: the first that applies of PRECEDENCE, or what allowed it.
        reasons: Every failing check, in the order of PRECEDENCE; empty when allowed.
        revision: The revision in force at the decision, None where there was none.
        grants: What it rests on when allowed: ids of grants or of broken glass, or the words of the agreement.
        obligations: What the allowance asks for; `post_review` after broken glass.
        person: The actor as the directory knew them then.
        requester: Whom the work is for, as the directory knew them then.
    """

    allowed: bool
    reason: str
    reasons: tuple[str, ...]
    actor: Actor
    action: str
    at: Instant
    service: str | None
    agreement: str
    revision: int | None
    item: str = ""
    grants: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    person: Person | None = None
    requester: Person | None = None
    _basis: Basis | Instant | None = field(default=None, eq=False, repr=False)

    @property
    def changes_at(self) -> Instant | None:
        """The next instant at which the answer turns, if nothing else comes on record; None if it never does."""
        if not isinstance(self._basis, tuple):
            return self._basis
        request, access, ask = self._basis
        return next_change(request, access, lambda later: ask(later, access).allowed)

    @property
    def explanation(self) -> tuple[str, ...]:
        """Every reason as a sentence, with the grants concerned: for people who may know them."""
        words = self.reasons or (self.reason,)
        grants = grants_told(self._basis[0], self._basis[1]) if isinstance(self._basis, tuple) else ()
        return (*(SENTENCES[word] for word in words), *grants)

    @staticmethod
    def of(basis: Basis, verdict: Verdict | int) -> Decision:
        """Answer the decision on a request: allowed where nothing fails.

        Args:
            verdict: Of somebody plainly entitled, the revision alone: the rest follows from it.
        """
        made = _new(Decision)
        # Past the setters of a frozen class; all but the answer is filled in when somebody asks for it: to make it all
        # would cost more than to decide.
        known = made.__dict__
        known["allowed"] = isinstance(verdict, int) or not verdict[1]
        known["_basis"] = basis
        known["_verdict"] = verdict
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            known = self.__dict__
            verdict = known.get("_verdict")
            if verdict is None:
                raise AttributeError(f"a decision has no `{name}`", name=name, obj=self)
            request, access, _ = self._basis
            if isinstance(verdict, int):
                verdict = _plain(request, access, verdict)
            said = {one: getattr(request, one) for one in _OF_REQUEST}
            agreement = "" if request.agreement is None else request.agreement.id
            known.update(said, agreement=agreement, **dict(zip(_OF_DECISION, verdict, strict=True)))
            known.pop("_verdict", None)
            return getattr(self, name)

    def public(self) -> str:
        """Answer what an outsider may know: nothing about what exists or why."""
        return "permitted" if self.allowed else "not permitted"


@fact_type("security.decided/1")
@frozen(kw_only=True)
class Decided:
    """A decision was made; written with what it allowed, or alone when it denied.

    Attributes:
        changes_at: When the answer would have turned by itself.
        person: The actor as the directory knew them: with the log, all that is needed to decide once more.
        requester: Whom the work is for, the same way.
    """

    allowed: bool
    reason: str
    reasons: tuple[str, ...]
    action: str
    service: str | None
    agreement: str
    revision: int | None
    item: str
    grants: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    changes_at: Instant | None = None
    person: Person | None = None
    requester: Person | None = None

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """Answer the fact that puts a decision on record."""
        shared = {name: getattr(decision, name) for name in _SHARED}
        return cls(changes_at=decision.changes_at, **shared)

    def decision(self, actor: Actor, at: Instant) -> Decision:
        """Answer the decision as it was made."""
        shared = {name: getattr(self, name) for name in _SHARED}
        return Decision(actor=actor, at=at, basis=self.changes_at, **shared)


def _plain(request: AccessRequest, access: Access, revision: int) -> Verdict:
    """Answer in full what was found of somebody plainly entitled."""
    assert request.person is not None, "only who is known is entitled"
    assert request.agreement is not None, "only an agreement entitles"
    service = request.agreement.id, request.service or ""
    grounds = access.permitting(request.person.id, service, request.action, request.at)
    return "own_work" if request.is_own else "entitled", (), revision, grounds, ()


_OF_REQUEST = ("actor", "action", "at", "service", "item", "person", "requester")
_OF_DECISION = ("reason", "reasons", "revision", "grants", "obligations")
_SHARED = (
    "allowed", "reason", "reasons", "action", "service", "agreement", "revision", "item", "grants", "obligations",
    "person", "requester",
)  # fmt: skip
