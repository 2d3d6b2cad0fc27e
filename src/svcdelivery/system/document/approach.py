"""The approach document: how the services of one agreement are delivered.

Source:
    CMMI-SVC 1.3 SD SP 3.2
"""

from __future__ import annotations

from collections.abc import Mapping

from svcdelivery.agreement.document.scope import read_names
from svcdelivery.documents import Cursor, Document, Fields, parse_document, read_form
from svcdelivery.system.approach import DeliveryApproach, ServiceApproach
from svcdelivery.system.document.procedure import VERSION_MOST

__all__ = ["approach_from_data", "parse_approach", "read_approach"]


def parse_approach(text: str, *, source: str = "<text>") -> DeliveryApproach:
    """Answer the approach of a YAML or JSON text. Whether it fits its agreement, `validate` tells.

    Args:
        text: In the form of `docs/reference/operations-documents.md`.
        source: What problems call the text, such as the name of its file.

    Raises:
        DocumentError: Every problem with line, column and path, in the order of the text.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return read_approach(parse_document(text, source, keep_going=True))


def approach_from_data(data: Mapping[str, object], *, source: str = "") -> DeliveryApproach:
    """Answer the approach of data in the same form, for callers without YAML; problems have paths alone.

    Raises:
        DocumentError: Every problem, in the order of the data.
    """
    return read_approach(Document.from_data(data, source))


def read_approach(document: Document) -> DeliveryApproach:
    """Answer the approach of a document that is read already; raises as `parse_approach` does."""
    return read_form(document, _read)


def _read(root: Cursor, fields: Fields) -> DeliveryApproach | None:
    with fields["approach"].mapping() as heading:
        agreement = heading["agreement"].identifier("the id of an agreement")
        version = heading["version"].whole(1, VERSION_MOST, default=1)
    listed = fields["roles"]
    roles = read_names(listed, "a role") if "roles" in fields else []
    if "roles" not in fields:
        listed.each()
    services = _read_services(fields["services"], roles if listed.reader.is_clean(listed.steps) else None)
    priorities = tuple(read_names(fields["priorities"], "a priority")) if "priorities" in fields else None
    escalation = tuple(read_names(fields["escalation"], "the name of an escalation policy"))
    window = fields["reopening_window"].duration(default=None)
    return root.made(
        lambda: DeliveryApproach(
            agreement=agreement,
            version=version,
            roles=frozenset(roles),
            services=services,
            priorities=priorities,
            escalation=escalation,
            reopening_window=window,
        )
    )


def _read_services(at: Cursor, roles: list[str] | None) -> list[ServiceApproach]:
    services = []
    for id, entry in at.entries("the id of a service", optional=True):
        with entry.mapping() as fields:
            role = fields["role"].known(roles, "role")
            procedures = tuple(read_names(fields["procedures"], "the id of a procedure"))
        made = _made(entry, id, role, procedures)
        services += [made] if made is not None else []
    return services


def _made(at: Cursor, id: str, role: str, procedures: tuple[str, ...]) -> ServiceApproach | None:
    return at.made(lambda: ServiceApproach(service=id, role=role, procedures=procedures))
