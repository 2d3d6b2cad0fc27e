"""The whole document: its heading, its parts in order, and the revision they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from svcdelivery.agreement.amendment import AppliesToOpen, OnAmendment
from svcdelivery.agreement.coverage import Term
from svcdelivery.agreement.document.credits import Promised, read_credits
from svcdelivery.agreement.document.definitions import defined, read_definitions
from svcdelivery.agreement.document.escalations import read_escalations
from svcdelivery.agreement.document.hours import read_moment, read_zone
from svcdelivery.agreement.document.notifications import read_notifications
from svcdelivery.agreement.document.promises import (
    Names,
    read_exclusions,
    read_satisfaction,
    read_updates,
)
from svcdelivery.agreement.document.scope import read_term
from svcdelivery.agreement.document.standing import read_standing
from svcdelivery.agreement.document.targets import read_targets
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.documents import (
    Code,
    Cursor,
    Document,
    Fields,
    parse_document,
    read_form,
)
from svcdelivery.timeline import Instant, format_instant

__all__ = ["agreement_from_data", "parse_agreement", "read_agreement"]


def parse_agreement(text: str, *, source: str = "<text>") -> ServiceAgreement:
    """Answer the agreement of a YAML or JSON text, with the one revision a document holds.

    Several documents of one agreement are joined::

        agreement = ServiceAgreement.of(*first.revisions, *second.revisions)

    Args:
        text: In the form of `docs/reference/agreement-document.md`.
        source: What problems call the text, such as the name of its file.

    Raises:
        DocumentError: Every problem with line, column and path, in the order of the text.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return read_agreement(parse_document(text, source, keep_going=True))


def agreement_from_data(data: Mapping[str, object], *, source: str = "") -> ServiceAgreement:
    """Answer the agreement of data in the same form, for callers without YAML; problems have paths alone.

    Raises:
        DocumentError: Every problem, in the order of the data.
    """
    return read_agreement(Document.from_data(data, source))


def read_agreement(document: Document) -> ServiceAgreement:
    """Answer the agreement of a document that is read already; raises as `parse_agreement` does."""
    return ServiceAgreement.of(read_form(document, _read_revision))


def _read_revision(root: Cursor, fields: Fields) -> AgreementRevision | None:
    zone = read_zone(fields["zone"])
    heading = _read_heading(fields["agreement"], zone)
    term = read_term(fields["term"], zone)
    _check_begin(fields["agreement"], heading, term)
    definitions = read_definitions(fields, zone)
    promises = _read_promises(fields, definitions.names, heading["customer"], zone)
    scheme = definitions.priorities.scheme

    def build() -> AgreementRevision:
        assert term is not None
        assert scheme is not None
        return AgreementRevision(
            **{**heading, "effective_at": heading["effective_at"] or term.start},
            term=term,
            services=definitions.services.values,
            hours=definitions.hours.values,
            priorities=scheme,
            hold_reasons=definitions.hold_reasons,
            measures=definitions.measures.values,
            **promises,
        )

    return root.made(build)


def _read_heading(at: Cursor, zone: str) -> dict[str, Any]:
    """Answer the fields of the revision that its heading tells."""
    with at.mapping() as heading:
        return {
            "agreement": heading["id"].identifier("the id of an agreement"),
            "customer": heading["customer"].identifier("the id of a customer"),
            "provider": heading["provider"].text(default=""),
            "number": heading["revision"].whole(1, 1_000_000, default=1),
            "effective_at": read_moment(heading["effective"], zone, default=None),
            "author": heading["author"].text(default=""),
            "reason": heading["reason"].text(default=""),
            "applies_to_open": _read_to_open(heading["applies_to_open"], zone),
        }


def _check_begin(at: Cursor, heading: dict[str, Any], term: Term | None) -> None:
    """Note a problem where the terms hold for open work before they are in force."""
    to_open: AppliesToOpen | None = heading["applies_to_open"]
    starts: Instant | None = heading["effective_at"] or (term.start if term is not None else None)
    if to_open is not None and to_open.since is not None and starts is not None and to_open.since < starts:
        hint = f"{format_instant(starts)} or later"
        open_work = at.mapping()["applies_to_open"]
        open_work.refuse(Code.INVALID_VALUE, "it begins before the terms are in force", hint)


def _read_promises(fields: Fields, names: Names, customer: str, zone: str) -> dict[str, Any]:
    """Answer the fields of the revision that tell what is promised."""
    owed = read_credits(fields["credits"], zone)
    targets = read_targets(fields["targets"], names, Promised(zone, owed, fields["credits"].is_given))
    known_targets = defined(fields["targets"], tuple(target.name for target in targets))
    standing, continuous = read_standing(fields["standing"], names, zone)
    return {
        "credits": owed,
        "targets": targets,
        "updates": read_updates(fields["updates"], names),
        "escalation": read_escalations(fields["escalation"], names, known_targets),
        "survey": read_satisfaction(fields["satisfaction"]),
        "standing": standing,
        "continuous": continuous,
        "exclusions": read_exclusions(fields["exclusions"], zone, names.services),
        "notifications": read_notifications(fields["notifications"], names, customer),
        "reopening_window": fields["reopening_window"].duration(default=timedelta(days=14)),
    }


def _read_to_open(at: Cursor, zone: str) -> AppliesToOpen | None:
    """Answer whether the terms hold for open work: a rule alone, or a mapping that says from when as well."""
    rules = {rule.value: rule for rule in OnAmendment}
    if not at.is_given:
        return None
    if isinstance(at.value, str):
        rule = at.choice(tuple(rules), "rule")
        return AppliesToOpen(rules[rule]) if rule in rules else None
    with at.mapping() as fields:
        rule = fields["rule"].choice(tuple(rules), "rule")
        since = read_moment(fields["from"], zone, default=None)
    return AppliesToOpen(rules[rule], since) if rule in rules else None
