"""Cedar as the organization's own engine, behind the port `security.Authorizer`. Needs the extra `cedar`."""

from __future__ import annotations

from svcdelivery.adapters.cedar.authorizer import CedarAuthorizer
from svcdelivery.adapters.cedar.schema import cedar_schema
from svcdelivery.adapters.cedar.world import cedar_context, cedar_entities, cedar_request

__all__ = ["CedarAuthorizer", "cedar_context", "cedar_entities", "cedar_request", "cedar_schema"]
