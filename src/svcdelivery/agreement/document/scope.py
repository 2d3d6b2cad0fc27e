"""What the document names: services and who may ask for and deliver them, priorities, and lists of names."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from svcdelivery.agreement.coverage import CoveredService, Term, Who
from svcdelivery.agreement.document.hours import Named, read_moment
from svcdelivery.agreement.priority import MatrixCell, PriorityScheme
from svcdelivery.documents import Code, Cursor

__all__ = ["Priorities", "read_names", "read_priorities", "read_services", "read_term"]


def read_names(at: Cursor, what: str, *, default: Sequence[str] = ()) -> list[str]:
    """Answer a list of different names, or one name; the default when it is not given."""
    if not at.is_given:
        return list(default)
    names: list[str] = []
    for entry in at.one_or_each():
        name = entry.identifier(what)
        if name in names:
            entry.refuse(Code.OVERLAP, f"`{name}` stands twice", "name it once")
        elif name:
            names.append(name)
    return names


def read_term(at: Cursor, zone: str) -> Term | None:
    """Answer the term of a mapping with `from` and, unless it is open-ended, `until`."""
    with at.mapping() as fields:
        start = read_moment(fields["from"], zone)
        end = fields["until"]
        until = read_moment(end, zone, default=None)
    if start is None:
        return None
    first = start
    return (end if end.is_given else at).made(lambda: Term(first, until))


def read_services(at: Cursor, zone: str) -> Named[CoveredService]:
    """Answer the services of a mapping of ids to services."""
    names, values = [], []
    for id, entry in at.entries("the id of a service"):
        names.append(id)
        service = _read_service(id, entry, zone)
        if service is not None:
            values.append(service)
    if at.is_given and not names and at.reader.is_clean(at.steps):
        at.refuse(Code.INVALID_VALUE, "no service is named", "an agreement covers at least one")
    return Named(tuple(names), tuple(values))


def _read_service(id: str, at: Cursor, zone: str) -> CoveredService | None:
    with at.mapping() as fields:
        name = fields["name"].text(default=id)
        approved = read_term(fields["approved"], zone) if "approved" in fields else None
        entitled = _read_whos(fields["entitled"])
        delivered_by = _read_whos(fields["delivered_by"])
    return at.made(
        lambda: CoveredService(
            id=id, name=name, approved=approved, entitled=tuple(entitled), delivered_by=tuple(delivered_by)
        )
    )


def _read_whos(at: Cursor) -> list[Who]:
    found = [who.converted(Who.from_text, "the text of an entitlement") for who in at.one_or_each(optional=True)]
    return [who for who in found if who is not None]


@frozen
class Priorities:
    """The names of the priorities, and the scheme unless something in it is wrong."""

    names: tuple[str, ...]
    scheme: PriorityScheme | None


def read_priorities(at: Cursor) -> Priorities:
    """Answer the ranked priorities and their matrix; none when the key is not given."""
    if not at.is_given:
        return Priorities((), PriorityScheme(ranked=()))
    with at.mapping() as fields:
        ranked = tuple(read_names(fields["ranked"], "a priority")) if "ranked" in fields else ()
        if "ranked" not in fields:
            fields["ranked"].each()
        cells = [
            MatrixCell(impact, urgency, cell.known(ranked or None, "priority"))
            for impact, row in fields["matrix"].entries("an impact", optional=True)
            for urgency, cell in row.entries("an urgency")
        ]
    return Priorities(ranked, at.made(lambda: PriorityScheme(ranked=ranked, matrix=tuple(cells))))
