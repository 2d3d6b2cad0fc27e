"""What lies around a decision: the instant it turns at, and the grants that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import evolve

from svcdelivery.agreement import Term
from svcdelivery.security.access import Access
from svcdelivery.security.grants import Grant
from svcdelivery.security.request import AccessRequest
from svcdelivery.timeline import Instant, format_instant

__all__ = ["grants_told", "next_change"]


def next_change(request: AccessRequest, access: Access, allows: Callable[[AccessRequest], bool]) -> Instant | None:
    """Answer the first instant after the request's at which it is answered otherwise, None if it never is.

    Between two edges of windows no check can turn, so only the edges are tried.
    """
    now = allows(request)
    edges = sorted({edge for edge in _edges(request, access) if edge > request.at})
    return next((edge for edge in edges if allows(evolve(request, at=edge)) != now), None)


def grants_told(request: AccessRequest, access: Access) -> tuple[str, ...]:
    """Answer a line for each grant the actor has, or had, of the service under the agreement."""
    if request.person is None or request.agreement is None:
        return ()
    found = access.by_key.get((request.person.id, request.agreement.id, request.service or ""), ())
    return tuple(_told(grant) for grant in found)


def _told(grant: Grant) -> str:
    until = format_instant(grant.window.until) if grant.window.until is not None else "no end"
    revoked = f", revoked {format_instant(grant.revoked_at)}" if grant.revoked_at is not None else ""
    span = f"from {format_instant(grant.window.start)} until {until}{revoked}"
    return f"grant {grant.id}: {', '.join(sorted(grant.actions))}, {span}"


def _edges(request: AccessRequest, access: Access) -> Iterator[Instant]:
    for person in (request.person, request.requester):
        if person is not None:
            yield from _ends(person.active_during)
    service = request.service or ""
    if service in access.rules.by_service:
        yield from _ends(access.rules.by_service[service].approved)
    if request.agreement is not None:
        yield from _agreed_edges(request, service)
    if request.person is not None and request.agreement is not None:
        yield from _granted_edges(access, (request.person.id, request.agreement.id, service))
        yield from _ends(opening.window for opening in access.by_holder.get(request.person.id, ()))


def _agreed_edges(request: AccessRequest, service: str) -> Iterator[Instant]:
    assert request.agreement is not None, "asked of an agreement"
    yield from (status.since for status in request.agreement.statuses)
    for revision in request.agreement.agreement.revisions:
        yield revision.effective_at
        yield from _ends([revision.term])
        covered = revision.service(service)
        if covered is not None and covered.approved is not None:
            yield from _ends([covered.approved])


def _granted_edges(access: Access, key: tuple[str, str, str]) -> Iterator[Instant]:
    for grant in access.by_key.get(key, ()):
        for one in (grant, access.by_id.get(grant.source)):
            if one is not None:
                yield from _ends([one.window])
                if one.revoked_at is not None:
                    yield one.revoked_at


def _ends(terms: Iterable[Term]) -> Iterator[Instant]:
    for term in terms:
        yield term.start
        if term.until is not None:
            yield term.until
