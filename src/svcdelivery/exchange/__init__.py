"""Files and documents of others, in and out."""

from __future__ import annotations

from svcdelivery.exchange.agreements import check_agreement, load_agreement
from svcdelivery.exchange.checking import check_documents
from svcdelivery.exchange.operations import load_approach, load_procedure

__all__ = ["check_agreement", "check_documents", "load_agreement", "load_approach", "load_procedure"]
