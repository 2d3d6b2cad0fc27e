"""The agreement as a document: one form in YAML or JSON, read into a revision with every problem at once."""

from __future__ import annotations

from svcdelivery.agreement.document.reading import agreement_from_data, parse_agreement, read_agreement
from svcdelivery.agreement.document.schema import agreement_schema

__all__ = ["agreement_from_data", "agreement_schema", "parse_agreement", "read_agreement"]
