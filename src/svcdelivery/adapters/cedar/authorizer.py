"""The Cedar engine behind the authorizer port: it permits when Cedar says so and reports no error whatever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from svcdelivery.adapters.cedar.schema import cedar_schema
from svcdelivery.adapters.cedar.world import cedar_entities, cedar_request
from svcdelivery.errors import ExtraMissingError, InvalidValueError
from svcdelivery.security import AccessRequest, AccessRules, Decision, Opinion

__all__ = ["CedarAuthorizer"]


class CedarAuthorizer:
    """An organization's policies. Parsed and checked once; asked of what the rules have allowed.

    Cedar skips a policy that errs, forbidding ones too, and knows no action groups without a schema. So any error in
    its diagnostics denies, and request and entities are always read against the schema.

    Args:
        policies: The text of the policies.
        actions: The actions there are; those of the standard rules by default.

    Raises:
        ExtraMissingError: The extra `cedar` is not installed.
        InvalidValueError: Policies that are no Cedar, or that speak of what the schema does not have.
    """

    def __init__(self, policies: str, *, actions: Iterable[str] | None = None) -> None:
        try:
            import cedarpy
        except ImportError as error:
            raise ExtraMissingError(extra="cedar", feature="asking Cedar") from error
        schema = cedar_schema(AccessRules().known_actions if actions is None else actions)
        self._cedar: Any = cedarpy
        self._schema: Any = cedarpy.Schema.from_str(schema)
        try:
            found = cedarpy.validate_policies(policies, self._schema)
            self._policies: Any = cedarpy.PolicySet.from_str(policies)
        except ValueError as error:
            raise InvalidValueError(what="a text of Cedar policies", value=policies, problem=_line(error)) from error
        if not found.validation_passed:
            problem = "; ".join(_line(problem) for problem in found.errors)
            raise InvalidValueError(what="a text of policies the schema knows", value=policies, problem=problem)

    def permits(self, request: AccessRequest, decision: Decision) -> Opinion:
        """Answer Cedar's decision, None when it reports an error."""
        entities = self._cedar.Entities.from_json_str(json.dumps(cedar_entities(request)), self._schema)
        asked = cedar_request(request, decision)
        answer = self._cedar.is_authorized(asked, self._policies, entities, self._schema)
        if answer.diagnostics.errors or answer.decision is self._cedar.Decision.NoDecision:
            return None
        return answer.decision is self._cedar.Decision.Allow


def _line(problem: object) -> str:
    return " ".join(str(problem).split())
