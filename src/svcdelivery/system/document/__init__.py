"""Procedures and delivery approaches as documents: YAML or JSON, read whole, with every problem at once."""

from __future__ import annotations

from svcdelivery.system.document.approach import approach_from_data, parse_approach, read_approach
from svcdelivery.system.document.procedure import parse_procedure, procedure_from_data, read_procedure
from svcdelivery.system.document.schema import approach_schema, procedure_schema

__all__ = [
    "approach_from_data",
    "approach_schema",
    "parse_approach",
    "parse_procedure",
    "procedure_from_data",
    "procedure_schema",
    "read_approach",
    "read_procedure",
]
