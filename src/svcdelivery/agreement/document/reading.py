"""The whole document: its heading, its parts in order, and the revision they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from svcdelivery.agreement.amendment import AppliesToOpen, OnAmendment
from svcdelivery.agreement.document.conditions import ConditionForm
from svcdelivery.agreement.document.credits import Promised, read_credits
from svcdelivery.agreement.document.escalations import read_escalations
from svcdelivery.agreement.document.hours import HoursForm, read_moment, read_zone
from svcdelivery.agreement.document.notifications import read_notifications
from svcdelivery.agreement.document.promises import (
    Names,
    read_exclusions,
    read_satisfaction,
    read_updates,
)
from svcdelivery.agreement.document.scope import read_names, read_priorities, read_services, read_term
from svcdelivery.agreement.document.standing import read_standing
from svcdelivery.agreement.document.targets import read_targets
from svcdelivery.agreement.measure import STANDARD_MEASURES
from svcdelivery.agreement.revision import STANDARD_HOLD_REASONS, AgreementRevision
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.documents import (
    Code,
    Cursor,
    Document,
    Fields,
    Reader,
    check_form_version,
    parse_document,
)
from svcdelivery.timeline import format_instant

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
    reader = Reader(document)
    with reader.root.mapping() as fields:
        revision = _read_revision(reader.root, fields)
    reader.finish()
    assert revision is not None, "without problems there is a revision"
    return ServiceAgreement.of(revision)


def _read_revision(root: Cursor, fields: Fields) -> AgreementRevision | None:
    check_form_version(fields["svcdelivery"])
    zone = read_zone(fields["zone"])
    with fields["agreement"].mapping() as heading:
        id = heading["id"].identifier("the id of an agreement")
        customer = heading["customer"].identifier("the id of a customer")
        provider = heading["provider"].text(default="")
        number = heading["revision"].whole(1, 1_000_000, default=1)
        effective = read_moment(heading["effective"], zone, default=None)
        author, reason = heading["author"].text(default=""), heading["reason"].text(default="")
        open_work = heading["applies_to_open"]
        to_open = _read_to_open(open_work, zone)
    term = read_term(fields["term"], zone)
    starts = effective or (term.start if term is not None else None)
    if to_open is not None and to_open.since is not None and starts is not None and to_open.since < starts:
        hint = f"{format_instant(starts)} or later"
        open_work.refuse(Code.INVALID_VALUE, "it begins before the terms are in force", hint)
    hours = HoursForm(zone).read_all(fields["service_hours"])
    priorities = read_priorities(fields["priorities"])
    hold_reasons = tuple(read_names(fields["hold_reasons"], "a hold reason", default=STANDARD_HOLD_REASONS))
    services = read_services(fields["services"], zone)
    conditions = ConditionForm(
        services=_defined(fields["services"], services.names),
        priorities=_listed(fields["priorities"], priorities.names),
        hold_reasons=_listed(fields["hold_reasons"], hold_reasons),
    )
    measures = conditions.read_measures(fields["measures"])
    names = Names(
        hours=_defined(fields["service_hours"], hours.names),
        services=conditions.services,
        priorities=conditions.priorities,
        hold_reasons=conditions.hold_reasons,
        measures=(*measures.names, *(measure.name for measure in STANDARD_MEASURES)),
        targets=_keys(fields["targets"]),
    )
    owed = read_credits(fields["credits"], zone)
    targets = read_targets(fields["targets"], names, Promised(zone, owed, fields["credits"].is_given))
    updates = read_updates(fields["updates"], names)
    escalation = read_escalations(
        fields["escalation"], names, _defined(fields["targets"], tuple(target.name for target in targets))
    )
    survey = read_satisfaction(fields["satisfaction"])
    standing, continuous = read_standing(fields["standing"], names, zone)
    exclusions = read_exclusions(fields["exclusions"], zone, conditions.services)
    notifications = read_notifications(fields["notifications"], names, customer)
    window = fields["reopening_window"].duration(default=timedelta(days=14))

    def build() -> AgreementRevision:
        assert term is not None
        assert priorities.scheme is not None
        return AgreementRevision(
            agreement=id,
            number=number,
            customer=customer,
            provider=provider,
            effective_at=effective or term.start,
            term=term,
            author=author,
            reason=reason,
            services=services.values,
            hours=hours.values,
            priorities=priorities.scheme,
            hold_reasons=hold_reasons,
            measures=measures.values,
            targets=targets,
            updates=updates,
            survey=survey,
            reopening_window=window,
            applies_to_open=to_open,
            credits=owed,
            escalation=escalation,
            standing=standing,
            continuous=continuous,
            exclusions=exclusions,
            notifications=notifications,
        )

    return root.made(build)


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


def _keys(at: Cursor) -> tuple[str, ...]:
    return tuple(at.value) if isinstance(at.value, dict) else ()


def _defined(at: Cursor, names: tuple[str, ...]) -> tuple[str, ...] | None:
    # Where the list of names itself could not be read, no reference to it can be judged.
    return names if names or at.reader.is_clean(at.steps) else None


def _listed(at: Cursor, names: tuple[str, ...]) -> tuple[str, ...] | None:
    # An item that could not be read may be the very name that is referred to.
    return names if at.reader.is_clean(at.steps) else None
