"""Commands on access: each answers the fact to put on record, or refuses."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from svcdelivery.agreement import Term
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import in_words
from svcdelivery.security.access import Access
from svcdelivery.security.grants import BreakGlass, BreakGlassOpened, BreakGlassReviewed, Grant, Granted, Revoked
from svcdelivery.timeline import Instant, format_duration

__all__ = ["delegate", "entitle", "open_glass", "review_glass", "revoke"]


def entitle(access: Access, grant: Grant) -> Granted:
    """Entitle somebody.

    Raises:
        InvalidValueError: The id is taken, or the window is longer than the rules allow.
    """
    most, window = access.rules.grant_length_most, grant.window
    if most is not None and (window.until is None or datetime.__sub__(window.until, window.start) > most):
        hint = f"at most {format_duration(most)} after the start"
        raise InvalidValueError(what="an end the rules allow", value=str(window.until), path="until", hint=hint)
    if grant.id in access.by_id:
        raise InvalidValueError(what="a free id for a grant", value=grant.id, path="id")
    return Granted(grant)


def delegate(
    access: Access, source: str, *, id: str, to: str, actions: frozenset[str], until: Instant, ground: str, by: str,
    now: Instant,
) -> Granted:  # fmt: skip
    """Let somebody else act under one's own grant, from now on.

    Raises:
        NotFoundError: There is no such grant.
        InvalidValueError: It is not the grant of `by`, does not hold, was delegated itself, or permits and lasts less
            than what is to be delegated.
    """
    own = access.by_id.get(source)
    if own is None:
        raise NotFoundError(what="grant", id=source)
    problem = _problem(own, by, actions, until, now)
    if problem:
        raise InvalidValueError(what="a grant to delegate so", value=source, path="source", problem=problem)
    window = Term(now, until)
    passed = evolve(
        own, id=id, holder=to, actions=actions, window=window, granted_by=by, ground=ground, source=source,
        revoked_at=None,
    )  # fmt: skip
    return entitle(access, passed)


def _problem(own: Grant, by: str, actions: frozenset[str], until: Instant, now: Instant) -> str:
    """Answer why a grant cannot be passed on so, empty when it can."""
    if own.holder != by:
        return "it belongs to somebody else"
    if own.source:
        return "it was delegated itself"
    if own.failing(now) is not None:
        return "it does not hold"
    if not actions <= own.actions:
        return f"it does not permit {', '.join(sorted(actions - own.actions))}"
    return "it ends earlier" if own.window.until is not None and until > own.window.until else ""


def revoke(access: Access, id: str, *, ground: str) -> Revoked:
    """Take a grant back, and with it what was delegated from it.

    Raises:
        NotFoundError: There is no such grant.
    """
    if id not in access.by_id:
        raise NotFoundError(what="grant", id=id)
    return Revoked(grant=id, ground=ground)


def open_glass(access: Access, opening: BreakGlass) -> BreakGlassOpened:
    """Let somebody act without role or grant for a while.

    Raises:
        InvalidValueError: No ground, authorized by its own holder, or the id is taken.
    """
    in_words(opening.ground, "ground")
    if opening.holder == opening.authorized_by:
        raise InvalidValueError(what="somebody other than who lets it happen", value=opening.holder, path="holder")
    if any(known.id == opening.id for known in access.openings):
        raise InvalidValueError(what="a free id for broken glass", value=opening.id, path="id")
    return BreakGlassOpened(opening)


def review_glass(access: Access, id: str, *, conclusion: str, by: str) -> BreakGlassReviewed:
    """State what was found when somebody other than its holder looked at the use of broken glass.

    Raises:
        NotFoundError: There is no such broken glass.
        InvalidValueError: No conclusion, or `by` held it.
    """
    opening = next((opening for opening in access.openings if opening.id == id), None)
    if opening is None:
        raise NotFoundError(what="broken glass", id=id)
    in_words(conclusion, "conclusion")
    if opening.holder == by:
        raise InvalidValueError(what="somebody other than its holder", value=by, path="by")
    return BreakGlassReviewed(opening=id, conclusion=conclusion)
